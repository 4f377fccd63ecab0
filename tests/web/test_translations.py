"""Every text of the pages has its English: what templates and code say is compared with the catalogues."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from flask import Flask
from jinja2.ext import babel_extract  # noqa: F401 -- found by its name below

import web
from web.translations import FOLDER, load, read_catalogue

ROOT = Path(web.__file__).parent
METHODS = [
    ("templates/help/vi/**", "ignore"),
    ("templates/help/en/**", "ignore"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2.ext:babel_extract"),
]
OPTIONS = {
    "templates/**.html": {
        "newstyle_gettext": "true",
        "trimmed": "false",
        "silent": "false",
        "extensions": "jinja2.ext.do",
    }
}
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "_n": (1, 2),
}


def said() -> dict[str, set[str]]:
    """Each text on the pages, with where it is."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, _line, message, _comments, _context in extract_from_dir(
        ROOT,
        METHODS,
        OPTIONS,
        keywords=KEYWORDS,  # type: ignore[arg-type]
    ):
        if "frontend" not in name:
            found[message[0] if isinstance(message, tuple) else message].add(name)
    return found


def translated() -> dict[str, list[tuple[str, str]]]:
    """Each text of the catalogues with its English and where that is."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted((FOLDER / "en").glob("*.po")):
        for message in read_catalogue(path):
            if message.id:
                key, text = message.id, message.string
                key = key[0] if isinstance(key, tuple) else key
                found[key].append((" / ".join(text) if isinstance(text, tuple) else str(text), path.name))
    return found


def test_there_is_something_to_compare() -> None:
    assert "Đăng nhập" in said()


def test_no_text_of_the_pages_is_without_its_english() -> None:
    known = translated()
    lacking = {
        text: sorted(places) for text, places in said().items() if not all(t for t, _ in known.get(text, [("", "")]))
    }
    assert lacking == {}


def test_no_catalogue_translates_what_no_page_says() -> None:
    texts = said()
    assert {text: places for text, places in translated().items() if text not in texts} == {}


def test_a_text_has_one_english() -> None:
    several = {text: found for text, found in translated().items() if len({english for english, _ in found}) > 1}
    assert several == {}


def test_what_is_filled_in_is_the_same_in_both_languages() -> None:
    for text, found in translated().items():
        for english, place in found:
            wanted = set(re.findall(r"%\(\w+\)[a-z]", text)) | {"%(num)s", "%(num)d"}
            assert set(re.findall(r"%\(\w+\)[a-z]", english)) <= wanted, (place, text)


VIETNAMESE = re.compile("[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", flags=re.IGNORECASE)
SAID = re.compile(r"""\b(?:_|ngettext|gettext)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(\s*,\s*("[^"]*"|'[^']*'))?""")


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "templates").rglob("*.html")) if "help" not in path.parts[-3:-1]],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_template_says_anything_that_is_not_translated(path: Path) -> None:
    """Vietnamese letters outside of a call of gettext are a text somebody forgot."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = SAID.sub("", text).replace("Loa Bản", "")
    assert [line.strip() for line in text.splitlines() if VIETNAMESE.search(line)] == []


def test_the_english_page_speaks_english(app_in_english: str) -> None:
    assert "Name to sign in" in app_in_english and "Tên đăng nhập" not in app_in_english


@pytest.fixture
def app_in_english(tmp_path: Path) -> str:
    from tests.web.station import WELL, make_station, people_user
    from web.app import create_app

    station = make_station(tmp_path)
    with station.sessions.begin() as session:
        people_user(session, "ai", [], station.clock.now())
    app: Flask = create_app(station, look_at_machine=lambda: WELL)
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["language"] = "en"
    page = browser.get("/sign-in").get_data(as_text=True)
    station.engine.dispose()
    return page


def test_the_catalogues_can_be_read() -> None:
    assert load("en").gettext("Mật khẩu") == "Password"

"""What pages load: found by its source's name, kept for good, small enough, readable in light and dark."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from scheduler.domain.people import Role
from tests.web.station import WELL, client_for, fill_morning, make_station
from web import assets
from web.app import create_app
from web.frontend import build

TEMPLATES = Path(assets.__file__).parent / "templates"
MOST_BYTES = 150_000
"""The first load of the dashboard, as a compressing server sends it."""


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build.build()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    station = make_station(tmp_path, filled_by=fill_morning)
    yield create_app(station, look_at_machine=lambda: WELL)
    station.engine.dispose()


def test_a_built_file_is_kept_for_good_and_everything_else_is_not(app: Flask) -> None:
    client = app.test_client()
    with app.test_request_context():
        address = app.jinja_env.globals["asset"]("app.css")
    answer = client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()
    icon = client.get("/static/icon.svg")
    assert "immutable" not in icon.headers.get("Cache-Control", "")
    icon.close()
    missing = client.get("/static/dist/app-00000000.css")
    assert missing.status_code == 404
    assert "immutable" not in missing.headers.get("Cache-Control", "")


def test_scripts_and_styles_are_sent_packed_to_who_takes_them_so(app: Flask) -> None:
    with app.test_request_context():
        address = app.jinja_env.globals["asset"]("app.css")
    client = app.test_client()
    plain = client.get(address, buffered=True)
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"}, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.mimetype == plain.mimetype == "text/css"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert "immutable" in packed.headers["Cache-Control"]
    for away in ("/static/dist/../icon.svg", "/static/dist/..%2f..%2fapp.py", "/static/dist/%2e%2e/%2e%2e/app.py"):
        assert client.get(away, headers={"Accept-Encoding": "gzip"}).status_code == 404


def test_what_is_not_built_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(assets.NotBuilt, match="make frontend"):
        assets.Assets(tmp_path).built_name("app.js")
    with pytest.raises(assets.NotBuilt, match=r"no missing\.js"):
        assets.Assets(build.OUT).built_name("missing.js")


def test_another_build_is_seen_without_a_restart(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"entries": {"app.js": "app-A.js"}}))
    found = assets.Assets(tmp_path)
    assert found.built_name("app.js") == "app-A.js"
    manifest.write_text(json.dumps({"entries": {"app.js": "app-B.js"}}))
    assert found.built_name("app.js") == "app-B.js"


def test_the_first_load_of_the_dashboard_is_small(app: Flask) -> None:
    page = client_for(app).get("/").get_data(as_text=True)
    waiting = re.findall(r'(?:src|href)="/static/dist/([^"]+)"', page)
    files: set[str] = set()
    while waiting:
        name = waiting.pop()
        files.add(name)
        if name.endswith(".js"):
            text = (build.OUT / name).read_text(encoding="utf-8")
            waiting.extend(part for part in re.findall(r'(?:from|import)"\./([^"]+)"', text) if part not in files)
    assert {name.split("-")[0] for name in files} >= {"app", "theme"}
    sizes = {name: len(gzip.compress((build.OUT / name).read_bytes())) for name in files}
    # A page in Vietnamese asks for these two alphabets in at most three weights; Tai Viet and rare letters come on demand.
    sizes |= {
        path.name: path.stat().st_size for path in build.OUT.glob("noto-sans-*.woff2")
        if path.name.startswith(("noto-sans-latin-4", "noto-sans-latin-6", "noto-sans-latin-7", "noto-sans-vietnamese-"))
    }  # fmt: skip
    sizes["the page"] = len(gzip.compress(page.encode()))
    assert sum("woff2" in name for name in sizes) == 6
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_fonts_are_woff2_and_vietnamese_letters_do_not_bring_the_large_alphabet() -> None:
    text = (build.HERE / "src" / "parts" / "fonts.css").read_text(encoding="utf-8")
    files = re.findall(r'url\("([^"]+)"\)', text)
    assert all(name.endswith(".woff2") for name in files)
    for weight in (400, 600, 700):
        order = [name.split("noto-sans-")[-1].rsplit(f"-{weight}", 1)[0] for name in files if f"-{weight}-" in name]
        assert order[:3] == ["latin-ext", "vietnamese", "latin"]


# --- colours ------------------------------------------------------------------------------------------------------
def colours() -> list[dict[str, str]]:
    """The tokens of light, of a dark system, and of a person who chose dark."""
    text = (build.HERE / "src" / "parts" / "tokens.css").read_text(encoding="utf-8")
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part)) for part in text.split(":root")[1:]]


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted([light(one), light(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_dark_is_the_same_whether_the_system_or_the_person_chose_it() -> None:
    light, system, person = colours()
    assert system == person
    assert set(system) <= set(light)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: int) -> None:
    light, dark, _ = colours()
    found = {**light, **dark} if scheme else light
    pairs = [
        *((ink, ground) for ink in ("ink", "quiet", "link", "good", "bad") for ground in ("ground", "card", "sunken")),
        *((kind, f"{kind}-ground") for kind in ("good", "warn", "bad")),
        ("brand-ink", "brand"),
        ("brand-ink", "brand-deep"),
        ("bad-ink", "bad-deep"),
        ("ink", "good-ground"),
        ("quiet", "good-ground"),
    ]
    weak = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2) for pair in pairs}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}
    for ground in ("ground", "card"):
        assert contrast(found["edge"], found[ground]) >= 3
        assert contrast(found["focus"], found[ground]) >= 3


# --- the frame ----------------------------------------------------------------------------------------------------
def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_holds_a_script_or_a_style_of_its_own(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert not re.search(r"\shx-on|[\"']js:", text), "htmx would have to evaluate it"
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or "application/json" in tag, tag


def test_the_navigation_shows_what_the_person_may_open(app: Flask) -> None:
    for role, shown in ((Role.VIEWER, False), (Role.ADMIN, True)):
        page = client_for(app, role=role).get("/").get_data(as_text=True)
        for endpoint, right in (("uploads.show_uploads", "Tải lên"), ("people.show_users", "Người dùng")):
            if endpoint in app.view_functions:
                assert (f">{right}</a>" in page) is shown
        assert 'aria-current="page"' in page


def test_whoever_is_not_signed_in_gets_a_page_without_navigation(app: Flask) -> None:
    client_for(app)  # so that there are users
    page = app.test_client().get("/sign-in").get_data(as_text=True)
    assert '<nav class="nav"' not in page
    assert 'name="csrf-token"' in page
    assert 'href="#main"' in page

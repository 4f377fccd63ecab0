"""Help says what the pages say: same tasks in both languages, buttons by their names, pictures that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import web
from tests.web.station import WELL, client_for, make_station
from tests.web.test_translations import said, translated
from web.app import create_app
from web.help import TASK_OF, TASKS

TEXTS = Path(web.__file__).parent / "templates" / "help"
PICTURES = Path(web.__file__).parent / "static" / "help"
LARGEST_PICTURE = 90_000


def parts_of(text: str) -> list[str]:
    """What a text is made of, in order."""
    return re.findall(r"<(p|ol|ul|li|b|kbd|code)\b", text)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    station = make_station(tmp_path_factory.mktemp("home"))
    yield create_app(station, look_at_machine=lambda: WELL)
    station.engine.dispose()


def test_both_languages_have_the_same_tasks() -> None:
    for language in ("vi", "en"):
        assert {path.stem for path in (TEXTS / language).glob("*.html")} == set(TASKS)


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_told_in_the_same_steps_in_both_languages(task: str) -> None:
    vi, en = ((TEXTS / language / f"{task}.html").read_text(encoding="utf-8") for language in ("vi", "en"))
    assert parts_of(vi) == parts_of(en)


@pytest.mark.parametrize("task", TASKS)
def test_every_button_that_help_names_is_called_so_on_the_pages(task: str) -> None:
    for language, known in (
        ("vi", set(said())),
        ("en", {english for found in translated().values() for text, _ in found for english in text.split(" / ")}),
    ):
        text = (TEXTS / language / f"{task}.html").read_text(encoding="utf-8")
        named = set(re.findall(r"<b>(.*?)</b>", text))
        assert named - {name.rstrip("?:") for name in known} - known == set(), language


def test_every_page_of_help_opens_in_both_languages(app: Flask) -> None:
    client = client_for(app)
    for language in ("en", "vi"):
        client.post("/language", data={"language": language})
        for task in TASKS:
            answer = client.get(f"/help/{task}")
            assert answer.status_code == 200
        assert client.get("/help/").get_data(as_text=True).count("/help/") >= len(TASKS)
    assert client.get("/help/../people").status_code == 404


def test_pictures_belong_to_tasks_and_are_small() -> None:
    found = {path.stem: path.stat().st_size for path in PICTURES.glob("*.jpg")}
    assert found.keys() <= set(TASKS)
    assert len(found) >= 10
    assert {name: size for name, size in found.items() if size > LARGEST_PICTURE} == {}


def test_every_page_of_a_topic_leads_to_its_task(app: Flask) -> None:
    assert set(TASK_OF.values()) <= set(TASKS)
    client = client_for(app)
    front = client.get("/help/").get_data(as_text=True)
    ways = set(re.findall(r'href="(/[a-z/]*)"', front.split("<main")[0])) - {"/help/"}
    assert len(ways) >= 12
    for path in ways:
        found = re.findall(r'class="help-way[^>]*><a href="/help/([a-z-]+)"', client.get(path).get_data(as_text=True))
        assert len(found) == 1 and found[0] in TASKS, path
    assert "help-way" not in front


def test_who_is_not_signed_in_is_led_to_no_help(app: Flask) -> None:
    assert "help-way" not in app.test_client().get("/sign-in").get_data(as_text=True)

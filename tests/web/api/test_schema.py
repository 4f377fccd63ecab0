"""The API keeps what its OpenAPI document says, for questions that schemathesis makes up."""

import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from limits import RateLimitItemPerMinute
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema

from tests.web.api.station import asking, make_app
from web.api import access

EXAMPLES = int(os.environ.get("LOABAN_TEST_EXAMPLES", "12"))
"""Of each operation and kind of question; the same ones each time, unless more are asked for."""
OPERATIONS = (
    "/api/1/areas",
    "/api/1/broadcasts",
    "/api/1/broadcasts/{number}",
    "/api/1/broadcasts/{number}/zones",
    "/api/1/counts",
    "/api/1/deliveries",
    "/api/1/deliveries/{airing}/{code}",
    "/api/1/episodes",
    "/api/1/series",
    "/api/1/series/{code}",
    "/api/1/series/{code}/episodes/{year}/{number}",
    "/api/1/token",
    "/api/1/zones",
    "/api/1/zones/{code}",
)
WITHOUT_FIELDS = {
    "/api/1/broadcasts/{number}",
    "/api/1/deliveries/{airing}/{code}",
    "/api/1/series/{code}",
    "/api/1/token",
    "/api/1/zones/{code}",
}
"""Any text is a right code there; that a field too many is refused is tested beside."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    home: Path = tmp_path_factory.mktemp("home")
    return make_app(home)


@pytest.fixture(scope="module")
def secret(app: Flask) -> str:
    return asking(app).secret


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUESTIONS", "REFUSALS"):
        monkeypatch.setattr(access, name, RateLimitItemPerMinute(1_000_000))


@pytest.fixture(scope="module")
def document(app: Flask) -> BaseSchema:
    # The token is sent with every question: that one without it is refused is told by the check `ignored_auth`.
    config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
    return schemathesis.openapi.from_wsgi("/api/1/openapi.json", app, config=config)


def operations(document: BaseSchema) -> dict[str, APIOperation]:
    return {found.ok().path: found.ok() for found in document.get_all_operations()}


def test_every_operation_of_the_document_is_asked(document: BaseSchema) -> None:
    assert set(operations(document)) == set(OPERATIONS)


def wrong_and_right() -> list[Any]:
    """Every operation with right questions, and with wrong ones where a field can be wrong."""
    right = [pytest.param(path, GenerationMode.POSITIVE, id=f"{path}-right") for path in OPERATIONS]
    wrong = [pytest.param(path, GenerationMode.NEGATIVE, id=f"{path}-wrong") for path in OPERATIONS]
    return right + [item for item in wrong if item.values[0] not in WITHOUT_FIELDS]


@pytest.mark.parametrize(("path", "mode"), wrong_and_right())
def test_the_api_answers_as_its_document_says(
    document: BaseSchema, secret: str, path: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES == 12,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations(document)[path].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {secret}"})

    ask()

"""What the API offers: the OpenAPI document, a page of it that people can read, and what the asking token is."""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from scheduler.domain.people import Right
from scheduler.models import Area
from scheduler.services import area_view, rules
from scheduler.wording import WORDING
from web.api.access import QUESTIONS, caller
from web.api.answers import AreaNamed, TokenTold
from web.api.problems import HTTP_CODES, STATUS
from web.api.questions import Question
from web.assets import DIST, Assets
from web.security import Policy, allow
from web.station import look, now, station

operations = APIBlueprint("reference", __name__, tag="Token", url_prefix="/api/1")

ETAG: Mapping[str, Any] = {
    "ETag": {
        "description": "Send it back in If-None-Match: 304 without a body means that nothing changed.",
        "schema": {"type": "string"},
    }
}
RETRY: Mapping[str, Any] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}
REFUSALS: Mapping[str, str] = {
    "401": "No token, or one that is unknown, revoked or over (`token_needed`).",
    "403": "The token's role does not reach that (`token_may_not`).",
    "404": "Not there, or not in the token's area (`unknown_…`); nothing tells the two apart.",
    "409": "Refused by a rule of the station (`bad_period`, `period_too_long`, `bad_cursor`, …).",
    "422": "A field of the question cannot be read (`bad_question`, with `errors`).",
    "429": "Too many questions (`too_many_tries`).",
    "500": "It failed unexpectedly (`answer_failed`); the sentence holds a number that is in the station's log.",
    "503": "A part of the station does not answer (`database_unreachable`, …).",
}
CODES = (
    *STATUS, *HTTP_CODES.values(), "bad_cursor", "bad_period", "period_too_long", "ambiguous_area", "unknown_area",
    "unknown_broadcast", "unknown_delivery", "unknown_episode", "unknown_series", "unknown_zone", "request_unreadable",
    "database_unreachable", "answer_failed",
)  # fmt: skip
"""What `code` of problem details may say."""


@operations.get("/token")
@allow(Right.SEE)
@operations.input(Question, location="query", arg_name="asked")
@operations.output(TokenTold)
def show_token(asked: Question) -> TokenTold:  # noqa: ARG001 -- checked to be empty
    """The token that asks: its role and area."""
    token, settings = caller().token, station().settings
    with look() as session:
        area: Area | None = None
        if token.area_id is not None:
            area = area_view.get_area(session, token.area_id, caller().scope, on=now().date())
        return TokenTold(
            name=token.name,
            role=token.role,
            area=None if area is None else AreaNamed(id=area.id, name=area.name),
            expires_at=token.expires_at,
            station=rules.read(session).station_name,
            time_zone=settings.time_zone.key,
        )


@operations.get("/")
@allow(Policy.OPEN)
@operations.doc(hide=True)
def show_reference() -> ResponseReturnValue:
    """A page that people read: every operation with its fields, every code with its sentence."""
    app = current_app
    assert isinstance(app, APIFlask)  # noqa: S101 -- the application of this blueprint
    spec: Any = app.spec
    return render_template(
        "api/reference.html",
        spec=spec,
        style=f"/static/dist/{Assets(DIST).built_name('app.css')}",
        codes=[(code, WORDING[code]["vi"], WORDING[code]["en"]) for code in sorted(set(CODES))],
        questions=QUESTIONS.amount,
    )


def complete(spec: dict[str, Any]) -> dict[str, Any]:
    """Say in the OpenAPI document what all operations share: the token, ETags, and how they refuse."""
    from web.api.answers import Problem
    from web.api.problems import MEDIA_TYPE

    schemas = spec["components"].setdefault("schemas", {})
    told = Problem.model_json_schema(ref_template="#/components/schemas/Problem.{model}")
    for name, nested in told.pop("$defs", {}).items():
        schemas[f"Problem.{name}"] = nested
    schemas["Problem"] = told
    body = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in spec["paths"].values():
        for operation in path.values():
            operation["parameters"] = [_without_null(field) for field in operation.get("parameters", ())]
            operation["security"] = [{"token": []}]
            answers = operation["responses"]
            answers["200"]["headers"] = dict(ETAG)
            answers["304"] = {"description": "What `If-None-Match` names is still so."}
            for status, description in REFUSALS.items():
                headers = {"headers": dict(RETRY)} if status in {"429", "503"} else {}
                answers[status] = {"description": description, "content": body, **headers}
    return spec


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """A field of an address is there or not; pydantic says null for what is not."""
    schema = dict(field["schema"])
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        schema |= kinds[0]
        del schema["default"]
    return {
        **field,
        "schema": schema,
        **({"description": schema.pop("description")} if "description" in schema else {}),
    }

"""Errors of the API as problem details (RFC 9457), by the same codes and sentences as everywhere in the station."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, current_app, request
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError
from werkzeug.exceptions import HTTPException

from scheduler.errors import BadQuestion, BroadcastError, Refused, Unavailable
from scheduler.wording import word
from web.errors import is_missing
from web.station import station
from web.translations import LANGUAGES

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
STATUS = {"token_needed": 401, "token_may_not": 403, "bad_question": 422, "bad_field": 422, "too_many_tries": 429}
"""What is not among them is 404 for what is not there (or not for this token), else 409."""
TYPES = "/api/1/#"
"""Where the reader is told what a code means."""
HTTP_CODES = {404: "address_unknown", 405: "method_unknown", 413: "too_large"}
KEPT = frozenset({"Allow", "Retry-After", "WWW-Authenticate"})


def register(app: APIFlask) -> None:
    """Answer every error with problem details."""
    app.register_error_handler(Refused, lambda error: of_ours(error, status_of(error)))
    app.register_error_handler(Unavailable, lambda error: of_ours(error, 503))
    for kind in (OperationalError, ProgrammingError):
        app.register_error_handler(kind, _of_database)
    app.register_error_handler(DataError, lambda _error: of_ours(BadQuestion(problems="địa chỉ, address"), 422))
    app.register_error_handler(HTTPError, _of_question)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_bug)


def status_of(error: BroadcastError) -> int:
    """With which status a refusal is answered."""
    return 404 if is_missing(error) else STATUS.get(error.code, 409)


def of_ours(error: BroadcastError, status: int) -> Response:
    """An error raised on purpose."""
    answer = tell(error.code, error.facts, status)
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="loaban"'
    if "wait" in error.facts:
        answer.headers["Retry-After"] = str(error.facts["wait"])
    return answer


def tell(code: str, facts: Mapping[str, object], status: int, **more: object) -> Response:
    """Problem details of a code; the sentence is in the language the program asked for, else the station's."""
    language = request.accept_languages.best_match(LANGUAGES) or station().settings.language
    told = {
        "type": TYPES + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": word(code, facts, language=language),
        **more,
    }
    answer = Response(current_app.json.dumps(told), status=status, mimetype=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Language"] = language
    answer.vary.update(("Authorization", "Accept-Language"))
    return answer


def _of_question(error: HTTPError) -> Response:
    """What pydantic said of the question's fields."""
    details = error.detail if isinstance(error.detail, dict) else {}
    fields: dict[str, list[str]] = next(iter(details.values()), {})
    problems = "; ".join(f"{name}: {', '.join(said)}" for name, said in fields.items()) or error.message
    errors = [{"field": name, "detail": ", ".join(said)} for name, said in fields.items()]
    return tell("bad_question", {"problems": problems}, 422, errors=errors)


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    answer = tell(HTTP_CODES.get(status, "request_unreadable"), {}, status)
    for name, value in error.get_headers():
        if name in KEPT:
            answer.headers[name] = value
    return answer


def _of_database(error: OperationalError | ProgrammingError) -> Response:
    logger.error("api.database_failed reason=%s", error.orig)
    answer = tell("database_unreachable", {"reason": type(error.orig).__name__}, 503)
    answer.headers["Retry-After"] = "30"
    return answer


def _of_bug(error: Exception) -> Response:
    reference = secrets.token_hex(4)
    logger.error("api.failed reference=%s", reference, exc_info=error)
    return tell("answer_failed", {"reference": reference}, 500)

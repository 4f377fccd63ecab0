"""The one table that turns errors into answers: 409 refused, 503 unavailable, 500 with a number for the log."""

import logging
import secrets
from collections.abc import Mapping

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, ProgrammingError
from werkzeug.exceptions import HTTPException

from scheduler.errors import BroadcastError, DatabaseUnreachable, Refused, Unavailable
from scheduler.wording import word
from web.translations import page_language

logger = logging.getLogger(__name__)

HTTP_CODES = {
    401: "page_needs_sign_in",
    403: "page_forbidden",
    404: "page_not_found",
    405: "method_not_allowed",
    413: "too_large",
}
NOT_FOUND = frozenset({"recording_not_found"})
REFUSED_CODES = {"upload_too_large": 413, "upload_busy": 423, "upload_lost": 410, "bad_part": 400}
"""What a program that sends files goes by; any other refusal is a 409."""


def register(app: Flask) -> None:
    """Answer every error with a page of ours."""
    app.register_error_handler(Refused, lambda error: _answer_ours(error, _status_of(error)))
    app.register_error_handler(Unavailable, lambda error: _answer_ours(error, 503))
    app.register_error_handler(OperationalError, _answer_database)
    app.register_error_handler(ProgrammingError, _answer_database)
    app.register_error_handler(CSRFError, lambda _error: _page("form_too_old", {}, 400))
    app.register_error_handler(RateLimitExceeded, _answer_too_many)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_bug)


def _status_of(error: Refused) -> int:
    return 404 if is_missing(error) else REFUSED_CODES.get(error.code, 409)


def is_missing(error: BroadcastError) -> bool:
    """Tell whether it is about a thing that is not there, or not for this person."""
    return error.code.startswith("unknown_") or error.code in NOT_FOUND


def _answer_too_many(error: RateLimitExceeded) -> ResponseReturnValue:
    wait = 60 if error.limit is None else error.limit.limit.get_expiry()
    body, status = _page("too_many_tries", {"wait": wait}, 429)
    return body, status, [("Retry-After", str(wait))]


def _answer_ours(error: BroadcastError, status: int) -> ResponseReturnValue:
    return _page(error.code, error.facts, status)


def _answer_database(error: OperationalError | ProgrammingError) -> ResponseReturnValue:
    # The driver's words may hold an address or a statement: they go to the log, the page tells what to do.
    logger.error("web.database_failed reason=%s", error.orig)
    return _answer_ours(DatabaseUnreachable(reason=type(error.orig).__name__), 503)


def _answer_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    body, status = _page(HTTP_CODES.get(error.code, "bad_request"), {}, error.code)
    kept = [(name, value) for name, value in error.get_headers() if name in {"Allow", "Content-Range", "Retry-After"}]
    return body, status, kept


def _answer_bug(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    logger.error("web.failed reference=%s", reference, exc_info=error)
    return _page("page_failed", {"reference": reference}, 500)


def _page(code: str, facts: Mapping[str, object], status: int) -> tuple[str, int]:
    return render_template("error.html", status=status, sentence=word(code, facts, language=page_language())), status

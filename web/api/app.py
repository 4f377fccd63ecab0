"""The factory of the API: an application of its own, which knows neither cookies nor sessions nor forms."""

import secrets
from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from apiflask import APIFlask
from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined

from scheduler.domain.station import Readings
from scheduler.station import Station
from web.api import access, catalogue, counts, log, metrics, places, plan, problems, reference
from web.api.cursors import Sealer, sealer
from web.security import Number, Policy, add_headers, allow
from web.station import station as present_station

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/api/"
METRICS = "/metrics"
TITLE = "Loa Bản"
DESCRIPTION = """\
What the station plans, sounds and counts, for other programs. Ask with `Authorization: Bearer <token>`; an
administrator makes tokens on the page “Khóa truy cập” or with `loaban token make`. A token reaches one
area with all that lies in it, or the whole station.

* Lists come page by page: ask again with `cursor` = `next` until `next` is null.
* Every answer has an `ETag`; send it in `If-None-Match`, and 304 means that nothing changed.
* Instants are UTC; days are those of the station (`time_zone` of `/api/1/token`).
* Errors are `application/problem+json` (RFC 9457) with a stable `code`; `detail` is Vietnamese or English
  (`Accept-Language`).
"""
PARTS = (catalogue, plan, log, counts, places, reference, metrics)


def create_api(station: Station, *, secret: str, look_at_machine: Callable[[], Readings]) -> APIFlask:
    """The API of a station; cursors and ETags are sealed with keys derived from `secret`."""
    app = APIFlask(
        __name__,
        title=TITLE,
        version="1",
        spec_path="/api/1/openapi.json",
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # as Flask takes it: no static files here
        template_folder="../templates",
    )
    app.jinja_env.undefined = StrictUndefined
    app.url_map.converters["int"] = Number
    app.url_map.strict_slashes = True
    app.config.update(
        DESCRIPTION=DESCRIPTION,
        OPENAPI_VERSION="3.1.0",
        SECURITY_SCHEMES={"token": {"type": "http", "scheme": "bearer"}},
        AUTO_SERVERS=False,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    if isinstance(app.json, DefaultJSONProvider):
        app.json.ensure_ascii = False
    app.extensions.update(look_at_machine=look_at_machine)
    app.extensions.update(station=station, sealer=Sealer(secret), answers=metrics.Answers(), counter=access.Counter())
    app.before_request(access.check_policy)
    app.after_request(_tag)
    app.after_request(_add_headers)
    problems.register(app)
    for part in PARTS:
        app.register_blueprint(part.operations)
    app.spec_processor(reference.complete)  # type: ignore[arg-type]  # the document is JSON here, no text
    allow(Policy.OPEN)(app.view_functions["openapi.spec"])
    return app


def mount(api: APIFlask, *, beside: Flask) -> None:
    """Let the API answer what is addressed to it, and the pages all else: one server, two applications."""
    pages = beside.wsgi_app
    answers: metrics.Answers = api.extensions["answers"]

    def choose(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        is_ours = path.startswith(PREFIX) or path == METRICS
        began = perf_counter()

        def begin(status: str, *told: Any) -> Callable[[bytes], object]:
            answers.note("api" if is_ours else "pages", status, seconds=perf_counter() - began)
            return start_response(status, *told)

        return (api.wsgi_app if is_ours else pages)(environ, begin)

    beside.extensions["api"] = api
    beside.wsgi_app = choose  # type: ignore[method-assign]  # Flask's documented place for it


def _tag(answer: Response) -> Response:
    """An answer's tag is bound to its token and question: what another got can be neither guessed nor compared."""
    if request.method not in {"GET", "HEAD"} or answer.status_code != HTTPStatus.OK:
        return answer
    caller = access.find_caller()
    whose = f"{0 if caller is None else caller.token_id}\n{request.full_path}\n".encode()
    answer.set_etag(sealer().tag(whose + answer.get_data()))
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.add("Authorization")
    answer.make_conditional(request)
    return answer


def _add_headers(answer: Response) -> Response:
    add_headers(answer, nonce=secrets.token_urlsafe(16), https=present_station().settings.https)
    if "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    return answer

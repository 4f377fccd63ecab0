"""What every answer and every route must have: headers on all status codes, and a policy (none: nobody enters)."""

import logging
import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue, RouteCallable
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.routing import IntegerConverter, Map

from scheduler.domain.people import Person, Right, Scope
from scheduler.domain.time import local_day
from scheduler.domain.village import PlayerRef
from scheduler.services import pairing, people, sign_in
from web.station import look, now, station

logger = logging.getLogger(__name__)
csrf = CSRFProtect()
"""What a box sends bears its own proof and no cookie: such routes are exempt."""
View = TypeVar("View", bound=Callable[..., object])

CONTENT_SECURITY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:{images}; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOR_A_YEAR = "max-age=31536000"
LARGEST_NUMBER = 2**63 - 1
"""What a database holds; a thing with a larger number is not there."""


class Policy(StrEnum):
    """Who may use a route whatever their rights; a route without a policy or right is closed to everybody."""

    OPEN = "open"
    """Whoever reaches the page."""
    SIGNED_IN = "signed_in"
    """Whoever is signed in, whatever their role."""
    BOX = "box"
    """A village player that is let in, by its bearer token; cookies count for nothing here."""


class Entry(NamedTuple):
    """Who may enter a route, and whether using it is a sign that a person is there."""

    policy: Policy | Right
    by_person: bool


def allow(policy: Policy | Right, *, by_person: bool = True) -> Callable[[View], View]:
    """Give a view its policy; what a page fetches by itself is not `by_person` and keeps no session alive."""

    def mark(view: View) -> View:
        view.entry = Entry(policy, by_person)  # type: ignore[attr-defined]
        return view

    return mark


def entry_of(view: RouteCallable) -> Entry | None:
    """Who may enter a view, or None when nobody said."""
    entry = getattr(view, "entry", None)
    return entry if isinstance(entry, Entry) else None


# --- what pages ask -----------------------------------------------------------------------------------------------
def me() -> Person:
    """The signed-in person; on a page that is open to all there may be none, and this is a bug there."""
    person: Person | None = g.get("person")
    if person is None:
        abort(401)
    return person


def find_me() -> Person | None:
    """The signed-in person, if there is one."""
    person: Person | None = g.get("person")
    return person


def box() -> PlayerRef:
    """The village player that asks; elsewhere than behind `Policy.BOX` there is none, and this is a bug there."""
    found: PlayerRef | None = g.get("box")
    if found is None:
        abort(401)
    return found


def may(right: Right | str) -> bool:
    """Tell whether the signed-in person has a right somewhere."""
    person = find_me()
    return person is not None and person.may(Right(right))


def scope(right: Right | str = Right.SEE) -> Scope:
    """The areas in which the signed-in person has a right today."""
    known: dict[Right, Scope] = g.setdefault("scopes", {})
    right = Right(right)
    if right not in known:
        day = local_day(now(), station().settings.time_zone)
        with look() as session:
            known[right] = people.scope_of(session, me(), right, on=day)
    return known[right]


def csp_nonce() -> str:
    """The one-time word that lets a script or style of this answer run."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


class Number(IntegerConverter):
    """A number in an address, such that the database can be asked for it."""

    def __init__(self, url_map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = None) -> None:  # noqa: A002
        super().__init__(url_map, fixed_digits, min, LARGEST_NUMBER if max is None else max)


# --- what happens around every request ----------------------------------------------------------------------------
def register(app: Flask) -> None:
    """Let in only whom a route's policy names, check every form's token, and put the headers on every answer."""
    app.url_map.converters["int"] = Number
    allow(Policy.OPEN)(app.view_functions["static"])
    app.before_request(_check_policy)
    app.after_request(_add_headers)
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)  # bound to the session, which ends anyway
    csrf.init_app(app)
    app.jinja_env.globals.update(may=may, me=find_me, csp_nonce=csp_nonce)


def _check_policy() -> ResponseReturnValue | None:
    if request.endpoint == "static":
        return None
    if request.endpoint is None:  # there is no such route: the answer is 404 (or 405), not 403
        _find_person(Entry(Policy.OPEN, by_person=True))
        return None
    entry = entry_of(current_app.view_functions[request.endpoint])
    if entry is None:
        abort(403)
    if entry.policy is Policy.BOX:
        _find_box()
        return None
    _find_person(entry)
    if entry.policy is Policy.OPEN:
        return None
    if find_me() is None:
        return _ask_to_sign_in()
    if isinstance(entry.policy, Right) and not may(entry.policy):
        abort(403)
    return None


def _find_person(entry: Entry) -> None:
    token = cookie.get("token")
    if not isinstance(token, str):
        return
    with look() as session:
        found = sign_in.find_signed_in(session, token, now=now())
    if found is None:
        cookie.pop("token", None)
        return
    g.person, g.session_id = found.person, found.session_id
    if found.is_stale and entry.by_person:
        _touch(found.session_id)


def _find_box() -> None:
    """Asked of the rows each time: a token is worth nothing from the moment its box is revoked."""
    told = request.authorization
    token = told.token if told is not None and told.type == "bearer" else None
    with look() as session:
        player = pairing.find_by_token(session, token) if token else None
    if player is None:
        abort(401, www_authenticate=WWWAuthenticate("bearer"))
    g.box = PlayerRef(
        player_id=player.id, zone_id=player.zone_id, username=player.username, public_key=player.public_key
    )


def _touch(session_id: int) -> None:
    """A database that is busy for long must not keep a page from being shown."""
    try:
        with station().sessions.begin() as session:
            sign_in.touch(session, session_id, now=now())
    except OperationalError:
        logger.warning("web.session_not_touched session_id=%s", session_id)


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.method not in {"GET", "HEAD"} or not wants_page():
        abort(401)
    with look() as session:
        endpoint = "sign_in.show_sign_in" if people.has_users(session) else "sign_in.show_setup"
    return redirect(url_for(endpoint, next=request.full_path.rstrip("?")), 303)


def wants_page() -> bool:
    """Tell whether a person looks at the answer as a page of its own, and not a script.

    A browser names what it takes besides pages too, some of it before them: it is enough that a page is among it.
    """
    accepted = request.accept_mimetypes
    return "HX-Request" not in request.headers and (not accepted or accepted.accept_html)


def safe_next(path: str | None) -> str:
    """Where to go after signing in: an address within this site, else the front page."""
    try:
        told = urlsplit(path or "")
    except ValueError:  # "//[": no address at all
        return "/"
    fits = path is not None and path.startswith("/") and not path.startswith(("//", "/\\")) and not told.netloc
    return path if fits and path is not None and path.isprintable() else "/"


def _add_headers(answer: Response) -> Response:
    add_headers(answer, nonce=csp_nonce(), https=station().settings.https, images=g.get("image_origin", ""))
    if request.endpoint != "static" and "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def add_headers(answer: Response, *, nonce: str, https: bool, images: str = "") -> None:
    """Put the security headers on an answer."""
    for name, value in headers(nonce=nonce, https=https, images=images).items():
        answer.headers[name] = value


def headers(*, nonce: str, https: bool, images: str = "") -> dict[str, str]:
    """The security headers of an answer; `images` is one more origin that pictures may come from (map tiles)."""
    found = {"Content-Security-Policy": CONTENT_SECURITY.format(nonce=nonce, images=f" {images}" if images else "")}
    if https:
        found["Strict-Transport-Security"] = FOR_A_YEAR
    return {**HEADERS, **found}

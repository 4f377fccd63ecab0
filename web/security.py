"""What every answer and every route must have: headers on all status codes, and a policy (none: nobody enters)."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import Flask, Response, abort, current_app, request
from flask.typing import RouteCallable

View = TypeVar("View", bound=Callable[..., object])

CONTENT_SECURITY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Policy(StrEnum):
    """Who may use a route; a route without one is closed to everybody."""

    OPEN = "open"
    """Whoever reaches the page; only for what shows and never changes anything."""


def allow(policy: Policy) -> Callable[[View], View]:
    """Give a view its policy."""

    def mark(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return mark


def policy_of(view: RouteCallable) -> Policy | None:
    """The policy of a view, or None when nobody gave it one."""
    policy = getattr(view, "policy", None)
    return policy if isinstance(policy, Policy) else None


def register(app: Flask) -> None:
    """Close every route without a policy and put the headers on every answer."""
    allow(Policy.OPEN)(app.view_functions["static"])
    app.before_request(_check_policy)
    app.after_request(_add_headers)


def _check_policy() -> None:
    if request.endpoint is None:
        return  # there is no such route: the answer is 404 (or 405), not 403
    if policy_of(current_app.view_functions[request.endpoint]) is not Policy.OPEN:
        abort(403)


def _add_headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers[name] = value
    if request.endpoint != "static":
        answer.headers["Cache-Control"] = "no-store"
    return answer

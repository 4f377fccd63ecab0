"""Who may ask: a token is looked up at every question, its role and area decide, and questions are counted."""

import logging
from dataclasses import dataclass

from flask import current_app, g, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from scheduler.domain.people import Right, Scope
from scheduler.domain.time import local_day
from scheduler.errors import BadQuestion, TokenMayNot, TokenNeeded, TooManyTries
from scheduler.models import ApiToken
from scheduler.services import api_tokens, coverage, people
from web.security import Policy, entry_of
from web.station import look, now, station

logger = logging.getLogger(__name__)

QUESTIONS = RateLimitItemPerMinute(300)
"""What one token may ask."""
REFUSALS = RateLimitItemPerMinute(60)
"""How often one address may ask with a token that is none."""
LONGEST_WAIT_S = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The program that asks: its token, and the areas that it reaches."""

    token_id: int
    token: ApiToken
    scope: Scope


class Counter:
    """How often tokens and addresses asked: counted in this process, forgotten when it ends."""

    def __init__(self) -> None:
        self._limits = MovingWindowRateLimiter(MemoryStorage())

    def take(self, limit: RateLimitItemPerMinute, who: str) -> None:
        """Count a question. Raises `TooManyTries`."""
        if not self._limits.hit(limit, who):
            raise TooManyTries(wait=LONGEST_WAIT_S)

    def check(self, limit: RateLimitItemPerMinute, who: str) -> None:
        """Raises `TooManyTries` when one more would be too many."""
        if not self._limits.test(limit, who):
            raise TooManyTries(wait=LONGEST_WAIT_S)


def caller() -> Caller:
    """The program that asks; elsewhere than behind a right there is none, and this is a bug there."""
    found: Caller | None = g.get("caller")
    if found is None:
        raise TokenNeeded
    return found


def find_caller() -> Caller | None:
    """The program that asks, if it had to show a token."""
    found: Caller | None = g.get("caller")
    return found


def check_policy() -> None:
    """Let in only whom an operation's policy names. Raises `TokenNeeded`, `TokenMayNot`, `TooManyTries`."""
    if request.endpoint is None:  # there is no such operation: 404 or 405
        return
    entry = entry_of(current_app.view_functions[request.endpoint])
    counter: Counter = current_app.extensions["counter"]
    if entry is not None and entry.policy is Policy.OPEN:
        counter.take(QUESTIONS, f"address:{request.remote_addr}")
        return
    found = _find_caller(counter)
    if entry is None or not isinstance(entry.policy, Right):
        raise TokenMayNot(needed="-")
    if not api_tokens.may(found.token, entry.policy):
        raise TokenMayNot(needed=entry.policy.value)
    g.caller = found
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise BadQuestion(problems=", ".join(f"{name} × 2" for name in sorted(repeated)))


def reach(session: Session, area: str | None) -> Scope:
    """The areas of the token, or those of them that lie in one area. Raises `UnknownArea`, `AmbiguousArea`."""
    held = caller().scope
    if area is None:
        return held
    day = local_day(now(), station().settings.time_zone)
    chosen = coverage.get_area(session, area, on=day, within=held)
    below = people.scope_below(coverage.load_tree(session), [chosen.id], on=day)
    return Scope(area_ids=frozenset(number for number in below.area_ids or () if held.holds(number)))


def _find_caller(counter: Counter) -> Caller:
    address = f"refused:{request.remote_addr}"
    counter.check(REFUSALS, address)
    told = request.authorization
    secret = told.token if told is not None and told.type == "bearer" else None
    at = now()
    with look() as session:
        token = api_tokens.find(session, secret, now=at) if secret else None
        if token is None:
            counter.take(REFUSALS, address)
            raise TokenNeeded
        counter.take(QUESTIONS, f"token:{token.id}")
        scope = api_tokens.scope_of(session, token, on=local_day(at, station().settings.time_zone))
    if api_tokens.is_unnoted(token, now=at):
        _touch(token.id)
    return Caller(token_id=token.id, token=token, scope=scope)


def _touch(token_id: int) -> None:
    """A database that is busy for long must not keep an answer from being given."""
    try:
        with station().sessions.begin() as session:
            api_tokens.touch(session, token_id, now=now())
    except OperationalError:
        logger.warning("api.token_not_touched token_id=%s", token_id)

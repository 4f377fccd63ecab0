"""Tokens (khóa truy cập) with which other programs ask: made, found, listed, taken away; only their hashes are kept."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scheduler.domain.people import RIGHTS, Granted, Right, Role, Scope
from scheduler.domain.text import tidy
from scheduler.errors import AmbiguousArea, BadField, UnknownArea, UnknownToken
from scheduler.models import ApiToken, Area
from scheduler.passwords import digest_token, make_token
from scheduler.services import audit, coverage, people

PREFIX = "loaban_"
"""So that a token that was left in a file or a message is known for what it is."""
LONGEST_NAME = 100
USED_EVERY = timedelta(minutes=1)
"""The last use is kept to the minute: reading must not write at every question."""
_HINT = 4
_LONGEST_SECRET = 100


def make(
    session: Session,
    *,
    name: str,
    role: Role,
    area_id: int | None,
    by: str,
    now: datetime,
    lasts: timedelta | None = None,
    user_id: int | None = None,
) -> tuple[ApiToken, str]:
    """A token and its secret, which nobody can tell a second time. Raises `BadField`, `UnknownArea`."""
    name = tidy(name)
    if not name or len(name) > LONGEST_NAME:
        raise BadField(field="name", value=name[:LONGEST_NAME])
    if area_id is not None and session.get(Area, area_id) is None:
        raise UnknownArea(area=f"#{area_id}", on=f"{now:%d/%m/%Y}")
    if lasts is not None and lasts <= timedelta(0):
        raise BadField(field="lasts", value=str(lasts))
    secret = PREFIX + make_token()
    token = ApiToken(
        name=name,
        token_sha256=digest_token(secret),
        hint=secret[-_HINT:],
        role=role,
        area_id=area_id,
        created_at=now,
        created_by=by,
        expires_at=None if lasts is None else now + lasts,
    )
    session.add(token)
    session.flush()
    _note(session, "token_made", token, by=by, user_id=user_id, now=now)
    return token, secret


def read_grant(session: Session, *, role: str, area: str, within: Scope, on: date) -> Granted:
    """A role and an area as somebody typed them, who manages some areas. Raises `BadField`, `UnknownArea`."""
    if not area.strip() and not within.is_everywhere:
        raise BadField(field="area", value="")
    try:
        (granted,) = people.read_grants(session, [(role, area)], within=within, on=on)
    except (UnknownArea, AmbiguousArea) as error:
        raise type(error)(**{**error.facts, "field": "area"}) from error
    return granted


def find(session: Session, secret: str, *, now: datetime) -> ApiToken | None:
    """The token of a secret; None for one that was never made, is revoked or over, all alike."""
    if len(secret) > _LONGEST_SECRET:
        return None
    found = session.scalar(select(ApiToken).where(ApiToken.token_sha256 == digest_token(secret)))
    return found if found is not None and is_valid(found, now=now) else None


def is_valid(token: ApiToken, *, now: datetime) -> bool:
    """Tell whether a token still lets its program in."""
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


def is_unnoted(token: ApiToken, *, now: datetime) -> bool:
    """Tell whether the last use that is kept is so old that the present one must be noted."""
    return token.used_at is None or now >= token.used_at + USED_EVERY


def touch(session: Session, token_id: int, *, now: datetime) -> None:
    """Note that a token is used."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))


def revoke(
    session: Session, token_id: int, *, by: str, now: datetime, within: Scope | None = None, user_id: int | None = None
) -> ApiToken:
    """Let a program in no more, at once; one revoked before stays as it was. Raises `UnknownToken`."""
    token = session.get(ApiToken, token_id)
    if token is None or not (within is None or is_managed(token, within)):
        raise UnknownToken(token=token_id)
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = now, by
        _note(session, "token_revoked", token, by=by, user_id=user_id, now=now)
    return token


def find_tokens(session: Session, *, within: Scope | None = None) -> Sequence[tuple[ApiToken, str]]:
    """All tokens that are managed from these areas with the names of their areas, the newest first."""
    found = session.execute(
        select(ApiToken, Area.name).outerjoin(Area, Area.id == ApiToken.area_id).order_by(ApiToken.id.desc())
    )
    return [(token, name or "") for token, name in found if within is None or is_managed(token, within)]


def is_managed(token: ApiToken, within: Scope) -> bool:
    """Tell whether who manages these areas manages this token."""
    return within.is_everywhere or (token.area_id is not None and within.holds(token.area_id))


def may(token: ApiToken, right: Right) -> bool:
    """Tell whether a token has a right in its area."""
    return right in RIGHTS[token.role]


def scope_of(session: Session, token: ApiToken, *, on: date) -> Scope:
    """The areas that a token reaches on a day: its area's subtree, or the whole station."""
    if token.area_id is None:
        return Scope(area_ids=None)
    return people.scope_below(coverage.load_tree(session), [token.area_id], on=on)


def _note(
    session: Session, action: str, token: ApiToken, *, by: str, user_id: int | None, now: datetime
) -> None:  # fmt: skip
    """Tell the trail; the secret it never learns."""
    audit.note(
        session,
        actor=audit.Actor(user_id=user_id, name=by),
        now=now,
        action=action,
        kind="api_token",
        subject=str(token.id),
        label=f"{token.name} …{token.hint}",
        after={"role": token.role.value, "area_id": token.area_id} if action == "token_made" else {},
    )

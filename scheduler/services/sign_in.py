"""Signing in and out: sessions kept on the server, ended by idleness, age or a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from scheduler.domain.people import LONGEST_SESSION, Granted, Person, is_session_open
from scheduler.errors import UnknownSession
from scheduler.models import User, UserSession
from scheduler.passwords import digest_token, make_token

TOUCHED_EVERY = timedelta(minutes=1)
"""A session's last sign of life is kept to the minute: not every click is a write."""
_FORGOTTEN_AFTER = timedelta(days=30)
_LONGEST_BROWSER = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """A session that lets its person in."""

    session_id: int
    person: Person
    is_stale: bool
    """The kept sign of life is older than a minute."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """What a password is checked against, outside of any transaction."""

    user_id: int
    password_hash: str | None
    active: bool


def find_credentials(session: Session, login: str) -> Credentials | None:
    """What the password of this user must fit."""
    user = session.scalar(select(User).where(User.login == login.strip().lower()))
    if user is None:
        return None
    return Credentials(user_id=user.id, password_hash=user.password_hash, active=user.active)


def open_session(session: Session, user_id: int, *, now: datetime, address: str = "", browser: str = "") -> str:
    """Let a user in; gives the token for the cookie, which is nowhere kept. Old sessions are forgotten."""
    token = make_token()
    row = UserSession(
        token_sha256=digest_token(token),
        user_id=user_id,
        created_at=now,
        seen_at=now,
        address=address,
        browser=browser[:_LONGEST_BROWSER],
    )
    session.add(row)
    session.execute(update(User).where(User.id == user_id).values(last_seen_at=now))
    session.execute(delete(UserSession).where(UserSession.created_at < now - LONGEST_SESSION - _FORGOTTEN_AFTER))
    session.flush()
    return token


def find_signed_in(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """Who a cookie's token lets in now; None when nobody."""
    row = session.scalar(
        select(UserSession)
        .where(UserSession.token_sha256 == digest_token(token))
        .options(joinedload(UserSession.user).selectinload(User.grants))
    )
    if row is None or not row.user.active:
        return None
    if not is_session_open(created_at=row.created_at, seen_at=row.seen_at, revoked_at=row.revoked_at, now=now):
        return None
    stale = now - row.seen_at >= TOUCHED_EVERY
    return SignedIn(session_id=row.id, person=person_of(row.user), is_stale=stale)


def is_open(session: Session, session_id: int, *, now: datetime) -> bool:
    """Tell whether a session still lets its person in: what those who listen are asked every few seconds."""
    row = session.execute(
        select(UserSession.created_at, UserSession.seen_at, UserSession.revoked_at)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.id == session_id, User.active)
    ).one_or_none()
    return row is not None and is_session_open(
        created_at=row.created_at, seen_at=row.seen_at, revoked_at=row.revoked_at, now=now
    )  # fmt: skip


def person_of(user: User) -> Person:
    """A user as the pages know them."""
    grants = tuple(Granted(role=grant.role, area_id=grant.area_id) for grant in user.grants)
    return Person(id=user.id, login=user.login, name=user.name, language=user.language, grants=grants)


def touch(session: Session, session_id: int, *, now: datetime) -> None:
    """Note that the person did something."""
    found = session.get(UserSession, session_id)
    if found is not None:
        found.seen_at = now
        session.execute(update(User).where(User.id == found.user_id).values(last_seen_at=now))


def revoke(session: Session, session_id: int, *, now: datetime) -> None:
    """End a session."""
    session.execute(
        update(UserSession).where(UserSession.id == session_id, UserSession.revoked_at.is_(None)).values(revoked_at=now)
    )


def revoke_of(session: Session, user_id: int, session_id: int, *, now: datetime) -> None:
    """End one session of a user; one of somebody else stays open. Raises `UnknownSession`."""
    found = session.get(UserSession, session_id)
    if found is None or found.user_id != user_id:
        raise UnknownSession(session=session_id)
    revoke(session, session_id, now=now)


def revoke_all(session: Session, user_id: int, *, now: datetime, but: int | None = None) -> None:
    """End all sessions of a user, but one if told."""
    session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.id != (but or 0))
        .values(revoked_at=now)
    )


def find_open(session: Session, user_id: int, *, now: datetime) -> list[UserSession]:
    """The sessions of a user that still let them in, the latest used first."""
    rows = session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .options(selectinload(UserSession.user))
        .order_by(UserSession.seen_at.desc())
    )
    return [
        row
        for row in rows
        if is_session_open(created_at=row.created_at, seen_at=row.seen_at, revoked_at=row.revoked_at, now=now)
    ]

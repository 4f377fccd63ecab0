"""Secret addresses at which a calendar program reads the plan: made and taken back by people, found by the secret."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.people import Person, Right
from scheduler.domain.text import tidy
from scheduler.domain.time import STATION_ZONE, local_day
from scheduler.errors import BadField, UnknownFeed
from scheduler.models import CalendarFeed, User
from scheduler.passwords import digest_token, make_token
from scheduler.services import audit, people, sign_in
from scheduler.services.plan_scope import Reader

MOST_OF_ONE = 20
"""Addresses in use that one person may have."""
_LONGEST_NAME = 100
_LONGEST_SECRET = 100
_HINT = 4


def make(session: Session, *, name: str, person: Person, now: datetime) -> tuple[CalendarFeed, str]:
    """A feed of a person and its secret, which nobody can tell a second time. Raises `BadField`."""
    name = tidy(name)
    if not name or len(name) > _LONGEST_NAME:
        raise BadField(field="name", value=name[:_LONGEST_NAME])
    if len(find_of(session, person)) >= MOST_OF_ONE:
        raise BadField(field="number", value=MOST_OF_ONE)
    secret = make_token()
    feed = CalendarFeed(
        user_id=person.id, name=name, token_sha256=digest_token(secret), hint=secret[-_HINT:], created_at=now
    )
    session.add(feed)
    session.flush()
    _note(session, "created", feed, person, now)
    return feed, secret


def find_of(session: Session, person: Person) -> Sequence[CalendarFeed]:
    """The feeds of a person that are in use, the newest first."""
    asked = select(CalendarFeed).where(CalendarFeed.user_id == person.id, CalendarFeed.revoked_at.is_(None))
    return session.scalars(asked.order_by(CalendarFeed.id.desc())).all()


def revoke(session: Session, feed_id: int, *, person: Person, now: datetime) -> None:
    """Let nobody read at this address any more. Raises `UnknownFeed`, also for another person's."""
    feed = session.get(CalendarFeed, feed_id)
    if feed is None or feed.user_id != person.id:
        raise UnknownFeed(feed=feed_id)
    if feed.revoked_at is None:
        feed.revoked_at = now
        _note(session, "removed", feed, person, now)


def find_reader(session: Session, secret: str, *, now: datetime) -> Reader | None:
    """For whom a secret stands, with what they may see now.

    None when it was never given out, was taken back, or the person may not come in any more.
    """
    if len(secret) > _LONGEST_SECRET:
        return None
    found = session.execute(
        select(CalendarFeed, User)
        .join(User, User.id == CalendarFeed.user_id)
        .where(CalendarFeed.token_sha256 == digest_token(secret), CalendarFeed.revoked_at.is_(None))
    ).one_or_none()
    if found is None or not found[1].active:
        return None
    person = sign_in.person_of(found[1])
    if not person.may(Right.SEE):
        return None
    day = local_day(now, STATION_ZONE)
    return Reader(
        sees=people.scope_of(session, person, Right.SEE, on=day),
        plans=people.scope_of(session, person, Right.PLAN, on=day),
        on=day,
    )


def _note(session: Session, action: str, feed: CalendarFeed, person: Person, now: datetime) -> None:
    """Tell the trail; the secret it never learns."""
    audit.note(
        session,
        actor=audit.Actor(user_id=person.id, name=person.name),
        now=now,
        action=action,
        kind="calendar_feed",
        subject=str(feed.id),
        label=f"{feed.name} …{feed.hint}",
    )

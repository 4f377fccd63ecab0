"""What a page gets from the application: the station, the hour, a transaction to look or to change, the sound files."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from flask import current_app, g
from sqlalchemy.orm import Session

from scheduler.ports import MediaStore
from scheduler.services import audit
from scheduler.station import Station


def station() -> Station:
    """The station whose pages these are."""
    found: Station = current_app.extensions["station"]
    return found


def now() -> datetime:
    """The present instant."""
    return station().clock.now()


def media() -> MediaStore:
    """The station's sound files."""
    found: MediaStore = current_app.extensions["media"]
    return found


@contextmanager
def look() -> Iterator[Session]:
    """One transaction that only reads and never makes the daemon wait."""
    with station().readers.begin() as session:
        yield session


@contextmanager
def change(*, undoes: UUID | None = None) -> Iterator[Session]:
    """One transaction that writes; what it changes is in the audit trail under the signed-in person's name."""
    with station().sessions.begin() as session:
        audit.watch(session, actor=actor(), now=now(), undoes=undoes)
        yield session


@contextmanager
def rehearse() -> Iterator[Session]:
    """One transaction that may write and is always taken back: to see what a change would do."""
    with station().sessions() as session:
        yield session
        session.rollback()


def actor() -> audit.Actor:
    """Who changes something: the signed-in person, or nobody known yet (who signs in, who sets the station up)."""
    person = g.get("person")
    return audit.Actor(user_id=None, name="") if person is None else audit.Actor(user_id=person.id, name=person.name)

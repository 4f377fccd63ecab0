"""The player's journal: what it did, in order, durable, kept row by row until the station has confirmed it."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from audio.village.rows import JournalEntry, Storage
from audio.village.store import mark_of
from scheduler.database import Sessions, open_readers
from scheduler.village_messages import JournalKind, JournalRow

DAMAGED = "journal_row_damaged"
"""Code of the note that stands in for a row which is not what was written."""
_AT_ONCE = 500


class Journal:
    """Rows of what the daemon does come in by triggers (see `store`), all others here; numbers are never used again."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._readers = open_readers(sessions.kw["bind"])
        with self._readers.begin() as session:
            self.instance = session.scalars(select(Storage.instance)).one()
            """Names this storage in every message."""

    def note(self, code: str, *, at: datetime | None, **facts: object) -> None:
        """Write a note in a transaction of its own; `at` is None while the time is not known."""
        with self._sessions.begin() as session:
            write_note(session, code, at=at, **facts)

    def waiting(self, *, after: int = 0, limit: int = 200) -> tuple[JournalRow, ...]:
        """The rows that were not confirmed yet, in order, with numbers above `after`.

        One that is not what was written is not believed: its number bears a note that says so.
        """
        with self._readers.begin() as session:
            found = session.scalars(
                select(JournalEntry).where(JournalEntry.seq > after).order_by(JournalEntry.seq).limit(limit)
            ).all()
        return tuple(_row_of(entry) for entry in found)

    def forget(self, seqs: Iterable[int]) -> None:
        """Delete rows that the station has on its disk, and no others."""
        wanted = sorted(set(seqs))
        if not wanted:
            return
        with self._sessions.begin() as session:
            for some in _slices(wanted):
                session.execute(delete(JournalEntry).where(JournalEntry.seq.in_(some)))

    def forget_below(self, seq: int) -> None:
        """Delete all rows with a lower number: the station said that it has every one of them."""
        with self._sessions.begin() as session:
            session.execute(delete(JournalEntry).where(JournalEntry.seq < seq))

    @property
    def next_seq(self) -> int:
        """The number of the next row; all below were written."""
        with self._readers.begin() as session:
            return _next_seq(session)

    @property
    def oldest_seq(self) -> int:
        """The oldest row that waits; `next_seq` when none does."""
        with self._readers.begin() as session:
            oldest = session.scalar(select(func.min(JournalEntry.seq)))
            return _next_seq(session) if oldest is None else oldest

    def __len__(self) -> int:
        with self._readers.begin() as session:
            return session.scalar(select(func.count()).select_from(JournalEntry)) or 0


def write(session: Session, kind: JournalKind, facts: dict[str, Any], *, at: datetime | None) -> None:
    """Write a row in the caller's transaction; `facts` are plain JSON values."""
    told = None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    session.execute(
        insert(JournalEntry).values(at=told, kind=kind.value, facts=body, mark=mark_of(kind.value, told, body))
    )


def write_note(session: Session, code: str, *, at: datetime | None, **facts: object) -> None:
    """Write a note in the caller's transaction."""
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
    write(session, JournalKind.NOTE, {"code": code, **told}, at=at)


def _next_seq(session: Session) -> int:
    last = session.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'village_journal'"))
    return (last or 0) + 1


def _row_of(entry: JournalEntry) -> JournalRow:
    is_whole = entry.mark == mark_of(entry.kind, entry.at, entry.facts)
    try:
        facts = json.loads(entry.facts) if is_whole else None
        at = datetime.fromisoformat(entry.at) if is_whole and entry.at is not None else None
    except (ValueError, TypeError):
        facts = None
    if facts is None:
        return JournalRow(seq=entry.seq, at=None, kind=JournalKind.NOTE.value, facts={"code": DAMAGED})
    return JournalRow(seq=entry.seq, at=at, kind=entry.kind, facts=facts)


def _slices(items: Sequence[int]) -> Iterable[Sequence[int]]:
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))

"""Sealing as clerk and command do it: rows are read with nothing locked, and each seal goes into the file too."""

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduler import seals_file
from scheduler.database import Sessions
from scheduler.domain.seals import Finding, digest, read_statement
from scheduler.errors import SealsDiffer
from scheduler.models import Seal
from scheduler.seals_file import SealLine
from scheduler.services import playout, seal_checking, sealing
from scheduler.signing import Signer, find_seal_key

logger = logging.getLogger(__name__)

TAMPERED = "log_tampered"
SUBJECT = "seals"
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealer:
    """What sealing needs from outside."""

    sessions: Sessions
    readers: Sessions
    signer: Signer
    home: Path
    zone: ZoneInfo

    @property
    def file(self) -> Path:
        """The file of seals."""
        return seals_file.path_of(self.home)

    def seal(
        self, day: date, *, now: datetime, tell: Callable[[Seal], None] = lambda _seal: None
    ) -> list[Seal]:  # fmt: skip
        """Seal all days up to this one that lack it; gives the seals that were made, the oldest first.

        A claim of a zone waits for none of this: only numbers are read under the lock, and one row is written. What a
        crash kept out of the file is added to it. Raises `DayNotOver`, `SealsDiffer`.
        """
        self.bring_file_along()
        made: list[Seal] = []
        while (seal := self._seal_next(day, now=now)) is not None:
            logger.info("seal.made number=%s day=%s entries=%s", seal.id, seal.day, seal.entries)
            made.append(seal)
            tell(seal)
            self.bring_file_along()
        return made

    def _seal_next(self, day: date, *, now: datetime) -> Seal | None:
        with self.sessions.begin() as session:
            until = sealing.lock_bounds(session)
        with self.readers.begin() as session:
            wanted = sealing.find_wanted(session, day, until=until, now=now, zone=self.zone)
            if wanted is None:
                return None
            drawn = sealing.draw_up(session, wanted, now=now, key=self.signer.public)
        with self.sessions.begin() as session:
            return sealing.keep(session, drawn, signer=self.signer)

    def bring_file_along(self) -> None:
        """Add the seals that the file lacks at its end.

        Raises `SealsDiffer` when the file and the database do not tell the same up to there.
        """
        seals_file.cut_torn_line(self.file)
        lines = list(seals_file.read(self.file))
        last = lines[-1] if lines else None
        number = len(lines)
        with self.readers.begin() as session:
            while True:
                newer = sealing.find_seals_after(session, number, limit=_AT_ONCE)
                self._check_end(last, number, session_seal=sealing.find_seal(session, number), newer=newer)
                if not newer:
                    return
                fresh = [SealLine(statement=seal.statement, signature=seal.signature) for seal in newer]
                seals_file.append(self.file, fresh)
                last, number = fresh[-1], newer[-1].id

    @staticmethod
    def _check_end(
        last: SealLine | None, number: int, *, session_seal: Seal | None, newer: list[Seal]
    ) -> None:  # fmt: skip
        """The last line is the database's seal of that number, and the next one builds on it."""
        if number and (last is None or session_seal is None or session_seal.statement != last.statement):
            raise SealsDiffer(number=number)
        if newer and last is not None and read_statement(newer[0].statement).previous != digest(last.statement):
            raise SealsDiffer(number=newer[0].id)


def verify(
    readers: Sessions,
    home: Path,
    *,
    newest: int | None = None,
    progress: seal_checking.Progress = lambda _seals, _rows: None,
) -> list[Finding]:
    """Hold the log against its seals and against the file beside the database, in one consistent look."""
    with readers.begin() as session:
        return seal_checking.verify(
            session,
            seals_file=seals_file.path_of(home),
            keys=believed_keys(home),
            newest=newest,
            progress=progress,
        )


def believed_keys(home: Path) -> Collection[str] | None:
    """The station's own key and those that its file of seals bears from earlier keys; None where there is neither."""
    own = find_seal_key(home)
    found = {*_keys_in(seals_file.path_of(home))} | ({own.public} if own else set())
    return found or None


def note(sessions: Sessions, found: list[Finding], *, now: datetime) -> None:
    """Raise the alarm that the log is not as it was sealed, or clear it."""
    facts = {"number": len(found), "code": found[0].code, "seal": found[0].seal} if found else None
    with sessions.begin() as session:
        playout.settle_alarm(session, kind=TAMPERED, subject=SUBJECT, facts=facts, now=now)


def _keys_in(file: Path) -> Iterator[str]:
    for line in seals_file.read(file):
        if line is not None:
            try:
                yield read_statement(line.statement).key
            except ValueError:
                continue

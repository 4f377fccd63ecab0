"""Obeying commands of the station: who signed it, whom it is for, whether it still holds, that it is obeyed but once.

Nothing here is believed before its signature was checked; what is not obeyed makes no sound and leaves a journal row.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from audio.village import journal
from audio.village.home import Membership
from audio.village.rows import ObeyedCommand
from scheduler.database import Sessions, open_readers
from scheduler.domain.village import CommandOutcome, Refusal
from scheduler.errors import BadMessage, BadSignature, BroadcastError
from scheduler.signing import Verifier
from scheduler.village_messages import (
    Audience,
    Command,
    CommandFacts,
    CommandKind,
    JournalKind,
    Plan,
    PlannedProgramme,
    decode,
    to_facts,
)

logger = logging.getLogger(__name__)

LONGEST_BYTES: Final = 256_000
"""Nothing larger is looked at: a command with the longest programme has a few kilobytes."""
EARLY: Final = timedelta(minutes=5)
"""A command from further ahead is refused: the clock here, or the one there, is wrong."""
REMEMBERED: Final = timedelta(days=1)
"""How long after its end an obeyed command is still known: a clock that is set back must not make it good again."""
MOST_REFUSED: Final = 10_000
"""Rows a day of what was refused; a flood beyond is only counted, so that it cannot fill the card (2 MB)."""
_A_DAY_S: Final = 86_400.0
_AT_ONCE: Final = 500
_COMES_TO_NOTHING: Final = frozenset({Refusal.REPLAYED, Refusal.NOT_FOR_US, Refusal.EXPIRED})
"""Refusals that would be the same the next time: the command needs no remembering."""
_HARMLESS: Final = frozenset({CommandKind.STOP, CommandKind.REFRESH, CommandKind.REPORT})
"""What may be obeyed without knowing the time: nothing sounds by it, and nothing stays changed."""


class Clock(Protocol):
    """The part of the trusted clock that orders ask."""

    def now(self) -> datetime: ...  # noqa: D102
    def monotonic(self) -> float: ...  # noqa: D102
    @property
    def trusted_now(self) -> datetime | None: ...  # noqa: D102


class SoundControl(Protocol):
    """What commands do to the sound of this box."""

    def set_volume(self, percent: int, *, by: str) -> None:
        """Sound so loud from now on, never above the cap; kept over a restart."""
        ...

    def stop(self) -> None:
        """Fall silent at once."""
        ...

    def say(self, programme: PlannedProgramme) -> None:
        """Put a programme that begins now beside the plan, durably; one that is there already is left alone."""
        ...


class LinkControl(Protocol):
    """What commands do to the link."""

    def refresh(self) -> None: ...  # noqa: D102
    def report(self) -> None: ...  # noqa: D102
    def unplug(self, seconds: int) -> None: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    """What became of some bytes that came as a command."""

    facts: CommandFacts
    command: Command | None = None
    """Set when it may never be obeyed (again)."""


class Orders:
    """The only way in for commands; `take` is called by one thread at a time."""

    def __init__(
        self,
        *,
        verifier: Verifier,
        membership: Membership,
        sessions: Sessions,
        clock: Clock,
        sound: SoundControl,
        find_plan: Callable[[], Plan | None],
        is_demonstration: bool = False,
    ) -> None:
        self._verifier, self._membership, self._sessions = verifier, membership, sessions
        self._clock, self._sound, self._find_plan = clock, sound, find_plan
        self._is_demonstration = is_demonstration
        self._readers = open_readers(sessions.kw["bind"])
        self._since = clock.monotonic()
        self._refused = 0

    def take(self, sealed: Sequence[bytes], *, link: LinkControl) -> None:
        """Obey or refuse, in order, and write what became of each, all of them or none; an act is done before its row.

        A crash in between lets the command come again: silence, volume and saying a broadcast done twice are as once.
        """
        read = [self._read(item) for item in sealed]
        used = self._find_used({item.command_id for item in read if isinstance(item, Command)})
        answers = []
        for item in read:
            answers.append(self._answer(item, used, link))
            used |= {answer.command.command_id for answer in answers[-1:] if answer.command is not None}
        with self._sessions.begin() as session:
            self._write(session, answers)

    # --- deciding ---------------------------------------------------------------------------------------------------
    def _read(self, sealed: bytes) -> Command | Refusal:
        """The command, or why there is none."""
        if len(sealed) > LONGEST_BYTES:
            return Refusal.BAD_MESSAGE
        try:
            return decode(self._verifier.open(sealed), Command)
        except (BadSignature, BadMessage) as error:
            return Refusal(error.code)

    def _answer(self, item: Command | Refusal, used: set[UUID], link: LinkControl) -> _Answer:
        if isinstance(item, Refusal):
            return _Answer(facts=CommandFacts(command_id=None, outcome=CommandOutcome.REFUSED, reason=item))
        reason: str | None = next(self._why_not(item, used), None)
        if reason is None:
            reason = self._act(item, link)
        outcome = CommandOutcome.DONE if reason is None else CommandOutcome.REFUSED
        if reason is not None:
            logger.warning("command.refused command_id=%s kind=%s reason=%s", item.command_id, item.kind, reason)
        facts = CommandFacts(command_id=item.command_id, outcome=outcome, reason=reason or "")
        return _Answer(facts=facts, command=None if reason in _COMES_TO_NOTHING else item)

    def _why_not(self, command: Command, used: set[UUID]) -> Iterator[Refusal]:
        """Every reason not to obey, the first first."""
        plan = self._find_plan()
        if not self._is_for_us(command.audience, plan):
            yield Refusal.NOT_FOR_US
        if command.command_id in used:
            yield Refusal.REPLAYED
        yield from _why_not_now(command, self._clock.trusted_now)
        if not _is_whole(command):
            yield Refusal.BAD_MESSAGE
        if command.programme is not None and not _is_in_our_languages(command.programme, plan):
            yield Refusal.NOT_FOR_US
        if command.kind is CommandKind.UNPLUG and not self._is_demonstration:
            yield Refusal.NOT_ALLOWED

    def _is_for_us(self, audience: Audience, plan: Plan | None) -> bool:
        if audience.zone_id is not None and audience.zone_id != self._membership.zone_id:
            return False
        return audience.area_id is None or (plan is not None and audience.area_id in plan.area_ids)

    # --- obeying ----------------------------------------------------------------------------------------------------
    def _act(self, command: Command, link: LinkControl) -> str | None:
        """Do it; says why it could not be done."""
        try:
            self._do(command, link)
        except BroadcastError as error:
            return error.code
        logger.info("command.obeyed command_id=%s kind=%s by=%s", command.command_id, command.kind, command.by)
        return None

    def _do(self, command: Command, link: LinkControl) -> None:
        match command.kind:
            case CommandKind.STOP:
                self._sound.stop()
            case CommandKind.VOLUME:
                self._sound.set_volume(command.volume or 0, by=command.by)
            case CommandKind.SAY:
                self._sound.say(self._from_now(command))
            case CommandKind.REFRESH:
                link.refresh()
            case CommandKind.REPORT:
                link.report()
            case CommandKind.UNPLUG:
                link.unplug(command.seconds or 0)

    def _from_now(self, command: Command) -> PlannedProgramme:
        """The programme from its beginning, also when the command was long on its way."""
        programme = command.programme
        if programme is None:
            raise BadMessage(reason="nothing to say")
        starts_at = max(programme.starts_at, self._clock.now())
        return msgspec.structs.replace(programme, starts_at=starts_at)

    # --- writing ----------------------------------------------------------------------------------------------------
    def _find_used(self, ids: set[UUID]) -> set[UUID]:
        if not ids:
            return set()
        wanted = sorted(ids)
        found: set[UUID] = set()
        with self._readers.begin() as session:
            for first in range(0, len(wanted), _AT_ONCE):
                some = wanted[first : first + _AT_ONCE]
                rows = session.scalars(select(ObeyedCommand.command_id).where(ObeyedCommand.command_id.in_(some)))
                found.update(rows)
        return found

    def _write(self, session: Session, answers: Iterable[_Answer]) -> None:
        now = self._clock.trusted_now
        if now is not None:
            session.execute(delete(ObeyedCommand).where(ObeyedCommand.expires_at < now - REMEMBERED))
        for answer in answers:
            if answer.command is not None:
                values = {"command_id": answer.command.command_id, "expires_at": answer.command.expires_at}
                session.execute(insert(ObeyedCommand).values(**values))
            if answer.facts.outcome is CommandOutcome.DONE or self._has_room(session, at=now):
                journal.write(session, JournalKind.COMMAND, to_facts(answer.facts), at=now)

    def _has_room(self, session: Session, *, at: datetime | None) -> bool:
        """Whether one more refusal may have a row of its own; that others have none is told in a note."""
        monotonic = self._clock.monotonic()
        if monotonic - self._since > _A_DAY_S:
            self._since, self._refused = monotonic, 0
        self._refused += 1
        more = self._refused - MOST_REFUSED
        if more > 0 and more % MOST_REFUSED == 1:
            journal.write_note(session, "commands_refused_without_rows", at=at, most=MOST_REFUSED)
        return more <= 0


def _why_not_now(command: Command, now: datetime | None) -> Iterator[Refusal]:
    if now is None:
        if command.kind not in _HARMLESS:
            yield Refusal.NO_TRUSTED_TIME
        return
    if command.expires_at <= now:
        yield Refusal.EXPIRED
    if command.issued_at > now + EARLY:
        yield Refusal.NOT_YET


def _is_whole(command: Command) -> bool:
    """Tell whether it says what its kind needs."""
    match command.kind:
        case CommandKind.VOLUME:
            return command.volume is not None and 0 <= command.volume <= 100
        case CommandKind.SAY:
            programme = command.programme
            return programme is not None and programme.file is not None and not programme.cancelled
        case CommandKind.UNPLUG:
            return command.seconds is not None and command.seconds >= 0
    return True


def _is_in_our_languages(programme: PlannedProgramme, plan: Plan | None) -> bool:
    """Tell whether we hear these languages here: zones of one area may, each in its own, get the same broadcast."""
    spoken = {piece.language for piece in programme.pieces if piece.language is not None}
    return plan is None or not plan.languages or spoken <= set(plan.languages)

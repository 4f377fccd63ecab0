"""Posting kept journal rows of village players: into the as-run log and claims, or into quarantine."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, TextClause, bindparam, select, text, update
from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import NewEntry
from scheduler.domain.village import JournalState
from scheduler.domain.village_log import (
    CLOCK_TOLERANCE,
    CONTRADICTS,
    FROM_THE_FUTURE,
    IMPOSSIBLE,
    MOVED_AT_MOST,
    OTHER_ZONE,
    TAKEN,
    UNKNOWN_AIRING,
    UNREADABLE,
    Fault,
    Told,
    find_fault,
)
from scheduler.errors import BadMessage
from scheduler.models import (
    Broadcast,
    Claim,
    Player,
    VillageJournalRow,
)
from scheduler.services import as_run, bulk, tally
from scheduler.services.bulk import OnConflict
from scheduler.services.village_journal import RowKey
from scheduler.services.village_known import COMPARED, Book, DeliveryKey
from scheduler.village_messages import DeliveryFacts, JournalKind, StartedFacts, from_facts

Values = dict[str, Any]

_TAKEN = OnConflict(keys=("broadcast_id", "zone_id"), filled=("closed_at",))


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """How many rows were looked at, and how many of them could not be used."""

    rows: int
    quarantined: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A kept row with the name of the player that handed it over."""

    key: RowKey
    zone_id: int
    username: str
    kind: str
    facts: Values
    received_at: datetime


def post(session: Session, *, now: datetime, zone: ZoneInfo, limit: int = 2000, only: RowKey | None = None) -> Posted:
    """Post the rows that wait, each player's in order, `only` one of them if told; `zone` is the station's.

    What was posted before is harmless. Rows that another process posts at this moment are left to it.
    """
    rows = _take(session, limit=limit, only=only)
    if not rows:
        return Posted(rows=0, quarantined=0)
    tally.lock(session)  # of two processes, the second sees what the first wrote into the log
    faults = _Posting(session, rows, now=now, zone=zone).run()
    _settle(session, rows, faults)
    return Posted(rows=len(rows), quarantined=len(faults))


def find_waiting(session: Session, *, limit: int = 2000) -> list[RowKey]:
    """The keys of the rows that `post` would take."""
    row = VillageJournalRow
    wanted = select(row.player_id, row.instance, row.seq).where(_is_received())
    found = session.execute(wanted.order_by(row.player_id, row.instance, row.seq).limit(limit))
    return [(player_id, instance, seq) for player_id, instance, seq in found]


def quarantine(session: Session, key: RowKey, *, code: str, about: str) -> None:
    """Set a row aside that could not be posted."""
    row = VillageJournalRow
    session.execute(
        update(row)
        .where(row.player_id == key[0], row.instance == key[1], row.seq == key[2], _is_received())
        .values(state=JournalState.QUARANTINED, problem={"code": code, "about": about})
    )  # fmt: skip


def owner_of(username: str) -> str:
    """Who sounded, in claims and in the log: daemons of the station leave claims alone that bear a player's name."""
    return username


def _is_received() -> TextClause:
    # Spelled out, so that the partial index serves; of a typed expression SQLite would be asked whether it is 1.
    return text("village_journal_row.state = 'received'")


def _take(session: Session, *, limit: int, only: RowKey | None) -> list[_Row]:
    row = VillageJournalRow
    wanted: Select[Any] = (
        select(row.player_id, row.instance, row.seq, row.zone_id, Player.username, row.kind, row.facts, row.received_at)
        .join(Player, Player.id == row.player_id)
        .where(_is_received())
        .order_by(row.player_id, row.instance, row.seq)
        .limit(limit)
        .with_for_update(of=row, skip_locked=True)
    )
    if only is not None:
        wanted = wanted.where(row.player_id == only[0], row.instance == only[1], row.seq == only[2])
    return [
        _Row(key=(player_id, instance, seq), zone_id=zone_id, username=username, kind=kind, facts=facts, received_at=at)
        for player_id, instance, seq, zone_id, username, kind, facts, at in session.execute(wanted)
    ]


def _settle(session: Session, rows: Sequence[_Row], faults: Mapping[RowKey, Fault]) -> None:
    posted = [row.key for row in rows if row.key not in faults]
    table = VillageJournalRow.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.player_id == bindparam("p"), table.c.instance == bindparam("i"))
        .where(table.c.seq.between(bindparam("first"), bindparam("last")))
        .values(state=JournalState.POSTED)
    )
    if posted:
        session.connection().execute(statement, list(_runs(posted)))
    for key, fault in faults.items():
        quarantine(session, key, code=fault.code, about=fault.about)


def _runs(keys: Iterable[RowKey]) -> Iterator[Values]:
    """Numbers of one box without a gap as one: a fortnight of rows is a single statement."""
    run: Values = {}
    for player_id, instance, seq in keys:
        if run and (run["p"], run["i"], run["last"] + 1) == (player_id, instance, seq):
            run["last"] = seq
            continue
        if run:
            yield run
        run = {"p": player_id, "i": instance, "first": seq, "last": seq}
    if run:
        yield run


class _Posting:
    """One batch of rows on its way; everything it needs to know is read once, by a few statements."""

    def __init__(self, session: Session, rows: Sequence[_Row], *, now: datetime, zone: ZoneInfo) -> None:
        self._session, self._rows, self._now, self._zone = session, rows, now, zone
        self._faults: dict[RowKey, Fault] = {}
        self._started = self._read(JournalKind.STARTED, StartedFacts)
        self._delivered = self._read(JournalKind.DELIVERY, DeliveryFacts)
        about = [facts for _, facts in (*self._started, *self._delivered)]
        told = [facts for _, facts in self._delivered]
        self._book = Book(
            session,
            broadcasts={facts.broadcast_id for facts in about},
            airings={facts.airing_id for facts in told},
            zones={row.zone_id for row in rows},
            transports={facts.rendition_sha256 for facts in told if facts.rendition_sha256},
        )

    def _read(self, kind: JournalKind, form: type[Any]) -> list[tuple[_Row, Any]]:
        found = []
        for row in self._rows:
            if row.kind == kind.value:
                try:
                    found.append((row, from_facts(row.facts, form)))
                except BadMessage as error:
                    self._faults[row.key] = Fault(code=UNREADABLE, about=str(error.facts["reason"]))
        return found

    def run(self) -> dict[RowKey, Fault]:
        """Write what can be used; gives what cannot."""
        claims: dict[DeliveryKey, Values] = {}
        for row, facts in self._sort_out(self._started, self._fault_of_start):
            key = (facts.broadcast_id, row.zone_id)
            claims.setdefault(key, self._claim(key, row, started_at=facts.started_at, offset_s=facts.offset_s))
        entries, over = [], set()
        for row, facts in self._sort_out(self._delivered, self._fault_of_delivery):
            key = (facts.broadcast_id, row.zone_id)
            # A box writes its deliveries when the programme is over, all at once.
            claims.setdefault(key, self._claim(key, row, started_at=facts.started_at))
            over.add(key)
            entries.append(self._entry(row, facts))
        self._write_claims(claims, over)
        begun = {key[0] for key, claim in claims.items() if claim["started_at"] is not None}
        _move_on_air(self._session, begun, now=self._now)
        as_run.record(self._session, entries, now=self._now, zone=self._zone)
        return self._faults

    def _sort_out(
        self, told: Iterable[tuple[_Row, Any]], find: Callable[[_Row, Any], Fault | None]
    ) -> list[tuple[_Row, Any]]:
        good = []
        for row, facts in told:
            if (fault := find(row, facts)) is None:
                good.append((row, facts))
            else:
                self._faults[row.key] = fault
        return good

    # --- starts -------------------------------------------------------------------------------------------------
    def _fault_of_start(self, row: _Row, facts: StartedFacts) -> Fault | None:
        starts_at = self._book.starts.get(facts.broadcast_id)
        if starts_at is None:
            return Fault(code=UNKNOWN_AIRING)
        if (facts.broadcast_id, row.zone_id) not in self._book.programmes:
            return Fault(code=OTHER_ZONE)
        if facts.started_at > row.received_at + CLOCK_TOLERANCE:
            return Fault(code=FROM_THE_FUTURE)
        if abs(facts.started_at - starts_at) > MOVED_AT_MOST or not 0 <= facts.offset_s < MOVED_AT_MOST.total_seconds():
            return Fault(code=IMPOSSIBLE, about="started_at, offset_s")
        return self._fault_of_owner(facts.broadcast_id, row)

    def _fault_of_owner(self, broadcast_id: UUID, row: _Row) -> Fault | None:
        owner = self._book.owners.get((broadcast_id, row.zone_id))
        if owner is None or owner.startswith(owner_of(f"z{row.zone_id}-")):
            return None
        return Fault(code=TAKEN, about=owner)

    def _claim(
        self, key: DeliveryKey, row: _Row, *, started_at: datetime | None, offset_s: float = 0.0
    ) -> Values:  # fmt: skip
        return {
            "broadcast_id": key[0],
            "zone_id": key[1],
            "owner": owner_of(row.username),
            "token": 0,
            "claimed_at": started_at or row.received_at,
            "started_at": started_at,
            "offset_s": offset_s,
        }

    def _write_claims(self, claims: Mapping[DeliveryKey, Values], over: Collection[DeliveryKey]) -> None:
        """Take the claims that nobody took, and close those whose deliveries are here."""
        if not claims:
            return
        rows = [{**claim, "closed_at": self._now if key in over else None} for key, claim in claims.items()]
        bulk.insert(self._session, Claim, rows, conflict=_TAKEN)

    # --- deliveries ---------------------------------------------------------------------------------------------
    def _fault_of_delivery(self, row: _Row, facts: DeliveryFacts) -> Fault | None:
        file = self._book.files.get(facts.rendition_sha256 or "")
        told = Told(
            broadcast_id=facts.broadcast_id,
            kind=facts.kind,
            planned_at=facts.planned_at,
            started_at=facts.started_at,
            ended_at=facts.ended_at,
            seconds_planned=facts.seconds_planned,
            seconds_sounded=facts.seconds_sounded,
            evidence=facts.evidence,
            reason=facts.reason,
            masters=None if file is None else file.masters,
        )
        fault = find_fault(told, self._book.airing(facts.airing_id, row.zone_id), received_at=row.received_at)
        return fault or self._fault_of_owner(facts.broadcast_id, row) or self._fault_of_log(row, facts)

    def _fault_of_log(self, row: _Row, facts: DeliveryFacts) -> Fault | None:
        """The first delivery counts; the same again is harmless, another contradicts it."""
        outcome = tuple(getattr(facts, name) for name in COMPARED)
        first = self._book.logged.setdefault((facts.airing_id, row.zone_id), outcome)
        return None if first == outcome else Fault(code=CONTRADICTS)

    def _entry(self, row: _Row, facts: DeliveryFacts) -> NewEntry:
        file = self._book.files.get(facts.rendition_sha256 or "")
        return NewEntry(
            airing_id=facts.airing_id,
            zone_id=row.zone_id,
            # Where people said meanwhile what they knew, the place's own report comes after and holds.
            attempt=self._book.attempts.get((facts.airing_id, row.zone_id), 0) + 1,
            kind=facts.kind,
            planned_at=facts.planned_at,
            started_at=facts.started_at,
            ended_at=facts.ended_at,
            seconds_planned=facts.seconds_planned,
            seconds_sounded=facts.seconds_sounded,
            reason=facts.reason,
            evidence=facts.evidence,
            recorded_by=owner_of(row.username),
            # The log names the file of the station; the transport file is the same sound made small.
            rendition_sha256=None if file is None else file.rendition_sha256,
            note=facts.note[:500],
        )


def _move_on_air(session: Session, broadcasts: Collection[UUID], *, now: datetime) -> None:
    """Of what is over by now, the daemon of the station says that it is done."""
    session.execute(
        update(Broadcast)
        .where(Broadcast.id.in_(broadcasts), Broadcast.state == BroadcastState.PLANNED, Broadcast.ends_at > now)
        .values(state=BroadcastState.ON_AIR),
        execution_options={"synchronize_session": False},
    )

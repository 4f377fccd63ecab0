"""Keeping what village players hand over, as it came: every row once, bad ones aside; posting them comes later."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from scheduler.domain.village import JournalState, PlayerRef
from scheduler.domain.village_log import UNKNOWN_KIND, UNREADABLE
from scheduler.errors import BadMessage
from scheduler.models import VillageJournalRow
from scheduler.services import village_commands, village_journal_insert
from scheduler.services.village_commands import Answer
from scheduler.village_messages import (
    CommandFacts,
    DeliveryFacts,
    Journal,
    JournalKind,
    JournalRow,
    StartedFacts,
    decode,
    from_facts,
)

Values = dict[str, Any]
RowKey = tuple[int, str, int]
"""Player, instance, number."""

_LONGEST_NAME = 64
_LAST_NUMBER = 2**63 - 1
_YEARS = range(1970, 9000)
_AT_ONCE = 400
_DEEPEST = 32
"""Levels of lists and objects in a row: whoever reads it later may have less room for them than who took it in."""
_POSTED_AT_ONCE = (JournalKind.COMMAND.value,)
"""Answers are noted in the transaction that keeps them: people wait for those."""
_FORMS: Mapping[str, type[Any] | None] = {
    JournalKind.STARTED.value: StartedFacts,
    JournalKind.DELIVERY.value: DeliveryFacts,
    JournalKind.COMMAND.value: CommandFacts,
    JournalKind.NOTE.value: None,
}


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A journal of which at least one row cannot be read."""

    type: str
    instance: str
    boot: str
    rows: list[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """What one player handed over in one message; `odd` are rows that are no journal rows at all."""

    player: PlayerRef
    journal: Journal
    odd: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What is on the station's disk once the caller's transaction ends well."""

    seqs: tuple[int, ...]
    quarantined: tuple[int, ...] = ()
    is_twin: bool = False
    """Numbers came with other contents than before: two boxes write under one name."""


# --- reading ----------------------------------------------------------------------------------------------------
def read(player: PlayerRef, body: bytes) -> Handed:
    """The journal in a message whose signature was good, each row by itself. Raises `BadMessage`."""
    try:
        return _check(Handed(player=player, journal=decode(body, Journal)))
    except BadMessage:
        found = _open(body)
    rows, odd = [], []
    for raw in found.rows:
        try:
            rows.append(msgspec.convert(raw, JournalRow))
        except msgspec.ValidationError:
            odd.append(raw)
    journal = Journal(instance=found.instance, boot=found.boot, rows=tuple(rows))
    return _check(Handed(player=player, journal=journal, odd=tuple(odd)))


def _open(body: bytes) -> Envelope:
    try:
        found = msgspec.json.decode(body, type=Envelope)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadMessage(reason=str(error)[:200]) from error
    if found.type != "journal":
        raise BadMessage(reason=f"{found.type[:40]} where journal was expected")
    return found


def _check(handed: Handed) -> Handed:
    for name in (handed.journal.instance, handed.journal.boot):
        if not name or len(name) > _LONGEST_NAME or not name.isprintable() or "~" in name:
            raise BadMessage(reason=f"name {name[:80]!r}")
    return handed


# --- keeping ----------------------------------------------------------------------------------------------------
def keep(session: Session, handed: Sequence[Handed], *, now: datetime) -> dict[tuple[int, str], Kept]:
    """Write all rows that are not here yet in one statement; says by player and instance what may be confirmed.

    Answers to commands are noted as well. A row that cannot be used is kept as quarantined. One whose number came
    before with other contents is kept beside the first under a name of its own: whether it contradicts the log is seen
    when it is posted.
    """
    fresh: dict[RowKey, Values] = {}
    beside: list[Values] = []
    for row in _rows_of(handed, now=now):
        first = fresh.setdefault(_key_of(row), row)
        if not _is_same(first, row):
            beside.append(_set_beside(row))
    if fresh and village_journal_insert.insert(session, fresh.values()) < len(fresh):
        beside += [_set_beside(row) for row in _find_others(session, fresh)]
    if beside:
        village_journal_insert.insert(session, beside)
    if answers := list(_answers_in([*fresh.values(), *beside])):
        village_commands.note_answers(session, answers, now)
    return _tell_kept(handed, fresh, beside)


def keep_refused(session: Session, handed: Handed, *, now: datetime, reason: str) -> dict[tuple[int, str], Kept]:
    """Keep rows that the database did not take as they are: as text, quarantined."""
    rows = [
        _aside(handed, msgspec.to_builtins(row), now=now, about=reason, seq=row.seq) for row in handed.journal.rows
    ]  # fmt: skip
    rows += [_aside(handed, raw, now=now, about=reason, seq=_seq_in(raw)) for raw in handed.odd]
    village_journal_insert.insert(session, rows)
    seqs = (*(row.seq for row in handed.journal.rows), *(seq for raw in handed.odd if _is_number(seq := _seq_in(raw))))
    return {(handed.player.player_id, handed.journal.instance): Kept(seqs=seqs, quarantined=seqs)}


def single_rows(handed: Handed) -> Iterator[Handed]:
    """The same, a row at a time."""
    journal = handed.journal
    for row in journal.rows:
        alone = Journal(instance=journal.instance, boot=journal.boot, rows=(row,))
        yield Handed(player=handed.player, journal=alone)
    for raw in handed.odd:
        yield Handed(player=handed.player, journal=msgspec.structs.replace(journal, rows=()), odd=(raw,))


def _rows_of(handed: Iterable[Handed], *, now: datetime) -> Iterator[Values]:
    for item in handed:
        for row in item.journal.rows:
            if _fits(row):
                yield _row_of(item, row, now=now)
            else:
                yield _aside(item, msgspec.to_builtins(row), now=now, about="number, kind or time", seq=row.seq)
        for raw in item.odd:
            yield _aside(item, raw, now=now, about="no journal row", seq=_seq_in(raw))


def _fits(row: JournalRow) -> bool:
    return (
        0 <= row.seq <= _LAST_NUMBER
        and len(row.kind) <= 16
        and row.kind.isprintable()
        and (row.at is None or row.at.year in _YEARS)
        and not _is_deep(row.facts)
    )


def _is_deep(facts: Mapping[str, Any]) -> bool:
    """Tell whether lists and objects lie too deep in each other."""
    level: list[Any] = [facts]
    for _ in range(_DEEPEST):
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return True


def _row_of(item: Handed, row: JournalRow, *, now: datetime) -> Values:
    problem = _find_problem(row)
    return {
        "player_id": item.player.player_id,
        "instance": item.journal.instance,
        "seq": row.seq,
        "boot": item.journal.boot,
        "zone_id": item.player.zone_id,
        "kind": row.kind,
        "at": row.at,
        "facts": row.facts,
        "received_at": now,
        "state": _state_of(row, problem),
        "problem": problem,
    }


def _state_of(row: JournalRow, problem: Values | None) -> JournalState:
    if problem is not None:
        return JournalState.QUARANTINED
    return JournalState.POSTED if row.kind in _POSTED_AT_ONCE else JournalState.RECEIVED


def _find_problem(row: JournalRow) -> Values | None:
    if row.kind not in _FORMS:
        return {"code": UNKNOWN_KIND, "about": row.kind}
    form = _FORMS[row.kind]
    try:
        if form is not None:
            from_facts(row.facts, form)
    except BadMessage as error:
        return {"code": UNREADABLE, "about": str(error.facts["reason"])}
    return None


def _aside(item: Handed, raw: Any, *, now: datetime, about: str, seq: object) -> Values:
    """A row that no column holds as it is: its text is kept, under its number where that is one."""
    text = _text_of(raw)
    is_number = isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq <= _LAST_NUMBER
    return {
        "player_id": item.player.player_id,
        "instance": item.journal.instance if is_number else _name_beside(item.journal.instance, text),
        "seq": seq if is_number else 0,
        "boot": item.journal.boot,
        "zone_id": item.player.zone_id,
        "kind": "",
        "at": None,
        "facts": {"text": text},
        "received_at": now,
        "state": JournalState.QUARANTINED,
        "problem": {"code": UNREADABLE, "about": about},
    }


def _text_of(raw: Any) -> str:
    try:
        return json.dumps(raw, ensure_ascii=True, sort_keys=True)
    except RecursionError:
        return "nested too deep to be written down"


def _answers_in(rows: Iterable[Values]) -> Iterator[Answer]:
    """What boxes say became of commands; noting an answer twice is harmless."""
    for row in rows:
        if row["kind"] == JournalKind.COMMAND.value and row["state"] is JournalState.POSTED:
            facts = from_facts(row["facts"], CommandFacts)
            if facts.command_id is not None:
                yield Answer(
                    command_id=facts.command_id, zone_id=row["zone_id"], outcome=facts.outcome, reason=facts.reason
                )


def _set_beside(row: Values) -> Values:
    told = [row["kind"], None if row["at"] is None else row["at"].isoformat(), row["facts"]]
    return {**row, "instance": _name_beside(row["instance"], json.dumps(told, sort_keys=True))}


def _name_beside(instance: str, text: str) -> str:
    """A name that no instance bears (none has a `~`), always the same for the same contents."""
    return f"{instance[:46]}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _find_others(session: Session, fresh: Mapping[RowKey, Values]) -> list[Values]:
    """Those of the rows that say something else than what was kept under their number."""
    table = VillageJournalRow
    columns = (table.player_id, table.instance, table.seq, table.kind, table.at, table.facts)
    keys, others = list(fresh), []
    for first in range(0, len(keys), _AT_ONCE):
        wanted = tuple_(table.player_id, table.instance, table.seq).in_(keys[first : first + _AT_ONCE])
        for row in session.execute(select(*columns).where(wanted)):
            kept: Values = dict(row._mapping)
            told = fresh[_key_of(kept)]
            if not _is_same(kept, told):
                others.append(told)
    return others


def _key_of(row: Mapping[str, Any]) -> RowKey:
    return row["player_id"], row["instance"], row["seq"]


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one is other or all(one[name] == other[name] for name in ("kind", "at", "facts"))


def _tell_kept(
    handed: Iterable[Handed], fresh: Mapping[RowKey, Values], beside: Iterable[Values]
) -> dict[tuple[int, str], Kept]:
    numbers: dict[tuple[int, str], dict[int, None]] = {}
    for item in handed:
        own = numbers.setdefault((item.player.player_id, item.journal.instance), {})
        own.update(dict.fromkeys(row.seq for row in item.journal.rows))
        own.update(dict.fromkeys(seq for raw in item.odd if _is_number(seq := _seq_in(raw))))
    bad = {key for key, row in fresh.items() if row["state"] is JournalState.QUARANTINED}
    twins = {(row["player_id"], row["instance"].partition("~")[0]) for row in beside}
    return {
        key: Kept(
            seqs=tuple(own),
            quarantined=tuple(seq for seq in own if (*key, seq) in bad),
            is_twin=(key[0], key[1][:46]) in twins,
        )
        for key, own in numbers.items()
    }


def _seq_in(raw: Any) -> Any:
    return raw.get("seq") if isinstance(raw, dict) else None


def _is_number(seq: object) -> bool:
    return isinstance(seq, int) and not isinstance(seq, bool)

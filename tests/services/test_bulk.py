"""Many rows in one statement: the same values as one by one on both databases, and what a row does that is there."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from scheduler.database import Sessions
from scheduler.domain.village import JournalState
from scheduler.models import CommandDelivery, MonthTally, PlayerState, VillageCommand, VillageJournalRow
from scheduler.services import bulk
from scheduler.services.bulk import OnConflict
from tests.factories import NOW, make_zone
from tests.services.test_village_commands import make_player

HANOI = timezone(timedelta(hours=7))
BY_COMMAND = OnConflict(keys=("command_id", "zone_id"))


def command(**other: object) -> dict[str, object]:
    return {
        "id": uuid4(), "kind": "stop", "audience": {}, "facts": {}, "body": b"\x00\xff", "exercise": True,
        "issued_at": NOW, "expires_at": NOW, "issued_by": "Hà", **other,
    }  # fmt: skip


def journal_row(seq: int, **other: object) -> dict[str, object]:
    return {
        "player_id": 1, "instance": "i", "seq": seq, "boot": "", "zone_id": 1, "kind": "note", "at": None,
        "facts": {"said": ["“Bản” 100 %", None, 0.1]}, "received_at": NOW, "state": JournalState.RECEIVED,
        "problem": None, **other,
    }  # fmt: skip


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A transaction on either database."""
    with sessions.begin() as session:
        yield session


@pytest.fixture
def a_player(session: Session) -> int:
    return make_player(session, make_zone(session, code="V", carrier="village")).id


def test_values_of_every_kind_come_back_as_they_were(session: Session, a_player: int) -> None:
    at = datetime(2026, 11, 24, 6, 30, 0, 123456, tzinfo=HANOI)
    rows = [
        journal_row(1, player_id=a_player, at=at),
        journal_row(2**40, player_id=a_player, state=JournalState.QUARANTINED, problem={"code": "x"}),
    ]
    assert bulk.insert(session, VillageJournalRow, rows) == 2
    first, second = session.scalars(select(VillageJournalRow).order_by(VillageJournalRow.seq))
    assert (first.at, first.received_at, first.facts, first.problem) == (at, NOW, rows[0]["facts"], None)
    assert first.at is not None and first.at.tzinfo is UTC
    assert (second.seq, second.at, second.state, second.problem) == (
        2**40, None, JournalState.QUARANTINED, {"code": "x"},
    )  # fmt: skip


def test_an_instant_without_a_zone_is_refused(session: Session, a_player: int) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="naive"):
        bulk.insert(session, VillageJournalRow, [journal_row(1, player_id=a_player, at=naive)])


def test_rows_that_are_there_are_left_and_not_counted(session: Session, a_player: int) -> None:
    told = [journal_row(seq, player_id=a_player) for seq in range(3)]
    bulk.insert(session, VillageJournalRow, told[:2])
    again = [{**row, "kind": "other"} for row in told]
    by_number = OnConflict(keys=("player_id", "instance", "seq"))
    assert bulk.insert(session, VillageJournalRow, again, conflict=by_number) == 1
    kinds = session.scalars(select(VillageJournalRow.kind).order_by(VillageJournalRow.seq)).all()
    assert kinds == ["note", "note", "other"]
    with pytest.raises(IntegrityError), session.begin_nested():
        bulk.insert(session, VillageJournalRow, told)


def test_what_is_there_is_replaced_added_to_or_filled_in(session: Session) -> None:
    month = {
        "local_month": "2026-11", "series_id": 1, "language": "vi", "area_id": 1, "apart": "", "area_name": "Chiềng An",
        "zones_sounded": 2, "zones_partial": 1, "zones_missed": 0, "seconds_sounded": 0.1, "airings_counted": 1,
    }  # fmt: skip
    keys = ("local_month", "series_id", "language", "area_id", "apart")
    adding = OnConflict(keys=keys, added=("zones_sounded", "seconds_sounded"), replaced=("zones_partial",))
    for _ in range(3):
        bulk.insert(session, MonthTally, [month, {**month, "area_id": 2}], conflict=adding)
    for row in session.scalars(select(MonthTally)):
        assert (row.zones_sounded, row.zones_partial, row.airings_counted) == (6, 1, 1)
        assert row.seconds_sounded == pytest.approx(0.3)


def test_only_what_has_no_value_is_filled_in(session: Session, a_player: int) -> None:
    told = [journal_row(1, player_id=a_player), journal_row(2, player_id=a_player, at=NOW)]
    bulk.insert(session, VillageJournalRow, told)
    filling = OnConflict(keys=("player_id", "instance", "seq"), filled=("at",))
    later = NOW + timedelta(hours=1)
    bulk.insert(session, VillageJournalRow, [{**row, "at": later} for row in told], conflict=filling)
    assert session.scalars(select(VillageJournalRow.at).order_by(VillageJournalRow.seq)).all() == [later, NOW]


def test_a_column_that_is_left_out_is_not_made_up(session: Session, a_player: int) -> None:
    row = journal_row(1, player_id=a_player)
    del row["kind"]
    with pytest.raises((KeyError, IntegrityError)), session.begin_nested():
        bulk.insert(session, VillageJournalRow, [row])


def test_keys_of_any_number_and_kind_are_asked_for_by_one_value(session: Session) -> None:
    ids = [uuid4() for _ in range(3)]
    session.add_all(VillageCommand(**command(id=number)) for number in ids)
    session.flush()

    def found(column: InstrumentedAttribute[Any], values: Collection[object]) -> set[UUID]:
        return set(session.scalars(select(VillageCommand.id).where(bulk.among(session, column, values))))

    assert found(VillageCommand.id, ids[:2]) == set(ids[:2])
    assert found(VillageCommand.id, []) == set()
    assert found(VillageCommand.kind, ["stop", "say"]) == set(ids)
    numbers = bulk.among(session, PlayerState.player_id, range(50_000))
    assert session.scalars(select(PlayerState.player_id).where(numbers)).all() == []


def test_ten_thousand_deliveries_travel_in_one_statement(session: Session, engine: Engine) -> None:
    zone = make_zone(session, code="V", carrier="village")
    player = make_player(session, zone)
    commands = [VillageCommand(**command()) for _ in range(1_000)]
    session.add_all(commands)
    session.flush()
    rows = [
        {"command_id": item.id, "zone_id": zone.id, "player_id": player.id, "reason": ""} for item in commands
    ]  # fmt: skip
    statements: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert bulk.insert(session, CommandDelivery, rows, conflict=BY_COMMAND) == len(rows)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == 1
    assert len(statements[0]) < 500, "the text does not grow with the rows"

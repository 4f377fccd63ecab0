"""Days are sealed once, in order, over all that was written; what was written later is in a later seal."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

import scheduler
from scheduler.database import Sessions
from scheduler.domain.canonical import ENTRY_FORM, PRODUCTION_FORM, Encoder, Kind
from scheduler.domain.merkle import hash_leaf
from scheduler.domain.seals import NOTHING_BEFORE, digest, read_marks, read_statement
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import DayNotOver, SealMadeMeanwhile
from scheduler.models import AsRunEntry, Production, Seal
from scheduler.services import approval, as_run, seal_checking, sealed_rows, sealing
from scheduler.signing import is_signed
from tests.domain.test_merkle import a_tree
from tests.factories import NOW, make_edition, make_episode, make_series
from tests.services.log_station import fill_log
from tests.services.sealed_station import KEY, TODAY, YESTERDAY, a_production
from tests.services.test_as_run import a_broadcast, a_city, an_entry


def seal(session, day: date = YESTERDAY, now: datetime = NOW) -> Seal | None:
    """Seal all that is to be sealed up to a day, as `scheduler.sealer` does it; gives the last seal that was made."""
    made = None
    until = sealing.lock_bounds(session)
    while (wanted := sealing.find_wanted(session, day, until=until, now=now, zone=STATION_ZONE)) is not None:
        made = sealing.keep(session, sealing.draw_up(session, wanted, now=now, key=KEY.public), signer=KEY)
    return made


def entries(session) -> list[AsRunEntry]:
    return list(session.scalars(select(AsRunEntry).order_by(AsRunEntry.id)))


def test_every_column_of_the_log_is_in_the_canonical_form() -> None:
    for form, table in ((ENTRY_FORM, AsRunEntry), (PRODUCTION_FORM, Production)):
        columns = {column.name for column in table.__table__.columns}
        assert {name for name, _ in form.fields} == columns, "what is added needs a new form; the old one stays"


def test_a_row_is_spelled_as_the_document_says() -> None:
    values: list[object] = [None] * len(PRODUCTION_FORM.fields)
    for place, (name, kind) in enumerate(PRODUCTION_FORM.fields):
        values[place] = {Kind.REAL: 540.1, Kind.INTEGER: 7, Kind.TEXT: f'Đất "{name}"\n', Kind.DAY: "2026-11-24"}.get(
            kind
        )
    data = Encoder(PRODUCTION_FORM).encode(values)
    assert data.decode() == json.dumps(
        ["production/1", *[("540.1" if value == 540.1 else value) for value in values]],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    assert data.startswith('["production/1",7,7,7,"Đất \\"series_code\\"\\n",'.encode())


def test_the_document_lists_the_fields_in_their_order() -> None:
    page = (Path(scheduler.__file__).parents[1] / "docs" / "evidence.md").read_text(encoding="utf-8")
    for form in (ENTRY_FORM, PRODUCTION_FORM):
        table = "\n".join(f"| {place} | `{name}` | {kind.value} |" for place, (name, kind) in enumerate(form.fields, 1))
        assert table in page


def test_both_databases_spell_a_row_the_same(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session)
        airing = a_broadcast(session, zones).airings[0]
        at = NOW.replace(microsecond=120)
        as_run.record(
            session,
            [an_entry(airing.id, zones[0].id, seconds=540 / 7, at=at, note="nghe 'rõ' ꪹꪎꪷꪙ\n\"😀\"")],
            now=at,
            zone=STATION_ZONE,
        )
        entry = entries(session)[0]
        ((number, data, day),) = sealed_rows.read(session, ENTRY_FORM, after=0)
    told = dict(zip(["form", *(name for name, _ in ENTRY_FORM.fields)], json.loads(data), strict=True))
    assert (number, day) == (entry.id, "2026-11-24")
    assert told["airing_id"] == airing.id.hex
    assert told["planned_at"] == "2026-11-23 22:00:00.000120"
    assert told["seconds_sounded"] == repr(540 / 7)
    assert (told["exercise"], told["priority"], told["ended_at"]) == (0, entry.priority, "2026-11-23 22:01:17.142977")
    assert told["note"] == entry.note
    assert told["local_day"] == "2026-11-24"


def test_a_log_of_months_is_sealed_day_by_day_and_holds(sessions: Sessions) -> None:
    with sessions.begin() as session:
        fill_log(session, airings=20)
        a_production(session, 1)
        newest = seal(session)
        assert newest is not None
        seals = list(reversed(sealing.find_seals(session, limit=1_000)))
        log = entries(session)
        assert [item.id for item in seals] == list(range(1, len(seals) + 1))
        assert newest.day == YESTERDAY
        assert seals[0].day < seals[1].day < newest.day
        assert sum(item.entries for item in seals) == len(log)
        previous, after = NOTHING_BEFORE, 0
        for item in seals:
            said = read_statement(item.statement)
            assert is_signed(KEY.public, item.statement.encode(), item.signature)
            assert (said.previous, said.entries.after) == (previous, after)
            previous, after = digest(item.statement), said.entries.until
        held = {entry.id: sealing.find_seal_of(session, entry.id) for entry in log}
        for entry in log:
            found = held[entry.id]
            assert found is not None
            assert found.entries_after < entry.id <= found.entries_until
        assert seal_checking.verify(session, seals_file=None, keys={KEY.public}) == []
        assert seal(session) is None, "sealed already"


def test_the_root_is_over_the_rows_in_order_and_the_marks_name_them(sessions: Sessions) -> None:
    with sessions.begin() as session:
        fill_log(session, airings=8)
        productions = [a_production(session, number).id for number in (1, 2)]
        seal(session)
        first = sealing.get_seal(session, 1)
        rows = [
            *sealed_rows.read(session, ENTRY_FORM, after=0, until=first.entries_until),
            *sealed_rows.read(session, PRODUCTION_FORM, after=0, until=first.productions_until),
        ]
        leaves = [hash_leaf(data) for _, data, _ in rows]
        assert a_tree(leaves).root.hex() == first.root
        marks = read_marks(first.marks)
        assert list(marks.entries) == [number for number, _, _ in rows[:-2]]
        assert marks.productions == dict(zip(productions, [leaf[:4] for leaf in leaves[-2:]], strict=True))
        by_day = read_statement(first.statement).entries.by_day
        assert sum(by_day.values()) == first.entries


def test_a_late_journal_and_a_correction_are_in_the_seal_of_the_day_they_came(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session)
        airing = a_broadcast(session, zones).airings[0]
        record = [an_entry(airing.id, zone.id) for zone in zones[:2]]
        as_run.record(session, record, now=NOW, zone=STATION_ZONE)
        first = seal(session, TODAY, NOW + timedelta(days=1))
        late = NOW + timedelta(days=1, hours=2)
        as_run.record(session, [an_entry(airing.id, zones[2].id)], now=late, zone=STATION_ZONE)
        as_run.correct(
            session, airing_id=airing.id, zone_id=zones[0].id, seconds_sounded=0, author="Mai", note="gọi điện",
            now=late, zone=STATION_ZONE,
        )  # fmt: skip
        assert sealing.find_seal_of(session, entries(session)[-1].id) is None
        second = seal(session, TODAY + timedelta(days=1), NOW + timedelta(days=2))
        assert first is not None
        assert second is not None
        assert (first.entries, second.entries) == (2, 2)
        assert read_statement(second.statement).entries.by_day == {"2026-11-24": 2}


def test_a_station_without_any_row_has_no_seal_and_an_empty_day_has_one(session) -> None:
    assert seal(session) is None
    a_production(session, 1)
    first = seal(session)
    assert first is not None
    second = seal(session, TODAY, NOW + timedelta(days=1))
    assert second is not None
    assert (second.entries, second.productions, second.id) == (0, 0, 2)
    assert seal_checking.verify(session, seals_file=None, keys={KEY.public}) == []


def test_a_day_that_is_not_over_is_refused(session) -> None:
    a_production(session, 1)
    with pytest.raises(DayNotOver):
        seal(session, TODAY)


def test_two_that_seal_at_once_make_one_seal(session) -> None:
    a_production(session, 1)
    until = sealing.lock_bounds(session)
    wanted = sealing.find_wanted(session, YESTERDAY, until=until, now=NOW, zone=STATION_ZONE)
    assert wanted is not None
    drawn = sealing.draw_up(session, wanted, now=NOW, key=KEY.public)
    sealing.keep(session, drawn, signer=KEY)
    with pytest.raises(SealMadeMeanwhile):
        sealing.keep(session, drawn, signer=KEY)
    assert session.scalar(select(func.count()).select_from(Seal)) == 1


def test_a_seal_made_while_others_write_loses_no_row(sessions: Sessions, tmp_path: Path) -> None:
    """What is written after the numbers were read is in the next seal, whatever was read meanwhile."""
    with sessions.begin() as session:
        a_production(session, 1)
        until = sealing.lock_bounds(session)
    with sessions.begin() as session:
        a_production(session, 2)
        wanted = sealing.find_wanted(session, YESTERDAY, until=until, now=NOW, zone=STATION_ZONE)
        assert wanted is not None
        first = sealing.keep(session, sealing.draw_up(session, wanted, now=NOW, key=KEY.public), signer=KEY)
        assert (first.productions, first.productions_until) == (1, 1)
        second = seal(session, TODAY, NOW + timedelta(days=1))
        assert second is not None
        assert second.productions == 1
        assert seal_checking.verify(session, seals_file=None) == []


@pytest.mark.postgres
def test_an_approval_under_way_holds_up_the_seal_that_would_pass_it_by(sessions: Sessions) -> None:
    """The number of a row is given out before it is committed: a seal in between would never hold it."""
    if sessions.kw["bind"].dialect.name != "postgresql":
        return  # SQLite has one writer
    with sessions.begin() as session:
        edition = make_edition(session, make_episode(session, make_series(session)), approved=False)
    with sessions() as session, sessions() as sealing_session:
        with session.begin():
            recording = session.merge(edition).recordings[0]
            approval.approve(
                session, recording.edition, sha256=recording.sha256, reviewer="Mai", now=NOW, zone=STATION_ZONE
            )
            session.flush()
            with pytest.raises(OperationalError), sealing_session.begin():
                sealing_session.execute(text("SET LOCAL lock_timeout = '100ms'"))
                sealing.lock_bounds(sealing_session)
        with sealing_session.begin():
            assert sealing.lock_bounds(sealing_session).productions == 1

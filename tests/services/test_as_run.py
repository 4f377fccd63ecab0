"""The as-run log takes each delivery once, copies its facts, and keeps the tallies in the same transaction."""

import random
import threading
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.counting import FIRST_RULE, Delivered, airing_counts, count_airings
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadField, NotInLog, ReasonMissing, UnknownAiring
from scheduler.models import (
    AiringTally,
    Area,
    AreaAiringTally,
    AsRunEntry,
    Broadcast,
    Episode,
    Loudspeaker,
    MonthTally,
    Zone,
)
from scheduler.services import as_run
from tests.factories import NOW, make_area, make_broadcast, make_edition, make_episode, make_series, make_zone

LATER = NOW + timedelta(minutes=20)


def a_city(session: Session, *, zones: int = 3) -> list[Zone]:
    """Zones in villages of the communes Chiềng Xôm and Hua La by turns, two working loudspeakers each."""
    city = make_area(session)
    communes = [make_area(session, name=name, kind="commune", parent=city) for name in ("Chiềng Xôm", "Hua La")]
    villages = [make_area(session, name=f"Bản {c.name}", kind="village", parent=c) for c in communes]
    made = [make_zone(session, code=f"Z{n}", name=f"Bản số {n}", area=villages[n % 2]) for n in range(zones)]
    for zone in made:
        for state in ("working", "working", "broken"):
            session.add(Loudspeaker(zone_id=zone.id, place="nhà văn hóa", state=state))
    session.flush()
    return made


def a_broadcast(session: Session, zones: Sequence[Zone], *, number: int = 1, **others: object) -> Broadcast:
    series = session.scalar(select(Episode).limit(1))
    episode = make_episode(session, series.series if series else make_series(session), number=number)
    editions = tuple(make_edition(session, episode, language=language) for language in ("vi", "blt"))
    return make_broadcast(session, editions=editions, zones=tuple(zones), **others)  # type: ignore[arg-type]


def an_entry(
    airing_id: UUID, zone_id: int, *, seconds: float = 540.0, at: datetime = NOW, **others: object
) -> NewEntry:
    fields: dict[str, object] = {
        "airing_id": airing_id,
        "zone_id": zone_id,
        "kind": EntryKind.SOUNDED if seconds >= 540 else EntryKind.PARTIAL if seconds else EntryKind.MISSED,
        "planned_at": at,
        "started_at": at if seconds else None,
        "ended_at": at + timedelta(seconds=seconds) if seconds else None,
        "seconds_planned": 540.0,
        "seconds_sounded": seconds,
        "reason": None if seconds >= 540 else Reason.UNKNOWN,
        "evidence": Evidence.HANDED_OVER,
        "recorded_by": "may-1",
    }
    return NewEntry(**{**fields, **others})  # type: ignore[arg-type]


def write(session: Session, *entries: NewEntry) -> int:
    return as_run.record(session, entries, now=LATER, zone=STATION_ZONE)


def as_delivered(entry: NewEntry) -> Delivered:
    return Delivered(**{part.name: getattr(entry, part.name) for part in fields(Delivered)})


def tally_of(session: Session, airing_id: UUID) -> AiringTally:
    return session.get_one(AiringTally, airing_id, populate_existing=True)


def test_an_entry_copies_what_it_is_about(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session)
        airing = a_broadcast(session, zones).airings[1]
        assert write(session, an_entry(airing.id, zones[0].id)) == 1
        entry = session.scalars(select(AsRunEntry)).one()
        assert (entry.series_title, entry.title) == ("Thành phố chung tay cải cách thủ tục hành chính", "Số 1")
        assert (entry.episode_year, entry.episode_number, entry.language) == (2026, 1, "blt")
        assert (entry.zone_code, entry.zone_name, entry.area_name) == ("Z0", "Bản số 0", "Chiềng Xôm")
        assert entry.loudspeakers == 2
        assert entry.recording_sha256 == airing.recording_sha256
        assert (entry.local_day, entry.local_month) == (date(2026, 11, 24), "2026-11")
        assert entry.recorded_at == LATER


def test_a_title_of_the_edition_goes_before_that_of_the_episode(session: Session) -> None:
    zones = a_city(session)
    airing = a_broadcast(session, zones).airings[1]
    airing.edition.title = "ꪹꪎꪷꪙꪨꪱ"
    write(session, an_entry(airing.id, zones[0].id))
    assert session.scalars(select(AsRunEntry.title)).one() == "ꪹꪎꪷꪙꪨꪱ"


def test_the_day_is_the_one_at_the_station(session: Session) -> None:
    zones = a_city(session)
    airing = a_broadcast(session, zones).airings[0]
    midnight = NOW.replace(month=12, day=31, hour=17, minute=0)
    write(
        session,
        an_entry(airing.id, zones[0].id, at=midnight - timedelta(seconds=1)),
        an_entry(airing.id, zones[1].id, at=midnight),
    )
    days = session.scalars(select(AsRunEntry.local_day).order_by(AsRunEntry.zone_id)).all()
    assert days == [date(2026, 12, 31), date(2027, 1, 1)]
    assert tally_of(session, airing.id).local_day == date(2026, 12, 31)


def test_a_zone_without_a_commune_is_counted_by_its_own_area(session: Session) -> None:
    zone = make_zone(session, area=make_area(session, name="Sơn La"))
    airing = a_broadcast(session, [zone]).airings[0]
    write(session, an_entry(airing.id, zone.id))
    assert session.scalars(select(AsRunEntry.area_name)).one() == "Sơn La"


def test_the_same_entry_again_changes_nothing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session)
        airing = a_broadcast(session, zones).airings[0]
        assert write(session, an_entry(airing.id, zones[0].id), an_entry(airing.id, zones[0].id, seconds=0)) == 1
    with sessions.begin() as session:
        assert write(session, an_entry(airing.id, zones[0].id, seconds=3), an_entry(airing.id, zones[1].id)) == 1
    with sessions.begin() as session:
        tally = tally_of(session, airing.id)
        assert (tally.zones_sounded, tally.zones_partial, tally.loudspeakers_reached) == (2, 0, 4)
        assert session.scalars(select(AsRunEntry.seconds_sounded)).all() == [540.0, 540.0]
        assert as_run.check(session) == []


def test_tallies_tell_zones_by_outcome_and_an_airing_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session, zones=6)
        airing = a_broadcast(session, zones).airings[0]
        told = [540.0, 540.0, 500.0, 100.0, 0.0, 0.0]
        write(session, *(an_entry(airing.id, z.id, seconds=s) for z, s in zip(zones, told, strict=True)))
        tally = tally_of(session, airing.id)
        assert (tally.zones_sounded, tally.zones_partial, tally.zones_missed) == (2, 2, 2)
        assert (tally.counts, tally.best_share, tally.loudspeakers_reached) == (True, 1.0, 8)
        months = session.scalars(select(MonthTally).order_by(MonthTally.area_name)).all()
        assert [(m.area_name, m.local_month, m.airings_counted) for m in months] == [
            ("Chiềng Xôm", "2026-11", 1),
            ("Hua La", "2026-11", 1),
        ]
        assert [m.seconds_sounded for m in months] == [1040.0, 640.0]
        assert as_run.check(session) == []


def test_tallies_grow_with_each_batch_as_if_there_had_been_one(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session, zones=7)
        airings = a_broadcast(session, zones).airings
        other = a_broadcast(session, zones, number=2).airings[0]
    for n, zone in enumerate(zones):
        with sessions.begin() as session:
            write(session, *(an_entry(a.id, zone.id, seconds=90.0 * n) for a in (*airings, other)))
    with sessions.begin() as session:
        assert tally_of(session, other.id).zones_partial == 5
        assert as_run.check(session) == []


def test_an_exercise_and_an_emergency_are_kept_apart(session: Session) -> None:
    zones = a_city(session)
    kinds = [{}, {"exercise": True}, {"priority": 3}, {"priority": 3, "exercise": True}]
    for n, kind in enumerate(kinds, 1):
        write(session, an_entry(a_broadcast(session, zones, number=n, **kind).airings[0].id, zones[0].id))
    told = dict(session.execute(select(MonthTally.apart, MonthTally.airings_counted)).all())
    assert told == {"": 1, "exercise": 2, "emergency": 1}
    assert as_run.check(session) == []


def test_a_correction_takes_the_place_of_the_entry_and_leaves_it_as_it_was(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session)
        airing = a_broadcast(session, zones).airings[0]
        write(session, *(an_entry(airing.id, zone.id) for zone in zones))
    for seconds, sounded, counts in ((0.0, 0, False), (490.0, 0, True), (540.0, 1, True)):
        with sessions.begin() as session:
            for zone in zones[1:]:
                correct(session, airing.id, zone.id, 0.0)
            correct(session, airing.id, zones[0].id, seconds)
            tally = tally_of(session, airing.id)
            assert (tally.zones_sounded, tally.counts) == (sounded, counts)
            assert as_run.check(session) == []
    with sessions.begin() as session:
        first = session.scalars(select(AsRunEntry).where(AsRunEntry.attempt == 1)).all()
        assert {(entry.kind, entry.seconds_sounded) for entry in first} == {(EntryKind.SOUNDED, 540.0)}
        last = session.scalars(select(AsRunEntry).order_by(AsRunEntry.id.desc()).limit(1)).one()
        assert (last.attempt, last.kind, last.source) == (4, EntryKind.CORRECTION, "manual")
        assert (last.recorded_by, last.note) == ("Lò Thị Mai", "nghe lại băng")


def correct(session: Session, airing_id: UUID, zone_id: int, seconds: float, **others: str) -> int:
    told = {"author": "Lò Thị Mai", "note": "nghe lại băng", **others}
    return as_run.correct(
        session, airing_id=airing_id, zone_id=zone_id, seconds_sounded=seconds, now=LATER, zone=STATION_ZONE, **told
    )


def test_a_correction_speaks_of_what_things_were_called_then(session: Session) -> None:
    zones = a_city(session)
    airing = a_broadcast(session, zones).airings[0]
    write(session, an_entry(airing.id, zones[0].id))
    airing.edition.episode.title = "Tên mới"
    zones[0].name = "Tổ mới"
    zones[0].area_id = zones[1].area_id
    assert correct(session, airing.id, zones[0].id, 0.0) == 2
    entries = session.scalars(select(AsRunEntry).order_by(AsRunEntry.attempt)).all()
    assert [(e.title, e.zone_name, e.area_name) for e in entries] == [("Số 1", "Bản số 0", "Chiềng Xôm")] * 2
    assert as_run.check(session) == []


def test_a_journal_that_comes_after_its_correction_does_not_undo_it(session: Session) -> None:
    zones = a_city(session)
    airing = a_broadcast(session, zones).airings[0]
    write(session, an_entry(airing.id, zones[0].id, seconds=0, attempt=2, kind=EntryKind.CORRECTION))
    write(session, an_entry(airing.id, zones[0].id))
    tally = tally_of(session, airing.id)
    assert (tally.zones_missed, tally.zones_sounded, tally.counts) == (1, 0, False)
    assert as_run.check(session) == []


def test_a_correction_needs_an_author_a_note_and_something_to_correct(session: Session) -> None:
    zones = a_city(session)
    airing = a_broadcast(session, zones).airings[0]
    with pytest.raises(NotInLog):
        correct(session, airing.id, zones[0].id, 0.0)
    write(session, an_entry(airing.id, zones[0].id))
    with pytest.raises(BadField):
        correct(session, airing.id, zones[0].id, 0.0, author=" ")
    with pytest.raises(ReasonMissing):
        correct(session, airing.id, zones[0].id, 0.0, note="")
    with pytest.raises(BadField):
        correct(session, airing.id, zones[0].id, 541.0)
    assert session.scalar(select(func.count()).select_from(AsRunEntry)) == 1


def test_an_airing_nobody_planned_is_refused(session: Session) -> None:
    zones = a_city(session)
    with pytest.raises(UnknownAiring):
        write(session, an_entry(uuid4(), zones[0].id))


def test_tallies_are_rebuilt_from_the_log_alone(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session, zones=5)
        airings = a_broadcast(session, zones).airings
        write(session, *(an_entry(a.id, z.id, seconds=100.0 * n) for a in airings for n, z in enumerate(zones)))
        correct(session, airings[0].id, zones[0].id, 540.0)
        kept = [
            [dict(row) for row in session.execute(select(table.__table__)).mappings()]
            for table in (AiringTally, AreaAiringTally, MonthTally)
        ]
        session.execute(AiringTally.__table__.update().values(zones_sounded=77))  # type: ignore[attr-defined]
        session.execute(MonthTally.__table__.delete())  # type: ignore[attr-defined]
        found = as_run.check(session)
        assert {(f.table, f.column) for f in found} >= {
            ("airing_tally", "zones_sounded"),
            ("month_tally", "zones_partial"),
        }
        assert as_run.recompute(session) == 2
        assert as_run.check(session) == []
        rebuilt = [
            [dict(row) for row in session.execute(select(table.__table__)).mappings()]
            for table in (AiringTally, AreaAiringTally, MonthTally)
        ]
    for before, after in zip(kept, rebuilt, strict=True):
        assert sorted(map(repr, before)) == sorted(map(repr, after))


@pytest.mark.parametrize("kind", list(EntryKind))
@pytest.mark.parametrize("seconds", [0.0, 5.0, 486.0, 485.9, 534.6, 540.0, 600.0])
def test_the_database_reckons_as_the_rule_does(session: Session, kind: EntryKind, seconds: float) -> None:
    """Entries as they come are tallied in Python, the rebuild reckons in SQL: both must say the same."""
    zones = a_city(session)
    airing = a_broadcast(session, zones).airings[0]
    for zone, evidence in zip(zones, (Evidence.PLANNED, Evidence.HANDED_OVER, Evidence.CONFIRMED), strict=True):
        write(session, an_entry(airing.id, zone.id, seconds=seconds, kind=kind, evidence=evidence))
    assert as_run.check(session) == []


@pytest.mark.parametrize("seed", range(12))
def test_what_is_kept_counts_exactly_what_the_rule_counts(session: Session, seed: int) -> None:
    """The rule decides on one airing's deliveries at once; the tally keeps up entry by entry, corrections included."""
    chance = random.Random(seed)
    zones = a_city(session)
    airings = a_broadcast(session, zones).airings
    told: dict[UUID, list[NewEntry]] = {airing.id: [] for airing in airings}
    for airing in airings:
        for zone in zones:
            for attempt in range(1, chance.randint(1, 3) + 1):
                entry = an_entry(
                    airing.id,
                    zone.id,
                    seconds=chance.choice([0.0, 5.0, 480.0, 486.0, 540.0]),
                    evidence=chance.choice([Evidence.PLANNED, Evidence.HANDED_OVER, Evidence.COMPLETED]),
                    attempt=attempt,
                )
                write(session, entry)
                told[airing.id].append(entry)
    kept = [tally_of(session, airing_id).counts for airing_id in told]
    assert kept == [airing_counts(map(as_delivered, entries), FIRST_RULE) for entries in told.values()]
    assert sum(kept) == count_airings([[*map(as_delivered, entries)] for entries in told.values()], FIRST_RULE)


def test_a_thousand_zones_take_few_statements(sqlite_engine, sessions_on_sqlite: Sessions) -> None:  # type: ignore[no-untyped-def]
    with sessions_on_sqlite.begin() as session:
        zones = a_city(session, zones=1_000)
        airing = a_broadcast(session, zones).airings[0]
        wanted = [an_entry(airing.id, zone.id) for zone in zones]
        statements: list[str] = []
        event.listen(sqlite_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        assert write(session, *wanted) == 1_000
    assert len(statements) < 25
    assert sum(statement.startswith("INSERT INTO as_run_entry") for statement in statements) <= 2


@pytest.fixture
def sessions_on_sqlite(sqlite_engine) -> Sessions:  # type: ignore[no-untyped-def]
    from scheduler.database import open_sessions

    return open_sessions(sqlite_engine)


def test_two_daemons_that_record_at_once_leave_one_entry_each_and_true_tallies(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session, zones=8)
        airings = [a.id for n in (1, 2) for a in a_broadcast(session, zones, number=n).airings]
        zone_ids = [zone.id for zone in zones]
    written: list[int] = []
    start = threading.Barrier(2)

    def daemon(name: str, order: int) -> None:
        start.wait()
        for zone_id in zone_ids[::order]:
            with sessions.begin() as session:
                entries = [replace(an_entry(a, zone_id), recorded_by=name) for a in airings[::order]]
                written.append(write(session, *entries))

    threads = [threading.Thread(target=daemon, args=(name, order)) for name, order in (("a", 1), ("b", -1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions.begin() as session:
        assert sum(written) == 32 == session.scalar(select(func.count()).select_from(AsRunEntry))
        assert {t.zones_sounded for t in session.scalars(select(AiringTally))} == {8}
        assert as_run.check(session) == []


def test_a_transaction_that_fails_leaves_neither_entry_nor_tally(sessions: Sessions) -> None:
    with sessions.begin() as session:
        zones = a_city(session)
        airing = a_broadcast(session, zones).airings[0]
    with pytest.raises(RuntimeError), sessions.begin() as session:
        write(session, an_entry(airing.id, zones[0].id))
        raise RuntimeError("the power went")
    with sessions.begin() as session:
        for table in (AsRunEntry, AiringTally, AreaAiringTally, MonthTally):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_merged_commune_is_named_by_what_it_was_on_that_day(session: Session) -> None:
    from scheduler.services import coverage

    city = make_area(session)
    old = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    new = make_area(session, name="Chiềng An", kind="commune", parent=city, valid_from=date(2025, 7, 1))
    coverage.merge_areas(session, [old], new, on=date(2025, 7, 1))
    zone = make_zone(session, area=make_area(session, name="Bản Tông", kind="village", parent=old))
    then, now = (a_broadcast(session, [zone], number=n).airings[0].id for n in (1, 2))
    write(session, an_entry(then, zone.id, at=NOW.replace(year=2024)), an_entry(now, zone.id))
    names = session.scalars(select(AsRunEntry.area_name).order_by(AsRunEntry.planned_at)).all()
    assert names == ["Chiềng Xôm", "Chiềng An"]
    assert session.scalar(select(func.count()).select_from(Area)) == 4

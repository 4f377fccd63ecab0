"""A period's numbers by month, language and area are what a plain recount of the log gives, whatever its days."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.counting import FIRST_RULE, Apart, apart_of, delivery_counts, outcome_of
from scheduler.domain.log_filter import Ending, LogFilter, Sort
from scheduler.domain.people import EVERYWHERE
from scheduler.domain.periods import Period
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadPeriod
from scheduler.models import Area, AsRunEntry, Series
from scheduler.services import area_counting, count_overview, count_tables, counted_airings, counting, log_reading
from scheduler.services.counted_airings import AiringFilter
from tests.services.log_station import LogStation, fill_log
from tests.services.test_counting import a_station, play

TODAY = date(2026, 2, 20)
PERIODS = [
    Period(first=date(2025, 12, 1), last=date(2026, 1, 31)),
    Period(first=date(2025, 12, 15), last=date(2026, 1, 20)),
    Period(first=date(2025, 11, 29), last=date(2025, 12, 3)),
    Period(first=date(2025, 1, 1), last=date(2026, 12, 31)),
    Period(first=date(2025, 12, 2), last=date(2026, 2, 28)),
]


def holding(session: Session) -> list[AsRunEntry]:
    """The entry that holds for each delivery."""
    last = {}
    for entry in session.scalars(select(AsRunEntry).order_by(AsRunEntry.attempt)):
        last[entry.airing_id, entry.zone_id] = entry
    return list(last.values())


def counts(entry: AsRunEntry) -> bool:
    return delivery_counts(
        sounded=entry.seconds_sounded, planned=entry.seconds_planned, evidence=entry.evidence, rule=FIRST_RULE
    )  # fmt: skip


def recount(
    session: Session,
    period: Period,
    *,
    areas: Collection[int] | None = None,
    series: Series | None = None,
    apart: Apart = Apart.NO,
) -> dict[UUID, list[AsRunEntry]]:
    """The entries of each airing that was to be heard in a period."""
    found = defaultdict(list)
    for entry in holding(session):
        if (
            period.first <= entry.local_day <= period.last
            and apart_of(priority=entry.priority, exercise=entry.exercise) is apart
            and (areas is None or entry.area_id in areas)
            and (series is None or entry.series_id == series.id)
        ):
            found[entry.airing_id].append(entry)
    return found


def by_language(airings: dict[UUID, list[AsRunEntry]]) -> Counter[str]:
    return Counter(entries[0].language for entries in airings.values() if any(map(counts, entries)))


@pytest.fixture
def log(session: Session) -> LogStation:
    return fill_log(session, seed=4, airings=80)


def test_tables_are_what_a_recount_gives_on_both_databases(sessions: Sessions) -> None:
    with sessions.begin() as session:
        station = fill_log(session, seed=5)
        some = {station.communes[0].id, station.communes[2].id}
    with sessions.begin() as session:
        for period, areas in product(PERIODS, (None, some)):
            check_tables(session, period, areas, None)


def test_tables_of_one_series_are_its_own(session: Session, log: LogStation) -> None:
    for period, series in product(PERIODS, log.series):
        check_tables(session, period, None, series)
        check_tables(session, period, {log.communes[1].id}, series)


def check_tables(session: Session, period: Period, areas: Collection[int] | None, series: Series | None) -> None:
    cut = count_tables.cut(period)
    broadcast = count_tables.count_broadcast(session, cut.stretches, areas=areas, series=series)
    rows = {r.area_id: r for r in count_tables.count_areas(session, cut.stretches, areas=areas, series=series)}
    for place, stretch in enumerate(cut.stretches):
        plain = by_language(recount(session, stretch, areas=areas, series=series))
        assert {lang: numbers[place] for lang, numbers in broadcast.items() if numbers[place]} == dict(plain)
        for area_id, row in rows.items():
            plain = by_language(recount(session, stretch, areas={area_id}, series=series))
            assert {lang: n[place] for lang, n in row.airings.items() if n[place]} == dict(plain)
    check_zones(session, period, rows, areas, series)
    if areas is None:
        count = counting.count(session, first=period.first, last=period.last, series=series)
    else:
        count = area_counting.count_in_areas(session, first=period.first, last=period.last, areas=areas, series=series)
    assert count.broadcast == {lang: sum(numbers) for lang, numbers in broadcast.items()}


def check_zones(
    session: Session,
    period: Period,
    rows: dict[int, count_tables.AreaRow],
    areas: Collection[int] | None,
    series: Series | None,
) -> None:
    plain: dict[int, Counter[str]] = defaultdict(Counter)
    for entries in recount(session, period, areas=areas, series=series).values():
        for entry in entries:
            outcome = outcome_of(entry.kind, sounded=entry.seconds_sounded, planned=entry.seconds_planned)
            plain[entry.area_id][outcome.value] += 1
    assert rows.keys() == plain.keys()
    for area_id, row in rows.items():
        told = {"sounded": row.zones_sounded, "partial": row.zones_partial, "missed": row.zones_missed}
        assert {outcome: number for outcome, number in told.items() if number} == dict(plain[area_id])


def test_every_number_has_as_many_airings_behind_it(session: Session, log: LogStation) -> None:
    for period, areas, series in product(
        PERIODS, (None, {log.communes[0].id}, {area.id for area in log.communes[1:]}), (None, log.series[0])
    ):
        view = count_overview.look(session, period, today=TODAY, zone=STATION_ZONE, areas=areas, series=series)

        def behind(**asked: object) -> int:
            wanted = AiringFilter(first=period.first, last=period.last, **asked)  # type: ignore[arg-type]  # noqa: B023
            found = counted_airings.find_airings(session, wanted, areas=areas, series=series, per_page=1000)  # noqa: B023
            assert found.number == len(found.airings)
            return found.number

        assert behind(counted=True) == view.count.broadcast_total
        assert behind(counted=False) == sum(view.count.missed_by_reason.values())
        assert behind() + view.waiting == view.count.planned
        for language, number in view.count.broadcast.items():
            assert behind(counted=True, language=language) == number
        for reason, number in view.count.missed_by_reason.items():
            assert behind(counted=False, reason=reason) == number
        for apart in (Apart.EXERCISE, Apart.EMERGENCY):
            assert behind(counted=True, apart=apart) == view.count.apart[apart.value]
        for row in view.areas:
            assert sum(map(sum, row.airings.values())) == behind(counted=True, area_id=row.area_id)


def test_the_zones_of_an_area_are_the_lines_of_the_log(session: Session, log: LogStation) -> None:
    for period in PERIODS:
        for row in count_tables.count_areas(session, count_tables.cut(period).stretches):
            for ending, number in (
                (Ending.SOUNDED, row.zones_sounded), (Ending.PARTIAL, row.zones_partial),
                (Ending.MISSED, row.zones_missed),
            ):  # fmt: skip
                wanted = LogFilter(
                    first=period.first, last=period.last, area_id=row.area_id, ending=ending, sort=Sort.ORDINARY
                )
                assert log_reading.find_lines(session, wanted, EVERYWHERE).number == number


def test_an_area_outside_of_ones_own_has_no_airings(session: Session, log: LogStation) -> None:
    wanted = AiringFilter(first=PERIODS[3].first, last=PERIODS[3].last, area_id=log.communes[1].id)
    own = {log.communes[0].id}
    assert counted_airings.find_airings(session, wanted, areas=own).number == 0
    assert counted_airings.find_airings(session, wanted).number > 0


def test_one_airing_in_two_areas_counts_once_for_both(session: Session) -> None:
    series, zones, (first, second) = a_station(session)
    play(session, first, zones)
    play(session, second, zones[:1], airings=second.airings[:1])
    xom, hua_la = zones[0].area_id, zones[1].area_id
    year = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
    both = area_counting.count_in_areas(session, areas={xom, hua_la}, **year)  # type: ignore[arg-type]
    assert (both.broadcast, both.broadcast_total, both.planned) == ({"vi": 2, "blt": 1}, 3, 4)
    assert both.by_series == {series.title: 3} and both.produced == {"vi": 2, "blt": 2}
    there = area_counting.count_in_areas(session, areas={hua_la}, **year)  # type: ignore[arg-type]
    assert (there.broadcast, there.planned) == ({"vi": 1, "blt": 1}, 4)
    nowhere = area_counting.count_in_areas(session, areas=(), **year)  # type: ignore[arg-type]
    assert (nowhere.broadcast_total, nowhere.planned) == (0, 0)
    with pytest.raises(BadPeriod):
        area_counting.count_in_areas(session, areas={xom}, first=TODAY, last=date(2020, 1, 1))


def test_areas_stand_in_the_order_of_the_alphabet(session: Session) -> None:
    _, zones, (broadcast, _) = a_station(session)
    session.get_one(Area, zones[1].area_id).name = "Chiềng Đen"
    session.flush()
    play(session, broadcast, zones)
    year = Period(first=date(2026, 1, 1), last=date(2026, 12, 31))
    told = count_overview.look(session, year, today=TODAY, zone=STATION_ZONE, areas=None, series=None)
    assert [row.name for row in told.areas] == ["Chiềng Đen", "Chiềng Xôm"], "Đ comes after D, not after X"


def test_a_year_that_is_not_over_is_compared_with_as_much_of_the_last(session: Session, log: LogStation) -> None:
    year = Period(first=date(2026, 1, 1), last=date(2026, 12, 31))
    view = count_overview.look(session, year, today=date(2026, 1, 10), zone=STATION_ZONE)
    assert view.compared is not None
    assert view.compared.now == Period(first=date(2026, 1, 1), last=date(2026, 1, 10))
    assert view.compared.before == Period(first=date(2025, 1, 1), last=date(2025, 1, 10))
    assert 0 < view.compared.broadcast_now < view.count.broadcast_total
    later = Period(first=date(2027, 1, 1), last=date(2027, 12, 31))
    ahead = count_overview.look(session, later, today=TODAY, zone=STATION_ZONE)
    assert ahead.compared is None and sum(map(sum, ahead.before.values())) == view.count.broadcast_total


def test_the_target_is_that_of_the_series_or_of_all(session: Session, log: LogStation) -> None:
    log.series[0].yearly_target, log.series[1].yearly_target = 102, 52
    session.flush()

    def target(**asked: object) -> int | None:
        return count_overview.look(session, PERIODS[0], today=TODAY, zone=STATION_ZONE, **asked).target  # type: ignore[arg-type]

    assert (target(), target(series=log.series[1])) == (154, 52)
    assert target(areas={log.communes[0].id}) is None


def test_what_was_made_is_listed_as_often_as_it_is_counted(session: Session) -> None:
    a_station(session, episodes=3)
    day = date(2026, 11, 24)
    made = counted_airings.find_produced(session, first=day, last=day)
    assert len(made) == 6 == counting.count(session, first=day, last=day).produced_total
    assert len(counted_airings.find_produced(session, first=day, last=day, language="blt")) == 3
    assert counted_airings.find_produced(session, first=date(2026, 11, 25), last=date(2026, 12, 1)) == []
    assert count_tables.count_produced(session, count_tables.cut(Period(first=day, last=day)).stretches) == {
        "vi": [3],
        "blt": [3],
    }


def test_a_long_period_is_cut_into_years() -> None:
    report = Period(first=date(2025, 12, 15), last=date(2026, 11, 15))
    assert (len(count_tables.cut(report).stretches), count_tables.cut(report).by_month) == (12, True)
    long = Period(first=date(2024, 12, 15), last=date(2026, 2, 1))
    assert (len(count_tables.cut(long).stretches), count_tables.cut(long).by_month) == (3, False)

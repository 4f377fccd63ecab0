"""What is found of the log by filter is what a plain recount over its entries finds, corrections by their last word."""

import itertools
from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.counting import outcome_of
from scheduler.domain.log_filter import MOST_DAYS, Ending, LogFilter, Sort
from scheduler.domain.people import EVERYWHERE, NOWHERE, Scope
from scheduler.domain.playout import EntryKind, Reason
from scheduler.errors import BadPeriod, PeriodTooLong, UnknownDelivery
from scheduler.models import AsRunEntry, Zone
from scheduler.services import log_reading, log_view
from tests.factories import make_area, make_zone
from tests.services.log_station import LogStation, fill_log

ALL = {"first": date(2025, 11, 1), "last": date(2026, 3, 31)}
Key = tuple[UUID, int]


def recount(session: Session, wanted: LogFilter, scope: Scope = EVERYWHERE) -> list[Key]:
    """The deliveries that fit, found the long way."""
    deliveries: dict[Key, list[AsRunEntry]] = defaultdict(list)
    for entry in session.scalars(select(AsRunEntry).order_by(AsRunEntry.attempt)):
        deliveries[entry.airing_id, entry.zone_id].append(entry)
    zones = {zone.id: zone for zone in session.scalars(select(Zone))}
    found = [key for key, entries in deliveries.items() if fits(entries, wanted, scope, zones)]
    first = {key: entries[0] for key, entries in deliveries.items()}
    return sorted(found, key=lambda key: (first[key].planned_at, key[1], first[key].language, first[key].id))


def fits(entries: list[AsRunEntry], wanted: LogFilter, scope: Scope, zones: dict[int, Zone]) -> bool:
    first, last = entries[0], entries[-1]
    urgent = first.priority >= 3 and not first.exercise
    sort = Sort.EXERCISE if first.exercise else Sort.EMERGENCY if urgent else Sort.ORDINARY
    return all(
        (
            wanted.first <= first.local_day <= wanted.last,
            wanted.language in ("", first.language),
            wanted.area_id in (None, first.area_id),
            wanted.series_id in (None, first.series_id),
            wanted.sort in (None, sort),
            wanted.airing_id in (None, first.airing_id),
            wanted.reason in (None, last.reason),
            wanted.ending is None or ended(entries, wanted.ending),
            not wanted.place or wanted.place.lower() in (zones[first.zone_id].code.lower(), zones[first.zone_id].name.lower()),
            scope.holds(first.area_id) or scope.holds(zones[first.zone_id].area_id),
        )
    )  # fmt: skip


def ended(entries: list[AsRunEntry], ending: Ending) -> bool:
    last = entries[-1]
    if ending is Ending.CORRECTED:
        return len(entries) > 1
    if ending in (Ending.INTERRUPTED, Ending.FAILED):
        return last.kind.value == ending.value
    return outcome_of(last.kind, sounded=last.seconds_sounded, planned=last.seconds_planned).value == ending.value


def keys(session: Session, wanted: LogFilter, scope: Scope = EVERYWHERE) -> list[Key]:
    found = log_reading.find_lines(session, wanted, scope, per_page=10_000)
    assert found.number == len(found.lines)
    return [(line.first.airing_id, line.first.zone_id) for line in found.lines]


FILTERS = [
    {},
    {"language": "blt"},
    {"place": "z3"},
    {"place": "Bản 3"},
    {"first": date(2025, 12, 15), "last": date(2026, 1, 3)},
    {"airing_id": UUID(int=7)},
    {"language": "vi", "ending": Ending.MISSED, "sort": Sort.ORDINARY},
    {"ending": Ending.SOUNDED, "place": "Z1", "first": date(2025, 12, 1)},
    *({"ending": ending} for ending in Ending if ending is not Ending.WAITING),
    *({"sort": sort} for sort in Sort),
    *({"reason": reason} for reason in (*list(Reason)[:6], Reason.STOPPED, Reason.OVERLAP)),
    *({"reason": Reason.STOPPED, "ending": ending} for ending in (Ending.PARTIAL, Ending.MISSED, Ending.CORRECTED)),
]


def test_every_filter_finds_what_a_plain_recount_finds(sessions: Sessions) -> None:
    with sessions.begin() as session:
        fill_log(session)
    with sessions.begin() as session:
        numbers = []
        for asked in FILTERS:
            wanted = LogFilter(**{**ALL, **asked})  # type: ignore[arg-type]
            assert keys(session, wanted) == recount(session, wanted), asked
            numbers.append(len(recount(session, wanted)))
        assert sum(number > 0 for number in numbers) > len(FILTERS) - 3


@pytest.fixture
def log(session: Session) -> LogStation:
    return fill_log(session, seed=2)


def test_area_and_series_are_filtered_by_their_numbers(session: Session, log: LogStation) -> None:
    for area, series in itertools.product(log.communes, log.series):
        wanted = LogFilter(**ALL, area_id=area.id, series_id=series.id)  # type: ignore[arg-type]
        assert keys(session, wanted) == recount(session, wanted) != []


def test_a_scope_shows_its_areas_and_the_zones_that_lie_there_now(session: Session, log: LogStation) -> None:
    moved = log.zones[0]
    village = make_area(session, name="Bản mới", kind="village")
    moved.area = village
    session.flush()
    for areas in ({log.communes[0].id}, {village.id}, {log.communes[1].id, log.communes[2].id}):
        scope, wanted = Scope(area_ids=frozenset(areas)), LogFilter(**ALL)  # type: ignore[arg-type]
        assert keys(session, wanted, scope) == recount(session, wanted, scope) != []
        assert len(keys(session, wanted, scope)) < len(keys(session, wanted))
    assert keys(session, LogFilter(**ALL), NOWHERE) == []  # type: ignore[arg-type]


def test_pages_hold_every_line_once_and_in_order(session: Session, log: LogStation) -> None:
    wanted = LogFilter(**ALL, ending=Ending.SOUNDED)  # type: ignore[arg-type]
    pages = [log_reading.find_lines(session, wanted, EVERYWHERE, page=n, per_page=7) for n in range(1, 60)]
    found = [(line.first.airing_id, line.first.zone_id) for page in pages for line in page.lines]
    assert found == recount(session, wanted) and {page.number for page in pages} == {len(found)}


def test_streamed_lines_are_the_same_lines(session: Session, log: LogStation) -> None:
    wanted = LogFilter(**ALL)  # type: ignore[arg-type]
    streamed = list(log_reading.stream_lines(session, wanted, EVERYWHERE))
    assert [(line.first.airing_id, line.first.zone_id) for line in streamed] == recount(session, wanted)
    assert any(len(line.corrections) == 2 for line in streamed)
    assert all(
        [entry.attempt for entry in line.entries] == list(range(1, len(line.entries) + 1)) for line in streamed
    )  # fmt: skip


def test_more_lines_than_a_screen_takes_are_said_to_be_more(
    session: Session, log: LogStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_reading, "MOST_LINES", 10)
    found = log_reading.find_lines(session, LogFilter(**ALL), EVERYWHERE)  # type: ignore[arg-type]
    assert (found.number, found.is_cut) == (10, True)
    assert log_reading.has_more_than(session, LogFilter(**ALL), EVERYWHERE, limit=10)  # type: ignore[arg-type]
    assert not log_reading.has_more_than(session, LogFilter(**ALL), EVERYWHERE, limit=1000)  # type: ignore[arg-type]


def test_a_delivery_outside_of_the_scope_is_as_if_there_were_none(session: Session, log: LogStation) -> None:
    entry = session.scalars(select(AsRunEntry).where(AsRunEntry.area_id == log.communes[1].id)).first()
    assert entry is not None
    line = log_reading.get_delivery(session, entry.airing_id, entry.zone_id, EVERYWHERE)
    assert line.first.airing_id == entry.airing_id
    for scope in (Scope(area_ids=frozenset({log.communes[0].id})), NOWHERE):
        with pytest.raises(UnknownDelivery):
            log_reading.get_delivery(session, entry.airing_id, entry.zone_id, scope)
    with pytest.raises(UnknownDelivery):
        log_reading.get_delivery(session, UUID(int=999_999), entry.zone_id, EVERYWHERE)


def test_a_period_has_an_end_and_a_limit(session: Session, log: LogStation) -> None:
    day = date(2026, 1, 1)
    with pytest.raises(BadPeriod):
        keys(session, LogFilter(first=day, last=day - timedelta(days=1)))
    assert keys(session, LogFilter(first=day, last=day + timedelta(days=MOST_DAYS - 1)))
    with pytest.raises(PeriodTooLong):
        keys(session, LogFilter(first=day, last=day + timedelta(days=MOST_DAYS)))
    assert keys(session, LogFilter(first=date(2000, 1, 1), last=date(2030, 1, 1), airing_id=UUID(int=3)))


def test_a_code_means_one_zone_and_any_other_text_all_that_hold_it(session: Session, log: LogStation) -> None:
    longer = make_zone(session, code="Z12", name="Tổ 12", area=log.communes[0])
    short = next(zone for zone in log.zones if zone.code == "Z1")
    assert log_reading.find_zone_ids(session, "z1") == [short.id]
    assert set(log_reading.find_zone_ids(session, "z")) == {zone.id for zone in (*log.zones, longer)}
    assert log_reading.find_zone_ids(session, "to 12") == [longer.id]
    assert log_reading.find_zone_ids(session, "không có") == []


def test_choices_are_the_communes_one_may_see(session: Session, log: LogStation) -> None:
    seen = log_view.find_choices(session, Scope(area_ids=frozenset({log.communes[1].id})))
    assert [area.name for area in seen.areas] == ["Hua La"]
    everything = log_view.find_choices(session, EVERYWHERE)
    assert [area.name for area in everything.areas] == ["Chiềng An", "Chiềng Xôm", "Hua La"]
    assert [series.code for series in everything.series] == ["ntm", "cchc"]


def test_a_corrected_delivery_is_found_by_what_the_correction_says(session: Session, log: LogStation) -> None:
    corrected = [
        line
        for line in log_reading.stream_lines(session, LogFilter(**ALL, ending=Ending.CORRECTED), EVERYWHERE)  # type: ignore[arg-type]
        if line.first.kind is EntryKind.MISSED and line.holds.seconds_sounded == 540
    ]
    assert corrected
    for line in corrected:
        day = line.first.local_day
        key = (line.first.airing_id, line.first.zone_id)
        assert key in keys(session, LogFilter(first=day, last=day, ending=Ending.SOUNDED))
        assert key not in keys(session, LogFilter(first=day, last=day, ending=Ending.MISSED))

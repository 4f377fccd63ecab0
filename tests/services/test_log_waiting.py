"""What is planned and not in the log is told, zone by zone, until somebody reports it."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.log_filter import Ending, LogFilter, Sort
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Area, Broadcast, Zone
from scheduler.services import as_run, log_view, log_waiting
from scheduler.services.log_waiting import WaitingLine
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.web.station import an_entry, make_editions

DAY = date(2026, 11, 24)


class Plan:
    """Two communes, three zones (one hears one language), a broadcast in two languages in five minutes."""

    def __init__(self, session: Session) -> None:
        city = make_area(session)
        self.xom: Area = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
        self.hua_la: Area = make_area(session, name="Hua La", kind="commune", parent=city)
        village = make_area(session, name="Tông", kind="village", parent=self.xom)
        self.tong: Zone = make_zone(session, area=village)
        self.hum: Zone = make_zone(session, code="HUM", name="Bản Hụm", area=self.xom)
        self.to1: Zone = make_zone(session, code="TO1", name="Tổ 1", area=self.hua_la, languages=("vi",))
        editions = make_editions(session)
        self.broadcast: Broadcast = make_broadcast(session, editions=editions, zones=(self.tong, self.hum, self.to1))

    def report(self, session: Session, zone: Zone, language: str) -> None:
        airing = next(item for item in self.broadcast.airings if item.language == language)
        entry = an_entry(airing, zone, at=self.broadcast.starts_at, kind=EntryKind.SOUNDED)
        as_run.record(session, [entry], now=NOW, zone=STATION_ZONE)


@pytest.fixture
def plan(session: Session) -> Plan:
    return Plan(session)


def lines(session: Session, *, scope: Scope = EVERYWHERE, **asked: object) -> list[WaitingLine]:
    """The zones that wait; always as many as the airings are said to have."""
    wanted = LogFilter(**{"first": DAY, "last": DAY, **asked})  # type: ignore[arg-type]
    found = list(log_waiting.stream_waiting(session, wanted, scope, zone=STATION_ZONE))
    counted = log_waiting.count_waiting(session, wanted, scope, zone=STATION_ZONE)
    assert sum(item.zones for item in counted) == len(found)
    return found


def told(found: list[WaitingLine]) -> set[tuple[str, str]]:
    return {(line.zone_code, line.airing.language) for line in found}


def test_every_planned_delivery_waits_until_it_is_reported(sessions: Sessions) -> None:
    everything = {("TONG", "vi"), ("TONG", "blt"), ("HUM", "vi"), ("HUM", "blt"), ("TO1", "vi")}
    with sessions.begin() as session:
        plan = Plan(session)
        assert told(lines(session)) == everything
        plan.report(session, plan.tong, "blt")
        assert told(lines(session)) == everything - {("TONG", "blt")}
        for zone, language in ((plan.tong, "vi"), (plan.hum, "vi"), (plan.hum, "blt"), (plan.to1, "vi")):
            plan.report(session, zone, language)
        assert lines(session) == []


def test_an_edition_waits_for_its_own_place_in_the_programme(session: Session, plan: Plan) -> None:
    at = {(line.zone_code, line.airing.language): line.planned_at for line in lines(session)}
    starts_at = plan.broadcast.starts_at
    assert at["TONG", "blt"] == starts_at and at["TONG", "vi"] == starts_at + timedelta(seconds=540)
    assert at["TO1", "vi"] == starts_at


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"language": "blt"}, 2),
        ({"place": "hum"}, 2),
        ({"place": "không có"}, 0),
        ({"ending": Ending.WAITING}, 5),
        ({"ending": Ending.MISSED}, 0),
        ({"reason": Reason.STOPPED}, 0),
        ({"sort": Sort.ORDINARY}, 5),
        ({"sort": Sort.EXERCISE}, 0),
        ({"sort": Sort.EMERGENCY}, 0),
        ({"series_id": 1}, 5),
        ({"series_id": 99}, 0),
        ({"first": DAY + timedelta(days=1), "last": DAY + timedelta(days=9)}, 0),
    ],
)
def test_what_waits_is_filtered_like_the_log(
    session: Session, plan: Plan, asked: dict[str, object], number: int
) -> None:  # fmt: skip
    assert len(lines(session, **asked)) == number


def test_areas_are_communes_whatever_lies_below_them(session: Session, plan: Plan) -> None:
    assert told(lines(session, area_id=plan.xom.id)) == {(z, x) for z in ("TONG", "HUM") for x in ("vi", "blt")}
    assert {line.area_name for line in lines(session, area_id=plan.xom.id)} == {"Chiềng Xôm"}
    assert told(lines(session, area_id=plan.hua_la.id)) == {("TO1", "vi")}


def test_a_scope_shows_its_own_zones_only(session: Session, plan: Plan) -> None:
    plan.report(session, plan.tong, "blt")
    scope = Scope(area_ids=frozenset({plan.hua_la.id}))
    assert told(lines(session, scope=scope)) == {("TO1", "vi")}
    assert lines(session, scope=Scope(area_ids=frozenset())) == []


@pytest.mark.parametrize("state", [BroadcastState.CANCELLED, BroadcastState.DONE])
def test_what_is_over_or_cancelled_waits_for_nothing(session: Session, plan: Plan, state: BroadcastState) -> None:
    plan.broadcast.state = state
    session.flush()
    assert lines(session) == []


def test_the_page_shows_what_waits_beside_the_lines_or_by_itself(session: Session, plan: Plan) -> None:
    plan.report(session, plan.tong, "blt")
    both = log_view.read(session, LogFilter(first=DAY, last=DAY), EVERYWHERE, zone=STATION_ZONE)
    assert (both.found.number, sum(item.zones for item in both.waiting), both.waiting_lines) == (1, 4, [])
    wanted = LogFilter(first=DAY, last=DAY, ending=Ending.WAITING)
    pages = [log_view.read(session, wanted, EVERYWHERE, zone=STATION_ZONE, page=n, per_page=3) for n in (1, 2)]
    assert [len(page.waiting_lines) for page in pages] == [3, 1]
    assert {page.found.number for page in pages} == {4} and not pages[0].found.lines

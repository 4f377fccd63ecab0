"""Page by page, all that fits is read once, in one order, on both databases; a scope cuts rows, zones and languages."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.playout import EntryKind
from scheduler.domain.programme import EditionState
from scheduler.domain.time import STATION_ZONE, TimeSpan, local_day
from scheduler.errors import UnknownBroadcast, UnknownZone
from scheduler.models import Broadcast, Zone
from scheduler.services import as_run, log_reading, paging
from scheduler.services.paging import EpisodeFilter, Page
from tests.factories import NOW, make_area, make_broadcast, make_edition, make_episode, make_series, make_zone
from tests.web.station import an_entry, make_editions

SPAN = TimeSpan(starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=2))
DAY = local_day(NOW, STATION_ZONE)
WANTED = LogFilter(first=DAY - timedelta(days=1), last=DAY + timedelta(days=1))


def read_all(find: Callable[[Any], Page[Any]]) -> list[Any]:
    """All rows, page by page."""
    found, after = [], None
    while True:
        page = find(after)
        found += page.rows
        if page.after is None:
            return found
        after = page.after


def fill(session: Session) -> dict[str, Any]:
    """Two communes with three zones; three broadcasts at one instant, heard here, there and in both."""
    city = make_area(session)
    xom = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    an = make_area(session, name="Chiềng An", kind="commune", parent=city)
    tong = make_zone(session, area=xom)
    hum = make_zone(session, code="HUM", name="Bản Hụm", area=xom, languages=("vi",))
    an1 = make_zone(session, code="AN1", name="Tổ 1", area=an, languages=("vi",))
    broadcasts: list[Broadcast] = []
    for number, zones in enumerate([(tong, hum), (an1,), (tong, an1)], start=1):
        broadcasts.append(
            make_broadcast(
                session, editions=make_editions(session, number=number), zones=zones, starts_in=timedelta(), now=NOW
            )
        )
    entries = [
        an_entry(airing, session.get_one(Zone, programme.zone_id), at=NOW, kind=EntryKind.SOUNDED)
        for broadcast in broadcasts
        for programme in broadcast.programmes
        for airing in broadcast.airings
        if airing.language in [item.language for item in session.get_one(Zone, programme.zone_id).languages]
    ]
    as_run.record(session, entries, now=NOW, zone=STATION_ZONE)
    return {
        "xom": Scope(area_ids=frozenset({xom.id})),
        "an": Scope(area_ids=frozenset({an.id})),
        "broadcasts": broadcasts,
        "day": DAY,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_what_starts_at_one_instant_is_read_once_whatever_the_size_of_a_page(sessions: Sessions, limit: int) -> None:
    with sessions.begin() as session:
        facts = fill(session)
        for scope, number in ((EVERYWHERE, 3), (facts["xom"], 2), (facts["an"], 2)):

            def find(after: Any, scope: Scope = scope) -> Page[Any]:
                return paging.find_broadcasts(session, SPAN, scope, after=after, limit=limit)

            found = [shown.broadcast.id for shown in read_all(find)]
            assert len(found) == len(set(found)) == number


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_lines_of_the_log_are_read_once_in_the_order_of_the_log(sessions: Sessions, limit: int) -> None:
    with sessions.begin() as session:
        facts = fill(session)
        for scope, number in ((EVERYWHERE, 7), (facts["xom"], 5), (facts["an"], 2)):
            found: list[Any] = []
            after = None
            while True:
                lines = log_reading.find_lines_after(session, WANTED, scope, after=after, limit=limit)
                found += lines
                if len(lines) < limit:
                    break
                after = log_reading.key_of(lines[-1])
            keys = [log_reading.key_of(line) for line in found]
            assert len(keys) == len(set(keys)) == number and [key[:4] for key in keys] == sorted(
                key[:4] for key in keys
            )


def test_a_scope_cuts_zones_and_languages_of_what_others_hear_too(sessions: Sessions) -> None:
    with sessions.begin() as session:
        facts = fill(session)
        both = facts["broadcasts"][2].id
        whole, xom, an = (
            paging.get_broadcast(session, both, scope) for scope in (EVERYWHERE, facts["xom"], facts["an"])
        )
        assert [item.heard.zones for item in (whole, xom, an)] == [2, 1, 1]
        assert [[airing.language for airing in item.airings] for item in (whole, xom, an)] == [
            ["vi", "blt"],
            ["vi", "blt"],
            ["vi"],
        ]
        found = paging.find_zones_of_broadcast(session, both, facts["an"], after=None, limit=9)
        assert [(zone.code, languages) for zone, languages in found.rows] == [("AN1", ("vi",))]
        with pytest.raises(UnknownBroadcast):
            paging.get_broadcast(session, facts["broadcasts"][0].id, facts["an"])


def test_a_zone_out_of_use_is_found_for_its_past_and_listed_no_more(sessions: Sessions) -> None:
    with sessions.begin() as session:
        facts = fill(session)
        zone = paging.get_zone_ever(session, "HUM", facts["xom"])
        zone.removed_at, zone.active = NOW, False
        session.flush()
        assert [row.code for row in paging.find_zones(session, EVERYWHERE, after=None, limit=9).rows] == ["AN1", "TONG"]
        assert paging.get_zone_ever(session, "HUM", EVERYWHERE) is zone
        with pytest.raises(UnknownZone):
            paging.get_zone_ever(session, "HUM", facts["an"])


def test_areas_of_a_day_are_those_that_exist_then(sessions: Sessions) -> None:
    with sessions.begin() as session:
        old = make_area(session, name="Phường cũ", kind="commune")
        old.valid_to = DAY
        new = make_area(session, name="Phường mới", kind="commune")
        session.flush()

        def names(on: date) -> list[str]:
            return [row.name for row in paging.find_areas(session, EVERYWHERE, on=on, after=None, limit=9).rows]

        assert names(DAY) == ["Phường mới"] and names(DAY - timedelta(days=1)) == ["Phường cũ", "Phường mới"]
        assert paging.find_areas(session, Scope(area_ids=frozenset({old.id})), on=DAY, after=None, limit=9).rows == []
        assert paging.find_areas(session, EVERYWHERE, on=DAY, after=new.id, limit=9).rows == []


def test_conditions_on_an_edition_are_met_by_one_and_the_same(sessions: Sessions) -> None:
    """An episode with an approved Vietnamese and a Thái draft is no episode with a Thái that is approved."""
    with sessions.begin() as session:
        episode = make_episode(session, make_series(session))
        make_edition(session, episode, language="vi")
        make_edition(session, episode, language="blt", approved=False)

        def number(**told: Any) -> int:
            return len(paging.find_episodes(session, EpisodeFilter(**told), after=None, limit=9).rows)

        assert number(language="vi", state=EditionState.APPROVED) == 1
        assert number(language="blt", state=EditionState.APPROVED) == 0
        assert number(language="blt") == number() == 1


@pytest.mark.parametrize("limit", [1, 2])
def test_lines_of_days_one_after_another_and_of_hours_of_a_day_are_all_read(sessions: Sessions, limit: int) -> None:
    with sessions.begin() as session:
        zone = make_zone(session, languages=("vi",))
        starts = [timedelta(hours=hours) for hours in (-25, -24, 0, 1, 24, 25)]
        for number, start in enumerate(starts, start=1):
            broadcast = make_broadcast(
                session, editions=make_editions(session, number=number)[:1], zones=(zone,), starts_in=start, now=NOW
            )
            entry = an_entry(broadcast.airings[0], zone, at=NOW + start, kind=EntryKind.SOUNDED)
            as_run.record(session, [entry], now=NOW, zone=STATION_ZONE)
        found, after = [], None
        while lines := log_reading.find_lines_after(session, WANTED, EVERYWHERE, after=after, limit=limit):
            found += [line.first.planned_at - NOW for line in lines]
            after = log_reading.key_of(lines[-1])
        assert found == starts

"""Counts of a period come from the tallies, by the rule in force, and no later change of the catalogue touches them."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.counting import Count
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.time import STATION_ZONE, local_day
from scheduler.errors import BadField, BadPeriod
from scheduler.models import Airing, Broadcast, CountingRule, Edition, Episode, Production, Recording, Series, Zone
from scheduler.services import as_run, counting, counting_rule
from tests.factories import NOW, make_area, make_broadcast, make_edition, make_episode, make_series, make_zone

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def a_station(session: Session, *, episodes: int = 2) -> tuple[Series, list[Zone], list[Broadcast]]:
    """A series of produced episodes, each broadcast once in three zones of two communes, a day apart."""
    city = make_area(session)
    communes = [make_area(session, name=name, kind="commune", parent=city) for name in ("Chiềng Xôm", "Hua La")]
    zones = [make_zone(session, code=f"Z{n}", name=f"Bản {n}", area=communes[n % 2]) for n in range(3)]
    series = make_series(session)
    made = [add_broadcast(session, series, zones, number=n) for n in range(1, episodes + 1)]
    return series, zones, made


def add_broadcast(
    session: Session, series: Series, zones: Sequence[Zone], *, number: int, produced: bool = True, **others: object
) -> Broadcast:
    episode = make_episode(session, series, number=number)
    editions = tuple(make_edition(session, episode, language=language) for language in ("vi", "blt"))
    if produced:
        for edition in editions:
            session.add(a_production(edition))
    now = NOW + timedelta(days=number)
    return make_broadcast(session, editions=editions, zones=tuple(zones), now=now, **others)  # type: ignore[arg-type]


def a_production(edition: Edition) -> Production:
    episode = edition.episode
    return Production(
        edition_id=edition.id,
        series_id=episode.series_id,
        series_code=episode.series.code,
        series_title=episode.series.title,
        episode_year=episode.year,
        episode_number=episode.number,
        title=episode.title,
        language=edition.language,
        seconds=540.0,
        approved_at=NOW,
        local_day=local_day(NOW, STATION_ZONE),
        approved_by="Cầm Văn Án",
    )


def play(
    session: Session,
    broadcast: Broadcast,
    zones: Sequence[Zone],
    *,
    seconds: float = 540.0,
    reason: Reason | None = None,
    evidence: Evidence = Evidence.HANDED_OVER,
    airings: Sequence[Airing] | None = None,
) -> None:
    kind = EntryKind.SOUNDED if seconds >= 540 else EntryKind.PARTIAL if seconds else EntryKind.MISSED
    entries = [
        NewEntry(
            airing_id=airing.id,
            zone_id=zone.id,
            kind=kind,
            planned_at=broadcast.starts_at,
            started_at=broadcast.starts_at if seconds else None,
            ended_at=broadcast.starts_at + timedelta(seconds=seconds) if seconds else None,
            seconds_planned=540.0,
            seconds_sounded=seconds,
            reason=reason,
            evidence=evidence,
            recorded_by="may-1",
        )
        for airing in (airings or broadcast.airings)
        for zone in zones
    ]
    as_run.record(session, entries, now=broadcast.ends_at, zone=STATION_ZONE)


def year(session: Session, series: Series | None = None) -> Count:
    return counting.count(session, first=FIRST, last=LAST, series=series)


def test_produced_and_broadcast_are_counted_by_language(sessions: Sessions) -> None:
    with sessions.begin() as session:
        _, zones, (first, second) = a_station(session)
        play(session, first, zones)
        play(session, second, zones[:1], airings=second.airings[1:])
    with sessions.begin() as session:
        found = year(session)
        assert found.produced == {"vi": 2, "blt": 2}
        assert found.broadcast == {"vi": 1, "blt": 2}
        assert (found.planned, found.missed_by_reason) == (4, {})
        assert list(found.broadcast) == ["vi", "blt"]


def test_a_period_holds_both_its_days(session: Session) -> None:
    _, zones, (first, second) = a_station(session)
    play(session, first, zones)
    play(session, second, zones)
    days = [local_day(item.starts_at, STATION_ZONE) for item in (first, second)]
    for start, end, number in ((days[0], days[1], 4), (days[0], days[0], 2), (days[1], days[1], 2)):
        assert counting.count(session, first=start, last=end).broadcast_total == number
    after = days[1] + timedelta(days=1)
    assert counting.count(session, first=after, last=after).planned == 0


def test_a_period_that_ends_before_it_begins_is_refused(session: Session) -> None:
    with pytest.raises(BadPeriod):
        counting.count(session, first=LAST, last=FIRST)


def test_what_did_not_sound_is_told_by_its_main_reason(sessions: Sessions) -> None:
    with sessions.begin() as session:
        _, zones, made = a_station(session, episodes=4)
        play(session, made[0], zones[:2], seconds=0, reason=Reason.FILE_MISSING)
        play(session, made[0], zones[2:], seconds=0, reason=Reason.CARRIER_FAILED)
        play(session, made[1], zones, seconds=5, reason=Reason.STOPPED)
        play(session, made[2], zones, evidence=Evidence.PLANNED)
        play(session, made[3], zones, seconds=200)
    with sessions.begin() as session:
        found = year(session)
        assert found.broadcast_total == 0
        assert found.missed_by_reason == {"file_missing": 2, "stopped": 2, "unknown": 2, "not_proven": 2}
        assert found.planned == 8


def test_a_corrected_delivery_is_told_by_the_correction(session: Session) -> None:
    _, zones, (first, _) = a_station(session)
    play(session, first, zones[:1], seconds=0, reason=Reason.DAEMON_DOWN, airings=first.airings[:1])
    told = {"author": "Mai", "note": "nghe lại", "now": NOW, "zone": STATION_ZONE, "airing_id": first.airings[0].id}
    as_run.correct(session, zone_id=zones[0].id, seconds_sounded=60, reason=Reason.STOPPED, **told)  # type: ignore[arg-type]
    assert year(session).missed_by_reason == {"stopped": 1}
    as_run.correct(session, zone_id=zones[0].id, seconds_sounded=540, **told)  # type: ignore[arg-type]
    assert (year(session).missed_by_reason, year(session).broadcast_total) == ({}, 1)


def test_the_plan_counts_as_planned_until_the_log_speaks(session: Session) -> None:
    series, zones, made = a_station(session, episodes=3)
    made[2].state = BroadcastState.CANCELLED
    add_broadcast(session, series, zones, number=8, exercise=True)
    add_broadcast(session, series, zones, number=9, priority=3)
    assert year(session).planned == 4
    play(session, made[0], zones)
    assert year(session).planned == 4
    play(session, made[2], zones, seconds=0, reason=Reason.CANCELLED)
    assert (year(session).planned, year(session).missed_by_reason) == (6, {"cancelled": 2})


def test_exercises_and_emergencies_are_shown_apart(sessions: Sessions) -> None:
    with sessions.begin() as session:
        series, zones, (first, _) = a_station(session)
        play(session, first, zones)
        play(session, add_broadcast(session, series, zones, number=8, exercise=True, produced=False), zones)
        emergency = add_broadcast(session, series, zones, number=9, priority=3, produced=False)
        play(session, emergency, zones, airings=emergency.airings[:1])
    with sessions.begin() as session:
        found = year(session)
        assert (found.broadcast_total, found.apart) == (2, {"exercise": 2, "emergency": 1})
        months = counting.count_months(session, first=FIRST, last=LAST)
        assert sum(row.airings for row in months if row.area == "Chiềng Xôm") == 2


def test_one_series_is_counted_by_itself(session: Session) -> None:
    series, zones, (first, second) = a_station(session)
    other = make_series(session, code="ntm", title="Nông thôn mới")
    also = add_broadcast(session, other, zones, number=1)
    for item in (first, second, also):
        play(session, item, zones)
    assert year(session).by_series == {series.title: 4, "Nông thôn mới": 2}
    assert (year(session, other).broadcast_total, year(session, other).produced_total) == (2, 2)
    assert year(session, other).sentence.endswith("phát 02 lần chuyên mục “Nông thôn mới”.")
    silent = make_series(session, code="moi", title="Chưa phát")
    assert year(session, silent).sentence.endswith("phát 0 lần chuyên mục “Chưa phát”.")


def test_a_series_without_a_broadcast_in_the_period_does_not_crowd_the_sentence(session: Session) -> None:
    series, zones, (first, _) = a_station(session)
    play(session, first, zones)
    other = make_series(session, code="thu", title="Thử")
    add_broadcast(session, other, zones, number=1)
    assert list(year(session).by_series) == [series.title]


def test_deleting_or_renaming_changes_no_past_count(sessions: Sessions) -> None:
    with sessions.begin() as session:
        _, zones, made = a_station(session)
        for item in made:
            play(session, item, zones)
        before = (year(session), counting.count_months(session, first=FIRST, last=LAST))
    with sessions.begin() as session:
        session.scalars(select(Series)).one().title = "Tên khác"
        session.scalars(select(Episode).where(Episode.number == 1)).one().title = "Tên khác"
        for zone in session.scalars(select(Zone)):
            zone.name, zone.removed_at, zone.active = "Đã bỏ", NOW, False
        for broadcast in session.scalars(select(Broadcast)):
            session.delete(broadcast)
        session.flush()
        for edition in session.scalars(select(Edition)):
            edition.approved_recording = None
        session.flush()
        for row in (*session.scalars(select(Recording)), *session.scalars(select(Edition))):
            session.delete(row)
        session.flush()
        for episode in session.scalars(select(Episode)):
            session.delete(episode)
    with sessions.begin() as session:
        assert (year(session), counting.count_months(session, first=FIRST, last=LAST)) == before
        assert as_run.check(session) == []
        as_run.recompute(session)
        assert (year(session), counting.count_months(session, first=FIRST, last=LAST)) == before


def test_another_rule_counts_the_past_anew_and_leaves_the_log_alone(sessions: Sessions) -> None:
    with sessions.begin() as session:
        _, zones, (first, second) = a_station(session)
        play(session, first, zones, seconds=500)
        play(session, second, zones, evidence=Evidence.CONFIRMED)
        assert year(session).broadcast_total == 4
    with sessions.begin() as session:
        rule = counting_rule.adopt(session, least_share=0.95, least_evidence=Evidence.HEARD, by="Án", now=NOW)
        assert (rule.number, year(session).broadcast_total, year(session).rule) == (2, 2, rule)
        assert as_run.check(session) == []
    with sessions.begin() as session:
        assert (
            counting_rule.adopt(session, least_share=0.5, least_evidence=Evidence.PLANNED, by="Án", now=NOW).number == 3
        )
        assert year(session).broadcast_total == 4
        assert session.scalars(select(CountingRule.number).order_by(CountingRule.number)).all() == [1, 2, 3]


def test_a_rule_nobody_could_fail_or_meet_is_refused(session: Session) -> None:
    for share in (0.0, 1.1):
        with pytest.raises(BadField):
            counting_rule.adopt(session, least_share=share, least_evidence=Evidence.HEARD, by="Án", now=NOW)
    with pytest.raises(BadField):
        counting_rule.adopt(session, least_share=0.5, least_evidence=Evidence.HEARD, by=" ", now=NOW)


def test_a_month_is_told_by_language_and_commune(sessions: Sessions) -> None:
    with sessions.begin() as session:
        _, zones, (first, second) = a_station(session)
        play(session, first, zones)
        play(session, second, zones[:1], seconds=100)
    with sessions.begin() as session:
        rows = counting.count_months(session, first=FIRST, last=LAST)
        told = [(r.month, r.language, r.area, r.airings, r.zones_sounded, r.zones_partial, r.seconds) for r in rows]
        assert told == [
            ("2026-11", "vi", "Chiềng Xôm", 1, 2, 1, 1180.0),
            ("2026-11", "vi", "Hua La", 1, 1, 0, 540.0),
            ("2026-11", "blt", "Chiềng Xôm", 1, 2, 1, 1180.0),
            ("2026-11", "blt", "Hua La", 1, 1, 0, 540.0),
        ]
        assert counting.count_months(session, first=date(2026, 12, 1), last=LAST) == []

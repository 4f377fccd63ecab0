"""A counting rule holds from a day on; what it would do to a period is told before, and is what it does then."""

import itertools
import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.counting import FIRST_RULE, Rule, RuleDays, rule_days, rule_on
from scheduler.domain.periods import Period
from scheduler.domain.playout import Evidence
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadField, RuleReachesClosedBooks
from scheduler.models import AiringTally, AreaAiringTally, AsRunEntry, CountingRule, MonthTally, PeriodClose
from scheduler.services import area_counting, as_run, count_tables, counting, counting_rule, month_blocks
from tests.factories import NOW
from tests.services.log_station import fill_log
from tests.services.test_counting import a_station, play

FIRST, LAST = date(2025, 11, 1), date(2026, 2, 28)
DAY = date(2026, 1, 1)
SECOND = Rule(number=2, least_share=0.5, least_evidence=Evidence.PLANNED, valid_from=DAY)
THIRD = Rule(number=3, least_share=0.95, least_evidence=Evidence.HEARD, valid_from=date(2025, 12, 15))


def adopt(session: Session, rule: Rule) -> Rule:
    return counting_rule.adopt(
        session, least_share=rule.least_share, least_evidence=rule.least_evidence, valid_from=rule.valid_from,
        by="Cầm Văn Án", now=NOW,
    )  # fmt: skip


# --- which rule -----------------------------------------------------------------------------------------------------
def test_of_the_rules_whose_day_has_come_the_one_adopted_last_holds() -> None:
    rules = [FIRST_RULE, SECOND, THIRD]
    told = [
        rule_on(rules, day).number for day in (date(2025, 12, 14), date(2025, 12, 15), DAY - timedelta(days=1), DAY)
    ]
    assert told == [1, 3, 3, 3]
    assert [rule_on([FIRST_RULE, SECOND], day).number for day in (DAY - timedelta(days=1), DAY)] == [1, 2]
    assert rule_on([], DAY) is FIRST_RULE


def test_the_days_of_a_period_are_divided_among_its_rules_without_a_gap() -> None:
    assert rule_days([FIRST_RULE], first=FIRST, last=LAST) == [RuleDays(rule=FIRST_RULE, first=FIRST, last=LAST)]
    assert rule_days([FIRST_RULE, SECOND]) == [
        RuleDays(rule=FIRST_RULE, first=None, last=DAY - timedelta(days=1)),
        RuleDays(rule=SECOND, first=DAY, last=None),
    ]
    assert [
        (item.rule.number, item.first, item.last) for item in rule_days([FIRST_RULE, SECOND, THIRD], last=LAST)
    ] == [
        (1, None, date(2025, 12, 14)),
        (3, date(2025, 12, 15), LAST),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_days_and_rules_agree_for_any_rules(seed: int) -> None:
    rnd = random.Random(seed)
    begins = [
        None,
        *(rnd.choice([None, FIRST + timedelta(days=rnd.randint(-9, 130))]) for _ in range(rnd.randint(0, 5))),
    ]
    rules = [
        Rule(number=number, least_share=0.5, least_evidence=Evidence.HEARD, valid_from=begin)
        for number, begin in enumerate(begins, 1)
    ]
    parts = rule_days(rules, first=FIRST, last=LAST)
    days = [(FIRST + timedelta(days=n)) for n in range((LAST - FIRST).days + 1)]
    told = [next(part.rule for part in parts if part.first <= day <= part.last) for day in days]  # type: ignore[operator]
    assert told == [rule_on(rules, day) for day in days]
    assert all(a.rule != b.rule and a.last + timedelta(days=1) == b.first for a, b in itertools.pairwise(parts))  # type: ignore[operator]


# --- tallies --------------------------------------------------------------------------------------------------------
def kept(session: Session) -> list[object]:
    """All that the tallies hold but months without anything."""
    found: list[object] = []
    for table in (AiringTally, AreaAiringTally):
        found += sorted(map(tuple, session.execute(select(table.__table__))), key=str)
    months = session.execute(select(MonthTally.__table__)).mappings()
    return [
        *found,
        *sorted(
            (
                tuple(row.values())
                for row in months
                if row["zones_sounded"] + row["zones_partial"] + row["zones_missed"]
            ),
            key=str,
        ),
    ]


@pytest.mark.parametrize(
    "rule",
    [SECOND, THIRD, Rule(number=2, least_share=0.3, least_evidence=Evidence.PLANNED)],
    ids=lambda rule: str(rule.valid_from),
)
def test_a_rule_touches_only_days_from_its_own_on_and_the_log_never(sessions: Sessions, rule: Rule) -> None:
    with sessions.begin() as session:
        fill_log(session, airings=60)
        log = session.execute(select(AsRunEntry.__table__)).all()
        before = {row.airing_id: row.counts for row in session.scalars(select(AiringTally))}
        adopt(session, rule)
    with sessions.begin() as session:
        assert as_run.check(session) == []
        changed = [row for row in session.scalars(select(AiringTally)) if row.counts != before[row.airing_id]]
        assert changed
        assert all(rule.valid_from is None or row.local_day >= rule.valid_from for row in changed)
        assert session.execute(select(AsRunEntry.__table__)).all() == log
        found = kept(session)
        as_run.recompute(session)
        assert str(kept(session)) == str(found)


def test_what_is_written_later_is_counted_by_the_rule_of_its_day(sessions: Sessions) -> None:
    with sessions.begin() as session:
        _, zones, (first, second) = a_station(session)
        begins = (second.starts_at.astimezone(STATION_ZONE)).date()
        adopt(session, Rule(number=2, least_share=0.3, least_evidence=Evidence.HANDED_OVER, valid_from=begins))
        for broadcast in (first, second):
            play(session, broadcast, zones, seconds=200)
    with sessions.begin() as session:
        days = {row.local_day: row.counts for row in session.scalars(select(AiringTally))}
        assert days == {begins - timedelta(days=1): False, begins: True}
        count = counting.count(session, first=begins - timedelta(days=1), last=begins)
        assert (count.broadcast_total, count.rule.number) == (2, 2)
        assert [(item.rule.number, item.first, item.last) for item in count.rule_days] == [
            (1, begins - timedelta(days=1), begins - timedelta(days=1)), (2, begins, begins),
        ]  # fmt: skip
        assert as_run.check(session) == []


def test_a_rule_that_is_still_to_come_changes_nothing(session: Session) -> None:
    fill_log(session, airings=8)
    before = kept(session)
    rule = adopt(session, Rule(number=2, least_share=0.1, least_evidence=Evidence.PLANNED, valid_from=date(2027, 1, 1)))
    assert kept(session) == before
    assert counting.rule_in_force(session, on=date(2026, 12, 31)) == FIRST_RULE
    assert counting.rule_in_force(session, on=date(2027, 1, 1)) == rule


# --- the look before ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "rule",
    [SECOND, THIRD, Rule(number=2, least_share=0.3, least_evidence=Evidence.PLANNED)],
    ids=lambda rule: str(rule.valid_from),
)
def test_what_the_look_told_is_what_the_adoption_does(sessions: Sessions, rule: Rule) -> None:
    with sessions.begin() as session:
        fill_log(session, airings=60)
        told = counting_rule.preview(
            session,
            counting_rule.propose(session, least_share=rule.least_share, least_evidence=rule.least_evidence, valid_from=rule.valid_from),
            first=FIRST, last=LAST,
        )  # fmt: skip
        before = {row.airing_id: row.counts for row in session.scalars(select(AiringTally))}
        assert told.before == counting.count(session, first=FIRST, last=LAST)
        adopt(session, rule)
    with sessions.begin() as session:
        assert told.after == counting.count(session, first=FIRST, last=LAST)
        assert told.before.broadcast_total + told.gained - told.lost == told.after.broadcast_total
        for airing in told.changed:
            assert before[airing.airing_id] != airing.counts_after
            assert session.get_one(AiringTally, airing.airing_id).counts == airing.counts_after


def test_looking_writes_nothing(session: Session) -> None:
    fill_log(session, airings=12)
    before = kept(session)
    rule = counting_rule.propose(session, least_share=0.1, least_evidence=Evidence.PLANNED, valid_from=None)
    assert counting_rule.preview(session, rule, first=FIRST, last=LAST).gained
    assert kept(session) == before and session.scalars(select(CountingRule)).all() == []


# --- refusals -------------------------------------------------------------------------------------------------------
def test_the_same_rule_sent_twice_is_adopted_once(session: Session) -> None:
    assert adopt(session, SECOND) == adopt(session, SECOND) == SECOND
    assert session.scalars(select(CountingRule.number).order_by(CountingRule.number)).all() == [1, 2]


def test_closed_books_keep_their_numbers(session: Session) -> None:
    session.add(
        PeriodClose(first=FIRST, last=DAY, closed_at=NOW, closed_by="Án", count={}, sentence="", last_entry=0, note="")
    )
    session.flush()
    for valid_from in (None, FIRST, DAY):
        with pytest.raises(RuleReachesClosedBooks) as refused:
            counting_rule.adopt(
                session, least_share=0.5, least_evidence=Evidence.HEARD, by="Án", now=NOW, valid_from=valid_from
            )
        assert refused.value.facts["begins"] == "02/01/2026"
    after = DAY + timedelta(days=1)
    assert (
        adopt(session, Rule(number=2, least_share=0.5, least_evidence=Evidence.HEARD, valid_from=after)).valid_from
        == after
    )


def test_a_day_before_any_log_is_refused(session: Session) -> None:
    with pytest.raises(BadField):
        adopt(session, Rule(number=2, least_share=0.5, least_evidence=Evidence.HEARD, valid_from=date(1, 1, 1)))


# --- whole months as columns ----------------------------------------------------------------------------------------
def test_blocks_say_what_the_rows_of_the_months_say(sessions: Sessions) -> None:
    with sessions.begin() as session:
        station = fill_log(session)
        adopt(session, SECOND)
    with sessions.begin() as session:
        for series in (None, *station.series):
            rows = counting.count_months(session, first=FIRST, last=LAST, series=series)
            areas = count_tables.count_areas(
                session, count_tables.cut(Period(first=FIRST, last=LAST)).stretches, series=series
            )
            for area in areas:
                mine = [row for row in rows if row.area == area.name]
                assert sum(row.airings for row in mine) == sum(map(sum, area.airings.values()))
                assert sum(row.zones_sounded for row in mine) == area.zones_sounded
            assert len({(row.month, row.language, row.area) for row in rows}) == len(rows)
        one = station.communes[0]
        blocks = month_blocks.read_blocks(session, first=FIRST, last=LAST, areas=[one.id])
        assert {name for block in blocks for name in block.areas} == {one.name}
        ours = [row for row in counting.count_months(session, first=FIRST, last=LAST) if row.area == one.name]
        assert ours == counting.count_months(session, first=FIRST, last=LAST, areas=[one.id])
        count = area_counting.count_in_areas(session, first=FIRST, last=LAST, areas=[one.id])
        assert count.broadcast_total == sum(row.airings for row in ours)

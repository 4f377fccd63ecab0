"""Another counting rule: what it would do to a period, and its adoption from a day on."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from scheduler.domain.counting import FIRST_RULE, Apart, Count, Rule, apart_of, in_order, rule_days, rule_on
from scheduler.domain.playout import Evidence
from scheduler.domain.text import tidy
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadField, RuleReachesClosedBooks
from scheduler.models import AiringTally, AsRunEntry, CountingRule, PeriodClose
from scheduler.services import counting, tally

EARLIEST = date(1950, 1, 1)
_AT_ONCE = 500


class ChangedAiring(NamedTuple):
    """An airing that another rule would count, or count no more."""

    airing_id: UUID
    local_day: date
    series_title: str
    episode_year: int
    episode_number: int
    title: str
    language: str
    best_share: float
    counts_after: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RulePreview:
    """A period as it is counted now and as it would be; exercises and emergencies are not among the changed."""

    rule: Rule
    before: Count
    after: Count
    changed: Sequence[ChangedAiring]

    @property
    def gained(self) -> int:
        """Airings that would count and do not now."""
        return sum(airing.counts_after for airing in self.changed)

    @property
    def lost(self) -> int:
        """Airings that would count no more."""
        return len(self.changed) - self.gained


def propose(session: Session, *, least_share: float, least_evidence: Evidence, valid_from: date | None) -> Rule:
    """The rule as it would be numbered. Raises `BadField`."""
    if not 0 < least_share <= 1:
        raise BadField(field="least_share", value=least_share)
    if valid_from is not None and valid_from < EARLIEST:
        raise BadField(field="valid_from", value=f"{valid_from:%d/%m/%Y}")
    newest = max(rule.number for rule in tally.read_rules(session))
    return Rule(number=newest + 1, least_share=least_share, least_evidence=least_evidence, valid_from=valid_from)


def preview(session: Session, rule: Rule, *, first: date, last: date, zone: ZoneInfo = STATION_ZONE) -> RulePreview:
    """What a rule would do to a period if it were adopted now; nothing is written.

    Airings are asked of the log itself, each until one delivery is enough. Raises `BadPeriod`.
    """
    before = counting.count(session, first=first, last=last, zone=zone)
    rules = [*tally.read_rules(session), rule]
    rows = session.execute(_counted_by(rules, rule.valid_from, first, last)).mappings().all()
    ordinary = [row for row in rows if apart_of(priority=row["priority"], exercise=row["exercise"]) is Apart.NO]
    changed = [row for row in ordinary if bool(row["after"]) != bool(row["counts"])]
    after = replace(
        before,
        broadcast=in_order(_add(before.broadcast, changed, "language")),
        by_series=_series_after(before, ordinary),
        missed_by_reason=_reasons(session, [row["airing_id"] for row in ordinary if not row["after"]], rules),
        apart=_apart_after(rows),
        rule=rule_on(rules, last),
        rule_days=rule_days(rules, first=first, last=last),
    )
    return RulePreview(rule=rule, before=before, after=after, changed=[_as_changed(row) for row in changed])


def adopt(
    session: Session,
    *,
    least_share: float,
    least_evidence: Evidence,
    by: str,
    now: datetime,
    valid_from: date | None = None,
    note: str = "",
) -> Rule:
    """Count airings from a local day on by another rule (without one: all of them); the log is not touched.

    The same said twice (a form sent twice) is adopted once. Raises `BadField`, `RuleReachesClosedBooks`.
    """
    rule = propose(session, least_share=least_share, least_evidence=least_evidence, valid_from=valid_from)
    if not tidy(by):
        raise BadField(field="by", value=by)
    tally.lock(session)
    newest = tally.read_rules(session)[-1]
    if replace(rule, number=newest.number) == newest:
        return newest
    check_books(session, valid_from)
    if session.get(CountingRule, FIRST_RULE.number) is None:
        session.add(_as_row(FIRST_RULE, by="", now=now, note=""))
    session.add(_as_row(rule, by=tidy(by), now=now, note=tidy(note)))
    session.flush()
    if valid_from is None:
        tally.recompute(session)
    else:
        tally.recount(session, since=valid_from)
    return rule


def check_books(session: Session, valid_from: date | None) -> None:
    """Closed books keep their numbers: a rule begins after them. Raises `RuleReachesClosedBooks`."""
    closed_until = session.scalar(select(func.max(PeriodClose.last)))
    if closed_until is not None and (valid_from is None or valid_from <= closed_until):
        begins = closed_until + timedelta(days=1)
        raise RuleReachesClosedBooks(
            field="valid_from", closed_until=f"{closed_until:%d/%m/%Y}", begins=f"{begins:%d/%m/%Y}"
        )


def _as_row(rule: Rule, *, by: str, now: datetime, note: str) -> CountingRule:
    return CountingRule(
        number=rule.number,
        least_share=rule.least_share,
        least_evidence=rule.least_evidence,
        valid_from=rule.valid_from,
        adopted_at=now,
        adopted_by=by,
        note=note,
    )


def _counted_by(rules: Sequence[Rule], since: date | None, first: date, last: date) -> Any:
    """The airings of a period with `counts` as it is and `after`, as the rules would have it."""
    row = AiringTally
    enough = select(AsRunEntry.id).where(
        AsRunEntry.airing_id == row.airing_id, tally.enough_by(rules), tally.entry_holds()
    )
    after = case((enough.exists(), 1), else_=0)
    if since is not None:  # the day before too: an airing that went over midnight bears the day on which it began
        after = case((row.local_day < since - timedelta(days=1), case((row.counts.is_(True), 1), else_=0)), else_=after)
    columns = (getattr(row, name) for name in (*ChangedAiring._fields[:-1], "series_id", "priority", "exercise"))
    return (
        select(*columns, row.counts, after.label("after"))
        .where(row.local_day.between(first, last))
        .order_by(row.local_day, row.series_title, row.episode_number, row.language.desc())
    )


def _as_changed(row: Any) -> ChangedAiring:
    return ChangedAiring._make([*(row[name] for name in ChangedAiring._fields[:-1]), bool(row["after"])])


def _add(before: Any, changed: Iterable[Any], name: str) -> dict[str, int]:
    found = Counter(before)
    for row in changed:
        found[row[name]] += 1 if row["after"] else -1
    return {key: number for key, number in found.items() if number}


def _series_after(before: Count, ordinary: Sequence[Any]) -> dict[str, int]:
    """Airings that would count, by the title that the series bore last, as `counting.count` tells them."""
    titles = {row["series_id"]: row["series_title"] for row in ordinary}
    numbers: Counter[str] = Counter(dict.fromkeys(before.by_series, 0))
    numbers.update(titles[row["series_id"]] for row in ordinary if row["after"])
    told = {title: number for title, number in numbers.items() if number} or dict(numbers)
    return dict(sorted(told.items(), key=lambda item: (-item[1], item[0])))


def _reasons(session: Session, airings: Collection[UUID], rules: Sequence[Rule]) -> dict[str, int]:
    asked, found = list(airings), []
    for start in range(0, len(asked), _AT_ONCE):
        reasons = counting.find_main_reasons(session, asked[start : start + _AT_ONCE], rules)
        found += list(reasons.values())
    return counting.count_reasons(found)


def _apart_after(rows: Iterable[Any]) -> dict[str, int]:
    found = Counter(
        apart_of(priority=row["priority"], exercise=row["exercise"]).value for row in rows if row["after"]
    )  # fmt: skip
    return {part.value: found[part.value] for part in (Apart.EXERCISE, Apart.EMERGENCY)}

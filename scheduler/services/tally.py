"""The tallies kept beside the as-run log: brought along with every entry, rebuilt from the log, compared with it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session, aliased

from scheduler.domain.counting import (
    FIRST_RULE,
    FULL_SHARE,
    SECONDS_TOLERANCE,
    Apart,
    Outcome,
    Rule,
    apart_of,
    delivery_counts,
    outcome_of,
    rule_days,
    rule_on,
    share_of,
)
from scheduler.domain.planning import Priority
from scheduler.domain.playout import EntryKind
from scheduler.models import AiringTally, AreaAiringTally, AsRunEntry, CountingRule, MonthTally
from scheduler.services import bulk, tally_differences
from scheduler.services.bulk import OnConflict
from scheduler.services.tally_differences import TallyDifference

Values = dict[str, Any]
AreaKey = tuple[UUID, int]
MonthKey = tuple[str, int, str, int, str]

_ONE_WRITER = 5_120_051
"""Key of PostgreSQL's advisory lock: one transaction at a time brings tallies along (SQLite has one writer anyway)."""
_SUMS = ("zones_sounded", "zones_partial", "zones_missed", "loudspeakers_reached", "seconds_sounded")
_MONTH_SUMS = ("zones_sounded", "zones_partial", "zones_missed", "seconds_sounded")
_TITLES = ("series_title", "episode_year", "episode_number", "title", "priority", "exercise")
_ROWS_AT_ONCE = 2_000
_AIRINGS_AT_ONCE = 200


def read_rules(session: Session) -> list[Rule]:
    """All rules a station ever adopted, by number; the first one alone where nobody adopted any."""
    columns = (CountingRule.number, CountingRule.least_share, CountingRule.least_evidence, CountingRule.valid_from)
    rows = session.execute(select(*columns).order_by(CountingRule.number))
    rules = [Rule(**row) for row in rows.mappings()]
    return rules or [FIRST_RULE]


def proven_by(rules: Sequence[Rule]) -> ColumnElement[bool]:
    """Tell of an entry whether its evidence is enough for the rule of its day."""
    return _by_day(rules, lambda rule: AsRunEntry.evidence.in_(rule.accepted))


def enough_by(rules: Sequence[Rule]) -> ColumnElement[bool]:
    """`delivery_counts` as the database reckons it, by the rule of each entry's day."""
    sounded, planned = AsRunEntry.seconds_sounded, AsRunEntry.seconds_planned
    shares = _by_day(rules, lambda rule: sounded >= rule.least_share * planned - SECONDS_TOLERANCE)
    return and_(proven_by(rules), planned > 0, sounded > 0, shares)


def _by_day(rules: Sequence[Rule], met: Callable[[Rule], ColumnElement[bool]]) -> ColumnElement[bool]:
    stretches = rule_days(rules)
    if len(stretches) == 1:
        return met(stretches[0].rule)
    day = AsRunEntry.local_day
    return or_(
        *(
            and_(
                true() if stretch.first is None else day >= stretch.first,
                true() if stretch.last is None else day <= stretch.last,
                met(stretch.rule),
            )
            for stretch in stretches
        )
    )


def entry_holds() -> ColumnElement[bool]:
    """Of several entries about a delivery, the one that holds: no later attempt took its place."""
    later = aliased(AsRunEntry)
    superseded = select(later.id).where(
        later.airing_id == AsRunEntry.airing_id,
        later.zone_id == AsRunEntry.zone_id,
        later.attempt > AsRunEntry.attempt,
    )
    return ~superseded.exists()


def lock(session: Session) -> None:
    """Let this transaction alone write entries and tallies until it ends; others wait for it."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_WRITER})


def bring_along(session: Session, written: Sequence[Mapping[str, Any]]) -> None:
    """Add entries just written to the tallies. The transaction holds the lock.

    An airing that has corrections is tallied from the log anew, since a correction takes the place of an earlier entry.
    """
    rules = read_rules(session)
    airings = {row["airing_id"] for row in written}
    before = _kept_area_rows(session, airings)
    corrected = _corrected(session, airings)
    after = {key: dict(row) for key, row in before.items() if key[0] not in corrected}
    for entry in written:
        if entry["airing_id"] not in corrected:
            _add_entry(after, entry, rule_on(rules, entry["local_day"]))
    if corrected:
        after.update((_area_key(row), row) for row in _logged_area_rows(session, rules, corrected))
    _write(session, AreaAiringTally, after.values())
    _write_airings(session, after, written)
    _write_months(session, before, after)


def recompute(session: Session) -> int:
    """Rebuild all tallies from the log, each day by its rule; says how many airings there are."""
    lock(session)
    for table in (AreaAiringTally, AiringTally, MonthTally):
        session.execute(delete(table))
    areas = {_area_key(row): row for row in _logged_area_rows(session, read_rules(session))}
    airings = _airing_rows(areas, _logged_titles(session))
    _write(session, AreaAiringTally, areas.values())
    _write(session, AiringTally, airings.values())
    _write(session, MonthTally, _month_rows(areas.values()).values())
    return len(airings)


def recount(session: Session, *, since: date) -> int:
    """Tally airings from a local day on from the log anew, as another rule asks for; says how many there are.

    An airing that went over midnight bears the day on which it began, hence the day before.
    """
    lock(session)
    rules = read_rules(session)
    reached = select(AiringTally.airing_id).where(AiringTally.local_day >= since - timedelta(days=1))
    left = iter(airings := list(session.scalars(reached)))
    while chunk := list(islice(left, _AIRINGS_AT_ONCE)):
        before = _kept_area_rows(session, chunk)
        after = {_area_key(row): row for row in _logged_area_rows(session, rules, chunk)}
        _write(session, AreaAiringTally, after.values())
        _write(session, AiringTally, _airing_rows(after, _logged_titles(session, chunk)).values())
        _write_months(session, before, after)
    return len(airings)


def check(session: Session) -> list[TallyDifference]:
    """Compare all tallies with what the log says by the rule of each day; empty when they are equal."""
    found = _compare(session)
    if found:
        # Entries may have been written between two looks; with the lock held they cannot.
        lock(session)
        found = _compare(session)
    return found


def _compare(session: Session) -> list[TallyDifference]:
    areas = {_area_key(row): row for row in _logged_area_rows(session, read_rules(session))}
    titles = _logged_titles(session)
    airings = _airing_rows({key: row for key, row in areas.items() if key[0] in titles}, titles)
    return [
        *tally_differences.find(session, AreaAiringTally, areas.values()),
        *tally_differences.find(session, AiringTally, airings.values()),
        *tally_differences.find(session, MonthTally, _month_rows(areas.values()).values()),
    ]


# --- area tallies -----------------------------------------------------------------------------------------------
def _area_key(row: Mapping[str, Any]) -> AreaKey:
    return row["airing_id"], row["area_id"]


def _kept_area_rows(session: Session, airings: Collection[UUID]) -> dict[AreaKey, Values]:
    table = AreaAiringTally.__table__
    these = bulk.among(session, AreaAiringTally.airing_id, airings)
    rows = session.execute(select(table).where(these)).mappings()
    return {_area_key(kept): kept for kept in map(dict, rows)}


def _corrected(session: Session, airings: Collection[UUID]) -> set[UUID]:
    """Which of these airings have corrections (the number is spelled out so that the partial index serves)."""
    these = bulk.among(session, AsRunEntry.airing_id, airings)
    found = select(AsRunEntry.airing_id).where(these, literal_column("attempt > 1"))
    return set(session.scalars(found))


def _add_entry(rows: dict[AreaKey, Values], entry: Mapping[str, Any], rule: Rule) -> None:
    row = rows.setdefault(_area_key(entry), _empty_area_row(entry))
    sounded, planned = entry["seconds_sounded"], entry["seconds_planned"]
    row[f"zones_{outcome_of(entry['kind'], sounded=sounded, planned=planned)}"] += 1
    row["seconds_sounded"] += sounded
    row["loudspeakers_reached"] += entry["loudspeakers"] if sounded > 0 else 0
    row["local_day"] = min(row["local_day"], entry["local_day"])
    row["local_month"] = min(row["local_month"], entry["local_month"])
    if entry["evidence"].at_least(rule.least_evidence):
        row["best_share"] = max(row["best_share"], share_of(sounded=sounded, planned=planned))
    row["counts"] |= delivery_counts(sounded=sounded, planned=planned, evidence=entry["evidence"], rule=rule)


def _empty_area_row(entry: Mapping[str, Any]) -> Values:
    copied = ("airing_id", "area_id", "area_name", "series_id", "language", "local_day", "local_month")
    return {
        **{name: entry[name] for name in copied},
        **dict.fromkeys(_SUMS, 0),
        "apart": apart_of(priority=entry["priority"], exercise=entry["exercise"]).value,
        "seconds_sounded": 0.0,
        "best_share": 0.0,
        "counts": False,
    }


def _logged_area_rows(
    session: Session, rules: Sequence[Rule], airings: Collection[UUID] | None = None
) -> Iterator[Values]:
    """What the entries that hold come to by airing and area, reckoned by the database."""
    query = _area_query(rules)
    if airings is not None:
        query = query.where(AsRunEntry.airing_id.in_(airings))
    for row in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)).mappings():
        yield {**row, "counts": bool(row["counts"])}


def _area_query(rules: Sequence[Rule]) -> Select[*tuple[Any, ...]]:
    entry = AsRunEntry
    sounded, planned = entry.seconds_sounded, entry.seconds_planned
    proven = proven_by(rules)
    share = case((planned <= 0, 0.0), (sounded >= planned, 1.0), else_=sounded / planned)
    apart = case(
        (entry.exercise == true(), Apart.EXERCISE.value),
        (entry.priority >= int(Priority.EMERGENCY), Apart.EMERGENCY.value),
        else_=Apart.NO.value,
    )
    outcome = _outcome_case()
    return (
        select(
            entry.airing_id,
            entry.area_id,
            func.max(entry.area_name).label("area_name"),
            func.max(entry.series_id).label("series_id"),
            func.max(entry.language).label("language"),
            func.max(apart).label("apart"),
            func.min(entry.local_day).label("local_day"),
            func.min(entry.local_month).label("local_month"),
            *(_how_many(outcome == kind.value).label(f"zones_{kind}") for kind in Outcome),
            func.sum(case((sounded > 0, entry.loudspeakers), else_=0)).label("loudspeakers_reached"),
            func.sum(sounded).label("seconds_sounded"),
            func.max(case((proven, share), else_=0.0)).label("best_share"),
            func.max(case((enough_by(rules), 1), else_=0)).label("counts"),
        )
        .where(entry_holds())
        .group_by(entry.airing_id, entry.area_id)
    )


def _how_many(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))


def _outcome_case() -> ColumnElement[str]:
    """`outcome_of` as the database reckons it; a test holds the two together."""
    kind, sounded, planned = AsRunEntry.kind, AsRunEntry.seconds_sounded, AsRunEntry.seconds_planned
    corrected = kind == EntryKind.CORRECTION
    whole = sounded >= planned * FULL_SHARE - SECONDS_TOLERANCE
    return case(
        (or_(kind.in_((EntryKind.MISSED, EntryKind.FAILED)), and_(corrected, sounded <= 0)), Outcome.MISSED.value),
        (or_(kind == EntryKind.SOUNDED, and_(corrected, whole)), Outcome.SOUNDED.value),
        else_=Outcome.PARTIAL.value,
    )


# --- airing and month tallies -------------------------------------------------------------------------------------
def _airing_rows(areas: Mapping[AreaKey, Values], titles: Mapping[UUID, Values]) -> dict[UUID, Values]:
    rows: dict[UUID, Values] = {}
    for area in areas.values():
        row = rows.get(area["airing_id"])
        if row is None:
            rows[area["airing_id"]] = _first_of_airing(area, titles[area["airing_id"]])
            continue
        for name in _SUMS:
            if name in row:
                row[name] += area[name]
        for name, choose in (("local_day", min), ("local_month", min), ("best_share", max), ("counts", max)):
            row[name] = choose(row[name], area[name])
    return rows


def _first_of_airing(area: Values, titles: Mapping[str, Any]) -> Values:
    copied = {name: area[name] for name in AiringTally.__table__.columns.keys() if name in area}  # noqa: SIM118 -- keys of a collection that iterates over columns
    return {**copied, **{name: titles[name] for name in _TITLES}}


def _logged_titles(session: Session, airings: Collection[UUID] | None = None) -> dict[UUID, Values]:
    """What each airing was called when it first entered the log."""
    first = select(func.min(AsRunEntry.id)).group_by(AsRunEntry.airing_id)
    if airings is not None:
        first = first.where(AsRunEntry.airing_id.in_(airings))
    columns = [getattr(AsRunEntry, name) for name in ("airing_id", *_TITLES)]
    rows = session.execute(select(*columns).where(AsRunEntry.id.in_(first))).mappings()
    return {row["airing_id"]: dict(row) for row in rows}


def _write_airings(session: Session, areas: Mapping[AreaKey, Values], written: Sequence[Mapping[str, Any]]) -> None:
    titles: dict[UUID, Values] = {}
    for entry in written:
        titles.setdefault(entry["airing_id"], {name: entry[name] for name in _TITLES})
    table = AiringTally.__table__
    known = select(table.c.airing_id, *(table.c[name] for name in _TITLES)).where(
        bulk.among(session, AiringTally.airing_id, titles)
    )
    titles.update({row["airing_id"]: dict(row) for row in session.execute(known).mappings()})
    _write(session, AiringTally, _airing_rows(areas, titles).values())


def _month_key(row: Mapping[str, Any]) -> MonthKey:
    return row["local_month"], row["series_id"], row["language"], row["area_id"], row["apart"]


def _month_rows(areas: Iterable[Mapping[str, Any]]) -> dict[MonthKey, Values]:
    rows: dict[MonthKey, Values] = {}
    for area in areas:
        _add_to_month(rows, area, sign=1)
    return rows


def _add_to_month(rows: dict[MonthKey, Values], area: Mapping[str, Any], *, sign: int) -> None:
    key = _month_key(area)
    if key not in rows:
        copied = ("local_month", "series_id", "language", "area_id", "apart", "area_name")
        rows[key] = {**{name: area[name] for name in copied}, **dict.fromkeys(_MONTH_SUMS, 0), "airings_counted": 0}
        rows[key]["seconds_sounded"] = 0.0
    for name in _MONTH_SUMS:
        rows[key][name] += sign * area[name]
    rows[key]["airings_counted"] += sign * int(area["counts"])


def _write_months(session: Session, before: Mapping[AreaKey, Values], after: Mapping[AreaKey, Values]) -> None:
    """Add what changed to the months; a month that lost its last airing stays with zeros."""
    changes = _month_rows(after.values())
    for area in before.values():
        _add_to_month(changes, area, sign=-1)
    _write(session, MonthTally, changes.values(), adding=(*_MONTH_SUMS, "airings_counted"))


# --- writing ----------------------------------------------------------------------------------------
def _write(session: Session, mapped: Any, rows: Iterable[Values], *, adding: Collection[str] = ()) -> None:
    """Insert rows, or bring those with the same key to these values (or add these values to them)."""
    table: Table = mapped.__table__
    keys = tuple(column.name for column in table.primary_key)
    others = (column.name for column in table.columns if column.name not in {*keys, *tally_differences.NOT_COMPARED})
    conflict = OnConflict(keys=keys, replaced=() if adding else tuple(others), added=tuple(adding))
    left = iter(rows)
    while chunk := list(islice(left, _ROWS_AT_ONCE)):
        bulk.insert(session, mapped, chunk, conflict=conflict)

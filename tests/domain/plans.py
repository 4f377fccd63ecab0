"""Values for tests of planning: a series, its episodes, slots, and villages with their languages and hours."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from scheduler.domain.coverage import Hours
from scheduler.domain.drawing import draw_up
from scheduler.domain.planning import (
    Coverage,
    EditionToPlan,
    EpisodeToPlan,
    Era,
    Plan,
    SeriesRule,
    SlotToPlan,
    Take,
    ZoneToPlan,
)
from scheduler.domain.recurrence import Recurrence

STATION = ZoneInfo("Asia/Ho_Chi_Minh")
DAY_HOURS: Hours = ((time(5), time(21)),)
SERIES = SeriesRule(id=1, languages=("vi", "blt"), shortest_seconds=480, longest_seconds=600)
OTHER_SERIES = SeriesRule(id=2, languages=("vi",), shortest_seconds=60, longest_seconds=7200)
TONG, HUM, TO_1 = 1, 2, 3
"""Bản Tông hears Thái then phổ thông, bản Hụm only Thái, tổ 1 only phổ thông."""
VILLAGES = (
    ZoneToPlan(id=TONG, languages=("blt", "vi")),
    ZoneToPlan(id=HUM, languages=("blt",)),
    ZoneToPlan(id=TO_1, languages=("vi",)),
)
EVERYWHERE = frozenset({TONG, HUM, TO_1})


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time at the station."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=STATION).astimezone(UTC)


MONDAY = date(2026, 11, 23)


def episode(
    number: int,
    *,
    series: SeriesRule = SERIES,
    year: int = 2026,
    seconds: float = 540,
    approved: Sequence[str] = ("vi", "blt"),
    waiting: Sequence[str] = (),
) -> EpisodeToPlan:
    """An episode with approved editions, and editions whose takes wait for approval."""
    identity = series.id * 10_000 + number
    editions = {
        language: EditionToPlan(
            id=identity * 10 + len(language),
            language=language,
            recorded=True,
            take=Take(
                recording_sha256=f"o{identity}{language}", master_sha256=f"m{identity}{language}", seconds=seconds
            )
            if language in approved
            else None,
        )
        for language in (*approved, *waiting)
    }
    return EpisodeToPlan(
        id=identity, series_id=series.id, year=year, number=number, title=f"Số {number}", editions=editions
    )


def slot(
    identity: int = 1,
    *,
    code: str = "",
    rule: str = "FREQ=DAILY",
    starts: time = time(5, 30),
    series: SeriesRule = SERIES,
    begins: date = date(2026, 1, 1),
    ends: date | None = None,
    **others: object,
) -> SlotToPlan:
    recurrence = Recurrence(rule=rule, starts_at_local=starts, valid_from=begins, valid_to=ends, zone=STATION)
    return SlotToPlan(id=identity, code=code or f"slot-{identity}", series=series, recurrence=recurrence, **others)  # type: ignore[arg-type]


def coverage(
    reached: Mapping[int, frozenset[int]],
    *,
    zones: Sequence[ZoneToPlan] = VILLAGES,
    hours: Mapping[int, Hours] | None = None,
) -> Coverage:
    """Which slot reaches which zones; hours are from five to nine where nothing else is said."""
    said = {zone.id: DAY_HOURS for zone in zones} | dict(hours or {})
    return Coverage(zones=tuple(zones), eras=(Era(first_day=date(2026, 1, 1), reached=reached, hours=said),))


def draw(
    slots: Sequence[SlotToPlan],
    episodes: Sequence[EpisodeToPlan],
    *,
    first: date = MONDAY,
    last: date = MONDAY,
    reached: Mapping[int, frozenset[int]] | None = None,
    hours: Mapping[int, Hours] | None = None,
    zones: Sequence[ZoneToPlan] = VILLAGES,
    **others: object,
) -> Plan:
    """The plan of whole local days; every slot reaches every village where nothing else is said."""
    start, end = at(first, 0), at(date.fromordinal(last.toordinal() + 1), 0)
    everywhere = {item.id: frozenset(zone.id for zone in zones) for item in slots}
    where = coverage(everywhere if reached is None else reached, zones=zones, hours=hours)
    arguments = {"exceptions": (), "history": (), "coverage": where} | others
    return draw_up(slots, episodes=episodes, start=start, end=end, zone=STATION, **arguments)  # type: ignore[arg-type]

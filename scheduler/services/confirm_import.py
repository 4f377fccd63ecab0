"""Many confirmations from a workbook: what each line means, all that is wrong at once, and the sheet to fill in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.confirmation import (
    COLUMNS,
    CONFIRMATIONS,
    TOLD_WORDS,
    ConfirmedLine,
    Told,
    read_confirmations,
)
from scheduler.domain.logbook import Problem, same
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import Evidence, Reason
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.spreadsheet import Cell
from scheduler.domain.text import fold
from scheduler.domain.time import day_span, local_day, local_instant
from scheduler.errors import LogbookProblems
from scheduler.labels import label
from scheduler.models import Airing, AsRunEntry, Broadcast, Episode, Programme, Zone
from scheduler.services import confirming, unreported
from scheduler.services.confirming import Confirmation, Confirmed
from scheduler.services.confirming_view import WaitingDelivery
from scheduler.services.unreported import Delivery
from scheduler.services.workbook import read_workbook, write_sheets

GUIDE = "Hướng dẫn"
_LONGER_BY = 5.0
"""Seconds that it may be told longer than the edition: stop-watches are not exact."""
_SAME_WITHIN = 1.0
_LineKey = tuple[date, int, int, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedConfirmations:
    """What a workbook did (or would do)."""

    done: Confirmed
    blank: int
    """Lines without a result."""
    lines: Sequence[tuple[ConfirmedLine, str]] = ()
    """What it says of which zone (by name), line by line."""


@dataclass(kw_only=True, slots=True)
class _Work:
    """What is known while lines are matched with deliveries."""

    now: datetime
    zone: ZoneInfo
    zones: Mapping[str, Zone]
    deliveries: Mapping[_LineKey, Mapping[Delivery, frozenset[str]]] = field(default_factory=dict)
    planned: Mapping[Delivery, unreported.Unreported] = field(default_factory=dict)
    logged: Mapping[Delivery, AsRunEntry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    taken: set[Delivery] = field(default_factory=set)

    def blame(self, code: str, row: int, column: str, **facts: object) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(Problem(code=code, sheet=CONFIRMATIONS, row=row, column=column, facts=facts))


def import_file(
    session: Session,
    path: Path,
    *,
    by: str,
    user_id: int | None,
    now: datetime,
    zone: ZoneInfo,
    scope: Scope = EVERYWHERE,
) -> ImportedConfirmations:
    """Take a workbook of confirmations, all or nothing; what the log says already is left as it is.

    Raises `LogbookUnreadable`, `LogbookProblems` with every problem at once, `DeliveryChanged`.
    """
    sheet = read_confirmations(read_workbook(path), reasons=_reasons())
    zones = _zones(session, scope)
    work = _Work(now=now, zone=zone, zones=zones, problems=list(sheet.problems))
    _look_up(session, work, sheet.lines, scope)
    said = [(line, item) for line in sheet.lines if (item := _match(work, line)) is not None]
    if work.problems:
        found = sorted(work.problems, key=lambda item: item.row or 0)
        raise LogbookProblems(count=len(found), problems=[asdict(problem) for problem in found])
    fresh = [item for _, item in said if not _is_known(work, item)]
    done = (
        confirming.take(session, fresh, by=by, user_id=user_id, now=now, zone=zone, scope=scope)
        if fresh
        else Confirmed()
    )
    known = done.known + len(said) - len(fresh)
    told = [(line, work.zones[same(line.zone)].name) for line, _ in said]
    return ImportedConfirmations(
        done=Confirmed(written=done.written, asked=done.asked, known=known), blank=sheet.blank, lines=told
    )


# --- which delivery -------------------------------------------------------------------------------------------------
def _reasons() -> dict[str, Reason]:
    words = {fold(label(reason, language=language)): reason for language in ("en", "vi") for reason in Reason}
    return {fold(reason.value): reason for reason in Reason} | words


def _zones(session: Session, scope: Scope) -> dict[str, Zone]:
    return {same(zone.code): zone for zone in session.scalars(select(Zone)) if scope.holds(zone.area_id)}


def _look_up(session: Session, work: _Work, lines: Sequence[ConfirmedLine], scope: Scope) -> None:
    """Read once what plan and log have for the days and zones of all lines."""
    zones = {work.zones[same(line.zone)].id for line in lines if same(line.zone) in work.zones}
    if not zones:
        return
    span = day_span(min(line.day for line in lines), max(line.day for line in lines), work.zone)
    rows = session.execute(
        select(Airing.id, Programme.zone_id, Airing.language, Episode.number, Broadcast.starts_at)
        .join(Broadcast, Broadcast.id == Airing.broadcast_id)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .join(Programme, Programme.broadcast_id == Broadcast.id)
        .where(
            Broadcast.starts_at >= span.starts_at,
            Broadcast.starts_at < span.ends_at,
            Broadcast.state != BroadcastState.CANCELLED,
            Programme.zone_id.in_(zones),
        )
    ).all()
    keys = [(airing_id, zone_id) for airing_id, zone_id, *_ in rows]
    work.logged = confirming.find_logged(session, keys, scope=scope)
    work.planned = unreported.find(session, [key for key in keys if key not in work.logged])
    found: dict[_LineKey, dict[Delivery, frozenset[str]]] = defaultdict(dict)
    for airing_id, zone_id, language, number, starts_at in rows:
        key = (airing_id, zone_id)
        known = work.logged.get(key) or work.planned.get(key)
        if known is not None:
            line = (local_day(starts_at, work.zone), zone_id, number, language)
            clocks = {f"{at.astimezone(work.zone):%H:%M}" for at in (starts_at, known.planned_at)}
            found[line][key] = frozenset(clocks)
    work.deliveries = found


def _match(work: _Work, line: ConfirmedLine) -> Confirmation | None:
    """The delivery that a line speaks of with what it says; None with the problem noted."""
    zone = work.zones.get(same(line.zone))
    if zone is None:
        work.blame("confirm_zone_unknown", line.row, "vùng", value=line.zone)
        return None
    there = work.deliveries.get((line.day, zone.id, line.number, line.language), {})
    fitting = [key for key, clocks in there.items() if f"{line.at:%H:%M}" in clocks]
    if len(fitting) != 1:
        code = "confirm_ambiguous" if fitting else "confirm_not_planned"
        times = sorted({clock for clocks in there.values() for clock in clocks})
        work.blame(code, line.row, "giờ", value=f"{line.at:%H:%M} {line.day:%d/%m/%Y}", known=", ".join(times) or "–")
        return None
    (key,) = fitting
    if key in work.taken:
        work.blame("confirm_twice", line.row, "vùng", value=line.zone)
    work.taken.add(key)
    return _checked(work, line, key)


def _checked(work: _Work, line: ConfirmedLine, key: Delivery) -> Confirmation | None:
    last, plan = work.logged.get(key), work.planned.get(key)
    length = last.seconds_planned if last is not None else work.planned[key].seconds
    if plan is not None and not plan.is_over(work.now):
        work.blame("confirm_not_over", line.row, "giờ", value=f"{line.at:%H:%M}")
        return None
    seconds = {Told.FULL: length, Told.NONE: 0.0}.get(line.told, line.seconds or 0.0)
    if seconds > length + _LONGER_BY:
        work.blame("logbook_sounded_too_long", line.row, "phát được", seconds=seconds, length=round(length))
        return None
    item = Confirmation(
        airing_id=key[0],
        zone_id=key[1],
        seconds=None if line.told is Told.FULL else min(seconds, length),
        reason=line.reason,
        started_at=None if line.started_at is None else local_instant(line.day, line.started_at, work.zone),
        source=line.source,
        seen=0 if last is None else last.attempt,
    )
    if last is not None and _is_by_person(last) and not _is_known(work, item):
        known = f"{last.seconds_sounded:g}".replace(".", ",")
        work.blame("confirm_contradicts", line.row, "kết quả", by=last.recorded_by, seconds=known)
    return item


def _is_by_person(last: AsRunEntry) -> bool:
    return last.evidence is Evidence.CONFIRMED


def _is_known(work: _Work, item: Confirmation) -> bool:
    """Tell whether a person has said that already."""
    last = work.logged.get(item.key)
    if last is None or not _is_by_person(last):
        return False
    seconds = last.seconds_planned if item.seconds is None else item.seconds
    return abs(last.seconds_sounded - seconds) <= _SAME_WITHIN and last.reason == item.reason


# --- the sheet to fill in -------------------------------------------------------------------------------------------
def write_file(stream: BinaryIO, waiting: Iterable[WaitingDelivery], *, zone: ZoneInfo) -> None:
    """A workbook with a line for each delivery that waits; its result is left empty."""
    lines = (_cells(item, zone) for item in waiting)
    write_sheets(stream, {CONFIRMATIONS: (COLUMNS, lines), GUIDE: (("cột", "ghi", "nghĩa là"), _guide())})


def _cells(item: WaitingDelivery, zone: ZoneInfo) -> list[Cell]:
    at = item.planned_at.astimezone(zone)
    known: dict[str, Any] = {
        "ngày": at.date(), "giờ": f"{at:%H:%M}", "vùng": item.zone_code, "tên vùng": item.zone_name,
        "số": item.number, "ngôn ngữ": item.language, "tên chuyên mục": item.title,
    }  # fmt: skip
    return [known.get(column) for column in COLUMNS]


def _guide() -> Iterable[Sequence[Cell]]:
    meant = {
        Told.FULL: "nghe đủ cả bản; không cần ghi “phát được” và “lý do”",
        Told.PART: "nghe được một phần; ghi “phát được” (phút:giây) và “lý do”",
        Told.NONE: "không nghe được gì; ghi “lý do”",
    }
    yield "kết quả", "(để trống)", "chưa hỏi được; dòng này không được nhập"
    for told, word in TOLD_WORDS.items():
        yield "kết quả", word, meant[told]
    yield "phát được", "06:30", "6 phút 30 giây"
    yield "bắt đầu lúc", "05:42", "giờ bắt đầu thực tế, nếu khác giờ kế hoạch"
    yield "người báo", "ông Lò Văn Bun, trưởng bản", "ai cho biết; bắt buộc"
    yield "điện thoại", "0912 345 678", "số đã gọi; để trống nếu biết cách khác"
    for code, names in LANGUAGE_NAMES.items():
        yield "ngôn ngữ", code, f"tiếng {names['vi']}"
    for reason in Reason:
        yield "lý do", label(reason), ""

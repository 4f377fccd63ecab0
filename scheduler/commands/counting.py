"""Commands of the topic counting: counts of a period, the as-run log, the tallies, a past from a logbook."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from scheduler.commands.listing import DAY, as_json_option, print_rows, today
from scheduler.domain.counting import Count, Rule, RuleDays, tell_count, tell_number
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.domain.spreadsheet import safe_text
from scheduler.errors import LogbookProblems
from scheduler.labels import label, label_missed
from scheduler.models import AsRunEntry
from scheduler.services import as_run, counting, logbook, programme
from scheduler.services import playout as going_to_air
from scheduler.station import Station
from scheduler.wording import word

DIFFERENT_STATUS = 1
FORMATS = click.Choice(["text", "json", "csv"])
MONTH_HEADINGS = {
    "month": "tháng",
    "language": "tiếng",
    "area": "địa bàn",
    "airings": "lần phát",
    "zones_sounded": "vùng đã phát",
    "zones_partial": "vùng phát một phần",
    "zones_missed": "vùng không phát",
    "seconds": "giây",
}
LOG_HEADINGS = {
    "at": "giờ",
    "zone": "vùng",
    "number": "số",
    "language_told": "tiếng",
    "outcome": "kết quả",
    "seconds_told": "giây",
    "reason_told": "lý do",
    "evidence_told": "bằng chứng",
}
DIFFERENCE_HEADINGS = {"table": "bảng", "key": "khóa", "column": "cột", "kept": "đang ghi", "logged": "theo nhật ký"}


@click.command()
@click.option("--from", "first", type=DAY, required=True, help="First day, YYYY-MM-DD or dd/mm/yyyy.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, included.")
@click.option("--series", "code", help="Count one series only.")
@click.option("--by-month", is_flag=True, help="Month by language and area instead, for the months of the period.")
@click.option("--format", "form", type=FORMATS, default="text", show_default=True)
@click.pass_obj
def count(station: Station, first: date, last: date, code: str | None, by_month: bool, form: str) -> None:
    """Count what was made and broadcast in a period, for the official report."""
    with station.readers.begin() as session:
        series = programme.get_series(session, code) if code else None
        if by_month:
            months = counting.count_months(session, first=first, last=last, series=series)
            _print_months([row._asdict() for row in months], form)
            return
        found = counting.count(session, first=first, last=last, series=series, zone=station.settings.time_zone)
    if form == "json":
        click.echo(json.dumps(as_json(found), ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo(_as_csv(["figure", "of", "number"], _figures(found)), nl=False)
    else:
        click.echo(_as_text(found, language=station.settings.language))


def as_json(found: Count) -> dict[str, Any]:
    """A count as machines read it."""
    return {
        "produced": {"total": found.produced_total, "by_language": dict(found.produced)},
        "broadcast": {"total": found.broadcast_total, "by_language": dict(found.broadcast)},
        "planned": found.planned,
        "missed_by_reason": dict(found.missed_by_reason),
        "rule": _rule(found.rule),
        "rules": [
            {
                **_rule(item.rule),
                "first": item.first and item.first.isoformat(),
                "last": item.last and item.last.isoformat(),
            }
            for item in found.rule_days
        ],
        "sentence": found.sentence,
        "apart": dict(found.apart),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {"number": rule.number, "least_share": rule.least_share, "least_evidence": rule.least_evidence.value}


def _figures(found: Count) -> list[list[Any]]:
    rows: list[list[Any]] = [["produced", "", found.produced_total]]
    rows += [["produced", language, number] for language, number in found.produced.items()]
    rows += [["broadcast", "", found.broadcast_total]]
    rows += [["broadcast", language, number] for language, number in found.broadcast.items()]
    rows += [["planned", "", found.planned]]
    rows += [["missed", reason, number] for reason, number in found.missed_by_reason.items()]
    return rows + [["apart", kind, number] for kind, number in found.apart.items()]


def _as_csv(heading: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows([[_as_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _as_cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is marked as text."""
    return safe_text(value) if isinstance(value, str) else value


def _as_text(found: Count, *, language: str) -> str:
    lines = [
        tell_count(found, language=language),
        "",
        f"Xây dựng:  {_tell_languages(found.produced, found.produced_total)}",
        f"Phát:      {_tell_languages(found.broadcast, found.broadcast_total)}",
        f"Kế hoạch:  {tell_number(found.planned)} lần",
        f"Để riêng:  phát thử {found.apart['exercise']}, phát khẩn cấp {found.apart['emergency']}",
    ]
    lines += [f"Không tính: {number} lần ({label_missed(reason)})" for reason, number in found.missed_by_reason.items()]
    lines += [_tell_rule(item, alone=len(found.rule_days) == 1) for item in found.rule_days]
    return "\n".join(lines)


def _tell_rule(item: RuleDays, *, alone: bool) -> str:
    rule = item.rule
    share = f"{rule.least_share * 100:g}".replace(".", ",")
    days = "" if alone or item.first is None or item.last is None else f" ({item.first:%d/%m/%Y}–{item.last:%d/%m/%Y})"
    evidence = label(rule.least_evidence)
    return f"Quy tắc số {rule.number}{days}: ít nhất một vùng phát được từ {share}%, bằng chứng ít nhất “{evidence}”."


def _tell_languages(numbers: Mapping[str, int], total: int) -> str:
    each = ", ".join(
        f"{LANGUAGE_NAMES.get(code, {}).get('vi', code)} {tell_number(n)}" for code, n in numbers.items()
    )  # fmt: skip
    return tell_number(total) + (f" ({each})" if each else "")


def _print_months(rows: list[dict[str, Any]], form: str) -> None:
    if form == "csv":
        click.echo(_as_csv(list(MONTH_HEADINGS), [[row[key] for key in MONTH_HEADINGS] for row in rows]), nl=False)
        return
    for row in rows:
        row["seconds"] = round(row["seconds"], 1)
    print_rows(MONTH_HEADINGS, rows if form == "json" else [_told_month(row) for row in rows], as_json=form == "json")


def _told_month(row: Mapping[str, Any]) -> dict[str, Any]:
    year, _, month = row["month"].partition("-")
    spoken = LANGUAGE_NAMES.get(row["language"], {}).get("vi", row["language"])
    return {**row, "month": f"{month}/{year}", "language": spoken}


@click.command()
@click.option("--day", type=DAY, help="Local day; default: today.")
@click.option("--zone", "zone_code", default="", help="Code of one zone.")
@as_json_option
@click.pass_obj
def log(station: Station, day: date | None, zone_code: str, as_json: bool) -> None:
    """List the as-run log of a day: what became of each airing in each zone."""
    with station.readers.begin() as session:
        entries = as_run.find_entries(session, day=day or today(station), zone_code=zone_code)
        rows = [_log_row(entry, station) for entry in entries]
    print_rows(LOG_HEADINGS, rows, as_json=as_json)


def _log_row(entry: AsRunEntry, station: Station) -> dict[str, Any]:
    zone = station.settings.time_zone
    language = station.settings.language
    return {
        "at": f"{entry.planned_at.astimezone(zone):%H:%M:%S}",
        "airing": str(entry.airing_id),
        "broadcast": str(entry.broadcast_id),
        "zone": entry.zone_code,
        "zone_name": entry.zone_name,
        "area": entry.area_name,
        "series": entry.series_title,
        "number": entry.episode_number,
        "title": entry.title,
        "language": entry.language,
        "language_told": LANGUAGE_NAMES.get(entry.language, {}).get(language, entry.language),
        "attempt": entry.attempt,
        "kind": entry.kind.value,
        "outcome": label(entry.kind, language=language),
        "planned_at": entry.planned_at.isoformat(),
        "started_at": entry.started_at and entry.started_at.isoformat(),
        "ended_at": entry.ended_at and entry.ended_at.isoformat(),
        "seconds_planned": round(entry.seconds_planned, 3),
        "seconds_sounded": round(entry.seconds_sounded, 3),
        "seconds_told": round(entry.seconds_sounded, 1),
        "reason": entry.reason and entry.reason.value,
        "reason_told": label(entry.reason, language=language) if entry.reason else "",
        "evidence": entry.evidence.value,
        "evidence_told": label(entry.evidence, language=language),
        "loudspeakers": entry.loudspeakers,
        "source": entry.source,
        "recorded_by": entry.recorded_by,
        "note": entry.note,
    }


@click.group()
def tally() -> None:
    """Tallies: compare them with the as-run log, or rebuild them from it."""


@tally.command("check")
@click.option("--alarm", is_flag=True, help="Raise an alarm when they differ, clear it when they are equal.")
@as_json_option
@click.pass_context
def check_tally(context: click.Context, alarm: bool, as_json: bool) -> None:
    """Compare all tallies with the log; exit status 1 when they differ. The daemon does it once a night."""
    station: Station = context.obj
    with station.readers.begin() as session:
        found = as_run.check(session)
    if alarm:
        facts = {"found": as_run.summary(found)} if found else None
        with station.sessions.begin() as session:
            now = station.clock.now()
            going_to_air.settle_alarm(session, kind="tally_wrong", subject="tally", facts=facts, now=now)
    rows = [{**asdict(item), "key": [str(part) for part in item.key], "kept": _told(item.kept)} for item in found]
    for row in rows:
        row["logged"] = _told(row["logged"])
    if as_json or rows:
        print_rows(DIFFERENCE_HEADINGS, rows, as_json=as_json)
    else:
        click.echo("Số cộng dồn khớp với nhật ký phát sóng.")
    if rows:
        context.exit(DIFFERENT_STATUS)


def _told(value: object) -> object:
    return value if isinstance(value, int | float | None) else str(value)


@tally.command("rebuild")
@click.pass_obj
def rebuild_tally(station: Station) -> None:
    """Rebuild all tallies from the log, each day by its counting rule."""
    with station.sessions.begin() as session:
        number = as_run.recompute(session)
    click.echo(f"Đã cộng lại {tell_number(number)} lần phát từ nhật ký.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--series", "code", help="Series of the lines that do not name one.")
@click.option("--by", default="import", show_default=True, help="Who answers for what the file says.")
@click.pass_obj
def import_past(station: Station, file: Path, code: str | None, by: str) -> None:
    """Import a station's past from a logbook FILE.xlsx, all or nothing."""
    try:
        with station.sessions.begin() as session:
            done = logbook.import_file(
                session, file, by=by, now=station.clock.now(), zone=station.settings.time_zone, series=code
            )
    except LogbookProblems as error:
        for line in tell_problems(error.facts["problems"], language=station.settings.language):  # type: ignore[arg-type]
            click.echo(line, err=True)
        raise
    click.echo(
        f"Đã nhập {tell_number(done.editions)} bản tiếng, {tell_number(done.plays)} lần phát "
        f"({tell_number(done.entries)} dòng nhật ký theo vùng); đã có từ trước: "
        f"{tell_number(done.editions_known)} bản tiếng, {tell_number(done.plays_known)} dòng nhật ký."
    )


def tell_problems(problems: Sequence[Mapping[str, Any]], *, language: str) -> Iterator[str]:
    """Each problem as a line; what one change puts right everywhere is told once, with the number of such lines."""
    cured_at_once = [place for place, problem in enumerate(problems) if problem["code"] == "logbook_series_unknown"]
    others = len(cured_at_once) - 1
    for place, problem in enumerate(problems):
        if problem["code"] != "logbook_series_unknown":
            yield _tell_problem(problem, language=language)
        elif place == cured_at_once[0]:
            more = {"vi": f" (và {others} dòng khác như vậy)", "en": f" (and {others} lines like it)"}[language]
            yield _tell_problem(problem, language=language) + (more if others else "")


def _tell_problem(problem: Mapping[str, Any], *, language: str) -> str:
    row, column = ("line", "column") if language == "en" else ("dòng", "cột")
    place = [problem["sheet"]]
    place += [f"{row} {problem['row']}"] if problem["row"] is not None else []
    place += [f"{column} “{problem['column']}”"] if problem["column"] is not None else []
    return f"{', '.join(place)}: {word(problem['code'], problem['facts'], language=language)}"


COMMANDS: tuple[click.Command, ...] = (count, log, tally, import_past)

"""Commands of the counting rule: which holds from when, what another would do to a period, and its adoption."""

import json
from datetime import date
from typing import Any

import click

from scheduler.commands.counting import as_json as count_as_json
from scheduler.commands.listing import DAY, as_json_option, by_option, print_rows, today
from scheduler.domain.counting import FIRST_RULE, Rule, tell_number
from scheduler.domain.periods import year_of
from scheduler.domain.playout import Evidence
from scheduler.labels import label, label_missed
from scheduler.models import CountingRule
from scheduler.services import counting, counting_rule
from scheduler.services.counting_rule import RulePreview
from scheduler.station import Station

EVIDENCE = click.Choice([level.value for level in Evidence])
HEADINGS = {
    "number": "số", "share": "tỷ lệ", "evidence": "bằng chứng ít nhất", "valid_from": "từ ngày",
    "adopted_by": "người áp dụng", "adopted_at": "áp dụng lúc", "note": "căn cứ",
}  # fmt: skip


@click.group()
def rule() -> None:
    """The counting rule: when an airing counts. Every airing is counted by the rule of its day."""


def _asked(command: Any) -> Any:
    for option in (
        click.option("--from", "valid_from", type=DAY, help="First local day it is for; default: all days."),
        click.option("--evidence", type=EVIDENCE, required=True, help="The least that must be known."),
        click.option("--share", type=float, required=True, help="Share of the edition that a zone must sound, in %."),
    ):
        command = option(command)
    return command


@rule.command("list")
@as_json_option
@click.pass_obj
def list_rules(station: Station, as_json: bool) -> None:
    """List the rules the station adopted, the last one first."""
    with station.readers.begin() as session:
        rows = [_row(item, station) for item in counting.find_rules(session)]
        rows = rows or [_row(FIRST_RULE, station)]
    print_rows(HEADINGS, rows, as_json=as_json)


def _row(item: CountingRule | Rule, station: Station) -> dict[str, Any]:
    by = item.adopted_by if isinstance(item, CountingRule) else ""
    at = item.adopted_at.astimezone(station.settings.time_zone) if isinstance(item, CountingRule) and by else None
    return {
        "number": item.number,
        "share": f"{item.least_share * 100:g}%".replace(".", ","),
        "least_share": item.least_share,
        "evidence": label(item.least_evidence, language=station.settings.language),
        "least_evidence": item.least_evidence.value,
        "valid_from": "" if item.valid_from is None else f"{item.valid_from:%d/%m/%Y}",
        "adopted_by": by,
        "adopted_at": "" if at is None else f"{at:%H:%M %d/%m/%Y}",
        "note": item.note if isinstance(item, CountingRule) else "",
    }


@rule.command("preview")
@_asked
@click.option("--year", type=int, help="The year to look at; default: this year.")
@as_json_option
@click.pass_obj
def preview_rule(
    station: Station, share: float, evidence: str, valid_from: date | None, year: int | None, as_json: bool
) -> None:
    """Tell what a rule would do to a year; nothing is written."""
    period = year_of(year or today(station).year)
    with station.readers.begin() as session:
        asked = counting_rule.propose(
            session, least_share=share / 100, least_evidence=Evidence(evidence), valid_from=valid_from
        )
        found = counting_rule.preview(
            session, asked, first=period.first, last=period.last, zone=station.settings.time_zone
        )
    if as_json:
        changed = [
            {**item._asdict(), "airing_id": str(item.airing_id), "local_day": item.local_day.isoformat()}
            for item in found.changed
        ]
        told = {"before": count_as_json(found.before), "after": count_as_json(found.after), "changed": changed}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    click.echo("\n".join(_tell(found)))


def _tell(found: RulePreview) -> list[str]:
    before, after = found.before, found.after
    lines = [
        f"Đang đếm:          {before.sentence}",
        f"Theo quy tắc mới:  {after.sentence}",
        f"Tính thêm {tell_number(found.gained)}, thôi tính {tell_number(found.lost)} lần phát.",
    ]
    lines += [f"Không tính: {number} lần ({label_missed(reason)})" for reason, number in after.missed_by_reason.items()]
    return lines


@rule.command("adopt")
@_asked
@by_option
@click.option("--note", required=True, help="The document or the person that decided.")
@click.pass_obj
def adopt_rule(station: Station, share: float, evidence: str, valid_from: date | None, by: str, note: str) -> None:
    """Count by another rule from a day on; the log is not touched, closed books keep their numbers."""
    with station.sessions.begin() as session:
        adopted = counting_rule.adopt(
            session,
            least_share=share / 100,
            least_evidence=Evidence(evidence),
            valid_from=valid_from,
            by=by,
            now=station.clock.now(),
            note=note,
        )
    since = "mọi ngày" if adopted.valid_from is None else f"các lần phát từ {adopted.valid_from:%d/%m/%Y}"
    click.echo(f"Đã áp dụng quy tắc đếm số {adopted.number} cho {since}.")


COMMANDS: tuple[click.Command, ...] = (rule,)

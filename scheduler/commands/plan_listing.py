"""How a plan is printed: by day for people, as JSON for machines."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from scheduler.domain.planning import Finding, Plan, PlannedBroadcast, Priority, Subject
from scheduler.domain.programme import LANGUAGE_NAMES
from scheduler.plan_words import word_finding, word_why
from scheduler.services import coverage

_NAMED_ZONES = 6
_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_MARKS = {Priority.ORDINARY: "", Priority.PREFERRED: " [ưu tiên]", Priority.EMERGENCY: " [khẩn cấp]"}


def plan_to_json(plan: Plan, codes: Mapping[int, str], *, zone: ZoneInfo) -> str:
    """The plan as JSON; instants carry the station's offset."""
    told = {
        "broadcasts": [_broadcast(item, codes, zone) for item in plan.broadcasts],
        "findings": [_finding(item, codes, zone) for item in plan.findings],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def print_plan(plan: Plan, codes: Mapping[int, str], *, zone: ZoneInfo, language: str) -> None:
    """The plan by day, with the findings as sentences at the end."""
    for day, items in groupby(plan.broadcasts, key=lambda item: item.starts_at.astimezone(zone).date()):
        click.echo(f"{_WEEKDAYS[day.weekday()]} {day:%d/%m/%Y}")
        for item in items:
            _print_broadcast(item, codes, zone=zone, language=language)
    click.echo(f"({len(plan.broadcasts)} buổi phát)")
    _print_findings(plan.findings, codes, zone=zone, language=language)


def print_findings(session: Session, findings: Iterable[Finding], *, zone: ZoneInfo, language: str) -> None:
    """Findings as sentences, with the zones they are about."""
    _print_findings(findings, coverage.zone_codes(session), zone=zone, language=language)


def _print_findings(findings: Iterable[Finding], codes: Mapping[int, str], *, zone: ZoneInfo, language: str) -> None:
    for finding in findings:
        starts_at = finding.subject.starts_at.astimezone(zone)
        where = f" ({_places(finding.zone_ids, codes)})" if finding.zone_ids else ""
        sentence = word_finding(finding, zone=zone, language=language)
        click.echo(f"! {starts_at:%d/%m %H:%M} {finding.subject.name}{where}: {sentence}", err=True)


def _print_broadcast(item: PlannedBroadcast, codes: Mapping[int, str], *, zone: ZoneInfo, language: str) -> None:
    starts, ends = (instant.astimezone(zone) for instant in (item.starts_at, item.ends_at))
    episode = item.episode
    click.echo(
        f"  {starts:%H:%M}–{ends:%H:%M}  {item.subject.name}{_MARKS[Priority(item.priority)]}  "
        f"số {episode.number}/{episode.year} {episode.title} — {word_why(item.why, language=language)}"
    )
    for programme in item.programmes:
        heard = ", ".join(LANGUAGE_NAMES.get(found, {}).get(language, found) for found in programme.languages)
        ends_at = programme.ends_at.astimezone(zone)
        click.echo(f"      đến {ends_at:%H:%M:%S}  {heard}: {_places(programme.zone_ids, codes)}")


def _places(zone_ids: tuple[int, ...], codes: Mapping[int, str]) -> str:
    named = [codes.get(zone_id, f"#{zone_id}") for zone_id in zone_ids[:_NAMED_ZONES]]
    others = len(zone_ids) - len(named)
    return ", ".join(named) + (f" và {others} vùng khác" if others else "")


def _broadcast(item: PlannedBroadcast, codes: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    episode = item.episode
    return {
        **_subject(item.subject),
        "episode": {"year": episode.year, "number": episode.number, "title": episode.title},
        "starts_at": item.starts_at.astimezone(zone).isoformat(),
        "ends_at": item.ends_at.astimezone(zone).isoformat(),
        "priority": item.priority,
        "pinned": item.pinned,
        "why": dict(item.why),
        "zones": [
            {
                "zone": codes.get(zone_id, f"#{zone_id}"),
                "languages": list(programme.languages),
                "starts_at": programme.starts_at.astimezone(zone).isoformat(),
                "ends_at": programme.ends_at.astimezone(zone).isoformat(),
            }
            for programme in item.programmes
            for zone_id in programme.zone_ids
        ],
    }


def _finding(item: Finding, codes: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    facts = {name: _plain(value, zone) for name, value in item.facts.items()}
    return {
        "code": item.code.value,
        **_subject(item.subject),
        "at": item.subject.starts_at.astimezone(zone).isoformat(),
        "zones": [codes.get(zone_id, f"#{zone_id}") for zone_id in item.zone_ids],
        **facts,
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "slot": subject.name if subject.slot_id is not None else None,
        "occurrence": None if subject.occurrence_on is None else subject.occurrence_on.isoformat(),
        "broadcast": None if subject.broadcast_id is None else str(subject.broadcast_id),
    }


def _plain(value: object, zone: ZoneInfo) -> object:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, time):
        return "24:00" if value == time.max else f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item, zone) for item in value]
    return value

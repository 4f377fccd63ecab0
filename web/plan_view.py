"""What the pages of planning share: who reads, days in addresses, and how a change is made and told."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from flask import abort, flash, redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from scheduler.domain.people import Right
from scheduler.domain.planning import Finding, FindingCode
from scheduler.domain.time import local_day
from scheduler.errors import NothingToPlan, Refused
from scheduler.plan_words import in_words, word_finding
from scheduler.services import plan_choices, plan_findings, plan_refresh
from scheduler.services.plan_choices import AreaPlace
from scheduler.services.plan_scope import Reader
from scheduler.wording import word_error
from web.errors import is_missing
from web.plan_forms import PlacesForm
from web.security import scope
from web.station import change, now, station
from web.translations import page_language

MOST_TOLD = 3
"""Findings told above a page after a change; the broadcast's own page tells all."""


def today() -> date:
    """The present day at the station."""
    return local_day(now(), station().settings.time_zone)


def reader() -> Reader:
    """Where the signed-in person sees and plans."""
    return Reader(sees=scope(Right.SEE), plans=scope(Right.PLAN), on=today())


def day_of(text: str | None) -> date:
    """A day of an address, `2026-11-24`; today where there is none, 404 where it is none."""
    if not text:
        return today()
    try:
        found = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if not date(2000, 1, 1) <= found <= date(2200, 1, 1):
        abort(404)
    return found


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def local(instant: datetime) -> datetime:
    """An instant as the clock at the station shows it."""
    return instant.astimezone(station().settings.time_zone)


def find_places(session: Session, form: PlacesForm) -> list[AreaPlace]:
    """The tree of places of a form, with what is chosen in it and the branches that were opened."""
    chosen, opened = form.targets.data or (), form.opened()
    return plan_choices.find_places(session, reader().plans, on=today(), chosen=chosen, opened=opened)


def make(
    action: Callable[[Session], Iterable[Finding]], *, done: str, back: str, refused_to: str | None = None
) -> ResponseReturnValue:
    """Change something in one transaction and go back; a refusal is told on the page the person came from."""
    try:
        with change() as session:
            found = plan_findings.with_titles(session, action(session))
    except Refused as error:
        if is_missing(error):
            raise
        flash(tell_refusal(error), "bad")
        return redirect(refused_to or back, 303)
    flash(done, "good")
    flash_findings(found)
    return redirect(back, 303)


def tell_refusal(error: Refused) -> str:
    """The sentence for a refusal of planning."""
    language = page_language()
    if isinstance(error, NothingToPlan):
        error = in_words(error, zone=station().settings.time_zone, language=language)
    return word_error(error, language=language)


def tell_finding(finding: Finding) -> str:
    """The sentence for something found of the plan."""
    return word_finding(finding, zone=station().settings.time_zone, language=page_language())


def refresh(session: Session) -> Sequence[Finding]:
    """Bring the written plan up to date; what was found, or nothing when it is left to the daemon."""
    written = plan_refresh.refresh(session, now=now(), settings=station().settings)
    return () if written is None else written.findings


def flash_findings(findings: Iterable[Finding]) -> None:
    """Tell at once what is wrong with what was just changed."""
    worst = sorted(findings, key=lambda item: item.code is FindingCode.DURATION_OUTSIDE_RULE)
    for sentence in list(dict.fromkeys(tell_finding(item) for item in worst))[:MOST_TOLD]:
        flash(sentence, "warn")

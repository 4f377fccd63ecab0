"""Bringing the written plan up to date after somebody changed something of it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.services import due, plan_findings, planning
from scheduler.services.plan_rows import Written
from scheduler.services.plan_source import PlanningSettings

QUIET = timedelta(seconds=20)
"""Planning holds the database for a while: not so shortly before a start."""


def refresh(session: Session, *, now: datetime, settings: PlanningSettings) -> Written | None:
    """Write the plan, or leave it to the daemon's next quiet minute when something is about to start."""
    session.flush()
    if due.find_instants(session, after=now, until=now + QUIET):
        plan_findings.mark_wanted(session, now=now)
        return None
    return planning.write_plan(session, now=now, settings=settings)

"""The page of one airing: all that stands behind one of the times that a report counts."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from scheduler.domain.people import Right
from scheduler.services import airing_trail
from web.filters import page_number, pages_of
from web.security import allow, scope
from web.station import look

pages = Blueprint("airing", __name__)


@pages.get("/log/airings/<uuid:airing>")
@allow(Right.SEE)
def show_airing(airing: UUID) -> ResponseReturnValue:
    """An airing's entries by zone, its recording, who approved it, and the seals that hold all that."""
    within = scope(Right.SEE)
    with look() as session:
        trail = airing_trail.get_airing(session, airing, within, page=page_number())
    return render_template(
        "logbook/airing.html",
        trail=trail,
        page=page_number(),
        pages=pages_of(trail.number),
        limited=not within.is_everywhere,
    )

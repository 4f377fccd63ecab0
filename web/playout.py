"""Pages of the topic playout: what a station does now, for people and for machines."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Blueprint, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import SQLAlchemyError

from scheduler.domain.people import Right
from scheduler.domain.planning import FindingCode
from scheduler.domain.station import Problem, Readings
from scheduler.domain.status import Part, Picture
from scheduler.services import health
from web.security import Policy, allow, entry_of, may
from web.station import look, now, station
from web.view import View

pages = Blueprint("playout", __name__)

REFRESH_WITHOUT_SCRIPT = timedelta(seconds=10)
ON_THE_PAGE = tuple(part for part in Part if part is not Part.BAR)
"""The bar is above the page, on every page."""


class Way(NamedTuple):
    """Where a problem is mended, what the link says, and which facts of the problem the address holds, by its names."""

    endpoint: str
    label: object
    facts: Mapping[str, str] = {}


_PLAN = Way("planning.show_week", _l("Mở tuần phát sóng"))
_DAY = Way("planning.show_day", _l("Mở ngày đó"), {"day": "day"})
_APPROVAL = Way("approval.show_queue", _l("Mở trang duyệt"))
_UPLOADS = Way("uploads.show_uploads", _l("Mở trang tải lên"))
_COVERAGE = Way("coverage.show_coverage", _l("Xem vùng phát"))
_LOG = Way("logbook.show_log", _l("Xem nhật ký"), {"first": "day", "reason": "reason"})
_FLEET = Way("fleet.show_fleet", _l("Xem máy phát tại bản"))
_BOOKS = Way("reconciling.show_day", _l("Đối chiếu ngày đó"), {"day": "day"})
_COUNTS = Way("counting.show_counts", _l("Xem số liệu"))

WAYS: Mapping[str, Way] = {
    "zones_silent": _COVERAGE,
    "carrier_down": _COVERAGE,
    "zone_carrier_unknown": _COVERAGE,
    "missed_today": _LOG,
    "late_today": _LOG,
    "clock_stepped": _LOG,
    "broadcast_overdue": _LOG,
    "nothing_for_tomorrow": _APPROVAL,
    "nothing_planned": _PLAN,
    "approval_gone": _APPROVAL,
    "plan_findings_more": _DAY,
    "ingest_stuck": _UPLOADS,
    "ingest_failed": _UPLOADS,
    "media_missing": _UPLOADS,
    "media_corrupt": _UPLOADS,
    "not_assembled": _UPLOADS,
    "tally_wrong": _COUNTS,
    "books_open": _BOOKS,
    "villages_without_player": _FLEET,
    "villages_not_ready": _FLEET,
    "village_offline": _FLEET,
    "village_many_offline": _FLEET,
    "village_twins": _FLEET,
    "village_many_twins": _FLEET,
    "village_problem": _FLEET,
    "village_many_problem": _FLEET,
    "village_quarantined": Way("fleet.show_held_back", _l("Xem những dòng đó")),
    "village_refused": Way("fleet_commands.show_orders", _l("Xem lệnh đã gửi")),
}
WAYS_OF_FINDINGS: Mapping[str, Way] = {
    FindingCode.EDITION_MISSING: _UPLOADS,
    FindingCode.EDITION_NOT_APPROVED: _APPROVAL,
    FindingCode.NOTHING_LEFT_TO_AIR: _APPROVAL,
    FindingCode.NO_ZONE: _COVERAGE,
}


@pages.get("/")
@allow(Right.SEE)
def show_status() -> ResponseReturnValue:
    """The whole dashboard."""
    return _dashboard()


@pages.get("/playout/watch")
@allow(Right.SEE, by_person=False)
def watch() -> ResponseReturnValue:
    """The same as it reloads itself where there is no script: that is no sign of a person."""
    return _dashboard()


@pages.get("/playout/now")
@allow(Right.SEE, by_person=False)
def show_now() -> ResponseReturnValue:
    """What changes on a page, for one that cannot listen and asks every few seconds."""
    return render_template("playout/now.html", picture=_view().look(), parts=chosen_parts())


@pages.get("/health")
@allow(Policy.OPEN)
def tell_health() -> ResponseReturnValue:
    """The station's health as JSON: 200 while it can do its work, 503 when it cannot."""
    readings: Readings = current_app.extensions["look_at_machine"]()
    try:
        with look() as session:
            rows = health.read_rows(session, now=now())
    except SQLAlchemyError:
        rows = None
    told = health.describe(rows, readings, now=now(), silence=station().settings.silence)
    return jsonify(told), 503 if told["status"] == "failing" else 200


def chosen_parts() -> tuple[Part, ...]:
    """The parts a page shows: the dashboard all of them, every other page the bar."""
    return tuple(Part) if request.args.get("parts") == "all" else (Part.BAR,)


def make_part(part: Part, picture: Picture) -> str:
    """One part of the page."""
    return render_template(f"playout/parts/{part.value}.html", picture=picture)


@pages.app_template_global()
def find_picture() -> Picture | None:
    """The picture for the bar; None where the database does not answer: the page under it may still say so."""
    try:
        return _view().look()
    except SQLAlchemyError:
        return None


@pages.app_template_global()
def way_to_mend(problem: Problem) -> dict[str, object] | None:
    """The link to where a problem is mended, if that page exists and the person may enter it."""
    finding = problem.facts.get("finding")
    way = WAYS.get(problem.code) if finding is None else WAYS_OF_FINDINGS.get(str(finding), _DAY)
    if way is None or way.endpoint not in current_app.view_functions:
        return None
    entry = entry_of(current_app.view_functions[way.endpoint])
    if entry is None or (isinstance(entry.policy, Right) and not may(entry.policy)):
        return None
    asked: dict[str, Any] = {name: problem.facts[fact] for name, fact in way.facts.items() if fact in problem.facts}
    return {"url": url_for(way.endpoint, **asked), "label": way.label}


def _dashboard() -> str:
    return render_template(
        "playout/status.html",
        picture=_view().look(),
        parts=ON_THE_PAGE,
        refresh_without_script_s=REFRESH_WITHOUT_SCRIPT // timedelta(seconds=1),
    )


def _view() -> View:
    view: View = current_app.extensions["view"]
    return view

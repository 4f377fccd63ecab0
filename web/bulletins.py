"""Pages of what the central information system asks the station to air: a queue, and an operator's decision."""

from collections.abc import Mapping
from io import BytesIO
from typing import NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length

from scheduler.domain.people import Right
from scheduler.domain.planning import Priority
from scheduler.domain.reach import BulletinState
from scheduler.labels import label
from scheduler.models import ReceivedBulletin
from scheduler.services import audit, bulletins, central_outbox
from web.filters import page_number
from web.forms import keep_errors, status_of
from web.security import allow, me, scope
from web.station import actor, change, look, now, station
from web.translations import page_language

pages = Blueprint("bulletins", __name__, url_prefix="/bulletins")
pages.add_app_template_filter(lambda number: label(Priority(number), language=page_language()), "priority")

SHOWN: Mapping[str, object] = {
    "NoiDungTomTat": _l("Tóm tắt"),
    "NoiDung": _l("Nội dung"),
    "NguonTin": _l("Nguồn tin"),
    "TenNguon": _l("Nơi gửi"),
    "ThoiDiemBatDau": _l("Giờ bắt đầu (như đã nhận)"),
    "LichPhat": _l("Lịch phát (như đã nhận)"),
}
"""Fields from over there that an operator must see; the rest is one click away."""


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """Why not, if not."""

    reason = TextAreaField(_l("Lý do từ chối (bắt buộc khi từ chối)"), validators=[Length(max=500)])


class Told(NamedTuple):
    """A field from over there."""

    name: str
    value: str


@pages.get("/")
@allow(Right.SEE)
def show_queue() -> ResponseReturnValue:
    """What came, the undecided and most urgent first."""
    page = page_number()
    with look() as session:
        rows, number = bulletins.find(session, page=page)
        waiting, problem = central_outbox.count_waiting(session)
        return render_template(
            "bulletins/queue.html",
            rows=rows,
            page=page,
            pages=max(1, -(-number // bulletins.PAGE)),
            is_connected=bool(station().settings.central_url),
            waiting=waiting,
            problem=problem,
        )


@pages.get("/<int:number>")
@allow(Right.SEE)
def show_bulletin(number: int) -> ResponseReturnValue:
    """One of them, with all that it says."""
    with look() as session:
        return _page(bulletins.get(session, number), DecisionForm(formdata=None))


@pages.get("/<int:number>/sound")
@allow(Right.SEE)
def download_sound(number: int) -> ResponseReturnValue:
    """Its sound as it came, to be listened to and brought in like any other recording."""
    with look() as session:
        sound = bulletins.get(session, number).sound
    if sound is None:
        abort(404)
    return send_file(
        BytesIO(sound), mimetype="application/octet-stream", as_attachment=True, download_name=f"ban-tin-{number}.bin"
    )


@pages.post("/<int:number>/<any(accept, refuse):decision>")
@allow(Right.PLAN)
def decide(number: int, decision: str) -> ResponseReturnValue:
    """Agree, or not and say why. Nothing airs by this alone."""
    if not scope(Right.PLAN).is_everywhere:  # it is asked of the whole station
        abort(403)
    form = DecisionForm()
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                found = bulletins.decide(
                    session,
                    number,
                    accepted=decision == "accept",
                    by=me().name,
                    reason=form.reason.data or "",
                    now=now(),
                )
                audit.note(
                    session, actor=actor(), now=now(), action=f"bulletin_{found.state.value}", kind="received_bulletin",
                    subject=str(number), label=found.title,
                )  # fmt: skip
            flash(_("Đã ghi quyết định; hệ thống thông tin nguồn sẽ được báo."))
            return redirect(url_for(".show_bulletin", number=number), 303)
    with look() as session:
        return _page(bulletins.get(session, number), form)


def _page(bulletin: ReceivedBulletin, form: DecisionForm) -> ResponseReturnValue:
    body = bulletin.body
    shown = [Told(str(word), str(body[name])) for name, word in SHOWN.items() if body.get(name)]
    rest = [Told(name, str(value)) for name, value in body.items() if name not in SHOWN]
    page = render_template(
        "bulletins/bulletin.html",
        bulletin=bulletin,
        has_sound=bulletin.sound is not None,
        is_waiting=bulletin.state is BulletinState.WAITING,
        may_decide=scope(Right.PLAN).is_everywhere,
        shown=shown,
        rest=rest,
        form=form,
    )
    return page, status_of(form)

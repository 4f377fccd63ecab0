"""Pages of who is told of alarms outside the station: webhooks of other programs, people through Apprise."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from scheduler.domain.people import Right
from scheduler.domain.reach import NoticeKind, TargetKind
from scheduler.labels import label
from scheduler.models import NoticeTarget
from scheduler.services import audit, notices
from web.forms import keep_errors, status_of
from web.security import allow, me, scope
from web.station import actor, change, look, now
from web.translations import page_language

pages = Blueprint("notices", __name__, url_prefix="/settings/notices")
pages.add_app_template_filter(lambda kind: label(NoticeKind(kind), language=page_language()), "notice_kind")


class TargetForm(FlaskForm):  # type: ignore[misc]
    """Who is told, how, and of what."""

    name = StringField(_l("Tên nơi nhận"), validators=[InputRequired(_l("Hãy ghi tên nơi nhận.")), Length(max=100)])
    kind = RadioField(_l("Cách gửi"), default=TargetKind.APPRISE.value)
    address = StringField(
        _l("Địa chỉ"),
        validators=[InputRequired(_l("Hãy ghi địa chỉ.")), Length(max=notices.LONGEST_ADDRESS)],
    )
    kinds = SelectMultipleField(
        _l("Báo những chuyện gì"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def name_choices(self) -> None:
        """Name the choices in the page's language."""
        told_in = page_language()
        self.kind.choices = [(kind.value, label(kind, language=told_in)) for kind in TargetKind]
        self.kinds.choices = [(kind.value, label(kind, language=told_in)) for kind in NoticeKind]


@pages.get("/")
@allow(Right.MANAGE)
def show_targets() -> ResponseReturnValue:
    """All who are told, with what did not reach them."""
    return _page(_form(start=True))


@pages.post("/")
@allow(Right.MANAGE)
def add_target() -> ResponseReturnValue:
    """One more to tell."""
    form = _form(start=False)
    if scope(Right.MANAGE).is_everywhere and form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                target = notices.add_target(
                    session,
                    name=form.name.data or "",
                    kind=TargetKind(form.kind.data),
                    address=form.address.data or "",
                    kinds=[NoticeKind(kind) for kind in form.kinds.data or ()],
                    by=me().name,
                    now=now(),
                )
                _note(session, "notice_target", target)
            if target.secret:
                return render_template("notices/secret.html", target=target)
            flash(_("Đã thêm nơi nhận %(name)s. Hãy bấm Gửi thử.", name=target.name))
            return redirect(url_for(".show_targets"), 303)
    return _page(form)


@pages.post("/<int:number>/trial")
@allow(Right.MANAGE)
def send_trial(number: int) -> ResponseReturnValue:
    """Send something that says that it is a trial."""
    with change() as session:
        _check_everywhere()
        notices.make_trial(session, number, now=now())
        name = notices.get_target(session, number).name
    flash(_("Đã xếp một thông báo thử cho %(name)s; ít giây nữa sẽ gửi. Hãy hỏi nơi nhận.", name=name))
    return redirect(url_for(".show_targets"), 303)


@pages.post("/<int:number>/again")
@allow(Right.MANAGE)
def try_again(number: int) -> ResponseReturnValue:
    """Send what was given up once more."""
    with change() as session:
        _check_everywhere()
        tried = notices.try_again(session, number, now=now())
    flash(_("Đang gửi lại %(number)s thông báo.", number=tried))
    return redirect(url_for(".show_targets"), 303)


@pages.post("/<int:number>/<any(on, off):state>")
@allow(Right.MANAGE)
def switch(number: int, state: str) -> ResponseReturnValue:
    """Tell them again, or no more for now."""
    with change() as session:
        _check_everywhere()
        notices.set_active(session, number, active=state == "on")
    return redirect(url_for(".show_targets"), 303)


@pages.post("/<int:number>/remove")
@allow(Right.MANAGE)
def remove(number: int) -> ResponseReturnValue:
    """Tell them no more."""
    with change() as session:
        _check_everywhere()
        target = notices.get_target(session, number)
        _note(session, "notice_target_removed", target)
        notices.remove_target(session, number)
    flash(_("Không gửi cho %(name)s nữa.", name=target.name))
    return redirect(url_for(".show_targets"), 303)


def _note(session: Session, action: str, target: NoticeTarget) -> None:
    subject = str(target.id)
    audit.note(
        session, actor=actor(), now=now(), action=action, kind="notice_target", subject=subject, label=target.name
    )


def _check_everywhere() -> None:
    """Who manages a part of the station must not send its troubles elsewhere."""
    if not scope(Right.MANAGE).is_everywhere:
        abort(403)


def _form(*, start: bool) -> TargetForm:
    form = TargetForm(formdata=None) if start else TargetForm()
    form.name_choices()
    return form


def _page(form: TargetForm) -> ResponseReturnValue:
    with look() as session:
        page = render_template(
            "notices/targets.html",
            form=form,
            targets=notices.find_targets(session),
            may_change=scope(Right.MANAGE).is_everywhere,
        )
    return page, status_of(form)

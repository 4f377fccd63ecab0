"""Pages of the topic people: the station's rules, and the settings it was started with."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from scheduler.domain.people import Right
from scheduler.services import office, rules
from scheduler.setting_words import tell_settings
from web.document_forms import OfficeForm
from web.forms import keep_errors, status_of
from web.security import allow, me, scope
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("settings", __name__)


class RulesForm(FlaskForm):  # type: ignore[misc]
    """The rules that people change here."""

    station_name = StringField(_l("Tên đài"), validators=[Length(max=300)])
    author_may_not_approve = BooleanField(_l("Người gửi hoặc trình duyệt bản thu không được tự duyệt bản đó"))
    tile_url = StringField(_l("Địa chỉ ảnh nền bản đồ"), validators=[Length(max=300)])


@pages.route("/settings", methods=["GET", "POST"])
@allow(Right.MANAGE)
def show_settings() -> ResponseReturnValue:
    """The station's rules, each with what it means; who manages only some areas reads them."""
    with look() as session:
        held = rules.read(session)
    may_change = scope(Right.MANAGE).is_everywhere
    form = RulesForm(data={name: getattr(held, name) for name in held.__slots__})
    if may_change and form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                asked = {name: form[name].data for name in held.__slots__}
                rules.change(session, asked, by=me().name, now=now())
            flash(_("Đã lưu cài đặt."))
            return redirect(url_for(".show_settings"), 303)
    told = tell_settings(station().settings, language=page_language())
    page = render_template("settings/settings.html", form=form, settings=told, may_change=may_change)
    return page, status_of(form)


@pages.route("/settings/office", methods=["GET", "POST"])
@allow(Right.MANAGE)
def change_office() -> ResponseReturnValue:
    """Whose name documents bear: agency, place, signer, recipients."""
    with look() as session:
        held = office.read(session)
    may_change = scope(Right.MANAGE).is_everywhere
    form = OfficeForm(data={name: getattr(held, name) for name in office.NAMES})
    if may_change and form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                asked = {name: form[name].data for name in office.NAMES}
                office.change(session, asked, by=me().name, now=now())
            flash(_("Đã lưu cài đặt."))
            return redirect(url_for(".change_office"), 303)
    return render_template("settings/office.html", form=form, may_change=may_change), status_of(form)

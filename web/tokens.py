"""Pages of the topic API: tokens with which other programs ask; a page is for people, a token never opens one."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from scheduler.domain.people import Right, Role
from scheduler.domain.time import local_day
from scheduler.labels import label
from scheduler.models import ApiToken
from scheduler.services import api_tokens, coverage, coverage_view
from web.forms import keep_errors, status_of
from web.security import allow, me, scope
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("tokens", __name__, url_prefix="/settings/tokens")

LASTS = (("90", _l("90 ngày")), ("365", _l("một năm")), ("", _l("đến khi thu hồi")))


class TokenForm(FlaskForm):  # type: ignore[misc]
    """What a token is for, what it may do and where."""

    name = StringField(
        _l("Dùng cho"),
        validators=[InputRequired(_l("Hãy ghi khóa dùng cho chương trình nào.")), Length(max=api_tokens.LONGEST_NAME)],
    )
    role = SelectField(_l("Vai trò"), default=Role.VIEWER.value)
    area = StringField(_l("Địa bàn"), validators=[Length(max=200)])
    lasts = SelectField(_l("Thời hạn"), default="365")


@pages.route("/", methods=["GET", "POST"])
@allow(Right.MANAGE)
def show_tokens() -> ResponseReturnValue:
    """All tokens that the person manages, and a form for a new one."""
    form = TokenForm()
    form.role.choices = [(role.value, label(role, language=page_language())) for role in Role]
    form.lasts.choices = list(LASTS)
    if form.validate_on_submit():
        with keep_errors(form):
            token, secret = _make(form)
            return render_template("settings/token.html", token=token, secret=secret)
    within, day = scope(Right.MANAGE), local_day(now(), station().settings.time_zone)
    with look() as session:
        found = [(token, area, state_of(token)) for token, area in api_tokens.find_tokens(session, within=within)]
        areas = coverage_view.suggest_areas(within, on=day, tree=coverage.load_tree(session))
        page = render_template("settings/tokens.html", form=form, tokens=found, areas=areas)
    return page, status_of(form)


@pages.post("/<int:number>/revoke")
@allow(Right.MANAGE)
def revoke_token(number: int) -> ResponseReturnValue:
    """Let a program in no more, at once."""
    with change() as session:
        token = api_tokens.revoke(
            session, number, by=me().name, user_id=me().id, now=now(), within=scope(Right.MANAGE)
        )  # fmt: skip
        name = token.name
    flash(_("Khóa của %(name)s không dùng được nữa.", name=name))
    return redirect(url_for(".show_tokens"), 303)


def state_of(token: ApiToken) -> str:
    """`used`, `over` or `revoked`, for a mark in the list."""
    if token.revoked_at is not None:
        return "revoked"
    return "used" if api_tokens.is_valid(token, now=now()) else "over"


def _make(form: TokenForm) -> tuple[ApiToken, str]:
    day = local_day(now(), station().settings.time_zone)
    role, area, days = str(form.role.data), str(form.area.data or ""), str(form.lasts.data)
    with change() as session:
        granted = api_tokens.read_grant(session, role=role, area=area, within=scope(Right.MANAGE), on=day)
        return api_tokens.make(
            session,
            name=str(form.name.data),
            role=granted.role,
            area_id=granted.area_id,
            by=me().name,
            user_id=me().id,
            now=now(),
            lasts=timedelta(days=int(days)) if days else None,
        )

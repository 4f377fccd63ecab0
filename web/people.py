"""Pages of the topic people: users, what they may do where, their codes and sessions."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from scheduler.domain.coverage import AreaKind
from scheduler.domain.people import Right, Role
from scheduler.domain.time import local_day
from scheduler.models import User
from scheduler.services import audit, coverage, people, sign_in
from web.forms import keep_errors, status_of
from web.security import allow, me, scope
from web.station import actor, change, look, now, station

pages = Blueprint("people", __name__, url_prefix="/people")

EMPTY_ROWS = 3
"""How many more roles a person can be given at once."""


class UserForm(FlaskForm):  # type: ignore[misc]
    """What a user is called; the roles stand in rows of their own."""

    name = StringField(_l("Họ và tên"), validators=[InputRequired(_l("Hãy nhập họ và tên.")), Length(max=100)])


class NewUserForm(UserForm):
    """A new user has a name to sign in with as well, which never changes."""

    login = StringField(_l("Tên đăng nhập"), validators=[InputRequired(_l("Hãy nhập tên đăng nhập.")), Length(max=64)])


@pages.get("/")
@allow(Right.MANAGE)
def show_users() -> ResponseReturnValue:
    """Everybody whom the person manages."""
    with look() as session:
        found = [user for user in people.find_users(session) if people.may_be_managed(user, scope(Right.MANAGE))]
        return render_template("people/users.html", users=found)


@pages.route("/new", methods=["GET", "POST"])
@allow(Right.MANAGE)
def new_user() -> ResponseReturnValue:
    """A new user, and the code with which they choose a password."""
    form = NewUserForm()
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                user = people.create_user(
                    session, login=str(form.login.data), name=str(form.name.data), grants=_grants(session), now=now()
                )
                code = _issue(session, user)
            return _show_code(user, code)
    return _form_page(form, None), status_of(form)


@pages.route("/<login>", methods=["GET", "POST"])
@allow(Right.MANAGE)
def edit_user(login: str) -> ResponseReturnValue:
    """A user's name and roles, with their sessions."""
    with look() as session:
        user = people.get_managed(session, login, within=scope(Right.MANAGE))
        form = UserForm(data={"name": user.name})
        if not form.validate_on_submit():
            return _form_page(form, user, session), status_of(form)
    with keep_errors(form):
        with change() as session:
            user = people.get_managed(session, login, within=scope(Right.MANAGE))
            people.rename(user, str(form.name.data))
            people.set_grants(session, user, _grants(session))
        flash(_("Đã lưu người dùng %(name)s.", name=user.name))
        return redirect(url_for(".show_users"), 303)
    with look() as session:
        user = people.get_managed(session, login, within=scope(Right.MANAGE))
        return _form_page(form, user, session), status_of(form)


@pages.post("/<login>/code")
@allow(Right.MANAGE)
def issue_code(login: str) -> ResponseReturnValue:
    """A new one-time code, for who forgot the password."""
    with change() as session:
        user = people.get_managed(session, login, within=scope(Right.MANAGE))
        code = _issue(session, user)
    return _show_code(user, code)


@pages.post("/<login>/deactivate")
@allow(Right.MANAGE)
def deactivate(login: str) -> ResponseReturnValue:
    """Let a user in no more, at once."""
    with change() as session:
        user = people.get_managed(session, login, within=scope(Right.MANAGE))
        people.deactivate(session, user, now=now())
    flash(_("%(name)s không vào được nữa; mọi phiên đã đóng.", name=user.name))
    return redirect(url_for(".edit_user", login=login), 303)


@pages.post("/<login>/activate")
@allow(Right.MANAGE)
def activate(login: str) -> ResponseReturnValue:
    """Let a user in again."""
    with change() as session:
        user = people.get_managed(session, login, within=scope(Right.MANAGE))
        people.activate(user)
    flash(_("%(name)s vào lại được.", name=user.name))
    return redirect(url_for(".edit_user", login=login), 303)


@pages.post("/<login>/sign-out")
@allow(Right.MANAGE)
def end_sessions(login: str) -> ResponseReturnValue:
    """End all sessions of a user."""
    with change() as session:
        user = people.get_managed(session, login, within=scope(Right.MANAGE))
        sign_in.revoke_all(session, user.id, now=now())
    flash(_("Đã đóng mọi phiên của %(name)s.", name=user.name))
    return redirect(url_for(".edit_user", login=login), 303)


@pages.post("/<login>/sessions/<int:number>/end")
@allow(Right.MANAGE)
def end_session(login: str, number: int) -> ResponseReturnValue:
    """End one session of a user."""
    with change() as session:
        user = people.get_managed(session, login, within=scope(Right.MANAGE))
        sign_in.revoke_of(session, user.id, number, now=now())
    flash(_("Đã đóng phiên của %(name)s.", name=user.name))
    return redirect(url_for(".edit_user", login=login), 303)


def _issue(session: Session, user: User) -> str:
    """A code for the user; that it was issued is in the trail, the code is not."""
    code = people.issue_code(session, user, by=me().name, now=now())
    audit.note(
        session, actor=actor(), now=now(), action="code_issued", kind="user", subject=str(user.id), label=user.name
    )
    return code


def _grants(session: Session) -> Any:
    told = zip(request.form.getlist("role"), request.form.getlist("area"), strict=False)
    day = local_day(now(), station().settings.time_zone)
    return people.read_grants(session, told, within=scope(Right.MANAGE), on=day)


def _show_code(user: User, code: str) -> ResponseReturnValue:
    """Shown once and never again; an answer to the form itself, so that it stands in no address and no cookie."""
    return render_template("people/code.html", user=user, code=code)


def _form_page(form: UserForm, user: User | None, session: Session | None = None) -> str:
    rows = list(zip(request.form.getlist("role"), request.form.getlist("area"), strict=False))
    if not rows and user is not None:
        rows = [(grant.role.value, "" if grant.area is None else _suggested(grant.area)) for grant in user.grants]
    rows = [row for row in rows if any(row)] + [("", "")] * EMPTY_ROWS
    if session is None:
        with look() as own:
            areas = _areas(own)
        sessions = []
    else:
        areas = _areas(session)
        sessions = [] if user is None else sign_in.find_open(session, user.id, now=now())
    return render_template(
        "people/user.html", form=form, user=user, rows=rows, areas=areas, sessions=sessions, roles=list(Role)
    )


def _areas(session: Session) -> list[str]:
    """What is suggested: the larger areas that the person manages; a village may be typed by its name or code."""
    within, day = scope(Right.MANAGE), local_day(now(), station().settings.time_zone)
    found = coverage.find_areas(session, on=day, but=(AreaKind.VILLAGE,))
    return [_suggested(area) for area in found if within.holds(area.id)]


def _suggested(area: Any) -> str:
    return coverage.tell_area(area.id, area.name)

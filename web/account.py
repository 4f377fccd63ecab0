"""Pages of the topic people: the signed-in person's own name, password and sessions."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from scheduler import passwords
from scheduler.errors import WrongPassword
from scheduler.services import people, sign_in
from web.forms import HAS_ERRORS, keep_errors, status_of
from web.security import Policy, allow, me
from web.station import change, look, now
from web.throttle import limiter

pages = Blueprint("account", __name__, url_prefix="/account")

TRIES = "10 per 5 minutes"
_LONGEST_TYPED = 200


class NameForm(FlaskForm):  # type: ignore[misc]
    """What the person is called."""

    name = StringField(_l("Họ và tên"), validators=[InputRequired(_l("Hãy nhập họ và tên.")), Length(max=100)])


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The old password and a new one, typed twice."""

    old = PasswordField(
        _l("Mật khẩu đang dùng"), validators=[InputRequired(_l("Hãy nhập mật khẩu.")), Length(max=_LONGEST_TYPED)]
    )
    password = PasswordField(
        _l("Mật khẩu mới"), validators=[InputRequired(_l("Hãy nhập mật khẩu.")), Length(max=_LONGEST_TYPED)]
    )
    again = PasswordField(
        _l("Gõ lại mật khẩu mới"), validators=[EqualTo("password", _l("Hai lần gõ mật khẩu chưa giống nhau."))]
    )


@pages.get("/")
@allow(Policy.SIGNED_IN)
def show_account() -> ResponseReturnValue:
    """The person's own page."""
    return _page(NameForm(data={"name": me().name}), PasswordForm())


@pages.post("/name")
@allow(Policy.SIGNED_IN)
def rename() -> ResponseReturnValue:
    """Be called otherwise from now on."""
    form = NameForm()
    if form.validate_on_submit():
        with keep_errors(form):
            with change() as session:
                people.rename(people.get_user(session, me().login), str(form.name.data))
            flash(_("Đã lưu."))
            return redirect(url_for(".show_account"), 303)
    return _page(form, PasswordForm()), status_of(form)


@pages.post("/password")
@allow(Policy.SIGNED_IN)
@limiter.limit(
    TRIES, key_func=lambda: f"password:{me().id}", deduct_when=lambda answer: answer.status_code == HAS_ERRORS
)
def change_password() -> ResponseReturnValue:
    """Choose another password; the person's sessions elsewhere end."""
    form = PasswordForm()
    if form.validate_on_submit():
        with keep_errors(form):
            _change_password(form)
            flash(_("Đã đổi mật khẩu; các máy khác phải đăng nhập lại."))
            return redirect(url_for(".show_account"), 303)
    return _page(NameForm(formdata=None, data={"name": me().name}), form), status_of(form)


def _change_password(form: PasswordForm) -> None:
    with look() as session:
        kept = sign_in.find_credentials(session, me().login)
    # Hashing takes long on purpose: no transaction is open meanwhile.
    if kept is None or not passwords.fits(str(form.old.data), kept.password_hash):
        raise WrongPassword(field="old")
    hashed = passwords.hash_password(str(form.password.data))
    with change() as session:
        user = people.get_user(session, me().login)
        people.choose_password(
            session, user, str(form.password.data), password_hash=hashed, now=now(), but=g.session_id
        )


@pages.post("/sign-out-others")
@allow(Policy.SIGNED_IN)
def end_other_sessions() -> ResponseReturnValue:
    """End the person's sessions in all other browsers."""
    with change() as session:
        sign_in.revoke_all(session, me().id, now=now(), but=g.session_id)
    flash(_("Đã đăng xuất khỏi các máy khác."))
    return redirect(url_for(".show_account"), 303)


@pages.post("/sessions/<int:number>/end")
@allow(Policy.SIGNED_IN)
def end_session(number: int) -> ResponseReturnValue:
    """End one of the person's own sessions."""
    with change() as session:
        sign_in.revoke_of(session, me().id, number, now=now())
    flash(_("Đã đóng phiên đó."))
    return redirect(url_for(".show_account"), 303)


def _page(name_form: NameForm, password_form: PasswordForm) -> str:
    with look() as session:
        user = people.get_user(session, me().login)
        sessions = sign_in.find_open(session, me().id, now=now())
        return render_template(
            "people/account.html", user=user, sessions=sessions, own=g.session_id, name_form=name_form,
            password_form=password_form,
        )  # fmt: skip

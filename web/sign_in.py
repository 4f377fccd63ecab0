"""Pages of the topic people: signing in and out, and choosing a password with a one-time code."""

import secrets

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from scheduler import passwords
from scheduler.domain.people import CodePurpose
from scheduler.errors import SignInRefused
from scheduler.services import audit, people, sign_in
from web import translations
from web.forms import HAS_ERRORS, keep_errors, status_of
from web.security import Policy, allow, find_me, safe_next
from web.station import change, look, now, station
from web.throttle import limiter

pages = Blueprint("sign_in", __name__)

FAILURES_OF_ADDRESS = "30 per 5 minutes"
FAILURES_OF_NAME = "5 per minute; 20 per hour"
CODES_OF_ADDRESS = "10 per 5 minutes"
DEVICE = "device"
DEVICE_LASTS_S = 400 * 24 * 3600
_LONGEST_TYPED = 200


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Name and password."""

    login = StringField(_l("Tên đăng nhập"), validators=[InputRequired(_l("Hãy nhập tên đăng nhập.")), Length(max=64)])
    password = PasswordField(
        _l("Mật khẩu"), validators=[InputRequired(_l("Hãy nhập mật khẩu.")), Length(max=_LONGEST_TYPED)]
    )


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The one-time code and a new password, typed twice."""

    code = StringField(_l("Mã dùng một lần"), validators=[InputRequired(_l("Hãy nhập mã.")), Length(max=64)])
    password = PasswordField(
        _l("Mật khẩu mới"), validators=[InputRequired(_l("Hãy nhập mật khẩu.")), Length(max=_LONGEST_TYPED)]
    )
    again = PasswordField(
        _l("Gõ lại mật khẩu mới"), validators=[EqualTo("password", _l("Hai lần gõ mật khẩu chưa giống nhau."))]
    )


class FirstForm(CodeForm):
    """What the first administrator tells of themselves as well."""

    login = StringField(_l("Tên đăng nhập"), validators=[InputRequired(_l("Hãy nhập tên đăng nhập.")), Length(max=64)])
    name = StringField(_l("Họ và tên"), validators=[InputRequired(_l("Hãy nhập họ và tên.")), Length(max=100)])


# --- who has tried too often ------------------------------------------------------------------------------------
def _devices() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="device")


def _typed_login() -> str:
    return request.form.get("login", "").strip().lower()[:64]


def _known_device() -> str:
    """The number of this browser if the same person signed in with it before; their tries are counted apart."""
    try:
        found = _devices().loads(request.cookies.get(cookie_name(DEVICE), ""))
    except BadSignature:
        return ""
    return str(found["id"]) if isinstance(found, dict) and found.get("login") == _typed_login() else ""


def _address_key() -> str:
    return f"device:{_known_device()}" if _known_device() else f"address:{get_remote_address()}"


def _name_key() -> str:
    return f"{_address_key()}|{_typed_login()}"


def _was_refused(answer: Response) -> bool:
    return answer.status_code == HAS_ERRORS


def cookie_name(name: str) -> str:
    """A cookie's name: with the prefix that browsers only take from https where it is used."""
    return f"__Host-{name}" if station().settings.https else name


# --- pages --------------------------------------------------------------------------------------------------------
@pages.get("/sign-in")
@allow(Policy.OPEN)
def show_sign_in() -> ResponseReturnValue:
    """The form to sign in; the way to the set-up while the station has no users."""
    if find_me() is not None:
        return redirect(safe_next(request.args.get("next")), 303)
    with look() as session:
        if not people.has_users(session):
            return redirect(url_for(".show_setup"), 303)
    return render_template("people/sign_in.html", form=SignInForm(), next=request.args.get("next", ""))


@pages.post("/sign-in")
@allow(Policy.OPEN)
@limiter.limit(FAILURES_OF_ADDRESS, key_func=_address_key, deduct_when=_was_refused)
@limiter.limit(FAILURES_OF_NAME, key_func=_name_key, deduct_when=_was_refused)
def do_sign_in() -> ResponseReturnValue:
    """Let a person in whose password fits; the answer is the same, and takes as long, whatever does not fit."""
    form = SignInForm()
    if form.validate_on_submit():
        with keep_errors(form):
            user_id, login = _check_password(form)
            return _enter(user_id, login, to=safe_next(request.form.get("next")))
    return render_template("people/sign_in.html", form=form, next=request.form.get("next", "")), status_of(form)


def _check_password(form: SignInForm) -> tuple[int, str]:
    login, password = str(form.login.data).strip().lower(), str(form.password.data)
    with look() as session:
        found = sign_in.find_credentials(session, login)
    # Hashing takes long on purpose: no transaction is open meanwhile.
    fits = passwords.fits(password, None if found is None else found.password_hash)
    if found is None or not fits or not found.active:
        raise SignInRefused
    return found.user_id, login


def _enter(user_id: int, login: str, *, to: str) -> ResponseReturnValue:
    language = cookie.get("language")
    with station().sessions.begin() as session:
        token = sign_in.open_session(
            session, user_id, now=now(), address=get_remote_address(), browser=request.user_agent.string
        )
        if language in translations.LANGUAGES:  # chosen at the door
            people.choose_language(session, user_id, language)
    cookie.clear()  # nothing that was put there before signing in goes on, the form's token above all
    cookie["token"] = token
    answer = make_response(redirect(to, 303))
    answer.set_cookie(
        cookie_name(DEVICE),
        _devices().dumps({"login": login, "id": secrets.token_hex(8)}),
        max_age=DEVICE_LASTS_S,
        secure=station().settings.https,
        httponly=True,
        samesite="Lax",
    )
    return answer


@pages.post("/sign-out")
@allow(Policy.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End this session on the server and forget it in the browser."""
    with station().sessions.begin() as session:
        sign_in.revoke(session, g.session_id, now=now())
    cookie.clear()
    flash(_("Bạn đã đăng xuất."))
    return redirect(url_for(".show_sign_in"), 303)


@pages.post("/language")
@allow(Policy.OPEN)
def choose_language() -> ResponseReturnValue:
    """Let this browser, and the signed-in person wherever they are, read the pages in another language."""
    chosen = request.form.get("language", "")
    if chosen not in translations.LANGUAGES:
        abort(400)
    cookie["language"] = chosen
    person = find_me()
    if person is not None:
        with change() as session:
            people.choose_language(session, person.id, chosen)
    return redirect(safe_next(request.form.get("next")), 303)


@pages.route("/setup", methods=["GET", "POST"])
@allow(Policy.OPEN)
@limiter.limit(CODES_OF_ADDRESS, deduct_when=_was_refused, methods=["POST"])
def show_setup() -> ResponseReturnValue:
    """Make the first administrator, or choose a password with a code from one."""
    with look() as session:
        is_first = not people.has_users(session)
    form = FirstForm() if is_first else CodeForm()
    if request.method == "GET":
        form.code.data = request.args.get("code", "")
    elif form.validate_on_submit():
        with keep_errors(form):
            user_id, login = _use_code(form, is_first=is_first)
            return _enter(user_id, login, to="/")
    return render_template("people/setup.html", form=form, is_first=is_first), status_of(form)


def _use_code(form: CodeForm, *, is_first: bool) -> tuple[int, str]:
    code, password = str(form.code.data), str(form.password.data)
    with look() as session:
        people.find_code(session, code, now=now())
    hashed = passwords.hash_password(password)
    with change() as session:
        if is_first:
            user = people.use_first_code(
                session,
                code,
                login=str(form.login.data),
                name=str(form.name.data),
                password=password,
                password_hash=hashed,
                now=now(),
            )
        else:
            user = people.use_code(session, code, password=password, password_hash=hashed, now=now())
        actor = audit.Actor(user_id=user.id, name=user.name)
        purpose = CodePurpose.FIRST_ADMIN if is_first else CodePurpose.PASSWORD
        audit.note(
            session, actor=actor, now=now(), action="code_used", kind="user", subject=str(user.id), label=user.name,
            after={"purpose": purpose.value},
        )  # fmt: skip
        return user.id, user.login

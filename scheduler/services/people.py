"""Users, what they may do where, and the one-time codes with which they choose a password."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from scheduler.domain.coverage import AreaTree
from scheduler.domain.people import (
    CODE_LASTS,
    EVERYWHERE,
    CodePurpose,
    Granted,
    Person,
    Right,
    Role,
    Scope,
    is_login,
    is_strong_enough,
)
from scheduler.domain.text import tidy
from scheduler.errors import BadCode, BadField, LastAdmin, LoginTaken, UnknownArea, UnknownUser, WeakPassword
from scheduler.models import Grant, OneTimeCode, User
from scheduler.passwords import digest_code, make_code
from scheduler.services import coverage, sign_in


def has_users(session: Session) -> bool:
    """Tell whether anybody was ever made a user: before that the station is set up with a one-time code."""
    return session.scalar(select(User.id).limit(1)) is not None


def create_user(
    session: Session, *, login: str, name: str, grants: Iterable[Granted], now: datetime, language: str = "vi"
) -> User:
    """A new user, who has no password yet. Raises `BadField`, `LoginTaken`."""
    login = login.strip().lower()
    if not is_login(login):
        raise BadField(field="login", value=login)
    if not tidy(name):
        raise BadField(field="name", value=name)
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise LoginTaken(field="login", login=login)
    user = User(login=login, name=tidy(name), language=language, active=True, created_at=now)
    session.add(user)
    set_grants(session, user, grants)
    return user


def set_grants(session: Session, user: User, grants: Iterable[Granted]) -> None:
    """What a user may do from now on. Raises `LastAdmin` when nobody could manage the station any more."""
    wanted = set(grants)
    held = {Granted(role=grant.role, area_id=grant.area_id): grant for grant in user.grants}
    for granted, row in held.items():
        if granted not in wanted:
            user.grants.remove(row)
    for granted in sorted(wanted - held.keys(), key=lambda item: (item.role.value, item.area_id or 0)):
        user.grants.append(Grant(role=granted.role, area_id=granted.area_id))
    session.flush()
    _keep_an_admin(session)


def deactivate(session: Session, user: User, *, now: datetime) -> None:
    """Let a user in no more, at once. Raises `LastAdmin`."""
    user.active = False
    session.flush()
    _keep_an_admin(session)
    sign_in.revoke_all(session, user.id, now=now)


def activate(user: User) -> None:
    """Let a user in again."""
    user.active = True


def choose_language(session: Session, user_id: int, language: str) -> None:
    """Let a user read the pages in a language from now on."""
    session.get_one(User, user_id).language = language


def get_user(session: Session, login: str) -> User:
    """The user with this name to sign in. Raises `UnknownUser`."""
    user = session.scalar(select(User).where(User.login == login).options(selectinload(User.grants)))
    if user is None:
        raise UnknownUser(login=login)
    return user


def rename(user: User, name: str) -> None:
    """What a user is called from now on; the log keeps the names it copied. Raises `BadField`."""
    if not tidy(name):
        raise BadField(field="name", value=name)
    user.name = tidy(name)


def may_be_managed(user: User, within: Scope) -> bool:
    """Tell whether who manages these areas manages this user: all that the user may do lies in them."""
    return within.is_everywhere or (
        bool(user.grants) and all(grant.area_id is not None and within.holds(grant.area_id) for grant in user.grants)
    )


def get_managed(session: Session, login: str, *, within: Scope) -> User:
    """The user with this name, if they are managed from these areas. Raises `UnknownUser`."""
    user = get_user(session, login)
    if not may_be_managed(user, within):
        raise UnknownUser(login=login)
    return user


def read_grants(session: Session, told: Iterable[tuple[str, str]], *, within: Scope, on: date) -> tuple[Granted, ...]:
    """Grants as people typed them, a role and an area each; who manages some areas only gives roles within them.

    An area is named by `#number`, code or name; none is the whole station. Raises `BadField`, `UnknownArea`,
    `AmbiguousArea`.
    """
    found = []
    for role, area in told:
        if not role:
            continue
        if role not in set(Role):
            raise BadField(field="grants", value=role)
        area_id = coverage.get_area(session, coverage.read_told(area), on=on).id if area.strip() else None
        if not (within.is_everywhere or (area_id is not None and within.holds(area_id))):
            raise UnknownArea(area=area, on=f"{on:%d/%m/%Y}") if area_id else BadField(field="grants", value=role)
        found.append(Granted(role=Role(role), area_id=area_id))
    if not found:
        raise BadField(field="grants", value="")
    return tuple(found)


def find_users(session: Session) -> list[User]:
    """All users, the active ones first, by name."""
    options = selectinload(User.grants).selectinload(Grant.area)
    return list(session.scalars(select(User).options(options).order_by(User.active.desc(), User.name, User.id)))


def scope_of(session: Session, person: Person, right: Right, *, on: date) -> Scope:
    """The areas in which a person has a right on a day: all that lie in those of the grants."""
    roots = person.roots(right)
    if None in roots:
        return EVERYWHERE
    return scope_below(coverage.load_tree(session), [root for root in roots if root is not None], on=on)


def scope_below(tree: AreaTree, roots: Sequence[int], *, on: date) -> Scope:
    """All areas that lie in one of these on a day."""
    return Scope(
        area_ids=frozenset(
            area_id for area_id in tree.area_ids() if any(tree.lies_in(area_id, root, on=on) for root in roots)
        )
    )


def _keep_an_admin(session: Session) -> None:
    found = session.scalar(
        select(func.count())
        .select_from(Grant)
        .join(User)
        .where(Grant.role == Role.ADMIN, Grant.area_id.is_(None), User.active)
    )
    if not found and session.scalar(select(func.count()).select_from(User)):
        raise LastAdmin


# --- one-time codes -----------------------------------------------------------------------------------------------
def issue_first_code(session: Session, *, now: datetime) -> str:
    """A code that makes its user the station's first administrator; earlier ones end."""
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.purpose == CodePurpose.FIRST_ADMIN, OneTimeCode.used_at.is_(None))
        .values(expires_at=now)
    )
    return _issue(session, CodePurpose.FIRST_ADMIN, None, by="", now=now, lasts=CODE_LASTS)


def issue_code(session: Session, user: User, *, by: str, now: datetime) -> str:
    """A code with which a user chooses a (new) password; the user's earlier codes end."""
    session.execute(
        update(OneTimeCode).where(OneTimeCode.user_id == user.id, OneTimeCode.used_at.is_(None)).values(expires_at=now)
    )
    return _issue(session, CodePurpose.PASSWORD, user.id, by=by, now=now, lasts=CODE_LASTS)


def find_code(session: Session, code: str, *, now: datetime) -> OneTimeCode:
    """The code that somebody typed. Raises `BadCode` when there is none, it is used up or too old."""
    found = session.scalar(select(OneTimeCode).where(OneTimeCode.code_sha256 == digest_code(code)))
    if found is None or found.used_at is not None or now >= found.expires_at:
        raise BadCode(field="code")
    return found


def use_first_code(
    session: Session, code: str, *, login: str, name: str, password: str, password_hash: str, now: datetime
) -> User:
    """Make the station's first administrator. Raises `BadCode`, `BadField`, `WeakPassword`."""
    found = find_code(session, code, now=now)
    if found.purpose is not CodePurpose.FIRST_ADMIN or has_users(session):
        raise BadCode(field="code")
    user = create_user(session, login=login, name=name, grants=[Granted(role=Role.ADMIN)], now=now)
    choose_password(session, user, password, password_hash=password_hash, now=now)
    found.used_at = now
    return user


def use_code(session: Session, code: str, *, password: str, password_hash: str, now: datetime) -> User:
    """Let the user of a code choose a password; all their sessions end. Raises `BadCode`, `WeakPassword`."""
    found = find_code(session, code, now=now)
    user = None if found.user_id is None else session.get(User, found.user_id)
    if user is None or not user.active:
        raise BadCode(field="code")
    choose_password(session, user, password, password_hash=password_hash, now=now)
    found.used_at = now
    return user


def choose_password(
    session: Session, user: User, password: str, *, password_hash: str, now: datetime, but: int | None = None
) -> None:
    """Let the person sign in with a password whose hash is given; sessions end, but one if told.

    Raises `WeakPassword`.
    """
    check_password(password, login=user.login, name=user.name)
    user.password_hash = password_hash
    user.password_changed_at = now
    sign_in.revoke_all(session, user.id, now=now, but=but)


def check_password(password: str, *, login: str, name: str) -> None:
    """Raises `WeakPassword`."""
    if not is_strong_enough(password, login=login.strip().lower(), name=name):
        raise WeakPassword(field="password")


def _issue(
    session: Session, purpose: CodePurpose, user_id: int | None, *, by: str, now: datetime, lasts: timedelta
) -> str:
    code = make_code()
    row = OneTimeCode(
        code_sha256=digest_code(code),
        purpose=purpose,
        user_id=user_id,
        created_at=now,
        created_by=by,
        expires_at=now + lasts,
    )
    session.add(row)
    session.flush()
    return code

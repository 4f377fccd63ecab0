"""Commands of the topic people: one-time codes for the first administrator and for who forgot a password."""

import click
from sqlalchemy.orm import Session

from scheduler.config import Settings
from scheduler.services import audit
from scheduler.services import people as people_service
from scheduler.station import Station

AT_THE_MACHINE = "Tại máy chủ"
"""Who stands in the audit trail for a command on the machine itself."""


@click.group()
def people() -> None:
    """Who may sign in."""


@people.command("code")
@click.argument("login", required=False)
@click.pass_obj
def issue_code(station: Station, login: str | None) -> None:
    """A one-time code: for the first administrator of a new station, or for the user LOGIN who forgot the password."""
    now = station.clock.now()
    with station.sessions.begin() as session:
        if login is None and people_service.has_users(session):
            raise click.UsageError("Give the name of a user.")
        code = _issue(session, station, login)
        actor = audit.Actor(user_id=None, name=AT_THE_MACHINE)
        audit.note(session, actor=actor, now=now, action="code_issued", kind="user", subject=login or "")
    _tell(station.settings, code)


@people.command("list")
@click.pass_obj
def list_users(station: Station) -> None:
    """All users with their roles."""
    with station.readers.begin() as session:
        for user in people_service.find_users(session):
            roles = ", ".join(
                grant.role.value + (f" ({grant.area.name})" if grant.area is not None else "") for grant in user.grants
            )
            click.echo(f"{user.login}  {user.name}  {roles}{'' if user.active else '  –'}")


def tell_first_code(station: Station) -> None:
    """While a station has no users: a fresh code with which the first administrator sets it up."""
    with station.sessions.begin() as session:
        if people_service.has_users(session):
            return
        code = people_service.issue_first_code(session, now=station.clock.now())
    _tell(station.settings, code)


def address_of(settings: Settings) -> str:
    """The address of the page as a person types it on this machine."""
    host = settings.host
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 -- only shown: any address of this machine leads there
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def _issue(session: Session, station: Station, login: str | None) -> str:
    now = station.clock.now()
    if login is None:
        return people_service.issue_first_code(session, now=now)
    user = people_service.get_user(session, login.strip().lower())
    return people_service.issue_code(session, user, by=AT_THE_MACHINE, now=now)


def _tell(settings: Settings, code: str) -> None:
    click.echo(f"Mã dùng một lần (trong 72 giờ): {code}")
    click.echo(f"Mở trang này và chọn mật khẩu: {address_of(settings)}setup?code={code}")


COMMANDS: tuple[click.Command, ...] = (people,)

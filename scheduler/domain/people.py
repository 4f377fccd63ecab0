"""Who may do what, and where: roles, rights and the areas they hold in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
"""Hashing reads every letter: without a limit a long text would be work for an attacker to hand out."""


class Role(StrEnum):
    """What somebody is at the station."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMIN = "admin"


class Right(StrEnum):
    """What a page or an action asks for."""

    SEE = "see"
    MAKE = "make"
    """The catalogue: episodes, scripts, recordings, laying editions before the approver."""
    APPROVE = "approve"
    PLAN = "plan"
    CORRECT = "correct"
    """Corrections of the as-run log."""
    COVER = "cover"
    """Areas, zones, loudspeakers."""
    CLOSE = "close"
    """Closing the books of a period, adopting another counting rule."""
    MANAGE = "manage"
    """Users, the audit trail, the station's rules."""


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.EDITOR: frozenset({Right.SEE, Right.MAKE}),
    Role.APPROVER: frozenset({Right.SEE, Right.APPROVE, Right.CLOSE}),
    Role.OPERATOR: frozenset({Right.SEE, Right.MAKE, Right.PLAN, Right.CORRECT, Right.COVER}),
    Role.ADMIN: frozenset(Right),
}


class CodePurpose(StrEnum):
    """What a one-time code is for."""

    FIRST_ADMIN = "first_admin"
    PASSWORD = "password"  # noqa: S105 -- a purpose, no secret


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """A role within an area's subtree; without an area, in the whole station."""

    role: Role
    area_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The areas in which somebody has a right; None stands for the whole station."""

    area_ids: frozenset[int] | None

    @property
    def is_everywhere(self) -> bool:
        """Tell whether it is the whole station."""
        return self.area_ids is None

    def holds(self, area_id: int) -> bool:
        """Tell whether the right holds in an area."""
        return self.area_ids is None or area_id in self.area_ids


EVERYWHERE = Scope(area_ids=None)
NOWHERE = Scope(area_ids=frozenset())


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who is signed in."""

    id: int
    login: str
    name: str
    language: str
    grants: tuple[Granted, ...]

    def may(self, right: Right) -> bool:
        """Tell whether they have a right anywhere."""
        return any(right in RIGHTS[granted.role] for granted in self.grants)

    def roots(self, right: Right) -> tuple[int | None, ...]:
        """The areas below which they have a right; None among them: the whole station."""
        return tuple(granted.area_id for granted in self.grants if right in RIGHTS[granted.role])


def rights_of(grants: Iterable[Granted]) -> frozenset[Right]:
    """All rights that somebody has somewhere."""
    return frozenset(right for granted in grants for right in RIGHTS[granted.role])


def is_login(text: str) -> bool:
    """Tell whether a name may be signed in with: 2 to 32 small letters without diacritics, digits, `.`, `_`, `-`."""
    return _LOGIN.fullmatch(text) is not None


def is_strong_enough(password: str, *, login: str, name: str) -> bool:
    """Tell whether a password may be chosen: long enough, not one sign over and over, not the person's own name."""
    plain = password.casefold()
    return (
        SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
        and len(set(plain)) >= 5
        and login not in plain
        and (len(name) < 4 or name.casefold() not in plain)
    )


IDLE = timedelta(minutes=30)
"""A session ends when the person did nothing for so long."""
LONGEST_SESSION = timedelta(hours=12)
CODE_LASTS = timedelta(hours=72)
"""How long a one-time code may be used."""


def is_session_open(*, created_at: datetime, seen_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Tell whether a session still lets its person in."""
    return revoked_at is None and now < seen_at + IDLE and now < created_at + LONGEST_SESSION

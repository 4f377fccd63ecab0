"""Who may sound in a zone: leases taken, renewed, taken over from the dead and given back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scheduler.models import Lease

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A lease as it stands in its row."""

    name: str
    owner: str
    token: int
    expires_at: datetime


def zone_lease(zone_id: int) -> str:
    """The name of a zone's lease."""
    return f"zone:{zone_id}"


def role_lease(role: str) -> str:
    """The name of the lease on something that one daemon of a station does for all."""
    return f"role:{role}"


def renew(session: Session, *, owner: str, now: datetime, lasts: timedelta) -> dict[str, int]:
    """Renew all leases of an owner in one statement; says which it still holds, with their tokens.

    One that ran out and that nobody took meanwhile is renewed too: its token is still the newest.
    """
    statement = (
        update(Lease)
        .where(Lease.owner == owner)
        .values(expires_at=now + lasts)
        .returning(Lease.name, Lease.token)
        .execution_options(synchronize_session=False)
    )
    return dict(session.execute(statement).all())


def find_others(session: Session, *, owner: str) -> list[Held]:
    """The leases in other hands."""
    found = session.execute(select(Lease.name, Lease.owner, Lease.token, Lease.expires_at).where(Lease.owner != owner))
    return [Held(name=name, owner=by, token=token, expires_at=at) for name, by, token, at in found]


def take_new(session: Session, names: Iterable[str], *, owner: str, now: datetime, lasts: timedelta) -> dict[str, int]:
    """Take leases nobody ever held; those that another took at the same moment are left out."""
    rows = [{"name": name, "owner": owner, "token": 1, "expires_at": now + lasts} for name in names]
    if not rows:
        return {}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Lease).on_conflict_do_nothing().returning(Lease.name, Lease.token)
    return dict(session.execute(statement, rows).all())


def take_over(
    session: Session, held: Iterable[Held], *, owner: str, now: datetime, lasts: timedelta
) -> dict[str, int]:  # fmt: skip
    """Take leases from owners judged dead; each only if it is still exactly as it was judged. The token grows."""
    taken: dict[str, int] = {}
    for (by, token), names in _alike(held).items():
        for first in range(0, len(names), _AT_ONCE):
            statement = (
                update(Lease)
                .where(Lease.name.in_(names[first : first + _AT_ONCE]), Lease.owner == by, Lease.token == token)
                .values(owner=owner, token=token + 1, expires_at=now + lasts)
                .returning(Lease.name, Lease.token)
                .execution_options(synchronize_session=False)
            )
            taken |= dict(session.execute(statement).all())
    return taken


def release(session: Session, *, owner: str, now: datetime) -> None:
    """Give all leases of an owner back, so that another may take them at once."""
    session.execute(update(Lease).where(Lease.owner == owner).values(owner="", expires_at=now))


def lock_held(session: Session, *, owner: str) -> Mapping[str, int]:
    """The leases an owner holds in this transaction, with tokens; until its end nobody can take them over."""
    statement = select(Lease.name, Lease.token).where(Lease.owner == owner).order_by(Lease.name)
    return dict(session.execute(statement.with_for_update(read=True)).all())


class Observer:
    """Judges leases in other hands by this daemon's own monotonic clock, so that no wall clock can end one early."""

    def __init__(self, is_dead: Callable[[str], bool], *, lasts: timedelta) -> None:
        self._is_dead, self._lasts = is_dead, lasts.total_seconds()
        self._seen: dict[str, tuple[Held, float]] = {}

    def find_free(self, held: Iterable[Held], *, monotonic: float) -> list[Held]:
        """Those given back, those of owners known dead, and those not renewed for a whole lease under our eyes."""
        dead: dict[str, bool] = {}
        free, seen = [], {}
        for lease in held:
            before, since = self._seen.get(lease.name, (None, monotonic))
            seen[lease.name] = (lease, since if before == lease else monotonic)
            if lease.owner not in dead:
                dead[lease.owner] = not lease.owner or self._is_dead(lease.owner)
            if dead[lease.owner] or monotonic - seen[lease.name][1] >= self._lasts:
                free.append(lease)
        self._seen = seen
        return free


def _alike(held: Iterable[Held]) -> dict[tuple[str, int], list[str]]:
    alike: dict[tuple[str, int], list[str]] = {}
    for lease in held:
        alike.setdefault((lease.owner, lease.token), []).append(lease.name)
    return {key: sorted(names) for key, names in alike.items()}

"""What a box owes the log of the time in which it did not know the time."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scheduler.domain.going_to_air import is_worth_joining, offset_at, tell_missed
from scheduler.domain.playout import Reason
from scheduler.services import due, playout
from scheduler.services.due import DueProgramme
from scheduler.services.playout import NewClaim


def log_missed(
    session: Session, *, since: datetime, now: datetime, owner: str, zone: ZoneInfo, least_share: float
) -> int:
    """Log as missed, for want of a trusted time, what began since then and is not worth joining; says how many.

    Called before the daemon starts, which joins what is left of the others and accounts for what is older.
    """
    unclaimed = due.find_unclaimed(session, until=now)
    lost = [item for item in unclaimed if item.starts_at >= since and not _is_left(item, now, least_share)]
    return len(playout.claim(session, _claims(lost, owner), owner=owner, now=now, zone=zone))


def _is_left(item: DueProgramme, now: datetime, least_share: float) -> bool:
    offset = offset_at(item.starts_at, now=now)
    return is_worth_joining(offset_s=offset, seconds=item.order.seconds, least_share=least_share)


def _claims(lost: Sequence[DueProgramme], owner: str) -> list[NewClaim]:
    claims = []
    for item in lost:
        entries = tell_missed(
            item.order.deliveries, zone_id=item.zone_id, reason=Reason.NO_TRUSTED_TIME, recorded_by=owner
        )
        claims.append(NewClaim(key=item.key, token=0, entries=tuple(entries)))
    return claims

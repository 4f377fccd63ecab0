"""Which files villages may have: those that running orders send to them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.models import RunningOrder


def is_sent_to_villages(session: Session, sha256: str) -> bool:
    """Tell whether a file was made to be played in a village."""
    return session.scalar(select(RunningOrder.key).where(RunningOrder.transport_sha256 == sha256).limit(1)) is not None

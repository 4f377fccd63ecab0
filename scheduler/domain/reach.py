"""What the station tells outsiders and hears from them: kinds of notice, when one is sent again, bulletins received."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID


class NoticeKind(StrEnum):
    """What outsiders can be told of."""

    VILLAGE_OFFLINE = "village_offline"
    BROADCAST_MISSED = "broadcast_missed"
    NOTHING_TO_AIR = "nothing_to_air"
    """Something promised for tomorrow has nothing that may air."""
    DISK = "disk"
    CLOCK = "clock"
    BACKUP_OLD = "backup_old"
    OTHER = "other"
    """Any other alarm."""


class TargetKind(StrEnum):
    """By which road a target is told."""

    WEBHOOK = "webhook"
    APPRISE = "apprise"


class BulletinState(StrEnum):
    """What an operator made of what came in from the central information system."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


_KIND_OF_ALARM: Mapping[str, NoticeKind] = {
    "village_offline": NoticeKind.VILLAGE_OFFLINE,
    "village_many_offline": NoticeKind.VILLAGE_OFFLINE,
    "broadcast_missed": NoticeKind.BROADCAST_MISSED,
    "nothing_to_air": NoticeKind.NOTHING_TO_AIR,
    "disk_full": NoticeKind.DISK,
    "disk_nearly_full": NoticeKind.DISK,
    "clock_not_synchronised": NoticeKind.CLOCK,
    "clock_stepped": NoticeKind.CLOCK,
    "backup_old": NoticeKind.BACKUP_OLD,
    "backup_never": NoticeKind.BACKUP_OLD,
}

TOLD_LIVE: Final = frozenset(
    {"disk_full", "disk_nearly_full", "clock_not_synchronised", "broadcast_missed", "nothing_to_air"}
)
"""Alarms that the dashboard and the doctor need not list: they tell the same from what they see at that moment."""


def kind_of(alarm: str) -> NoticeKind:
    """As what an alarm of a kind is told outside."""
    return _KIND_OF_ALARM.get(alarm, NoticeKind.OTHER)


RETRY_AFTER: Final = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
"""How long is waited after each attempt that failed (Standard Webhooks 1.0, “Deliverability and reliability”)."""


def next_try(attempts: int, *, now: datetime) -> datetime | None:
    """When something that was tried so often is tried again; None when it is given up (three days by then)."""
    return now + RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A notice as it leaves the station."""

    id: UUID
    at: datetime
    kind: NoticeKind
    code: str
    """The kind of the alarm, more exact than `kind`."""
    subject: str
    cleared: bool
    title: str
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)

"""What the station tells outsiders and hears from them: kinds of notice, of target, and what became of a bulletin."""

from enum import StrEnum


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

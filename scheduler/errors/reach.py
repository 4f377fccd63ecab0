"""What is told outside of the station and comes from there: alarms, notices, the central system."""

from scheduler.errors.base import Refused, Unavailable


class UnknownAlarm(Refused):
    """There is no `alarm` of this number."""

    code = "unknown_alarm"


class AlarmOver(Refused):
    """The trouble ended (`since`) before anybody said that they see to it."""

    code = "alarm_over"


class UnknownTarget(Refused):
    """Nobody is told under this `name`."""

    code = "unknown_target"


class BadTarget(Refused):
    """Nothing can be sent to this `address`."""

    code = "bad_target"


class CentralAway(Unavailable):
    """The central information system does not answer as it should; `reason` says how."""

    code = "central_away"


class CentralRefused(Refused):
    """The central information system does not want what it was told; `reason` says why."""

    code = "central_refused"


class UnknownBulletin(Refused):
    """The central system sent no `bulletin` of this number."""

    code = "unknown_bulletin"


class BulletinDecided(Refused):
    """Somebody (`by`) has decided on this already."""

    code = "bulletin_decided"


class NoticeNotTaken(Unavailable):
    """Who is told did not take a notice; `reason` says what came back, `permanent` that asking again is in vain."""

    code = "notice_not_taken"

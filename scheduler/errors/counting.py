"""What cannot be read out of, or corrected in, the as-run log."""

from scheduler.errors.base import Refused


class UnknownAiring(Refused):
    """There is no airing with this number (`airing`) in the plan."""

    code = "unknown_airing"


class NotInLog(Refused):
    """The as-run log has nothing about this `airing` in this `zone`, so there is nothing to correct."""

    code = "not_in_log"


class UnknownDelivery(Refused):
    """The as-run log has no line about this `airing` in this `zone`, or it lies outside of the person's areas."""

    code = "unknown_delivery"


class DeliveryChanged(Refused):
    """Somebody else corrected the delivery meanwhile; `by` is who, `seconds` what they wrote."""

    code = "delivery_changed"


class PeriodTooLong(Refused):
    """More days were asked for at once than the log is looked through; `days` is how many it may be."""

    code = "period_too_long"


class TooManyLines(Refused):
    """More lines fit than one file may hold; `limit` is how many it may."""

    code = "too_many_lines"


class BadPeriod(Refused):
    """The period ends (`last`) before it begins (`first`)."""

    code = "bad_period"

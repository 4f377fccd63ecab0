"""Areas, zones and loudspeakers that are not there, or there already."""

from scheduler.errors.base import Refused


class UnknownArea(Refused):
    """No `area` goes by this code or name on the day (`on`)."""

    code = "unknown_area"


class AmbiguousArea(Refused):
    """Several areas go by this name (`area`); `found` lists them."""

    code = "ambiguous_area"


class AreaCodeTaken(Refused):
    """Another area (`area`) bears this `area_code` in a part of that time."""

    code = "area_code_taken"


class UnknownZone(Refused):
    """There is no zone with this code (`zone`)."""

    code = "unknown_zone"


class UnknownLoudspeaker(Refused):
    """No loudspeaker in use has this number."""

    code = "unknown_loudspeaker"


class ZoneExists(Refused):
    """A zone with this code (`zone`) exists, or did and its code stays taken."""

    code = "zone_exists"


class BadHours(Refused):
    """These `hours` are not stretches of a day such as 05:00-21:00."""

    code = "bad_hours"

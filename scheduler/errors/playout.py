"""Carriers that are unknown or cannot sound."""

from scheduler.errors.base import Refused, Unavailable


class UnknownCarrier(Refused):
    """A zone names a carrier (`name`) that this station does not know; `known` lists those it does."""

    code = "unknown_carrier"


class CarrierDown(Unavailable):
    """The carrier (`name`) cannot sound now; `reason` is what it said."""

    code = "carrier_down"

"""Seals that cannot be made, and what does not fit them."""

from scheduler.errors.base import Refused, Unavailable


class DayNotOver(Refused):
    """A `day` that is not over cannot be sealed."""

    code = "day_not_over"


class SealsDiffer(Refused):
    """The file of seals and the database do not tell the same about seal `number`: nothing is sealed on top of that."""

    code = "seals_differ"


class SealMadeMeanwhile(Unavailable):
    """Another process made seal `number` at the same moment."""

    code = "seal_made_meanwhile"


class UnknownSeal(Refused):
    """There is no seal `number`."""

    code = "unknown_seal"


class NotSealedYet(Refused):
    """The entry is in the log, and the day it was written on is not sealed yet."""

    code = "not_sealed_yet"


class SealTooLarge(Refused):
    """Seal `number` holds more than `most` rows: a proof for one of them would keep a page waiting."""

    code = "seal_too_large"


class SealKeyAway(Unavailable):
    """The key that signs seals is not on this machine."""

    code = "seal_key_away"


class FileInTheWay(Refused):
    """A file that would be written is there already (`path`)."""

    code = "file_in_the_way"

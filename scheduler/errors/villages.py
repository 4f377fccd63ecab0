"""What goes wrong between the station and the players in villages."""

from scheduler.errors.base import Refused, Unavailable


class BadMessage(Refused):
    """A message between station and village cannot be read; `reason` says why."""

    code = "bad_message"


class BadSignature(Refused):
    """A message bears no signature of a key that is believed; `reason` says which check failed."""

    code = "bad_signature"


class PlanRefused(Refused):
    """A plan that the station signed is not for this player, older than the one it has, or of no use; see `reason`."""

    code = "plan_refused"


class PlayerInUse(Unavailable):
    """Another process plays from `folder` already."""

    code = "player_in_use"


class NotPaired(Refused):
    """The player in `folder` was not paired with a zone yet."""

    code = "not_paired"


class BadMembership(Unavailable):
    """What the player in `folder` was given when it was paired cannot be read."""

    code = "bad_membership"


class BadBrokerAddress(Refused):
    """The `address` of a broker cannot be used: `mqtt://host:port` or `mqtts://host:port` is meant."""

    code = "bad_broker_address"


class LinkFull(Unavailable):
    """So many messages (`waiting`) wait for a broker already that no more are taken."""

    code = "link_full"


class NoPlayerThere(Refused):
    """No village player that is paired is in the place a command is for."""

    code = "no_player_there"


class NotAVillageZone(Refused):
    """The zone (`zone`) is not reached through a player in the village, so that no box can be paired with it."""

    code = "not_a_village_zone"


class UnknownPlayer(Refused):
    """There is no such box (`player`), or none that is let in for this zone."""

    code = "unknown_player"


class UnknownCommand(Refused):
    """There is no such command (`command`), or none that reached a zone of this person."""

    code = "unknown_command"


class NotForWholeStation(Refused):
    """Only who has the right in the whole station tells all villages something."""

    code = "not_for_whole_station"


class NotASamplePlayer(Refused):
    """Only a player that was started for a demonstration lets its link be cut from a page."""

    code = "not_a_sample_player"


class BrokerDied(Unavailable):
    """The embedded broker ended or did not start; `reason` is what is known."""

    code = "broker_died"


class BadStationAddress(Refused):
    """The `address` of a station (or file with its authority) cannot be used: `https://host` is meant."""

    code = "bad_station_address"


class PlainLinkRefused(Refused):
    """The station's `address` is plain http and not within the house: secrets would be read on the way."""

    code = "plain_link_refused"


class StationUnreachable(Unavailable):
    """The station does not answer a box, or not as it should; `reason` says what happened."""

    code = "station_unreachable"


class StationBusy(Unavailable):
    """The station asks a box to come again, after `wait_s` if it said so."""

    code = "station_busy"


class TokenRefused(Refused):
    """The station lets this box in no more: it was revoked, or replaced by another."""

    code = "token_refused"


class FileNotThere(Unavailable):
    """The station has no file with this `sha256` (any more, or yet)."""

    code = "file_not_there"


class FileOfAnotherSize(Refused):
    """The file `sha256` has another `size` at the station than the signed plan says."""

    code = "file_of_another_size"


class NothingToSay(Refused):
    """What a village was told to say (`broadcast`) is over, called off, or cannot be played there."""

    code = "nothing_to_say"


class BadPairingText(Refused):
    """What was typed or scanned (`text`) is no pairing code, or does not say of which station."""

    code = "bad_pairing_text"


class BadMembershipTold(Unavailable):
    """The station's answer to a pairing cannot be read; `reason` says why."""

    code = "bad_membership_told"

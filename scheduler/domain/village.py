"""Village players as the station sees them: states, outcomes of commands, what becomes of journal rows."""

from dataclasses import dataclass
from enum import StrEnum


class CommandOutcome(StrEnum):
    """What became of a command at a player."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    """No answer came before its end."""


class Refusal(StrEnum):
    """Why a player did not obey a command; the code travels in the journal."""

    BAD_SIGNATURE = "bad_signature"
    BAD_MESSAGE = "bad_message"
    EXPIRED = "expired"
    REPLAYED = "replayed"
    NOT_FOR_US = "not_for_us"
    NO_TRUSTED_TIME = "no_trusted_time"
    NOT_ALLOWED = "not_allowed"
    NOT_YET = "not_yet"
    """It comes from further ahead than two clocks may differ."""
    NOTHING_TO_SAY = "nothing_to_say"


class BoxProblem(StrEnum):
    """What a box says is wrong with it; the code travels in its status."""

    NO_TRUSTED_TIME = "no_trusted_time"
    CLOCK_OFF = "clock_off"
    """The computer's own clock, by the trusted time."""
    NO_PLAN = "no_plan"
    PLAN_EXPIRED = "plan_expired"
    DISK_FULL = "disk_full"
    FILE_REFUSED = "file_refused"
    FILES_UNREACHABLE = "files_unreachable"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 -- no secret
    PLAIN_LINK = "plain_link"
    SOUND_DEVICE = "sound_device"
    MICROPHONE = "microphone"
    AMPLIFIER_SILENT = "amplifier_silent"
    AMPLIFIER_OFF = "amplifier_off"
    SIM_MISSING = "sim_missing"
    SIM_LOCKED = "sim_locked"
    HOT = "hot"


class JournalState(StrEnum):
    """How far the station has come with a row of a player's journal."""

    RECEIVED = "received"
    POSTED = "posted"
    QUARANTINED = "quarantined"
    """It contradicts the log or cannot be read; a person looks at it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataUsed:
    """What a SIM has carried: on the last day told of, and on the earlier days of that day's month."""

    day: str | None = None
    """`2026-11-24`."""
    day_bytes: int = 0
    month: str | None = None
    """`2026-11`."""
    earlier_bytes: int = 0

    def told(self, day: str | None, day_bytes: int) -> "DataUsed":
        """What it is after a box has told of a day; an older day than the last one changes nothing."""
        if day is None or (self.day is not None and day < self.day):
            return self
        month = day[:7]
        if month != self.month:
            return DataUsed(day=day, day_bytes=day_bytes, month=month)
        ended = self.day_bytes if self.day is not None and self.day != day else 0
        return DataUsed(day=day, day_bytes=day_bytes, month=month, earlier_bytes=self.earlier_bytes + ended)

    def on(self, day: str) -> int:
        """Bytes of a day; 0 when the box has told nothing of it."""
        return self.day_bytes if self.day == day else 0

    def within(self, month: str) -> int:
        """Bytes of a month so far; 0 when the box has told nothing of it."""
        return self.earlier_bytes + self.day_bytes if self.month == month else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayerRef:
    """A paired box that is not revoked, as far as its messages need it known."""

    player_id: int
    zone_id: int
    username: str
    public_key: str
    """Ed25519, hex."""

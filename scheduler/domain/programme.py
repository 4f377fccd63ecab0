"""What an episode, its editions and their recordings may become: languages, states and their allowed steps."""

from enum import StrEnum

LANGUAGE_NAMES: dict[str, dict[str, str]] = {
    "vi": {"vi": "phổ thông", "en": "Vietnamese"},
    "blt": {"vi": "Thái", "en": "Tai Dam"},
    "twh": {"vi": "Thái Trắng", "en": "Tai Dón"},
    "hmn": {"vi": "Mông", "en": "Hmong"},
    "ium": {"vi": "Dao", "en": "Iu Mien"},
}
"""ISO 639 code → name on the screen; `th` is Thailand's language and is not ours. CLDR has no Vietnamese names for these."""


class EditionState(StrEnum):
    """How far an edition has come on its way to the air."""

    DRAFT = "draft"
    MEASURED = "measured"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RecordingState(StrEnum):
    """How far the ingest of a recording has come."""

    RECEIVED = "received"
    MEASURED = "measured"
    REFUSED = "refused"


class Verdict(StrEnum):
    """What measuring says of a file."""

    ACCEPTED = "accepted"
    FLAGGED = "flagged"
    REFUSED = "refused"


class Decision(StrEnum):
    """What a reviewer decides."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class IngestState(StrEnum):
    """How far a request to take in a recording has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

"""What an episode, its editions and their recordings may become: languages, states and their allowed steps."""

from collections.abc import Mapping
from enum import StrEnum

from scheduler.errors import StepNotAllowed, UnknownLanguage

LANGUAGE_NAMES: dict[str, dict[str, str]] = {
    "vi": {"vi": "phổ thông", "en": "Vietnamese"},
    "blt": {"vi": "Thái", "en": "Tai Dam"},
    "twh": {"vi": "Thái Trắng", "en": "Tai Dón"},
    "hmn": {"vi": "Mông", "en": "Hmong"},
    "ium": {"vi": "Dao", "en": "Iu Mien"},
}
"""ISO 639 code → name on the screen (CLDR has no Vietnamese ones); `th` is Thailand's language and is not ours."""


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


class Credit(StrEnum):
    """What somebody did for an edition."""

    EDITOR = "editor"
    TRANSLATOR = "translator"
    READER = "reader"
    TECHNICIAN = "technician"


class IngestState(StrEnum):
    """How far a request to take in a recording has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


NEXT_STATES: Mapping[EditionState, frozenset[EditionState]] = {
    EditionState.DRAFT: frozenset({EditionState.MEASURED, EditionState.WITHDRAWN}),
    EditionState.MEASURED: frozenset({EditionState.MEASURED, EditionState.SUBMITTED, EditionState.WITHDRAWN}),
    EditionState.SUBMITTED: frozenset(
        {EditionState.MEASURED, EditionState.APPROVED, EditionState.REJECTED, EditionState.WITHDRAWN}
    ),
    EditionState.APPROVED: frozenset({EditionState.MEASURED, EditionState.SUBMITTED, EditionState.WITHDRAWN}),
    EditionState.REJECTED: frozenset({EditionState.MEASURED, EditionState.SUBMITTED, EditionState.WITHDRAWN}),
    EditionState.WITHDRAWN: frozenset({EditionState.MEASURED, EditionState.SUBMITTED}),
}
"""What an edition may become next; a new take always leads back to measured, and only what was submitted is decided."""


def check_step(state: EditionState, wanted: EditionState) -> None:
    """Raises `StepNotAllowed` when an edition in this state may not become the wanted one."""
    if wanted not in NEXT_STATES[state]:
        raise StepNotAllowed(state=state.value, wanted=wanted.value)


def check_language(language: str) -> None:
    """Raises `UnknownLanguage` for a code that is not on the station's list."""
    if language not in LANGUAGE_NAMES:
        raise UnknownLanguage(language=language, known=", ".join(LANGUAGE_NAMES))


def is_author(user_id: int, *, state: EditionState, received_by: int | None, submitted_by: int | None) -> bool:
    """Tell whether somebody delivered a take, or laid just it (not an older one) before the approver."""
    return user_id == received_by or (state is EditionState.SUBMITTED and user_id == submitted_by)


def is_within_duration_rule(seconds: float, *, shortest: float, longest: float) -> bool:
    """Tell whether a length keeps the rule of its series; both ends are within."""
    return shortest <= seconds <= longest

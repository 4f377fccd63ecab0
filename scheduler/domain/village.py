"""Village players as the station sees them: states, outcomes of commands, what becomes of journal rows."""

from enum import StrEnum


class CommandOutcome(StrEnum):
    """What became of a command at a player."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    """No answer came before its end."""


class JournalState(StrEnum):
    """How far the station has come with a row of a player's journal."""

    RECEIVED = "received"
    POSTED = "posted"
    QUARANTINED = "quarantined"
    """It contradicts the log or cannot be read; a person looks at it."""

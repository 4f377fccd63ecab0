"""What every error is: a stable code and facts; refused by a rule, or something outside that fails."""

from typing import ClassVar


class BroadcastError(Exception):
    """Root of all errors raised on purpose.

    `code` is stable and machine-readable; `facts` are the keyword values the wording may name.
    """

    code: ClassVar[str] = "broadcast_error"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.code, facts)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({told})"


class Refused(BroadcastError):
    """The request breaks a rule of the station; asking again will not help."""

    code = "refused"


class Unavailable(BroadcastError):
    """Something outside (carrier, disk, database) failed; asking again may help."""

    code = "unavailable"

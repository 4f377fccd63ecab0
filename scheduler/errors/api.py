"""What another program that asks is refused: a token that does not reach, a question that cannot be read."""

from scheduler.errors.base import Refused


class TokenNeeded(Refused):
    """A program asked without a token that is valid."""

    code = "token_needed"


class TokenMayNot(Refused):
    """A token's role or area (`needed`) does not reach what a program asked for."""

    code = "token_may_not"


class UnknownToken(Refused):
    """There is no such token (`token`), or not for this person."""

    code = "unknown_token"


class BadQuestion(Refused):
    """What a program asked cannot be read; `problems` says of each field why."""

    code = "bad_question"


class BadCursor(Refused):
    """The place to read on from is not one that was given out for this question and this token."""

    code = "bad_cursor"

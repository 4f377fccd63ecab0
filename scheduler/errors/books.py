"""What closed books and the second person who agrees to a correction ask for."""

from scheduler.errors.base import Refused


class BooksClosed(Refused):
    """The books of `day` (and of so many days in all: `number`) are closed; changes ask for a second person."""

    code = "books_closed"


class RuleReachesClosedBooks(Refused):
    """A counting rule would change numbers of closed books (until `closed_until`); it may begin on `begins`."""

    code = "rule_reaches_closed_books"


class CountersignNeeded(Refused):
    """Who asked for a correction of closed books may not agree to it as well; `by` is that person."""

    code = "countersign_needed"


class AlreadyAsked(Refused):
    """A correction of this delivery waits for a second person already; `by` asked for it."""

    code = "already_asked"


class AlreadyDecided(Refused):
    """Somebody (`by`) has decided on this request already."""

    code = "already_decided"


class UnknownRequest(Refused):
    """There is no request for a correction with this `number`, or it is about a place outside the person's areas."""

    code = "unknown_request"


class PeriodNotOver(Refused):
    """Books are closed of days that are over; `last` is not."""

    code = "period_not_over"


class LinesOpen(Refused):
    """`number` lines of the period have no reason or no report, on `days`."""

    code = "lines_open"


class RequestsOpen(Refused):
    """`number` corrections of the period wait for a second person."""

    code = "requests_open"


class PeriodClosedAlready(Refused):
    """Exactly this period was closed on `at` by `by`."""

    code = "period_closed_already"


class UnknownClose(Refused):
    """There is no close of a period with this `number`."""

    code = "unknown_close"


class NothingToAnswer(Refused):
    """None of the lines chosen is open (any more)."""

    code = "nothing_to_answer"

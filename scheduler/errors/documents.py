"""What keeps a document from being made or a calendar from being fetched."""

from scheduler.errors.base import Refused, Unavailable


class FontsMissing(Unavailable):
    """The fonts of printed documents were not built (`folder` is where they belong)."""

    code = "fonts_missing"


class BadTemplate(Refused):
    """The station's template of the report (`name`) cannot be used: `problem` on `line` (0: not known where)."""

    code = "bad_template"


class UnknownFeed(Refused):
    """There is no calendar feed of this `feed` number, or not for this person."""

    code = "unknown_feed"


class TooManyDays(Refused):
    """A sheet of the log is of a week or a month: at most `limit` days."""

    code = "too_many_days"

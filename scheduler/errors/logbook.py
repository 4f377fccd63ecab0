"""Workbooks of what was aired and confirmations by people that are not taken as they are."""

from scheduler.errors.base import Refused


class NothingToConfirm(Refused):
    """No delivery was ticked."""

    code = "nothing_to_confirm"


class NotOverYet(Refused):
    """The delivery of `at` may still sound: nobody can say yet what it came to."""

    code = "not_over_yet"


class LogbookUnreadable(Refused):
    """The file (`name`) is no workbook this station can read; `reason` is `format`, `too_big` or `damaged`."""

    code = "logbook_unreadable"


class LogbookProblems(Refused):
    """The logbook was not imported; `problems` lists every one of its `count` problems with sheet, row and column."""

    code = "logbook_problems"

"""Series, episodes, editions and takes that are not there, or not in a state for what is asked."""

from scheduler.errors.base import Refused


class UnknownSeries(Refused):
    """There is no series with this code (`series`)."""

    code = "unknown_series"


class UnknownEpisode(Refused):
    """The series (`series`) has no episode of this `year` and `number`."""

    code = "unknown_episode"


class UnknownEdition(Refused):
    """The episode (`series`, `year`, `number`) is not made in this `language`."""

    code = "unknown_edition"


class UnknownLanguage(Refused):
    """The `language` is not on the station's list (`known`)."""

    code = "unknown_language"


class SeriesExists(Refused):
    """A series with this code (`series`) is in the catalogue, or was and its code stays taken."""

    code = "series_exists"


class EpisodeExists(Refused):
    """The series (`series`) has an episode of this `year` and `number`, or had one whose number stays taken."""

    code = "episode_exists"


class BadField(Refused):
    """The value (`value`) of this `field` is empty or not of the form it must have."""

    code = "bad_field"


class StepNotAllowed(Refused):
    """An edition that is `state` cannot become `wanted`."""

    code = "step_not_allowed"


class ReasonMissing(Refused):
    """The `decision` needs a reason that the makers can read."""

    code = "reason_missing"


class UnknownRecording(Refused):
    """No take of the edition has bytes whose SHA-256 begins with `sha256`."""

    code = "unknown_recording"


class NoTakeYet(UnknownRecording):
    """Nothing was delivered for the edition yet."""

    code = "no_take_yet"


class RecordingNotFound(Refused):
    """There is no recording with this number (`recording`)."""

    code = "recording_not_found"


class DuplicateRecording(Refused):
    """The same bytes are take `take` of `series` number `number` of `year` in `language` (`recording`)."""

    code = "duplicate_recording"


class RecordingNotMeasured(Refused):
    """The `take` has not been measured and rendered yet."""

    code = "recording_not_measured"


class TakeChanged(Refused):
    """Another `take` than the one that was looked at is the newest to decide on."""

    code = "take_changed"


class AuthorMayNotApprove(Refused):
    """Who delivered the take or laid it before the approver does not approve it; a rule of the station."""

    code = "author_may_not_approve"


class RecordingRefused(Refused):
    """The `take` was refused by the measurement for `reason`."""

    code = "recording_refused"

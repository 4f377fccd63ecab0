"""Parts of a file that do not fit, and files there is no room for."""

from scheduler.errors.base import Refused, Unavailable


class UnknownUpload(Refused):
    """There is no such upload, or it is somebody else's (`upload`)."""

    code = "unknown_upload"


class UploadTooLarge(Refused):
    """The file is larger than `limit_mb`."""

    code = "upload_too_large"


class TooManyUploads(Refused):
    """The person has `limit` files under way or unconfirmed already."""

    code = "too_many_uploads"


class UploadUnfinished(Refused):
    """Not all of the file (`name`) is here yet."""

    code = "upload_unfinished"


class UploadOffsetWrong(Refused):
    """The part does not begin where the file ends so far (`offset`)."""

    code = "upload_offset_wrong"


class UploadBusy(Refused):
    """Another part of the same file is being written."""

    code = "upload_busy"


class UploadLost(Refused):
    """What was sent of the file is no longer on the disk."""

    code = "upload_lost"


class BadPart(Refused):
    """A part is smaller than `smallest` without being the last, or goes beyond the end of the file."""

    code = "bad_part"


class EpisodeTitleMissing(Refused):
    """There is no episode of this `number` and `year` yet, and without a title none is made."""

    code = "episode_title_missing"


class NoRoom(Unavailable):
    """The disk has no room for a file of this size (`free_mb` are left)."""

    code = "no_room"

"""Files that are no usable recording, and the store that keeps them."""

from scheduler.errors.base import Refused, Unavailable


class MediaMissing(Unavailable):
    """No file with this `sha256` is in the media store."""

    code = "media_missing"


class MediaCorrupt(Unavailable):
    """The stored file's bytes are not those of its name (`sha256`)."""

    code = "media_corrupt"


class MediaNotStored(Unavailable):
    """The disk did not take the file; `reason` is what it said."""

    code = "media_not_stored"


class FileEmpty(Refused):
    """The file has no bytes."""

    code = "file_empty"


class NotAudio(Refused):
    """The bytes are not sound: text, a web page, a picture, noise."""

    code = "not_audio"


class Playlist(Refused):
    """The file only names other files or addresses; `kind` says which kind of list it is."""

    code = "playlist"


class NoAudioStream(Refused):
    """A film or container without any sound in it."""

    code = "no_audio_stream"


class CodecNotAllowed(Refused):
    """The sound is coded in a way (`codec`) that this station does not take."""

    code = "codec_not_allowed"


class Truncated(Refused):
    """Part of the file is missing: `share` of what it promises is there (None: its end mark is missing)."""

    code = "truncated"


class HeaderLies(Refused):
    """The header tells another length (`told_s`) than the file holds (`held_s`), beyond what damage explains."""

    code = "header_lies"


class NanSamples(Refused):
    """From `at_s` on there are numbers that are no sound (NaN, infinite or absurdly large)."""

    code = "nan_samples"


class TooLong(Refused):
    """There is more sound than `limit_s`."""

    code = "too_long"


class TooShort(Refused):
    """There is less sound (`seconds`) than `limit_s`."""

    code = "too_short"


class Silent(Refused):
    """Nothing in the file is louder than `limit_lufs`."""

    code = "silent"


class TooHeavy(Refused):
    """Measuring the file needs more memory or computing time than one recording may take."""

    code = "too_heavy"


class IngestCrashed(Refused):
    """The file brings down the process that measures it."""

    code = "ingest_crashed"


class StepFailed(Unavailable):
    """A step of making the file that airs (`step`) failed for a reason outside the file (`reason`)."""

    code = "step_failed"

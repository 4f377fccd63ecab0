"""The sound of recordings over HTTP Range, and what pages draw of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, request, send_file
from flask.typing import ResponseReturnValue

from scheduler.domain.people import Right
from scheduler.domain.waveform import Waveform, draw, outline
from scheduler.models import Recording
from scheduler.services import ingest
from scheduler.wording import word_finding
from web.security import allow
from web.station import look, media
from web.translations import page_language

pages = Blueprint("media", __name__)

LARGEST_PIECE = 4 * 2**20
"""A player that asks for the rest gets so much and asks again: one that is paused holds no thread of the server."""
TYPES = {"flac": "audio/flac", "mp3": "audio/mpeg", "opus": "audio/ogg", "vorbis": "audio/ogg", "aac": "audio/mp4"}
"""By codec; `pcm_…` is WAV, and anything else is bytes."""


@pages.get("/media/recording/<int:recording_id>/<any(original, master, opus):which>")
@allow(Right.SEE)
def send_recording(recording_id: int, which: str) -> ResponseReturnValue:
    """The delivered bytes of a recording, or one of the files made of it; only the store knows where they lie."""
    with look() as session:
        recording = ingest.get_recording(session, recording_id)
    sha256, content_type, ending = _describe(recording, which)
    if sha256 is None:
        abort(404)
    shorten_range()
    answer = send_file(
        Path(media().path(sha256)),
        mimetype=content_type,
        download_name=f"{recording_id}-{which}{ending}",
        conditional=True,
        etag=sha256,
        last_modified=recording.received_at,
    )
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Accept-Ranges"] = "bytes"
    return answer


def _describe(recording: Recording, which: str) -> tuple[str | None, str, str]:
    if which == "master":
        return recording.master_sha256, "audio/flac", ".flac"
    if which == "opus":
        return recording.opus_sha256, "audio/ogg", ".opus"
    return recording.sha256, _type_of(recording.codec or ""), ""


def _type_of(codec: str) -> str:
    return "audio/wav" if codec.startswith("pcm_") else TYPES.get(codec, "application/octet-stream")


def shorten_range() -> None:
    """Let who asks for all the rest have a piece of it."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return
    first, end = asked.ranges[0]
    if first is not None and first >= 0 and (end is None or end - first > LARGEST_PIECE):
        request.environ["HTTP_RANGE"] = f"bytes={first}-{first + LARGEST_PIECE - 1}"


# --- what templates ask ------------------------------------------------------------------------------------------
@pages.app_template_global()
def waveform_of(recording: Recording) -> Waveform | None:
    """The waveform of what is heard of a recording; None before it is measured."""
    if not recording.seconds:
        return None
    if recording.master_sha256 is None:
        return draw(recording.peaks, seconds=recording.seconds, findings=recording.findings)
    cut_s = float(recording.rendering.get("trimmed_head_s") or 0.0)
    return draw(
        recording.peaks,
        seconds=recording.seconds,
        findings=recording.findings,
        cut_s=cut_s,
        heard_s=recording.master_seconds or None,
    )


pages.add_app_template_global(outline, "outline_of")


@pages.app_template_filter()
def finding_sentence(finding: Mapping[str, Any]) -> str:
    """A finding in words, in the page's language."""
    return word_finding(finding, language=page_language())

"""Files from a browser in parts that survive a reload and a restart: tus 1.0 (creation, termination, checksum)."""

import base64
import binascii
import hashlib
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from scheduler.domain.people import Right
from scheduler.parts import Parts
from scheduler.services import uploads
from web.security import allow, me
from web.station import change, look, now, station
from web.throttle import limiter

pages = Blueprint("tus", __name__, url_prefix="/uploads/files")

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,checksum"
CHECKSUMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
PART = "application/offset+octet-stream"
BEGUN_BY_PERSON = "120 per 10 minutes"
PARTS_OF_PERSON = "3000 per minute"
"""Of up to a MiB each: more than a network carries, and too little to keep a disk busy with crumbs."""
CHECKSUM_DIFFERS = 460


class _Differs(HTTPException):
    code = CHECKSUM_DIFFERS
    description = "checksum mismatch"


def parts() -> Parts:
    """Where the bytes of uploads lie."""
    return Parts(station().settings.home)


def person_key() -> str:
    """By whom uploads are counted."""
    return f"person:{me().id}"


def free_bytes() -> int:
    """What the station's disk has left."""
    return int(current_app.extensions["look_at_machine"]().free_bytes)


def begin(name: str, size_bytes: int) -> UUID:
    """A new upload of the signed-in person with its empty file; what nobody went on with for days is swept first."""
    there = parts().find()  # Before the rows: whoever begins one meanwhile makes the row first.
    with change() as session:
        kept = uploads.sweep(session, now=now())
    for stray in there - kept:
        parts().remove(stray)
    with change() as session:
        made = uploads.begin(
            session, user_id=me().id, name=name, size_bytes=size_bytes, free_bytes=free_bytes(), now=now()
        )
    parts().make(made.id)
    return made.id


def keep(upload_id: UUID, data: bytes, *, offset: int) -> int:
    """Write a part to the disk, then acknowledge it; gives where the file ends now."""
    with look() as session:
        uploads.get_upload(session, upload_id, user_id=me().id)
    with parts().hold(upload_id) as held:
        with look() as session:  # Again: only now does nobody else write.
            upload = uploads.get_upload(session, upload_id, user_id=me().id)
        uploads.check_part(upload, offset=offset, length=len(data))
        held.write(data, at=offset)
        end = offset + len(data)
        sha256 = held.sha256() if end == upload.size_bytes else None
        with change() as session:
            uploads.keep_part(session, upload_id, offset=offset, length=len(data), sha256=sha256, now=now())
    return end


# --- the protocol -------------------------------------------------------------------------------------------------
@pages.after_request
def _say_version(answer: Response) -> Response:
    answer.headers["Tus-Resumable"] = VERSION
    if answer.status_code == 412:
        answer.headers["Tus-Version"] = VERSION
    return answer


@pages.route("", methods=["OPTIONS"])
@allow(Right.MAKE, by_person=False)
def tell_abilities() -> ResponseReturnValue:
    """What this server can do."""
    told = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(uploads.LARGEST_FILE),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return "", 204, told


@pages.post("")
@allow(Right.MAKE)
@limiter.limit(BEGUN_BY_PERSON, key_func=person_key)
def create() -> ResponseReturnValue:
    """Begin an upload; its address goes on with it."""
    _check_version()
    upload_id = begin(_told_name(), _whole_number("Upload-Length"))
    return "", 201, {"Location": url_for(".append", upload_id=upload_id)}


@pages.route("/<uuid:upload_id>", methods=["HEAD"])
@allow(Right.MAKE)
def tell_offset(upload_id: UUID) -> ResponseReturnValue:
    """How much of a file is here."""
    _check_version()
    with look() as session:
        upload = uploads.get_upload(session, upload_id, user_id=me().id)
    if upload.finished_at is None:
        parts().check(upload_id, at_least=upload.received_bytes)
    told = {"Upload-Offset": str(upload.received_bytes), "Upload-Length": str(upload.size_bytes)}
    return "", 200, {**told, "Cache-Control": "no-store"}


@pages.patch("/<uuid:upload_id>")
@allow(Right.MAKE)
@limiter.limit(PARTS_OF_PERSON, key_func=person_key)
def append(upload_id: UUID) -> ResponseReturnValue:
    """Take the next part of a file."""
    _check_version()
    if request.mimetype != PART:
        abort(415)
    offset = _whole_number("Upload-Offset")
    if request.content_length is None:
        abort(411)
    if request.content_length > uploads.LARGEST_PART:
        abort(413)
    data = request.get_data(cache=False)
    _check_sum(data)
    end = keep(upload_id, data, offset=offset)
    return "", 204, {"Upload-Offset": str(end)}


@pages.delete("/<uuid:upload_id>")
@allow(Right.MAKE)
def terminate(upload_id: UUID) -> ResponseReturnValue:
    """Forget an upload."""
    _check_version()
    drop(upload_id)
    return "", 204


def drop(upload_id: UUID) -> None:
    """Forget an upload of the signed-in person and its bytes."""
    with change() as session:
        uploads.drop(session, upload_id, user_id=me().id)
    parts().remove(upload_id)


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        abort(412)


def _whole_number(header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        abort(400)
    return int(text)


def _told_name() -> str:
    """The file's name from `Upload-Metadata`: pairs of a key and a text in base64."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode("utf-8", errors="replace")
            except binascii.Error:
                abort(400)
    return ""


def _check_sum(data: bytes) -> None:
    told = request.headers.get("Upload-Checksum")
    if told is None:
        return
    name, _, value = told.partition(" ")
    if name not in CHECKSUMS:
        abort(400)
    if base64.b64encode(CHECKSUMS[name](data).digest()).decode() != value.strip():
        raise _Differs

"""One chunk of a file over HTTP: asked for from where the last one ended, written as it comes, surprises told apart."""

import http.client
import re
from collections.abc import Callable

from audio.village.partial import Partials, sync
from audio.village.station_link import StationLink
from scheduler.errors import (
    BroadcastError,
    FileNotThere,
    FileOfAnotherSize,
    StationBusy,
    StationUnreachable,
    TokenRefused,
)
from scheduler.village_messages import VillageFile

_BLOCK = 64 * 1024
_LARGEST_NUMBER = 18
_STRETCH = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_LONGEST_WAIT_S = 3600.0


def fetch_chunk(
    link: StationLink,
    partials: Partials,
    file: VillageFile,
    *,
    token: str,
    most: int,
    most_whole: int,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Fetch the next `most` bytes at most; says how many came. What came before a link broke is kept.

    A station that knows no ranges sends the whole: it is taken if it is no larger than `most_whole`. Raises
    `StationUnreachable`, `StationBusy`, `TokenRefused`, `FileNotThere`, `FileOfAnotherSize`, `OSError` of the disk.
    """
    at = partials.length(file.sha256)
    if at > file.size_bytes:
        partials.drop(file.sha256)
        at = 0
    end = min(at + most, file.size_bytes)
    answer = link.ask(
        "GET",
        f"/village/files/{file.sha256}",
        headers={
            "Authorization": f"Bearer {token}",
            "Range": f"bytes={at}-{end - 1}",
            "If-Range": f'"{file.sha256}"',
            "Accept-Encoding": "identity",
        },
    )
    try:
        at, end = _stretch_of(answer, file, at=at, most_whole=most_whole)
    except BaseException:
        link.close()
        raise
    return _write(link, answer, partials, file.sha256, at=at, end=end, is_stopped=is_stopped)


def _write(
    link: StationLink,
    answer: http.client.HTTPResponse,
    partials: Partials,
    sha256: str,
    *,
    at: int,
    end: int,
    is_stopped: Callable[[], bool],
) -> int:
    came = 0
    with partials.open(sha256, at=at) as part:
        try:
            while at + came < end and not is_stopped() and (block := _read(link, answer, end - at - came)):
                part.write(block)
                came += len(block)
        finally:
            sync(part)
    if at + came < end:
        link.close()
    else:
        answer.read()  # nothing: tells the connection that it is free for the next request
    return came


def _read(link: StationLink, answer: http.client.HTTPResponse, most: int) -> bytes:
    """What comes next; nothing where the link broke: what came before is as good."""
    try:
        return link.read(answer, min(_BLOCK, most))
    except StationUnreachable:
        return b""


def _stretch_of(answer: http.client.HTTPResponse, file: VillageFile, *, at: int, most_whole: int) -> tuple[int, int]:
    """Which bytes the body holds. Raises what the answer says instead."""
    if answer.status == http.HTTPStatus.PARTIAL_CONTENT:
        return _told_stretch(answer, file, at=at)
    if answer.status != http.HTTPStatus.OK:
        raise _told_error(answer, file)
    length = answer.getheader("Content-Length", str(file.size_bytes))
    if length != str(file.size_bytes):
        raise FileOfAnotherSize(sha256=file.sha256, size=length[:_LARGEST_NUMBER])
    if file.size_bytes > most_whole:
        raise StationUnreachable(reason="the station sends no chunks")
    return 0, file.size_bytes


def _told_error(answer: http.client.HTTPResponse, file: VillageFile) -> BroadcastError:
    """A 403 is none of ours: it is a provider's page."""
    match answer.status:
        case http.HTTPStatus.UNAUTHORIZED:
            return TokenRefused()
        case http.HTTPStatus.NOT_FOUND | http.HTTPStatus.GONE:
            return FileNotThere(sha256=file.sha256)
        case http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return FileOfAnotherSize(sha256=file.sha256, size=answer.getheader("Content-Range", "")[:40])
        case http.HTTPStatus.TOO_MANY_REQUESTS | http.HTTPStatus.SERVICE_UNAVAILABLE:
            return StationBusy(wait_s=_wait_of(answer))
        case status:
            return StationUnreachable(reason=f"HTTP {status}")


def _told_stretch(answer: http.client.HTTPResponse, file: VillageFile, *, at: int) -> tuple[int, int]:
    told = _STRETCH.fullmatch(answer.getheader("Content-Range", ""))
    if told is None:
        raise StationUnreachable(reason="a chunk that says not which")
    first, last, size = (int(number) for number in told.groups())
    if size != file.size_bytes:
        raise FileOfAnotherSize(sha256=file.sha256, size=str(size))
    if first != at or not first <= last < size:
        raise StationUnreachable(reason="another chunk than was asked for")
    return first, last + 1


def _wait_of(answer: http.client.HTTPResponse) -> float:
    told = answer.getheader("Retry-After", "")
    return min(float(told), _LONGEST_WAIT_S) if told.isdecimal() and len(told) < _LARGEST_NUMBER else 0.0

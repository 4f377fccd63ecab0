"""What kind of file this is, from its bytes alone: never from its name, and without opening anything that it names."""

import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from audio import mpeg
from scheduler.errors import CodecNotAllowed, FileEmpty, NotAudio, Playlist

_HEAD = 256 * 1024
_TEXT = 2048


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A container that we read: FFmpeg's name for it, and where it lies in the file without the tags around it."""

    demuxer: str
    begins: int
    ends: int


_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
)
_RIFF = {(b"RIFF", b"WAVE"): "wav", (b"RF64", b"WAVE"): "wav", (b"BW64", b"WAVE"): "wav", (b"RIFF", b"AVI "): "avi"}
_NOT_TAKEN: tuple[tuple[bytes, str], ...] = (
    (b"FORM", "aiff"),
    (b"#!AMR", "amr"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"),
    (b"caff", "caf"),
    (b"MThd", "midi"),
    (b".snd", "au"),
    (b"MAC ", "ape"),
    (b"wvpk", "wavpack"),
    (b"\x00\x00\x01\xba", "mpeg-ps"),
    (b"FLV\x01", "flv"),
    (b"riff\x2e\x91\xcf\x11", "w64"),
)
_LISTS: tuple[tuple[bytes, str], ...] = (
    (b"#extm3u", "M3U"),
    (b"#ext-x-", "HLS"),
    (b"ffconcat", "ffconcat"),
    (b"[playlist]", "PLS"),
    (b"v=0", "SDP"),
    (b"[reference]", "ASX"),
)
_LIST_ELEMENTS = re.compile(rb"<(mpd|asx|smil|playlist|smoothstreamingmedia)[\s>]")
_LIST_LINE = re.compile(rb"(file\s+\S.*|[a-z][a-z0-9+.-]*:\S+|\S.*\.(mp3|wav|flac|m4a|aac|ogg|opus|mp4|m3u8?|ts))")
_ELEMENT_NAMES = {b"mpd": "DASH", b"asx": "ASX", b"smil": "SMIL", b"playlist": "XSPF"}


def sniff(file: BinaryIO) -> Kind:
    """Tell the kind of a file. Raises `FileEmpty`, `Playlist`, `NotAudio` or `CodecNotAllowed`."""
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise FileEmpty
    begins, ends = _after_id3v2(file, size), _before_tail_tags(file, size)
    file.seek(begins)
    head = file.read(_HEAD)
    demuxer = _container(head)
    if demuxer:
        return Kind(demuxer=demuxer, begins=begins, ends=max(begins, ends if demuxer in {"flac", "aac"} else size))
    _refuse_lists_and_text(head)
    first_frame = mpeg.find_first_frame(head)
    if first_frame is None:
        raise NotAudio
    return Kind(demuxer="mp3", begins=begins + first_frame, ends=ends)


def _after_id3v2(file: BinaryIO, size: int) -> int:
    """Skip the tags at the head unread: a compressed picture in one of 1 MB once took 1 GiB to unpack."""
    at = 0
    while at < size:
        file.seek(at)
        tag = file.read(10)
        if len(tag) < 10 or tag[:3] != b"ID3" or max(tag[6:10]) > 0x7F:
            break
        length = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
        at += 10 + length + (10 if tag[5] & 0x10 else 0)
    return min(at, size)


def _before_tail_tags(file: BinaryIO, size: int) -> int:
    ends = size
    if ends >= 128:
        file.seek(ends - 128)
        if file.read(3) == b"TAG":
            ends -= 128
    if ends >= 32:
        file.seek(ends - 32)
        footer = file.read(32)
        if footer[:8] == b"APETAGEX":
            header = 32 if footer[23] & 0x80 else 0
            ends -= min(ends, int.from_bytes(footer[12:16], "little") + header)
    return ends


def _container(head: bytes) -> str | None:
    for at, magic, demuxer in _MAGIC:
        if head[at : at + len(magic)] == magic:
            return demuxer
    riff = _RIFF.get((head[:4], head[8:12]))
    if riff:
        return riff
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpegts"
    return "aac" if mpeg.is_adts(head) else None


def _refuse_lists_and_text(head: bytes) -> None:
    for magic, codec in _NOT_TAKEN:
        if head.startswith(magic):
            raise CodecNotAllowed(codec=codec)
    text = head[:_TEXT].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, kind in _LISTS:
        if text.startswith(magic):
            raise Playlist(kind="HLS" if b"#ext-x-" in text else kind)
    if not _is_text(head[:_TEXT]):
        return
    element = _LIST_ELEMENTS.search(text)
    if element and b"<html" not in text:
        raise Playlist(kind=_ELEMENT_NAMES.get(element[1], "SMIL"))
    lines = [line.strip() for line in text.splitlines()[:-1] or [text] if line.strip()[:1] not in {b"", b"#"}]
    if lines and all(_LIST_LINE.fullmatch(line) for line in lines):
        raise Playlist(kind="M3U" if not lines[0].startswith(b"file") else "ffconcat")
    raise NotAudio


def _is_text(head: bytes) -> bool:
    return (head[:2] in {b"\xff\xfe", b"\xfe\xff"} and head.count(b"\0") * 3 > len(head)) or not re.search(
        rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head
    )


class Window:
    """The part of an open file that holds the sound; FFmpeg sees nothing else of it, not even its name."""

    def __init__(self, file: BinaryIO, kind: Kind) -> None:
        self._file = file
        self._begins = kind.begins
        self._ends = kind.ends
        file.seek(kind.begins)

    def read(self, size: int) -> bytes:
        """Read so many bytes, or fewer at the end of the window."""
        return self._file.read(max(0, min(size, self._ends - self._file.tell())))

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, counted from the beginning, the place we are at or the end of the window."""
        origin = {io.SEEK_SET: self._begins, io.SEEK_CUR: self._file.tell(), io.SEEK_END: self._ends}[whence]
        return self._file.seek(max(self._begins, origin + offset)) - self._begins

    def tell(self) -> int:
        """Say where we are."""
        return self._file.tell() - self._begins

    @property
    def share(self) -> float:
        """How far we are, between 0 and 1."""
        return min(1.0, self.tell() / max(1, self._ends - self._begins))

"""What a file promises to hold, from its own header and end marks, so that a missing part can be told."""

from dataclasses import dataclass
from typing import BinaryIO

from audio import mpeg
from audio.sniff import Kind
from scheduler.errors import HeaderLies, NotAudio

_TAIL = 256 * 1024
_UNWRITTEN = {0, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0x7FFFF000, 0xFFFFF000}
"""Data sizes that a recorder leaves in a WAV header when it is stopped before it can write the true one."""
_TRAILING_SHARE = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What the file says should be there; None where it does not say."""

    samples: int | None = None
    frames: int | None = None
    """MPEG audio frames, from the Xing, Info or VBRI header."""
    bytes_share: float = 1.0
    """How much of the bytes that the container announces is there."""
    ended: bool = True
    """False when the format has an end mark and it is missing."""
    findings: tuple[str, ...] = ()


def read_promise(file: BinaryIO, kind: Kind) -> Promise:
    """Read what the file promises. Raises `HeaderLies` or `NotAudio` when its header cannot be true."""
    reader = _READERS.get(kind.demuxer)
    return reader(file, kind) if reader else Promise()


def _read_at(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _share(there: int, announced: int) -> float:
    return min(1.0, max(0, there) / announced) if announced > 0 else 1.0


def _promise_mp3(file: BinaryIO, kind: Kind) -> Promise:
    return Promise(frames=mpeg.read_promised_frames(_read_at(file, kind.begins, 256)))


def _promise_flac(file: BinaryIO, kind: Kind) -> Promise:
    streaminfo = _read_at(file, kind.begins, 42)
    if len(streaminfo) < 42 or streaminfo[4] & 0x7F != 0:
        raise NotAudio
    return Promise(samples=int.from_bytes(streaminfo[21:26], "big") & 0xFFFFFFFFF or None)


def _promise_wav(file: BinaryIO, kind: Kind) -> Promise:
    """Compare the size of the `data` chunk with what is there; it lies in either direction."""
    byte_rate, block, sizes, at = 0, 1, 0, kind.begins + 12
    while True:
        chunk = _read_at(file, at, 8)
        if len(chunk) < 8:
            raise NotAudio
        name, size = chunk[:4], int.from_bytes(chunk[4:], "little")
        if name == b"data":
            break
        body = file.read(min(size, 32))
        if name == b"ds64":
            sizes = int.from_bytes(body[8:16], "little")
        if name == b"fmt " and len(body) >= 16:
            byte_rate, block = int.from_bytes(body[8:12], "little"), int.from_bytes(body[12:14], "little")
        at += 8 + size + size % 2
    return _weigh_data(file, kind, data=at + 8, told=sizes or size, byte_rate=byte_rate, block=block)


def _weigh_data(file: BinaryIO, kind: Kind, *, data: int, told: int, byte_rate: int, block: int) -> Promise:
    there = kind.ends - data
    if told in _UNWRITTEN and there > 0:
        return Promise(findings=("length_unwritten",))
    if told >= there:
        return Promise(bytes_share=_share(there + block, told))
    foreign = _foreign_bytes(file, data + told + told % 2, kind.ends)
    if foreign > max(told * _TRAILING_SHARE, 4096):
        rate = byte_rate or 1
        raise HeaderLies(told_s=round(told / rate, 1), held_s=round(there / rate, 1))
    return Promise(findings=("trailing_data",) if foreign else ())


def _foreign_bytes(file: BinaryIO, at: int, ends: int) -> int:
    """Count the bytes after the sound that are no well-formed RIFF chunks."""
    while at + 8 <= ends:
        chunk = _read_at(file, at, 8)
        size = int.from_bytes(chunk[4:], "little")
        if not all(0x20 <= letter < 0x7F for letter in chunk[:4]) or at + 8 + size > ends:
            return ends - at
        at += 8 + size + size % 2
    return 0


def _promise_avi(file: BinaryIO, kind: Kind) -> Promise:
    told = int.from_bytes(_read_at(file, kind.begins + 4, 4), "little") + 8
    return Promise(bytes_share=_share(kind.ends - kind.begins, told))


def _promise_mov(file: BinaryIO, kind: Kind) -> Promise:
    """Walk the top boxes: the last one must end where the file does, and one must be an index."""
    at, names = kind.begins, set()
    while at + 8 <= kind.ends:
        box = _read_at(file, at, 16)
        size, name = int.from_bytes(box[:4], "big"), box[4:8]
        if not name.isalnum():
            break
        names.add(name)
        if size == 1:
            size = int.from_bytes(box[8:16], "big")
        at += size if size >= 8 else kind.ends - at
    indexed = not names.isdisjoint({b"moov", b"moof"})
    return Promise(bytes_share=_share(kind.ends, at), ended=indexed)


def _promise_matroska(file: BinaryIO, kind: Kind) -> Promise:
    head = _read_at(file, kind.begins, 4096)
    header_size, at = _ebml_number(head, 4)
    at += header_size or 0
    if head[at : at + 4] != b"\x18\x53\x80\x67":
        return Promise()
    segment_size, after = _ebml_number(head, at + 4)
    if segment_size is None:
        return Promise()
    return Promise(bytes_share=_share(kind.ends, kind.begins + after + segment_size))


def _ebml_number(data: bytes, at: int) -> tuple[int | None, int]:
    """Read a variable-length size and where it ends; None for `unknown`."""
    first = data[at] if at < len(data) else 0
    if not first:
        return None, at + 1
    length = 9 - first.bit_length()
    mask = (1 << 7 * length) - 1
    number = int.from_bytes(data[at : at + length], "big") & mask
    return (None if number == mask else number), at + length


def _promise_ogg(file: BinaryIO, kind: Kind) -> Promise:
    """Find the last whole page of the sound: it must carry the end-of-stream mark."""
    sound = _sound_serials(_read_at(file, kind.begins, 64 * 1024))
    tail = _read_at(file, max(kind.begins, kind.ends - _TAIL), _TAIL)
    pages = _whole_pages(tail)
    ours = [mark for serial, mark in pages if serial in sound] or [mark for _, mark in pages]
    return Promise(ended=bool(ours) and ours[-1])


def _sound_serials(head: bytes) -> set[bytes]:
    serials, at = set(), 0
    while head[at : at + 4] == b"OggS" and at + 27 < len(head) and head[at + 5] & 2:
        body = at + 27 + head[at + 26]
        if head[body : body + 8].startswith((b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex")):
            serials.add(head[at + 14 : at + 18])
        at = body + sum(head[at + 27 : body])
    return serials


def _whole_pages(data: bytes) -> list[tuple[bytes, bool]]:
    """List the serial and the end mark of each page that is wholly in the data."""
    pages, at = [], data.find(b"OggS")
    while at >= 0 and at + 27 <= len(data):
        body = at + 27 + data[at + 26]
        after = body + sum(data[at + 27 : body])
        if after <= len(data):
            pages.append((data[at + 14 : at + 18], bool(data[at + 5] & 4)))
        at = data.find(b"OggS", at + 4)
    return pages


_READERS = {
    "mp3": _promise_mp3,
    "flac": _promise_flac,
    "wav": _promise_wav,
    "avi": _promise_avi,
    "mov": _promise_mov,
    "matroska": _promise_matroska,
    "ogg": _promise_ogg,
}

"""Opening a file of any accepted kind and decoding its sound in blocks; the only module that reads with PyAV."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from audio.promise import Promise, read_promise
from audio.sniff import Kind, Window, sniff
from scheduler.errors import CodecNotAllowed, NoAudioStream, NotAudio, Truncated

Samples = np.ndarray[tuple[int, int], np.dtype[np.float32]]
"""Sound in memory: one row per audio channel, full scale is 1."""

Row = np.ndarray[tuple[int], np.dtype[np.float32]]

BLOCK = 16_384
"""Samples per block and channel: small enough for a core's cache, a multiple of what `levels` works on."""

_DECODERS = frozenset(
    {
        *("mp3", "mp3float", "mp2", "mp2float", "mp1", "mp1float", "aac", "alac", "flac", "vorbis", "opus"),
        *("libopus", "ac3", "eac3", "pcm_alaw", "pcm_mulaw", "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le"),
        *("pcm_f32le", "pcm_f64le", "pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_f32be", "pcm_f64be"),
    }
)
"""FFmpeg's decoders that may run on a stranger's bytes; nothing of a film's picture is ever decoded."""
_SPEAKERS = {
    1: ("FC",),
    2: ("FL", "FR"),
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "SL", "SR"),
    5: ("FL", "FR", "FC", "SL", "SR"),
    6: ("FL", "FR", "FC", "LFE", "SL", "SR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
"""What channels mean when a file does not say."""
_MOST_FAILED_READS = 100
_DELAY = 4096
"""Samples that an encoder's delay may take from the length that a compressed container announces."""


class Sound:
    """An open file: what it is, its blocks, and after the last of them how much of it decoded."""

    def __init__(self, container: InputContainer, stream: AudioStream, promise: Promise, window: Window) -> None:
        self._container, self._stream, self._promise, self._window = container, stream, promise, window
        self.samples = 0
        self.good_packets = 0
        self.bad_packets = 0
        self._frames = self._decode()
        self._first = next(self._frames, None)
        if self._first is None:
            raise _unreadable(promise)
        self.codec = stream.codec_context.codec.canonical_name
        self.rate = self._first.sample_rate
        self.speakers = _speakers_of(self._first)
        """The audio channels in order, as FFmpeg names them: FL, FR, FC, LFE, SL, SR, ..."""

    def blocks(self) -> Iterator[Samples]:
        """Decode the whole file, once, in blocks of `BLOCK` samples and a shorter last one."""
        block, filled = np.empty((len(self.speakers), BLOCK), np.float32), 0
        for rows in self._pieces():
            taken, length = 0, len(rows[0])
            while taken < length:
                count = min(BLOCK - filled, length - taken)
                for row, piece in zip(block, rows, strict=True):
                    row[filled : filled + count] = piece[taken : taken + count]
                filled, taken = filled + count, taken + count
                if filled == BLOCK:
                    yield block
                    block, filled = np.empty_like(block), 0
        if filled:
            yield block[:, :filled]

    def complete_share(self) -> float:
        """How much of what the file promises did decode; 1 when it promises nothing. Ask after the last block."""
        shares = [1.0, self._promise.bytes_share]
        if self._promise.samples:
            shares.append(self.samples / self._promise.samples)
        if self._promise.frames:
            shares.append(self.good_packets / self._promise.frames)
        return min(shares)

    @property
    def read_share(self) -> float:
        """How far into the file we are."""
        return self._window.share

    @property
    def ended(self) -> bool:
        """False when the format has an end mark and this file lacks it."""
        return self._promise.ended

    @property
    def remarks(self) -> tuple[str, ...]:
        """Codes of findings about the header."""
        return self._promise.findings

    def _pieces(self) -> Iterator[Sequence[Row]]:
        first = [self._first] if self._first else []
        self._first = None
        for frame in chain(first, self._frames):
            self.samples += frame.samples
            if frame.sample_rate == self.rate and frame.layout.nb_channels == len(self.speakers):
                yield as_rows(frame)
            else:
                yield from self._adapted(frame)

    def _adapted(self, frame: AudioFrame) -> Iterator[Sequence[Row]]:
        """Bring a frame of another rate or layout (two recordings glued together) to that of the first."""
        layout = {1: "mono", 2: "stereo", 6: "5.1"}.get(len(self.speakers), f"{len(self.speakers)} channels")
        adapter = AudioResampler(format="fltp", layout=layout, rate=self.rate)
        frame.pts = None
        for piece in [*adapter.resample(frame), *adapter.resample(None)]:
            yield as_rows(piece)

    def _decode(self) -> Iterator[AudioFrame]:
        """Decode packet by packet; a bad one is counted and left out."""
        failed_reads = 0
        while failed_reads < _MOST_FAILED_READS:
            try:
                for packet in self._container.demux(self._stream):
                    try:
                        frames = packet.decode()
                    except MemoryError:  # FFmpeg's too is one: not the packet is bad, the file is too heavy
                        raise
                    except FFmpegError:
                        self.bad_packets += 1
                        continue
                    self.good_packets += packet.size > 0
                    self.bad_packets += packet.is_corrupt
                    yield from frames
            except MemoryError:
                raise
            except FFmpegError:
                self.bad_packets += 1
                failed_reads += 1
            else:
                return


@contextmanager
def open_sound(path: Path) -> Iterator[Sound]:
    """Open a file by its content. Raises the `Refused` that fits when it is no sound that the station takes."""
    with path.open("rb") as file:
        kind = sniff(file)
        promise = read_promise(file, kind)
        window = Window(file, kind)
        try:
            container = _open(window, kind)
        except MemoryError:
            raise
        except FFmpegError as error:
            raise _unreadable(promise) from error
        with container:
            stream = _sound_stream(container)
            yield Sound(container, stream, _with_announced_length(promise, kind, stream), window)


_FOREIGN_TAGS: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
"""Tags in TCVN3 or VNI bytes must not keep a file from opening; from 19 on PyAV takes any bytes by itself."""


def _open(window: Window, kind: Kind) -> InputContainer:
    """Open with one demuxer, our decoders only, no protocol, and nobody to open a second file."""
    decoders = ",".join(sorted(_DECODERS))
    options = {"format_whitelist": f"{kind.demuxer},{_LONG_NAMES.get(kind.demuxer, '')}", "codec_whitelist": decoders}
    opened: InputContainer = av.open(
        window,
        mode="r",
        format=kind.demuxer,
        options={**options, "protocol_whitelist": "none"},
        buffer_size=256 * 1024,
        io_open=_refuse_to_open,
        **_FOREIGN_TAGS,
    )
    return opened


_LONG_NAMES = {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}


def _refuse_to_open(url: str, flags: int, options: dict[str, str]) -> None:
    raise PermissionError(url, flags, options)


def _sound_stream(container: InputContainer) -> AudioStream:
    stream = next(iter(container.streams.audio), None)
    if stream is None:
        raise NoAudioStream
    codec = stream.codec_context.codec
    if codec.name not in _DECODERS:
        raise CodecNotAllowed(codec=codec.canonical_name)
    return stream


def _with_announced_length(promise: Promise, kind: Kind, stream: AudioStream) -> Promise:
    """Add the length that the track's own header or last page announces."""
    if kind.demuxer not in {"mov", "ogg"} or not stream.duration or stream.time_base is None:
        return promise
    announced = int(stream.duration * stream.time_base * stream.sample_rate)
    return replace(promise, samples=max(0, announced - _DELAY))


def _unreadable(promise: Promise) -> Truncated | NotAudio:
    """Choose what to say of a container without any sound to decode: cut off, or not what it seems."""
    if promise.bytes_share < 1 or not promise.ended:
        return Truncated(share=round(promise.bytes_share, 3))
    return NotAudio()


def _speakers_of(frame: AudioFrame) -> tuple[str, ...]:
    named = tuple(channel.name for channel in frame.layout.channels)
    if len(named) > len(_SPEAKERS):
        raise CodecNotAllowed(codec=f"{len(named)} channels")
    is_known = all(name in {"FL", "FR", "FC", "LFE", "BL", "BR", "BC", "SL", "SR"} for name in named)
    return named if is_known else _SPEAKERS[len(named)]


def as_rows(frame: AudioFrame) -> Sequence[Row]:
    """Turn a decoded frame of any sample format into rows of float32 with full scale at 1, one per audio channel."""
    if frame.format.name == "fltp":
        return [np.frombuffer(memoryview(plane), np.float32, frame.samples) for plane in frame.planes]
    raw: np.ndarray[tuple[int, int], np.dtype[Any]] = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype == np.uint8:
        return list((raw.astype(np.float32) - np.float32(128)) / np.float32(128))
    if raw.dtype.kind == "i":
        return list(raw.astype(np.float32) * np.float32(0.5 ** (8 * raw.dtype.itemsize - 1)))
    with np.errstate(over="ignore"):
        return list(raw.astype(np.float32, copy=False))


class Resampler:
    """Brings one row of sound to another sampling rate, block by block, without delay."""

    def __init__(self, rate: int, to_rate: int) -> None:
        self._rate = rate
        self._inner = AudioResampler(format="flt", layout="mono", rate=to_rate) if rate != to_rate else None

    def bring(self, row: Row) -> list[Row]:
        """Give what the next block becomes."""
        if self._inner is None:
            return [row]
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(row)[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = self._rate
        return [piece.to_ndarray()[0] for piece in self._inner.resample(frame)]

    def finish(self) -> list[Row]:
        """Give what is still held."""
        return [piece.to_ndarray()[0] for piece in self._inner.resample(None)] if self._inner else []

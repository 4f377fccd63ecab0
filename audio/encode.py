"""Writing the files that air: FLAC and Ogg Opus, the same bytes for the same sound; the only writer with PyAV."""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

Pcm = np.ndarray[tuple[int], np.dtype[np.int16]]
SoundPacket = Annotated["Packet[AudioStream]", "generic for type checkers only"]
Read = Callable[[int, int], Pcm]
"""Gives the samples between two places; asked from several threads at once."""

RATE: Final = 48_000
PACKET: Final = 960
"""Samples per Opus packet: 20 ms."""
_EFFORT: Final = "6"
"""Of 10: a third of the computing. At 36 against 48 kbit/s it costs a quarter more bytes for the same likeness."""
_WARM_UP: Final = 8
"""Packets that an encoder makes and throws away before a cut, so that it goes on where the other one stops."""
_READ: Final = 64 * PACKET
_EXACT: Final = {"fflags": "+bitexact"}


class FlacWriter:
    """Writes a mono FLAC file piece by piece."""

    def __init__(self, container: OutputContainer) -> None:
        self._container = container
        self._stream = container.add_stream("flac", rate=RATE, layout="mono", format="s16")
        self._stream.codec_context.flags |= av.codec.context.Flags.bitexact
        self._written = 0

    def write(self, pcm: Pcm) -> None:
        """Write the next samples."""
        self._container.mux(self._stream.encode(_frame(pcm, self._written)))
        self._written += len(pcm)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))


@contextmanager
def open_flac(path: Path) -> Iterator[FlacWriter]:
    """Write a FLAC file: whole when the block ends well."""
    with av.open(str(path), "w", format="flac", container_options=_EXACT) as container:
        writer = FlacWriter(container)
        yield writer
        writer.finish()


def write_opus(
    path: Path, read: Read, samples: int, *, cuts: Sequence[int], bits_per_s: int
) -> Generator[float, None, None]:
    """Write an Ogg Opus file, its parts encoded in two threads; yields the share that is written.

    `cuts` are samples, multiples of `PACKET`, at which one encoder hands over to the next: best in pauses.
    """
    parts = list(zip([0, *cuts], [*cuts, samples], strict=True))
    with (
        ThreadPoolExecutor(2, thread_name_prefix="opus") as pool,
        av.open(str(path), "w", format="ogg", container_options=_EXACT) as container,
    ):
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        _set_up(stream.codec_context, bits_per_s)
        container.start_encoding()
        ahead: list[Future[list[SoundPacket]]] = []
        try:
            for number, part in enumerate(parts):
                ahead.append(pool.submit(_encode_part, read, part, samples, bits_per_s))
                if number >= 2:
                    _append(container, stream, ahead.pop(0).result())
                    yield parts[number - 2][1] / samples
            while ahead:
                _append(container, stream, ahead.pop(0).result())
                yield parts[len(parts) - len(ahead) - 1][1] / samples
        finally:
            for waiting in ahead:
                waiting.cancel()


def _append(container: OutputContainer, stream: AudioStream, packets: list[SoundPacket]) -> None:
    for packet in packets:
        packet.stream = stream
        container.mux(packet)


def _set_up(encoder: AudioCodecContext, bits_per_s: int) -> None:
    encoder.bit_rate = bits_per_s
    encoder.format = av.AudioFormat("s16")
    encoder.flags |= av.codec.context.Flags.bitexact
    encoder.options = {"frame_duration": "20", "vbr": "on", "compression_level": _EFFORT}


def _encode_part(read: Read, part: tuple[int, int], samples: int, bits_per_s: int) -> list[SoundPacket]:
    """Encode from one cut to the next, beginning a little earlier with packets that are thrown away."""
    begins, ends = part
    warm_up = min(_WARM_UP, begins // PACKET)
    encoder = _opus_encoder(bits_per_s)
    packets, at = [], begins - warm_up * PACKET
    first = at
    while at < ends:
        pcm = read(at, min(at + _READ, ends))
        packets += encoder.encode(_frame(pcm, at))
        at += len(pcm)
    if ends == samples:
        packets += encoder.encode(None)
        return packets[warm_up:]
    return packets[warm_up : (ends - first) // PACKET]


def _opus_encoder(bits_per_s: int) -> AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    if not isinstance(encoder, AudioCodecContext):
        raise TypeError("libopus encodes no sound")
    encoder.sample_rate = RATE
    encoder.layout = av.AudioLayout("mono")
    encoder.time_base = Fraction(1, RATE)
    _set_up(encoder, bits_per_s)
    return encoder


def _frame(pcm: Pcm, at: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(pcm)[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = RATE
    frame.time_base = Fraction(1, RATE)
    frame.pts = at
    return frame


def find_cuts(power: np.ndarray[tuple[int], np.dtype[np.floating[Any]]], *, hop: int, samples: int) -> list[int]:
    """Choose where encoders hand over: about once a minute, in the quietest 20 ms within 5 s."""
    hops_per_packet = PACKET // hop
    packets = len(power) // hops_per_packet
    quiet = power[: packets * hops_per_packet].reshape(-1, hops_per_packet).sum(axis=1)
    every, near, cuts = 60 * RATE // PACKET, 5 * RATE // PACKET, []
    for about in range(every, samples // PACKET - every // 2, every):
        window = quiet[about - near : about + near]
        if len(window):
            cuts.append((about - near + int(np.argmin(window))) * PACKET)
    return cuts

"""Generated sound: tones, silence, noise and something like a voice, and files made of them in every accepted format."""

import io
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 48_000


def sine(frequency, seconds, *, dbfs=-20.0, rate=RATE, phase=0.0, fade_s=0.0):
    """One row of a sine tone whose peak is at `dbfs`."""
    t = np.arange(round(seconds * rate)) / rate
    tone = 10 ** (dbfs / 20) * np.sin(2 * np.pi * frequency * t + np.radians(phase))
    ramp = round(fade_s * rate)
    if ramp:
        tone[:ramp] *= np.linspace(0, 1, ramp)
        tone[-ramp:] *= np.linspace(1, 0, ramp)
    return tone[np.newaxis].astype(np.float32)


def silence(seconds, *, rate=RATE, channels=1):
    return np.zeros((channels, round(seconds * rate)), np.float32)


def voice(seconds, *, dbfs=-6.0, rate=RATE, seed=1):
    """Something like a voice: a buzz with formants, four syllables a second, a breath every five seconds, some noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    pitch = 2 * np.pi * np.cumsum(120 + 15 * np.sin(2 * np.pi * 0.4 * t)) / rate
    buzz = np.zeros(len(t))
    for harmonic in range(1, min(30, int(rate / 2 / 140))):
        frequency = 120 * harmonic
        formants = sum(np.exp(-(((frequency - f) / w) ** 2)) for f, w in ((500, 250), (1500, 300), (2500, 400)))
        buzz += (formants + 0.02) * np.sin(harmonic * pitch + harmonic**2)
    syllables = np.clip(np.sin(2 * np.pi * 4 * t + 2 * np.sin(2 * np.pi * 0.3 * t)), 0, 1)
    stress = 0.4 + 0.6 * np.abs(np.sin(2 * np.pi * 0.7 * t)) ** 3
    breath = np.sin(2 * np.pi * t / 5 - 1.0) > -0.9
    spoken = buzz * syllables * stress * breath
    spoken *= 10 ** (dbfs / 20) / np.abs(spoken).max()
    return (spoken + rng.standard_normal(len(t)) * 1e-4)[np.newaxis].astype(np.float32)


def stereo(left, right=None):
    return np.concatenate([left, left if right is None else right])


def in_a_row(*parts):
    return np.concatenate(parts, axis=1)


_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def write(
    path: Path,
    sound,
    *,
    codec="pcm_s16le",
    rate=RATE,
    container=None,
    bit_rate=None,
    options=None,
    codec_options=None,
    layout=None,
    video=False,
):
    """Encode rows of float32 with PyAV into a file of the kind its name says."""
    layout = layout or _LAYOUTS[len(sound)]
    with av.open(str(path), "w", format=container, options=options or {}) as out:
        if video:
            picture = out.add_stream("mpeg4", rate=25)
            picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
        stream = out.add_stream(codec, rate=rate, layout=layout)
        stream.options = codec_options or {}
        if bit_rate:
            stream.bit_rate = bit_rate
        if video:
            for number in range(25):
                frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 128, np.uint8), format="rgb24")
                frame.pts = number
                out.mux(picture.encode(frame))
            out.mux(picture.encode(None))
        for at in range(0, sound.shape[1], 4096):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[:, at : at + 4096]), "fltp", layout)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def write_film_without_sound(path: Path):
    with av.open(str(path), "w") as out:
        picture = out.add_stream("mpeg4", rate=25)
        picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 128, np.uint8), format="rgb24")
            frame.pts = number
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
    return path


def wav_bytes(sound, *, rate=RATE, told=None, bits=16, after=b""):
    """A WAV file by hand, so that its header can lie: `told` is the size it tells instead of the true one."""
    if bits == 32:
        code, data = 3, np.ascontiguousarray(sound.T, np.float32).tobytes()
    else:
        code, data = 1, np.clip(np.rint(sound.T * 32768), -32768, 32767).astype("<i2").tobytes()
    block = len(sound) * bits // 8
    out = io.BytesIO()
    out.write(b"RIFF" + struct.pack("<I", min(0xFFFFFFFF, 36 + len(data) + len(after))) + b"WAVE")
    out.write(b"fmt " + struct.pack("<IHHIIHH", 16, code, len(sound), rate, rate * block, block, bits))
    out.write(b"data" + struct.pack("<I", len(data) if told is None else told) + data + after)
    return out.getvalue()

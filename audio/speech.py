"""Spoken samples: a synthesiser reads Vietnamese text in a child process; without one, an own speech-like murmur."""

import ctypes
import importlib
import json
import subprocess
import sys
import wave
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

Pcm = np.ndarray[tuple[int], np.dtype[np.int16]]

MURMUR_RATE = 22_050
_PATIENCE_S = 120.0
_SYNCHRONOUS, _UTF8, _END_PAUSE = 2, 1, 0x1000
_RATE, _PITCH = 1, 3
"""Numbers of espeak-ng's own header: output kind, text flags, parameters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """How a text is read: a voice of the synthesiser, its pitch (0…99) and speed (words a minute)."""

    name: str = "vi"
    pitch: int = 50
    speed: int = 150


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """A spoken file: how long it is, and whether it is real speech or the murmur that stands in for it."""

    seconds: float
    is_speech: bool


def speak(paragraphs: Sequence[str], into: Path, *, voice: Voice, at_least_s: float = 0.0) -> Spoken:
    """Read paragraphs into a WAV file, from the first on again until it is long enough.

    The synthesiser is C code of others: it runs in a child process, so that a crash there is no crash here.
    """
    order = json.dumps({"paragraphs": list(paragraphs), "voice": asdict(voice), "at_least_s": at_least_s})
    command = [sys.executable, "-m", "audio.speech", str(into)]
    try:
        done = subprocess.run(command, input=order.encode(), capture_output=True, timeout=_PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        done = None
    if done is not None and done.returncode == 0 and into.is_file():
        return Spoken(seconds=_length_of(into), is_speech=True)
    return murmur(paragraphs, into, voice=voice, at_least_s=at_least_s)


def murmur(paragraphs: Sequence[str], into: Path, *, voice: Voice, at_least_s: float = 0.0) -> Spoken:
    """Speech-like sound of our own: one voiced syllable for each word, with pauses between paragraphs."""
    words = sum(len(paragraph.split()) for paragraph in paragraphs)
    seconds = max(at_least_s, words * 60.0 / voice.speed)
    _write_wav(into, [_syllables(seconds, voice)], rate=MURMUR_RATE)
    return Spoken(seconds=_length_of(into), is_speech=False)


def _syllables(seconds: float, voice: Voice) -> Pcm:
    """A buzz through two moving resonances, opened and closed as often as people speak syllables."""
    instants = np.arange(round(seconds * MURMUR_RATE)) / MURMUR_RATE
    pitch = 80.0 + 1.6 * voice.pitch
    phase = 2 * np.pi * pitch * (instants + 0.002 * np.sin(2 * np.pi * 0.9 * instants))
    shape = 700 + 300 * np.sin(2 * np.pi * 1.3 * instants)
    sound = np.zeros_like(instants)
    for harmonic in range(1, 24):
        height = harmonic * pitch
        near = 1 / (1 + ((height - shape) / 250) ** 2) + 0.3 / (1 + ((height - 2300) / 400) ** 2)
        sound += near * np.sin(harmonic * phase)
    opened = np.clip(np.sin(2 * np.pi * voice.speed / 60 * instants), 0, 1) ** 0.5
    phrases = (instants % 5.0) < 4.4  # a breath every five seconds
    spoken = sound * opened * phrases
    return np.asarray(spoken / np.abs(spoken).max() * 0.5 * 32767, dtype=np.int16)


def _length_of(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


def _write_wav(path: Path, pieces: Iterable[Pcm], *, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        for piece in pieces:
            file.writeframes(piece.astype("<i2").tobytes())


# --- what runs in the child ---------------------------------------------------------------------------------------
class _Synthesiser:
    """espeak-ng from the library that the optional package `espeakng-loader` brings."""

    def __init__(self, voice: Voice) -> None:
        loader = importlib.import_module("espeakng_loader")
        self._library = ctypes.CDLL(loader.get_library_path())
        self._heard: list[bytes] = []
        self.rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 500, loader.get_data_path().encode(), 0))
        if self.rate <= 0 or self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise RuntimeError(voice.name)
        self._library.espeak_SetParameter(_RATE, voice.speed, 0)
        self._library.espeak_SetParameter(_PITCH, voice.pitch, 0)
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._hear)  # kept: the library calls it for as long as it lives
        self._library.espeak_SetSynthCallback(self._callback)

    def read(self, text: str) -> Pcm:
        self._heard.clear()
        data = text.encode()
        self._library.espeak_Synth(
            data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, _UTF8 | _END_PAUSE, None, None
        )  # fmt: skip
        self._library.espeak_Synchronize()
        return np.frombuffer(b"".join(self._heard), dtype=np.int16)

    def _hear(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._heard.append(ctypes.string_at(samples, count * 2))
        return 0


def _read_all(order: dict[str, Any], into: Path) -> None:
    synthesiser = _Synthesiser(Voice(**order["voice"]))
    once = [synthesiser.read(paragraph) for paragraph in order["paragraphs"]]
    if not sum(piece.size for piece in once):
        raise RuntimeError("silent")
    pieces, length = list(once), sum(piece.size for piece in once)
    while length < order["at_least_s"] * synthesiser.rate:
        for piece in once:
            pieces.append(piece)
            length += piece.size
            if length >= order["at_least_s"] * synthesiser.rate:
                break
    _write_wav(into, pieces, rate=synthesiser.rate)


if __name__ == "__main__":
    _read_all(json.loads(sys.stdin.buffer.read()), Path(sys.argv[1]))

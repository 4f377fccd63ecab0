"""Joining chime, editions and outro into the one file that airs; the only importer of pydub.

One part at a time is in memory (10 minutes are 58 MB), whatever the length of the programme.
"""

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from audio.encode import RATE
from audio.flac import Mono, read_mono, write_flac
from audio.store import FileMediaStore
from scheduler.errors import BroadcastError, MediaCorrupt, MediaMissing, NotAudio, StepFailed
from scheduler.ports import Part, Rendition

with warnings.catch_warnings():  # it looks for an ffmpeg binary, which we do not need, and for an old audioop
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

PAUSE_S = 0.5
"""Silence between two parts."""
EDGE_FADE_MS = 10
"""Every part fades in and out so shortly that no word is touched and no joint clicks."""
LONG_FADE_MS = 400
"""The chime dies away and the outro comes in gently."""
_LONGEST_S = 600
"""Seconds after which a child that assembles is given up."""
_REFUSED = 3


class ProgrammeAssembler:
    """Assembles in this process."""

    def __init__(self, media: FileMediaStore) -> None:
        self._media = media

    def assemble(self, parts: Sequence[Part]) -> Rendition:
        """Make the file of a running order; equal orders give one file. Raises `MediaMissing`, `MediaCorrupt`."""
        starts: list[int] = []
        with self._media.workplace() as folder:
            path = folder / "rendition.flac"
            try:
                samples = write_flac(path, self._joined(parts, starts))
            except OSError as error:
                raise StepFailed(step="assemble", reason=str(error)) from error
            stored = self._media.adopt(path)
        return Rendition(sha256=stored.sha256, seconds=samples / RATE, starts_s=tuple(start / RATE for start in starts))

    def _joined(self, parts: Sequence[Part], starts: list[int]) -> Iterator[Mono]:
        """The samples of the programme; `starts` takes the first sample of each part."""
        at = 0
        for part in parts:
            if starts:
                yield np.zeros(round(PAUSE_S * RATE), np.int16)
                at += round(PAUSE_S * RATE)
            starts.append(at)
            for piece in self._faded(part):
                at += len(piece)
                yield piece

    def _faded(self, part: Part) -> Iterator[Mono]:
        """A part with its first and last moments faded; every sample between is as it was approved."""
        self._media.verify(part.sha256)
        try:
            sound = np.concatenate([*read_mono(self._media.path(part.sha256)), np.empty(0, np.int16)])
        except NotAudio as error:
            raise MediaCorrupt(sha256=part.sha256) from error
        fade_in = LONG_FADE_MS if part.role == "outro" else EDGE_FADE_MS
        fade_out = LONG_FADE_MS if part.role == "chime" else EDGE_FADE_MS
        longest = len(sound) * 1000 // RATE // 2
        head, tail = (min(fade, longest) * RATE // 1000 for fade in (fade_in, fade_out))
        yield _samples(_segment(sound[:head]).fade_in(min(fade_in, longest))) if head else sound[:0]
        yield sound[head : len(sound) - tail]
        yield _samples(_segment(sound[len(sound) - tail :]).fade_out(min(fade_out, longest))) if tail else sound[:0]


class ChildAssembler:
    """Assembles in a child process, so that the thread that starts programmes on time is never disturbed."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def assemble(self, parts: Sequence[Part]) -> Rendition:
        """Make the file of a running order. Raises `MediaMissing`, `MediaCorrupt`, `StepFailed`."""
        command = [sys.executable, "-m", "audio.assemble", str(self._home)]
        try:
            done = subprocess.run(
                command,
                input=json.dumps([asdict(part) for part in parts]).encode(),
                capture_output=True,
                timeout=_LONGEST_S,
                check=False,
                cwd=Path(__file__).parents[1],
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepFailed(step="assemble", reason=str(error)) from error
        if done.returncode == 0:
            told = json.loads(done.stdout)
            return Rendition(sha256=told["sha256"], seconds=told["seconds"], starts_s=tuple(told["starts_s"]))
        if done.returncode == _REFUSED:
            raise _error_of(json.loads(done.stdout))
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise StepFailed(step="assemble", reason=reason[0])


def _segment(sound: Mono) -> AudioSegment:
    return AudioSegment(data=sound.tobytes(), sample_width=2, frame_rate=RATE, channels=1)


def _samples(segment: AudioSegment) -> Mono:
    return np.frombuffer(segment.raw_data, np.int16)


def _error_of(told: Mapping[str, Any]) -> BroadcastError:
    kinds = {kind.code: kind for kind in (MediaMissing, MediaCorrupt, StepFailed)}
    if told["code"] in kinds:
        return kinds[told["code"]](**told["facts"])
    return StepFailed(step="assemble", reason=f"{told['code']} {told['facts']}")


def main(home: Path) -> int:
    """Read the parts as JSON, tell the rendition as JSON."""
    os.nice(10)
    parts = [Part(**told) for told in json.load(sys.stdin)]
    try:
        told: dict[str, object] = asdict(ProgrammeAssembler(FileMediaStore(home)).assemble(parts))
    except BroadcastError as error:
        json.dump({"code": error.code, "facts": {name: str(value) for name, value in error.facts.items()}}, sys.stdout)
        return _REFUSED
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

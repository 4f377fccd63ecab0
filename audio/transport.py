"""Making the small Opus file that villages fetch from the file that airs, in a child process."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from audio.encode import Pcm, write_opus
from audio.flac import read_mono
from audio.store import FileMediaStore
from scheduler.errors import BroadcastError, MediaCorrupt, MediaMissing, NotAudio, StepFailed
from scheduler.ports import StoredFile

_LONGEST_S = 1800
"""Seconds after which a child is given up: an hour of sound takes minutes beside all else."""
_REFUSED = 3


def encode_transport(media: FileMediaStore, sha256: str, *, bits_per_s: int) -> StoredFile:
    """The Opus file of a rendition; the same rendition gives the same file. Raises `MediaMissing`, `MediaCorrupt`.

    The samples lie in a file meanwhile: an hour of them would be 345 MB of memory.
    """
    media.verify(sha256)
    with media.workplace() as folder:
        try:
            samples = _unpack(media.path(sha256), folder / "samples")
            pcm: Pcm = np.memmap(folder / "samples", np.int16, "r", shape=(samples,))
            for _ in write_opus(
                folder / "transport.opus", lambda first, last: pcm[first:last], samples, cuts=(), bits_per_s=bits_per_s
            ):
                pass  # one encoder, from end to end: it may take its time
        except NotAudio as error:
            raise MediaCorrupt(sha256=sha256) from error
        except OSError as error:
            raise StepFailed(step="transport", reason=str(error)) from error
        return media.adopt(folder / "transport.opus")


def _unpack(source: Path, target: Path) -> int:
    samples = 0
    with target.open("wb") as file:
        for block in read_mono(source):
            file.write(block.tobytes())
            samples += len(block)
    if not samples:
        raise NotAudio
    return samples


class ChildEncoder:
    """Encodes in a child process, so that the thread that starts programmes on time is never disturbed."""

    def __init__(self, home: Path, *, bits_per_s: int) -> None:
        self._home, self._bits_per_s = home, bits_per_s

    def encode(self, rendition_sha256: str) -> StoredFile:
        """Make the file. Raises `MediaMissing`, `MediaCorrupt`, `StepFailed`."""
        command = [sys.executable, "-m", "audio.transport", str(self._home), rendition_sha256, str(self._bits_per_s)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_LONGEST_S,
                check=False,
                cwd=Path(__file__).parents[1],
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepFailed(step="transport", reason=str(error)) from error
        if done.returncode == 0:
            return StoredFile(**json.loads(done.stdout))
        if done.returncode == _REFUSED:
            raise _error_of(json.loads(done.stdout))
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise StepFailed(step="transport", reason=reason[0])


def _error_of(told: Mapping[str, Any]) -> BroadcastError:
    kinds = {kind.code: kind for kind in (MediaMissing, MediaCorrupt, StepFailed)}
    if told["code"] in kinds:
        return kinds[told["code"]](**told["facts"])
    return StepFailed(step="transport", reason=f"{told['code']} {told['facts']}")


def main(home: Path, sha256: str, bits_per_s: int) -> int:
    """Tell the file as JSON."""
    os.nice(15)
    try:
        told: dict[str, object] = asdict(encode_transport(FileMediaStore(home), sha256, bits_per_s=bits_per_s))
    except BroadcastError as error:
        json.dump({"code": error.code, "facts": {name: str(value) for name, value in error.facts.items()}}, sys.stdout)
        return _REFUSED
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))

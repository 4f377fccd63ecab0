"""A sound card that goes nowhere: PulseAudio's null sink, run for a test by the test's own user."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SINK = "loaban_test"


@dataclass(frozen=True)
class NullSink:
    """A running null sink; what it is given can be recorded from its monitor."""

    environment: dict[str, str]

    @contextmanager
    def recording(self, into: Path) -> Iterator[None]:
        """Record mono 48 kHz 16 bit samples while the block runs."""
        command = ["parec", f"--device={SINK}.monitor", "--format=s16le", "--rate=48000", "--channels=1", "--raw",
                   "--latency-msec=20"]  # fmt: skip
        with into.open("wb") as file:
            process = subprocess.Popen(command, stdout=file, env={**os.environ, **self.environment})
            try:
                until = time.monotonic() + 5
                while into.stat().st_size == 0 and time.monotonic() < until:
                    time.sleep(0.02)
                yield
                time.sleep(0.4)
            finally:
                process.terminate()
                process.wait()


def samples_of(path: Path) -> np.ndarray:
    """What was recorded."""
    return np.frombuffer(path.read_bytes()[: path.stat().st_size // 2 * 2], np.int16)


def lacking() -> str | None:
    """Why there can be no null sink here."""
    for tool in ("pulseaudio", "pactl", "parec"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    return None if find_library("portaudio") else "PortAudio is not installed"


@contextmanager
def a_null_sink(folder: Path) -> Iterator[NullSink]:
    """Run PulseAudio with one null sink as ALSA's default device, in a folder of its own."""
    (folder / "run").mkdir(mode=0o700, parents=True)
    (folder / "asound.conf").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    environment = {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "PULSE_SERVER": f"unix:{folder}/run/pulse/native",
        "PULSE_SINK": SINK,
        "ALSA_CONFIG_PATH": f"{folder}/asound.conf",
    }
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit=no", "--use-pid-file=no",
               "-L", f"module-native-protocol-unix auth-anonymous=1 socket={folder}/run/pulse/native",
               "-L", f"module-null-sink sink_name={SINK} rate=48000 channels=1 format=s16le"]  # fmt: skip
    (folder / "run" / "pulse").mkdir(mode=0o700)
    with (folder / "pulseaudio.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env={**os.environ, **environment}, capture_output=True).returncode:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "pulseaudio.log").read_text())
            time.sleep(0.05)
        yield NullSink(environment)
    finally:
        process.terminate()
        process.wait()

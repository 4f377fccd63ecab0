"""A whole station as `loaban up` runs it, in a folder of its own, and the sound people bring to it."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from scheduler.config import load_settings
from scheduler.domain.coverage import WHOLE_DAY
from scheduler.services import coverage
from scheduler.station import open_station

RATE = 22_050
CODE = re.compile(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}")


class RunningStation:
    """Processes of a station: started, talked to over HTTP, stopped."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free, socket.socket() as other:
            free.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            self.port, self.broker_port = free.getsockname()[1], other.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ, "LOABAN_HOME": str(home), "LOABAN_PORT": str(self.port), "LOABAN_CLAIM_LEAD": "1",
            "LOABAN_TICK": "1", "LOABAN_LOG_LEVEL": "WARNING", "LOABAN_BROKER_PORT": str(self.broker_port),
        }  # fmt: skip
        self._told: list[str] = []

    def settle(self, zones: Sequence[tuple[str, str, tuple[str, ...]]]) -> None:
        """The places of a commune with zones on the carrier that writes files: (code, name, languages)."""
        subprocess.run(
            [sys.executable, "-m", "scheduler", "database", "upgrade"], env=self.environment, check=True, timeout=60
        )
        station = open_station(load_settings({"LOABAN_HOME": str(self.home)}))
        with station.sessions.begin() as session:
            since = date(2025, 7, 1)
            city = coverage.create_area(session, kind="province", name="Sơn La", parent=None, valid_from=since)
            ward = coverage.create_area(session, kind="commune", name="Chiềng An", parent=city, valid_from=since)
            for code, name, languages in zones:
                coverage.create_zone(
                    session, code=code, name=name, area=ward, carrier="file", languages=languages, hours=WHOLE_DAY,
                    now=station.clock.now(),
                )  # fmt: skip
        station.engine.dispose()

    def start(self) -> None:
        """Start all processes and wait until the page answers."""
        self._up = subprocess.Popen(
            [sys.executable, "-m", "scheduler", "up"], env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._up.poll() is None, self.told
            time.sleep(0.1)
        raise AssertionError(self.told)

    def stop(self) -> None:
        """Stop all processes politely."""
        self._up.send_signal(signal.SIGTERM)
        self._up.wait(60)
        self._reader.join(10)
        assert self._up.stdout is not None
        self._up.stdout.close()

    @property
    def told(self) -> str:
        """What the processes printed so far."""
        return "".join(self._told)

    def first_code(self) -> str:
        """The one-time code of a station without users."""
        for _ in range(100):
            if found := CODE.search(self.told):
                return found[0]
            time.sleep(0.1)
        raise AssertionError(self.told)

    def _read(self) -> None:
        assert self._up.stdout is not None
        self._told.extend(iter(self._up.stdout.readline, ""))


def write_speech(path: Path, *, seconds: float, seed: int) -> Path:
    """Syllables of noise and tone with short pauses, about as loud as somebody who reads aloud: mono 16-bit WAV."""
    source = np.random.default_rng(seed)
    at = np.arange(int(seconds * RATE)) / RATE
    pitch = 130 + 40 * np.sin(2 * np.pi * 0.7 * at + seed)
    voice = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE)) * 0.5 + source.normal(0, 0.15, at.size)
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * at + seed), 0, 1) ** 0.5
    samples = np.rint(voice * syllables * 0.25 * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path

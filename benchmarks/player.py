"""What a box in a village takes: how exactly sound starts, its memory, and what it writes to its card beside media.

Sound goes to a null sink of PulseAudio, of the program itself; the numbers of memory and of the card are those of the
real `loaban player run` in a process of its own, with its link cut.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from audio.carriers.soundcard import SoundcardCarrier
from audio.encode import RATE, write_opus
from audio.flac import write_flac
from audio.store import FileMediaStore
from audio.village.plan import PlanKeeper
from audio.village.store import open_rows
from audio.village.trust import TrustedClock
from scheduler.clock import SystemClock
from scheduler.ports import Transmission
from scheduler.precise import Batch, PreciseThread
from scheduler.signing import Verifier
from tests.audio.village.homes import pair, plan, programme, sealed
from tests.contracts.null_sink import NullSink, a_null_sink, lacking, samples_of

ROOT = Path(__file__).parent.parent
AIM_START_MS, AIM_MEMORY_MB, AIM_CARD_MB = 5.0, 60.0, 5.0
PROGRAMME_S, EVERY_S = 20.0, 40.0
PROGRAMMES_A_DAY = 12
"""Far more than villages have (two to four); an alert or a word by hand is one more."""


class Always:
    """A permit."""

    def holds(self) -> bool:
        """Tell that it may sound."""
        return True


def measure_starts(sink: NullSink, home: Path, starts: int) -> tuple[list[float], list[float]]:
    """Errors in milliseconds: of the place in the card's buffer, and of the recorded onsets about their median."""
    clock, media = SystemClock(), FileMediaStore(home)
    write_flac(home / "click.flac", [(20_000 * np.sign(np.sin(np.arange(4_800)))).astype(np.int16)])
    sha256 = media.adopt(home / "click.flac").sha256
    carrier, precise = SoundcardCarrier(clock=clock, media=media), PreciseThread(clock)
    precise.start()
    planned, handed = [], []
    first = clock.now() + timedelta(seconds=2)
    with sink.recording(home / "starts.raw"):
        for number in range(starts):
            at = first + timedelta(seconds=number, milliseconds=number * 7 % 10)  # anywhere within a block of 10 ms
            clock.sleep((at - clock.now()).total_seconds() - 0.75)
            sounding = carrier.prepare(
                Transmission(
                    broadcast_id=uuid4(), zone_id=1, zone_code="BAN", rendition_sha256=sha256, seconds=0.1, cues=()
                ),
                Always(),
            )
            precise.add(Batch(at=at, starts=[sounding.start]))
            while (outcome := sounding.outcome()) is None:
                clock.sleep(0.01)
            if outcome.started_at is not None:
                planned.append(at)
                handed.append(abs((outcome.started_at - at).total_seconds()) * 1000)
    carrier.close()
    precise.close()
    return handed, errors_of(samples_of(home / "starts.raw"), planned)


def errors_of(recorded: np.ndarray, planned: Sequence[datetime]) -> list[float]:
    """How far each onset is from where the others say it should be, in milliseconds; empty when some are lacking."""
    loud = np.flatnonzero(np.abs(recorded.astype(int)) > 200)
    onsets = [] if not len(loud) else [loud[0], *loud[1:][np.diff(loud) > RATE // 4]]
    if len(onsets) != len(planned):
        return []
    off = [onset / RATE - (at - planned[0]).total_seconds() for onset, at in zip(onsets, planned, strict=True)]
    return [abs(error - statistics.median(off)) * 1000 for error in off]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A process at one look: resident, its share of what is shared, its own pages, and what it wrote."""

    rss_mb: float
    pss_mb: float
    anonymous_mb: float
    written: int


def look_at(pid: int) -> Reading:
    """Read what the kernel says of a process."""
    memory = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = {name: int(value) for name, value in re.findall(r"(?m)^(\w+):\s+(\d+) kB", memory)}
    written = re.search(r"(?m)^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text())
    return Reading(
        rss_mb=kilobytes["Rss"] / 1024,
        pss_mb=kilobytes["Pss"] / 1024,
        anonymous_mb=kilobytes["Anonymous"] / 1024,
        written=int(written[1]) if written else 0,
    )


def fill_box(folder: Path, *, starts_in: timedelta, programmes: int) -> None:
    """A paired box with a plan and its file: speech-like noise as the station would send it."""
    now = datetime.now(UTC)
    home = pair(folder)
    home.keep(msgspec.structs.replace(home.membership(), paired_at=now - timedelta(days=1)))
    samples = round(PROGRAMME_S * RATE)
    sound = (np.random.default_rng(1).normal(0, 2000, samples)).astype(np.int16)
    for _ in write_opus(folder / "a.opus", lambda first, last: sound[first:last], samples, cuts=[], bits_per_s=36_000):
        pass
    sha256 = FileMediaStore(folder).adopt(folder / "a.opus").sha256
    planned = tuple(
        programme(
            str(number), now + starts_in + number * timedelta(seconds=EVERY_S), seconds=PROGRAMME_S, sha256=sha256
        )
        for number in range(programmes)
    )
    sessions, clock = open_rows(home), TrustedClock(SystemClock())
    clock.learn(clock.now(), source="ntp")
    membership = home.membership()
    keeper = PlanKeeper(sessions, Verifier(membership.station_key), membership, clock, carrier="soundcard")
    keeper.accept(sealed(plan(*planned, now=now)))
    sessions.kw["bind"].dispose()


LOADED = ("scheduler.__main__", "scheduler.commands.player", "scheduler.commands.player_parts", "soundfile",
          "sounddevice")  # fmt: skip
"""What a box that plays has loaded."""


def as_installed(folder: Path) -> dict[str, str]:
    """The environment of the unit in deploy/, with all compiled beforehand as the page of the installation does it."""
    environ = {
        **os.environ,
        "MALLOC_ARENA_MAX": "2",
        "PYTHONOPTIMIZE": "2",
        "PYTHONPYCACHEPREFIX": str(folder),
    }
    compiling = {**environ, "PYTHONNODEBUGRANGES": "1", "PYTHONDONTWRITEBYTECODE": ""}
    code = f"import {', '.join(LOADED)}"
    subprocess.run([sys.executable, "-c", code], env=compiling, cwd=ROOT, check=True)
    return environ


@contextmanager
def running(folder: Path, environ: Mapping[str, str], sink: NullSink) -> Iterator[int]:
    """A real player on the null sink, as the unit in deploy/ starts it."""
    environ = {
        **environ,
        **sink.environment,
        "LOABAN_TRUST_RTC": "1",
        "LOABAN_PLAIN_LINK": "1",
        "LOABAN_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "scheduler", "player", "run", "--home", str(folder)]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """What was seen of a running box."""

    idle: Reading
    sounding: Reading
    idle_bytes_per_s: float
    programme_bytes: float
    """Written for one programme."""

    @property
    def card_mb_a_day(self) -> float:
        """Extrapolated from what was seen."""
        return (self.idle_bytes_per_s * 86_400 + self.programme_bytes * PROGRAMMES_A_DAY) / 1e6


def measure_box(sink: NullSink, folder: Path, environ: Mapping[str, str], *, idle_s: float, programmes: int) -> Box:
    """Let a box stand idle, then play; settles for a while before each look."""
    settle_s = 20.0
    fill_box(folder, starts_in=timedelta(seconds=2 * settle_s + idle_s), programmes=programmes)
    with running(folder, environ, sink) as pid:
        time.sleep(settle_s)
        first = look_at(pid)
        time.sleep(idle_s)
        idle = look_at(pid)
        time.sleep(settle_s + PROGRAMME_S / 2)
        sounding = look_at(pid)
        time.sleep(EVERY_S * programmes)
        last = look_at(pid)
    busy_s = settle_s + PROGRAMME_S / 2 + EVERY_S * programmes
    per_second = (idle.written - first.written) / idle_s
    return Box(
        idle=idle,
        sounding=sounding,
        idle_bytes_per_s=per_second,
        programme_bytes=max(0.0, last.written - idle.written - per_second * busy_s) / programmes,
    )


def where_memory_goes(environ: Mapping[str, str]) -> list[tuple[str, float]]:
    """What each library adds to a Python that has loaded those before it, in megabytes resident."""
    parts = ("click", "sqlalchemy.orm", "scheduler.models", "paho.mqtt.client", "nacl.signing", "msgspec", *LOADED)
    code = (
        "import re\ndef rss():\n"
        "    return int(re.search(r'Rss:\\s+(\\d+)', open('/proc/self/smaps_rollup').read())[1]) / 1024\n"
        "import logging, uuid, datetime, json\nlast = rss()\nprint('Python itself', last)\n"
        f"for name in {parts!r}:\n    __import__(name)\n    print(name, rss() - last)\n    last = rss()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return [(name, float(value)) for name, _, value in (line.rpartition(" ") for line in done.stdout.splitlines())]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which so much of all lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def print_all(handed: Sequence[float], heard: Sequence[float], box: Box, parts: Sequence[tuple[str, float]]) -> None:
    """Three tables, with the aims beside."""
    console = Console()
    table = Table("start error, ms", "starts", "median", "p99", "max", "aim p99")
    for name, errors in (("place in the card's buffer", handed), ("recorded onset, about the median", heard)):
        figures = (f"{percentile(errors, share):.2f}" for share in (0.5, 0.99, 1.0))
        table.add_row(name, str(len(errors)), *figures, f"{AIM_START_MS:.0f}")
    console.print(table)
    table = Table("memory, MB", "resident", "proportional", "its own pages", "aim")
    for name, reading in (("idle", box.idle), ("sounding", box.sounding)):
        figures = (f"{figure:.0f}" for figure in (reading.rss_mb, reading.pss_mb, reading.anonymous_mb))
        table.add_row(name, *figures, f"{AIM_MEMORY_MB:.0f}")
    for name, megabytes in parts:
        table.add_row(f"  {name}", f"{megabytes:.1f}", "", "", "")
    console.print(table)
    table = Table("written to the card", "bytes")
    table.add_row("idle, an hour", f"{box.idle_bytes_per_s * 3600:,.0f}")
    table.add_row("a programme", f"{box.programme_bytes:,.0f}")
    table.add_row(
        f"a day with {PROGRAMMES_A_DAY} programmes (aim {AIM_CARD_MB:.0f} MB)", f"{box.card_mb_a_day * 1e6:,.0f}"
    )
    console.print(table)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--starts", type=int, default=100)
    options.add_argument("--idle", type=float, default=120.0, help="seconds that the box is watched idle")
    options.add_argument("--programmes", type=int, default=4)
    given = options.parse_args()
    if reason := lacking():
        Console().print(f"not measured: {reason}")
        return
    with tempfile.TemporaryDirectory() as folder, a_null_sink(Path(folder) / "pulse") as sink:
        os.environ.update(sink.environment)
        sys.setswitchinterval(0.0005)
        (Path(folder) / "starts").mkdir()
        handed, heard = measure_starts(sink, Path(folder) / "starts", given.starts)
        environ = as_installed(Path(folder) / "pyc")
        box = measure_box(sink, Path(folder) / "box", environ, idle_s=given.idle, programmes=given.programmes)
        print_all(handed, heard, box, where_memory_goes(environ))


if __name__ == "__main__":
    main()

"""A player in a process of its own that is killed at random instants, and what must be true of its rows afterwards."""

import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import wave
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from audio.store import FileMediaStore
from audio.village.home import PlayerHome
from audio.village.plan import PlanKeeper
from audio.village.store import mark_of, open_rows
from audio.village.trust import TrustedClock
from scheduler.clock import SystemClock
from scheduler.signing import Verifier
from scheduler.village_messages import PlannedProgramme
from tests.audio.village.homes import pair, plan, programme, sealed

SECONDS = 12.0
"""Of each programme, longer than a program takes to begin anew: many are joined; the next begins a second after it."""
EVERY = timedelta(seconds=13)
SLACK_S = 0.3
"""A file carrier notes four times a second how far it came: so much may sound beyond its last sign of life."""


@dataclass
class KilledBox:
    """The folder of a box with a plan for the next hours, and its process."""

    folder: Path
    hours: float = 1.0
    programmes: list[PlannedProgramme] = field(default_factory=list)
    acknowledged: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    """Journal rows that somebody saw: none may be another later, or gone."""
    process: subprocess.Popen[bytes] | None = None
    interpreter: tuple[str, ...] = ()
    """Options of Python itself."""

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        home = pair(self.folder)
        home.keep(msgspec.structs.replace(home.membership(), paired_at=now - timedelta(days=1)))
        body = io.BytesIO()
        with wave.open(body, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(48_000)
            sound.writeframes(bytes(2 * 48_000 * int(SECONDS)))
        stored = FileMediaStore(self.folder).add(io.BytesIO(body.getvalue()))
        number = int(self.hours * 3600 / EVERY.total_seconds())
        first = now + timedelta(seconds=4)
        self.programmes = [
            programme(f"p{n}", first + n * EVERY, seconds=SECONDS, sha256=stored.sha256) for n in range(number)
        ]
        self._take(home, now)

    def _take(self, home: PlayerHome, now: datetime) -> None:
        clock, membership, rows = TrustedClock(SystemClock()), home.membership(), open_rows(home)
        clock.learn(now, source="station")
        keeper = PlanKeeper(rows, Verifier(membership.station_key), membership, clock, carrier="file")
        keeper.accept(sealed(plan(*self.programmes, now=now)))
        rows.kw["bind"].dispose()

    def start(self) -> None:
        """The program begins, as systemd starts it."""
        python = [sys.executable, *self.interpreter]
        command = [*python, "-m", "scheduler", "player", "run", "--home", str(self.folder), "--carrier", "file"]
        environment = {
            **os.environ, "LOABAN_TRUST_RTC": "1", "LOABAN_CLAIM_LEAD": "0.5", "LOABAN_TICK": "1",
            "LOABAN_LOG_LEVEL": "INFO",
        }  # fmt: skip
        with (self.folder / "errors.log").open("ab") as errors:
            self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=errors)

    def wait_until_it_plays(self) -> None:
        """However busy this computer is."""
        lives = self._lives_that_played()
        self.start()
        assert self.process is not None
        while self._lives_that_played() == lives:
            assert self.process.poll() is None, self.told()
            time.sleep(0.05)

    def _lives_that_played(self) -> int:
        return self.told().count("daemon.started")

    def told(self) -> str:
        """What all lives wrote."""
        path = self.folder / "errors.log"
        return path.read_text() if path.exists() else ""

    def kill(self) -> None:
        """As a power cut, but for what the kernel still writes."""
        assert self.process is not None
        assert self.process.poll() is None, self.told()
        self.acknowledged |= self.journal()
        self.process.kill()
        self.process.wait()

    def finish(self, seconds: float) -> datetime:
        """Let it live for a while, stop it politely; says until when all must be told."""
        self.wait_until_it_plays()
        assert self.process is not None
        time.sleep(seconds)
        until = datetime.now(UTC) - EVERY
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.told()
        return until

    def journal(self) -> dict[int, tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.folder / 'player.db'}?mode=ro", uri=True, timeout=20)
        try:
            rows = connection.execute("SELECT seq, at, kind, facts, mark FROM village_journal").fetchall()
        finally:
            connection.close()
        return {row[0]: row[1:] for row in rows}


def kill_at_random(box: KilledBox, kills: int, chance: random.Random) -> None:
    """So many lives, each ended at a random instant: a quarter while they begin, the others while they play."""
    for _ in range(kills):
        if chance.random() < 0.25:
            box.start()
            time.sleep(chance.uniform(0.1, 2.5))
        else:
            box.wait_until_it_plays()
            time.sleep(chance.uniform(0.0, 4.0))
        box.kill()


def check(box: KilledBox, until: datetime) -> Counter[str]:
    """Every planned edition is told exactly once, none sounded twice, no acknowledged row is lost; says what became."""
    rows = box.journal()
    assert sorted(rows) == list(range(1, len(rows) + 1)), "numbers rise by one"
    for seq, (at, kind, facts, mark) in rows.items():
        assert mark == mark_of(kind, at, facts), f"row {seq} is half"
    for seq, row in box.acknowledged.items():
        assert rows.get(seq) == row, f"row {seq} was lost or changed"
    told = [json.loads(facts) for _, kind, facts, _ in rows.values() if kind == "delivery"]
    number = Counter(item["airing_id"] for item in told)
    assert max(number.values(), default=1) == 1, "an edition is told twice"
    due = [item for item in box.programmes if item.starts_at <= until]
    missing = [item.starts_at for item in due for piece in item.pieces[1:] if str(piece.airing_id) not in number]
    assert not missing, f"{len(missing)} editions are not told, the first of {missing[0]}"
    started = Counter(json.loads(facts)["broadcast_id"] for _, kind, facts, _ in rows.values() if kind == "started")
    assert max(started.values(), default=1) == 1, "a broadcast starts twice"
    _check_sounded_once(box)
    return Counter(f"{item['kind']} {item['reason'] or ''}".strip() for item in told)


def _check_sounded_once(box: KilledBox) -> None:
    """No stretch of an edition was given to the loudspeakers twice, and all at their own time."""
    heard: dict[str, list[tuple[float, float]]] = {}
    starts = {
        str(piece.airing_id): item.starts_at + timedelta(seconds=piece.starts_s)
        for item in box.programmes
        for piece in item.pieces
    }
    for line in (box.folder / "sound" / "heard.jsonl").read_text().splitlines():
        told = json.loads(line)
        began, ended = (datetime.fromisoformat(told[name]) for name in ("started_at", "ended_at"))
        late = (began - starts[told["airing"]]).total_seconds() - told["offset_s"]
        assert abs(late) < 0.25, f"sounded {late:.3f} s off its time"
        heard.setdefault(told["airing"], []).append(
            (told["offset_s"], told["offset_s"] + (ended - began).total_seconds())
        )
    for spans in heard.values():
        spans.sort()
        for (_, end), (begin, _) in pairwise(spans):
            assert begin >= end - SLACK_S, "a stretch sounded twice"

"""A station in a folder with many short broadcasts ahead, daemons as real processes, and what must hold afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from audio.assemble import ProgrammeAssembler
from audio.encode import RATE
from audio.flac import write_flac
from audio.store import FileMediaStore
from scheduler.database import Sessions, open_engine, open_sessions, upgrade
from scheduler.domain.playout import EntryKind
from scheduler.models import AsRunEntry, Broadcast, Claim, Edition, Programme, RunningOrder, Zone
from scheduler.ports import Part
from tests.factories import make_area, make_broadcast, make_edition, make_episode, make_series, make_zone

SAME_MOMENT_S = 0.15
"""What may sound twice when one daemon goes on where another was killed."""
SAME_SECONDS_S = 0.25
"""How far the log may be from what was heard."""
FAST = {
    "LOABAN_ALLOWED_HOURS": "00:00-24:00",
    "LOABAN_CLAIM_LEAD": "0.5",
    "LOABAN_TICK": "0.5",
    "LOABAN_LEASE": "3",
    "LOABAN_JOIN_LEAST_SHARE": "0.1",
    "LOABAN_LOG_LEVEL": "WARNING",
}


@dataclass
class Station:
    """Groups of zones take turns, so that a zone's programmes never overlap."""

    home: Path
    groups: int
    languages: Sequence[tuple[str, ...]]
    """The languages of each zone of a group."""
    every_s: float
    broadcasts: int
    sessions: Sessions = field(init=False)
    last_end: datetime = field(init=False)

    def __post_init__(self) -> None:
        engine = open_engine(f"sqlite:///{self.home / 'station.db'}")
        upgrade(engine)
        self.sessions = open_sessions(engine)
        self.media = FileMediaStore(self.home)
        with self.sessions.begin() as session:
            self._fill(session)
        self._assemble()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a daemon."""
        environment = {**os.environ, **FAST, "LOABAN_HOME": str(self.home)}
        with (self.home / "daemons.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "scheduler", "playout"], env=environment, stdout=log, stderr=log
            )

    def finish(self, daemon: "subprocess.Popen[bytes]", *, within: float = 30) -> None:
        """Wait until a daemon has accounted for everything, then end it politely."""
        until = self.last_end + timedelta(seconds=within)
        while datetime.now(UTC) < until and (datetime.now(UTC) < self.last_end or self.open_claims()):
            assert daemon.poll() is None, "the daemon ended by itself"
            time.sleep(0.3)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=20)

    def open_claims(self) -> int:
        """Programmes that are not accounted for yet."""
        with self.sessions() as session:
            programmes = session.scalar(select(func.count()).select_from(Programme)) or 0
            closed = session.scalar(select(func.count()).select_from(Claim).where(Claim.closed_at.is_not(None))) or 0
        return programmes - closed

    def heard(self) -> list[dict[str, Any]]:
        """All that sounded."""
        return read_heard(self.home)

    def _fill(self, session: Any) -> None:
        area = make_area(session)
        zones = [
            [
                make_zone(session, code=f"G{group}Z{number}", area=area, languages=languages, carrier="file")
                for number, languages in enumerate(self.languages)
            ]
            for group in range(self.groups)
        ]
        series = make_series(session, shortest_seconds=0.5, longest_seconds=5)
        spoken = sorted({language for languages in self.languages for language in languages})
        episodes: list[tuple[Edition, ...]] = []
        for number in range(1, 6):
            episode = make_episode(session, series, number=number)
            episodes.append(tuple(self._edition(session, episode, language, number) for language in spoken))
        first = datetime.now(UTC) + timedelta(seconds=4)
        for number in range(self.broadcasts):
            made = make_broadcast(
                session,
                editions=episodes[number % len(episodes)],
                zones=tuple(zones[number % self.groups]),
                now=first,
                starts_in=timedelta(seconds=number * self.every_s),
            )
            self.last_end = made.ends_at + timedelta(seconds=1)

    def _edition(self, session: Any, episode: Any, language: str, number: int) -> Edition:
        seconds = 0.9 + 0.1 * number + (0.05 if language == "blt" else 0.0)
        return spoken(session, self.media, episode, language=language, seconds=seconds, seed=number)

    def _assemble(self) -> None:
        assembler = ProgrammeAssembler(self.media)
        with self.sessions.begin() as session:
            for order in session.scalars(select(RunningOrder)):
                assemble(order, assembler)


def spoken(
    session: Any, media: FileMediaStore, episode: Any, *, language: str, seconds: float, seed: int
) -> Edition:  # fmt: skip
    """An edition whose master is there: noise that is another one in each language."""
    sound = np.random.default_rng(seed).normal(0, 3000, round(seconds * RATE)).astype(np.int16)
    with media.workplace() as folder:
        write_flac(folder / "master.flac", [sound + np.int16(len(language))])
        sha256 = media.adopt(folder / "master.flac").sha256
    return make_edition(session, episode, language=language, seconds=len(sound) / RATE, master_sha256=sha256)


def assemble(order: RunningOrder, assembler: ProgrammeAssembler) -> None:
    """Make the file that airs."""
    made = assembler.assemble([Part(**part) for part in order.parts])
    order.rendition_sha256, order.seconds, order.starts_s = made.sha256, made.seconds, list(made.starts_s)


def read_heard(home: Path) -> list[dict[str, Any]]:
    """The lines of `heard.jsonl`, instants parsed."""
    lines = [json.loads(line) for line in (home / "sound" / "heard.jsonl").read_text().splitlines()]
    for line in lines:
        line["started_at"], line["ended_at"] = (datetime.fromisoformat(line[k]) for k in ("started_at", "ended_at"))
        line["until_s"] = line["offset_s"] + (line["ended_at"] - line["started_at"]).total_seconds()
    return lines


def check(station: Station) -> Counter[str]:
    """Everything that must hold after any number of deaths; says how deliveries ended."""
    heard = station.heard()
    with station.sessions() as session:
        zones = {zone.id: zone.code for zone in session.scalars(select(Zone))}
        planned = _planned(session, zones)
        entries = list(session.scalars(select(AsRunEntry)))
        claims = {(str(row.broadcast_id), zones[row.zone_id]): row for row in session.scalars(select(Claim))}
    assert_nothing_sounds_twice(heard)
    assert_every_sound_was_claimed_before(heard, claims)
    firsts = Counter((str(entry.airing_id), zones[entry.zone_id]) for entry in entries if entry.attempt == 1)
    assert {key: firsts[key] for key in planned if firsts[key] != 1} == {}, "deliveries without exactly one entry"
    assert set(firsts) <= planned
    assert_log_and_sound_agree(heard, entries, zones)
    return Counter(f"{entry.kind}:{entry.reason or ''}" for entry in entries)


def _planned(session: Any, zones: dict[int, str]) -> set[tuple[str, str]]:
    found = set()
    options = (
        selectinload(Broadcast.airings),
        selectinload(Broadcast.programmes).selectinload(Programme.running_order),
    )
    for broadcast in session.scalars(select(Broadcast).options(*options)):
        by_language = {airing.language: str(airing.id) for airing in broadcast.airings}
        for programme in broadcast.programmes:
            for part in programme.running_order.parts:
                found.add((by_language[part["language"]], zones[programme.zone_id]))
    return found


def _by_delivery(heard: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found = defaultdict(list)
    for line in sorted(heard, key=lambda line: line["started_at"]):
        found[line["airing"], line["zone"]].append(line)
    return found


def assert_nothing_sounds_twice(heard: list[dict[str, Any]]) -> None:
    """No second of an edition is heard twice in a zone, nor two things at once."""
    for key, lines in _by_delivery(heard).items():
        in_order = sorted(lines, key=lambda line: line["offset_s"])
        for before, after in pairwise(in_order):
            assert after["offset_s"] >= before["until_s"] - SAME_MOMENT_S, (key, lines)
    by_zone = defaultdict(list)
    for line in heard:
        by_zone[line["zone"]].append(line)
    for lines in by_zone.values():
        lines.sort(key=lambda line: line["started_at"])
        for before, after in pairwise(lines):
            assert after["started_at"] >= before["ended_at"] - timedelta(seconds=SAME_MOMENT_S), (before, after)


def assert_every_sound_was_claimed_before(heard: list[dict[str, Any]], claims: dict[tuple[str, str], Claim]) -> None:
    """A durable claim is older than the first sample."""
    for line in heard:
        claim = claims[line["broadcast"], line["zone"]]
        assert claim.claimed_at < line["started_at"], (claim.claimed_at, line)


def assert_log_and_sound_agree(heard: list[dict[str, Any]], entries: list[AsRunEntry], zones: dict[int, str]) -> None:
    """What the log says sounded is what was heard, second for second."""
    found = _by_delivery(heard)
    wrong = []
    for entry in entries:
        lines = found.pop((str(entry.airing_id), zones[entry.zone_id]), [])
        seconds = sum(line["until_s"] - line["offset_s"] for line in lines)
        if abs(seconds - entry.seconds_sounded) > SAME_SECONDS_S:
            wrong.append((entry.kind, entry.reason, entry.seconds_sounded, entry.note, lines))
        elif entry.kind is EntryKind.SOUNDED and abs(seconds - entry.seconds_planned) > SAME_SECONDS_S:
            wrong.append((entry.kind, entry.reason, entry.seconds_planned, entry.note, lines))
    assert wrong == [], f"{len(wrong)} of {len(entries)}"
    assert found == {}, "sound that no entry knows of"

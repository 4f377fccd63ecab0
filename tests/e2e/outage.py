"""Villages whose link is away for days: real players, broker and backbone in a world where hours pass at once.

Between two broadcasts time passes in an instant, for every process alike; around each of them it goes as it does. The
journals go over the real broker when the link is back.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from audio.assemble import ProgrammeAssembler
from audio.store import FileMediaStore
from audio.transport import encode_transport
from audio.village.home import Membership, PlayerHome
from audio.village.rows import JournalEntry
from scheduler import precise
from scheduler.database import Sessions, open_engine, open_readers
from scheduler.domain.playout import EntryKind, Evidence
from scheduler.domain.village import JournalState
from scheduler.models import AsRunEntry, Broadcast, Player, PlayerState, RunningOrder, VillageJournalRow, Zone
from scheduler.services import tally, village_transport
from scheduler.signing import station_key
from tests.contracts.running_brokers import RunningBroker
from tests.e2e.passing_time import SHARED, PassingClock
from tests.e2e.road import Road
from tests.e2e.station import assemble, assert_log_and_sound_agree, assert_nothing_sounds_twice, read_heard, spoken
from tests.factories import make_broadcast, make_episode, make_series

EDITION_S = 0.3
SOONEST = timedelta(minutes=5)
"""From the beginning to the first broadcast at least: the plan must be there, and the link away."""
BEFORE = timedelta(seconds=0.9)
"""So long before a broadcast time goes as it does."""
PATIENCE_S = 60.0
QUICK = {"LOABAN_CLAIM_LEAD": "0.5", "LOABAN_TICK": "0.2", "LOABAN_JOIN_LEAST_SHARE": "0.1"}

Outcome = tuple[object, ...]


@dataclass(frozen=True, kw_only=True)
class Healed:
    """How long it took until all was as it should be, from the moment the link was back."""

    connected_s: float
    handed_over_s: float
    logged_s: float
    rows: int
    latest_start_ms: float
    deliveries: Counter[str]


class Village:
    """A box: its folder, its process, and the road to its station."""

    def __init__(self, folder: Path, code: str, road: Road, environment: dict[str, str]) -> None:
        self.home, self.code, self.road, self._environment = PlayerHome(folder), code, road, environment
        self.process: subprocess.Popen[bytes] | None = None
        self._readers: Sessions | None = None

    def start(self) -> None:
        """The program begins; waits until it plays."""
        lives = self._count("daemon.started")
        command = [sys.executable, "-m", "tests.e2e.passing_time", "player", "run", "--carrier", "file"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--home", str(self.home.folder)], env=self._environment, stdout=log, stderr=log
            )
        if lives or self.entries():  # before its first plan there is nothing to play
            wait_for(lambda: self._count("daemon.started") > lives, f"{self.code} plays again")

    def kill(self) -> None:
        """A power cut, but for what the kernel still writes."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """Politely, if it runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
        if self._readers is not None:
            self._readers.kw["bind"].dispose()
        self.road.close()

    def entries(self, broadcast: object = None) -> list[AsRunEntry]:
        """What the box itself says became of everything, or of one broadcast."""
        if not (self.home.folder / "player.db").exists():
            return []
        wanted = select(AsRunEntry).order_by(AsRunEntry.planned_at)
        with self._rows.begin() as session:
            return list(
                session.scalars(wanted if broadcast is None else wanted.where(AsRunEntry.broadcast_id == broadcast))
            )

    @property
    def waiting(self) -> int:
        """Rows that nobody has confirmed."""
        with self._rows.begin() as session:
            return session.scalar(select(func.count()).select_from(JournalEntry)) or 0

    @property
    def times_connected(self) -> int:
        return self._count("mqtt.connected")

    @property
    def told(self) -> str:
        """What all its lives printed."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    @property
    def _rows(self) -> Sessions:
        if self._readers is None:
            self._readers = open_readers(open_engine(self.home.database_url))
        return self._readers

    @property
    def _log(self) -> Path:
        return self.home.folder / "log"

    def _count(self, what: str) -> int:
        return self.told.count(what)


@dataclass
class World:
    """A station with so many villages that are away for so many days, with broadcasts at these local hours."""

    broker: RunningBroker
    folder: Path
    villages: int
    days: int
    hours: Sequence[float]
    languages: tuple[str, ...] = ("blt", "vi")
    longest_back_off_s: float | None = None
    boxes: list[Village] = field(default_factory=list)
    broadcasts: list[tuple[object, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock = PassingClock(self.folder / "passed")
        self.broker.program = "tests.e2e.passing_time"
        self.broker.environ |= {SHARED: str(self.folder / "passed"), "LOABAN_ALLOWED_HOURS": "00:00-24:00"}
        media = FileMediaStore(Path(self.broker.environ["LOABAN_HOME"]))
        players = self.broker.fill(self.villages)
        self.began_at = self.clock.now()
        self.back_at = self.began_at + timedelta(days=self.days) + 2 * SOONEST
        self._plan(media)
        files = self._make_files(media)
        for player in players:
            self._pair(player, [media.path(sha256) for sha256 in files])

    # --- making it --------------------------------------------------------------------------------------------------
    def _plan(self, media: FileMediaStore) -> None:
        midnight = self.began_at.replace(hour=0, minute=0, second=0, microsecond=0)
        instants = [midnight + timedelta(days=day, hours=hour) for day in range(self.days + 2) for hour in self.hours]
        first = self.began_at + SOONEST
        coming = [at for at in instants if first <= at < first + timedelta(days=self.days)]
        with self.broker.sessions.begin() as session:
            zones = tuple(session.scalars(select(Zone).order_by(Zone.id)))
            series = make_series(session, shortest_seconds=0.1, longest_seconds=5)
            episodes = [
                tuple(
                    spoken(session, media, episode, language=language, seconds=EDITION_S, seed=number)
                    for language in self.languages
                )
                for number, episode in ((number, make_episode(session, series, number=number)) for number in (1, 2, 3))
            ]
            for number, at in enumerate(coming):
                made = make_broadcast(
                    session, editions=episodes[number % 3], zones=zones, now=self.began_at,
                    starts_in=at - self.began_at,
                )  # fmt: skip
                self.broadcasts.append((made.id, at))

    def _make_files(self, media: FileMediaStore) -> list[str]:
        assembler, files = ProgrammeAssembler(media), []
        with self.broker.sessions.begin() as session:
            for order in session.scalars(select(RunningOrder)):
                assemble(order, assembler)
                assert order.rendition_sha256 is not None and order.seconds is not None
                file = encode_transport(media, order.rendition_sha256, bits_per_s=36_000)
                village_transport.note_transport(session, order.key, file)
                files.append(file.sha256)
            for broadcast in session.scalars(select(Broadcast)):
                longest = max(item.running_order.seconds or 0.0 for item in broadcast.programmes)
                broadcast.ends_at = broadcast.starts_at + timedelta(seconds=longest)
        return files

    def _pair(self, player: Player, files: Collection[Path]) -> None:
        folder, road = self.folder / player.username, Road(self.broker.port)
        home = PlayerHome(folder)
        with self.broker.sessions.begin() as session:
            row = session.get_one(Player, player.id)
            row.public_key, code, name = home.signer.public, row.zone.code, row.zone.name
        home.keep(
            Membership(
                station_url="https://127.0.0.1:1", broker_url=f"mqtts://127.0.0.1:{road.port}",
                username=player.username, password="of a box", token="", zone_id=player.zone_id, zone_code=code,
                zone_name=name, station_key=station_key(Path(self.broker.environ["LOABAN_HOME"])).public,
                paired_at=player.paired_at, instance="paired",
            )
        )  # fmt: skip
        store = FileMediaStore(folder)
        for file in files:
            with store.workplace() as place:
                shutil.copy(file, place / file.name)
                store.adopt(place / file.name)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOABAN_")} | QUICK
        environment |= {SHARED: str(self.folder / "passed"), "LOABAN_STATION_AUTHORITY": str(self.broker.tls.authority)}
        if self.longest_back_off_s is not None:
            environment["LONGEST_BACK_OFF_S"] = str(self.longest_back_off_s)
        self.boxes.append(Village(folder, code, road, environment))

    # --- living -----------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Everybody is there and knows the plan."""
        self.broker.start()
        self.broker.run_beside("backbone")
        for box in self.boxes:
            box.start()
        self._wait_for(lambda: self._states() == [(True, len(self.broadcasts))] * self.villages, "all have the plan")

    def cut_off(self) -> None:
        """The links of all villages are away, and the station sees it."""
        for box in self.boxes:
            box.road.cut()
        wait_for(lambda: not any(online for online, _ in self._states()), "the station sees that they are gone")

    def live_through(self, power_cuts: Collection[int] = (), *, off_for: Collection[int] = ()) -> None:
        """All broadcasts come and go; before the ones of these numbers the first box is killed and starts again.

        During the broadcasts `off_for` it has no power.
        """
        for number, (broadcast, at) in enumerate(self.broadcasts):
            first = self.boxes[0]
            if number in power_cuts or (number in off_for and first.process is not None):
                first.kill()
            if number not in off_for and first.process is None:
                first.start()
            self.clock.pass_until(at - BEFORE)
            there = [box for box in self.boxes if box.process is not None]
            self._wait_for(
                lambda: all(len(box.entries(broadcast)) == len(self.languages) for box in there),  # noqa: B023
                f"all know what became of number {number}",
            )
        if self.boxes[0].process is None:
            self.boxes[0].start()
        self.clock.pass_until(self.back_at)

    def come_back(self, kills: int = 0, *, seed: int | None = None) -> Healed:
        """The links are back; meanwhile player and broker die so often. Waits until station and boxes are of one mind."""
        truth = {box.code: [outcome_of(entry) for entry in box.entries()] for box in self.boxes}
        were = [box.times_connected for box in self.boxes]
        for box in self.boxes:
            box.road.mend()
        began = time.monotonic()
        self._wait_for(lambda: any(box.times_connected > n for box, n in zip(self.boxes, were, strict=True)), "one is back",
                 within_s=300)  # fmt: skip
        self._kill(kills, random.Random(seed))
        self._wait_for(lambda: all(box.times_connected > n for box, n in zip(self.boxes, were, strict=True)), "all are back",
                 within_s=300)  # fmt: skip
        connected = time.monotonic() - began
        self._wait_for(lambda: not any(box.waiting for box in self.boxes), "all is confirmed", within_s=300)
        handed_over = time.monotonic() - began
        self._wait_for(lambda: not self._unposted(), "all is posted")
        logged = time.monotonic() - began
        latest = self._check(truth)
        became = Counter(
            f"{kind} {reason or ''}".strip() for told in truth.values() for _, kind, *_, reason, _ in told
        )  # fmt: skip
        return Healed(
            connected_s=connected, handed_over_s=handed_over, logged_s=logged, rows=self._count_rows(),
            latest_start_ms=latest / timedelta(milliseconds=1), deliveries=became,
        )  # fmt: skip

    def close(self) -> None:
        """Stop everybody."""
        for box in self.boxes:
            box.stop()
        self.broker.close()

    def _kill(self, kills: int, chance: random.Random) -> None:
        for number in range(kills):
            time.sleep(chance.uniform(0.0, 1.0))
            if number % 2:
                self.broker.strike()
            else:
                box = chance.choice(self.boxes)
                box.kill()
                box.start()

    def _wait_for(self, is_so: Callable[[], object], what: str, *, within_s: float = PATIENCE_S) -> None:
        def is_so_or_dead() -> object:
            for box in self.boxes:
                assert box.process is None or box.process.poll() is None, box.told
            return is_so()

        try:
            wait_for(is_so_or_dead, what, within_s=within_s)
        except AssertionError as failure:
            failure.add_note("\n".join(box.told[-3000:] for box in self.boxes))
            raise

    # --- what the station knows ---------------------------------------------------------------------------------------
    def _states(self) -> list[tuple[bool, int]]:
        """Of each box: whether the station believes it to be there, and how many broadcasts its plan holds."""
        with self.broker.sessions.begin() as session:
            rows = session.execute(select(PlayerState.online, PlayerState.plan_version))
            return [(online, len(self.broadcasts) if version else 0) for online, version in rows]

    def _unposted(self) -> int:
        waiting = select(func.count()).where(VillageJournalRow.state == JournalState.RECEIVED)
        with self.broker.sessions.begin() as session:
            return session.scalar(waiting) or 0

    def _count_rows(self) -> int:
        with self.broker.sessions.begin() as session:
            return session.scalar(select(func.count()).select_from(VillageJournalRow)) or 0

    def _check(self, truth: dict[str, list[Outcome]]) -> timedelta:
        """The log is the union of what the boxes said before the link was back, and that is what was heard.

        Says how late the latest start was, as busy as this computer is.
        """
        with self.broker.sessions.begin() as session:
            zones = {zone.id: zone.code for zone in session.scalars(select(Zone))}
            entries = list(session.scalars(select(AsRunEntry)))
            quarantined = session.scalars(
                select(VillageJournalRow.problem).where(VillageJournalRow.state == JournalState.QUARANTINED)
            ).all()
            differences = tally.check(session)
        assert quarantined == []
        assert differences == []
        assert len(entries) == len(self.broadcasts) * len(self.languages) * self.villages, "one for each delivery"
        for box in self.boxes:
            logged = [entry for entry in entries if zones[entry.zone_id] == box.code]
            assert Counter(outcome_of(entry) for entry in logged) == Counter(truth[box.code])
            heard = read_heard(box.home.folder)
            assert_nothing_sounds_twice(heard)
            assert_log_and_sound_agree(heard, logged, zones)
        whole = [entry for entry in entries if entry.kind is EntryKind.SOUNDED]
        assert {entry.evidence for entry in whole} == {Evidence.COMPLETED}
        planned = dict(self.broadcasts)
        assert all(entry.planned_at >= planned[entry.broadcast_id] for entry in entries)
        off = [entry.started_at - entry.planned_at for entry in whole if entry.started_at is not None]
        assert all(timedelta(0) <= by <= timedelta(seconds=precise.LATEST) for by in off), max(off)
        return max(off)


def outcome_of(entry: AsRunEntry) -> Outcome:
    """All that a box says of a delivery, and the station must say after it."""
    return (
        entry.airing_id, entry.kind.value, entry.planned_at, entry.started_at, entry.ended_at, entry.seconds_planned,
        entry.seconds_sounded, entry.reason and entry.reason.value, entry.evidence.value,
    )  # fmt: skip


def wait_for(is_so: Callable[[], object], what: str, *, within_s: float = PATIENCE_S) -> None:
    """Wait for a condition; fails when it does not come true in time."""
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, f"not within {within_s} s: {what}"
        time.sleep(0.05)

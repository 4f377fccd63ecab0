"""A box that fetches files from a station which only gives them; what it is told to want, and what it noted."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from audio.store import FileMediaStore
from audio.village import files
from audio.village.files import Fetcher
from audio.village.home import Membership
from scheduler.village_messages import VillageFile, ZoneRules
from tests.audio.village.file_station import TOKEN, FileStation
from tests.fakes import SteppingClock

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = datetime(2026, 11, 24, 2, 30, tzinfo=HANOI).astimezone(UTC)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=HANOI).astimezone(UTC)
RULES = ZoneRules(time_zone="Asia/Ho_Chi_Minh", allowed_hours=(("05:00", "21:00"),))


@dataclass(frozen=True)
class Item:
    file: VillageFile
    needed_at: datetime


class Box:
    """A fetcher with its folder, a clock that moves when told, and what it noted."""

    def __init__(self, folder: Path, station: FileStation, *, now: datetime = NIGHT, **options: Any) -> None:
        self.folder, self.station = folder, station
        self.clock = SteppingClock(now)
        self.options = options
        self.notes: list[dict[str, Any]] = []
        self.start()

    def start(self) -> None:
        """A new process on the same folder; of the one before, nothing is left but what it had written."""
        if hasattr(self, "fetcher"):
            self.fetcher._link.close()
        self.media = FileMediaStore(self.folder)
        self.fetcher = Fetcher(
            self.media,
            self.folder,
            membership_of(self.options.pop("url", self.station.url)),
            self.clock,
            note=self._note,
            luck=random.Random(1),
            **self.options,
        )
        FETCHERS.append(self.fetcher)

    def _note(self, code: str, *, at: datetime | None, **facts: object) -> None:
        self.notes.append({"code": code, "at": at, **facts})

    def look(self, wanted: Sequence[Item], rules: ZoneRules = RULES, *, times: int = 1) -> list[float]:
        return [self.fetcher.look(wanted, rules, now=self.clock.now()) for _ in range(times)]

    def look_until_idle(self, wanted: Sequence[Item], rules: ZoneRules = RULES) -> int:
        """Steps until there is nothing to do at once; waits pass on the clock. Says how many steps it took."""
        for step in range(2000):
            wait_s = self.fetcher.look(wanted, rules, now=self.clock.now())
            if wait_s == files.IDLE_S and not self.fetcher.missing(wanted):
                return step
            self.clock.advance(timedelta(seconds=wait_s))
        raise AssertionError("never idle")


def membership_of(url: str) -> Membership:
    return Membership(
        station_url=url, broker_url="mqtt://127.0.0.1:1", username="z1-00000000", password="", token=TOKEN,
        station_key="", zone_id=1, zone_code="TONG", zone_name="Bản Tông", paired_at=NIGHT, instance="1",
    )  # fmt: skip


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def wanted_of(
    station: FileStation, data: bytes, *, needed_in: timedelta = timedelta(days=3), now: datetime = NIGHT
) -> Item:
    sha256 = station.put(data)
    return Item(VillageFile(sha256=sha256, size_bytes=len(data), seconds=540.0), now + needed_in)


FETCHERS: list[Fetcher] = []
"""Those of the test that runs: their connections are closed at its end."""

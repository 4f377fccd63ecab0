"""What every process of a station shares: settings, clock, database. Built in the composition roots, handed in."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Engine

from scheduler.clock import SystemClock
from scheduler.config import Settings
from scheduler.database import Sessions, open_engine, open_readers, open_sessions
from scheduler.errors import BadSettings
from scheduler.ports import Clock


@dataclass(frozen=True, kw_only=True)
class Station:
    """A station's settings with the parts every process needs."""

    settings: Settings
    clock: Clock

    @cached_property
    def engine(self) -> Engine:
        """The database; opened at first use."""
        home = self.settings.home
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BadSettings(problems=f"LOABAN_HOME={str(home)!r}: {error.strerror}") from error
        return open_engine(self.settings.resolved_database_url)

    @cached_property
    def sessions(self) -> Sessions:
        """Sessions; `with station.sessions.begin() as session:` is one transaction."""
        return open_sessions(self.engine)

    @cached_property
    def readers(self) -> Sessions:
        """Sessions for pages and checks that only look and must never make the daemon wait."""
        return open_readers(self.engine)


def open_station(settings: Settings) -> Station:
    """A station on the computer's own clock."""
    return Station(settings=settings, clock=SystemClock())

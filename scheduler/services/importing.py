"""An import of a logbook under way: what the station knows, what the file says, what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scheduler.domain.logbook import Logbook, Problem
from scheduler.models import Edition, Episode, Zone

EpisodeKey = tuple[int, int]
"""Series and number: within one logbook a number is one episode."""
EditionKey = tuple[int, int, str]
"""Series, number and language."""


@dataclass(kw_only=True, slots=True)
class Imported:
    """What an import added, and how many lines the station knew already."""

    editions: int = 0
    plays: int = 0
    entries: int = 0
    editions_known: int = 0
    plays_known: int = 0


@dataclass(slots=True)
class Import:
    """One import under way: what the station knows, what the file says, what is wrong with it."""

    session: Session
    book: Logbook
    by: str
    now: datetime
    zone: ZoneInfo
    problems: list[Problem]
    zones: Sequence[Zone]
    done: Imported = field(default_factory=Imported)
    episodes: dict[EpisodeKey, Episode] = field(default_factory=dict)
    editions: dict[EditionKey, Edition] = field(default_factory=dict)
    lengths: dict[EditionKey, float] = field(default_factory=dict)
    """How many seconds each of those editions lasts."""
    made_on: set[date] = field(default_factory=set)
    """Days on which new editions were made, by what the file says."""
    in_several_years: set[int] = field(default_factory=set)
    """Numbers that a series has in several years, so that a play alone does not tell the episode."""

    def blame(self, code: str, sheet: str, row: int, column: str, **facts: object) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(Problem(code=code, sheet=sheet, row=row, column=column, facts=facts))

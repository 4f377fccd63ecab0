"""How a village's box is, seen from the station, and what it still lacks for the next broadcast."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

TWIN_TOLD_FOR = timedelta(hours=1)
"""So long after two boxes with one identity were seen side by side it is still trouble."""


class FleetState(StrEnum):
    """How the box of a zone is now; the worst first."""

    TROUBLE = "trouble"
    """In contact, but it says that something is wrong."""
    OFFLINE = "offline"
    NEVER_SEEN = "never_seen"
    """Paired, but never heard of since."""
    NO_PLAYER = "no_player"
    ON_AIR = "on_air"
    ONLINE = "online"


class FleetSort(StrEnum):
    """In what order a list of boxes is read."""

    STATE = "state"
    """What needs a person first."""
    NAME = "name"
    SEEN = "seen"
    """The longest unheard of first."""
    FILES = "files"
    """Those that lack most first."""


class LackCode(StrEnum):
    """Why a box is not ready for a broadcast, or might not be heard."""

    NO_PLAYER = "no_player"
    NEVER_SEEN = "never_seen"
    ZONE_PAUSED = "zone_paused"
    PLAN_NOT_MADE = "plan_not_made"
    PLAN_MISSING = "plan_missing"
    PLAN_OLD = "plan_old"
    PLAN_SHORT = "plan_short"
    FILE_NOT_MADE = "file_not_made"
    FILE_MISSING = "file_missing"
    FILES_MISSING = "files_missing"
    TWIN = "twin"
    PROBLEM = "problem"
    OFFLINE = "offline"


FILES_LACK = frozenset(LackCode) - {LackCode.TWIN, LackCode.PROBLEM, LackCode.OFFLINE, LackCode.FILES_MISSING}
"""With one of these the box does not hold what it is to play next."""
NOT_HEARD = frozenset({LackCode.TWIN, LackCode.PROBLEM})
"""It holds the file, but it may not be heard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lack:
    """One thing a box lacks; `scheduler.fleet_words` tells it."""

    code: LackCode
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxFacts:
    """What the station knows of a zone's box."""

    active: bool = True
    has_player: bool = True
    online: bool = False
    on_air: bool = False
    seen_at: datetime | None = None
    turned_at: datetime | None = None
    twin_at: datetime | None = None
    plan_version: int = 0
    plan_until: datetime | None = None
    files_wanted: int = 0
    files_ready: int = 0
    problems: Sequence[str] = ()
    station_version: int | None = None
    """Of the newest plan that the station made for the zone; None when it made none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NextFile:
    """What a zone hears at the next start: its file, and what the box says it has not got."""

    starts_at: datetime
    sha256: str | None
    """None while the station has not made the file."""
    missing: Collection[str] = ()


def has_twin(box: BoxFacts, *, now: datetime) -> bool:
    """Tell whether two boxes with its identity were seen lately."""
    return box.twin_at is not None and now - box.twin_at < TWIN_TOLD_FOR


def state_of(box: BoxFacts, *, now: datetime) -> FleetState:
    """How a box is, in one word."""
    if not box.has_player:
        return FleetState.NO_PLAYER
    if box.seen_at is None:
        return FleetState.NEVER_SEEN
    if not box.online:
        return FleetState.OFFLINE
    if box.problems or has_twin(box, now=now):
        return FleetState.TROUBLE
    return FleetState.ON_AIR if box.on_air else FleetState.ONLINE


def find_lacks(box: BoxFacts, coming: NextFile | None, *, now: datetime) -> list[Lack]:
    """What a box lacks for what it is to play next, the gravest first; empty when it is ready and in contact."""
    if not box.has_player:
        return [Lack(code=LackCode.NO_PLAYER)]
    if box.seen_at is None:
        return [Lack(code=LackCode.NEVER_SEEN)]
    found = [] if box.active else [Lack(code=LackCode.ZONE_PAUSED)]
    found += _lacks_of_plan(box, coming)
    found += _lacks_of_files(box, coming)
    if has_twin(box, now=now):
        found.append(Lack(code=LackCode.TWIN))
    found += [Lack(code=LackCode.PROBLEM, facts={"problem": problem}) for problem in box.problems]
    if not box.online:
        found.append(Lack(code=LackCode.OFFLINE, facts={"since": box.turned_at or box.seen_at}))
    return found


def holds_its_file(lacks: Collection[Lack]) -> bool:
    """Tell whether a box holds what it is to play next (đã đủ tệp), in contact or not."""
    return not lacks or not any(lack.code in FILES_LACK for lack in lacks)


def may_be_silent(lacks: Collection[Lack]) -> bool:
    """Tell whether a box that holds its file says of itself that it may not be heard."""
    return bool(lacks) and holds_its_file(lacks) and any(lack.code in NOT_HEARD for lack in lacks)


def _lacks_of_plan(box: BoxFacts, coming: NextFile | None) -> list[Lack]:
    if box.station_version is None:
        return [Lack(code=LackCode.PLAN_NOT_MADE)]
    if not box.plan_version:
        return [Lack(code=LackCode.PLAN_MISSING)]
    if box.plan_version < box.station_version:
        # It may well hold the next broadcast, but nobody here knows that.
        facts = {"held": box.plan_version, "newest": box.station_version}
        return [Lack(code=LackCode.PLAN_OLD, facts=facts)]
    if coming is not None and box.plan_until is not None and box.plan_until <= coming.starts_at:
        return [Lack(code=LackCode.PLAN_SHORT, facts={"until": box.plan_until})]
    return []


def _lacks_of_files(box: BoxFacts, coming: NextFile | None) -> list[Lack]:
    if coming is not None and coming.sha256 is None:
        return [Lack(code=LackCode.FILE_NOT_MADE)]
    facts = {"ready": box.files_ready, "wanted": box.files_wanted}
    if coming is not None and coming.sha256 in coming.missing:
        return [Lack(code=LackCode.FILE_MISSING, facts=facts)]
    if box.files_ready < box.files_wanted:
        return [Lack(code=LackCode.FILES_MISSING, facts=facts)]
    return []

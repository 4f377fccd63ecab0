"""What commands do to the sound of a box: its volume (kept over a restart), silence, a programme beside the plan."""

from collections.abc import Callable
from typing import Protocol

from audio.village.rows import Kept
from scheduler.database import Sessions
from scheduler.domain.playout import Reason
from scheduler.errors import NothingToSay
from scheduler.village_messages import PlannedProgramme, ZoneRules

_VOLUME = "volume"


class Knob(Protocol):
    """How loud the box sounds, under a cap."""

    def set(self, percent: int) -> int: ...  # noqa: D102
    def limit(self, cap: int) -> int: ...  # noqa: D102


class Silencer(Protocol):
    """What sounds now (`scheduler.on_air.OnAir`)."""

    def stop_zone(self, zone_id: int, reason: Reason) -> int: ...  # noqa: D102


class Adds(Protocol):
    """Who holds the plan (`audio.village.plan.PlanKeeper`)."""

    def add(self, programme: PlannedProgramme) -> bool: ...  # noqa: D102


class Control:
    """The sound of this box in the hands of `orders`."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        zone_id: int,
        volume: Knob,
        keeper: Adds,
        find_on_air: Callable[[], Silencer | None],
    ) -> None:
        """`find_on_air` gives what sounds, or None while no daemon plays."""
        self._sessions, self._zone_id = sessions, zone_id
        self._volume, self._keeper, self._find_on_air = volume, keeper, find_on_air

    def follow(self, rules: ZoneRules) -> None:
        """Hold to the cap of a plan, and to its volume where no command said another."""
        self._volume.limit(rules.volume_cap)
        told = self._told_volume()
        self._volume.set(rules.volume if told is None else told)

    def set_volume(self, percent: int, *, by: str) -> None:
        """Sound so loud from now on, as far as the cap allows; also after a restart."""
        self._volume.set(percent)
        with self._sessions.begin() as session:
            session.merge(Kept(name=_VOLUME, value={"percent": percent, "by": by}))

    def stop(self) -> None:
        """Fall silent at once; what begins later still comes."""
        on_air = self._find_on_air()
        if on_air is not None:
            on_air.stop_zone(self._zone_id, Reason.STOPPED)

    def say(self, programme: PlannedProgramme) -> None:
        """Put a programme beside the plan, durably. Raises `NothingToSay`."""
        if not self._keeper.add(programme):
            raise NothingToSay(broadcast=str(programme.broadcast_id))

    def _told_volume(self) -> int | None:
        with self._sessions.begin() as session:
            kept = session.get(Kept, _VOLUME)
            percent = None if kept is None else kept.value.get("percent")
        return percent if isinstance(percent, int) else None

"""What binds the boxes of villages: hours, volume, when and how much may be fetched, by the settings of their zones."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from scheduler.domain.coverage import AreaTree, Hours, hours_from_stored, hours_to_stored
from scheduler.village_messages import ZoneRules


class ZoneFacts(Protocol):
    """What rules depend on of a zone."""

    @property
    def area_id(self) -> int: ...  # noqa: D102
    @property
    def settings(self) -> dict[str, Any]: ...  # noqa: D102
    @property
    def allowed_hours(self) -> list[Any] | None: ...  # noqa: D102


class RulesSettings(Protocol):
    """What rules depend on of the station's settings."""

    @property
    def time_zone(self) -> ZoneInfo: ...  # noqa: D102
    @property
    def allowed_hours(self) -> Hours: ...  # noqa: D102
    @property
    def join_least_share(self) -> float: ...  # noqa: D102


class Rules:
    """What binds the boxes of zones; asked once for each way of being set, however many zones share it."""

    def __init__(self, tree: AreaTree, settings: RulesSettings, *, on: date) -> None:
        self._tree, self._settings, self._on = tree, settings, on
        self._known: dict[tuple[int, str], ZoneRules] = {}
        self._lineages: dict[int, tuple[int, ...]] = {}

    def of(self, zone: ZoneFacts) -> ZoneRules:
        """The rules of a zone."""
        key = (zone.area_id, repr((zone.settings, zone.allowed_hours)))
        if key not in self._known:
            hours = self._tree.hours_of(
                zone.area_id,
                own=hours_from_stored(zone.allowed_hours),
                station=self._settings.allowed_hours,
                on=self._on,
            )
            self._known[key] = rules_of(
                zone.settings, hours, time_zone=self._settings.time_zone, least_share=self._settings.join_least_share
            )
        return self._known[key]

    def lineage(self, area_id: int) -> tuple[int, ...]:
        """An area and those above it, from the nearest up."""
        if area_id not in self._lineages:
            self._lineages[area_id] = tuple(item.id for item in self._tree.lineage(area_id, on=self._on))
        return self._lineages[area_id]


def rules_of(
    settings: Mapping[str, Any], hours: Hours, *, time_zone: ZoneInfo, least_share: float
) -> ZoneRules:  # fmt: skip
    """The rules of a zone by its settings (`volume`, `volume_cap`, `fetch_hours`, `budget_mb_per_day`).

    What cannot be read is left at its default: one zone's mistake must not hold back the plans of all.
    """
    facts: dict[str, Any] = {}
    cap = _number(settings.get("volume_cap"), most=100)
    volume = _number(settings.get("volume"), most=100)
    budget = _number(settings.get("budget_mb_per_day"), most=1_000_000)
    if cap is not None:
        facts["volume_cap"] = cap
    if volume is not None:
        facts["volume"] = volume
    if budget is not None:
        facts["budget_bytes_per_day"] = budget * 1_000_000
    if (fetch := _hours(settings.get("fetch_hours"))) is not None:
        facts["fetch_hours"] = fetch
    return ZoneRules(
        time_zone=time_zone.key, allowed_hours=_told(hours), join_least_share=least_share, **facts
    )  # fmt: skip


def _number(said: object, *, most: int) -> int | None:
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= most:
        return None
    return round(said)


def _hours(said: object) -> tuple[tuple[str, str], ...] | None:
    if not isinstance(said, list):
        return None
    try:
        return _told(hours_from_stored(said) or ())
    except (ValueError, TypeError):
        return None


def _told(hours: Hours) -> tuple[tuple[str, str], ...]:
    return tuple((starts, ends) for starts, ends in hours_to_stored(hours) or ())

"""Zones that no decision of a plan can tell apart, drawn as one."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from scheduler.domain.coverage import Hours
from scheduler.domain.planning import Coverage, EpisodeToPlan, Era, Fixed, OneOff, SlotToPlan, ZoneToPlan
from scheduler.ports import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneClass:
    """Zones with equal slots, languages, hours, chime and outro."""

    key: int
    zone_ids: tuple[int, ...]
    languages: tuple[str, ...]
    chime: Part | None
    outro: Part | None
    hours: tuple[Hours, ...]
    """By era."""

    @property
    def voice(self) -> Hashable:
        """What the running order of an episode depends on."""
        return (self.languages, self.chime, self.outro)

    def running_order(self, episode: EpisodeToPlan) -> tuple[Part, ...]:
        """Chime, the approved editions in the zones' language order, outro; empty when no edition is left."""
        spoken = []
        for language in self.languages:
            edition = episode.editions.get(language)
            if edition is not None and edition.take is not None:
                take = edition.take
                spoken.append(Part(role="edition", sha256=take.master_sha256, seconds=take.seconds, language=language))
        if not spoken:
            return ()
        return tuple(part for part in (self.chime, *spoken, self.outro) if part is not None)


class ZoneClasses:
    """All zones of a plan by class, and which classes a slot, a one-off or a set of zones means."""

    def __init__(self, coverage: Coverage, one_offs: Sequence[OneOff], fixed: Sequence[Fixed]) -> None:
        self._eras = coverage.eras
        self._begins = [era.first_day for era in coverage.eras]
        marks = _marks_of(coverage.eras, one_offs, fixed)
        grouped: dict[Hashable, list[ZoneToPlan]] = defaultdict(list)
        for zone in coverage.zones:
            hours = tuple(era.hours[zone.id] for era in coverage.eras)
            same = (zone.languages, zone.chime, zone.outro, hours, frozenset(marks[zone.id]))
            grouped[same].append(zone)
        self._of_zone: dict[int, ZoneClass] = {}
        for key, zones in enumerate(grouped.values()):
            found = ZoneClass(
                key=key,
                zone_ids=tuple(zone.id for zone in zones),
                languages=zones[0].languages,
                chime=zones[0].chime,
                outro=zones[0].outro,
                hours=tuple(era.hours[zones[0].id] for era in coverage.eras),
            )
            self._of_zone.update(dict.fromkeys(found.zone_ids, found))
        self._of_slot: dict[tuple[int, int], tuple[ZoneClass, ...]] = {}
        self._heard: dict[tuple[int, ...], frozenset[str]] = {}

    def of(self, slot: SlotToPlan | None, one_off: OneOff | None, day: date) -> tuple[ZoneClass, ...]:
        """The classes that a slot reaches on a day, or that a one-off was made for."""
        if one_off is not None:
            return self.of_zones(one_off.zone_ids)
        if slot is None:
            return ()
        number = self._era_on(day)
        if (slot.id, number) not in self._of_slot:
            reached = self._eras[number].reached.get(slot.id, frozenset())
            self._of_slot[slot.id, number] = self.of_zones(reached)
        return self._of_slot[slot.id, number]

    def of_zones(self, zone_ids: Iterable[int]) -> tuple[ZoneClass, ...]:
        """The classes that make up a set of zones; zones out of use are left out."""
        found = {self._of_zone[zone_id].key: self._of_zone[zone_id] for zone_id in zone_ids if zone_id in self._of_zone}
        return tuple(found[key] for key in sorted(found))

    def hours_on(self, zones: ZoneClass, day: date) -> Hours:
        """When the zones of a class may sound on a day."""
        return zones.hours[self._era_on(day)]

    def heard_in(self, classes: Sequence[ZoneClass]) -> frozenset[str]:
        """All languages that any of the zones hears."""
        key = tuple(zones.key for zones in classes)
        if key not in self._heard:
            self._heard[key] = frozenset(language for zones in classes for language in zones.languages)
        return self._heard[key]

    def _era_on(self, day: date) -> int:
        return max(0, bisect_right(self._begins, day) - 1)


def _marks_of(
    eras: Sequence[Era], one_offs: Sequence[OneOff], fixed: Sequence[Fixed]
) -> dict[int, set[tuple[object, ...]]]:
    """For each zone, all that reaches it: zones with other marks may be told apart by a decision."""
    marks: dict[int, set[tuple[object, ...]]] = defaultdict(set)
    reached: list[tuple[tuple[object, ...], Iterable[int]]] = [
        *((("slot", number, slot), zones) for number, era in enumerate(eras) for slot, zones in era.reached.items()),
        *((("one_off", one_off.id), one_off.zone_ids) for one_off in one_offs),
        *((("fixed", item.broadcast_id, n), zones) for item in fixed for n, (_, zones) in enumerate(item.spans)),
    ]
    for mark, zone_ids in reached:
        for zone_id in zone_ids:
            marks[zone_id].add(mark)
    return marks

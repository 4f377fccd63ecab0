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
class Voice:
    """What the running order of an episode depends on: languages in order, chime and outro."""

    number: int
    languages: tuple[str, ...]
    chime: Part | None
    outro: Part | None

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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ZoneClass:
    """Zones with equal slots, languages, hours, chime and outro."""

    key: int
    zone_ids: tuple[int, ...]
    voice: Voice
    hours: tuple[Hours, ...]
    """By era."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """Those classes of a broadcast that hear the same and may sound at the same hours."""

    voice: Voice
    hours: Hours
    classes: tuple[ZoneClass, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """The zones of a broadcast, and all languages that any of them hears."""

    variants: tuple[Variant, ...]
    heard: frozenset[str]

    @property
    def zone_groups(self) -> tuple[tuple[int, ...], ...]:
        """All its zones."""
        return tuple(zones.zone_ids for variant in self.variants for zones in variant.classes)


class ZoneClasses:
    """All zones of a plan by class, and what a slot, a one-off or a set of zones reaches."""

    def __init__(self, coverage: Coverage, one_offs: Sequence[OneOff], fixed: Sequence[Fixed]) -> None:
        self._eras = coverage.eras
        self._begins = [era.first_day for era in coverage.eras]
        marks = _marks_of(coverage.eras, one_offs, fixed)
        grouped: dict[Hashable, list[ZoneToPlan]] = defaultdict(list)
        for zone in coverage.zones:
            hours = tuple(era.hours[zone.id] for era in coverage.eras)
            same = (zone.languages, zone.chime, zone.outro, hours, frozenset(marks[zone.id]))
            grouped[same].append(zone)
        self._voices: dict[Hashable, Voice] = {}
        self._of_zone: dict[int, ZoneClass] = {}
        for key, zones in enumerate(grouped.values()):
            found = ZoneClass(
                key=key,
                zone_ids=tuple(zone.id for zone in zones),
                voice=self._voice_of(zones[0]),
                hours=tuple(era.hours[zones[0].id] for era in coverage.eras),
            )
            self._of_zone.update(dict.fromkeys(found.zone_ids, found))
        self._of_slot: dict[tuple[int, int], Reach] = {}

    def of_slot(self, slot: SlotToPlan, day: date) -> Reach:
        """What a slot reaches on a day."""
        number = self._era_on(day)
        if (slot.id, number) not in self._of_slot:
            reached = self._eras[number].reached.get(slot.id, frozenset())
            self._of_slot[slot.id, number] = self._reach(reached, number)
        return self._of_slot[slot.id, number]

    def of_one_off(self, one_off: OneOff, day: date) -> Reach:
        """What a one-off was made for, as far as it is still in use."""
        return self._reach(one_off.zone_ids, self._era_on(day))

    def of_zones(self, zone_ids: Iterable[int]) -> tuple[ZoneClass, ...]:
        """The classes that make up a set of zones; zones out of use are left out."""
        found = {self._of_zone[zone_id].key: self._of_zone[zone_id] for zone_id in zone_ids if zone_id in self._of_zone}
        return tuple(found[key] for key in sorted(found))

    def _reach(self, zone_ids: Iterable[int], era: int) -> Reach:
        variants: dict[tuple[int, Hours], list[ZoneClass]] = defaultdict(list)
        classes = self.of_zones(zone_ids)
        for zones in classes:
            variants[zones.voice.number, zones.hours[era]].append(zones)
        return Reach(
            variants=tuple(
                Variant(voice=found[0].voice, hours=hours, classes=tuple(found))
                for (_, hours), found in variants.items()
            ),
            heard=frozenset(language for zones in classes for language in zones.voice.languages),
        )

    def _voice_of(self, zone: ZoneToPlan) -> Voice:
        same = (zone.languages, zone.chime, zone.outro)
        return self._voices.setdefault(
            same,
            Voice(number=len(self._voices), languages=zone.languages, chime=zone.chime, outro=zone.outro),
        )

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

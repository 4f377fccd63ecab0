"""How the running plan is drawn up from slots: the pure `draw_up`, from values to a plan with findings.

Broadcasts are taken in the order they start, at one instant the higher priority first. Zones that cannot be told apart
(same slots, languages, hours, chime, outro) are drawn as one class, so the work grows with classes, not zones.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.domain.conflict import AllowedHours, Placement, Running
from scheduler.domain.planning import (
    Aired,
    Coverage,
    DateException,
    EpisodeToPlan,
    Finding,
    FindingCode,
    Fixed,
    OneOff,
    Plan,
    PlannedBroadcast,
    PlannedProgramme,
    SeriesRule,
    SlotToPlan,
    Subject,
)
from scheduler.domain.programme import is_within_duration_rule
from scheduler.domain.selection import Choice, Selector
from scheduler.domain.time import local_day
from scheduler.domain.zone_class import Reach, Variant, Voice, ZoneClass, ZoneClasses
from scheduler.ports import Part

_Found = tuple[FindingCode, Subject, tuple[tuple[str, object], ...]]
"""What makes two findings one: they differ in their zones only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Item:
    """Something that wants to start at an instant: an occurrence of a slot, a one-off, or what is fixed already."""

    subject: Subject
    priority: int
    slot: SlotToPlan | None = None
    one_off: OneOff | None = None
    fixed: Fixed | None = None
    pinned_episode_id: int | None = None

    @property
    def order(self) -> tuple[datetime, bool, int, bool, str, date]:
        """By start; at one instant what is fixed, then the higher priority, then one-offs, then the slot's code."""
        subject = self.subject
        on = subject.occurrence_on or date.min
        return (subject.starts_at, self.fixed is None, -self.priority, self.one_off is None, subject.name, on)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Order:
    """A running order; one object for each, so that it is compared by identity."""

    parts: tuple[Part, ...]
    lasts: timedelta


@dataclass(kw_only=True, slots=True, eq=False)
class _Draft:
    """A broadcast while the plan is drawn: a later one of higher priority may still take its zones."""

    item: _Item
    series: SeriesRule
    choice: Choice
    placed: dict[ZoneClass, _Order] = field(default_factory=dict)
    aired_before: datetime | None = None


def draw_up(
    slots: Sequence[SlotToPlan],
    exceptions: Iterable[DateException],
    episodes: Iterable[EpisodeToPlan],
    history: Iterable[Aired],
    coverage: Coverage,
    start: datetime,
    end: datetime,
    *,
    zone: ZoneInfo,
    one_offs: Sequence[OneOff] = (),
    fixed: Sequence[Fixed] = (),
) -> Plan:
    """The plan of all broadcasts that start in [start, end), in the station's time zone.

    What is `fixed` is not planned again: it keeps its zones, its occurrence is left out, its episode is in `history`.
    """
    drawing = _Drawing(slots, episodes, history, ZoneClasses(coverage, one_offs, fixed), zone)
    items = [
        *_occurrences(slots, exceptions, start, end, zone, {(item.slot_id, item.occurrence_on) for item in fixed}),
        *(_of_one_off(one_off) for one_off in one_offs if start <= one_off.starts_at < end),
        *(item for found in fixed for item in _of_fixed(found)),
    ]
    for item in sorted(items, key=lambda item: item.order):
        drawing.add(item)
    return drawing.plan()


def _occurrences(
    slots: Sequence[SlotToPlan],
    exceptions: Iterable[DateException],
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    done: set[tuple[int | None, date | None]],
) -> Iterator[_Item]:
    of_slot: dict[int, dict[date, DateException]] = defaultdict(dict)
    for exception in exceptions:
        of_slot[exception.slot_id][exception.on] = exception
    for slot in slots:
        differs = of_slot[slot.id]
        for on, usual_at in _days_of(slot, differs.values(), local_day(start, zone), local_day(end, zone)):
            exception = differs.get(on, _AS_USUAL)
            if exception.cancelled or (slot.id, on) in done:
                continue
            starts_at = exception.moved_to or usual_at
            if start <= starts_at < end:
                subject = Subject(slot_id=slot.id, name=slot.code, occurrence_on=on, starts_at=starts_at)
                yield _Item(subject=subject, priority=slot.priority, slot=slot, pinned_episode_id=exception.episode_id)


def _days_of(
    slot: SlotToPlan, exceptions: Iterable[DateException], first: date, last: date
) -> Iterator[tuple[date, datetime]]:
    """The occurrences of a stretch of days, and those moved from elsewhere that may fall into it."""
    yield from slot.recurrence.between(first, last)
    for exception in exceptions:
        if exception.moved_to is not None and not first <= exception.on <= last:
            usual_at = slot.recurrence.find(exception.on)
            if usual_at is not None:
                yield exception.on, usual_at


def _of_one_off(one_off: OneOff) -> _Item:
    subject = Subject(
        slot_id=None,
        name=str(one_off.id)[-8:],
        occurrence_on=None,
        starts_at=one_off.starts_at,
        broadcast_id=one_off.id,
    )
    return _Item(subject=subject, priority=one_off.priority, one_off=one_off)


def _of_fixed(fixed: Fixed) -> Iterator[_Item]:
    for starts_at in sorted({span.starts_at for span, _ in fixed.spans}):
        subject = Subject(
            slot_id=fixed.slot_id,
            name=fixed.name,
            occurrence_on=fixed.occurrence_on,
            starts_at=starts_at,
            broadcast_id=fixed.broadcast_id,
        )
        yield _Item(subject=subject, priority=0, fixed=fixed)


class _Drawing:
    """The plan so far: drafts, findings, and what runs in each class of zones."""

    def __init__(
        self,
        slots: Sequence[SlotToPlan],
        episodes: Iterable[EpisodeToPlan],
        history: Iterable[Aired],
        classes: ZoneClasses,
        zone: ZoneInfo,
    ) -> None:
        self._codes = {slot.id: slot.code for slot in slots}
        self._selector = Selector(episodes, history)
        self._classes = classes
        self._hours = AllowedHours(zone)
        self._running: Running[_Item | _Draft] = Running()
        self._drafts: list[_Draft] = []
        self._found: dict[_Found, list[tuple[int, ...]]] = defaultdict(list)
        self._orders: dict[tuple[int, int], _Order] = {}
        self._same_orders: dict[tuple[Part, ...], _Order] = {}
        self._zone = zone

    def plan(self) -> Plan:
        """What was drawn, in the order of starts."""
        planned = tuple(_planned(draft) for draft in self._drafts if draft.placed)
        findings = [
            Finding(code=code, subject=subject, zone_groups=tuple(groups), facts=dict(facts))
            for (code, subject, facts), groups in self._found.items()
        ]
        return Plan(broadcasts=planned, findings=tuple(sorted(findings, key=lambda finding: finding.subject.starts_at)))

    def add(self, item: _Item) -> None:
        """Give the item its episode and its zones, or say why not."""
        if item.fixed is not None:
            self._place_fixed(item, item.fixed)
            return
        day = local_day(item.subject.starts_at, self._zone)
        reach, choice, series = self._choose(item, day)
        if not reach.variants:
            self._find(FindingCode.NO_ZONE, item, ())
            return
        if choice is None:
            selection = "one_off" if item.slot is None else item.slot.selection.value
            self._find(FindingCode.NOTHING_LEFT_TO_AIR, item, reach.zone_groups, selection=selection)
            return
        draft = _Draft(item=item, series=series, choice=choice)
        self._check_editions(draft, reach)
        for variant in reach.variants:
            self._place(draft, variant, day)
        if draft.placed:
            self._drafts.append(draft)
            subject = item.subject
            draft.aired_before = self._selector.take(
                choice.episode.id, at=subject.starts_at, slot_id=subject.slot_id, on=subject.occurrence_on
            )
            self._check_durations(draft)

    def _choose(self, item: _Item, day: date) -> tuple[Reach, Choice | None, SeriesRule]:
        if item.one_off is not None:
            episode = self._selector.find(item.one_off.episode_id)
            choice = None if episode is None else Choice(episode=episode, why={"code": "one_off"})
            return self._classes.of_one_off(item.one_off, day), choice, item.one_off.series
        assert item.slot is not None  # noqa: S101 -- an item is a slot's, a one-off or fixed
        reach = self._classes.of_slot(item.slot, day)
        chosen = self._selector.choose(
            item.slot, reach.heard, self._codes, item.pinned_episode_id, item.subject.starts_at
        )
        return reach, chosen, item.slot.series

    def _place(self, draft: _Draft, variant: Variant, day: date) -> None:
        """Give the draft its zones, but those where it has nothing to say, may not, or another one goes first."""
        item, order = draft.item, self._order_of(draft.choice.episode, variant.voice)
        if not order.parts:
            return
        starts_at, ends_at = item.subject.starts_at, item.subject.starts_at + order.lasts
        if not self._hours.allow(variant.hours, day, starts_at, ends_at) and not _is_emergency(item):
            facts = {"starts_at": starts_at, "ends_at": ends_at, "hours": variant.hours}
            groups = tuple(zones.zone_ids for zones in variant.classes)
            self._find(FindingCode.OUTSIDE_ALLOWED_HOURS, item, groups, **facts)
            return
        placement: Placement[_Item | _Draft] = Placement(ends_at=ends_at, priority=item.priority, owner=draft)
        for zones in variant.classes:
            other = self._running.at(zones.key, starts_at)
            if other is not None and not _gives_way(other, to=item):
                self._tell_overlap(loser=item, winner=_item_of(other.owner), zones=zones)
                continue
            if other is not None:
                self._evict(other.owner, zones, by=item)
            draft.placed[zones] = order
            self._running.add(zones.key, placement)

    def _place_fixed(self, item: _Item, fixed: Fixed) -> None:
        for span, zone_ids in fixed.spans:
            if span.starts_at != item.subject.starts_at:
                continue
            placement: Placement[_Item | _Draft] = Placement(ends_at=span.ends_at, priority=_NOTHING_HIGHER, owner=item)
            for zones in self._classes.of_zones(zone_ids):
                other = self._running.at(zones.key, span.starts_at)
                if other is not None:
                    self._evict(other.owner, zones, by=item)
                self._running.add(zones.key, placement)

    def _evict(self, owner: _Item | _Draft, zones: ZoneClass, *, by: _Item) -> None:
        """Take a class of zones from an earlier broadcast; one that has none left gives its episode back."""
        if isinstance(owner, _Item):
            if not by.fixed:  # it sounds and is interrupted; its rows stay as they are
                self._running.remove(zones.key)
            return
        self._running.remove(zones.key)
        del owner.placed[zones]
        self._tell_overlap(loser=owner.item, winner=by, zones=zones)
        if not owner.placed:
            subject = owner.item.subject
            self._selector.give_back(
                owner.choice.episode.id, before=owner.aired_before, at=subject.starts_at, slot_id=subject.slot_id
            )

    def _tell_overlap(self, *, loser: _Item, winner: _Item, zones: ZoneClass) -> None:
        for item, other, kept in ((loser, winner, False), (winner, loser, True)):
            facts = {
                "other": other.subject.name,
                "other_on": other.subject.occurrence_on,
                "other_starts_at": other.subject.starts_at,
                "kept": kept,
            }
            self._find(FindingCode.OVERLAP, item, (zones.zone_ids,), **facts)

    def _order_of(self, episode: EpisodeToPlan, voice: Voice) -> _Order:
        key = (episode.id, voice.number)
        if key not in self._orders:
            parts = voice.running_order(episode)
            lasts = timedelta(seconds=sum(part.seconds for part in parts))
            self._orders[key] = self._same_orders.setdefault(parts, _Order(parts=parts, lasts=lasts))
        return self._orders[key]

    def _check_editions(self, draft: _Draft, reach: Reach) -> None:
        """Find the languages that zones hear and the episode lacks; a zone is left with the others, or with none."""
        episode = draft.choice.episode
        lacking: dict[tuple[FindingCode, str], list[tuple[int, ...]]] = defaultdict(list)
        for variant in reach.variants:
            languages = variant.voice.languages
            wanted = [language for language in languages if language in draft.series.languages]
            for language in wanted or languages:
                edition = episode.editions.get(language)
                if edition is not None and edition.take is not None:
                    continue
                is_missing = edition is None or not edition.recorded
                code = FindingCode.EDITION_MISSING if is_missing else FindingCode.EDITION_NOT_APPROVED
                lacking[code, language].extend(zones.zone_ids for zones in variant.classes)
        for (code, language), groups in lacking.items():
            self._find(code, draft.item, groups, language=language, year=episode.year, number=episode.number)

    def _check_durations(self, draft: _Draft) -> None:
        episode, series = draft.choice.episode, draft.series
        shortest, longest = series.shortest_seconds, series.longest_seconds
        for language, edition in sorted(episode.editions.items()):
            seconds = None if edition.take is None else edition.take.seconds
            if seconds is None or is_within_duration_rule(seconds, shortest=shortest, longest=longest):
                continue
            heard = [zones.zone_ids for zones in draft.placed if language in zones.voice.languages]
            facts = {"language": language, "seconds": seconds, "shortest": shortest, "longest": longest}
            if heard:
                code = FindingCode.DURATION_OUTSIDE_RULE
                self._find(code, draft.item, heard, year=episode.year, number=episode.number, **facts)

    def _find(self, code: FindingCode, item: _Item, groups: Iterable[tuple[int, ...]], **facts: object) -> None:
        self._found[code, item.subject, tuple(facts.items())].extend(groups)


def _gives_way(placement: Placement[_Item | _Draft], *, to: _Item) -> bool:
    """Tell whether what sounds makes room: what has begun only for an emergency that is more urgent."""
    fixed = _item_of(placement.owner).fixed
    if fixed is not None:
        return _is_emergency(to) and to.priority > fixed.priority
    return placement.priority < to.priority


_AS_USUAL = DateException(slot_id=0, on=date.min)
_NOTHING_HIGHER = 99
"""What is fixed cannot be pushed aside by anything that is only planned, an emergency excepted."""


def _item_of(owner: _Item | _Draft) -> _Item:
    return owner.item if isinstance(owner, _Draft) else owner


def _is_emergency(item: _Item) -> bool:
    """Only an emergency made by hand may sound outside allowed hours, never a recurring slot."""
    return item.one_off is not None and item.one_off.is_emergency


def _planned(draft: _Draft) -> PlannedBroadcast:
    groups: dict[_Order, list[tuple[int, ...]]] = defaultdict(list)
    for zones, order in draft.placed.items():
        groups[order].append(zones.zone_ids)
    subject = draft.item.subject
    return PlannedBroadcast(
        subject=subject,
        series_id=draft.series.id,
        episode=draft.choice.episode,
        priority=draft.item.priority,
        pinned=draft.choice.pinned,
        why=draft.choice.why,
        programmes=tuple(
            PlannedProgramme(
                zone_groups=tuple(found),
                parts=order.parts,
                starts_at=subject.starts_at,
                seconds=order.lasts.total_seconds(),
            )
            for order, found in groups.items()
        ),
    )

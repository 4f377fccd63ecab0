"""Which episode a broadcast gets: the next one not yet aired, a repeat, or the one that was pinned."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from heapq import heapify, heappop, heappush

from scheduler.domain.planning import Aired, EpisodeToPlan, Selection, SlotToPlan

Rank = tuple[bool, float, int, int, int]
"""Aired already?, when last, year, number, episode: the lowest is chosen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """An episode and the reason it was chosen."""

    episode: EpisodeToPlan
    why: Mapping[str, object]
    pinned: bool = False


class Selector:
    """Remembers what aired and what was given out while a plan is drawn up in the order of time."""

    def __init__(self, episodes: Iterable[EpisodeToPlan], history: Iterable[Aired]) -> None:
        self._episodes = {episode.id: episode for episode in episodes}
        self._of_series: dict[int, list[EpisodeToPlan]] = defaultdict(list)
        for episode in self._episodes.values():
            self._of_series[episode.series_id].append(episode)
        self._last: dict[int, datetime] = {}
        self._heaps: dict[tuple[int, frozenset[str]], list[Rank]] = {}
        self._latest: dict[int, list[tuple[datetime, int, date | None]]] = defaultdict(list)
        for aired in sorted(history, key=lambda item: item.at):
            if aired.heard:
                self._last[aired.episode_id] = aired.at
            if aired.slot_id is not None:
                self._latest[aired.slot_id].append((aired.at, aired.episode_id, aired.occurrence_on))

    def find(self, episode_id: int) -> EpisodeToPlan | None:
        """The episode, unless it was taken out of the catalogue."""
        return self._episodes.get(episode_id)

    def choose(
        self,
        slot: SlotToPlan,
        heard: frozenset[str],
        codes: Mapping[int, str],
        pinned_for_date: int | None,
        at: datetime,
    ) -> Choice | None:
        """The episode of an occurrence whose zones hear these languages; None when there is nothing left to air."""
        if pinned_for_date is not None:
            return self._pinned(pinned_for_date, "pinned_date")
        if slot.selection is Selection.PINNED:
            return None if slot.pinned_episode_id is None else self._pinned(slot.pinned_episode_id, "pinned_slot")
        if slot.selection is Selection.REPEAT:
            return self._repeat(slot, codes, at)
        return self._next(slot.series.id, heard)

    def take(self, episode_id: int, *, at: datetime, slot_id: int | None, on: date | None) -> datetime | None:
        """Give the episode out at an instant; says when it aired last before, for `give_back`."""
        before = self._last.get(episode_id)
        self._last[episode_id] = at if before is None else max(at, before)
        if slot_id is not None:
            self._latest[slot_id].append((at, episode_id, on))
        return before

    def give_back(self, episode_id: int, *, before: datetime | None, at: datetime, slot_id: int | None) -> None:
        """Undo a `take`: the broadcast airs in no zone after all."""
        if slot_id is not None:
            self._latest[slot_id] = [given for given in self._latest[slot_id] if given[:2] != (at, episode_id)]
        if self._last.get(episode_id) != at:
            return
        if before is None:
            del self._last[episode_id]
        else:
            self._last[episode_id] = before
        episode = self._episodes[episode_id]
        for (series_id, languages), heap in self._heaps.items():
            if series_id == episode.series_id and _may_air(episode, languages):
                heappush(heap, self._rank(episode))

    def _pinned(self, episode_id: int, code: str) -> Choice | None:
        episode = self.find(episode_id)
        return None if episode is None else Choice(episode=episode, why={"code": code}, pinned=True)

    def _repeat(self, slot: SlotToPlan, codes: Mapping[int, str], at: datetime) -> Choice | None:
        if slot.repeats_slot_id is None:
            return None
        given = reversed(self._latest[slot.repeats_slot_id])
        latest = next((item for item in given if item[0] < at), None)
        episode = None if latest is None else self.find(latest[1])
        if latest is None or episode is None:
            return None
        told = None if latest[2] is None else latest[2].isoformat()
        return Choice(
            episode=episode, why={"code": "repeat", "slot": codes.get(slot.repeats_slot_id, ""), "occurrence": told}
        )

    def _next(self, series_id: int, heard: frozenset[str]) -> Choice | None:
        heap = self._heap(series_id, heard)
        while heap:
            episode = self._episodes[heap[0][-1]]
            rank = self._rank(episode)
            if heap[0] == rank:
                last = self._last.get(episode.id)
                if last is None:
                    return Choice(episode=episode, why={"code": "next"})
                why = {"code": "least_recently_aired", "last_aired_at": last.isoformat()}
                return Choice(episode=episode, why=why)
            heappop(heap)
            heappush(heap, rank)
        return None

    def _heap(self, series_id: int, heard: frozenset[str]) -> list[Rank]:
        key = (series_id, heard)
        if key not in self._heaps:
            candidates = [episode for episode in self._of_series[series_id] if _may_air(episode, heard)]
            self._heaps[key] = [self._rank(episode) for episode in candidates]
            heapify(self._heaps[key])
        return self._heaps[key]

    def _rank(self, episode: EpisodeToPlan) -> Rank:
        last = self._last.get(episode.id)
        return (last is not None, 0.0 if last is None else last.timestamp(), episode.year, episode.number, episode.id)


def _may_air(episode: EpisodeToPlan, heard: frozenset[str]) -> bool:
    editions = episode.editions
    return any(language in editions and editions[language].take is not None for language in heard)

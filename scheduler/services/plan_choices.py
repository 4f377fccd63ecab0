"""What a person chooses from when planning: series, episodes, slots to repeat, and places in the area tree."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import AreaKind, AreaTree, is_valid
from scheduler.domain.people import Scope
from scheduler.domain.planning import BroadcastState
from scheduler.domain.text import sort_key
from scheduler.errors import UnknownArea, UnknownEpisode
from scheduler.models import Broadcast, Edition, Episode, Series, SlotTarget, Zone, ZoneLanguage
from scheduler.models.base import UtcDateTime
from scheduler.services import coverage

_LONGEST_NUMBER = 12
TOLD_AT_ONCE = 200
"""A tree of more areas and zones than this is told down to its communes."""
MOST = 500
"""The newest episodes of a series: a list to choose from, not the catalogue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeChoice:
    """An episode to choose, what of it is approved, and when it aired last."""

    id: int
    series_id: int
    series_title: str
    year: int
    number: int
    title: str
    languages: tuple[str, ...]
    """In which something is approved."""
    aired_at: datetime | None


@dataclass(kw_only=True, slots=True)
class ZonePlace:
    """A zone in the tree of places."""

    id: int
    key: str
    code: str
    name: str
    chosen: bool
    languages: tuple[str, ...] = ()


@dataclass(kw_only=True, slots=True)
class AreaPlace:
    """An area in the tree of places; `opened`: something below it is chosen, or somebody asked to see it."""

    id: int
    key: str
    name: str
    kind: str
    chosen: bool
    opened: bool
    areas: list["AreaPlace"]
    zones: list[ZonePlace]
    count: int
    """How many zones it holds."""
    asked: bool = False
    """Somebody asked to see what lies in it."""
    folded: bool = False
    """What lies in it is not told until somebody asks."""

    @property
    def only_zone(self) -> ZonePlace | None:
        """Its zone where it holds nothing else and that zone is not chosen itself: choosing the area is enough."""
        is_single = not self.areas and len(self.zones) == 1 and not self.zones[0].chosen
        return self.zones[0] if is_single else None


def find_episodes(session: Session, *, series_id: int | None = None) -> list[EpisodeChoice]:
    """The newest episodes with something approved, of one series or of all; the newest first."""
    approved = select(Edition.episode_id, Edition.language).where(Edition.approved_recording_id.is_not(None)).subquery()
    rows = session.execute(
        select(Episode.id, Episode.series_id, Series.title, Episode.year, Episode.number, Episode.title)
        .join(Series, Series.id == Episode.series_id)
        .where(Episode.removed_at.is_(None), Series.removed_at.is_(None))
        .where(Episode.id.in_(select(approved.c.episode_id)))
        .where(Episode.series_id == series_id if series_id is not None else Episode.series_id.is_not(None))
        .order_by(Episode.year.desc(), Episode.number.desc(), Episode.id.desc())
        .limit(MOST)
    ).all()
    ids = [row[0] for row in rows]
    languages: dict[int, list[str]] = defaultdict(list)
    for episode_id, language in session.execute(
        select(approved.c.episode_id, approved.c.language).where(approved.c.episode_id.in_(ids))
    ):
        languages[episode_id].append(language)
    aired = _last_aired(session, ids)
    return [
        EpisodeChoice(
            id=number_of_row,
            series_id=of_series,
            series_title=series_title,
            year=year,
            number=number,
            title=title,
            languages=tuple(sorted(languages[number_of_row])),
            aired_at=aired.get(number_of_row),
        )
        for number_of_row, of_series, series_title, year, number, title in rows
    ]


def _last_aired(session: Session, episode_ids: list[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(Broadcast.episode_id, func.max(Broadcast.starts_at, type_=UtcDateTime()))
        .where(Broadcast.state.in_((BroadcastState.DONE, BroadcastState.ON_AIR)))
        .group_by(Broadcast.episode_id)
    )
    wanted = set(episode_ids)
    return {episode_id: at for episode_id, at in rows if episode_id in wanted and at is not None}


# --- places ---------------------------------------------------------------------------------------------------------
def find_places(
    session: Session, scope: Scope, *, on: date, chosen: Iterable[str] = (), opened: Iterable[str] = ()
) -> list[AreaPlace]:
    """The tree of areas and zones in which a person plans, with what is chosen already.

    A large tree is told down to its communes; what lies in one only where something of it is chosen or it is `opened`.
    """
    picked = frozenset(chosen)
    tree = coverage.load_tree(session)
    nodes, parents = _area_nodes(tree, scope, on=on, picked=picked)
    number = _add_zones(session, tree, nodes, on=on, picked=picked)
    for key in opened:
        if (asked := nodes.get(int(key[1:]) if key[1:].isdecimal() else 0)) is not None:
            asked.asked = True
    roots: list[AreaPlace] = []
    for area_id, node in nodes.items():
        parent = nodes.get(parents[area_id] or 0)
        (roots if parent is None else parent.areas).append(node)
    is_large = len(nodes) + number > TOLD_AT_ONCE
    for node in roots:
        _sum_up(node, is_large=is_large)
    _add_languages(session, roots)
    return sorted((node for node in roots if node.count or node.chosen), key=_by_name)


def find_place(session: Session, scope: Scope, area_id: int, *, on: date) -> AreaPlace:
    """One area of the tree, opened. Raises `UnknownArea`."""
    waiting = find_places(session, scope, on=on, opened=[f"a{area_id}"])
    while waiting:
        place = waiting.pop()
        if place.id == area_id:
            return place
        waiting += place.areas
    raise UnknownArea(area=f"#{area_id}", on=f"{on:%d/%m/%Y}")


def _area_nodes(
    tree: AreaTree, scope: Scope, *, on: date, picked: frozenset[str]
) -> tuple[dict[int, AreaPlace], dict[int, int | None]]:
    nodes: dict[int, AreaPlace] = {}
    parents: dict[int, int | None] = {}
    for area_id in tree.area_ids():
        area, key = tree.get(area_id), f"a{area_id}"
        if scope.holds(area_id) and (is_valid(area.valid_from, area.valid_to, on=on) or key in picked):
            # What a village was entered under may have become something else: the tree knows what holds it now.
            parents[area_id] = next((above.id for above in tree.lineage(area_id, on=on) if above.id != area_id), None)
            nodes[area_id] = AreaPlace(
                id=area_id, key=key, name=area.name, kind=area.kind, chosen=key in picked,
                opened=False, areas=[], zones=[], count=0,
            )  # fmt: skip
    return nodes, parents


def _add_zones(
    session: Session, tree: AreaTree, nodes: dict[int, AreaPlace], *, on: date, picked: frozenset[str]
) -> int:
    """Puts each zone where it lies; how many there are."""
    number = 0
    rows = session.execute(
        select(Zone.id, Zone.code, Zone.name, Zone.area_id).where(Zone.active, Zone.removed_at.is_(None))
    )
    for zone_id, code, name, area_id in rows:
        holds = next((area.id for area in tree.lineage(area_id, on=on) if area.id in nodes), None)
        node, key = nodes.get(holds or 0), f"z{zone_id}"
        if node is not None:
            node.zones.append(ZonePlace(id=zone_id, key=key, code=code, name=name, chosen=key in picked))
            number += 1
    return number


def _sum_up(node: AreaPlace, *, is_large: bool) -> None:
    for area in node.areas:
        _sum_up(area, is_large=is_large)
    node.areas = [area for area in node.areas if area.count or area.chosen]
    node.count = len(node.zones) + sum(area.count for area in node.areas)
    below = any(area.chosen or area.opened for area in node.areas)
    node.opened = node.asked or below or any(zone.chosen for zone in node.zones)
    node.folded = is_large and node.kind == AreaKind.COMMUNE and not node.opened and node.only_zone is None
    if node.folded:
        node.areas, node.zones = [], []
    node.areas.sort(key=_by_name)
    node.zones.sort(key=_by_name)


def _add_languages(session: Session, roots: Iterable[AreaPlace]) -> None:
    """What the zones hear that are told."""
    zones: dict[int, ZonePlace] = {}
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        waiting += node.areas
        zones |= {zone.id: zone for zone in node.zones}
    found = session.execute(
        select(ZoneLanguage.zone_id, ZoneLanguage.language)
        .where(ZoneLanguage.zone_id.in_(zones))
        .order_by(ZoneLanguage.zone_id, ZoneLanguage.position)
    )
    for zone_id, language in found:
        zones[zone_id].languages += (language,)


def _by_name(place: AreaPlace | ZonePlace) -> tuple[bytes, str]:
    return (_order_of(place.name), place.key)


_order_of = lru_cache(maxsize=20_000)(sort_key)
"""Names of places change rarely, and their order takes longer to work out than all else of a tree of thousands."""


def keys_of(targets: Iterable[SlotTarget]) -> list[str]:
    """The places of a slot as keys of the tree."""
    return [f"a{item.area_id}" if item.area_id is not None else f"z{item.zone_id}" for item in targets]


def get_episode(session: Session, named: str) -> Episode:
    """The episode that a person chose, by its number in the database. Raises `UnknownEpisode`."""
    episode = session.get(Episode, int(named)) if named.isdecimal() and len(named) < _LONGEST_NUMBER else None
    if episode is None or episode.removed_at is not None:
        raise UnknownEpisode(field="episode", series="", year="", number=named)
    return episode

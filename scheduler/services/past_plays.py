"""The plays of a logbook: broadcasts of the past, with what a person confirmed for each zone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from scheduler.domain.counting import Outcome, outcome_by_share
from scheduler.domain.identity import uuid7
from scheduler.domain.logbook import PLAYS, LoggedPlay, same
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.time import local_day, local_instant
from scheduler.models import Airing, AsRunEntry, Broadcast, Edition, Episode, Zone
from scheduler.services.importing import Import

WHY: Mapping[str, str] = {"code": "imported"}
_LONGER_BY = 5.0
"""Seconds that a play may be told longer than its edition: stop-watches are not exact."""
_SAME_WITHIN = 0.5

PlayKey = tuple[date, time, int, int]


def take_plays(work: Import) -> list[NewEntry]:
    """The entries of the lines that are new; broadcasts and airings are added for them."""
    known, own = _known_broadcasts(work)
    lines = _plays_by_broadcast(work)
    entries: list[NewEntry] = []
    known_entries = _known_entries(work, known.values())
    for (day, at, series_id, number), plays in lines.items():
        episode = work.episodes[series_id, number]
        starts_at = local_instant(day, at, work.zone)
        if (episode.id, starts_at) in own:
            for play, _ in plays:
                work.blame("logbook_play_of_station", PLAYS, play.row, "giờ", value=f"{at:%H:%M} {day:%d/%m/%Y}")
            continue
        broadcast = known.get((episode.id, starts_at)) if episode.id is not None else None
        airings = {airing.edition_id: airing for airing in broadcast.airings} if broadcast else {}
        for play, zones in plays:
            edition = work.editions[series_id, number, play.language]
            airing = airings.get(edition.id)
            held = known_entries.get(airing.id, {}) if airing is not None else {}
            length = work.lengths[series_id, number, play.language]
            if held and _settle_known(work, play, zones, held, length=length):
                continue
            if work.problems:
                continue
            broadcast = broadcast or _new_broadcast(work, episode, starts_at)
            airing = airing or _new_airing(work, broadcast, edition, airings, length=length)
            work.done.plays += 1
            entries += [_entry(airing, zone, play, starts_at) for zone in zones]
    return entries


def _plays_by_broadcast(work: Import) -> dict[PlayKey, list[tuple[LoggedPlay, list[Zone]]]]:
    """The lines that can be kept, by broadcast, each with the zones it speaks of."""
    numbers: dict[tuple[int, str], list[int]] = defaultdict(list)
    for series_id, number, language in work.editions:
        numbers[number, language].append(series_id)
    lines: dict[PlayKey, list[tuple[LoggedPlay, list[Zone]]]] = defaultdict(list)
    taken: set[tuple[object, ...]] = set()
    for play in work.book.plays:
        series = numbers.get((play.number, play.language), [])
        if len(series) != 1 or play.number in work.in_several_years:
            code = "logbook_edition_ambiguous" if series else "logbook_edition_not_listed"
            work.blame(code, PLAYS, play.row, "số", number=play.number, language=play.language)
            continue
        _check_play(work, play, series[0])
        zones = _zones_of(work, play)
        deliveries = {(play.day, play.at, series[0], play.number, play.language, zone.id) for zone in zones}
        if deliveries & taken:
            work.blame("logbook_play_twice", PLAYS, play.row, "vùng", value=play.zone)
        taken |= deliveries
        lines[play.day, play.at, series[0], play.number].append((play, zones))
    return lines


def _check_play(work: Import, play: LoggedPlay, series_id: int) -> None:
    key = series_id, play.number, play.language
    edition, length = work.editions[key], work.lengths[key]
    if play.seconds > length + _LONGER_BY:
        work.blame("logbook_sounded_too_long", PLAYS, play.row, "phát được", seconds=play.seconds, length=length)
    if play.day > local_day(work.now, work.zone):
        work.blame("logbook_in_future", PLAYS, play.row, "ngày", value=f"{play.day:%d/%m/%Y}")
    elif edition.first_approved_at and play.day < local_day(edition.first_approved_at, work.zone):
        work.blame("logbook_before_approval", PLAYS, play.row, "ngày", value=f"{play.day:%d/%m/%Y}")


def _zones_of(work: Import, play: LoggedPlay) -> list[Zone]:
    """The zones a line speaks of; `tất cả` means all that hear the language and were not removed by that day."""
    there = [
        zone for zone in work.zones if zone.removed_at is None or local_day(zone.removed_at, work.zone) > play.day
    ]  # fmt: skip
    if play.in_all_zones:
        zones = [zone for zone in there if _hears(zone, play.language)]
        if not zones:
            work.blame("logbook_no_zone_hears", PLAYS, play.row, "vùng", language=play.language)
        return zones
    named = [zone for zone in there if zone.code == play.zone] or [
        zone for zone in there if same(zone.code) == same(play.zone)
    ]
    if len(named) != 1:
        work.blame("logbook_zone_unknown", PLAYS, play.row, "vùng", value=play.zone)
        return []
    if not _hears(named[0], play.language):
        work.blame("logbook_zone_does_not_hear", PLAYS, play.row, "ngôn ngữ", value=play.zone, language=play.language)
    return named


def _hears(zone: Zone, language: str) -> bool:
    return any(item.language == language for item in zone.languages)


def _known_broadcasts(work: Import) -> tuple[dict[tuple[int, datetime], Broadcast], set[tuple[int, datetime]]]:
    """Broadcasts of the episodes at hand by episode and start: those imported earlier, and the station's own."""
    episodes = [episode.id for episode in work.episodes.values() if episode.id is not None]
    found = work.session.scalars(
        select(Broadcast)
        .where(Broadcast.episode_id.in_(episodes), Broadcast.state != BroadcastState.CANCELLED)
        .options(selectinload(Broadcast.airings))
    )
    imported: dict[tuple[int, datetime], Broadcast] = {}
    own: set[tuple[int, datetime]] = set()
    for item in found:
        if item.why.get("code") == WHY["code"]:
            imported[item.episode_id, item.starts_at] = item
        else:
            own.add((item.episode_id, item.starts_at))
    return imported, own


def _known_entries(work: Import, broadcasts: Iterable[Broadcast]) -> dict[Any, dict[int, float]]:
    """What the log says of those broadcasts: seconds by airing and zone, as first imported."""
    found: dict[Any, dict[int, float]] = defaultdict(dict)
    rows = work.session.execute(
        select(AsRunEntry.airing_id, AsRunEntry.zone_id, AsRunEntry.seconds_sounded).where(
            AsRunEntry.broadcast_id.in_([broadcast.id for broadcast in broadcasts]), AsRunEntry.attempt == 1
        )
    )
    for airing_id, zone_id, seconds in rows:
        found[airing_id][zone_id] = seconds
    return found


def _settle_known(
    work: Import, play: LoggedPlay, zones: Sequence[Zone], held: Mapping[int, float], *, length: float
) -> bool:
    """Tell whether the log has this line already; one that says otherwise is a problem.

    `tất cả` means the zones there were at the first import: one that came later changes no past.
    """
    said = list(held.values()) if play.in_all_zones else [held[zone.id] for zone in zones if zone.id in held]
    if not said:
        return False
    if any(abs(seconds - min(play.seconds, length)) > _SAME_WITHIN for seconds in said):
        work.blame("logbook_play_contradicts", PLAYS, play.row, "phát được", seconds=play.seconds, known=said[0])
    work.done.plays_known += 1
    return True


def _new_broadcast(work: Import, episode: Episode, starts_at: datetime) -> Broadcast:
    key = episode.series_id, episode.number
    lasts = sum(work.lengths.get((*key, item.language), item.imported_seconds or 0.0) for item in episode.editions)
    broadcast = Broadcast(
        id=uuid7(now=starts_at),
        series_id=episode.series_id,
        episode=episode,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=lasts),
        state=BroadcastState.DONE,
        why=dict(WHY),
        planned_at=work.now,
    )
    work.session.add(broadcast)
    return broadcast


def _new_airing(
    work: Import, broadcast: Broadcast, edition: Edition, airings: dict[int, Airing], *, length: float
) -> Airing:
    airing = Airing(
        id=uuid7(now=broadcast.starts_at),
        broadcast=broadcast,
        edition=edition,
        language=edition.language,
        seconds=length,
    )
    work.session.add(airing)
    airings[edition.id] = airing
    return airing


def _entry(airing: Airing, zone: Zone, play: LoggedPlay, starts_at: datetime) -> NewEntry:
    seconds = min(play.seconds, airing.seconds)
    outcome = outcome_by_share(sounded=seconds, planned=airing.seconds)
    return NewEntry(
        airing_id=airing.id,
        zone_id=zone.id,
        kind=EntryKind(outcome.value),
        planned_at=starts_at,
        started_at=starts_at if seconds else None,
        ended_at=starts_at + timedelta(seconds=seconds) if seconds else None,
        seconds_planned=airing.seconds,
        seconds_sounded=seconds,
        reason=None if outcome is Outcome.SOUNDED else Reason.UNKNOWN,
        evidence=Evidence.CONFIRMED,
        recorded_by=play.confirmed_by,
        source="import",
        note=play.note,
    )

"""Rows for tests with sensible defaults, and a fixed cast of places: the city of Sơn La, bản Tông, bản Hụm, tổ 1."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from scheduler.domain.identity import uuid7
from scheduler.domain.planning import BroadcastState, Selection
from scheduler.domain.programme import EditionState, RecordingState, Verdict
from scheduler.domain.text import fold
from scheduler.models import (
    Airing,
    Area,
    Broadcast,
    Edition,
    Episode,
    Player,
    Programme,
    Recording,
    RunningOrder,
    Series,
    SeriesLanguage,
    Slot,
    SlotTarget,
    Zone,
    ZoneLanguage,
)

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
"""05:00 on Tuesday 24 November 2026 at the station."""


def a_sha256(text: str) -> str:
    """A SHA-256 that stands for some bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def make_series(
    session: Session,
    *,
    code: str = "cchc",
    title: str = "Thành phố chung tay cải cách thủ tục hành chính",
    languages: tuple[str, ...] = ("vi", "blt"),
    shortest_seconds: float = 480,
    longest_seconds: float = 600,
) -> Series:
    series = Series(
        code=code,
        title=title,
        title_search=title.lower(),
        shortest_seconds=shortest_seconds,
        longest_seconds=longest_seconds,
        created_at=NOW,
        languages=[SeriesLanguage(language=language, position=i) for i, language in enumerate(languages)],
    )
    session.add(series)
    session.flush()
    return series


def make_episode(
    session: Session, series: Series, *, number: int = 1, year: int = 2026, title: str | None = None
) -> Episode:
    episode = Episode(
        series=series,
        year=year,
        number=number,
        title=title or f"Số {number}",
        title_search=fold(title or f"Số {number}"),
        title_sort=b"",
        created_at=NOW,
    )
    session.add(episode)
    session.flush()
    return episode


def make_edition(
    session: Session,
    episode: Episode,
    *,
    language: str = "vi",
    approved: bool = True,
    seconds: float = 540.0,
    master_sha256: str | None = None,
) -> Edition:
    """An edition with one measured recording, approved unless told otherwise."""
    edition = Edition(episode=episode, language=language, created_at=NOW, state=EditionState.MEASURED)
    session.add(edition)
    session.flush()
    name = f"{episode.series_id}/{episode.year}/{episode.number}/{language}"
    recording = Recording(
        edition=edition,
        take=1,
        original_name=f"{name}.mp3",
        sha256=a_sha256(name),
        size_bytes=1000,
        received_at=NOW,
        state=RecordingState.MEASURED,
        verdict=Verdict.ACCEPTED,
        seconds=seconds + 1,
        master_sha256=master_sha256 or a_sha256("master " + name),
        opus_sha256=a_sha256("opus " + name),
        master_seconds=seconds,
    )
    session.add(recording)
    session.flush()
    if approved:
        edition.state = EditionState.APPROVED
        edition.approved_recording = recording
        edition.first_approved_at = NOW
        session.flush()
    return edition


def make_area(
    session: Session,
    *,
    name: str = "Sơn La",
    kind: str = "city",
    parent: Area | None = None,
    valid_from: date = date(2015, 1, 1),
    valid_to: date | None = None,
) -> Area:
    area = Area(
        parent=parent,
        kind=kind,
        name=name,
        name_search=fold(name),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    session.add(area)
    session.flush()
    return area


def make_zone(
    session: Session,
    *,
    code: str = "TONG",
    name: str = "Bản Tông",
    area: Area | None = None,
    languages: tuple[str, ...] = ("blt", "vi"),
    carrier: str = "memory",
    allowed_hours: list[Any] | None = None,
) -> Zone:
    zone = Zone(
        code=code,
        name=name,
        area=area or make_area(session),
        carrier=carrier,
        settings={},
        created_at=NOW,
        allowed_hours=allowed_hours,
        languages=[ZoneLanguage(language=language, position=i) for i, language in enumerate(languages)],
    )
    session.add(zone)
    session.flush()
    return zone


def make_player(session: Session, zone: Zone, **others: Any) -> Player:
    """A box at a zone's amplifier; each has a name of its own."""
    number = session.query(Player).count() + 1
    facts: dict[str, Any] = {
        "username": f"z{zone.id}-{number:08x}",
        "public_key": a_sha256(f"key {number}"),
        "broker_password": "$7$",
        "token_sha256": a_sha256(f"token {number}"),
        "paired_at": NOW,
        "paired_by": "Mai",
    }
    player = Player(zone=zone, **(facts | others))
    session.add(player)
    session.flush()
    return player


def make_slot(
    session: Session,
    series: Series,
    *,
    code: str = "sang",
    targets: tuple[Area | Zone, ...] = (),
    rrule: str = "FREQ=DAILY",
    starts_at_local: time = time(5, 30),
    selection: Selection = Selection.NEXT,
    **others: Any,
) -> Slot:
    slot = Slot(
        code=code,
        title=f"Khung giờ {code}",
        series=series,
        rrule=rrule,
        starts_at_local=starts_at_local,
        valid_from=date(2026, 1, 1),
        selection=selection,
        created_at=NOW,
        targets=[
            SlotTarget(area_id=place.id) if isinstance(place, Area) else SlotTarget(zone_id=place.id)
            for place in targets
        ],
        **others,
    )
    session.add(slot)
    session.flush()
    return slot


def make_broadcast(
    session: Session,
    *,
    editions: tuple[Edition, ...],
    zones: tuple[Zone, ...],
    starts_in: timedelta = timedelta(minutes=5),
    now: datetime = NOW,
    **others: Any,
) -> Broadcast:
    """A one-off broadcast of editions of one episode, with a programme for each zone in its language order."""
    episode = editions[0].episode
    by_language = {edition.language: edition for edition in editions}
    longest = sum(edition.approved_recording.master_seconds or 0 for edition in editions if edition.approved_recording)
    broadcast = Broadcast(
        id=uuid7(now=now),
        series_id=episode.series_id,
        episode=episode,
        starts_at=now + starts_in,
        ends_at=now + starts_in + timedelta(seconds=longest),
        state=BroadcastState.PLANNED,
        planned_at=now,
        **others,
    )
    session.add(broadcast)
    for edition in editions:
        recording = edition.approved_recording
        assert recording is not None and recording.master_seconds is not None
        broadcast.airings.append(
            Airing(
                id=uuid7(now=now),
                edition=edition,
                language=edition.language,
                recording_sha256=recording.sha256,
                master_sha256=recording.master_sha256,
                seconds=recording.master_seconds,
            )
        )
    for zone in zones:
        parts = [
            {
                "role": "edition",
                "sha256": by_language[item.language].approved_recording.master_sha256,  # type: ignore[union-attr]
                "seconds": by_language[item.language].approved_recording.master_seconds,
                "language": item.language,
            }  # type: ignore[union-attr]
            for item in zone.languages
            if item.language in by_language
        ]
        order = session.merge(RunningOrder(key=a_sha256(repr(parts)), parts=parts))
        broadcast.programmes.append(Programme(zone_id=zone.id, running_order=order))
    session.flush()
    return broadcast

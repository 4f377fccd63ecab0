"""A large station for the web benchmark: many zones, years of airings, a day under way and two weeks of plan."""
# ruff: noqa: E501 -- rows are written as rows

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from scheduler.domain.identity import uuid7
from scheduler.domain.people import Granted, Role
from scheduler.domain.planning import BroadcastState, Selection
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.programme import Decision, EditionState, RecordingState, Verdict
from scheduler.domain.text import fold, sort_key
from scheduler.domain.time import local_day, local_instant
from scheduler.models import (
    Airing,
    Area,
    AsRunEntry,
    AuditEntry,
    Broadcast,
    Claim,
    Edition,
    Episode,
    Loudspeaker,
    Production,
    Programme,
    Pulse,
    Recording,
    Review,
    Row,
    RunningOrder,
    Series,
    SeriesLanguage,
    Slot,
    SlotTarget,
    User,
    Zone,
    ZoneLanguage,
)
from scheduler.ports import Part
from scheduler.services import as_run, people, planning, sign_in
from scheduler.services.plan_rows import key_of
from scheduler.station import Station

SERIES = (("cchc", "Thành phố chung tay cải cách thủ tục hành chính", 102), ("an-ninh", "An ninh cơ sở", 51),
          ("nong-vu", "Nông vụ và mùa màng", 26))  # fmt: skip
EPISODES_A_YEAR = 45
LANGUAGES = ("vi", "blt")
TITLES = ("Đăng ký khai sinh cho trẻ em tại xã", "Cấp lại giấy chứng nhận quyền sử dụng đất", "Hộ chiếu phổ thông",
          "Chăm sóc lúa vụ xuân", "Phòng cháy mùa khô", "Trợ cấp xã hội hằng tháng")  # fmt: skip
SECONDS = 540.0
ENTRY = (EntryKind.SOUNDED, SECONDS, None)
ENDINGS = (
    *(ENTRY,) * 18,
    (EntryKind.PARTIAL, 500.0, Reason.LATE_START),
    (EntryKind.MISSED, 0.0, Reason.CARRIER_FAILED),
)
AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the station is."""

    zones: int
    communes: int
    years: int
    broadcasts_a_year: int
    carrier: str = "file"


def fill(station: Station, size: Size) -> str:
    """Fill an empty database; says what there is."""
    now, zone = station.clock.now(), station.settings.time_zone
    today = local_day(now, zone)
    with station.sessions.begin() as session:
        make_places(session, size, now)
        make_catalogue(session, size, today, now)
        make_slots(session, size, today, now)
        session.merge(Pulse(owner="playout.bench", role="playout", at=now + timedelta(hours=1), facts={}))
    with station.sessions.begin() as session:
        make_past(session, size, today, station)
    with station.sessions.begin() as session:
        as_run.recompute(session)
    with station.sessions.begin() as session:
        planning.write_plan(session, now=now, settings=station.settings)
        sound_one(session, now)
        make_trail(session, now)
    with closing(station.engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with station.readers.begin() as session:
        return ", ".join(
            f"{session.scalar(select(func.count()).select_from(kind)):,} {name}"
            for kind, name in ((Zone, "zones"), (Airing, "airings"), (AsRunEntry, "entries in the log"),
                               (Broadcast, "broadcasts"), (Programme, "programmes"), (Edition, "editions"))
        )  # fmt: skip


def write(session: Session, kind: type[Row], rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while chunk := list(islice(left, AT_ONCE)):
        session.execute(insert(kind.__table__), chunk)  # type: ignore[arg-type]


# --- places, catalogue, slots -------------------------------------------------------------------------------------
def make_places(session: Session, size: Size, now: datetime) -> None:
    since = date(2015, 1, 1)
    named = {"valid_from": since, "sample": False}
    areas = [{"id": 1, "parent_id": None, "kind": "city", "name": "Sơn La", "name_search": "son la", **named}]
    for number in range(size.communes):
        name = f"Xã Chiềng {number + 1}"
        areas.append(
            {"id": 2 + number, "parent_id": 1, "kind": "commune", "name": name, "name_search": fold(name), **named}
        )
    zones, languages, loudspeakers = [], [], []
    for number in range(1, size.zones + 1):
        village, commune = 1_000 + number, 2 + number % size.communes
        name = f"Bản Tông {number}"
        place = {"latitude": 21.2 + number / 9_000, "longitude": 103.7 + number % 97 / 400}
        areas.append(
            {
                "id": village,
                "parent_id": commune,
                "kind": "village",
                "name": name,
                "name_search": fold(name),
                **named,
                **place,
            }
        )
        zones.append(
            {
                "id": number,
                "code": f"Z{number:04}",
                "name": name,
                "area_id": village,
                "carrier": size.carrier,
                "settings": {},
                "created_at": now,
                "active": True,
                "sample": False,
                **place,
            }
        )
        languages += [{"zone_id": number, "language": code, "position": at} for at, code in enumerate(LANGUAGES)]
        loudspeakers += [
            {"zone_id": number, "place": f"cột {n}", "model": "", "identifier": "", "state": "working"} for n in (1, 2)
        ]
    write(session, Area, ({"latitude": None, "longitude": None, **area} for area in areas))
    write(session, Zone, zones)
    write(session, ZoneLanguage, languages)
    write(session, Loudspeaker, loudspeakers)


def make_catalogue(session: Session, size: Size, today: date, now: datetime) -> None:
    for number, (code, title, target) in enumerate(SERIES, 1):
        session.add(Series(id=number, code=code, title=title, title_search=fold(title), yearly_target=target, created_at=now,
                           languages=[SeriesLanguage(language=item, position=at) for at, item in enumerate(LANGUAGES)]))  # fmt: skip
    session.flush()
    episodes, editions, recordings, productions, reviews = [], [], [], [], []
    for year in range(today.year - size.years + 1, today.year + 1):
        for series in range(1, len(SERIES) + 1):
            for number in range(1, EPISODES_A_YEAR + 1):
                episode = len(episodes) + 1
                title = f"{TITLES[number % len(TITLES)]} {number}/{year}"
                episodes.append(
                    {
                        "id": episode,
                        "series_id": series,
                        "year": year,
                        "number": number,
                        "title": title,
                        "title_search": fold(title),
                        "title_sort": sort_key(title),
                        "topic": "",
                        "procedures": [],
                        "summary": "",
                        "created_at": now,
                    }
                )
                # The last ones of this year are on their way: recorded, laid before the approver, returned.
                late = year == today.year and number > EPISODES_A_YEAR - 6
                state = (
                    (EditionState.SUBMITTED, EditionState.MEASURED, EditionState.REJECTED)[number % 3]
                    if late
                    else EditionState.APPROVED
                )
                for language in LANGUAGES:
                    edition = len(editions) + 1
                    editions.append(
                        {
                            "id": edition,
                            "episode_id": episode,
                            "language": language,
                            "title": "",
                            "title_search": "",
                            "title_sort": b"",
                            "script": "Kính thưa quý vị và các bạn. " * 120,
                            "credits": {},
                            "state": state,
                            "created_at": now,
                            "first_approved_at": None if late else now,
                            "submitted_at": now if late else None,
                            "submitted_by_user": None,
                            "approved_recording_id": None,
                            "imported_seconds": None,
                        }
                    )
                    recordings.append(a_recording(edition, now))
                    if not late:
                        on = date(year, 1 + number * 11 // EPISODES_A_YEAR, 15)
                        productions.append(
                            {
                                "edition_id": edition,
                                "series_id": series,
                                "series_code": SERIES[series - 1][0],
                                "series_title": SERIES[series - 1][1],
                                "episode_year": year,
                                "episode_number": number,
                                "title": title,
                                "language": language,
                                "seconds": SECONDS,
                                "recording_sha256": None,
                                "approved_at": now,
                                "local_day": min(on, today),
                                "approved_by": "Cầm Văn Tuấn",
                            }
                        )
                        reviews.append(
                            {
                                "edition_id": edition,
                                "recording_sha256": hash_of("take", edition),
                                "master_sha256": hash_of("master", edition),
                                "reviewer": "Cầm Văn Tuấn",
                                "decision": Decision.APPROVED,
                                "reason": "",
                                "decided_at": now,
                            }
                        )
    write(session, Episode, episodes)
    write(session, Edition, editions)
    write(session, Recording, recordings)
    edition = Edition.__table__
    session.execute(
        edition.update().where(edition.c.state == EditionState.APPROVED).values(approved_recording_id=edition.c.id)
    )
    write(session, Production, productions)
    write(session, Review, reviews)


def a_recording(edition: int, now: datetime) -> dict[str, Any]:
    return {
        "id": edition, "edition_id": edition, "take": 1, "original_name": f"so {edition}.mp3", "sha256": hash_of("take", edition),
        "size_bytes": 8_000_000, "received_at": now, "received_by": "Lò Thị Hoa", "received_by_user": None,
        "state": RecordingState.MEASURED, "verdict": Verdict.ACCEPTED, "code": None, "facts": {}, "seconds": SECONDS + 2,
        "integrated_lufs": -17.2, "range_lu": 5.1, "true_peak_dbtp": -1.4, "head_silence_s": 0.4, "tail_silence_s": 0.8,
        "codec": "mp3", "channels": 1, "sample_rate": 44_100, "findings": [{"code": "dead_air", "at_s": 192.0, "for_s": 4.0}],
        "peaks": [round((n * 37 % 100) / 100, 2) for n in range(1_000)], "master_sha256": hash_of("master", edition),
        "opus_sha256": hash_of("opus", edition), "master_seconds": SECONDS, "rendering": {},
    }  # fmt: skip


def make_slots(session: Session, size: Size, today: date, now: datetime) -> None:
    """Each series daily for the whole station, and some communes with hours of their own."""
    hours = (time(5, 0), time(11, 15), time(17, 30))
    slots = [(f"ca-{number}", number, at, 1) for number, at in enumerate(hours, 1)]
    slots += [(f"xa-{n}", 1 + n % len(SERIES), time(6 + n % 12, 40), 2 + n) for n in range(min(20, size.communes))]
    for code, series, at, area in slots:
        session.add(
            Slot(code=code, title=f"Khung giờ {code}", series_id=series, rrule="FREQ=DAILY", starts_at_local=at,
                 valid_from=today - timedelta(days=365), priority=1, selection=Selection.NEXT, created_at=now,
                 targets=[SlotTarget(area_id=area)])
        )  # fmt: skip
    session.flush()


# --- what was ---------------------------------------------------------------------------------------------------------
def make_past(session: Session, size: Size, today: date, station: Station) -> None:
    """Broadcasts to all zones, spread over the years, the last one this morning, with their entries in the log."""
    order = a_running_order(session)
    zones = session.execute(
        select(Zone.id, Zone.code, Zone.name, Area.parent_id).join(Area, Area.id == Zone.area_id)
    ).all()
    communes = dict(session.execute(select(Area.id, Area.name)).all())
    by_episode: dict[tuple[int, int], list[Any]] = {}
    for row in session.execute(
        select(
            Edition.id,
            Edition.language,
            Episode.id,
            Episode.series_id,
            Episode.year,
            Episode.number,
            Episode.title,
            Series.title,
        )
        .join(Episode, Episode.id == Edition.episode_id)
        .join(Series, Series.id == Episode.series_id)
        .where(Edition.state == EditionState.APPROVED)
        .order_by(Episode.id, Edition.language.desc())
    ):
        by_episode.setdefault((row[4], row[2]), []).append(row)
    years = sorted({year for year, _ in by_episode})
    for year in years:
        episodes = [editions for (of, _), editions in by_episode.items() if of == year]
        days = 365 if year < today.year else (today - date(year, 1, 1)).days
        number = size.broadcasts_a_year * max(days, 1) // 365
        for n in range(number):
            day = (
                today
                if year == today.year and n == number - 1
                else date(year, 1, 1) + timedelta(days=n * days // number)
            )
            at = local_instant(day, time(5, 0), station.settings.time_zone)
            one_past(session, episodes[n % len(episodes)], zones, communes, at=at, day=day, order=order)


def one_past(
    session: Session, editions: list[Any], zones: Any, communes: dict[int, str], *, at: datetime, day: date, order: str
) -> None:
    first = editions[0]
    broadcast = uuid7(now=at)
    ends = at + timedelta(seconds=SECONDS * len(editions))
    write(
        session,
        Broadcast,
        [
            {
                "id": broadcast,
                "slot_id": None,
                "occurrence_on": None,
                "series_id": first[3],
                "episode_id": first[2],
                "starts_at": at,
                "ends_at": ends,
                "priority": 1,
                "state": BroadcastState.DONE,
                "exercise": False,
                "pinned": False,
                "why": {"code": "one_off"},
                "planned_at": at,
            }
        ],
    )
    airings = [(uuid7(now=at), row) for row in editions]
    write(
        session,
        Airing,
        [
            {
                "id": number,
                "broadcast_id": broadcast,
                "edition_id": row[0],
                "language": row[1],
                "recording_sha256": hash_of("take", row[0]),
                "master_sha256": hash_of("master", row[0]),
                "seconds": SECONDS,
            }
            for number, row in airings
        ],
    )
    write(
        session,
        Programme,
        [{"broadcast_id": broadcast, "zone_id": zone[0], "running_order_key": order} for zone in zones],
    )
    write(
        session,
        Claim,
        [
            {
                "broadcast_id": broadcast,
                "zone_id": zone[0],
                "owner": "playout.old",
                "token": 1,
                "claimed_at": at,
                "started_at": at,
                "offset_s": 0.0,
                "closed_at": ends,
            }
            for zone in zones
        ],
    )
    write(session, AsRunEntry, entries(airings, zones, communes, broadcast=broadcast, at=at, day=day))


def entries(
    airings: list[tuple[UUID, Any]], zones: Any, communes: dict[int, str], *, broadcast: UUID, at: datetime, day: date
) -> Iterator[dict[str, Any]]:
    for place, (airing, row) in enumerate(airings):
        began = at + timedelta(seconds=SECONDS * place)
        for zone_id, code, name, commune in zones:
            kind, seconds, reason = ENDINGS[(zone_id * 7 + airing.int) % len(ENDINGS)]
            yield {
                "airing_id": airing, "broadcast_id": broadcast, "zone_id": zone_id, "attempt": 1, "kind": kind, "planned_at": began,
                "started_at": began if seconds else None, "ended_at": began + timedelta(seconds=seconds) if seconds else None,
                "seconds_planned": SECONDS, "seconds_sounded": seconds, "reason": reason, "evidence": Evidence.HANDED_OVER,
                "recording_sha256": None, "master_sha256": None, "rendition_sha256": None, "priority": 1, "exercise": False,
                "series_id": row[3], "series_title": row[7], "episode_year": row[4], "episode_number": row[5], "title": row[6],
                "language": row[1], "zone_code": code, "zone_name": name, "area_id": commune, "area_name": communes[commune],
                "loudspeakers": 2, "local_day": day, "local_month": f"{day:%Y-%m}", "source": "plan", "recorded_by": "playout.old",
                "note": "", "recorded_at": began,
            }  # fmt: skip


def a_running_order(session: Session) -> str:
    parts = [
        Part(role="edition", sha256=hash_of("master", 1), seconds=SECONDS, language=language) for language in LANGUAGES
    ]
    key = key_of(parts)
    session.add(
        RunningOrder(
            key=key,
            parts=[
                {"role": part.role, "sha256": part.sha256, "seconds": part.seconds, "language": part.language}
                for part in parts
            ],
        )
    )
    session.flush()
    return key


# --- what is, and who ---------------------------------------------------------------------------------------------
def sound_one(session: Session, now: datetime) -> None:
    """The next broadcast of the plan is on air already: in every zone that it reaches."""
    broadcast = session.scalars(
        select(Broadcast)
        .join(Slot, Slot.id == Broadcast.slot_id)
        .where(Broadcast.state == BroadcastState.PLANNED, Slot.code.startswith("ca-"))
        .order_by(Broadcast.starts_at)
    ).first()
    assert broadcast is not None
    begun = now - timedelta(minutes=2)
    broadcast.starts_at, broadcast.state = begun, BroadcastState.ON_AIR
    zones = session.scalars(select(Programme.zone_id).where(Programme.broadcast_id == broadcast.id)).all()
    write(
        session,
        Claim,
        [
            {
                "broadcast_id": broadcast.id,
                "zone_id": zone,
                "owner": "playout.bench",
                "token": 1,
                "claimed_at": begun,
                "started_at": begun,
                "offset_s": 0.0,
                "closed_at": None,
            }
            for zone in zones
        ],
    )


def make_trail(session: Session, now: datetime) -> None:
    write(
        session,
        AuditEntry,
        [
            {
                "change_id": uuid7(now=now),
                "at": now - timedelta(minutes=n),
                "user_id": None,
                "who": "Lò Thị Hoa",
                "action": "changed",
                "kind": "zone",
                "subject": str(n % 2_000),
                "label": f"Bản Tông {n}",
                "area_id": 2,
                "before": {"name": "cũ"},
                "after": {"name": "mới"},
                "undoes": None,
            }
            for n in range(5_000)
        ],
    )


def sign_in_operators(station: Station, number: int) -> list[str]:
    """Tokens of so many people at work, who may open every page."""
    now = station.clock.now()
    tokens = []
    for n in range(number):
        with station.sessions.begin() as session:
            login = f"truc{n + 1}"
            user = session.scalar(select(User).where(User.login == login)) or people.create_user(
                session, login=login, name=f"Người trực {n + 1}", grants=[Granted(role=Role.ADMIN)], now=now
            )
            tokens.append(sign_in.open_session(session, user.id, now=now))
        with station.sessions.begin() as session:
            session.merge(Pulse(owner="playout.bench", role="playout", at=now, facts={}))
    return tokens


def samples(station: Station) -> dict[str, dict[str, Any]]:
    """Something to fill every route with, by the beginning of its address and the names of its arguments."""
    zone_of_time = station.settings.time_zone
    with station.readers.begin() as session:
        edition = session.scalars(select(Edition).where(Edition.state == EditionState.SUBMITTED)).first()
        assert edition is not None
        episode = edition.episode
        entry = session.scalars(select(AsRunEntry).order_by(AsRunEntry.id.desc())).first()
        coming = session.scalars(
            select(Broadcast)
            .where(Broadcast.slot_id.is_not(None), Broadcast.state == BroadcastState.PLANNED)
            .order_by(Broadcast.starts_at.desc())
        ).first()
        one_off = session.scalars(
            select(Broadcast).where(Broadcast.slot_id.is_(None)).order_by(Broadcast.starts_at.desc())
        ).first()
        assert entry is not None and coming is not None and coming.slot is not None and one_off is not None
        known: dict[str, Any] = {
            "series": episode.series.code, "year": episode.year, "number": episode.number, "language": edition.language,
            "airing": entry.airing_id, "zone": entry.zone_id, "code": coming.slot.code, "on": coming.occurrence_on,
            "broadcast_id": one_off.id, "recording_id": edition.id, "zone_code": entry.zone_code, "area_id": 2, "area": 2,
            "user_id": 1, "login": "truc1", "topic": None, "day": local_day(station.clock.now(), zone_of_time),
        }  # fmt: skip
        return {
            "/": known,
            "/programme/series/": {"code": episode.series.code},
            "/coverage/zones/": {"code": entry.zone_code},
            "/coverage/areas/": {"number": 2},
            "/coverage/loudspeakers/": {"number": 1},
        }


def hash_of(what: str, number: int) -> str:
    return f"{what.encode().hex()}{number:0>{64 - len(what) * 2}}"

"""A station with something on every page, on the morning of 24 November 2026: for walks in the browser and for pictures."""

import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from audio.flac import write_flac
from audio.store import FileMediaStore
from scheduler.commands.sealing import open_sealer
from scheduler.domain.coverage import LoudspeakerState
from scheduler.domain.people import Granted, Role
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.programme import EditionState, RecordingState, Verdict
from scheduler.domain.time import local_instant
from scheduler.domain.village import CommandOutcome, JournalState
from scheduler.models import Alarm, Area, Broadcast, Edition, Episode, Recording, Slot, User, Zone
from scheduler.models.village import CommandDelivery, VillageJournalRow
from scheduler.services import (
    approval,
    as_run,
    audit,
    coverage,
    logbook,
    people,
    planning,
    programme,
    sample,
    village_commands,
)
from scheduler.services import sample_data as data
from scheduler.signing import keep_key
from scheduler.station import Station
from scheduler.village_messages import Audience, CommandKind
from tests.factories import make_broadcast
from tests.fleet_rows import make_cast, make_transports
from tests.web.full_books import make_books
from tests.web.station import give_pulse, go_on_air

TITLES = (
    "Đăng ký khai sinh cho trẻ em tại xã, phường",
    "Cấp lại giấy chứng nhận quyền sử dụng đất",
    "Hộ chiếu phổ thông: làm ở đâu, mất bao lâu",
    "Trợ cấp xã hội hằng tháng cho người cao tuổi",
    "Chứng thực bản sao tại bộ phận một cửa",
    "Nộp hồ sơ trực tuyến trên Cổng dịch vụ công",
    "Đăng ký tạm trú cho người thuê nhà",
)
SECONDS = 505.0
RATE = 48_000
APPROVER, EDITOR = "Cầm Văn Tuấn", "Lò Thị Hoa"


def fill_station(station: Station) -> None:
    """Fill an empty station; its clock must stand at an hour of the day."""
    now, zone = station.clock.now(), station.settings.time_zone
    sound = make_sound(FileMediaStore(station.settings.home))
    today = now.astimezone(zone).date()
    with station.sessions.begin() as session:
        sample.fill_places(session, now=now)
        sample.fill_series(session, now=now)
    workbook = station.settings.home / "sample" / "nhat-ky.xlsx"
    with station.sessions.begin() as session:
        sample.write_reference_year(workbook)
        logbook.import_file(session, workbook, by="nhập nhật ký", now=now, zone=zone, series=data.SERIES_CODE)
    with station.sessions.begin() as session:
        sample.fill_demo_zone(session, now=now)
        make_people(session, now)
        make_episodes(session, sound, station)
    with station.sessions.begin() as session:
        audit.watch(session, actor=audit.Actor(user_id=1, name="Cà Văn Trưởng"), now=now - timedelta(days=2))
        sample.fill_slots(session, today=today - timedelta(days=28), now=now)
        for slot in session.scalars(select(Slot)):
            slot.rrule = "FREQ=DAILY"
    with station.sessions.begin() as session:
        play_the_past(session, station, today)
        planning.write_plan(session, now=now, settings=station.settings)
        make_trouble(session, now)
    with station.sessions.begin() as session:
        make_villages(session, now, station.settings.home)
    open_sealer(station).seal(today - timedelta(days=1), now=now)
    with station.sessions.begin() as session:
        zones = session.scalars(select(Zone).where(Zone.removed_at.is_(None)).order_by(Zone.code)).all()
        make_books(session, station, editions=both(episode_of(session, 1)), zones=zones, entry_of=entry_of)


def make_sound(store: FileMediaStore) -> tuple[str, int]:
    """A file that stands for every recording: a soft tone that swells and falls, and a pause; its name and size."""
    samples = np.arange(int(SECONDS * RATE), dtype=np.float32) / RATE
    swell = 0.12 * (0.6 + 0.4 * np.sin(2 * math.pi * samples / 7))
    swell[int(192 * RATE) : int(196 * RATE)] = 0
    tone = np.rint(swell * np.sign(np.sin(2 * math.pi * 220 * samples)) * 32767).astype(np.int16)
    with store.workplace() as place:
        path: Path = place / "sound.flac"
        write_flac(path, [tone])
        stored = store.adopt(path)
    return stored.sha256, stored.size_bytes


def make_people(session: Session, now: datetime) -> None:
    """Somebody for each role, one of them in a single phường."""
    ward = coverage.get_area(session, data.NEW_WARDS[1].code, on=now.date())
    boss = User(login="truong", name="Cà Văn Trưởng", active=True, created_at=now, password_hash="x")
    session.add(boss)
    session.flush()
    people.set_grants(session, boss, [Granted(role=Role.ADMIN)])
    for login, name, grant in (
        ("hoa", EDITOR, Granted(role=Role.EDITOR)),
        ("tuan", APPROVER, Granted(role=Role.APPROVER)),
        ("inh", "Quàng Thị Inh", Granted(role=Role.OPERATOR, area_id=ward.id)),
    ):
        people.create_user(session, login=login, name=name, grants=[grant], now=now)


def make_episodes(session: Session, sound: tuple[str, int], station: Station) -> None:
    """Episodes in every state: approved, waiting for the approver, returned, with a language missing, without a recording."""
    now, zone = station.clock.now(), station.settings.time_zone
    series = programme.get_series(session, data.SERIES_CODE)
    for number, title in enumerate(TITLES, start=1):
        episode = programme.create_episode(
            session, series, year=2026, number=number, title=title, now=now, topic="Cải cách hành chính",
            procedures=["1.001193 Đăng ký khai sinh"], summary="Hồ sơ, nơi nộp và thời hạn.",
        )  # fmt: skip
        for edition in episode.editions:
            edition.script = "Kính thưa bà con!\n\nHôm nay chúng ta cùng tìm hiểu: " + title + "."
            edition.credits = {"editor": EDITOR, "reader": "Quàng Thị Inh", "technician": "Tòng Văn Pâng"}
            if number == 7 or (number == 6 and edition.language == "blt"):
                continue
            make_take(session, edition, sound, now)
            decide(session, edition, number, now, zone)


def decide(session: Session, edition: Edition, number: int, now: datetime, zone: object) -> None:
    """Approve the first four, submit the fifth, return the Thái of the sixth."""
    if number <= 4:
        approval.approve(session, edition, reviewer=APPROVER, now=now, zone=zone, reason="đã nghe")  # type: ignore[arg-type]
    elif number == 5:
        edition.state, edition.submitted_at = EditionState.SUBMITTED, now - timedelta(hours=3)


def make_take(session: Session, edition: Edition, sound: tuple[str, int], now: datetime) -> None:
    """A measured take with a pause that was found in it."""
    sha256, size = sound
    findings = [{"code": "dead_air", "at_s": 192.0, "for_s": 4.0, "limit": 3.0}] if edition.episode.number == 5 else []
    recording = Recording(
        edition=edition, take=1, original_name=f"Số {edition.episode.number:02} - {edition.language}.flac", sha256=sha256,
        size_bytes=size, received_at=now - timedelta(hours=4), received_by=EDITOR, state=RecordingState.MEASURED,
        verdict=Verdict.FLAGGED if findings else Verdict.ACCEPTED, seconds=SECONDS, integrated_lufs=-21.4, range_lu=5.2,
        true_peak_dbtp=-6.1, head_silence_s=0.4, tail_silence_s=0.7, codec="flac", channels=1, sample_rate=RATE,
        findings=findings, peaks=[round(abs(math.sin(n / 9)) * 0.8, 3) for n in range(1000)], master_sha256=sha256,
        master_seconds=SECONDS, facts={}, rendering={},
    )  # fmt: skip
    session.add(recording)
    edition.state = EditionState.MEASURED
    session.flush()


def play_the_past(session: Session, station: Station, today: date) -> None:
    """The mornings of the last six days in the log, one on air now."""
    now, zone_of_time = station.clock.now(), station.settings.time_zone
    zones = list(session.scalars(select(Zone).where(Zone.removed_at.is_(None)).order_by(Zone.code)))[:12]
    for back in range(6, 0, -1):
        episode = episode_of(session, 1 + back % 4)
        starts_at = local_instant(today - timedelta(days=back), time(5, 30), zone_of_time)
        past = make_broadcast(session, editions=both(episode), zones=tuple(zones), starts_in=starts_at - now, now=now)
        entries = [
            entry_of(past, airing.id, zone, airing.seconds, starts_at, silent=back == 2 and zone is zones[0])
            for airing in past.airings
            for zone in zones
            if airing.language in [item.language for item in zone.languages]
        ]
        as_run.record(session, entries, now=starts_at + timedelta(minutes=20), zone=zone_of_time)
        past.state = BroadcastState.DONE
    give_pulse(session, at=now)
    sounding = make_broadcast(
        session, editions=both(episode_of(session, 2)), zones=tuple(zones), starts_in=timedelta(minutes=-3), now=now
    )
    go_on_air(session, sounding, since=now - timedelta(minutes=3))
    sounding.state = BroadcastState.ON_AIR


def episode_of(session: Session, number: int) -> Episode:
    return programme.get_episode(session, data.SERIES_CODE, number=number, year=2026)


def both(episode: Episode) -> tuple[Edition, ...]:
    return tuple(episode.editions)


def entry_of(
    broadcast: Broadcast, airing_id: object, zone: Zone, seconds: float, at: datetime, *, silent: bool
) -> NewEntry:
    return NewEntry(
        airing_id=airing_id, zone_id=zone.id, kind=EntryKind.MISSED if silent else EntryKind.SOUNDED, planned_at=at,
        started_at=None if silent else at, ended_at=None if silent else at + timedelta(seconds=seconds),
        seconds_planned=seconds, seconds_sounded=0.0 if silent else seconds,
        reason=Reason.CARRIER_FAILED if silent else None,
        evidence=Evidence.PLANNED if silent else Evidence.COMPLETED, recorded_by="playout.a",
    )  # type: ignore[arg-type]  # fmt: skip


def make_trouble(session: Session, now: datetime) -> None:
    """An open alarm, a paused zone and a broken loudspeaker."""
    zones: Sequence[Zone] = list(session.scalars(select(Zone).order_by(Zone.code)))
    session.add(
        Alarm(
            kind="carrier_down", subject="carrier:file", facts={"name": "file", "reason": "ổ đĩa chỉ đọc"},
            raised_at=now - timedelta(minutes=40), seen_at=now,
        )
    )  # fmt: skip
    zones[1].active = False
    for loudspeaker in zones[2].loudspeakers[:1]:
        loudspeaker.state = LoudspeakerState.BROKEN


def make_villages(session: Session, now: datetime, home: Path) -> None:
    """Boxes in every state in the villages of a phường, one that was told something, and a row that was held back."""
    area = session.scalars(select(Area).where(Area.name == "Chiềng An", Area.valid_to.is_(None))).one()
    zones = make_cast(session, at=now, area=area)
    broadcast = make_broadcast(
        session,
        editions=both(episode_of(session, 3)),
        zones=tuple(zones.values()),
        starts_in=timedelta(hours=24.5),
        now=now,
    )
    make_transports(session, broadcast)
    command = village_commands.issue(
        session, CommandKind.VOLUME, Audience(area_id=area.id), by="Cà Văn Trưởng", user_id=1, now=now,
        signer=keep_key(home / "keys" / "village-ed25519"), lasts=timedelta(hours=1), volume=60,
    )  # fmt: skip
    told = session.scalars(select(CommandDelivery).where(CommandDelivery.command_id == command.id)).first()
    assert told is not None
    told.sent_at = told.answered_at = now
    told.outcome, told.reason = CommandOutcome.REFUSED, "no_trusted_time"
    session.add(
        VillageJournalRow(
            player_id=told.player_id, instance="i1", seq=41, boot="b1", zone_id=told.zone_id, kind="delivery", at=now,
            facts={"seconds_sounded": 12.0}, received_at=now, state=JournalState.QUARANTINED,
            problem={"code": "impossible", "about": "seconds_sounded"},
        )
    )  # fmt: skip

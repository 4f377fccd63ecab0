"""The places, the catalogue and the slots of a large station for benchmarks."""
# ruff: noqa: E501 -- rows are written as rows

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from benchmarks._station_rows import LANGUAGES, SECONDS, Size, hash_of, write
from scheduler.domain.planning import Selection
from scheduler.domain.programme import Decision, EditionState, RecordingState, Verdict
from scheduler.domain.text import fold, sort_key
from scheduler.models import (
    Area,
    Edition,
    Episode,
    Loudspeaker,
    Production,
    Recording,
    Review,
    Series,
    SeriesLanguage,
    Slot,
    SlotTarget,
    Zone,
    ZoneLanguage,
)

SERIES = (("cchc", "Thành phố chung tay cải cách thủ tục hành chính", 102), ("an-ninh", "An ninh cơ sở", 51),
          ("nong-vu", "Nông vụ và mùa màng", 26))  # fmt: skip
EPISODES_A_YEAR = 45
TITLES = ("Đăng ký khai sinh cho trẻ em tại xã", "Cấp lại giấy chứng nhận quyền sử dụng đất", "Hộ chiếu phổ thông",
          "Chăm sóc lúa vụ xuân", "Phòng cháy mùa khô", "Trợ cấp xã hội hằng tháng")  # fmt: skip


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

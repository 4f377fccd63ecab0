"""Filling a station with the sample: Sơn La, its zones, two series, the year 2021; a second time adds nothing."""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.coverage import WHOLE_DAY, AreaKind, CarrierKind
from scheduler.domain.logbook import ALL_ZONES, LoggedEdition, LoggedPlay
from scheduler.domain.planning import BroadcastState, Selection
from scheduler.domain.programme import EditionState
from scheduler.domain.text import fold
from scheduler.models import Area, Broadcast, Edition, Episode, Production, Recording, Series, Slot, SlotTarget, Zone
from scheduler.services import approval, coverage, logbook, programme
from scheduler.services import sample_data as data

CARRIER = "file"
REVIEWER = "Hội đồng biên tập (mẫu)"
_LOUDSPEAKERS = ("Nhà văn hóa", "Đầu bản", "Cuối bản")
_FIRST_AIRING = date(2021, 1, 28)
"""A Thursday, a week after the plan of 21 January 2021 that the column was made under."""
_MORNING, _EVENING = time(5, 30), time(17)
_BETWEEN_DEMOS = timedelta(seconds=5)
_TURN, _STEP = math.radians(137.5), 0.004
"""A spiral without rays, its first turn about 400 m wide (in degrees)."""


def fill_places(session: Session, *, now: datetime) -> bool:
    """The areas, zones and loudspeakers; False when they are there already."""
    if session.scalar(select(Area.id).limit(1)) is not None:
        return False
    province = coverage.create_area(
        session, kind=AreaKind.PROVINCE, name=data.PROVINCE, parent=None, valid_from=data.FIRST_DAY
    )
    city = coverage.create_area(session, kind=AreaKind.CITY, name=data.CITY, parent=province, valid_from=data.FIRST_DAY)
    communes = {
        name: coverage.create_area(
            session, kind=AreaKind.COMMUNE, name=name, parent=city, valid_from=data.FIRST_DAY, code=code
        )
        for name, code in (*data.WARDS.items(), *data.XA.items())
    }
    for number, village in enumerate(data.villages()):
        _fill_village(session, village, communes[village.commune], number=number, now=now)
    _reform(session, province, city, communes)
    fill_positions(session)
    return True


def fill_positions(session: Session) -> None:
    """Put the sample on the map where nothing stands yet: communes roughly, villages in a spiral around theirs."""
    for area in session.scalars(select(Area).where(Area.latitude.is_(None), Area.kind == AreaKind.COMMUNE)):
        if area.name in data.TOWARDS:
            area.latitude, area.longitude = _away(data.CENTRE, *data.TOWARDS[area.name])
    placed: Counter[int] = Counter()
    for zone in session.scalars(select(Zone).where(Zone.sample).order_by(Zone.code)):
        commune = zone.area if zone.area.latitude is not None else zone.area.parent
        if zone.latitude is None and commune is not None and commune.latitude is not None:
            turn, out = placed[commune.id] * _TURN, _STEP * math.sqrt(placed[commune.id] + 1)
            centre = commune.latitude, commune.longitude or 0.0
            zone.latitude, zone.longitude = _away(centre, out * math.cos(turn), out * math.sin(turn))
            placed[commune.id] += 1
    session.flush()


def _away(centre: tuple[float, float], north: float, east: float) -> tuple[float, float]:
    return round(centre[0] + north, 5), round(centre[1] + east, 5)


def _fill_village(session: Session, village: data.Village, commune: Area, *, number: int, now: datetime) -> None:
    area = coverage.create_area(
        session,
        kind=AreaKind.VILLAGE,
        name=village.name,
        parent=commune,
        valid_from=data.FIRST_DAY,
        sample=not village.known,
    )
    zone = coverage.create_zone(
        session,
        code=zone_code(village),
        name=f"{village.name}, {village.commune}",
        area=area,
        carrier=CARRIER,
        languages=village.languages,
        now=now,
        sample=True,
    )
    for place in _LOUDSPEAKERS[: 2 + number % 2]:
        coverage.add_loudspeaker(session, zone, place=place, model="loa nén 30 W (mẫu)")


def _reform(session: Session, province: Area, city: Area, communes: dict[str, Area]) -> None:
    made = []
    for ward in data.NEW_WARDS:
        successor = coverage.create_area(
            session, kind=AreaKind.COMMUNE, name=ward.name, parent=province, valid_from=data.REFORM
        )
        coverage.merge_areas(session, [communes[name] for name in ward.made_of], successor, on=data.REFORM)
        made.append((successor, ward.code))
    for successor, code in made:
        coverage.merge_areas(session, [city], successor, on=data.REFORM)
        coverage.give_code(session, successor, code, valid_from=data.REFORM)


def zone_code(village: data.Village) -> str:
    """A code that carriers can use in the names of files, e.g. `CHIENGXOM-BANTONG`."""
    commune, name = (fold(text).replace(" ", "").upper() for text in (village.commune, village.name))
    return f"{commune}-{name.replace('(MAU)', '')}"


def fill_series(session: Session, *, now: datetime) -> bool:
    """The column of the reference year and the short test bulletin; False when they are there already."""
    if session.scalar(select(Series.id).where(Series.code.in_([data.SERIES_CODE, data.DEMO_CODE]))) is not None:
        return False
    programme.create_series(
        session,
        code=data.SERIES_CODE,
        title=data.SERIES_TITLE,
        languages=["vi", "blt"],
        yearly_target=data.YEARLY_TARGET,
        now=now,
    )
    programme.create_series(
        session,
        code=data.DEMO_CODE,
        title=data.DEMO_TITLE,
        languages=["vi", "blt"],
        shortest_seconds=10,
        longest_seconds=120,
        now=now,
    )
    return True


# --- the reference year -------------------------------------------------------------------------------------------
def write_reference_year(path: Path) -> None:
    """The workbook of 2021: 45 episodes in two languages, and 51 broadcasts, which are 102 airings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logbook.write_logbook(path, editions=reference_editions(), plays=reference_plays())


def is_reference_year_known(session: Session) -> bool:
    """Tell whether the reference year has been imported."""
    produced = select(Production.id).where(
        Production.series_code == data.SERIES_CODE, Production.episode_year == data.REFERENCE_YEAR
    )
    return session.scalar(produced.limit(1)) is not None


def reference_editions() -> list[LoggedEdition]:
    """Every edition of the reference year, approved two days before it first aired."""
    return [
        LoggedEdition(
            number=number,
            title=f"{title} (mẫu)",
            language=language,
            seconds=_length(number, language),
            approved_on=_first_day(number) - timedelta(days=2),
        )
        for number, title in enumerate(data.PROCEDURES, start=1)
        for language in ("vi", "blt")
    ]


def reference_plays() -> list[LoggedPlay]:
    """Each episode once on a Thursday morning; every seventh again on the Monday evening after."""
    numbers = range(1, len(data.PROCEDURES) + 1)
    plays = [(_first_day(number), _MORNING, number) for number in numbers]
    plays += [(_first_day(number) + timedelta(days=4), _EVENING, number) for number in numbers if number % 7 == 0]
    return [
        LoggedPlay(
            day=day,
            at=at,
            number=number,
            language=language,
            zone=ALL_ZONES,
            seconds=_length(number, language),
            confirmed_by=data.CONFIRMED_BY,
            note="số liệu mẫu",
        )
        for day, at, number in sorted(plays)
        for language in ("blt", "vi")
    ]


def _first_day(number: int) -> date:
    return _FIRST_AIRING + timedelta(weeks=number - 1)


def _length(number: int, language: str) -> float:
    return 490.0 + (number * 37 + len(language) * 11) % 100


# --- recordings, slots, the test bulletin ---------------------------------------------------------------------------
def episode_to_record(session: Session, code: str, *, year: int, now: datetime) -> Episode | None:
    """The episode of this year that gets spoken recordings; None when the series has recordings of its own."""
    series = programme.get_series(session, code)
    title = data.MAIN_TITLE if code == data.SERIES_CODE else data.DEMO_TITLE
    found = programme.find_episodes(session, series=series, year=year)
    begun = next((episode for episode in found if episode.title == title), None)
    recorded = select(Recording.id).join(Recording.edition).join(Edition.episode).where(Episode.series_id == series.id)
    if begun is not None or session.scalar(recorded.limit(1)) is not None:
        return begun
    return found[0] if found else programme.create_episode(
        session, series, year=year, number=1, title=title, now=now, topic="mẫu"
    )  # fmt: skip


def find_undecided(session: Session, codes: Iterable[str], *, by: str) -> list[int]:
    """Sample recordings of these series on which nobody has decided yet, also those of a run that was broken off."""
    open_states = (EditionState.DRAFT, EditionState.MEASURED, EditionState.SUBMITTED)
    return list(
        session.scalars(
            select(Recording.id)
            .join(Edition, Recording.edition_id == Edition.id)
            .join(Edition.episode)
            .join(Episode.series)
            .where(Series.code.in_(codes), Recording.received_by == by)
            .where(Edition.approved_recording_id.is_(None), Edition.state.in_(open_states))
            .order_by(Recording.id)
        )
    )


def approve_sample(session: Session, recordings: Iterable[int], *, now: datetime, zone: ZoneInfo) -> None:
    """Let the spoken samples air."""
    for number in recordings:
        recording = session.get_one(Recording, number)
        approval.approve(
            session,
            recording.edition,
            reviewer=REVIEWER,
            sha256=recording.sha256,
            reason="bản thu mẫu",
            now=now,
            zone=zone,
        )


def fill_slots(session: Session, *, today: date, now: datetime) -> bool:
    """The column twice a week, new at 05:30 and again at 17:00, in all of today's phường."""
    if session.scalar(select(Slot.id).limit(1)) is not None:
        return False
    series = programme.get_series(session, data.SERIES_CODE)
    wards = [coverage.get_area(session, ward.code, on=today) for ward in data.NEW_WARDS]
    morning = _slot(series, wards, code="cchc-sang", title="Buổi sáng", at=_MORNING, today=today, now=now)
    evening = _slot(series, wards, code="cchc-chieu", title="Buổi chiều, phát lại", at=_EVENING, today=today, now=now)
    session.add(morning)
    session.flush()
    evening.selection, evening.repeats_slot_id = Selection.REPEAT, morning.id
    session.add(evening)
    session.flush()
    return True


def _slot(series: Series, wards: list[Area], *, code: str, title: str, at: time, today: date, now: datetime) -> Slot:
    return Slot(
        code=code,
        title=title,
        series=series,
        rrule="FREQ=WEEKLY;BYDAY=MO,TH",
        starts_at_local=at,
        valid_from=today,
        selection=Selection.NEXT,
        created_at=now,
        targets=[SlotTarget(area_id=ward.id) for ward in wards],
    )


def fill_demo_zone(session: Session, *, now: datetime) -> bool:
    """A zone that may sound at any hour, so that a newcomer hears something at once; made after the past came in."""
    if session.scalar(select(Zone.id).where(Zone.code == data.DEMO_ZONE)) is not None:
        return False
    province = session.scalars(select(Area).where(Area.kind == AreaKind.PROVINCE)).first()
    if province is None:
        return False
    zone = coverage.create_zone(
        session,
        code=data.DEMO_ZONE,
        name="Vùng thử (mẫu)",
        area=province,
        carrier=CARRIER,
        languages=["blt", "vi"],
        hours=WHOLE_DAY,
        now=now,
        sample=True,
    )
    coverage.add_loudspeaker(session, zone, place="Phòng máy (mẫu)")
    return True


def fill_village_zones(session: Session, *, now: datetime) -> bool:
    """Two villages that players sound, at any hour; False when they are there already, or the places are not.

    Like the test zone they are made after the past came in, which they have no part in.
    """
    beside = session.scalars(select(Zone).where(Zone.sample, Zone.code.startswith("CHIENGXOM-")).limit(1)).first()
    known = session.scalar(select(Zone.id).where(Zone.code.in_(data.VILLAGE_ZONES)))
    if known is not None or beside is None:
        return False
    for code, (name, languages) in data.VILLAGE_ZONES.items():
        area = coverage.create_area(
            session,
            kind=AreaKind.VILLAGE,
            name=name.removesuffix(" (mẫu)"),
            parent=beside.area.parent,
            valid_from=data.FIRST_DAY,
            sample=True,
        )
        zone = coverage.create_zone(
            session,
            code=code,
            name=name,
            area=area,
            carrier=CarrierKind.VILLAGE,
            languages=languages,
            hours=WHOLE_DAY,
            now=now,
            sample=True,
        )
        coverage.add_loudspeaker(session, zone, place="Nhà văn hóa", model="loa nén 30 W (mẫu)")
    fill_positions(session)
    return True


def find_demo_start(session: Session, *, earliest: datetime) -> datetime:
    """When the next test broadcast can start: not before the one that a quick second try planned is over."""
    last_end = session.scalar(
        select(func.max(Broadcast.ends_at))
        .join(Series, Series.id == Broadcast.series_id)
        .where(Series.code == data.DEMO_CODE, Broadcast.state != BroadcastState.CANCELLED)
    )
    starts_at = earliest if last_end is None else max(earliest, last_end + _BETWEEN_DEMOS)
    return starts_at.replace(microsecond=0)


def set_signature(session: Session, *, chime: tuple[str, float], outro: tuple[str, float]) -> None:
    """Chime and outro (bytes and seconds) for the sample zones that have none."""
    for zone in session.scalars(select(Zone).where(Zone.sample, Zone.chime_sha256.is_(None))):
        zone.chime_sha256, zone.chime_seconds = chime
        zone.outro_sha256, zone.outro_seconds = outro

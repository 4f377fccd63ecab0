"""The sample is Sơn La as the sources tell it, its year counts as the report says, and a second time adds nothing."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.domain.time import STATION_ZONE
from scheduler.models import AiringTally, Area, Edition, Loudspeaker, Production, Row, Slot, Zone
from scheduler.services import coverage, logbook, programme, sample
from scheduler.services import sample_data as data
from tests.factories import NOW

TODAY = date(2026, 11, 24)


@pytest.fixture
def places(session: Session) -> Session:
    sample.fill_places(session, now=NOW)
    sample.fill_series(session, now=NOW)
    return session


def rows(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in Row.metadata.sorted_tables
    }


def test_the_city_of_2021_has_twelve_communes_with_their_codes(places: Session) -> None:
    day = date(2021, 6, 1)
    found = {
        area.name: coverage.code_of(area, on=day)
        for area in coverage.find_areas(places, on=day)
        if area.kind == "commune"
    }
    assert found == {**data.WARDS, **data.XA}


def test_after_the_reform_four_communes_bear_codes_of_others(places: Session) -> None:
    found = {
        area.name: coverage.code_of(area, on=TODAY)
        for area in coverage.find_areas(places, on=TODAY)
        if area.kind == "commune"
    }
    assert found == {"Tô Hiệu": "03646", "Chiềng An": "03664", "Chiềng Cơi": "03670", "Chiềng Sinh": "03679"}
    before = coverage.find_area(places, "03664", on=date(2025, 6, 30))
    assert before is not None
    assert before.name == "Chiềng Xôm"


def test_the_zones_of_the_sample_stand_on_the_map_around_the_city_each_at_its_own_place(places: Session) -> None:
    found = {(zone.latitude, zone.longitude) for zone in places.scalars(select(Zone))}
    assert len(found) == len(places.scalars(select(Zone)).all())
    assert all(abs(lat - data.CENTRE[0]) < 0.1 and abs(lon - data.CENTRE[1]) < 0.1 for lat, lon in found if lat and lon)
    assert (None, None) not in found


def test_a_place_that_somebody_gave_is_kept(places: Session) -> None:
    tong = coverage.get_zone(places, "CHIENGXOM-BANTONG")
    tong.latitude, tong.longitude = 21.5, 103.5
    sample.fill_positions(places)
    assert (tong.latitude, tong.longitude) == (21.5, 103.5)


def test_every_zone_lies_in_one_commune_before_and_after(places: Session) -> None:
    tree = coverage.load_tree(places)
    zones = places.scalars(select(Zone)).all()
    assert 30 <= len(zones) <= 40
    for day in (date(2021, 6, 1), TODAY):
        assert {tree.commune_of(zone.area_id, on=day).kind for zone in zones} == {"commune"}
    tong = coverage.get_zone(places, "CHIENGXOM-BANTONG")
    assert tree.commune_of(tong.area_id, on=date(2021, 6, 1)).name == "Chiềng Xôm"
    assert tree.commune_of(tong.area_id, on=TODAY).name == "Chiềng An"


def test_all_three_kinds_of_hearing_are_there_and_each_zone_has_loudspeakers(places: Session) -> None:
    zones = places.scalars(select(Zone)).all()
    assert {tuple(item.language for item in zone.languages) for zone in zones} == {("blt", "vi"), ("vi",), ("blt",)}
    assert {coverage.count_working(zone) for zone in zones} == {2, 3}


def test_only_the_known_villages_are_not_marked_as_samples(places: Session) -> None:
    known = places.scalars(select(Area).where(Area.kind == "village", Area.sample.is_(False))).all()
    assert len(known) == 15
    assert {area.parent.name for area in known if area.parent} == {"Chiềng Xôm"}


def test_the_reference_year_is_imported_as_90_productions_and_102_airings(places: Session, tmp_path: Path) -> None:
    path = tmp_path / "năm" / "nhật ký.xlsx"
    sample.write_reference_year(path)
    logbook.import_file(places, path, by="mẫu", now=NOW, zone=STATION_ZONE, series=data.SERIES_CODE)
    year = (date(2021, 1, 1), date(2021, 12, 31))
    produced = places.execute(
        select(Production.language, func.count())
        .where(Production.local_day.between(*year))
        .group_by(Production.language)
    ).all()
    assert sorted(tuple(row) for row in produced) == [("blt", 45), ("vi", 45)]
    counted = (
        select(func.count()).select_from(AiringTally).where(AiringTally.counts, AiringTally.local_day.between(*year))
    )
    assert places.scalar(counted) == 102
    assert places.scalar(select(func.count()).select_from(AiringTally)) == 102
    assert sample.is_reference_year_known(places)


def test_all_of_the_reference_year_lies_in_that_year_after_the_plan_and_within_the_rule() -> None:
    days = [play.day for play in sample.reference_plays()] + [item.approved_on for item in sample.reference_editions()]
    assert min(days) > date(2021, 1, 21)
    assert max(days) < date(2022, 1, 1)
    assert all(480 <= item.seconds <= 600 for item in sample.reference_editions())


def test_no_title_in_thai_is_made_up(places: Session, tmp_path: Path) -> None:
    sample.write_reference_year(tmp_path / "a.xlsx")
    logbook.import_file(places, tmp_path / "a.xlsx", by="mẫu", now=NOW, zone=STATION_ZONE, series=data.SERIES_CODE)
    assert set(places.scalars(select(Edition.title).where(Edition.language == "blt"))) == {""}


def test_a_second_time_adds_nothing(places: Session) -> None:
    def fill() -> list[bool]:
        done = [
            sample.fill_places(places, now=NOW),
            sample.fill_series(places, now=NOW),
            sample.fill_slots(places, today=TODAY, now=NOW),
            sample.fill_demo_zone(places, now=NOW),
        ]
        sample.set_signature(places, chime=("a" * 64, 2.0), outro=("b" * 64, 1.0))
        return done

    assert fill() == [False, False, True, True]
    before = rows(places)
    assert fill() == [False, False, False, False]
    assert rows(places) == before


def test_slots_reach_every_village_and_repeat_in_the_evening(places: Session) -> None:
    sample.fill_slots(places, today=TODAY, now=NOW)
    morning, evening = places.scalars(select(Slot).order_by(Slot.id)).all()
    assert evening.repeats_slot_id == morning.id
    tree = coverage.load_tree(places)
    reached = {
        zone.code
        for target in morning.targets
        for zone in coverage.zones_of(places, places.get_one(Area, target.area_id), on=TODAY, tree=tree)
    }
    assert reached == set(places.scalars(select(Zone.code)))


def test_the_test_zone_may_sound_at_any_hour(places: Session) -> None:
    sample.fill_demo_zone(places, now=NOW)
    assert coverage.get_zone(places, data.DEMO_ZONE).allowed_hours == [["00:00", "24:00"]]
    assert (places.scalar(select(func.count()).select_from(Loudspeaker)) or 0) > 70


def test_two_villages_wait_for_players_and_may_sound_at_any_hour(places: Session) -> None:
    assert sample.fill_village_zones(places, now=NOW)
    assert not sample.fill_village_zones(places, now=NOW)
    zones = [coverage.get_zone(places, code) for code in data.VILLAGE_ZONES]
    assert [zone.carrier for zone in zones] == ["village", "village"]
    assert all(zone.sample and zone.allowed_hours == [["00:00", "24:00"]] for zone in zones)
    assert all(zone.latitude is not None for zone in zones)
    tree = coverage.load_tree(places)
    assert {tree.commune_of(zone.area_id, on=TODAY).name for zone in zones} == {"Chiềng An"}


def test_a_series_with_recordings_gets_no_more_of_them(places: Session) -> None:
    episode = sample.episode_to_record(places, data.DEMO_CODE, year=2026, now=NOW)
    assert episode is not None
    assert [edition.language for edition in episode.editions] == ["vi", "blt"]
    assert sample.episode_to_record(places, data.DEMO_CODE, year=2026, now=NOW) is episode
    from tests.services.test_programme import a_take

    a_take(places, programme.edition_of(episode, "vi"), name="một")
    assert sample.episode_to_record(places, data.DEMO_CODE, year=2027, now=NOW) is None


def test_recordings_of_a_run_that_was_broken_off_are_found_again(places: Session) -> None:
    from tests.services.test_programme import a_take

    episode = sample.episode_to_record(places, data.DEMO_CODE, year=2026, now=NOW)
    assert episode is not None
    take = a_take(places, programme.edition_of(episode, "vi"), name="một")
    take.received_by = "loaban sample"
    places.flush()
    assert sample.find_undecided(places, [data.DEMO_CODE], by="loaban sample") == [take.id]
    assert sample.find_undecided(places, [data.SERIES_CODE], by="loaban sample") == []
    sample.approve_sample(places, [take.id], now=NOW, zone=STATION_ZONE)
    assert sample.find_undecided(places, [data.DEMO_CODE], by="loaban sample") == []
    assert sample.episode_to_record(places, data.DEMO_CODE, year=2026, now=NOW) is episode


def test_a_test_broadcast_waits_for_the_one_before(places: Session) -> None:
    from tests.factories import make_broadcast, make_edition

    episode = sample.episode_to_record(places, data.DEMO_CODE, year=2026, now=NOW)
    assert episode is not None
    earliest = NOW + timedelta(seconds=50)
    assert sample.find_demo_start(places, earliest=earliest) == earliest
    places.delete(episode.editions[0])
    places.flush()
    places.expire(episode)
    edition = make_edition(places, episode, language="vi", seconds=30)
    zone = coverage.get_zone(places, "CHIENGXOM-TIEUKHU1")
    pending = make_broadcast(places, editions=(edition,), zones=(zone,), starts_in=timedelta(seconds=40))
    assert sample.find_demo_start(places, earliest=earliest) > pending.ends_at

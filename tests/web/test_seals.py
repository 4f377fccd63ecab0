"""The pages of seals, and the way from a number of the report to what stands behind each of its broadcasts."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from scheduler.commands.sealing import open_sealer
from scheduler.domain.people import Role
from scheduler.domain.time import local_day
from scheduler.models import Area, AsRunEntry
from scheduler.services import logbook
from scheduler.station import Station
from tests.services.sealed_station import unguard
from tests.services.test_logbook import a_station, reference_year
from tests.web.station import WELL, PageClient, client_for, fill_morning, make_station
from web.app import create_app


def seal(station: Station) -> None:
    now = station.clock.now()
    open_sealer(station).seal(local_day(now, station.settings.time_zone) - timedelta(days=1), now=now)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path, filled_by=fill_morning)
    yield station
    station.engine.dispose()


def browser(station: Station, **who: Any) -> PageClient:
    return client_for(create_app(station, look_at_machine=lambda: WELL, shared_for=timedelta(0)), **who)


def words(answer: TestResponse) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def an_entry(station: Station) -> AsRunEntry:
    with station.readers.begin() as session:
        return session.scalars(select(AsRunEntry).order_by(AsRunEntry.id)).all()[1]


def tamper(station: Station, statement: str) -> None:
    with station.sessions.begin() as session:
        unguard(session)
        session.execute(text(statement))


# --- seals ----------------------------------------------------------------------------------------------------------
def test_the_list_tells_the_seals_the_key_and_what_is_not_sealed_yet(station: Station) -> None:
    pages = browser(station)
    before = words(pages.get("/seals/"))
    assert "Chưa có niêm phong nào" in before
    assert "5 dòng ghi sau niêm phong mới nhất" in before
    seal(station)
    page = words(pages.get("/seals/"))
    assert "Niêm phong số 1" in page
    assert "23/11/2026" in page
    assert "0 dòng ghi sau niêm phong mới nhất" in page
    assert open_sealer(station).signer.public in page
    one = words(pages.get("/seals/1"))
    assert "<dd>5 dòng, từ số 1 đến số 5</dd>" in one
    assert pages.get("/seals/2").status_code == 404
    now = station.clock.now()
    open_sealer(station).seal(local_day(now, station.settings.time_zone), now=now + timedelta(days=1))
    assert words(pages.get("/seals/2")).count("<dd>không có dòng nào</dd>") == 2


def test_check_now_names_the_row_that_was_edited(station: Station) -> None:
    seal(station)
    pages = browser(station)
    assert re.search(r"Đã xem 1 niêm phong, \d+ dòng: mọi dòng đúng", words(pages.post("/seals/verify")))
    number = an_entry(station).id
    tamper(station, f"UPDATE as_run_entry SET seconds_sounded = 540.5 WHERE id = {number}")
    page = words(pages.post("/seals/verify"))
    assert f"Dòng nhật ký số {number} đã bị sửa sau khi niêm phong số 1." in page
    english = browser(station, login="mary")
    english.post("/language", data={"language": "en", "next": "/"})
    assert f"Log entry {number} was edited after seal 1." in words(english.post("/seals/verify"))


def test_an_entry_is_proven_to_be_under_its_seal(station: Station) -> None:
    pages, entry = browser(station), an_entry(station)
    assert pages.get(f"/seals/entry/{entry.id}").status_code == 409, "not sealed yet"
    seal(station)
    assert "đúng từng byte như lúc niêm" in words(pages.get(f"/seals/entry/{entry.id}"))
    proof = json.loads(pages.get(f"/seals/entry/{entry.id}.json").get_data())
    assert json.loads(proof["row"])[2] == entry.airing_id.hex
    line = json.loads(pages.get("/seals/1.json").get_data())
    assert line["statement"] == proof["statement"]
    tamper(station, f"UPDATE as_run_entry SET note = 'x' WHERE id = {entry.id}")
    assert "không còn như lúc niêm" in words(pages.get(f"/seals/entry/{entry.id}"))


def test_the_evidence_of_a_period_is_for_those_who_see_the_whole_station(station: Station) -> None:
    seal(station)
    pages = browser(station, role=Role.VIEWER)
    asked = {"first": "24/11/2026", "last": "24/11/2026"}
    with pages.post("/seals/export", data=asked) as answer:
        assert answer.mimetype == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.get_data())) as export:
            assert len(export.read("entries.jsonl").splitlines()) == 5
    assert pages.post("/seals/export", data={**asked, "last": "23/11/2026"}).status_code == 422
    with station.readers.begin() as session:
        area = session.scalars(select(Area.id).order_by(Area.id)).first()
    assert browser(station, role=Role.VIEWER, area=area).get("/seals/export").status_code == 403


def test_a_row_of_another_area_is_not_shown_by_its_proof(station: Station) -> None:
    seal(station)
    with station.sessions.begin() as session:
        lone = Area(kind="commune", name="Hua La", name_search="hua la", valid_from=local_day(
            station.clock.now(), station.settings.time_zone))  # fmt: skip
        session.add(lone)
        session.flush()
        number = lone.id
    pages, entry = browser(station, area=number), an_entry(station)
    assert pages.get(f"/seals/entry/{entry.id}").status_code == 404
    assert pages.get(f"/seals/entry/{entry.id}.json").status_code == 404
    assert pages.get(f"/log/airings/{entry.airing_id}").status_code == 404


# --- three clicks -----------------------------------------------------------------------------------------------------
def test_an_airing_shows_entries_recording_approver_and_seal(station: Station) -> None:
    entry = an_entry(station)
    pages = browser(station)
    assert "chưa niêm phong" in words(pages.get(f"/log/airings/{entry.airing_id}"))
    seal(station)
    page = words(pages.get(f"/log/airings/{entry.airing_id}"))
    assert entry.zone_name in page
    assert str(entry.recording_sha256) in page
    assert "<audio controls" in page
    assert f'/seals/entry/{entry.id}"' in page
    assert "niêm phong số 1" in page


@pytest.fixture
def year(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path)
    with station.sessions.begin() as session:
        a_station(session)
        editions, plays = reference_year()
        logbook.write_logbook(tmp_path / "2021.xlsx", editions=editions, plays=plays)
        logbook.import_file(
            session, tmp_path / "2021.xlsx", by="Mai", now=station.clock.now(), zone=station.settings.time_zone, series=None
        )  # fmt: skip
    seal(station)
    yield station
    station.engine.dispose()


def test_every_one_of_the_102_is_three_clicks_from_its_seal(year: Station) -> None:
    pages = browser(year)
    counts = pages.get("/counts/?first=2021-01-01&last=2021-12-31").get_data(as_text=True)
    link = re.search(r'class="figure"><a href="(/log/airings\?[^"]*)">102</a>', counts)
    assert link, "the number of the report leads on"
    airings: set[str] = set()
    for page in (1, 2):
        found = pages.get(link.group(1).replace("&amp;", "&") + f"&page={page}").get_data(as_text=True)
        airings |= set(re.findall(r'href="(/log/airings/[0-9a-f-]{36})"', found))
    assert len(airings) == 102
    for path in airings:
        shown = pages.get(path).get_data(as_text=True)
        assert "được tính" in shown
        assert "Người duyệt" in shown
        assert re.search(r'href="/seals/entry/\d+"', shown), "the third click"
    proof = re.search(r'href="(/seals/entry/\d+)"', shown)
    assert proof
    assert "đúng từng byte như lúc niêm" in words(pages.get(proof.group(1)))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", ["first", "last"])
def test_evidence_of_a_year_that_nobody_means_is_refused_in_words(station: Station, name: str, day: str) -> None:
    seal(station)
    asked = {"first": "2026-11-24", "last": "2026-11-24", name: day}
    answer = browser(station).post("/seals/export", data=asked)
    assert answer.status_code == 422 and "Ngày phải có thật" in words(answer)

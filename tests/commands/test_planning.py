"""Slots, one-offs and the plan from the command line."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from scheduler.__main__ import cli
from scheduler.clock import SystemClock
from scheduler.config import load_settings
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadRecurrence, NotAnOccurrence, NothingToPlan, TooLateToPlan, UnknownBroadcast, UnknownSlot
from scheduler.services import coverage
from scheduler.station import Station, open_station
from tests.databases import put_migrated_sqlite
from tests.factories import make_edition, make_episode, make_series, make_zone

Run = Callable[..., Result]
NOW = SystemClock().now().astimezone(STATION_ZONE)
DAYS = [(NOW + timedelta(days=n)).date() for n in range(16)]
FAR = DAYS[3]


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    put_migrated_sqlite(tmp_path / "station.db")
    station = open_station(load_settings({"LOABAN_HOME": str(tmp_path)}))
    with station.sessions.begin() as session:
        fill(session)
    yield station
    station.engine.dispose()


def fill(session: Session) -> None:
    """Bản Tông (Thái, phổ thông) at all hours, tổ 1 (phổ thông) never; six episodes, of which the second lacks Thái."""
    series = make_series(session)
    city = coverage.create_area(session, kind="city", name="Sơn La", parent=None, valid_from=date(2004, 1, 1))
    make_zone(session, area=city, allowed_hours=[["00:00", "24:00"]])
    make_zone(session, code="TO1", name="Tổ 1", area=city, languages=("vi",), allowed_hours=[])
    for number in range(1, 7):
        episode = make_episode(session, series, number=number)
        make_edition(session, episode, language="vi")
        if number != 2:
            make_edition(session, episode, language="blt")


@pytest.fixture
def run(station: Station) -> Run:
    def run(*words: str, fails: type[Exception] | None = None) -> Result:
        result = CliRunner().invoke(cli, words)
        if fails is None:
            assert result.exception is None, result.output
        else:
            assert isinstance(result.exception, fails), result.output
        return result

    return run


@pytest.fixture
def morning(run: Run) -> None:
    run("slot", "add", "sang", "--series", "cchc", "--rrule", "FREQ=DAILY", "--time", "05:30", "--area", "Sơn La")


def plan(run: Run, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("plan", *words, "--json").stdout)
    return found


def far(run: Run) -> dict[str, Any]:
    """The one broadcast of a day ahead."""
    (found,) = plan(run, "--from", FAR.isoformat(), "--to", FAR.isoformat())["broadcasts"]
    return found


def test_a_plan_says_what_airs_when_where_and_why(run: Run, morning: None) -> None:
    shown = plan(run, "--from", DAYS[1].isoformat(), "--to", DAYS[2].isoformat())
    first, second = shown["broadcasts"]
    begins = datetime.fromisoformat(first["starts_at"])
    assert first == {
        "slot": "sang",
        "occurrence": DAYS[1].isoformat(),
        "broadcast": None,
        "episode": first["episode"],
        "starts_at": f"{DAYS[1].isoformat()}T05:30:00+07:00",
        "ends_at": first["ends_at"],
        "priority": 1,
        "pinned": False,
        "why": {"code": "next"},
        "zones": [
            {
                "zone": "TONG",
                "languages": first["zones"][0]["languages"],
                "starts_at": first["starts_at"],
                "ends_at": first["ends_at"],
            }
        ],
    }
    lasts = 540 * len(first["zones"][0]["languages"])
    assert datetime.fromisoformat(first["ends_at"]) == begins + timedelta(seconds=lasts)
    assert second["episode"]["number"] == first["episode"]["number"] + 1


def test_a_plan_tells_what_is_wrong_and_where(run: Run, morning: None) -> None:
    findings = plan(run, "--from", DAYS[1].isoformat(), "--to", DAYS[3].isoformat())["findings"]
    closed = [item for item in findings if item["code"] == "outside_allowed_hours"]
    assert {tuple(item["zones"]) for item in closed} == {("TO1",)}
    assert [item["occurrence"] for item in closed] == [day.isoformat() for day in DAYS[1:4]]
    missing = [item for item in findings if item["code"] == "edition_missing"]
    assert [(item["zones"], item["language"], item["number"]) for item in missing] == [(["TONG"], "blt", 2)]


def test_a_plan_reads_as_vietnamese_by_day(run: Run, morning: None) -> None:
    shown = run("plan", "--from", FAR.isoformat(), "--to", FAR.isoformat())
    assert f"{FAR:%d/%m/%Y}" in shown.stdout
    assert "05:30–" in shown.stdout
    assert "số kế tiếp chưa phát" in shown.stdout
    assert "TONG" in shown.stdout
    assert "ngoài giờ được phát (không giờ nào)" in shown.stderr


def test_writing_the_plan_says_what_changed(run: Run, morning: None) -> None:
    assert "0 buổi mới, 0 đổi, 0 hủy" in run("plan", "--write").stderr


def test_days_of_the_week_and_validity(run: Run) -> None:
    words = ("slot", "add", "sang", "--series", "cchc", "--days", "MO,TH", "--time", "05:30", "--zone", "TONG")
    run(*words, "--from", DAYS[1].isoformat(), "--to", DAYS[9].isoformat())
    shown = plan(run, "--from", DAYS[0].isoformat(), "--to", DAYS[15].isoformat())["broadcasts"]
    assert [item["occurrence"] for item in shown] == [day.isoformat() for day in DAYS[1:9] if day.weekday() in (0, 3)]
    (told,) = json.loads(run("slot", "list", "--json").stdout)
    assert (told["code"], told["rrule"], told["targets"]) == ("sang", "FREQ=WEEKLY;BYDAY=MO,TH", ["TONG"])
    listed = run("slot", "list").stdout
    assert all(told in listed for told in ("sang", "thứ Hai,", "thứ Năm", f"{DAYS[1]:%d/%m/%Y}", f"{DAYS[9]:%d/%m/%Y}"))
    assert "FREQ" not in listed


def test_one_date_is_cancelled_moved_pinned_and_taken_back(run: Run, morning: None) -> None:
    on = ("--on", FAR.isoformat())
    before = far(run)
    run("slot", "pin", "sang", *on, "--episode", "6")
    assert (far(run)["episode"]["number"], far(run)["pinned"]) == (6, True)
    run("slot", "move", "sang", *on, "--to", f"{FAR:%d/%m/%Y} 09:15")
    assert far(run)["starts_at"] == f"{FAR.isoformat()}T09:15:00+07:00"
    assert "ngoài giờ được phát" in run("slot", "move", "sang", *on, "--to", f"{FAR:%d/%m/%Y} 22:15").stderr
    run("slot", "cancel", "sang", *on, "--reason", "mất điện")
    assert plan(run, "--from", FAR.isoformat(), "--to", FAR.isoformat())["broadcasts"] == []
    run("slot", "restore", "sang", *on)
    assert far(run) == before


def test_a_slot_that_repeats_another_and_one_that_pins(run: Run, morning: None) -> None:
    place = ("--series", "cchc", "--rrule", "FREQ=DAILY", "--zone", "TONG")
    run("slot", "add", "chieu", *place, "--time", "17:00", "--selection", "repeat", "--repeats", "sang")
    run("slot", "add", "toi", *place, "--time", "19:00", "--selection", "pinned", "--episode", "4", "--priority", "2")
    shown = plan(run, "--from", FAR.isoformat(), "--to", FAR.isoformat())["broadcasts"]
    assert [item["slot"] for item in shown] == ["sang", "chieu", "toi"]
    assert shown[1]["episode"] == shown[0]["episode"]
    assert shown[1]["why"] == {"code": "repeat", "slot": "sang", "occurrence": FAR.isoformat()}
    assert (shown[2]["episode"]["number"], shown[2]["priority"]) == (4, 2)


def test_a_removed_slot_is_planned_no_more(run: Run, morning: None) -> None:
    run("slot", "remove", "sang")
    assert plan(run, "--from", FAR.isoformat(), "--to", FAR.isoformat())["broadcasts"] == []
    run("slot", "cancel", "sang", "--on", FAR.isoformat(), fails=UnknownSlot)


def test_what_cannot_be_is_refused(run: Run, morning: None) -> None:
    place = ("--series", "cchc", "--zone", "TONG", "--time", "05:30")
    run("slot", "add", "x", *place, "--rrule", "FREQ=MINUTELY", fails=BadRecurrence)
    run("slot", "add", "x", *place, "--days", "T2", fails=BadRecurrence)
    run("slot", "add", "x", *place, fails=SystemExit)
    run("slot", "cancel", "sang", "--on", (DAYS[0] - timedelta(days=5)).isoformat(), fails=NotAnOccurrence)
    run("slot", "move", "sang", "--on", FAR.isoformat(), "--to", "2020-01-01 05:00", fails=TooLateToPlan)
    run("broadcast", "cancel", "nothing", fails=UnknownBroadcast)
    run("plan", "--from", DAYS[2].isoformat(), "--to", DAYS[1].isoformat(), fails=SystemExit)


def test_a_one_off_is_added_listed_and_cancelled(run: Run) -> None:
    words = ("broadcast", "add", "--series", "cchc", "--episode", "3", "--area", "Sơn La")
    added = run(*words, "--at", f"{FAR.isoformat()} 10:00")
    assert "tại 1 vùng" in added.stdout
    assert "TO1" in added.stderr
    listing = ("broadcast", "list", "--from", FAR.isoformat(), "--to", FAR.isoformat())
    (told,) = json.loads(run(*listing, "--json").stdout)
    assert (told["slot"], told["episode"], told["state"], told["zones"]) == (None, "3/2026", "planned", 1)
    assert told["starts_at"] == f"{FAR.isoformat()}T10:00:00+07:00"
    run("broadcast", "cancel", told["broadcast"])
    assert json.loads(run(*listing, "--json").stdout)[0]["state"] == "cancelled"
    listed = run(*listing).stdout
    assert "đã hủy" in listed and "thông thường" in listed


def test_a_one_off_in_seconds(run: Run) -> None:
    run("broadcast", "add", "--series", "cchc", "--episode", "3", "--zone", "TONG", "--in", "600", "--exercise")
    first, last = DAYS[0].isoformat(), DAYS[1].isoformat()
    (told,) = json.loads(run("broadcast", "list", "--from", first, "--to", last, "--json").stdout)
    assert told["exercise"] is True


def test_a_one_off_that_no_zone_can_carry_says_why_in_words(run: Run) -> None:
    words = ("broadcast", "add", "--series", "cchc", "--episode", "3", "--zone", "TO1", "--in", "600")
    refused = run(*words, fails=NothingToPlan)
    assert isinstance(refused.exception, NothingToPlan)
    assert "ngoài giờ được phát" in str(refused.exception.facts["findings"])

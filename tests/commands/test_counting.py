"""The counting commands print what people and machines read, and name every problem of a logbook."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from scheduler.commands import counting as commands
from scheduler.config import load_settings
from scheduler.errors import LogbookProblems, LogbookUnreadable
from scheduler.models import AiringTally, Alarm
from scheduler.services import logbook
from scheduler.station import Station
from tests.databases import put_sqlite
from tests.fakes import SteppingClock
from tests.services.test_logbook import a_station, reference_year

Run = Callable[..., Result]
BY_NAME = {command.name: command for command in commands.COMMANDS}
SENTENCE = (
    "Trong năm 2021, đã xây dựng 90 chuyên mục (45 chuyên mục tiếng phổ thông, 45 chuyên mục tiếng Thái), "
    "phát 102 lần chuyên mục “Thành phố chung tay cải cách thủ tục hành chính”."
)


@pytest.fixture
def station(tmp_path: Path, clock: SteppingClock) -> Station:
    put_sqlite(tmp_path / "station.db")
    station = Station(settings=load_settings({"LOABAN_HOME": str(tmp_path)}), clock=clock)
    with station.sessions.begin() as session:
        a_station(session)
    return station


@pytest.fixture
def run(station: Station) -> Run:
    def run(name: str, *arguments: str) -> Result:
        return CliRunner().invoke(BY_NAME[name], arguments, obj=station)

    return run


@pytest.fixture
def past(run: Run, tmp_path: Path) -> Path:
    editions, plays = reference_year()
    logbook.write_logbook(tmp_path / "2021.xlsx", editions=editions, plays=plays)
    result = run("import", str(tmp_path / "2021.xlsx"))
    assert result.exit_code == 0, result.output
    assert "Đã nhập 90 bản tiếng, 102 lần phát" in result.output
    return tmp_path / "2021.xlsx"


def test_the_year_is_told_in_one_sentence(run: Run, past: Path) -> None:
    result = run("count", "--from", "2021-01-01", "--to", "31/12/2021")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == SENTENCE
    assert "Quy tắc số 1: ít nhất một vùng phát được từ 90%, bằng chứng ít nhất" in result.output


def test_why_airings_do_not_count_is_told_in_words(run: Run, past: Path, station: Station) -> None:
    with station.sessions.begin() as session:
        session.execute(AiringTally.__table__.update().values(counts=False))  # type: ignore[attr-defined]
    result = run("count", "--from", "2021-01-01", "--to", "2021-12-31")
    assert "Không tính: 102 lần (không rõ lý do)" in result.output


def test_machines_get_exactly_these_figures(run: Run, past: Path) -> None:
    told = json.loads(run("count", "--from", "01/01/2021", "--to", "2021-12-31", "--format", "json").output)
    assert told == {
        "produced": {"total": 90, "by_language": {"vi": 45, "blt": 45}},
        "broadcast": {"total": 102, "by_language": {"vi": 51, "blt": 51}},
        "planned": 102,
        "missed_by_reason": {},
        "rule": {"number": 1, "least_share": 0.9, "least_evidence": "handed_over"},
        "rules": [
            {
                "number": 1,
                "least_share": 0.9,
                "least_evidence": "handed_over",
                "first": "2021-01-01",
                "last": "2021-12-31",
            }
        ],
        "sentence": SENTENCE,
        "apart": {"exercise": 0, "emergency": 0},
    }


def test_a_spreadsheet_gets_one_figure_a_line(run: Run, past: Path) -> None:
    result = run("count", "--from", "2021-01-01", "--to", "2021-12-31", "--format", "csv", "--series", "cchc")
    rows = list(csv.reader(io.StringIO(result.output)))
    assert rows[0] == ["figure", "of", "number"]
    assert ["broadcast", "", "102"] in rows and ["produced", "blt", "45"] in rows


def test_months_are_told_by_language_and_commune(run: Run, past: Path) -> None:
    result = run("count", "--from", "2021-01-01", "--to", "2021-12-31", "--by-month", "--format", "json")
    rows = json.loads(result.output)
    assert {row["area"] for row in rows} == {"Chiềng Xôm"}
    assert sum(row["airings"] for row in rows) == 102
    assert (
        "Chiềng Xôm"
        in run("count", "--from", "2021-01-01", "--to", "2021-12-31", "--by-month", "--format", "csv").output
    )
    told = run("count", "--from", "2021-01-01", "--to", "2021-12-31", "--by-month").output
    assert "01/2021  phổ thông  Chiềng Xôm" in told and "2021-01" not in told


def test_a_name_that_looks_like_a_formula_is_marked_as_text() -> None:
    assert [commands._as_cell(value) for value in ("=1", "-1", "@a", "Hua La", -1)] == [
        "'=1",
        "'-1",
        "'@a",
        "Hua La",
        -1,
    ]


def test_a_day_nobody_can_mean_is_a_usage_error(run: Run) -> None:
    assert run("count", "--from", "2021-13-01", "--to", "2021-12-31").exit_code == 2


def test_the_log_of_a_day_is_listed_by_zone(run: Run, past: Path) -> None:
    rows = json.loads(run("log", "--day", "12/01/2021", "--json").output)
    assert {(row["zone"], row["language"]) for row in rows} == {
        ("HUM", "blt"),
        ("TO1", "vi"),
        ("TONG", "vi"),
        ("TONG", "blt"),
    }
    assert [row["zone"] for row in rows] == sorted(row["zone"] for row in rows)
    assert {(row["kind"], row["evidence"], row["at"]) for row in rows} == {("sounded", "confirmed", "05:30:00")}
    assert len(json.loads(run("log", "--day", "12/01/2021", "--zone", "tong", "--json").output)) == 2
    told = run("log", "--day", "12/01/2021").output
    assert "người trực xác nhận" in told and "người ghi" not in told
    assert "phổ thông" in told and "blt" not in told
    assert json.loads(run("log", "--json").output) == []


def test_a_nightly_check_raises_one_alarm_and_clears_it_once_the_tallies_are_mended(
    run: Run, past: Path, station: Station
) -> None:
    def alarms() -> list[tuple[str, bool]]:
        with station.sessions.begin() as session:
            return [(alarm.kind, alarm.cleared_at is None) for alarm in session.scalars(select(Alarm))]

    run("tally", "check", "--alarm")
    assert alarms() == []
    with station.sessions.begin() as session:
        session.execute(AiringTally.__table__.update().values(zones_missed=5))  # type: ignore[attr-defined]
    for _ in range(2):
        assert run("tally", "check", "--alarm").exit_code == commands.DIFFERENT_STATUS
    assert alarms() == [("tally_wrong", True)]
    run("tally", "rebuild")
    run("tally", "check", "--alarm")
    assert alarms() == [("tally_wrong", False)]


def status_of_a_process(station: Station, *words: str) -> int:
    """The exit status the shell sees: click's test runner does not go through our own `main`."""
    environment = {**os.environ, "LOABAN_HOME": str(station.settings.home)}
    return subprocess.run([sys.executable, "-m", "scheduler", *words], env=environment, check=False).returncode


def test_tallies_that_differ_are_shown_and_rebuilt(run: Run, past: Path, station: Station) -> None:
    assert run("tally", "check").exit_code == 0
    with station.sessions.begin() as session:
        session.execute(AiringTally.__table__.update().values(zones_missed=5))  # type: ignore[attr-defined]
    result = run("tally", "check")
    assert result.exit_code == commands.DIFFERENT_STATUS and "zones_missed" in result.output
    assert status_of_a_process(station, "tally", "check") == commands.DIFFERENT_STATUS
    assert "102" in run("tally", "rebuild").output
    assert run("tally", "check").exit_code == 0


def test_the_same_file_again_adds_nothing(run: Run, past: Path) -> None:
    assert "đã có từ trước: 90 bản tiếng, 102 dòng nhật ký" in run("import", str(past)).output


def test_every_problem_of_a_file_is_told_with_sheet_line_and_column(run: Run, tmp_path: Path) -> None:
    editions, plays = reference_year()
    logbook.write_logbook(tmp_path / "a.xlsx", editions=editions[:1], plays=plays[:2])
    result = run("import", str(tmp_path / "a.xlsx"))
    assert isinstance(result.exception, LogbookProblems)
    assert "Nhật ký, dòng 3, cột “số”: Số 1 (blt) không có ở trang “Chuyên mục”" in result.output
    assert (
        json.loads(run("count", "--from", "2021-01-01", "--to", "2021-12-31", "--format", "json").output)["planned"]
        == 0
    )


def test_what_one_change_puts_right_on_all_lines_is_told_once() -> None:
    where = {"sheet": "Chuyên mục", "column": "tên chuyên mục"}
    lost = [
        {**where, "code": "logbook_series_unknown", "row": row, "facts": {"value": f"tên {row}"}} for row in (2, 3, 9)
    ]
    empty = {**where, "code": "logbook_cell_empty", "row": 4, "facts": {}}
    told = list(commands.tell_problems([lost[0], lost[1], empty, lost[2]], language="vi"))
    assert [line.partition(":")[0].split(", ")[1] for line in told] == ["dòng 2", "dòng 4"]
    assert "--series MÃ" in told[0] and told[0].endswith("(và 2 dòng khác như vậy)")
    assert not next(commands.tell_problems(lost[:1], language="en")).endswith(")")


def test_what_is_no_workbook_is_an_error_with_a_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("không phải")
    assert isinstance(run("import", str(tmp_path / "a.xlsx")).exception, LogbookUnreadable)
    assert run("import", str(tmp_path / "không có.xlsx")).exit_code == 2

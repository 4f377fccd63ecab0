"""The commands that lay plan and log beside each other and close books, as a person and as a machine read them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.__main__ import cli
from scheduler.errors import BooksClosed, LinesOpen, PeriodClosedAlready, PeriodNotOver
from scheduler.models import PeriodClose
from tests.fakes import SteppingClock
from tests.services.books_station import DAY as CLOSED_DAY
from tests.services.books_station import LATER, Books
from tests.web.station import make_station

Run = Callable[..., Result]
DAY = ("--from", "2026-11-24", "--to", "24/11/2026")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    station = make_station(tmp_path)
    with station.sessions.begin() as session:
        books = Books(session)
        books.one_of_each()
    station.engine.dispose()
    # Commands go by the computer's clock, which may stand anywhere: here it stands two days later.
    monkeypatch.setattr("scheduler.station.SystemClock", lambda: SteppingClock(LATER))
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, words)

    assert (home / "station.db").exists()
    return run


def test_a_day_is_told_by_class_with_what_must_be_answered_for(run: Run) -> None:
    told = run("reconcile", "--day", "24/11/2026")
    assert told.exit_code == 0, told.output
    assert "Ngày 24/11/2026: phát đủ, đúng giờ: 02; phát trễ hoặc thiếu: 02; không phát, có lý do: 01;" in told.output
    assert "thiếu lý do: 01; phát ngoài kế hoạch: 07; chưa có kết quả: 01" in told.output
    assert "Còn 02 dòng phải trả lời" in told.output and "(2)" in told.output
    assert "(14)" in run("reconcile", "--day", "2026-11-24", "--all").output
    assert "không có gì trong kế hoạch" in run("reconcile", "--day", "2026-11-25").output


def test_a_machine_gets_every_line_with_its_class(run: Run) -> None:
    found = json.loads(run("reconcile", "--day", "2026-11-24", "--json").output)
    assert found["numbers"] == {
        "sounded": 2, "in_part": 2, "missed": 1, "no_reason": 1, "not_planned": 7, "never_reported": 1, "to_come": 0,
    }  # fmt: skip
    assert (found["open"], len(found["lines"]), found["closed"]) == (2, 14, None)
    assert sorted(line["class"] for line in found["lines"] if line["open"]) == ["never_reported", "no_reason"]
    line = next(line for line in found["lines"] if line["class"] == "missed")
    assert (line["zone"], line["reason"], line["seconds_sounded"]) == ("HUM", "power_cut", 0.0)


def test_books_are_checked_closed_and_listed(run: Run) -> None:
    assert json.loads(run("books", "check", *DAY, "--json").output) == [{"day": "2026-11-24", "open": 2}]
    assert isinstance(run("books", "close", *DAY, "--by", "Hoa").exception, LinesOpen)
    free = ("--from", "2026-11-01", "--to", "2026-11-23")
    assert "đều đã có kết quả và lý do" in run("books", "check", *free).output
    done = run("books", "close", *free, "--by", "Hoa", "--note", "ba tuần đầu")
    assert done.exit_code == 0 and "Đã chốt sổ từ 01/11/2026 đến hết 23/11/2026 (bản chốt 1)." in done.output
    assert isinstance(run("books", "close", *free, "--by", "Hoa").exception, PeriodClosedAlready)
    assert isinstance(run("books", "close", "--from", "2026-11-25", "--to", "2026-11-26").exception, PeriodNotOver)
    (row,) = json.loads(run("books", "list", "--json").output)
    assert (row["closed_by"], row["first"], row["last"], row["note"]) == (
        "Hoa",
        "2026-11-01",
        "2026-11-23",
        "ba tuần đầu",
    )
    assert row["sentence"] in done.output and "Hoa" in run("books", "list").output


def test_no_command_corrects_closed_books_for_one_person(run: Run, home: Path) -> None:
    station = make_station(home)
    with station.sessions.begin() as session:
        session.add(
            PeriodClose(
                first=CLOSED_DAY, last=CLOSED_DAY, closed_at=LATER, closed_by="Hoa", user_id=None, count={}, sentence="",
                last_entry=99, note="",
            )
        )  # fmt: skip
    station.engine.dispose()
    said = run(
        "correct", "--day", "2026-11-24", "--zone", "HUM", "--episode", "1", "--language", "blt", "--seconds", "540",
        "--by", "Mai", "--note", "nghe rõ",
    )  # fmt: skip
    assert isinstance(said.exception, BooksClosed)
    assert "bản chốt 1, Hoa" in run("reconcile", "--day", "2026-11-24").output

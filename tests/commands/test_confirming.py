"""The counting rule and confirmations from the command line, on the reference year."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.__main__ import cli
from scheduler.config import load_settings
from scheduler.domain.confirmation import COLUMNS, CONFIRMATIONS
from scheduler.services.workbook import read_workbook, write_sheets
from scheduler.station import Station
from tests.commands.test_correction import Run, run
from tests.databases import put_migrated_sqlite
from tests.factories import NOW
from tests.fakes import SteppingClock
from tests.services.test_log_waiting import Plan

__all__ = ["run"]

YEAR = ("--from", "2021-01-01", "--to", "2021-12-31")


def counted(run: Run) -> int:
    found: int = json.loads(run("count", *YEAR, "--format", "json").output)["broadcast"]["total"]
    return found


def test_a_rule_is_tried_adopted_and_holds_from_its_day_on(run: Run) -> None:
    (only,) = json.loads(run("rule", "list", "--json").output)
    assert (only["number"], only["share"], only["valid_from"]) == (1, "90%", "")
    asked = ("--share", "100", "--evidence", "confirmed", "--from", "2021-07-01")
    told = json.loads(run("rule", "preview", *asked, "--year", "2021", "--json").output)
    before, after = told["before"]["broadcast"]["total"], told["after"]["broadcast"]["total"]
    assert before == counted(run)
    assert run("rule", "adopt", *asked, "--by", "Án", "--note", "công văn 12").exit_code == 0
    assert counted(run) == after == before - len(told["changed"])
    rows = json.loads(run("rule", "list", "--json").output)
    assert [(row["number"], row["valid_from"], row["adopted_by"]) for row in rows] == [
        (2, "01/07/2021", "Án"), (1, "", ""),
    ]  # fmt: skip
    text = run("count", *YEAR).output
    assert "Quy tắc số 1 (01/01/2021–30/06/2021)" in text and "Quy tắc số 2 (01/07/2021–31/12/2021)" in text
    assert run("tally", "check").exit_code == 0
    assert run("count", *YEAR, "--by-month", "--format", "json").exit_code == 0


def test_confirmations_go_out_as_a_sheet_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    put_migrated_sqlite(tmp_path / "station.db")
    station = Station(settings=load_settings({"LOABAN_HOME": str(tmp_path)}), clock=SteppingClock(NOW))
    with station.sessions.begin() as session:
        Plan(session)
    station.engine.dispose()
    days = ("--from", "24/11/2026")

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, words)

    assert len(json.loads(run("confirm", "list", *days, "--json").output)) == 5
    path = tmp_path / "xac-nhan.xlsx"
    assert run("confirm", "sheet", str(path), *days).exit_code == 0
    rows = [list(row) for row in read_workbook(path)[CONFIRMATIONS][1:]]
    rows[0][COLUMNS.index("kết quả")] = "có lẽ"
    with path.open("wb") as stream:
        write_sheets(stream, {CONFIRMATIONS: (COLUMNS, rows)})  # type: ignore[dict-item]
    wrong = run("confirm", "import", str(path))
    assert wrong.exit_code != 0 and "dòng 2, cột “kết quả”" in wrong.output
    rows[0][COLUMNS.index("kết quả")], rows[0][COLUMNS.index("người báo")] = "đủ", "chị Hoa"
    with path.open("wb") as stream:
        write_sheets(stream, {CONFIRMATIONS: (COLUMNS, rows)})  # type: ignore[dict-item]
    assert "Đã ghi 01 xác nhận" in run("confirm", "import", str(path), "--by", "Mai").output
    assert len(json.loads(run("confirm", "list", *days, "--json").output)) == len(rows) - 1

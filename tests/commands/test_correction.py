"""A correction is a new entry with a name and a reason; what was written stays."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.__main__ import cli
from scheduler.errors import BadField, NotInLog
from scheduler.services import logbook
from tests.databases import put_migrated_sqlite
from tests.services.test_logbook import reference_year

Run = Callable[..., Result]
KNOWN = ("--zone", "TONG", "--language", "vi", "--by", "Quàng Văn Ba", "--note", "loa tắt giữa chừng")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    put_migrated_sqlite(tmp_path / "station.db")

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, words)

    assert (
        run("series", "add", "--code", "cchc", "--title", "Cải cách", "--language", "vi", "--language", "blt").exit_code
        == 0
    )
    assert run("area", "add", "--name", "Sơn La", "--kind", "city").exit_code == 0
    zone = (
        "zone",
        "add",
        "--code",
        "TONG",
        "--name",
        "Bản Tông",
        "--carrier",
        "file",
        "--area",
        "Sơn La",
        "--language",
        "vi",
        "--language",
        "blt",
    )
    assert run(*zone).exit_code == 0, run(*zone).output
    editions, plays = reference_year()
    logbook.write_logbook(tmp_path / "2021.xlsx", editions=editions, plays=plays)
    assert run("import", str(tmp_path / "2021.xlsx")).exit_code == 0
    return run


def first_day() -> str:
    _editions, plays = reference_year()
    return f"{plays[0].day:%Y-%m-%d}"


def first_of(run: Run) -> dict[str, object]:
    rows = json.loads(run("log", "--day", first_day(), "--json").output)
    return next(row for row in rows if row["language"] == "vi")


def test_a_correction_is_one_more_entry_and_changes_the_count(run: Run) -> None:
    entry = first_of(run)
    day = first_day()
    place = ("--day", day, "--episode", str(entry["number"]))
    result = run("correct", *place, *KNOWN, "--seconds", "4")
    assert result.exit_code == 0, result.output
    rows = [row for row in json.loads(run("log", "--day", day, "--json").output) if row["airing"] == entry["airing"]]
    assert [row["attempt"] for row in rows] == [1, 2]
    assert rows[0] == entry
    assert (rows[1]["kind"], rows[1]["seconds_sounded"], rows[1]["recorded_by"]) == ("correction", 4.0, "Quàng Văn Ba")
    counted = json.loads(run("count", "--from", "2021-01-01", "--to", "2021-12-31", "--format", "json").output)
    assert counted["broadcast"]["total"] == 101
    assert run("tally", "check").exit_code == 0


def test_what_is_not_in_the_log_or_longer_than_the_edition_is_refused(run: Run) -> None:
    entry = first_of(run)
    day = ("--day", first_day())
    assert isinstance(run("correct", *day, "--episode", "999", *KNOWN, "--seconds", "4").exception, NotInLog)
    longer = run("correct", *day, "--episode", str(entry["number"]), *KNOWN, "--seconds", "99999")
    assert isinstance(longer.exception, BadField)

"""The catalogue from the command line: what is typed is kept, listed and decided on."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from scheduler.__main__ import cli
from scheduler.config import load_settings
from scheduler.domain.programme import RecordingState, Verdict
from scheduler.errors import RecordingRefused, StepNotAllowed
from scheduler.models import Recording
from scheduler.services import programme
from scheduler.station import Station, open_station
from tests.databases import put_migrated_sqlite
from tests.factories import NOW, a_sha256

Run = Callable[..., Result]


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    put_migrated_sqlite(tmp_path / "station.db")
    return open_station(load_settings({"LOABAN_HOME": str(tmp_path)}))


@pytest.fixture
def run(station: Station) -> Run:
    def run(*words: str, fails: type[Exception] | None = None) -> Result:
        result = CliRunner().invoke(cli, words)
        if fails is None:
            assert result.exception is None, result.output
        else:
            assert isinstance(result.exception, fails)
        return result

    return run


@pytest.fixture
def cchc(run: Run) -> None:
    run("series", "add", "--code", "cchc", "--title", "Thành phố chung tay", "--target", "102")
    run(
        "episode",
        "add",
        "--series",
        "cchc",
        "--number",
        "1",
        "--year",
        "2026",
        "--title",
        "Cấp sổ đỏ",
        "--topic",
        "đất đai",
    )
    run(
        "episode",
        "add",
        "--series",
        "cchc",
        "--number",
        "2",
        "--year",
        "2026",
        "--title",
        "Khai sinh",
        "--title-blt",
        "Khai xinh",
    )


def add_take(station: Station, *, language: str = "vi", refused: bool = False) -> str:
    with station.sessions.begin() as session:
        edition = programme.get_edition(session, "cchc", number=1, language=language)
        session.add(
            Recording(
                edition=edition,
                take=1,
                original_name="a.mp3",
                sha256=a_sha256("a" + language),
                size_bytes=1,
                received_at=NOW,
                state=RecordingState.REFUSED if refused else RecordingState.MEASURED,
                verdict=Verdict.REFUSED if refused else Verdict.FLAGGED,
                code="silent" if refused else None,
                findings=[{"code": "clipping", "at_s": 3.0}],
                master_sha256=None if refused else a_sha256("m" + language),
                master_seconds=None if refused else 512.3,
            )
        )
        if not refused:
            programme.mark_measured(edition)
    return a_sha256("a" + language)


def test_series_and_episodes_are_listed(run: Run, cchc: None) -> None:
    assert "102" in run("series", "list").output
    assert json.loads(run("series", "list", "--json").output)[0]["languages"] == ["vi", "blt"]
    found = json.loads(run("episode", "list", "--search", "dat dai", "--json").output)
    assert [item["number"] for item in found] == [1]
    assert found[0]["editions"] == {"vi": "draft", "blt": "draft"}
    by_title = json.loads(run("episode", "list", "--sort", "title", "--json").output)
    assert [item["title"] for item in by_title] == ["Cấp sổ đỏ", "Khai sinh"]


def test_an_edition_is_submitted_approved_and_withdrawn(run: Run, cchc: None, station: Station) -> None:
    sha256 = add_take(station)
    which = ("--series", "cchc", "--episode", "1", "--language", "vi")
    run("edition", "submit", *which)
    approved = run("edition", "approve", *which, "--sha256", sha256[:8], "--by", "Cầm Văn Minh")
    assert sha256 in approved.output
    assert "Tiếng bị vỡ" in approved.output
    row = json.loads(run("edition", "list", "--state", "approved", "--json").output)[0]
    assert (row["approved_sha256"], row["seconds"]) == (sha256, 512.3)
    run("edition", "approve", *which, fails=StepNotAllowed)
    run("edition", "withdraw", *which, "--reason", "Hết hiệu lực")
    row = json.loads(run("edition", "list", "--state", "withdrawn", "--json").output)[0]
    assert row["approved_sha256"] is None


def test_approving_what_nobody_submitted_works_in_one_command(run: Run, cchc: None, station: Station) -> None:
    sha256 = add_take(station)
    assert sha256 in run("edition", "approve", "--series", "cchc", "--episode", "1", "--language", "vi").output


def test_a_refused_take_is_not_approved(run: Run, cchc: None, station: Station) -> None:
    add_take(station, refused=True)
    run("edition", "approve", "--series", "cchc", "--episode", "1", "--language", "vi", fails=RecordingRefused)


def test_a_rejection_without_a_reason_is_a_usage_error(run: Run, cchc: None, station: Station) -> None:
    add_take(station)
    which = ("--series", "cchc", "--episode", "1", "--language", "vi")
    assert CliRunner().invoke(cli, ["edition", "reject", *which]).exit_code == click.UsageError.exit_code
    assert "Đọc nhầm" in run("edition", "reject", *which, "--reason", "Đọc nhầm").output


def test_an_episode_is_renamed_and_removed(run: Run, cchc: None) -> None:
    run(
        "episode",
        "rename",
        "--series",
        "cchc",
        "--number",
        "1",
        "--title",
        "Tên mới",
        "--procedure",
        "A",
        "--procedure",
        "B",
    )
    row = json.loads(run("episode", "list", "--json").output)[0]
    assert (row["title"], row["topic"], row["procedures"]) == ("Tên mới", "đất đai", ["A", "B"])
    run("episode", "remove", "--series", "cchc", "--number", "1")
    assert [item["number"] for item in json.loads(run("episode", "list", "--json").output)] == [2]

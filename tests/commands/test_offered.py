"""The list of commands: complete, loaded only when used, and plain about what is not installed."""

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import scheduler.commands
from scheduler.__main__ import cli, main
from scheduler.commands.offered import TOPICS, lacking_part


def test_every_command_of_every_topic_is_offered_by_its_name() -> None:
    found: dict[str, tuple[str | None, ...]] = {}
    for path in Path(scheduler.commands.__path__[0]).glob("*.py"):
        module = importlib.import_module(f"scheduler.commands.{path.stem}")
        if hasattr(module, "COMMANDS"):
            found[path.stem] = tuple(command.name for command in module.COMMANDS)
    assert {topic: set(names) for topic, names in TOPICS.items()} == {
        topic: set(names) for topic, names in found.items()
    }


def test_a_command_loads_its_own_topic_and_no_library_of_a_station() -> None:
    code = (
        "import sys; from scheduler.__main__ import cli; cli.main(['player', '--help'], standalone_mode=False);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for library in (
        "flask",
        "rich",
        "av",
        "numpy",
        "argon2",
        "openpyxl",
        "babel",
        "alembic",
        "psycopg",
        "pyuca",
        "web",
    ):
        assert f"'{library}'" not in done.stdout, library


@pytest.fixture
def without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a player: `rich` is not installed."""
    for name in [
        name for name in sys.modules if name.partition(".")[0] == "rich" or name.startswith("scheduler.commands.")
    ]:
        if name != "scheduler.commands.offered":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich.console", None)


@pytest.mark.usefixtures("without_rich")
def test_the_list_of_commands_is_whole_where_a_station_s_libraries_are_not() -> None:
    listed = CliRunner().invoke(cli, ["--help"])
    assert listed.exit_code == 0
    assert "(chỉ có ở đài)" in listed.output
    for names in TOPICS.values():
        assert all(f"\n  {name} " in listed.output for name in names)


@pytest.mark.usefixtures("without_rich")
@pytest.mark.parametrize("words", [("zone", "list"), ("zone", "--help"), ("count", "year", "--json")])
def test_a_station_s_command_on_a_player_says_so_in_one_sentence(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("LOABAN_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["loaban", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 3
    assert said.startswith("part_not_installed: Lệnh này chỉ có ở đài")
    assert said.count("\n") == 1


def test_a_module_of_ours_that_is_not_there_is_a_defect() -> None:
    with pytest.raises(ModuleNotFoundError):
        lacking_part(ModuleNotFoundError("No module named 'scheduler.nothing'", name="scheduler.nothing"))


def test_a_command_that_nobody_offers_is_a_usage_error() -> None:
    with pytest.raises(click.UsageError), CliRunner().isolation():
        cli.main(["nothing"], standalone_mode=False)

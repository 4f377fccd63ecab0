import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.__main__ import cli, main
from scheduler.clock import SystemClock
from scheduler.commands.station import PROCESSES
from scheduler.config import load_settings
from scheduler.errors import BadSettings
from scheduler.machine import check_port_free, is_clock_synchronised, read_machine
from scheduler.station import Station, open_station
from tests.brokers import find_port
from tests.factories import make_broadcast, make_series, make_slot, make_zone
from tests.web.station import give_pulse, make_editions


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(home: Path, *arguments: str, **environ: str) -> Result:
    return CliRunner(env={"LOABAN_HOME": str(home), **environ}).invoke(cli, arguments)


@pytest.fixture
def station(home: Path) -> Iterator[Station]:
    assert run(home, "database", "upgrade").exit_code == 0
    station = open_station(load_settings({"LOABAN_HOME": str(home)}))
    yield station
    station.engine.dispose()


def codes(result: Result) -> list[str]:
    return [row["code"] for row in json.loads(result.stdout)]


def test_settings_names_every_setting_with_its_value_and_default(home: Path) -> None:
    shown = run(home, "settings", "--json", LOABAN_PORT="9000", LOABAN_LEASE="12")
    rows = {row["name"]: row for row in json.loads(shown.stdout)}
    assert rows["LOABAN_PORT"]["value"] == "9000" and rows["LOABAN_PORT"]["default"] == "8080"
    assert rows["LOABAN_ALLOWED_HOURS"]["value"] == "05:00-21:00"
    assert rows["LOABAN_LEASE"]["value"] == "12"
    assert all(row["meaning"] for row in rows.values())


def test_a_shown_value_can_be_typed_again(home: Path) -> None:
    environ = {"LOABAN_HOME": str(home), "LOABAN_ALLOWED_HOURS": "05:00-11:30,13:00-24:00", "LOABAN_TICK": "0.5"}
    rows = json.loads(run(home, "settings", "--json", **environ).stdout)
    shown = {row["name"]: row["value"] for row in rows}
    assert load_settings(shown) == load_settings(environ)


@pytest.mark.parametrize(
    "address",
    ["postgresql://loaban:s3cret@db/station", "postgresql://db/station?user=loaban&password=s3cret", "s3cret nonsense"],
)
def test_settings_never_shows_the_password_of_the_database(home: Path, address: str) -> None:
    for arguments in (("settings",), ("settings", "--json")):
        shown = run(home, *arguments, LOABAN_DATABASE_URL=address)
        assert shown.exit_code == 0 and "s3cret" not in shown.output


def test_the_database_is_checked_and_upgraded(home: Path) -> None:
    assert run(home, "database", "check").exit_code != 0
    assert run(home, "database", "upgrade").exit_code == 0
    assert run(home, "database", "upgrade").exit_code == 0
    assert run(home, "database", "check").exit_code == 0


def test_the_doctor_names_problems_by_code_and_sentence_and_ends_with_3(station: Station, home: Path) -> None:
    result = run(home, "doctor", "--json")
    assert result.exit_code == 3
    assert {"playout_never_ran", "nothing_planned"} <= set(codes(result))
    told = run(home, "doctor", LOABAN_LANGUAGE="en")
    assert told.exit_code == 3 and "is not running" in told.stdout


def test_the_doctor_finds_missing_files_and_unknown_carriers(station: Station, home: Path) -> None:
    now = station.clock.now()
    with station.sessions.begin() as session:
        give_pulse(session, at=now)
        zones = (make_zone(session), make_zone(session, code="HUM", carrier="pigeon"))
        make_broadcast(session, editions=make_editions(session), zones=zones, starts_in=timedelta(hours=20), now=now)
    found = codes(run(home, "doctor", "--json"))
    assert found.count("media_missing") == 2 and "zone_carrier_unknown" in found
    assert "playout_never_ran" not in found


def test_the_doctor_says_what_the_plan_of_tomorrow_lacks(station: Station, home: Path) -> None:
    now = station.clock.now()
    with station.sessions.begin() as session:
        give_pulse(session, at=now)
        make_slot(session, make_series(session), targets=(make_zone(session),))  # a slot without any episode
    result = run(home, "doctor", "--json")
    assert {"nothing_planned", "plan_finding"} <= set(codes(result))
    assert "05:30" in result.stdout


def test_a_well_station_ends_with_0(station: Station, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.commands.station._examine_machine", lambda _: [])
    monkeypatch.setattr("scheduler.services.doctor.find_plan_problems", lambda *_, **__: [])
    with station.sessions.begin() as session:
        give_pulse(session, at=station.clock.now())
    result = run(home, "doctor")
    assert (result.exit_code, result.stdout) == (0, "Mọi thứ đều tốt.\n")


def test_a_doctor_that_cannot_look_ends_with_4_and_says_why(home: Path) -> None:
    out_of_date = run(home, "doctor", "--json")
    assert out_of_date.exit_code == 4 and codes(out_of_date)[0] == "database_out_of_date"
    unreachable = run(home, "doctor", "--json", LOABAN_DATABASE_URL="postgresql://u:s3cret@127.0.0.1:1/none")
    assert unreachable.exit_code == 4 and codes(unreachable)[0] == "database_unreachable"
    assert "s3cret" not in unreachable.output


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("LOABAN_DATABASE_URL", "postgresql://u:s3cret@127.0.0.1:1/none", "database_unreachable"),
        ("LOABAN_DATABASE_URL", "sqlite:////proc/none/station.db", "database_unreachable"),
        ("LOABAN_DATABASE_URL", "mysql://u:s3cret@127.0.0.1:1/none", "database_unreachable"),
        ("LOABAN_HOME", "/dev/null", "bad_settings"),
        ("LOABAN_HOME", "/proc/none", "bad_settings"),
    ],
)
def test_a_command_that_cannot_reach_its_rows_says_so_in_one_sentence(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    code: str,
) -> None:
    monkeypatch.setenv("LOABAN_HOME", str(home))
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["loaban", "zone", "list"])
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr().err
    assert left.value.code in {3, 4}
    assert told.startswith(f"{code}: ") and told.count("\n") == 1 and "s3cret" not in told


def test_a_new_station_is_told_to_make_its_tables(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOABAN_HOME", str(home))
    monkeypatch.setattr(sys, "argv", ["loaban", "log"])
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr().err
    assert left.value.code == 4 and told.startswith("database_out_of_date: ") and "loaban database upgrade" in told


def test_an_argument_that_is_no_text_is_refused_in_one_sentence(
    station: Station, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOABAN_HOME", str(home))
    not_text = b"\xff\xfe".decode(errors="surrogateescape")
    words = ["loaban", "broadcast", "add", "--series", not_text, "--episode", "1", "--in", "5", "--zone", "A"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr().err
    assert left.value.code == 3
    assert told.startswith("bad_field: ") and "\\udcff" in told


@pytest.mark.parametrize(
    "words", ["plan --from 9999-12-30", "broadcast add --series A --episode 1 --in 99999999999999999999 --zone A"]
)
def test_a_number_or_day_beyond_all_bounds_is_refused_in_one_sentence(
    station: Station, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    monkeypatch.setenv("LOABAN_HOME", str(home))
    monkeypatch.setattr(sys, "argv", ["loaban", *words.split()])
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr().err
    assert left.value.code == 3
    assert told.startswith("bad_field: ") and told.count("\n") == 1


@pytest.mark.parametrize("command", ["up", "web"])
def test_a_taken_port_is_one_sentence(
    station: Station, home: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        monkeypatch.setenv("LOABAN_HOME", str(home))
        monkeypatch.setenv("LOABAN_PORT", str(number))
        monkeypatch.setattr(sys, "argv", ["loaban", command])
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(SystemExit) as left:
            main()
        signal.signal(signal.SIGTERM, before)
    assert left.value.code == 4
    told = capsys.readouterr().err
    assert told.startswith(f"port_taken: Cổng {number}") and told.count("\n") == 1


def test_a_port_is_free_until_somebody_listens(port: int) -> None:
    check_port_free("127.0.0.1", port)
    check_port_free("127.0.0.1", port)


def test_the_machine_is_read_even_where_the_stations_folder_is_not_yet(home: Path) -> None:
    readings = read_machine(home / "deeper")
    assert 0 < readings.free_bytes <= readings.total_bytes
    assert is_clock_synchronised() in {True, False, None}


def test_wsgi_builds_the_application_only_when_asked(home: Path) -> None:
    program = (
        "import os, wsgi\n"
        "assert not os.path.exists(os.environ['LOABAN_HOME'])\n"
        "assert wsgi.application is wsgi.app\n"
        "print(wsgi.application.test_client().get('/health').status_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "LOABAN_HOME": str(home)}, capture_output=True, check=True
    )
    assert done.stdout == b"503\n"


def test_wrong_settings_are_told_before_anything_runs(home: Path) -> None:
    result = run(home, "doctor", LOABAN_PORT="none")
    assert isinstance(result.exception, BadSettings)


def test_up_runs_all_processes_and_stops_them_when_told(home: Path, port: int) -> None:
    ports = {"LOABAN_PORT": str(port), "LOABAN_BROKER_PORT": str(find_port())}
    environ = {**os.environ, "LOABAN_HOME": str(home), **ports}
    clock = SystemClock()
    log = home.parent / "up.log"
    with log.open("wb") as out:
        up = subprocess.Popen([sys.executable, "-m", "scheduler", "up"], env=environ, stdout=out, stderr=out)
    try:
        ends = clock.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    page = answer.read().decode()
                break
            except OSError:
                assert clock.monotonic() < ends, log.read_text()
                time.sleep(0.1)
    finally:
        up.send_signal(signal.SIGTERM)
        assert up.wait(30) == 0
    assert "Thiết lập đài lần đầu" in page
    told = log.read_text()
    assert f"http://127.0.0.1:{port}/" in told and "Mã dùng một lần" in told
    for name in PROCESSES:
        assert f"supervisor.started name={name}" in told
    assert "supervisor.died" not in told
    check_port_free("127.0.0.1", port)

"""The player as systemd runs it: it says that it is ready and alive, opens no port, and needs nothing of a station."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from tests.audio.village.homes import pair
from tests.audio.village.killed_box import KilledBox

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "deploy" / "loaban-player.service"


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(30)
        yield listener


def listening_ports(pid: int) -> list[str]:
    """Sockets of this process that wait for somebody: TCP in state LISTEN (0A), UDP bound to no peer (07)."""
    links = [os.fspath(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]
    ours = {found[1] for link in links if (found := re.fullmatch(r"socket:\[(\d+)\]", link))}
    found = []
    for name, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == state and columns[9] in ours:
                found.append(f"{name} {columns[1]}")
    return found


def test_a_player_is_ready_stays_alive_listens_on_no_port_and_says_goodbye(
    tmp_path: Path, systemd: socket.socket
) -> None:
    pair(tmp_path / "home")
    environ = os.environ | {
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "60000000",
        "LOABAN_PLAIN_LINK": "1",
    }
    command = [
        sys.executable,
        "-m",
        "scheduler",
        "player",
        "run",
        "--home",
        str(tmp_path / "home"),
        "--carrier",
        "memory",
    ]
    process = subprocess.Popen(command, env=environ, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        assert systemd.recv(4096).decode().split("\n")[0] == "READY=1"
        assert [systemd.recv(4096).decode().split("\n")[0] for _ in range(3)] == ["WATCHDOG=1"] * 3
        assert listening_ports(process.pid) == []
        process.send_signal(signal.SIGTERM)
        said = "WATCHDOG=1"
        while said.startswith("WATCHDOG"):
            said = systemd.recv(4096).decode()
        assert said == "STOPPING=1"
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def test_a_process_that_listens_would_be_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)):
        assert listening_ports(os.getpid())


def only_of_a_station() -> set[str]:
    """Modules of the libraries that a player does not install."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    names = {re.split(r"[^a-z0-9_-]", line)[0].replace("_", "-") for line in extras["station"]} - {"loaban"}
    installed = metadata.packages_distributions().items()
    return {module for module, by in installed if {name.lower().replace("_", "-") for name in by} & names}


def test_a_player_loads_nothing_that_only_a_station_installs() -> None:
    absent = only_of_a_station()
    assert {"flask", "av", "argon2", "pyuca", "rich"} <= absent
    code = (
        f"import sys; sys.modules |= dict.fromkeys({sorted(absent - {'numpy'})!r});"
        "import scheduler.commands.player_parts, scheduler.commands.player_pair, audio.village.microphone, soundfile;"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "False\n", "ten megabytes that a player has no use for"


NEVER_LOADED = {"alembic", "apscheduler", "sounddevice"}
"""A player has these, but not for this: each takes megabytes."""


def test_a_player_that_plays_has_loaded_no_library_it_has_no_use_for(tmp_path: Path) -> None:
    box = KilledBox(tmp_path, hours=0.01, interpreter=("-X", "importtime"))
    box.start()
    assert box.process is not None
    until = time.monotonic() + 30
    while not (tmp_path / "sound" / "heard.jsonl").exists():
        assert box.process.poll() is None and time.monotonic() < until, box.told()
        time.sleep(0.1)
    box.process.send_signal(signal.SIGTERM)
    assert box.process.wait(30) == 0
    loaded = set(re.findall(r"(?m)^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", box.told()))
    assert {"sqlalchemy", "scheduler.daemon", "audio.carriers.file"} <= loaded, "it tells what it loads"
    assert {name.partition(".")[0] for name in loaded} & (NEVER_LOADED | only_of_a_station()) == set()
    assert {"scheduler.wording", "scheduler.labels", "scheduler.timer"} & loaded == set(), "sentences nobody reads"


def the_unit(folder: Path) -> Path:
    """The unit with a program that is there: systemd-analyze looks for it."""
    unit = folder / UNIT.name
    unit.write_text(
        re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text(encoding="utf-8")), encoding="utf-8"
    )
    return unit


def test_systemd_understands_the_unit_and_finds_it_well_closed(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = the_unit(tmp_path)
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    exposed = ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", unit]
    assert subprocess.run(exposed, capture_output=True).returncode == 0, "exposure above 2.5 of 10"


def test_the_unit_restarts_for_ever_and_is_watched() -> None:
    text = UNIT.read_text(encoding="utf-8")
    for line in ("Type=notify", "Restart=always", "StartLimitIntervalSec=0", "WatchdogSec=60", "NoNewPrivileges=yes",
                 "ProtectSystem=strict", "StateDirectory=loaban-player", "SocketBindDeny=any"):  # fmt: skip
        assert f"\n{line}\n" in text


def test_the_install_page_names_what_the_unit_and_the_package_do() -> None:
    page, unit = (path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "cai-dat-may-phat-tai-ban.md", UNIT))
    for name in ("/opt/loaban/bin/loaban", "/var/lib/loaban-player", "/etc/loaban/player.env"):
        assert name in page and name.removeprefix("/var/lib/") in unit
    settings = set(re.findall(r"LOABAN_[A-Z_]+", page)) - {"LOABAN_HOME"}
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert settings
    assert [name for name in settings if f"`{name}`" not in documented] == []
    cache = re.search(r"PYTHONPYCACHEPREFIX=(\S+)", unit)
    assert cache is not None
    assert page.count(cache[0]) == 2, "compiled at the installation and at each update"
    shared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert "/opt/loaban/" + shared["shared-data"]["deploy/loaban-player.service"] in page

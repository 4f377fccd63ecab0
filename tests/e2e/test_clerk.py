"""The clerk as a process of its own: an alarm leaves the station, its end too, and a backup is made."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scheduler.backup import newest_backup
from scheduler.config import load_settings
from scheduler.database import upgrade
from scheduler.domain.reach import TargetKind
from scheduler.outreach import BACKUP_HOUR
from scheduler.services import notices, playout
from scheduler.station import open_station
from tests import central_stub, notice_stub

PATIENCE_S = 40


def wait_until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_an_alarm_and_its_end_reach_a_webhook_and_the_central_system_hears_of_zones(tmp_path: Path) -> None:
    with notice_stub.serve() as hook, central_stub.serve() as central:
        environment = {
            "LOABAN_HOME": str(tmp_path / "home"), "LOABAN_BACKUP_FOLDER": str(tmp_path / "backups"),
            "LOABAN_CENTRAL_URL": central.url, "LOABAN_CENTRAL_SOURCE": "SL-01", "LOABAN_LOG_LEVEL": "WARNING",
        }  # fmt: skip
        station = open_station(load_settings(environment))
        upgrade(station.engine)
        now = station.clock.now()
        with station.sessions.begin() as session:
            address = f"http://127.0.0.1:{hook.port}/tell"
            notices.add_target(
                session, name="x", kind=TargetKind.WEBHOOK, address=address, kinds=(), by="Mai", now=now
            )  # fmt: skip
        clerk = subprocess.Popen([sys.executable, "-m", "scheduler", "clerk"], env={**os.environ, **environment})
        try:
            with station.sessions.begin() as session:
                playout.raise_alarm(
                    session, kind="carrier_down", subject="carrier:x", facts={"name": "file", "reason": "thử"},
                    now=station.clock.now(),
                )  # fmt: skip
            wait_until(lambda: "raised" in types(hook, "carrier_down"))
            with station.sessions.begin() as session:
                playout.clear_alarms(session, subject="carrier:x", now=station.clock.now())
            wait_until(lambda: "cleared" in types(hook, "carrier_down"))
            wait_until(lambda: central.logins > 0)
            if station.clock.now().astimezone(station.settings.time_zone).hour >= BACKUP_HOUR:
                wait_until(lambda: newest_backup(tmp_path / "backups") is not None)
        finally:
            clerk.send_signal(signal.SIGTERM)
            assert clerk.wait(30) == 0
    assert types(hook, "carrier_down") == ["raised", "cleared"], "each told once"
    station.engine.dispose()


def types(hook: notice_stub.Stub, code: str) -> list[str]:
    told = [json.loads(item.body) for item in hook.taken]
    return [item["type"].rpartition(".")[2] for item in told if item["data"]["code"] == code]

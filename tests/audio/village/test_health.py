"""What a box says of itself: every reading, and none where there is no such sensor."""

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from audio.carriers.volume import Volume
from audio.village.amplifier import Amplifier
from audio.village.health import MODEM_EVERY_S, HealthReader
from audio.village.modem import Modem, read_modem
from scheduler.village_messages import Clock as ClockState
from scheduler.village_messages import Health
from tests.fakes import SteppingClock

NTP = ClockState(source="ntp", offset_s=0.001)


class Ears:
    is_silent = False
    heard_dbfs: float | None = -23.5
    problem: str | None = None


@pytest.fixture
def a_reader(clock: SteppingClock, tmp_path: Path) -> Callable[..., HealthReader]:
    def make(**others: object) -> HealthReader:
        given = {"clock": clock, "home": tmp_path, "clock_state": lambda: NTP, "modem": Modem, "thermal": tmp_path}
        return HealthReader(**given | others)  # type: ignore[arg-type]

    return make


def read_settled(reader: HealthReader) -> Health:
    reader.read()
    reader.settle(within_s=5)
    return reader.read()


def modem_manager(**generic: object) -> str:
    """The form of `mmcli -m any -J` of ModemManager 1.20."""
    told = {
        "signal-quality": {"recent": "yes", "value": "67"},
        "sim": "/org/freedesktop/ModemManager1/SIM/0",
        "state": "connected",
        "state-failed-reason": "--",
        "unlock-required": "sim-pin2",
    } | generic
    return json.dumps({"modem": {"3gpp": {"operator-name": "Viettel", "imei": "1"}, "generic": told}})


def test_a_box_without_any_sensor_tells_its_disk_its_memory_and_its_clock(
    a_reader: Callable[..., HealthReader],
) -> None:
    health = a_reader().read()
    assert health.clock == NTP
    assert health.disk_total_bytes is not None and 0 < (health.disk_free_bytes or 0) < health.disk_total_bytes
    assert (health.memory_bytes or 0) > 10_000_000
    assert (health.temperature_c, health.amplifier, health.volume, health.sim, health.problems) == (None,) * 4 + ((),)


def test_every_sensor_is_read(a_reader: Callable[..., HealthReader], tmp_path: Path) -> None:
    for number, heat in enumerate(("51234", "48000", "n/a")):
        (tmp_path / f"thermal_zone{number}").mkdir()
        (tmp_path / f"thermal_zone{number}" / "temp").write_text(heat)
    (tmp_path / "gpio").write_text("1\n")
    reader = a_reader(
        volume=Volume(70),
        amplifier=Amplifier(state=tmp_path / "gpio"),
        ears=Ears(),
        modem=lambda: Modem(signal_percent=67, sim="Viettel"),
    )
    health = read_settled(reader)
    assert (health.temperature_c, health.volume, health.amplifier) == (51.2, 70, "on")
    assert (health.signal_percent, health.sim, health.heard_dbfs) == (67, "Viettel", -23.5)
    assert health.problems == ()


def test_all_that_can_be_wrong_has_its_code(
    a_reader: Callable[..., HealthReader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thermal_zone0").mkdir()
    (tmp_path / "thermal_zone0" / "temp").write_text("85000")
    (tmp_path / "gpio").write_text("0")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000))
    ears = Ears()
    ears.is_silent, ears.problem = True, "no such device"
    reader = a_reader(
        clock_state=lambda: ClockState(source="none"),
        amplifier=Amplifier(state=tmp_path / "gpio"),
        ears=ears,
        sound_problems=lambda: ["no device"],
        modem=lambda: Modem(sim="missing"),
    )
    health = read_settled(reader)
    assert set(health.problems) == {
        "no_trusted_time", "disk_full", "hot", "sim_missing", "sound_device", "microphone", "amplifier_silent",
        "amplifier_off",
    }  # fmt: skip
    assert health.amplifier == "silent"


def test_a_clock_that_is_off_is_said(a_reader: Callable[..., HealthReader]) -> None:
    assert a_reader(clock_state=lambda: ClockState(source="station", offset_s=-75.0)).read().problems == ("clock_off",)


def test_an_amplifier_that_is_switched_for_each_programme_is_rightly_off_in_between(
    a_reader: Callable[..., HealthReader], tmp_path: Path
) -> None:
    amplifier = Amplifier(state=tmp_path / "gpio", switch=tmp_path / "gpio")
    amplifier.turn(on=False)
    assert a_reader(amplifier=amplifier).read().problems == ()
    assert a_reader(amplifier=amplifier, is_sounding=lambda: True).read().problems == ("amplifier_off",)
    amplifier.turn(on=True)
    assert a_reader(amplifier=amplifier, is_sounding=lambda: True).read().problems == ()


def test_the_modem_is_asked_once_a_minute_and_nobody_waits_for_it(
    a_reader: Callable[..., HealthReader], clock: SteppingClock
) -> None:
    asked, may_answer = [], threading.Event()

    def ask() -> Modem:
        asked.append(True)
        may_answer.wait(5)
        return Modem(sim="Viettel")

    reader = a_reader(modem=ask)
    assert reader.read().sim is None
    clock.sleep(MODEM_EVERY_S)
    assert reader.read().sim is None, "it has not answered yet, and is not asked a second time meanwhile"
    assert asked == [True]
    may_answer.set()
    reader.settle(within_s=5)
    assert reader.read().sim == "Viettel"
    reader.settle(within_s=5)
    reader.read()
    assert asked == [True, True]


@pytest.mark.parametrize(
    ("answer", "modem"),
    [
        (modem_manager(), Modem(signal_percent=67, sim="Viettel")),
        (modem_manager(sim="--"), Modem(signal_percent=67, sim="missing")),
        (
            modem_manager(state="failed", **{"state-failed-reason": "sim-missing"}),
            Modem(signal_percent=67, sim="missing"),
        ),
        (modem_manager(state="locked", **{"unlock-required": "sim-pin"}), Modem(signal_percent=67, sim="locked")),
        (modem_manager(**{"signal-quality": {"value": "--"}}), Modem(sim="Viettel")),
        (None, Modem()),
        ("no modems found", Modem()),
        ('{"modem": []}', Modem()),
        ('{"modem": {"generic": null}}', Modem()),
    ],
)
def test_the_modem_is_understood_or_left_aside(answer: str | None, modem: Modem) -> None:
    assert read_modem(lambda: answer) == modem


def test_modem_manager_is_asked_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_modem() == Modem()
    (tmp_path / "mmcli").write_text(f"#!/bin/sh\n[ \"$*\" = '-m any -J' ] && echo '{modem_manager()}'\n")
    (tmp_path / "mmcli").chmod(0o755)
    assert read_modem() == Modem(signal_percent=67, sim="Viettel")
    (tmp_path / "mmcli").write_text("#!/bin/sh\necho 'error: no modems' >&2; exit 1\n")
    assert read_modem() == Modem()


@pytest.mark.parametrize(("text", "state"), [("1", "on"), ("0\n", "off"), ("low", "off"), ("ON", "on"), ("?", None)])
def test_the_amplifier_is_read_from_its_file(tmp_path: Path, text: str, state: str | None) -> None:
    (tmp_path / "gpio").write_text(text)
    assert Amplifier(state=tmp_path / "gpio").read() == state


def test_an_amplifier_that_cannot_be_read_or_switched_stops_nobody(tmp_path: Path) -> None:
    amplifier = Amplifier(state=tmp_path / "no" / "gpio", switch=tmp_path / "no" / "gpio")
    amplifier.turn(on=True)
    assert amplifier.read() is None
    assert Amplifier().read() is None

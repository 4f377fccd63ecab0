"""Where the broker is, for the station and for boxes."""

from pathlib import Path
from typing import Any

import pytest

from scheduler.broker.address import keep_password, public_url, station_address
from scheduler.config import Settings, load_settings


def settings_of(tmp_path: Path, **told: Any) -> Settings:
    environ = {f"LOABAN_{name.upper()}": str(value) for name, value in told.items()}
    return load_settings({"LOABAN_HOME": str(tmp_path), **environ})


def test_the_stations_password_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "broker-station"
    assert keep_password(file) == keep_password(file)
    assert len(keep_password(file)) > 40
    assert file.stat().st_mode & 0o077 == 0


def test_the_embedded_broker_is_reached_on_this_machine(tmp_path: Path) -> None:
    address = station_address(settings_of(tmp_path, broker_host="0.0.0.0", broker_port=1999))
    assert (address.host, address.port, address.tls, address.username) == ("127.0.0.1", 1999, False, "loaban-station")
    assert address.password == keep_password(tmp_path / "keys" / "broker-station")
    with_tls = settings_of(tmp_path, broker_host="10.0.0.5", broker_certificate=tmp_path / "c")
    assert (station_address(with_tls).host, station_address(with_tls).tls) == ("127.0.0.1", False)


def test_another_broker_is_reached_as_told(tmp_path: Path) -> None:
    told = settings_of(tmp_path, broker_url="mqtts://dai:pass@mq.example:8884", broker_authority=tmp_path / "ca")
    address = station_address(told)
    assert (address.host, address.port, address.tls, address.ca_file) == ("mq.example", 8884, True, tmp_path / "ca")
    assert (address.username, address.password) == ("dai", "pass")
    nameless = station_address(settings_of(tmp_path, broker_url="mqtt://127.0.0.1"))
    assert (nameless.username, nameless.port) == ("loaban-station", 1883)


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ({}, "mqtt://dai.local:1883"),
        ({"broker_certificate": "/c"}, "mqtts://dai.local:8883"),
        ({"broker_certificate": "/c", "broker_tls_port": 9883}, "mqtts://dai.local:9883"),
        ({"broker_url": "mqtts://dai:pass@mq.example"}, "mqtts://mq.example:8883"),
        ({"broker_url": "mqtt://127.0.0.1"}, "mqtts://dai.local:8883"),
        ({"broker_public_url": "mqtts://mq.example:1"}, "mqtts://mq.example:1"),
    ],
)
def test_boxes_are_told_an_address_without_a_login(tmp_path: Path, told: dict[str, Any], url: str) -> None:
    assert public_url(settings_of(tmp_path, **told), reached_at="dai.local") == url


def test_the_host_is_that_of_the_public_page_when_nobody_asks_from_outside(tmp_path: Path) -> None:
    assert public_url(settings_of(tmp_path, public_url="https://dai.example/x")) == "mqtt://dai.example:1883"
    assert public_url(settings_of(tmp_path, broker_host="::")) == "mqtt://[::1]:1883"

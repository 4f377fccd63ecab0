"""Where the broker is: for the station's own processes, and for the boxes in the villages."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from scheduler.config import Settings
from scheduler.mqtt import PORTS, BrokerAddress

STATION_NAME = "loaban-station"
"""The station's user name at a broker whose address names none."""
_HERE = "127.0.0.1"
_LOOPBACK = (_HERE, "::1", "localhost")
STATION_CLIENTS = "station-"
"""The client ids of the station's processes begin so: no box can take over one of their sessions."""


def station_address(settings: Settings) -> BrokerAddress:
    """The broker as the station's processes reach it, with who they are there. Raises `BadBrokerAddress`."""
    if settings.broker_url:
        told = BrokerAddress.parse(settings.broker_url, ca_file=settings.broker_authority)
        if told.username:
            return told
    else:
        told = BrokerAddress(host=own_host(settings), port=settings.broker_port)
    return BrokerAddress(
        host=told.host,
        port=told.port,
        tls=told.tls,
        ca_file=told.ca_file,
        username=STATION_NAME,
        password=keep_password(settings.home / "keys" / "broker-station"),
    )


def own_host(settings: Settings) -> str:
    """Where the embedded broker is for this machine's processes: without TLS, so never beyond it when there is TLS."""
    return _HERE if settings.broker_certificate else _to_connect(settings.broker_host)


def public_url(settings: Settings, *, reached_at: str = "") -> str:
    """The broker's address for boxes, without a login; `reached_at` is the host by which they know the station."""
    if settings.broker_public_url:
        return settings.broker_public_url
    host = reached_at or urlsplit(settings.public_url).hostname or _to_connect(settings.broker_host)
    host = f"[{host}]" if ":" in host else host
    if settings.broker_url:
        told = BrokerAddress.parse(settings.broker_url)
        if told.host in _LOOPBACK:  # beside the station, with a port of its own for boxes: deploy/mosquitto
            return f"mqtts://{host}:{PORTS['mqtts']}"
        return f"{'mqtts' if told.tls else 'mqtt'}://{told.host}:{told.port}"
    if settings.broker_certificate:
        return f"mqtts://{host}:{settings.broker_tls_port}"
    return f"mqtt://{host}:{settings.broker_port}"


def keep_password(path: Path) -> str:
    """The random password in this file; made at first use, readable by its owner alone, the same for all processes."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # unlike a rename it never replaces what another process made meanwhile
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="ascii").strip()


def _to_connect(listens_on: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listens_on, listens_on)  # noqa: S104 -- looked for, not bound

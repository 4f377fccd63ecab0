"""The embedded broker: rumqttd (in the wheel `iotcore`) in a process of its own, behind the gate."""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from iotcore import Broker

from scheduler.broker.gate import Behind, Gate
from scheduler.broker.packets import MOST_BYTES
from scheduler.errors import BrokerDied
from scheduler.village_messages import FROM_PLAYER, topic_of

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
START_WITHIN_S = 15.0
_HERE = "127.0.0.1"
_GATE = "gate"

_CONFIGURATION = """\
id = 0

[router]
id = 0
max_connections = 10010
max_outgoing_packet_count = 200
# So many bytes of each filter's messages are kept for whoever does not read now, so many times over.
max_segment_size = {box_bytes}
max_segment_count = {segments}
{station}
[v4.1]
name = "v4-1"
listen = "{host}:{port}"
next_connection_delay_ms = 1

[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = {most_bytes}
max_inflight_count = 500
dynamic_filters = true

[v4.1.connections.auth]
{username} = "{password}"
"""
_STATION_FILTER = """
[router.custom_segment."{topic}"]
max_segment_size = {station_bytes}
max_segment_count = {segments}
"""
_SEGMENTS = 4
_BOX_BYTES = 256 * 1024
_STATION_BYTES = 8 * 1024 * 1024
"""What all villages say in the time that the station's own processes are not there."""


class EmbeddedBroker:
    """A broker that needs nothing installed; it remembers nothing beyond its own process."""

    def __init__(self, folder: Path, *, station: str, password: str) -> None:
        behind = Behind(host=_HERE, port=_find_port(), username=_GATE, password=secrets.token_urlsafe(32))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / "broker.toml"
        _write_secret(file, _configuration(behind))
        self._broker = Broker(config_path=str(file))
        self.gate = Gate(behind, station=station, password=password)
        """Takes the connections; to be opened once the broker has started."""

    async def start(self) -> None:
        """Start the broker behind the gate. Raises `BrokerDied`."""
        try:
            await asyncio.to_thread(self._broker.start, START_WITHIN_S)
        except RuntimeError as error:
            raise BrokerDied(reason=str(error)) from error

    async def keep(
        self, find_logins: Callable[[], Mapping[str, str]], *, stop: asyncio.Event, tls: "Tls | None" = None
    ) -> None:
        """Let in who may come, by rows looked at every second, until told to stop. Raises `BrokerDied`."""
        while not stop.is_set():
            await self.look(find_logins)
            if not self._broker.is_running:
                raise BrokerDied(reason="rumqttd")
            if tls is not None:
                tls.renew()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)

    async def look(self, find_logins: Callable[[], Mapping[str, str]]) -> None:
        """Let in who may come by now; while rows cannot be read, those who were let in stay."""
        try:
            self.gate.let_in(await asyncio.to_thread(find_logins))
        except Exception:  # edge of the loop
            logger.exception("broker.rows_not_read")

    async def close(self) -> None:
        """Drop all connections and end the broker with all it holds."""
        await self.gate.close()
        await asyncio.to_thread(self._broker.stop)


class Tls:
    """A certificate with its key; read again when its file changes, for connections made from then on."""

    def __init__(self, certificate: Path, key: Path | None) -> None:
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._certificate = certificate
        self._key = key
        self._read_at = 0
        self.renew()

    def renew(self) -> None:
        """Read the files if the certificate's changed."""
        changed_at = self._certificate.stat().st_mtime_ns
        if changed_at != self._read_at:
            self.context.load_cert_chain(self._certificate, self._key)
            self._read_at = changed_at


def _configuration(behind: Behind) -> str:
    station = "".join(
        _STATION_FILTER.format(topic=topic_of("+", topic), station_bytes=_STATION_BYTES, segments=_SEGMENTS)
        for topic in FROM_PLAYER
    )
    return _CONFIGURATION.format(
        host=behind.host,
        port=behind.port,
        username=behind.username,
        password=behind.password,
        box_bytes=_BOX_BYTES,
        segments=_SEGMENTS,
        station=station,
        most_bytes=MOST_BYTES,
    )


def _write_secret(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HERE, 0))
        return int(probe.getsockname()[1])

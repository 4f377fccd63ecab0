"""The two brokers a station may have, each run as it is in use: over rows of boxes, with the process `loaban broker`."""

import asyncio
import contextlib
import getpass
import os
import re
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from scheduler.broker.address import station_address
from scheduler.broker.packets import Kind, Packet, read_packet
from scheduler.broker.passwords import hash_password
from scheduler.config import load_settings
from scheduler.database import open_engine, open_sessions, upgrade
from scheduler.models import Player
from scheduler.mqtt import BrokerAddress
from tests.brokers import MOSQUITTO, Certificate, find_port, listens, make_certificate, wait_until
from tests.factories import NOW, make_area, make_player, make_zone

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "mosquitto" / "loaban.conf"
PASSWORD_HASH = hash_password("of a box")
START_WITHIN_S = 20.0


class RunningBroker(ABC):
    """A broker with rows of boxes, which it lets in."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tls: Certificate = make_certificate(folder / "tls")
        self.port = find_port()
        self.environ = {"LOABAN_HOME": str(folder / "home"), "LOABAN_LOG_LEVEL": "INFO"}
        self.program = "scheduler"
        """The module that runs as the processes beside the broker."""
        self._processes: list[subprocess.Popen[bytes]] = []
        self._beside: list[subprocess.Popen[bytes]] = []
        (folder / "home").mkdir(parents=True)
        self._engine = open_engine(f"sqlite:///{folder / 'home' / 'station.db'}")
        upgrade(self._engine)
        self.sessions = open_sessions(self._engine)
        self._boxes: Iterator[str] = iter(())

    def fill(self, count: int, *, public_key: str | None = None) -> list[Player]:
        """Pair so many boxes, of which `take` then gives the names."""
        players = []
        with self.sessions.begin() as session:
            session.expire_on_commit = False
            area = make_area(session)
            for number in range(count):
                zone = make_zone(session, code=f"V{number}", area=area, carrier="village")
                facts = {
                    "username": f"z{zone.id}-{number:08x}",
                    "broker_password": PASSWORD_HASH,
                    "public_key": public_key or f"{number:064x}",
                    "token_sha256": f"{number:064x}",
                }
                players.append(make_player(session, zone, **facts))
        self._boxes = iter([player.username for player in players])
        return players

    def take(self) -> str:
        """The user name of a box that no other test has used."""
        return next(self._boxes)

    def revoke(self, username: str) -> None:
        """As the page does it: the row says that the box is let in no more."""
        with self.sessions.begin() as session:
            session.execute(update(Player).where(Player.username == username).values(revoked_at=NOW))

    def box(self, username: str, *, password: str = "of a box") -> BrokerAddress:
        """The broker as this box reaches it."""
        return BrokerAddress(
            host="127.0.0.1",
            port=self.port,
            tls=True,
            ca_file=self.tls.authority,
            username=username,
            password=password,
        )

    @property
    def station(self) -> BrokerAddress:
        """The broker as the station reaches it."""
        return station_address(load_settings(self.environ))

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it lets boxes in."""

    def strike(self) -> None:
        """Kill −9, and start again."""
        self.kill()
        self.start()

    def kill(self) -> None:
        """Kill −9, all at once."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
        self._processes.clear()
        wait_until(lambda: not listens(self.port))

    def close(self) -> None:
        """Let go of everything."""
        for process in self._beside:
            process.kill()
            process.wait()
        self.kill()
        self._engine.dispose()

    def run_beside(self, *command: str) -> None:
        """Run a process of the station beside the broker, until `close`; a kill of the broker leaves it alone."""
        self._beside.append(self._popen(sys.executable, "-m", self.program, *command))

    def _run(self, *command: str) -> None:
        self._processes.append(self._popen(*command))

    def _popen(self, *command: str) -> subprocess.Popen[bytes]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("LOABAN_")}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=environ | self.environ)

    def _wait_for(self, port: int) -> None:
        def is_there() -> bool:
            if any(process.poll() is not None for process in self._processes):
                pytest.fail((self.folder / "log").read_text())
            return listens(port)

        wait_until(is_there, within_s=START_WITHIN_S)


class Embedded(RunningBroker):
    """`loaban broker` with nothing configured."""

    name = "embedded"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.environ |= {
            "LOABAN_BROKER_PORT": str(find_port()),
            "LOABAN_BROKER_TLS_PORT": str(self.port),
            "LOABAN_BROKER_CERTIFICATE": str(self.tls.certificate),
            "LOABAN_BROKER_KEY": str(self.tls.key),
        }

    def start(self) -> None:
        self._run(sys.executable, "-m", "scheduler", "broker")
        self._wait_for(self.port)


class Mosquitto(RunningBroker):
    """Mosquitto with the very file of deploy/, ports and paths apart, and `loaban broker` writing what it reads."""

    name = "mosquitto"

    def __init__(self, folder: Path) -> None:
        if MOSQUITTO is None:
            pytest.skip("mosquitto is not installed")
        super().__init__(folder)
        self._station_port = find_port()
        files, process = folder / "files", folder / "mosquitto.pid"
        self.environ |= {
            "LOABAN_BROKER_URL": f"mqtt://127.0.0.1:{self._station_port}",
            "LOABAN_BROKER_FILES": str(files),
            "LOABAN_BROKER_PROCESS": str(process),
        }
        for name in (files, folder / "kept"):
            name.mkdir()
        deployed = CONFIGURATION.read_text(encoding="utf-8")
        for told, meant in {
            r"listener 8883": f"listener {self.port} 127.0.0.1",
            r"listener 1883 127.0.0.1": f"listener {self._station_port} 127.0.0.1",
            r"/etc/mosquitto/certs/fullchain.pem": str(self.tls.certificate),
            r"/etc/mosquitto/certs/privkey.pem": str(self.tls.key),
            r"/var/lib/loaban-broker": str(files),
        }.items():
            deployed, found = re.subn(rf"{re.escape(told)}(?=\s|/)", meant, deployed)
            assert found, told
        as_debian_has_it = f"pid_file {process}\npersistence true\npersistence_location {folder / 'kept'}/\n"
        (folder / "mosquitto.conf").write_text(f"user {getpass.getuser()}\n{as_debian_has_it}\n{deployed}")

    def start(self) -> None:
        self._run(sys.executable, "-m", "scheduler", "broker")
        written = self.folder / "files" / "passwords"
        wait_until(written.exists, within_s=START_WITHIN_S)
        self._run(str(MOSQUITTO), "-c", str(self.folder / "mosquitto.conf"))
        self._wait_for(self.port)
        self._wait_for(self._station_port)

    @property
    def kept(self) -> Path:
        """What Mosquitto keeps."""
        return self.folder / "kept" / "mosquitto.db"

    def strike(self) -> None:
        """Kill −9 of Mosquitto alone, and start it again."""
        mosquitto = self._processes.pop()
        mosquitto.kill()
        mosquitto.wait()
        self._run(str(MOSQUITTO), "-c", str(self.folder / "mosquitto.conf"))
        self._wait_for(self.port)
        self._wait_for(self._station_port)


class PlainClient:
    """A client that does as it is told, allowed or not: for trying what a well-behaved one would not."""

    def __init__(self, address: BrokerAddress, *, client_id: str | None = None, keepalive_s: int = 60) -> None:
        self._address = replace(address)
        self._client_id = address.username if client_id is None else client_id
        self._keepalive_s = keepalive_s
        self.heard: list[tuple[str, bytes]] = []
        self.acknowledged = 0
        self.granted = 0
        self.signs_of_life = 0
        self._task: asyncio.Task[None] | None = None

    async def connect(self, *, will: tuple[str, bytes] | None = None, clean: bool = False) -> int:
        """Connect and give the broker's answer: 0 when it lets us in, −1 when it just closes."""
        import ssl

        context = ssl.create_default_context(cafile=self._address.ca_file) if self._address.tls else None
        self._reader, self._writer = await asyncio.open_connection(self._address.host, self._address.port, ssl=context)
        flags, body = 0xC2 if clean else 0xC0, self._keepalive_s.to_bytes(2) + text(self._client_id)
        if will is not None:
            flags |= 0x2C  # retained, QoS 1
            body += text(will[0]) + text(will[1])
        body += text(self._address.username) + text(self._address.password)
        self.send(Packet(Kind.CONNECT << 4, b"\x00\x04MQTT\x04" + bytes([flags]) + body))
        try:
            answer = (await read_packet(self._reader)).body[1]
        except (asyncio.IncompleteReadError, OSError):
            answer = -1
        if answer == 0:
            self._task = asyncio.create_task(self._listen())
        else:
            await self.close()
        return answer

    def send(self, *packets: Packet) -> None:
        """Send packets as they are."""
        self._writer.write(b"".join(packet.as_bytes() for packet in packets))

    def subscribe(self, filters: list[str]) -> None:
        """Ask for topics, with QoS 0."""
        self.send(Packet(0x82, b"\x00\x01" + b"".join(text(item) + b"\x00" for item in filters)))

    def publish(self, topics: list[str], payload: bytes) -> None:
        """Publish to all of them, with QoS 1."""
        numbered = enumerate(topics, start=1)
        self.send(*(Packet(0x32, text(topic) + number.to_bytes(2) + payload) for number, topic in numbered))

    async def _listen(self) -> None:
        try:
            while True:
                packet = await read_packet(self._reader)
                if packet.kind == Kind.PUBLISH:
                    size = int.from_bytes(packet.body[:2])
                    self.heard.append((packet.body[2 : 2 + size].decode(), packet.body[2 + size :]))
                elif packet.kind == 4:
                    self.acknowledged += 1
                elif packet.kind == 9:
                    self.granted += len(packet.body) - 2
                elif packet.kind == 13:
                    self.signs_of_life += 1
        except (asyncio.IncompleteReadError, OSError):
            pass

    async def is_dropped(self, *, within_s: float) -> bool:
        """Wait for the broker to end the connection; tell whether it did."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=within_s)
        return self._task is None or self._task.done()

    async def is_answered(self) -> bool:
        """Ask the broker for a sign of life (PINGREQ); tell whether it gave one before it ended the connection."""
        told = self.signs_of_life
        self.send(Packet(0xC0, b""))
        await until(lambda: self.signs_of_life > told or self._task is None or self._task.done())
        return self.signs_of_life > told

    async def close(self) -> None:
        """Drop the connection."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        if self._task is not None:
            await asyncio.wait([self._task])


def text(value: str | bytes) -> bytes:
    """A field of a packet."""
    raw = value.encode() if isinstance(value, str) else value
    return len(raw).to_bytes(2) + raw


async def until(is_so: object, *, within_s: float = 20.0) -> None:
    """Wait for a condition within a loop; fail the test when it does not come true in time."""
    assert callable(is_so)
    end = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > end:
            pytest.fail(f"not so within {within_s} s")
        await asyncio.sleep(0.01)

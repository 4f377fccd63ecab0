"""The process of the embedded broker: how it starts, and that it ends when what it guards ends."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.broker.embedded import EmbeddedBroker, Tls
from scheduler.broker.gate import Behind, Gate
from scheduler.broker.passwords import hash_password
from scheduler.errors import BrokerDied
from scheduler.mqtt import BrokerAddress
from tests.brokers import find_port, listens, make_certificate, wait_until
from tests.contracts.running_brokers import PlainClient


def run_broker(tmp_path: Path, **told: object) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LOABAN_")}
    environ |= {"LOABAN_HOME": str(tmp_path), "LOABAN_LANGUAGE": "en"} | {k: str(v) for k, v in told.items()}
    command = [sys.executable, "-m", "scheduler", "broker"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_it_ends_when_the_broker_behind_the_gate_dies(tmp_path: Path) -> None:
    async def live() -> None:
        broker = EmbeddedBroker(tmp_path, station="loaban-station", password="own")
        await broker.start()
        process = broker._broker._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        try:
            async with asyncio.timeout(20):
                await broker.keep(dict, stop=asyncio.Event())
        finally:
            await broker.close()

    with pytest.raises(BrokerDied):
        asyncio.run(live())


def test_nothing_stays_behind_when_it_is_stopped(tmp_path: Path) -> None:
    async def live() -> int:
        broker = EmbeddedBroker(tmp_path, station="loaban-station", password="own")
        await broker.start()
        stop = asyncio.Event()
        stop.set()
        await broker.keep(dict, stop=stop)
        port = broker._broker.port
        assert listens(port)
        await broker.close()
        return port

    port = asyncio.run(live())
    wait_until(lambda: not listens(port))


def test_a_port_that_is_taken_is_said_by_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run_broker(tmp_path, LOABAN_BROKER_PORT=taken.getsockname()[1])
    assert ended.returncode == 4
    assert "LOABAN_BROKER_PORT" in ended.stderr


def test_a_certificate_that_cannot_be_used_is_said_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "certificate").write_text("none")
    for path in (tmp_path / "certificate", tmp_path / "missing"):
        ended = run_broker(tmp_path, LOABAN_BROKER_PORT=find_port(), LOABAN_BROKER_CERTIFICATE=path)
        assert ended.returncode == 3
        assert "LOABAN_BROKER_CERTIFICATE" in ended.stderr


def test_a_renewed_certificate_is_used_for_new_connections(tmp_path: Path) -> None:
    made = make_certificate(tmp_path / "tls")
    tls = Tls(made.certificate, made.key)

    async def connect() -> None:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=tls.context)
        port = server.sockets[0].getsockname()[1]
        trusting = ssl.create_default_context(cafile=made.authority)
        for is_known in (True, False):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
                writer.transport.abort()
                assert is_known
            except ssl.SSLCertVerificationError:
                assert not is_known
            other = make_certificate(tmp_path / "other")
            made.key.write_bytes(other.key.read_bytes())
            made.certificate.write_bytes(other.certificate.read_bytes())
            tls.renew()
        server.close()

    asyncio.run(connect())


def test_rows_that_cannot_be_read_throw_nobody_out(tmp_path: Path) -> None:
    def fail() -> dict[str, str]:
        raise OSError("no database")

    async def live() -> None:
        port, hashed = find_port(), {"z1-00000001": hash_password("pw")}
        broker = EmbeddedBroker(tmp_path, station="loaban-station", password="own")
        await broker.start()
        await broker.look(lambda: hashed)
        await broker.gate.open("127.0.0.1", port)
        box = PlainClient(BrokerAddress(host="127.0.0.1", port=port, username="z1-00000001", password="pw"))
        assert await box.connect() == 0
        await broker.look(fail)
        assert not await box.is_dropped(within_s=0.2)
        await broker.look(dict)
        assert await box.is_dropped(within_s=5)
        await box.close()
        await broker.close()

    asyncio.run(live())


def test_a_client_that_says_nothing_or_nonsense_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.broker.gate.CONNECT_WITHIN_S", 0.1)

    async def live() -> None:
        gate, port = Gate(Behind(host="", port=1, username="", password=""), station="s", password="p"), find_port()
        await gate.open("127.0.0.1", port)
        for raw in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x10\x02\x00\x04"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(raw)
            async with asyncio.timeout(5):
                assert await reader.read() in {b"", b"\x20\x02\x00\x01"}
            writer.close()
            await writer.wait_closed()
        await gate.close()

    asyncio.run(live())

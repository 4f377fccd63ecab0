"""The gate in front of the embedded broker: lets in who may come, and lets nobody say or hear what is not theirs.

It looks at every packet that comes in and passes on what goes out as it is. The broker behind it has neither users nor
rights of its own, and listens on this machine alone, with a password that only the gate knows.
"""

import asyncio
import contextlib
import hmac
import logging
import ssl
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.broker.access import Access
from scheduler.broker.packets import (
    MOST_BYTES_OF_CONNECT,
    Answer,
    Connect,
    Kind,
    Packet,
    publish_to,
    read_connect,
    read_packet,
    subscribe_to,
    topic_of_publish,
)
from scheduler.broker.passwords import fits
from scheduler.errors import BadMessage

logger = logging.getLogger(__name__)

CONNECT_WITHIN_S = 15.0
_BLOCK = 64 * 1024
_NOWHERE = "nowhere"
"""Where goes what is not allowed: nobody may listen there. It is acknowledged, as Mosquitto does, and dropped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """The broker behind the gate, and the login that only the gate knows."""

    host: str
    port: int
    username: str
    password: str


class Gate:
    """Takes connections for a broker; `station` and its password are let in as the station itself."""

    def __init__(self, behind: Behind, *, station: str, password: str) -> None:
        self._behind = behind
        self._station = station
        self._password = password
        self._logins: Mapping[str, str] = {}
        self._open: defaultdict[str, set[asyncio.StreamWriter]] = defaultdict(set)
        self._servers: list[asyncio.Server] = []

    async def open(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        """Listen there too. Raises `OSError`."""
        self._servers.append(await asyncio.start_server(self._take, host, port, ssl=tls, backlog=1024))

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        for server in self._servers:
            server.close()
        for name in list(self._open):
            self._drop(name)

    def let_in(self, logins: Mapping[str, str]) -> list[str]:
        """Let in these user names, each with the hash of its password, and no others.

        Whoever is in and not among them any more, or has another password now, is thrown out; gives their names.
        """
        before, self._logins = self._logins, dict(logins)
        gone = [name for name in self._open if name != self._station and logins.get(name) != before.get(name)]
        for name in gone:
            logger.info("broker.thrown_out username=%s", name)
            self._drop(name)
        return gone

    def _drop(self, username: str) -> None:
        for writer in self._open.pop(username, ()):
            writer.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                connect = read_connect(await read_packet(reader, most=MOST_BYTES_OF_CONNECT))
            answer = self._judge(connect)
            if connect is None or answer is not None:
                writer.write(Packet(0x20, bytes([0, answer or Answer.BAD_PROTOCOL])).as_bytes())
                return
            # Noted in the same breath as it was judged: whoever is revoked from now on is found here.
            self._open[connect.username].add(writer)
            try:
                await self._pass_on(connect, reader, writer)
            finally:
                self._forget(connect.username, writer)
        except (OSError, BadMessage, asyncio.IncompleteReadError) as error:
            logger.debug("broker.connection_ended reason=%s", error)
        finally:
            await _close(writer)

    def _forget(self, username: str, writer: asyncio.StreamWriter) -> None:
        self._open[username].discard(writer)
        if not self._open[username]:
            del self._open[username]

    def _judge(self, connect: Connect | None) -> Answer | None:
        """Why this client is not let in; None when it is."""
        if connect is None:
            return Answer.BAD_PROTOCOL
        name, access = connect.username, self._access_of(connect)
        if name == self._station:
            is_right = hmac.compare_digest(connect.password.encode(), self._password.encode())
        else:
            is_right = fits(connect.password, self._logins.get(name, ""))
        if not is_right:
            logger.warning("broker.bad_login username=%.40r", name)
            return Answer.BAD_LOGIN
        if not access.may_be(connect.client_id):
            logger.warning("broker.bad_client_id username=%s client_id=%.40r", name, connect.client_id)
            return Answer.BAD_CLIENT_ID
        if connect.will_topic is not None and not access.may_write(connect.will_topic):
            logger.warning("broker.bad_will username=%s topic=%.80r", name, connect.will_topic)
            return Answer.NOT_ALLOWED
        return None

    def _access_of(self, connect: Connect) -> Access:
        return Access(connect.username, is_station=connect.username == self._station)

    async def _pass_on(self, connect: Connect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry packets both ways until either side ends."""
        from_broker, to_broker = await asyncio.open_connection(self._behind.host, self._behind.port)
        try:
            to_broker.write(connect.with_login(self._behind.username, self._behind.password).as_bytes())
            ways = [
                asyncio.create_task(_carry_in(reader, to_broker, _Guard(connect.username, self._access_of(connect)))),
                asyncio.create_task(_carry_out(from_broker, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            for ended in await asyncio.gather(*ways, return_exceptions=True):
                if isinstance(ended, BadMessage):
                    logger.warning("broker.bad_packet username=%s reason=%s", connect.username, ended)
        finally:
            await _close(to_broker)


class _Guard:
    """Looks at what one connection's client sends; tells the log of the first thing that is not allowed."""

    def __init__(self, username: str, access: Access) -> None:
        self._username = username
        self._access = access
        self._has_told = False

    def allowed(self, packet: Packet) -> Packet:
        """The packet, or what takes its place when it goes where its sender has no right to be. Raises `BadMessage`."""
        if packet.kind == Kind.PUBLISH:
            topic = topic_of_publish(packet)
            if self._access.may_write(topic):
                return packet
            self._tell("write", topic)
            return publish_to(packet, _NOWHERE)
        if packet.kind == Kind.SUBSCRIBE:
            return subscribe_to(packet, self._readable)
        if packet.kind == Kind.CONNECT:
            raise BadMessage(reason="a second CONNECT")
        return packet

    def _readable(self, wanted: str) -> str:
        if self._access.may_read(wanted):
            return wanted
        self._tell("read", wanted)
        return f"{_NOWHERE}/{self._username}"

    def _tell(self, what: str, topic: str) -> None:
        if not self._has_told:
            logger.warning("broker.not_allowed username=%s what=%s topic=%.80r", self._username, what, topic)
        self._has_told = True


async def _carry_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, guard: _Guard) -> None:
    while True:
        packet = guard.allowed(await read_packet(reader))
        writer.write(packet.as_bytes())
        await writer.drain()


async def _carry_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(_BLOCK):
        writer.write(block)
        await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
        await writer.wait_closed()

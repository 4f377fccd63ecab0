"""One HTTP connection of a box to its station: TLS always checked, plain only within a house, cut when told."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from scheduler.errors import BadStationAddress, PlainLinkRefused, StationUnreachable

CONNECT_WITHIN_S = 15.0
ANSWER_WITHIN_S = 30.0
HANDSHAKE_BYTES = 5_000
"""What a TLS 1.3 handshake with a chain of two certificates carries, about."""
_PORTS = {"http": 80, "https": 443}
_FAILURES = (OSError, http.client.HTTPException, ValueError)
"""`ValueError` is what Python's TLS raises in one thread when another has closed the socket."""


class StationLink:
    """Asks the station, one request after the other, over a connection that is kept."""

    def __init__(self, address: str, *, ca_file: Path | None = None, allows_plain: bool = False) -> None:
        """`ca_file` names the authority that signed the station's certificate, if it is none of the system's.

        `allows_plain` lets http:// go to any address; without it only to those within a house. Raises
        `BadStationAddress`.
        """
        try:
            parts = urlsplit(address)
            self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
            self._host.encode("idna")
        except (ValueError, KeyError) as error:
            raise BadStationAddress(address=address[:200]) from error
        if not self._host or parts.query or parts.fragment:
            raise BadStationAddress(address=address[:200])
        self._path = parts.path.rstrip("/")
        self._allows_plain = allows_plain
        self._tls = _trusted_tls(ca_file) if parts.scheme == "https" else None
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self.carried_bytes = 0
        """What went over the link so far, heads and handshakes included: what the SIM is billed for, about."""

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> http.client.HTTPResponse:
        """The head of the answer; its body is read with `read`. A connection that the station closed is made anew.

        Raises `StationUnreachable`, `PlainLinkRefused`.
        """
        if self._connection is not None:
            with contextlib.suppress(*_FAILURES):
                return self._ask(self._connection, method, path, headers, body)
            self.close()
        try:
            self._connection = self._connect()
            return self._ask(self._connection, method, path, headers, body)
        except _FAILURES as error:
            self.close()
            raise StationUnreachable(reason=str(error) or type(error).__name__) from error

    def read(self, answer: http.client.HTTPResponse, most: int) -> bytes:
        """The next bytes of an answer; empty at its end, or where the link broke. Raises `StationUnreachable`."""
        try:
            block = answer.read1(most)
        except _FAILURES as error:
            self.close()
            raise StationUnreachable(reason=str(error) or type(error).__name__) from error
        self.carried_bytes += len(block)
        return block

    def cut(self) -> None:
        """Break the connection, from whatever thread: who waits for the station hears of it at once."""
        found = self._socket
        if found is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(
                    found, socket.SHUT_RDWR
                )  # the lowest layer: TLS has state that only one may touch

    def close(self) -> None:
        """Let go of the connection; the next request makes another."""
        if self._connection is not None:
            self._connection.close()
        if self._socket is not None:
            self._socket.close()
        self._connection = self._socket = None

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> http.client.HTTPResponse:
        connection.request(method, self._path + path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        told = sum(len(name) + len(value) + 4 for name, value in [*headers.items(), *answer.getheaders()])
        self.carried_bytes += told + len(self._path + path) + len(body or b"")
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        found = socket.create_connection((self._host, self._port), timeout=CONNECT_WITHIN_S)
        self._socket = found
        if self._tls is None:
            self._check_near(found)
            connection = http.client.HTTPConnection(self._host, self._port)
        else:
            self._socket = found = self._tls.wrap_socket(found, server_hostname=self._host)
            self.carried_bytes += HANDSHAKE_BYTES
            connection = http.client.HTTPSConnection(self._host, self._port, context=self._tls)
        found.settimeout(ANSWER_WITHIN_S)
        connection.sock = found
        connection.auto_open = 0  # never by itself: it would neither check the address nor be cut
        return connection

    def _check_near(self, found: socket.socket) -> None:
        """Asked of the connection itself: what a name leads to may change between a look and the call."""
        address = ipaddress.ip_address(found.getpeername()[0].partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if not (self._allows_plain or address.is_loopback or address.is_private or address.is_link_local):
            raise PlainLinkRefused(address=f"http://{self._host}")


def _trusted_tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise BadStationAddress(address=str(ca_file)) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context

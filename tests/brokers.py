"""Real brokers for tests: Mosquitto started on a free port, stopped and killed at will; certificates; links to them."""

import getpass
import ipaddress
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scheduler.clock import SystemClock
from scheduler.mqtt import Arrived, BackOff, BrokerAddress, Link

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
QUICK = BackOff(first_s=0.05, longest_s=0.2)
WITHIN_S = 10.0
SAVING = ("autosave_on_changes true", "autosave_interval 1")
"""What was acknowledged outlives a kill; but all is written at every change, which takes 20 ms and more each time."""
OPEN = ("allow_anonymous true",)
KEEPING = (
    f"user {getpass.getuser()}",
    "persistence true",
    "max_queued_messages 100000",
    "max_inflight_messages 1000",
)


def find_port() -> int:
    """A port of this machine that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_so: Callable[[], object], *, within_s: float = WITHIN_S) -> None:
    """Wait for a condition; fail the test when it does not come true in time."""
    end = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > end:
            pytest.fail(f"not so within {within_s} s: {is_so}")
        time.sleep(0.005)


def listens(port: int) -> bool:
    """Tell whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Mosquitto:
    """A Mosquitto of our own; `lines` are added to its configuration."""

    def __init__(self, folder: Path, *, lines: Sequence[str] = OPEN, saves: bool = True) -> None:
        if MOSQUITTO is None:
            pytest.skip("mosquitto is not installed")
        self.port = find_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.file = folder / "mosquitto.conf"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kept").mkdir(exist_ok=True)
        everything = [f"listener {self.port} 127.0.0.1", f"persistence_location {folder / 'kept'}/", *lines]
        self.file.write_text("\n".join([*everything, *KEEPING, *(SAVING if saves else ())]) + "\n")

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it listens."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([MOSQUITTO, "-c", self.file], stdout=log, stderr=log)
        wait_until(lambda: listens(self.port) or self._process.poll() is not None)
        if self._process.poll() is not None:
            pytest.fail((self._folder / "log").read_text())

    def kill(self) -> None:
        """Kill −9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    stop = kill


@contextmanager
def mosquitto(folder: Path, *, lines: Sequence[str] = OPEN) -> Iterator[Mosquitto]:
    """A running Mosquitto, gone at the end."""
    broker = Mosquitto(folder, lines=lines, saves=False)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@dataclass
class Listener:
    """A link and all that it was told."""

    link: Link
    arrived: list[Arrived] = field(default_factory=list)
    connected: int = 0
    lost: list[str] = field(default_factory=list)

    @property
    def payloads(self) -> list[bytes]:
        return [item.payload for item in self.arrived]


@contextmanager
def link_to(
    address: BrokerAddress | str,
    client_id: str,
    *filters: str,
    acknowledges: bool = True,
    waits: bool = True,
    **more: Any,
) -> Iterator[Listener]:
    """A link that listens to some topics and acknowledges at once (or never)."""
    if isinstance(address, str):
        address = BrokerAddress.parse(address)

    def note(item: Arrived) -> None:
        if acknowledges:
            listener.link.acknowledge(item)
        listener.arrived.append(item)

    def note_connected() -> None:
        listener.connected += 1

    more.setdefault("back_off", QUICK)
    listener = Listener(
        Link(
            address,
            client_id=client_id,
            on_message=note,
            on_connected=note_connected,
            on_lost=lambda reason: listener.lost.append(reason),
            clock=SystemClock(),
            **more,
        )
    )
    listener.link.subscribe(*filters)
    listener.link.start()
    try:
        if waits:
            wait_until(lambda: listener.connected and listener.link.is_settled)
        yield listener
    finally:
        listener.link.stop()


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate for 127.0.0.1 and localhost, and of the authority that signed it."""

    authority: Path
    certificate: Path
    key: Path


def make_certificate(folder: Path) -> Certificate:
    """A certificate of an authority of our own, valid around the present."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)

    def sign(subject: x509.Name, public: Any, extensions: list[x509.ExtensionType]) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(root_key, hashes.SHA256())

    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    uses = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    root = sign(root_name, root_key.public_key(), [x509.BasicConstraints(ca=True, path_length=0), uses, root_id])
    its_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    own = sign(name, key.public_key(), [x509.BasicConstraints(ca=False, path_length=None), names, its_id])
    made = Certificate(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    made.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made

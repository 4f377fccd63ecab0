"""A box and a real station's page over sockets: paired, fetches, goes on after restarts, is let in no more once revoked."""

import random
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from audio.store import FileMediaStore
from audio.village import files
from audio.village.files import Fetcher
from audio.village.home import Membership, PlayerHome
from audio.village.pairing import PairingText, pair, read_text
from audio.village.station_link import StationLink
from scheduler.domain.coverage import CarrierKind
from scheduler.errors import (
    BadCode,
    BadMembershipTold,
    BadPairingText,
    BadStationAddress,
    StationUnreachable,
    TooManyTries,
)
from scheduler.models import RunningOrder
from scheduler.services import pairing
from scheduler.signing import keep_key
from scheduler.station import Station
from scheduler.village_messages import VillageFile
from tests.audio.village.fetching import NIGHT, RULES, Item
from tests.audio.village.file_station import FileStation, serve
from tests.brokers import make_certificate
from tests.factories import NOW, make_area, make_zone
from tests.fakes import SteppingClock
from tests.web.served import Served
from tests.web.station import make_station
from web.throttle import limiter


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = make_station(tmp_path / "station")
    with station.sessions.begin() as session:
        make_zone(session, area=make_area(session)).carrier = CarrierKind.VILLAGE
    yield station
    station.engine.dispose()


@pytest.fixture
def served(station: Station) -> Iterator[Served]:
    served = Served(station)
    limiter.reset()
    yield served
    served.stop()


@pytest.fixture
def home(tmp_path: Path) -> PlayerHome:
    return PlayerHome(tmp_path / "box")


def a_code(station: Station) -> str:
    with station.sessions.begin() as session:
        return pairing.make_code(session, zone_id=1, by="", now=NOW)


def join(served: Served, home: PlayerHome) -> Membership:
    return pair(home, read_text(a_code(served.station), station_url=served.url), box="raspberrypi")


def put(station: Station, data: bytes) -> Item:
    """A file that a running order sends to villages."""
    source = station.settings.home / "source"
    source.write_bytes(data)
    with source.open("rb") as file:
        stored = FileMediaStore(station.settings.home).add(file)
    with station.sessions.begin() as session:
        session.add(
            RunningOrder(key=stored.sha256, parts=[], transport_sha256=stored.sha256, transport_bytes=len(data))
        )
    file_of = VillageFile(sha256=stored.sha256, size_bytes=len(data), seconds=540.0)
    return Item(file_of, NIGHT + timedelta(days=3))


class Box:
    def __init__(self, home: PlayerHome, membership: Membership, **options: Any) -> None:
        self.clock = SteppingClock(NIGHT)
        self.media = FileMediaStore(home.folder)
        self.notes: list[str] = []
        self.fetcher = Fetcher(
            self.media, home.folder, membership, self.clock, note=lambda code, **_: self.notes.append(code),
            luck=random.Random(1), **options,
        )  # fmt: skip

    def look(self, item: Item, *, times: int = 1) -> float:
        wait_s = 0.0
        for _ in range(times):
            wait_s = self.fetcher.look([item], RULES, now=self.clock.now())
        return wait_s


def test_a_box_is_paired_and_fetches_what_it_plays(served: Served, home: PlayerHome) -> None:
    told = join(served, home)
    assert home.membership() == told and told.station_url + "/" == served.url
    assert told.station_key == keep_key(served.station.settings.home / "keys" / "village-ed25519").public
    data = random.Random(3).randbytes(2_500_000)
    item = put(served.station, data)
    box = Box(home, told)
    assert box.look(item, times=4) == files.IDLE_S
    assert box.media.path(item.file.sha256).read_bytes() == data
    assert len(data) < box.fetcher.use.bytes < len(data) + 10_000 and box.notes == []


def test_a_station_that_restarts_in_the_middle_of_a_file_goes_on_with_it(served: Served, home: PlayerHome) -> None:
    told = join(served, home)
    data = random.Random(4).randbytes(2_500_000)
    item = put(served.station, data)
    box = Box(home, told)
    box.look(item)
    served.stop()
    assert box.look(item) > 0
    served.start()
    box.clock.advance(timedelta(seconds=10))
    box.look(item, times=3)
    assert box.media.path(item.file.sha256).read_bytes() == data
    assert box.fetcher.use.bytes < len(data) + 10_000
    box.fetcher.close()


def test_a_box_that_is_revoked_in_the_middle_of_a_file_gets_no_more_of_it(served: Served, home: PlayerHome) -> None:
    told = join(served, home)
    item = put(served.station, random.Random(5).randbytes(2_500_000))
    box = Box(home, told)
    box.look(item)
    with served.station.sessions.begin() as session:
        pairing.revoke(session, pairing.get_player(session, 1).id, by="", reason="", now=NOW)
    assert box.look(item) > 0 and box.fetcher.problems == ("token_refused",) and box.notes == ["token_refused"]
    again = join(served, home)
    box = Box(home, again)
    box.look(item, times=3)
    assert box.fetcher.is_ready(item.file.sha256) and box.fetcher.problems == ()
    box.fetcher.close()


def test_a_file_that_the_station_has_withdrawn_keeps_the_box_waiting_and_nothing_else(
    served: Served, home: PlayerHome
) -> None:
    told = join(served, home)
    item = put(served.station, b"x" * 1000)
    with served.station.sessions.begin() as session:
        session.execute(update(RunningOrder).values(transport_sha256=None))
    box = Box(home, told)
    box.look(item)
    assert box.notes == [] and box.fetcher.problems == ()
    box.fetcher.close()


def test_a_box_whose_answer_was_lost_asks_again_with_the_same_code(
    served: Served, home: PlayerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = read_text(a_code(served.station), station_url=served.url)
    with monkeypatch.context() as patched:

        def lose(*_: object) -> bytes:
            raise StationUnreachable(reason="cut")

        patched.setattr(StationLink, "read", lose)
        with pytest.raises(StationUnreachable):
            pair(home, told, box="")
    assert not (home.folder / "membership.json").exists()
    assert pair(home, told, box="").zone_id == 1
    with served.station.readers.begin() as session:
        assert len(pairing.find_players(session, revoked=True)) == 1


def test_who_guesses_codes_is_told_to_wait(served: Served, home: PlayerHome) -> None:
    wrong = PairingText(station_url=served.url.rstrip("/"), code="2222-2222")
    for _ in range(10):
        with pytest.raises(BadCode):
            pair(home, wrong, box="")
    with pytest.raises(TooManyTries) as refused:
        pair(home, wrong, box="")
    assert refused.value.facts["wait"] == 3600


@pytest.mark.parametrize(
    ("text", "station_url", "wanted"),
    [
        ("7K3F-9Q2M", "https://dai.example/", ("https://dai.example", "7K3F-9Q2M")),
        (" 7k3f9q2m ", "http://10.0.0.1:8080", ("http://10.0.0.1:8080", "7k3f9q2m")),
        ("https://dai.example/village/pair#7K3F-9Q2M", "", ("https://dai.example", "7K3F-9Q2M")),
        ("https://dai.example:8443/loa/village/pair#7K3F-9Q2M\n", "", ("https://dai.example:8443/loa", "7K3F-9Q2M")),
        ("https://dai.example#7K3F-9Q2M", "https://other", ("https://dai.example", "7K3F-9Q2M")),
    ],
)
def test_a_code_is_read_as_it_is_typed_or_scanned(text: str, station_url: str, wanted: tuple[str, str]) -> None:
    assert read_text(text, station_url=station_url) == PairingText(station_url=wanted[0], code=wanted[1])


@pytest.mark.parametrize(
    "text", ["", "7K3F-9Q2M", "#7K3F-9Q2M", "mqtt://dai#7K3F-9Q2M", "https://dai/village/pair#", "x" * 99]
)
def test_what_says_no_station_or_no_code_is_none(text: str) -> None:
    with pytest.raises(BadPairingText):
        read_text(text)


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b"<html>", b'{"zone_id": 1}', b"\xff", b"[]", b"null", b'{"code": 7}'], ids=str
)
@pytest.mark.parametrize("status", [200, 201, 403, 500])
def test_what_is_no_answer_of_a_station_changes_nothing(
    home: PlayerHome, monkeypatch: pytest.MonkeyPatch, answer: bytes, status: int
) -> None:
    from audio.village import pairing as of_box

    monkeypatch.setattr(of_box, "_ask", lambda *_args, **_more: (status, answer))
    with pytest.raises((BadMembershipTold, StationUnreachable)):
        pair(home, PairingText(station_url="http://127.0.0.1:1", code="7K3F-9Q2M"), box="")
    assert not (home.folder / "membership.json").exists()


# --- TLS ----------------------------------------------------------------------------------------------------------
def test_a_certificate_is_always_checked_and_an_authority_can_be_named(tmp_path: Path, home: PlayerHome) -> None:
    made = make_certificate(tmp_path / "tls")
    other = make_certificate(tmp_path / "other")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with serve(FileStation(), tls=context) as station:
        data = random.Random(6).randbytes(1_200_000)
        item = Item(VillageFile(sha256=station.put(data), size_bytes=len(data), seconds=1.0), NIGHT)
        for url, authority, is_let_in in (
            (f"https://localhost:{station.port}", made.authority, True),
            (f"https://localhost:{station.port}", None, False),
            (f"https://localhost:{station.port}", other.authority, False),
        ):
            membership = membership_at(url)
            box = Box(PlayerHome(home.folder / str(len(station.asked))), membership, ca_file=authority)
            asked = len(station.asked)
            box.look(item, times=2)
            box.fetcher.close()
            assert box.fetcher.is_ready(item.file.sha256) is is_let_in
            assert is_let_in or len(station.asked) == asked  # the token was never said
            if is_let_in:
                assert len(data) + files.HANDSHAKE_BYTES < box.fetcher.use.bytes < len(data) + 10_000
    with serve(FileStation(files=dict(station.files)), tls=context, host="127.0.0.2") as elsewhere:
        box = Box(
            PlayerHome(home.folder / "elsewhere"),
            membership_at(f"https://127.0.0.2:{elsewhere.port}"),
            ca_file=made.authority,
        )
        assert box.look(item) > 0 and elsewhere.asked == []  # a certificate, but not of this name
        with pytest.raises(StationUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            box.fetcher._link.ask("GET", "/", headers={})
        box.fetcher.close()
    with pytest.raises(BadStationAddress):
        StationLink("https://localhost", ca_file=tmp_path / "none.pem")


def membership_at(url: str) -> Membership:
    from tests.audio.village.fetching import membership_of

    return membership_of(url)

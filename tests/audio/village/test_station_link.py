"""To whom a box gives its token: the address it was told, and over plain HTTP only within the house."""

from pathlib import Path

import pytest

from scheduler.errors import BadStationAddress
from tests.audio.village.fetching import Box, some_bytes, wanted_of
from tests.audio.village.file_station import FileStation


def test_plain_http_goes_only_to_addresses_within_the_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from audio.village import station_link

    for peer, is_near in (
        ("127.0.0.1", True), ("192.168.1.9", True), ("10.1.2.3", True), ("fe80::1%eth0", True), ("::1", True),
        ("8.8.8.8", False), ("100.64.0.1", False), ("::ffff:8.8.8.8", False), ("2001:4860::8888", False),
    ):  # fmt: skip

        class Peer:
            def getpeername(self, peer: str = peer) -> tuple[str, int]:
                return (peer, 80)

        link = station_link.StationLink("http://dai.example")
        try:
            link._check_near(Peer())  # type: ignore[arg-type]
            assert is_near, peer
        except station_link.PlainLinkRefused:
            assert not is_near, peer
        station_link.StationLink("http://dai.example", allows_plain=True)._check_near(Peer())  # type: ignore[arg-type]


def test_a_link_that_may_not_be_used_bears_no_token(
    box: Box, station: FileStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audio.village.station_link import PlainLinkRefused, StationLink

    def refuse(*_: object) -> None:
        raise PlainLinkRefused(address="http://dai.example")

    monkeypatch.setattr(StationLink, "_check_near", refuse)
    item = wanted_of(station, some_bytes(100))
    assert box.look([item])[0] > 0
    assert station.asked == [] and box.fetcher.problems == ("plain_link",)


@pytest.mark.parametrize(
    "url", ["", "dai.example", "ftp://dai.example", "https://", "http://x:99999", "https://dai/?a"]
)
def test_an_address_that_cannot_be_used_is_told_at_once(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadStationAddress):
        Box(tmp_path, FileStation(), url=url)

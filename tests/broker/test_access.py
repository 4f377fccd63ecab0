"""Rights at the broker: decided here for the embedded one, written down for Mosquitto."""

import pytest

from scheduler.broker.access import Access
from scheduler.broker.files import access_text
from scheduler.village_messages import FROM_PLAYER, FROM_STATION, Topic, topic_of

BOX, OTHER = "z12-3fa94c01", "z13-00000000"


def test_a_box_reads_what_the_station_says_to_it_and_writes_what_it_says_itself() -> None:
    access = Access(BOX)
    for topic in Topic:
        assert access.may_read(topic_of(BOX, topic)) == (topic in FROM_STATION)
        assert access.may_write(topic_of(BOX, topic)) == (topic in FROM_PLAYER)
        for name in (OTHER, "+", "#", f"{BOX}x", ""):
            assert not access.may_read(topic_of(name, topic))
            assert not access.may_write(topic_of(name, topic))


@pytest.mark.parametrize(
    "topic_filter", ["#", "+/+/+/+", f"loaban/1/{BOX}/#", f"$share/g/loaban/1/{BOX}/plan", "$SYS/#", "", "nowhere"]
)
def test_a_box_asks_for_its_topics_by_name(topic_filter: str) -> None:
    assert not Access(BOX).may_read(topic_filter)


def test_the_station_has_all_of_our_topics_and_no_others() -> None:
    access = Access("loaban-station", is_station=True)
    assert access.may_read("loaban/1/+/journal")
    assert access.may_read("$share/backbone/loaban/1/+/journal")
    assert access.may_write(topic_of(BOX, Topic.PLAN))
    assert not access.may_read("#")
    assert not access.may_read("$share/backbone/#")
    assert not access.may_write("loaban/10/x")


def test_nobody_is_another() -> None:
    assert Access(BOX).may_be(BOX)
    assert not any(Access(BOX).may_be(client_id) for client_id in (OTHER, "station-1", ""))
    station = Access("loaban-station", is_station=True)
    assert station.may_be("station-backbone-a")
    assert not station.may_be(BOX)


def test_mosquitto_is_told_the_same() -> None:
    assert access_text("loaban-station").splitlines() == [
        "user loaban-station",
        "topic readwrite loaban/1/#",
        "",
        *(f"pattern read loaban/1/%u/{kind}" for kind in ("plan", "command", "welcome", "confirm")),
        *(f"pattern write loaban/1/%u/{kind}" for kind in ("hello", "status", "journal")),
    ]

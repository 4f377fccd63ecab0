"""Messages between station and villages: what was said is read again, and nothing else is."""

import zlib
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import village_messages as said
from scheduler.errors import BadMessage
from scheduler.village_messages import Topic

NOW = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
HELLO = said.Hello(nonce="n", instance="i", boot="b", plan_version=3, next_seq=8, oldest_seq=5)
COMMAND = said.Command(
    command_id=uuid4(),
    kind=said.CommandKind.STOP,
    audience=said.Audience(zone_id=1),
    issued_at=NOW,
    expires_at=NOW,
    by="An",
)


@pytest.mark.parametrize("message", [HELLO, COMMAND, said.Confirm(to="z1", instance="i", seqs=(1, 2))])
def test_what_was_said_is_read_again(message: said.AnyMessage) -> None:
    assert said.decode(said.encode(message), type(message)) == message
    assert said.encode(message) == said.encode(said.decode(said.encode(message), type(message)))


def test_a_newer_side_may_say_more() -> None:
    told = msgspec.json.decode(said.encode(HELLO)) | {"mood": "good"}
    assert said.decode(msgspec.json.encode(told), said.Hello) == HELLO


def test_a_protocol_that_we_could_misunderstand_is_refused() -> None:
    told = msgspec.json.decode(said.encode(HELLO)) | {"v": said.PROTOCOL + 1}
    with pytest.raises(BadMessage):
        said.decode(msgspec.json.encode(told), said.Hello)


def test_a_message_cannot_stand_for_one_of_another_kind() -> None:
    with pytest.raises(BadMessage):
        said.decode(said.encode(HELLO), said.Command)


@pytest.mark.parametrize("missing", ["nonce", "instance", "next_seq", "type"])
def test_a_message_that_lacks_something_is_refused(missing: str) -> None:
    told = msgspec.json.decode(said.encode(HELLO))
    del told[missing]
    with pytest.raises(BadMessage):
        said.decode(msgspec.json.encode(told), said.Hello)


def test_an_instant_without_a_zone_is_refused() -> None:
    told = msgspec.json.decode(said.encode(COMMAND)) | {"issued_at": "2026-11-24T05:30:00"}
    with pytest.raises(BadMessage):
        said.decode(msgspec.json.encode(told), said.Command)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_and_nothing_else(data: bytes) -> None:
    with pytest.raises(BadMessage):
        said.decode(data, said.Hello)
    with pytest.raises(BadMessage):
        said.unpack(data)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(BadMessage):
        said.decode(b'{"type":"journal","v":1,"x":' + b"[" * 100_000, said.Journal)


@given(st.binary(max_size=2000))
def test_what_was_packed_is_unpacked(sealed: bytes) -> None:
    assert said.unpack(said.pack(sealed)) == sealed


def test_a_plan_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(BadMessage):
        said.unpack(zlib.compress(bytes(said.LARGEST_PLAN + 1)))
    with pytest.raises(BadMessage):
        said.unpack(said.pack(b"a plan" * 100)[:-8])


def test_topics_name_a_box_and_nothing_else() -> None:
    topic = said.topic_of("z12-3fa94c01", Topic.PLAN)
    assert topic == "loaban/1/z12-3fa94c01/plan"
    assert said.username_in(topic) == "z12-3fa94c01"
    for other in ("", "loaban/2/z1/plan", "loaban/1/z1", "loaban/1/z1/plan/more", "a/b/c/d"):
        with pytest.raises(BadMessage):
            said.username_in(other)


@pytest.mark.parametrize(
    "told",
    [
        {"plan_until": "9999-12-31T23:59:00Z"}, {"plan_until": "0001-01-01T00:00:00+14:00"}, {"data_bytes": 2**63 - 1},
        {"journal_waiting": 2**62}, {"files_wanted": -1}, {"plan_version": 2**31}, {"data_day": "<b>"}, {"boot": "b" * 65},
        {"files_missing": ["0" * 64] * 101}, {"program": "p" * 201}, {"health": {"clock": {"source": "ntp"}, "memory_bytes": 10**400}},
        {"health": {"clock": {"source": "ntp", "offset_s": 1e300}}}, {"health": {"clock": {"source": "ntp"}, "problems": ["x" * 65]}},
    ],
)  # fmt: skip
def test_a_status_with_numbers_beyond_reason_is_none(told: dict[str, object]) -> None:
    good = {"type": "status", "online": True, "at": None, "instance": "i", "boot": "b"}
    said.decode(msgspec.json.encode(good), said.Status)
    with pytest.raises(BadMessage):
        said.decode(msgspec.json.encode(good | told), said.Status)


@pytest.mark.parametrize(
    "told", [{"oldest_seq": 10**30}, {"next_seq": -1}, {"plan_version": 2**31}, {"nonce": "n" * 65}]
)
def test_a_hello_with_numbers_beyond_reason_is_none(told: dict[str, object]) -> None:
    with pytest.raises(BadMessage):
        said.decode(msgspec.json.encode(msgspec.json.decode(said.encode(HELLO)) | told), said.Hello)

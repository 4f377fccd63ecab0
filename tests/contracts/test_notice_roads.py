"""What every road for notices keeps to, over real HTTP; and how a webhook is signed."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from uuid import UUID

import pytest

from scheduler.domain.reach import Message, NoticeKind, TargetKind
from scheduler.errors import NoticeNotTaken
from scheduler.reaching import ROADS
from tests import notice_stub
from tests.factories import NOW
from tests.notice_stub import Stub

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
MESSAGE = Message(
    id=UUID(int=7), at=NOW, kind=NoticeKind.BROADCAST_MISSED, code="broadcast_missed", subject="broadcast:1",
    cleared=False, title="Loa Bản – Đài thử", text="Bản Hụm không nghe được ꪼꪕ.", facts={"zones": 2},
)  # fmt: skip


@pytest.fixture
def stub() -> Iterator[Stub]:
    with notice_stub.serve() as stub:
        yield stub


def address(kind: TargetKind, port: int) -> str:
    return {
        TargetKind.WEBHOOK: f"http://127.0.0.1:{port}/hook?x=1",
        TargetKind.APPRISE: f"json://127.0.0.1:{port}/hook",
    }[kind]


def send(kind: TargetKind, port: int) -> None:
    ROADS[kind]().send(MESSAGE, address=address(kind, port), secret=SECRET, now=NOW)


@pytest.mark.parametrize("kind", TargetKind)
def test_what_is_sent_arrives_once_with_its_words(kind: TargetKind, stub: Stub) -> None:
    send(kind, stub.port)
    assert len(stub.taken) == 1
    assert "Bản Hụm không nghe được ꪼꪕ." in json.dumps(json.loads(stub.taken[0].body), ensure_ascii=False)


@pytest.mark.parametrize("kind", TargetKind)
@pytest.mark.parametrize("answer", [500, 404, 302])
def test_an_answer_that_is_no_yes_is_told(kind: TargetKind, answer: int, stub: Stub) -> None:
    stub.answer = answer
    with pytest.raises(NoticeNotTaken) as told:
        send(kind, stub.port)
    assert told.value.facts["permanent"] is False


@pytest.mark.parametrize("kind", TargetKind)
def test_nobody_there_is_told(kind: TargetKind) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoticeNotTaken):
        send(kind, port)


def test_a_webhook_that_is_gone_is_never_asked_again(stub: Stub) -> None:
    stub.answer = 410
    with pytest.raises(NoticeNotTaken) as told:
        send(TargetKind.WEBHOOK, stub.port)
    assert told.value.facts["permanent"] is True


def test_an_address_that_apprise_does_not_know_is_given_up() -> None:
    with pytest.raises(NoticeNotTaken) as told:
        ROADS[TargetKind.APPRISE]().send(MESSAGE, address="nonsense://x", secret="", now=NOW)
    assert told.value.facts["permanent"] is True


def test_a_webhook_is_signed_as_the_standard_says(stub: Stub) -> None:
    send(TargetKind.WEBHOOK, stub.port)
    taken = stub.taken[0]
    signed = f"{UUID(int=7)}.{int(NOW.timestamp())}.".encode() + taken.body
    expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert taken.headers["webhook-signature"] == f"v1,{expected}"
    assert taken.headers["webhook-id"] == str(UUID(int=7))
    assert taken.path == "/hook?x=1"
    told = json.loads(taken.body)
    assert (told["type"], told["data"]["facts"]) == ("loaban.broadcast_missed.raised", {"zones": 2})

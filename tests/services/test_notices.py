"""Notices made of alarms, tried until they are taken or given up, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.database import Sessions
from scheduler.dispatch import Dispatcher
from scheduler.domain.reach import RETRY_AFTER, Message, NoticeKind, TargetKind, kind_of
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadField, BadTarget, NoticeNotTaken, UnknownTarget
from scheduler.models import NoticeDelivery, NoticeTarget
from scheduler.services import notices, playout
from tests.factories import NOW

LATER = NOW + timedelta(minutes=1)


class Road:
    """Takes what it gets, or says why not."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.refuses: dict[str, bool] = {}
        """Addresses that take nothing, and whether that is for ever."""

    def send(self, message: Message, *, address: str, secret: str, now: datetime) -> None:
        self.sent.append((address, message))
        if address in self.refuses:
            raise NoticeNotTaken(reason="HTTP 500", permanent=self.refuses[address])


@pytest.fixture
def road() -> Road:
    return Road()


@pytest.fixture
def dispatcher(sessions: Sessions, road: Road) -> Iterator[Dispatcher]:
    yield Dispatcher(sessions, roads=dict.fromkeys(TargetKind, road), zone=STATION_ZONE, language="vi")


def add(sessions: Sessions, *, name: str = "Tổ trực", address: str = "https://a.example/x", **others: object) -> int:
    values = {"kind": TargetKind.WEBHOOK, "kinds": (), "by": "Mai", "now": NOW, **others}
    with sessions.begin() as session:
        return notices.add_target(session, name=name, address=address, **values).id  # type: ignore[arg-type]


def alarm(sessions: Sessions, *, at: datetime = LATER, kind: str = "broadcast_missed") -> None:
    facts = {"title": "CCHC", "starts_at": NOW.isoformat(), "zones": 2}
    with sessions.begin() as session:
        playout.raise_alarm(session, kind=kind, subject="broadcast:1", facts=facts, now=at)


def clear(sessions: Sessions, *, at: datetime) -> None:
    with sessions.begin() as session:
        playout.clear_alarms(session, subject="broadcast:1", now=at)


def delivery(sessions: Sessions) -> NoticeDelivery:
    with sessions.begin() as session:
        found = session.scalars(select(NoticeDelivery)).one()
        session.expunge(found)
        return found


def test_an_alarm_is_told_once_and_so_is_its_end(sessions: Sessions, dispatcher: Dispatcher, road: Road) -> None:
    add(sessions)
    alarm(sessions)
    assert (dispatcher.turn(LATER), dispatcher.turn(LATER)) == (1, 0)
    clear(sessions, at=LATER + timedelta(minutes=5))
    alarm(sessions, at=LATER + timedelta(minutes=6))
    assert dispatcher.turn(LATER + timedelta(minutes=7)) == 2
    told = [(message.cleared, message.text) for _, message in road.sent]
    sentence = (
        "Buổi phát “CCHC” lúc 05:00 24/11/2026 không đến được 2 vùng; hãy xem nhật ký và gọi về địa bàn."
    )  # fmt: skip
    assert told[0] == (False, sentence)
    assert sorted(told[1:]) == [(False, sentence), (True, f"Đã hết: {sentence}")]


def test_what_was_before_a_target_is_not_told_to_it(sessions: Sessions, dispatcher: Dispatcher, road: Road) -> None:
    alarm(sessions, at=NOW - timedelta(days=1))
    add(sessions)
    clear(sessions, at=LATER)
    assert (dispatcher.turn(LATER), road.sent) == (0, [])


def test_each_target_gets_the_kinds_it_asked_for(sessions: Sessions, dispatcher: Dispatcher, road: Road) -> None:
    add(sessions, name="a", address="https://disk.example", kinds=(NoticeKind.DISK,))
    add(sessions, name="b", address="https://all.example")
    alarm(sessions)
    dispatcher.turn(LATER)
    assert [address for address, _ in road.sent] == ["https://all.example"]


def test_what_is_not_taken_is_tried_again_for_days_and_then_given_up(
    sessions: Sessions, dispatcher: Dispatcher, road: Road
) -> None:
    number = add(sessions)
    road.refuses["https://a.example/x"] = False
    alarm(sessions)
    at = LATER
    for wait in RETRY_AFTER:
        dispatcher.turn(at)
        assert delivery(sessions).next_at == at + wait
        assert dispatcher.turn(at + wait - timedelta(seconds=1)) == 0
        at += wait
    dispatcher.turn(at)
    lost = delivery(sessions)
    assert (lost.attempts, lost.next_at, lost.given_up_at, lost.problem) == (10, None, at, "HTTP 500")
    assert len(road.sent) == 10
    road.refuses.clear()
    with sessions.begin() as session:
        assert notices.find_targets(session)[0].given_up == 1
        assert notices.try_again(session, number, now=at) == 1
    assert dispatcher.turn(at) == 1
    assert delivery(sessions).taken_at == at


def test_a_target_that_is_gone_is_given_up_at_once(sessions: Sessions, dispatcher: Dispatcher, road: Road) -> None:
    add(sessions)
    road.refuses["https://a.example/x"] = True
    alarm(sessions)
    dispatcher.turn(LATER)
    assert delivery(sessions).given_up_at == LATER


def test_one_target_that_does_not_answer_is_asked_once_a_turn_and_keeps_nobody_waiting(
    sessions: Sessions, dispatcher: Dispatcher, road: Road
) -> None:
    add(sessions, name="a", address="https://dead.example")
    add(sessions, name="b", address="https://alive.example")
    road.refuses["https://dead.example"] = False
    for kind in ("broadcast_missed", "disk_full", "clock_stepped"):
        alarm(sessions, kind=kind)
    assert dispatcher.turn(LATER) == 3
    assert [address for address, _ in road.sent].count("https://dead.example") == 1
    with sessions.begin() as session:
        lost = session.scalars(select(NoticeDelivery).where(NoticeDelivery.taken_at.is_(None))).all()
        assert [delivery.problem for delivery in lost] == ["HTTP 500"] * 3, "all that waits for it has failed with it"


def test_an_attempt_is_noted_before_it_is_made(sessions: Sessions, road: Road) -> None:
    add(sessions)
    alarm(sessions)

    class Crash:
        def send(self, message: Message, **_: object) -> None:
            raise SystemExit

    dispatcher = Dispatcher(sessions, roads=dict.fromkeys(TargetKind, Crash()), zone=STATION_ZONE, language="vi")
    with pytest.raises(SystemExit):
        dispatcher.turn(LATER)
    assert (delivery(sessions).attempts, delivery(sessions).next_at) == (1, LATER + RETRY_AFTER[0])


def test_a_target_that_is_switched_off_gets_nothing_then_or_later(
    sessions: Sessions, dispatcher: Dispatcher, road: Road
) -> None:
    number = add(sessions)
    alarm(sessions)
    with sessions.begin() as session:
        notices.make(session, now=LATER)
        notices.set_active(session, number, active=False)
    assert (dispatcher.turn(LATER), road.sent) == (0, [])
    with sessions.begin() as session:
        notices.set_active(session, number, active=True)
    assert dispatcher.turn(LATER) == 0


def test_a_trial_goes_to_one_target_and_says_that_it_is_one(
    sessions: Sessions, dispatcher: Dispatcher, road: Road
) -> None:
    add(sessions, name="a", address="https://other.example", kind=TargetKind.WEBHOOK)
    number = add(sessions, name="b")
    with sessions.begin() as session:
        notices.make_trial(session, number, now=LATER)
    assert dispatcher.turn(LATER) == 1
    assert road.sent[0][0] == "https://a.example/x"
    assert "thông báo thử" in road.sent[0][1].text


def test_removing_a_target_removes_what_waits_for_it(sessions: Sessions, dispatcher: Dispatcher) -> None:
    number = add(sessions)
    alarm(sessions)
    with sessions.begin() as session:
        notices.make(session, now=LATER)
        notices.remove_target(session, number)
        assert session.scalars(select(NoticeTarget)).all() == []
    with sessions.begin() as session, pytest.raises(UnknownTarget):
        notices.get_target(session, number)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (TargetKind.WEBHOOK, "ftp://a.example"),
        (TargetKind.WEBHOOK, "https://"),
        (TargetKind.WEBHOOK, "https://mai:pass@a.example/"),
        (TargetKind.WEBHOOK, "https://a.example/" + "x" * 600),
        (TargetKind.APPRISE, "just words"),
        (TargetKind.APPRISE, ""),
    ],
)
def test_an_address_nothing_can_be_sent_to_is_refused(sessions: Sessions, kind: TargetKind, address: str) -> None:
    with pytest.raises(BadTarget):
        add(sessions, kind=kind, address=address)


def test_a_target_needs_a_name(sessions: Sessions) -> None:
    with pytest.raises(BadField):
        add(sessions, name="  ")


def test_what_is_shown_of_an_address_lets_nobody_in() -> None:
    webhook = "https://hooks.example/services/T0/B0/SECRET"
    assert notices.shorten(TargetKind.WEBHOOK, webhook) == "https://hooks.example/service…"


def test_only_webhooks_get_a_secret_each_its_own(sessions: Sessions) -> None:
    numbers = [add(sessions), add(sessions, name="b"), add(sessions, kind=TargetKind.APPRISE, address="json://a")]
    with sessions.begin() as session:
        first, second, third = (notices.get_target(session, number).secret for number in numbers)
    assert first.startswith("whsec_") and first != second
    assert third == ""


def test_every_kind_of_the_issue_is_told_as_itself() -> None:
    assert kind_of("village_many_offline") is NoticeKind.VILLAGE_OFFLINE
    assert kind_of("disk_nearly_full") is NoticeKind.DISK
    assert kind_of("something_new") is NoticeKind.OTHER


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("tgram://123456:SECRET/999", "tgram://1234…"),
        ("slack://T1JJ3T3L2SECRET/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack://t1jj…"),
        ("pover://user@azG8hSECRET", "pover://azg8…"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord://4174…"),
        ("mailto://mai:SECRET@dai.example?to=SECRET@dai.example", "mailto://dai.example…"),
    ],
)
def test_a_token_that_stands_where_a_host_would_is_not_shown(address: str, shown: str) -> None:
    assert notices.shorten(TargetKind.APPRISE, address) == shown


@pytest.mark.parametrize("address", ["http://[", "https://[x", "https://a.example:99999/x", "https://a.example:ten/x"])
@pytest.mark.parametrize("kind", list(TargetKind))
def test_an_address_that_is_none_is_refused_and_breaks_nothing(
    sessions: Sessions, kind: TargetKind, address: str
) -> None:
    if kind is TargetKind.APPRISE and "[" not in address:
        return  # what Apprise makes of a port is its own affair
    with pytest.raises(BadTarget):
        add(sessions, kind=kind, address=address)

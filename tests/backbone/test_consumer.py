"""Taking in what villages say: one transaction, row by row when that fails, acknowledged after the commit or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError

from scheduler.backbone.consumer import CONFIRM_WITHIN_S, Consumer
from scheduler.backbone.counts import Counts
from scheduler.backbone.opening import Directory
from scheduler.database import Sessions, open_engine, open_readers, open_sessions
from scheduler.domain.village import JournalState, PlayerRef
from scheduler.models import Player, PlayerState, VillageJournalRow
from scheduler.mqtt import Arrived
from scheduler.village_messages import Hello, Status, Topic, topic_of
from tests.backbone.boxes import STATION, Posted, arrived, hello, journal, key_of, make_boxes
from tests.fakes import SteppingClock
from tests.services.village_station import INSTANCE, Villages, note


@pytest.fixture
def villages(sessions: Sessions) -> Villages:
    return make_boxes(sessions)


@pytest.fixture
def post() -> Posted:
    return Posted()


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
def greeted() -> list[tuple[PlayerRef, Hello]]:
    return []


@pytest.fixture
def consumer(engine: Engine, clock: SteppingClock, post: Posted, counts: Counts, greeted: list[Any]) -> Consumer:
    return make_consumer(engine, clock, post, counts, greeted)


def make_consumer(
    engine: Engine,
    clock: SteppingClock,
    post: Posted,
    counts: Counts,
    greeted: list[Any],
    *,
    writes_to: Engine | None = None,
) -> Consumer:
    return Consumer(
        clock=clock,
        sessions=open_sessions(writes_to or engine),
        directory=Directory(open_readers(engine), clock),
        signer=STATION,
        post=post,
        counts=counts,
        on_kept=lambda: post.order.append("to post"),
        on_greeted=greeted.extend,
    )


def rows(sessions: Sessions) -> list[VillageJournalRow]:
    with sessions.begin() as session:
        return list(session.scalars(select(VillageJournalRow).order_by(VillageJournalRow.seq)))


def test_a_batch_is_kept_then_confirmed_then_acknowledged(
    consumer: Consumer, sessions: Sessions, villages: Villages, post: Posted, counts: Counts
) -> None:
    batch = [
        arrived(villages.tong, Topic.JOURNAL, journal([note(1), note(2)])),
        arrived(villages.hum, Topic.JOURNAL, journal([note(1)])),
        arrived(villages.tong, Topic.JOURNAL, journal([note(3)])),
    ]
    assert consumer.deal_with(batch) == 3
    assert post.order == ["to post", "told", "told", *["acknowledged"] * 3]
    assert post.acknowledged == batch
    assert [topic for topic, _ in post.told] == [
        topic_of(villages.tong.username, Topic.CONFIRM), topic_of(villages.hum.username, Topic.CONFIRM),
    ]  # fmt: skip
    assert [confirm.seqs for confirm in post.confirms()] == [(1, 2, 3), (1,)]
    assert len(rows(sessions)) == 4
    assert counts.facts() == {"messages": 3, "rows": 4}


def test_while_more_waits_boxes_hear_a_little_later(
    consumer: Consumer, villages: Villages, post: Posted, clock: SteppingClock
) -> None:
    for seq in (1, 2):
        consumer.deal_with([arrived(villages.tong, Topic.JOURNAL, journal([note(seq)]))], more_waits=True)
    assert (len(post.acknowledged), post.told) == (2, [])
    clock.advance(timedelta(seconds=CONFIRM_WITHIN_S - 0.5))
    consumer.deal_with([arrived(villages.tong, Topic.JOURNAL, journal([note(3)]))], more_waits=True)
    assert post.told == []
    clock.advance(timedelta(seconds=0.5))
    consumer.deal_with([arrived(villages.tong, Topic.JOURNAL, journal([note(4)]))], more_waits=True)
    assert [confirm.seqs for confirm in post.confirms()] == [(1, 2, 3, 4)]


def test_whoever_waits_hears_once_nothing_is_behind(consumer: Consumer, villages: Villages, post: Posted) -> None:
    for seq in (1, 2, 3):
        consumer.deal_with([arrived(villages.tong, Topic.JOURNAL, journal([note(seq)]))], more_waits=True)
    consumer.deal_with([arrived(villages.hum, Topic.JOURNAL, journal([note(1)]))])
    assert [confirm.seqs for confirm in post.confirms()] == [(1, 2, 3), (1,)]


def test_what_the_database_cannot_take_now_is_not_acknowledged(
    sqlite_engine: Engine, clock: SteppingClock, post: Posted, counts: Counts
) -> None:
    villages = make_boxes(open_sessions(sqlite_engine))
    batch = [arrived(villages.tong, Topic.JOURNAL, journal([note(1)]))]
    away = open_engine("postgresql://nobody@127.0.0.1:1/away")
    with pytest.raises(OperationalError):
        make_consumer(sqlite_engine, clock, post, counts, [], writes_to=away).deal_with(batch)
    assert (post.told, post.acknowledged, counts.take_refused()) == ([], [], {})
    make_consumer(sqlite_engine, clock, post, counts, []).deal_with(batch)
    assert post.acknowledged == batch


def test_a_row_that_no_database_takes_is_set_aside_and_the_others_kept(
    sqlite_engine: Engine, clock: SteppingClock, post: Posted, counts: Counts
) -> None:
    sessions = open_sessions(sqlite_engine)
    villages = make_boxes(sessions)
    with sessions.begin() as session:
        refuse = "BEGIN SELECT RAISE(ABORT, 'no') WHERE NEW.seq = 2 AND NEW.state = 'received'; END"
        session.execute(text(f"CREATE TRIGGER refuse BEFORE INSERT ON village_journal_row {refuse}"))
    batch = [
        arrived(villages.tong, Topic.JOURNAL, journal([note(1), note(2), note(3)])),
        arrived(villages.hum, Topic.JOURNAL, journal([note(1)])),
    ]
    make_consumer(sqlite_engine, clock, post, counts, []).deal_with(batch)
    kept = [(row.player_id, row.seq, row.state) for row in rows(sessions)]
    assert sorted(kept) == [
        (villages.tong.player_id, 1, JournalState.RECEIVED),
        (villages.tong.player_id, 2, JournalState.QUARANTINED),
        (villages.tong.player_id, 3, JournalState.RECEIVED),
        (villages.hum.player_id, 1, JournalState.RECEIVED),
    ]
    assert [(confirm.seqs, confirm.quarantined) for confirm in post.confirms()] == [((1, 2, 3), (2,)), ((1,), ())]
    assert post.acknowledged == batch


def test_a_status_that_no_row_holds_does_not_keep_others_out(
    sqlite_engine: Engine, clock: SteppingClock, post: Posted, counts: Counts
) -> None:
    sessions = open_sessions(sqlite_engine)
    villages = make_boxes(sessions)
    with sessions.begin() as session:
        refuse = "BEGIN SELECT RAISE(ABORT, 'no') WHERE NEW.boot = 'bad'; END"
        session.execute(text(f"CREATE TRIGGER refuse BEFORE UPDATE ON player_state {refuse}"))
    bad = Status(online=True, at=None, instance=INSTANCE, boot="bad")
    good = Status(online=True, at=None, instance=INSTANCE, boot="boot-1", plan_version=4)
    batch = [arrived(villages.tong, Topic.STATUS, bad), arrived(villages.hum, Topic.STATUS, good)]
    make_consumer(sqlite_engine, clock, post, counts, []).deal_with(batch)
    with sessions.begin() as session:
        assert session.get_one(PlayerState, villages.hum.player_id).plan_version == 4
    assert counts.take_refused() == {(villages.tong.username, "unusable"): 1}
    assert post.acknowledged == batch


@pytest.mark.parametrize("depth", [40, 600, *range(900, 1000, 3)])
def test_rows_nested_however_deep_do_not_hold_up_what_comes_behind(
    consumer: Consumer, sessions: Sessions, villages: Villages, post: Posted, depth: int
) -> None:
    deep = "[" * depth + "]" * depth
    told = [f'{{"seq": 1, "odd": {deep}}}', f'{{"seq": 2, "at": null, "kind": "note", "facts": {{"deep": {deep}}}}}']
    bodies = [f'{{"type": "journal", "instance": "i", "boot": "b", "rows": [{row}]}}'.encode() for row in told]
    batch = [
        *(Arrived(topic_of(villages.tong.username, Topic.JOURNAL), key_of(villages.tong.username).seal(body)) for body in bodies),
        arrived(villages.hum, Topic.JOURNAL, journal([note(1)])),
    ]  # fmt: skip
    consumer.deal_with(batch)
    assert post.acknowledged == batch
    kept = {(row.player_id, row.seq): row for row in rows(sessions)}
    assert kept[villages.hum.player_id, 1].state is JournalState.RECEIVED
    for (player_id, _), row in kept.items():
        if player_id == villages.tong.player_id:
            assert row.state is JournalState.QUARANTINED
            assert isinstance(row.facts["text"], str)


def test_a_row_that_cannot_even_be_kept_as_text_does_not_hold_up_the_others(
    sqlite_engine: Engine, clock: SteppingClock, post: Posted, counts: Counts
) -> None:
    sessions = open_sessions(sqlite_engine)
    villages = make_boxes(sessions)
    with sessions.begin() as session:
        refuse = "BEGIN SELECT RAISE(ABORT, 'no') WHERE NEW.seq = 2; END"
        session.execute(text(f"CREATE TRIGGER refuse BEFORE INSERT ON village_journal_row {refuse}"))
    batch = [arrived(villages.tong, Topic.JOURNAL, journal([note(1), note(2), note(3)]))]
    make_consumer(sqlite_engine, clock, post, counts, []).deal_with(batch)
    assert [confirm.seqs for confirm in post.confirms()] == [(1, 3)]
    assert counts.take_refused() == {(villages.tong.username, "unusable"): 1}
    assert post.acknowledged == batch


def test_what_cannot_be_believed_or_read_is_counted_and_acknowledged(
    consumer: Consumer, sessions: Sessions, villages: Villages, post: Posted, counts: Counts
) -> None:
    tong, hum = villages.tong, villages.hum
    good = arrived(tong, Topic.JOURNAL, journal([note(1)]))
    cut = Arrived(good.topic, good.payload[:-1])
    batch = [
        arrived(tong, Topic.JOURNAL, journal([note(1)]), signer=key_of(hum.username)),
        Arrived(topic_of(hum.username, Topic.JOURNAL), good.payload),
        cut,
        Arrived(good.topic, b"nonsense"),
        Arrived(good.topic, key_of(tong.username).seal(b"nonsense")),
        Arrived(topic_of(tong.username, Topic.PLAN), good.payload),
        Arrived(topic_of("z9-00000000", Topic.JOURNAL), good.payload),
        Arrived("loaban/2/x/journal", good.payload),
        Arrived(topic_of(tong.username, Topic.STATUS), b""),
        good,
    ]
    consumer.deal_with(batch)
    assert post.acknowledged == batch
    assert [row.seq for row in rows(sessions)] == [1]
    assert counts.take_refused() == {
        (tong.username, "bad_signature"): 3,
        (hum.username, "bad_signature"): 1,
        (tong.username, "bad_message"): 2,
        ("z9-00000000", "unknown_box"): 1,
        ("", "bad_message"): 1,
    }
    assert counts.facts()["refused"] == 8


def test_a_box_that_was_revoked_is_not_believed_any_more(
    consumer: Consumer, sessions: Sessions, villages: Villages, clock: SteppingClock, counts: Counts
) -> None:
    consumer.deal_with([arrived(villages.tong, Topic.JOURNAL, journal([note(1)]))])
    with sessions.begin() as session:
        session.get_one(Player, villages.tong.player_id).revoked_at = clock.now()
    clock.advance(timedelta(seconds=3))
    consumer.deal_with([arrived(villages.tong, Topic.JOURNAL, journal([note(2)]))])
    assert [row.seq for row in rows(sessions)] == [1]
    assert counts.take_refused() == {(villages.tong.username, "unknown_box"): 1}


def test_a_hello_is_welcomed_with_what_is_kept_in_the_same_batch(
    consumer: Consumer, villages: Villages, post: Posted, greeted: list[tuple[PlayerRef, Hello]], clock: SteppingClock
) -> None:
    said = Hello(nonce="n1", instance=INSTANCE, boot="boot-1", plan_version=0, oldest_seq=1, next_seq=4)
    consumer.deal_with(
        [
            arrived(villages.tong, Topic.HELLO, said),
            arrived(villages.tong, Topic.JOURNAL, journal([note(1), note(2)])),
        ]
    )
    (answer,) = post.welcomes()
    assert (answer.nonce, answer.now, answer.confirmed_below) == ("n1", clock.now(), 3)
    assert [(player.username, hello.nonce) for player, hello in greeted] == [(villages.tong.username, "n1")]


def test_two_boxes_with_one_identity_are_noticed(
    consumer: Consumer, sessions: Sessions, villages: Villages, clock: SteppingClock
) -> None:
    consumer.deal_with([arrived(villages.tong, Topic.JOURNAL, journal([note(1)]))])
    consumer.deal_with([arrived(villages.tong, Topic.JOURNAL, journal([note(1, "other")], boot="boot-2"))])
    consumer.deal_with(
        [arrived(villages.hum, Topic.HELLO, hello(nonce, boot=boot)) for nonce, boot in ("1a", "2b", "3a")]
    )
    with sessions.begin() as session:
        for player in (villages.tong, villages.hum):
            assert session.get_one(PlayerState, player.player_id).twin_at == clock.now()
    assert len(rows(sessions)) == 2

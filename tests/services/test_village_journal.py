"""Keeping what villages hand over, on both databases: every row once, bad ones aside, none lost."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.database import Sessions
from scheduler.domain.village import JournalState, PlayerRef
from scheduler.errors import BadMessage
from scheduler.models import VillageJournalRow
from scheduler.services import village_journal
from scheduler.services.village_journal import Handed, Kept
from scheduler.village_messages import Journal, JournalRow, encode
from tests.services.village_station import INSTANCE, LATER, Villages, hand, make_villages, note, started


@pytest.fixture
def villages(sessions: Sessions) -> Villages:
    return make_villages(sessions)


def keep(sessions: Sessions, *handed: Handed, now: datetime = LATER) -> dict[tuple[int, str], Kept]:
    with sessions.begin() as session:
        return village_journal.keep(session, handed, now=now)


def rows(sessions: Sessions) -> list[VillageJournalRow]:
    with sessions.begin() as session:
        row = VillageJournalRow
        return list(session.scalars(select(row).order_by(row.player_id, row.seq, row.instance)))


def bad(sessions: Sessions) -> list[tuple[int, str]]:
    return [(row.seq, (row.problem or {})["code"]) for row in rows(sessions) if row.state is JournalState.QUARANTINED]


def test_rows_are_kept_as_they_came_and_may_be_confirmed(sessions: Sessions, villages: Villages) -> None:
    kept = keep(sessions, hand(villages.tong, [started(villages), note(2)]), hand(villages.hum, [note(7, at=None)]))
    assert kept == {
        (villages.tong.player_id, INSTANCE): Kept(seqs=(1, 2)),
        (villages.hum.player_id, INSTANCE): Kept(seqs=(7,)),
    }
    first, second, third = rows(sessions)
    assert (first.kind, first.facts["broadcast_id"]) == ("started", str(villages.broadcast_id))
    assert (second.zone_id, second.at, second.boot) == (villages.tong.zone_id, LATER, "boot-1")
    assert (third.at, third.received_at, third.state) == (None, LATER, JournalState.RECEIVED)


def test_the_same_rows_again_are_confirmed_again_and_kept_once(sessions: Sessions, villages: Villages) -> None:
    handed = hand(villages.tong, [note(1), note(2)])
    keep(sessions, handed)
    again = keep(sessions, handed, hand(villages.tong, [note(2), note(3)]), handed, now=LATER + timedelta(hours=1))
    assert again == {(villages.tong.player_id, INSTANCE): Kept(seqs=(1, 2, 3))}
    assert [row.seq for row in rows(sessions)] == [1, 2, 3]
    assert rows(sessions)[0].received_at == LATER


def test_another_row_under_a_known_number_is_kept_beside_it(sessions: Sessions, villages: Villages) -> None:
    keep(sessions, hand(villages.tong, [note(1)]))
    for _ in range(2):
        kept = keep(sessions, hand(villages.tong, [note(1, "clock_set"), note(2)], boot="boot-2"))
        assert kept == {(villages.tong.player_id, INSTANCE): Kept(seqs=(1, 2), is_twin=True)}
    assert sorted((row.seq, row.facts["code"]) for row in rows(sessions)) == [
        (1, "clock_set"),
        (1, "clock_trusted"),
        (2, "clock_trusted"),
    ]


def test_two_boxes_in_one_batch_with_one_number_are_both_kept(sessions: Sessions, villages: Villages) -> None:
    kept = keep(sessions, hand(villages.tong, [note(1)]), hand(villages.tong, [note(1, "clock_set")], boot="boot-2"))
    assert kept[villages.tong.player_id, INSTANCE].is_twin
    assert sorted(row.facts["code"] for row in rows(sessions)) == ["clock_set", "clock_trusted"]


def test_what_cannot_be_used_is_kept_aside_and_told(sessions: Sessions, villages: Villages) -> None:
    odd = [
        JournalRow(seq=1, at=LATER, kind="started", facts={"broadcast_id": "no"}),
        JournalRow(seq=2, at=LATER, kind="dance", facts={}),
        JournalRow(seq=3, at=LATER, kind="a kind with far too long a name", facts={"x": 1}),
        JournalRow(seq=4, at=datetime.fromisoformat("0001-01-01T00:00:00+14:00"), kind="note", facts={}),
        JournalRow(seq=2**80, at=LATER, kind="note", facts={"y": 2}),
        JournalRow(seq=-3, at=LATER, kind="note", facts={}),
        JournalRow(seq=9, at=LATER, kind="note", facts={"text": "a\x00b", "deep": [1, {"z": None}]}),
    ]
    kept = keep(sessions, hand(villages.tong, odd))
    seqs = (1, 2, 3, 4, 2**80, -3, 9)
    assert kept == {(villages.tong.player_id, INSTANCE): Kept(seqs=seqs, quarantined=(1, 2, 3, 4))}
    assert sorted(bad(sessions)) == [
        (0, "bad_message"), (0, "bad_message"), (1, "bad_message"), (2, "unknown_kind"), (3, "bad_message"), (4, "bad_message"),
    ]  # fmt: skip
    by_seq = {row.seq: row for row in rows(sessions)}
    assert by_seq[9].facts["text"] == "a\x00b"
    assert json.loads(by_seq[3].facts["text"])["kind"] == "a kind with far too long a name"


def test_one_unreadable_row_does_not_take_the_others_along(sessions: Sessions, villages: Villages) -> None:
    body = json.loads(encode(hand(villages.tong, [note(1), note(2), note(3)]).journal))
    body["rows"][1]["at"] = "2026-11-24T05:30:00"
    body["rows"] += ["nonsense", {"seq": 5}, {"seq": True}]
    handed = village_journal.read(villages.tong, json.dumps(body).encode())
    assert [row.seq for row in handed.journal.rows] == [1, 3]
    kept = keep(sessions, handed)
    assert kept == {(villages.tong.player_id, INSTANCE): Kept(seqs=(1, 3, 2, 5), quarantined=(2, 5))}
    assert len(bad(sessions)) == 4
    assert keep(sessions, handed) == kept
    assert len(rows(sessions)) == 6


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b"\xff", b'{"type":"journal"}', b'{"type":"hello","instance":"a","boot":"b","rows":[]}',
        b"[" * 100_000, encode(Journal(instance="a" * 65, boot="b", rows=())), encode(Journal(instance="a~b", boot="b", rows=())),
        encode(Journal(instance="a", boot="b\x00", rows=())), encode(Journal(instance="", boot="b", rows=())),
    ],
)  # fmt: skip
def test_a_message_that_is_no_journal_is_refused(body: bytes) -> None:
    player = PlayerRef(player_id=1, zone_id=1, username="z1-11112222", public_key="")
    with pytest.raises(BadMessage):
        village_journal.read(player, body)


def test_what_the_database_refuses_is_kept_as_text(sessions: Sessions, villages: Villages) -> None:
    handed = hand(villages.tong, [note(1), note(2)])
    alone = list(village_journal.single_rows(handed))
    assert [[row.seq for row in item.journal.rows] for item in alone] == [[1], [2]]
    with sessions.begin() as session:
        kept = village_journal.keep_refused(session, alone[1], now=LATER, reason="DataError")
    assert kept == {(villages.tong.player_id, INSTANCE): Kept(seqs=(2,), quarantined=(2,))}
    assert bad(sessions) == [(2, "bad_message")]


def test_odd_rows_that_the_database_refuses_are_kept_as_text_too(sessions: Sessions, villages: Villages) -> None:
    body = b'{"type":"journal","instance":"i","boot":"b","rows":[{"seq":5},"nonsense"]}'
    kept: dict[tuple[int, str], Kept] = {}
    for alone in village_journal.single_rows(village_journal.read(villages.tong, body)):
        with sessions.begin() as session:
            kept |= village_journal.keep_refused(session, alone, now=LATER, reason="DataError")
    assert sorted(bad(sessions)) == [(0, "bad_message"), (5, "bad_message")]


def test_facts_nested_too_deep_are_kept_as_text(sessions: Sessions, villages: Villages) -> None:
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    row = JournalRow(seq=1, at=LATER, kind="note", facts={"deep": deep})
    assert keep(sessions, hand(villages.tong, [row])) == {
        (villages.tong.player_id, INSTANCE): Kept(seqs=(1,), quarantined=(1,))
    }
    assert json.loads(rows(sessions)[0].facts["text"])["facts"] == {"deep": deep}

"""Posting what villages handed over, on both databases: into the log once, what contradicts it aside."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, select

from scheduler.database import Sessions, open_sessions
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.time import STATION_ZONE
from scheduler.domain.village import CommandOutcome, JournalState
from scheduler.models import (
    Airing,
    AsRunEntry,
    Broadcast,
    Claim,
    CommandDelivery,
    Player,
    Programme,
    RunningOrder,
    VillageCommand,
    VillageJournalRow,
)
from scheduler.services import as_run, due, unreported, village_journal, village_posting
from scheduler.services.village_journal import Handed
from scheduler.services.village_posting import Posted
from scheduler.village_messages import CommandFacts, JournalKind, JournalRow, to_facts
from tests.factories import a_sha256
from tests.services.village_station import (
    INSTANCE,
    LATER,
    START,
    Villages,
    add_player,
    delivered,
    hand,
    make_villages,
    missed,
    note,
    started,
)


@pytest.fixture
def villages(sessions: Sessions) -> Villages:
    return make_villages(sessions)


@pytest.fixture
def near(sqlite_engine: Engine) -> Sessions:
    """Sessions on SQLite: for rules, to which the database makes no difference."""
    return open_sessions(sqlite_engine)


def keep(sessions: Sessions, *handed: Handed) -> None:
    with sessions.begin() as session:
        village_journal.keep(session, handed, now=LATER)


def post(sessions: Sessions, *handed: Handed, now: datetime = LATER, **others: Any) -> Posted:
    keep(sessions, *handed)
    with sessions.begin() as session:
        return village_posting.post(session, now=now, zone=STATION_ZONE, **others)


def log(sessions: Sessions) -> list[AsRunEntry]:
    with sessions.begin() as session:
        return list(session.scalars(select(AsRunEntry).order_by(AsRunEntry.planned_at, AsRunEntry.zone_id)))


def claims(sessions: Sessions) -> list[Claim]:
    with sessions.begin() as session:
        return list(session.scalars(select(Claim).order_by(Claim.zone_id)))


def state_of(sessions: Sessions, villages: Villages) -> BroadcastState:
    with sessions.begin() as session:
        return session.get_one(Broadcast, villages.broadcast_id).state


def problems(sessions: Sessions) -> list[tuple[str, str]]:
    with sessions.begin() as session:
        row = VillageJournalRow
        found = session.scalars(select(row).order_by(row.player_id, row.seq, row.instance))
        return [(item.state.value, (item.problem or {}).get("code", "")) for item in found]


def test_no_daemon_of_the_station_goes_on_with_what_a_village_began(sessions: Sessions, villages: Villages) -> None:
    post(sessions, hand(villages.hum, [started(villages)]))
    assert [claim.closed_at for claim in claims(sessions)] == [None]
    with sessions.begin() as session:
        assert due.find_open(session) == []


def test_what_a_village_sounded_comes_into_the_log_with_its_proof(sessions: Sessions, villages: Villages) -> None:
    assert post(sessions, hand(villages.hum, [started(villages), delivered(villages)])) == Posted(rows=2, quarantined=0)
    (entry,) = log(sessions)
    assert (entry.kind, entry.evidence, entry.seconds_sounded) == (EntryKind.SOUNDED, Evidence.HEARD, 540)
    assert (entry.zone_name, entry.language, entry.recorded_by) == ("Bản Hụm", "vi", villages.hum.username)
    assert entry.rendition_sha256 == villages.renditions[villages.hum.zone_id]
    assert (entry.started_at, entry.recorded_at) == (START, LATER)
    (claim,) = claims(sessions)
    assert (claim.owner, claim.started_at, claim.closed_at) == (villages.hum.username, START, LATER)
    with sessions.begin() as session:
        assert as_run.check(session) == []


def test_a_start_is_on_air_until_the_delivery_comes(sessions: Sessions, villages: Villages) -> None:
    post(sessions, hand(villages.hum, [started(villages, offset_s=12.5)]), now=START + timedelta(seconds=2))
    (claim,) = claims(sessions)
    assert (claim.started_at, claim.offset_s, claim.closed_at) == (START, 12.5, None)
    assert state_of(sessions, villages) is BroadcastState.ON_AIR
    post(sessions, hand(villages.hum, [delivered(villages)]))
    assert claims(sessions)[0].closed_at == LATER


def test_every_edition_that_a_village_heard_is_in_the_log(sessions: Sessions, villages: Villages) -> None:
    half = START + timedelta(seconds=540)
    second: dict[str, Any] = {"planned_at": half, "started_at": half, "ended_at": half + timedelta(seconds=540)}
    both = [
        delivered(villages, 1, player=villages.tong, language="blt"),
        delivered(villages, 2, player=villages.tong, **second),
    ]
    post(sessions, hand(villages.hum, [delivered(villages)]), hand(villages.tong, both))
    assert [(entry.zone_name, entry.language) for entry in log(sessions)] == [
        ("Bản Tông", "blt"),
        ("Bản Hụm", "vi"),
        ("Bản Tông", "vi"),
    ]
    assert [claim.closed_at for claim in claims(sessions)] == [LATER, LATER]
    # That the broadcast is done is for the daemon of the station to say: a village may be silent for a fortnight.
    assert state_of(sessions, villages) is BroadcastState.PLANNED


def test_what_was_missed_is_in_the_log_with_its_reason(sessions: Sessions, villages: Villages) -> None:
    post(sessions, hand(villages.hum, [missed(villages)]))
    (entry,) = log(sessions)
    assert (entry.kind, entry.reason, entry.seconds_sounded) == (EntryKind.MISSED, Reason.NO_TRUSTED_TIME, 0)
    assert (claims(sessions)[0].started_at, claims(sessions)[0].closed_at) == (None, LATER)


def test_rows_handed_over_twice_are_posted_once(sessions: Sessions, villages: Villages) -> None:
    handed = hand(villages.hum, [started(villages), delivered(villages)])
    post(sessions, handed)
    assert post(sessions, handed) == Posted(rows=0, quarantined=0)
    # A box whose storage was copied tells the same under another name.
    assert post(sessions, hand(villages.hum, handed.journal.rows, instance="copy")) == Posted(rows=2, quarantined=0)
    assert len(log(sessions)) == len(claims(sessions)) == 1


def test_of_two_boxes_with_one_identity_the_first_counts(sessions: Sessions, villages: Villages) -> None:
    post(sessions, hand(villages.hum, [delivered(villages)]))
    other = delivered(villages, seconds_sounded=100.0, kind=EntryKind.PARTIAL, reason=Reason.LATE_START)
    assert post(sessions, hand(villages.hum, [other], boot="boot-2")) == Posted(rows=1, quarantined=1)
    assert problems(sessions) == [("posted", ""), ("quarantined", "contradicts_log")]
    assert [entry.seconds_sounded for entry in log(sessions)] == [540]


def test_two_that_contradict_in_one_batch_are_told_apart_too(sessions: Sessions, villages: Villages) -> None:
    both = [missed(villages, 1), delivered(villages, 2)]
    assert post(sessions, hand(villages.hum, both)) == Posted(rows=2, quarantined=1)
    assert problems(sessions) == [("posted", ""), ("quarantined", "contradicts_log")]


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"airing_id": "0" * 32}, "unknown_airing"),
        ({"broadcast_id": "0" * 32}, "unknown_airing"),
        ({"seconds_sounded": 541.0}, "impossible"),
        ({"seconds_sounded": -1.0}, "impossible"),
        ({"seconds_sounded": 0.0}, "impossible"),
        ({"seconds_planned": 60.0, "seconds_sounded": 60.0}, "impossible"),
        ({"seconds_sounded": 60.0}, "impossible"),
        ({"ended_at": START + timedelta(seconds=10)}, "impossible"),
        ({"ended_at": None}, "impossible"),
        ({"started_at": None}, "impossible"),
        ({"started_at": START - timedelta(hours=1)}, "impossible"),
        ({"planned_at": START - timedelta(days=300), "started_at": START - timedelta(days=300)}, "impossible"),
        ({"started_at": START + timedelta(days=300), "ended_at": START + timedelta(days=301)}, "from_the_future"),
        ({"ended_at": LATER + timedelta(minutes=6)}, "from_the_future"),
        ({"kind": EntryKind.CORRECTION}, "impossible"),
        ({"kind": EntryKind.MISSED, "reason": Reason.STOPPED}, "impossible"),
        ({"kind": EntryKind.PARTIAL}, "impossible"),
        ({"evidence": Evidence.CONFIRMED}, "impossible"),
        ({"evidence": Evidence.PLANNED}, "impossible"),
        ({"rendition_sha256": a_sha256("unknown")}, "other_file"),
        ({"rendition_sha256": None}, "other_file"),
    ],
)
def test_what_cannot_be_is_set_aside_with_a_code(near: Sessions, others: dict[str, Any], code: str) -> None:
    sessions, villages = near, make_villages(near)
    row = delivered(villages, **others)
    assert post(sessions, hand(villages.hum, [row, note(3)])) == Posted(rows=2, quarantined=1)
    assert problems(sessions) == [("quarantined", code), ("posted", "")]
    assert (log(sessions), claims(sessions)) == ([], [])


def test_a_zone_that_does_not_hear_it_is_told_apart(near: Sessions) -> None:
    sessions, villages = near, make_villages(near)
    with sessions.begin() as session:
        session.execute(delete(Programme).where(Programme.zone_id == villages.hum.zone_id))
    post(sessions, hand(villages.hum, [started(villages), delivered(villages)]))
    assert problems(sessions) == [("quarantined", "other_zone")] * 2


def test_what_sounded_from_the_file_of_another_recording_is_set_aside(near: Sessions) -> None:
    sessions, villages = near, make_villages(near)
    with sessions.begin() as session:
        session.get_one(Airing, villages.airings["vi"]).master_sha256 = a_sha256("a later recording")
    post(sessions, hand(villages.hum, [delivered(villages)]))
    assert problems(sessions) == [("quarantined", "other_file")]


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"broadcast_id": "0" * 32}, "unknown_airing"),
        ({"started_at": START + timedelta(days=3)}, "from_the_future"),
        ({"started_at": START - timedelta(days=3)}, "impossible"),
        ({"offset_s": -1.0}, "impossible"),
    ],
)
def test_a_start_that_cannot_be_is_set_aside(near: Sessions, others: dict[str, Any], code: str) -> None:
    sessions, villages = near, make_villages(near)
    post(sessions, hand(villages.hum, [started(villages, **others)]))
    assert problems(sessions) == [("quarantined", code)]
    assert claims(sessions) == []


def test_what_the_station_itself_sounded_is_not_sounded_by_a_box(near: Sessions) -> None:
    sessions, villages = near, make_villages(near)
    with sessions.begin() as session:
        session.add(
            Claim(
                broadcast_id=villages.broadcast_id,
                zone_id=villages.hum.zone_id,
                owner="playout.here.1.2",
                token=3,
                claimed_at=START,
            )
        )
    post(sessions, hand(villages.hum, [started(villages), delivered(villages)]))
    assert problems(sessions) == [("quarantined", "sounded_by_another")] * 2
    assert claims(sessions)[0].closed_at is None


def test_a_box_that_took_the_place_of_another_ends_what_that_began(sessions: Sessions, villages: Villages) -> None:
    post(sessions, hand(villages.hum, [started(villages)]))
    with sessions.begin() as session:
        session.get_one(Player, villages.hum.player_id).revoked_at = LATER
        fresh = add_player(session, villages.hum.zone_id, digits="99998888")
    post(sessions, hand(fresh, [started(villages, started_at=START + timedelta(seconds=60)), delivered(villages)]))
    (claim,) = claims(sessions)
    assert (claim.owner, claim.started_at, claim.closed_at) == (villages.hum.username, START, LATER)


def test_an_answer_reaches_its_command(sessions: Sessions, villages: Villages) -> None:
    command_id = villages.broadcast_id  # any number will do
    with sessions.begin() as session:
        session.add(
            VillageCommand(
                id=command_id, kind="volume", audience={}, body=b"x", issued_at=START, expires_at=LATER, issued_by="Mai"
            )
        )
        session.flush()
        player = villages.hum
        session.add(CommandDelivery(command_id=command_id, zone_id=player.zone_id, player_id=player.player_id))
    rows = [
        JournalRow(seq=seq, at=LATER, kind=JournalKind.COMMAND.value, facts=to_facts(facts))
        for seq, facts in enumerate(
            [
                CommandFacts(command_id=None, outcome=CommandOutcome.REFUSED, reason="bad_signature"),
                CommandFacts(command_id=command_id, outcome=CommandOutcome.DONE),
            ]
        )
    ]
    keep(sessions, hand(villages.hum, rows))  # with the rows, in one transaction
    assert problems(sessions) == [("posted", "")] * 2
    with sessions.begin() as session:
        delivery = session.get_one(CommandDelivery, (command_id, villages.hum.zone_id))
        assert (delivery.outcome, delivery.answered_at) == (CommandOutcome.DONE, LATER)


def test_a_batch_may_be_posted_in_parts_and_row_by_row(sessions: Sessions, villages: Villages) -> None:
    keep(sessions, hand(villages.hum, [note(1), note(2), note(3)]))
    assert post(sessions, limit=2) == Posted(rows=2, quarantined=0)
    with sessions.begin() as session:
        waiting = village_posting.find_waiting(session)
    assert waiting == [(villages.hum.player_id, INSTANCE, 3)]
    assert post(sessions, only=(villages.hum.player_id, INSTANCE, 2)) == Posted(rows=0, quarantined=0)
    with sessions.begin() as session:
        village_posting.quarantine(session, waiting[0], code="bad_message", about="DataError")
        village_posting.quarantine(session, (villages.hum.player_id, INSTANCE, 1), code="bad_message", about="late")
    assert problems(sessions) == [("posted", ""), ("posted", ""), ("quarantined", "bad_message")]


def test_rows_that_another_process_posts_are_left_to_it(sessions: Sessions, villages: Villages) -> None:
    with sessions.begin() as session:
        if session.get_bind().dialect.name != "postgresql":
            return  # SQLite has one writer at a time
    keep(sessions, hand(villages.hum, [note(1)]))
    with sessions.begin() as first:
        assert village_posting.post(first, now=LATER, zone=STATION_ZONE) == Posted(rows=1, quarantined=0)
        assert post(sessions) == Posted(rows=0, quarantined=0)


def test_the_file_of_two_running_orders_is_known_by_both(near: Sessions) -> None:
    sessions, villages = near, make_villages(near)
    with sessions.begin() as session:
        transport = villages.transports[villages.hum.zone_id]
        session.add(RunningOrder(key="0" * 64, parts=[], transport_sha256=transport))
    assert post(sessions, hand(villages.hum, [delivered(villages)])).quarantined == 0
    assert log(sessions)[0].rendition_sha256 == villages.renditions[villages.hum.zone_id]


def test_a_quarantined_row_stays_what_it_was_said(near: Sessions) -> None:
    sessions, villages = near, make_villages(near)
    row = delivered(villages, evidence=Evidence.CONFIRMED)
    post(sessions, hand(villages.hum, [row]))
    with sessions.begin() as session:
        kept = session.scalars(select(VillageJournalRow)).one()
        assert (kept.state, kept.facts) == (JournalState.QUARANTINED, row.facts)
        assert kept.problem == {"code": "impossible", "about": "evidence"}


def test_what_waits_is_found_without_going_through_what_was_posted(near: Sessions) -> None:
    with near() as session, session.begin():
        connection = session.connection()
        said: list[tuple[str, object]] = []
        event.listen(connection, "before_cursor_execute", lambda *seen: said.append((seen[2], seen[3])))
        village_posting.find_waiting(session)
        statement, values = said[-1]
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values).all()  # type: ignore[arg-type]
    assert "ix_village_journal_row_to_post" in str(plan)


def test_what_people_said_meanwhile_does_not_keep_a_late_journal_out(villages: Villages, sessions: Sessions) -> None:
    keep(sessions, hand(villages.hum, [delivered(villages, 1, language="vi")]))
    with sessions.begin() as session:
        airing = session.scalars(select(Airing.id).where(Airing.language == "vi")).one()
        guess = unreported.entry_of(
            unreported.find(session, [(airing, villages.hum.zone_id)])[airing, villages.hum.zone_id],
            seconds=0.0, reason=Reason.NEVER_REPORTED, by="Mai", note="không ai rõ",
        )  # fmt: skip
        as_run.record(session, [guess], now=LATER, zone=STATION_ZONE)
    for _ in range(2):  # handed over twice, it is in the log once
        post(sessions)
        keep(sessions, hand(villages.hum, [delivered(villages, 2, language="vi")]))
    assert post(sessions).quarantined == 0
    with sessions.begin() as session:
        entries = session.scalars(select(AsRunEntry).order_by(AsRunEntry.attempt)).all()
        assert [(item.attempt, item.source, item.recorded_by) for item in entries] == [
            (1, "manual", "Mai"),
            (2, "plan", villages.hum.username),
        ]
        assert entries[1].kind is EntryKind.SOUNDED and as_run.check(session) == []

"""What the daemon commits is in the journal in the same transaction, in order, until the station has confirmed it."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from sqlalchemy import select, text, update

from audio.village.home import PlayerHome
from audio.village.journal import DAMAGED, Journal
from audio.village.rows import JournalEntry
from audio.village.store import open_rows
from scheduler.database import Sessions, _alembic_config, newest_migration, open_engine, upgrade
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.models import Airing, Claim
from scheduler.services import as_run, playout
from scheduler.services.playout import Closing, NewClaim
from scheduler.village_messages import DeliveryFacts, JournalKind, StartedFacts, from_facts
from tests.audio.village.homes import NOON, ZONE_ID, pair
from tests.factories import make_area, make_broadcast, make_edition, make_episode, make_series, make_zone


@pytest.fixture
def home(tmp_path: Path) -> PlayerHome:
    return pair(tmp_path / "box")


@pytest.fixture
def rows(home: PlayerHome) -> Sessions:
    return open_rows(home)


@pytest.fixture
def journal(rows: Sessions) -> Journal:
    return Journal(rows)


class Played:
    """A broadcast that this box claimed, and the steps that follow."""

    def __init__(self, rows: Sessions) -> None:
        self.rows = rows
        with rows.begin() as session:
            zone = make_zone(session, code="TONG", area=make_area(session), languages=("vi",))
            edition = make_edition(session, make_episode(session, make_series(session)), language="vi", seconds=240)
            made = make_broadcast(session, editions=(edition,), zones=(zone,), starts_in=timedelta(0), now=NOON)
            session.flush()
            self.key = (made.id, zone.id)
            playout.claim(session, [NewClaim(key=self.key, token=1)], owner="me", now=NOON, zone=self.zone)
        with rows.begin() as session:
            self.airing = session.scalars(select(Airing.id)).one()

    zone = ZoneInfo("Asia/Ho_Chi_Minh")

    def start(self) -> None:
        with self.rows.begin() as session:
            playout.note_started(session, {self.key: NOON + timedelta(microseconds=1500)}, owner="me")

    def close(self) -> None:
        with self.rows.begin() as session:
            playout.close(
                session,
                [Closing(key=self.key, token=1, entries=(self.entry,))],
                owner="me",
                now=NOON + timedelta(seconds=200),
                zone=self.zone,
            )

    @property
    def entry(self) -> NewEntry:
        return NewEntry(
            airing_id=self.airing, zone_id=self.key[1], kind=EntryKind.PARTIAL, planned_at=NOON,
            started_at=NOON, ended_at=NOON + timedelta(seconds=199.5), seconds_planned=240.0, seconds_sounded=199.5,
            reason=Reason.STOPPED, evidence=Evidence.COMPLETED, recorded_by="me", note="điện “mất”",
        )  # fmt: skip


def test_start_and_outcome_are_journalled_by_the_transaction_that_writes_them(rows: Sessions, journal: Journal) -> None:
    played = Played(rows)
    assert journal.waiting() == ()
    played.start()
    played.close()
    started, delivery = journal.waiting()
    assert (started.seq, started.kind) == (1, JournalKind.STARTED)
    assert from_facts(started.facts, StartedFacts) == StartedFacts(
        broadcast_id=played.key[0], started_at=NOON + timedelta(microseconds=1500)
    )
    assert (delivery.seq, delivery.kind, delivery.at) == (2, JournalKind.DELIVERY, NOON + timedelta(seconds=200))
    told = from_facts(delivery.facts, DeliveryFacts)
    assert told == DeliveryFacts(
        broadcast_id=played.key[0], airing_id=played.airing, kind=EntryKind.PARTIAL, planned_at=NOON, started_at=NOON,
        ended_at=NOON + timedelta(seconds=199.5), seconds_planned=240.0, seconds_sounded=199.5, reason=Reason.STOPPED,
        evidence=Evidence.COMPLETED, note="điện “mất”",
    )  # fmt: skip


def test_what_is_rolled_back_is_not_journalled_and_leaves_no_gap(rows: Sessions, journal: Journal) -> None:
    played = Played(rows)
    with pytest.raises(RuntimeError), rows.begin() as session:
        playout.note_started(session, {played.key: NOON}, owner="me")
        raise RuntimeError
    assert journal.waiting() == ()
    played.start()
    assert [row.seq for row in journal.waiting()] == [1]


def test_the_same_said_twice_is_journalled_once(rows: Sessions, journal: Journal) -> None:
    played = Played(rows)
    played.start()
    played.start()
    played.close()
    with rows.begin() as session:
        as_run.record(session, [played.entry], now=NOON, zone=played.zone)
    assert [row.kind for row in journal.waiting()] == ["started", "delivery"]


def test_numbers_rise_and_are_never_used_again(home: PlayerHome, journal: Journal) -> None:
    for n in range(5):
        journal.note("tried", at=NOON, n=n)
    assert [row.seq for row in journal.waiting()] == [1, 2, 3, 4, 5]
    assert (journal.oldest_seq, journal.next_seq) == (1, 6)
    journal.forget([1, 2, 4, 99])
    assert [row.seq for row in journal.waiting()] == [3, 5]
    journal.forget([3, 5])
    assert (journal.oldest_seq, journal.next_seq, len(journal)) == (6, 6, 0)
    again = Journal(open_rows(home))
    again.note("after a restart", at=None)
    assert [(row.seq, row.at) for row in again.waiting()] == [(6, None)]
    assert again.instance == journal.instance


def test_waiting_goes_on_after_a_number(journal: Journal) -> None:
    for n in range(7):
        journal.note("n", at=NOON, n=n)
    assert [row.seq for row in journal.waiting(after=2, limit=3)] == [3, 4, 5]
    journal.forget_below(6)
    assert [row.seq for row in journal.waiting()] == [6, 7]


@pytest.mark.parametrize("column", ["facts", "at", "kind", "mark"])
def test_a_row_that_is_not_what_was_written_is_not_believed(rows: Sessions, journal: Journal, column: str) -> None:
    journal.note("good", at=NOON)
    journal.note("bad", at=NOON)
    changed = {"facts": '{"code":"baf"}', "at": "2026-11-24T05:00:01Z", "kind": "command", "mark": "0"}[column]
    with rows.begin() as session:
        session.execute(update(JournalEntry).where(JournalEntry.seq == 2).values({column: changed}))
    good, bad = journal.waiting()
    assert good.facts == {"code": "good"}
    assert (bad.seq, bad.kind, bad.facts) == (2, "note", {"code": DAMAGED})


def test_a_damaged_database_is_set_aside_and_the_new_one_bears_another_name(home: PlayerHome) -> None:
    rows = open_rows(home)
    journal = Journal(rows)
    journal.note("lost", at=NOON)
    rows.kw["bind"].dispose()
    path = home.folder / "player.db"
    body = bytearray(path.read_bytes())
    for page in range(4096, len(body), 4096):
        body[page : page + 64] = os.urandom(64)
    path.write_bytes(body)
    after = Journal(open_rows(home))
    assert after.instance != journal.instance
    assert after.next_seq == 1
    assert (home.folder / "player.db.damaged").exists()


def test_a_box_paired_with_another_zone_begins_anew(tmp_path: Path) -> None:
    home = pair(tmp_path)
    first = open_rows(home)
    Journal(first).note("of zone 12", at=NOON)
    name = Journal(first).instance
    first.kw["bind"].dispose()
    pair(tmp_path, zone_id=ZONE_ID)
    assert [row.facts["code"] for row in Journal(open_rows(home)).waiting()] == ["of zone 12"]
    pair(tmp_path, zone_id=ZONE_ID + 1)
    other = Journal(open_rows(home))
    assert (other.waiting(), other.instance == name) == ((), False)


def test_acknowledged_rows_outlive_a_kill_and_none_is_half(home: PlayerHome) -> None:
    open_rows(home).kw["bind"].dispose()
    program = (
        "import sys, pathlib\n"
        "from audio.village.home import PlayerHome\n"
        "from audio.village.journal import Journal\n"
        "from audio.village.store import open_rows\n"
        "journal = Journal(open_rows(PlayerHome(pathlib.Path(sys.argv[1]))))\n"
        "for n in range(100000):\n"
        "    journal.note('n', at=None, n=n)\n"
        "    print(n, flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(home.folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(20)]
    child.kill()
    told += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    child.wait()
    child.stdout.close()
    kept = [row.facts["n"] for row in Journal(open_rows(home)).waiting(limit=100_000)]
    assert kept == list(range(len(kept)))
    assert len(kept) >= len(told)


def test_foreign_hands_cannot_write_into_the_journal_unmarked(rows: Sessions, journal: Journal) -> None:
    with rows.begin() as session:
        session.execute(
            text("INSERT INTO village_journal (at, kind, facts, mark) VALUES (NULL, 'delivery', :facts, '')"),
            {"facts": f'{{"broadcast_id": "{uuid4()}"}}'},
        )
    assert [row.facts for row in journal.waiting()] == [{"code": DAMAGED}]


def test_claims_of_the_daemon_need_no_journal_row_until_they_start(rows: Sessions, journal: Journal) -> None:
    played = Played(rows)
    with rows.begin() as session:
        session.execute(update(Claim).values(owner="other"))
    played.start()
    assert journal.waiting() == ()


def test_the_database_of_an_older_program_is_brought_up_to_date(home: PlayerHome) -> None:
    older = open_engine(home.database_url)
    with older.begin() as connection:
        command.upgrade(_alembic_config(connection), "0003")
    older.dispose()
    rows = open_rows(home)
    with rows.begin() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == newest_migration()
    played = Played(rows)
    played.start()
    assert [row.kind for row in Journal(rows).waiting()] == ["started"]


def test_a_new_database_has_what_the_migrations_make(home: PlayerHome, tmp_path: Path) -> None:
    told = (
        "SELECT type, name FROM sqlite_master WHERE tbl_name NOT LIKE 'village_%' AND name NOT LIKE 'village_%' "
        "AND name NOT LIKE 'sqlite_%'"
    )
    migrated = open_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    upgrade(migrated)
    with migrated.connect() as connection, open_rows(home).begin() as session:
        wanted = {tuple(row) for row in connection.execute(text(told))}
        assert wanted == {tuple(row) for row in session.execute(text(told))}
    migrated.dispose()

"""Posting what was kept: a row that cannot be posted is set aside, the others reach the log."""

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError

from scheduler.backbone.counts import Counts
from scheduler.backbone.posting import Poster
from scheduler.config import load_settings
from scheduler.database import open_engine, open_readers, open_sessions
from scheduler.models import AsRunEntry, VillageJournalRow
from scheduler.services import village_journal
from tests.fakes import SteppingClock
from tests.services.village_station import LATER, Villages, delivered, hand, make_villages, missed, note


@pytest.fixture
def villages(sqlite_engine: Engine) -> Villages:
    sessions = open_sessions(sqlite_engine)
    made = make_villages(sessions)
    with sessions.begin() as session:
        rows = [
            hand(made.tong, [missed(made, 1, language="blt"), note(2)]),
            hand(made.hum, [delivered(made, 1), note(2)]),
        ]
        village_journal.keep(session, rows, now=LATER)
    return made


def make_poster(engine: Engine, *, writes_to: Engine | None = None) -> Poster:
    return Poster(
        clock=SteppingClock(LATER),
        sessions=open_sessions(writes_to or engine),
        readers=open_readers(engine),
        settings=load_settings({}),
        counts=Counts(),
    )


def states(engine: Engine) -> list[tuple[str, str]]:
    with open_readers(engine).begin() as session:
        row = VillageJournalRow
        found = session.scalars(select(row).order_by(row.player_id, row.seq))
        return [(item.state.value, (item.problem or {}).get("code", "")) for item in found]


def test_a_batch_is_posted_until_nothing_waits(sqlite_engine: Engine, villages: Villages) -> None:
    poster = make_poster(sqlite_engine)
    assert (poster.turn(), poster.turn()) == (4, 0)
    assert states(sqlite_engine) == [("posted", "")] * 4


def test_one_row_that_cannot_be_posted_does_not_keep_the_others_out(
    sqlite_engine: Engine, villages: Villages
) -> None:  # fmt: skip
    with sqlite_engine.begin() as connection:
        refuse = f"BEGIN SELECT RAISE(ABORT, 'no') WHERE NEW.zone_id = {villages.tong.zone_id}; END"
        connection.execute(text(f"CREATE TRIGGER refuse BEFORE INSERT ON as_run_entry {refuse}"))
    poster = make_poster(sqlite_engine)
    assert (poster.turn(), poster.turn()) == (4, 0)
    assert states(sqlite_engine) == [("quarantined", "unpostable"), *[("posted", "")] * 3]
    with open_readers(sqlite_engine).begin() as session:
        assert session.scalars(select(AsRunEntry.zone_id)).all() == [villages.hum.zone_id]


def test_a_database_that_is_away_sets_no_row_aside(sqlite_engine: Engine, villages: Villages) -> None:
    away = open_engine("postgresql://nobody@127.0.0.1:1/away")
    with pytest.raises(OperationalError):
        make_poster(sqlite_engine, writes_to=away).turn()
    assert states(sqlite_engine) == [("received", "")] * 4

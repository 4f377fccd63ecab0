"""The database itself refuses to change or delete what was logged, reviewed or produced."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from scheduler.database import Sessions
from scheduler.domain.programme import Decision
from scheduler.models import Edition, Review
from scheduler.models.append_only import APPEND_ONLY
from tests.factories import NOW
from tests.services.test_counting import a_station, play


@pytest.fixture
def filled(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        _, zones, made = a_station(session, episodes=1)
        play(session, made[0], zones)
        edition = session.query(Edition).first()
        assert edition is not None
        session.add(Review(edition_id=edition.id, reviewer="Án", decision=Decision.APPROVED, decided_at=NOW))
    return sessions


def column_of(table: str) -> str:
    return "decided_at" if table == "review" else "local_day"


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_cannot_be_changed_or_deleted(filled: Sessions, engine: Engine, table: str) -> None:
    column = column_of(table)
    attempts = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    if engine.dialect.name == "postgresql":
        attempts.append(f"TRUNCATE {table}")
    for statement in attempts:
        with pytest.raises(DBAPIError, match="append-only"), filled.begin() as session:
            session.execute(text(statement))
    with filled.begin() as session:
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar()


def test_the_log_is_among_them() -> None:
    assert set(APPEND_ONLY) == {"as_run_entry", "production", "review"}

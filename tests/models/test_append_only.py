"""The database itself refuses to change or delete what was logged, reviewed or produced."""

import contextlib

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from scheduler.database import Sessions
from scheduler.domain.identity import uuid7
from scheduler.domain.programme import Decision
from scheduler.models import AuditEntry, Edition, PeriodClose, Review, Row, Seal
from scheduler.models.append_only import APPEND_ONLY
from tests.factories import NOW
from tests.services.test_counting import a_station, play

DAY = NOW.date()


@pytest.fixture
def filled(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        _, zones, made = a_station(session, episodes=1)
        play(session, made[0], zones)
        edition = session.query(Edition).first()
        assert edition is not None
        session.add(Review(edition_id=edition.id, reviewer="Án", decision=Decision.APPROVED, decided_at=NOW))
        session.add(AuditEntry(change_id=uuid7(now=NOW), at=NOW, who="Án", action="changed", kind="zone", subject="1"))
        session.add(
            PeriodClose(first=DAY, last=DAY, closed_at=NOW, closed_by="Án", count={}, sentence="x", last_entry=1)
        )
        session.add(
            Seal(
                id=1, day=DAY, entries_after=0, entries_until=1, entries=1, productions_after=0, productions_until=1,
                productions=1, root="0" * 64, previous="0" * 64, statement="{}", signature="0" * 128, key="0" * 64,
                sealed_at=NOW, marks=b"",
            )
        )  # fmt: skip
    return sessions


def column_of(table: str) -> str:
    own = {"review": "decided_at", "audit_entry": "at", "period_close": "closed_at", "seal": "sealed_at"}
    return own.get(table, "local_day")


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


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # PostgreSQL knows no INSERT OR REPLACE
def test_a_row_cannot_be_replaced(filled: Sessions, table: str) -> None:
    columns = [column.name for column in Row.metadata.tables[table].columns]
    forged = ", ".join("'1999-01-01'" if name == column_of(table) else name for name in columns)
    renumbered = forged.replace("id, ", "id + 1000, ", 1)  # the same delivery or edition under another number
    for values in (forged, renumbered):
        with contextlib.suppress(DBAPIError), filled.begin() as session:
            session.execute(
                text(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE id = 1")
            )
    with filled.begin() as session:
        found = session.execute(text(f"SELECT {column_of(table)} FROM {table} WHERE id = 1")).scalar()
    assert found is not None and not str(found).startswith("1999")


def test_the_log_is_among_them() -> None:
    assert set(APPEND_ONLY) == {"as_run_entry", "production", "review", "audit_entry", "period_close", "seal"}

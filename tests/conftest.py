"""What all tests share: databases, a clock that moves only when told, and how missing services are treated."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from scheduler.database import Sessions, open_engine, open_sessions
from tests.databases import database_of_this_worker, empty_postgresql, put_sqlite
from tests.fakes import SteppingClock

POSTGRES_URL = database_of_this_worker(os.environ.get("LOABAN_TEST_POSTGRES_URL"))
MUST_HAVE_ALL = os.environ.get("LOABAN_TEST_ALL") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where every service is promised (LOABAN_TEST_ALL=1), a skipped test is a failure."""
    report = yield
    if MUST_HAVE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although LOABAN_TEST_ALL=1: {report.longrepr}"
    return report


@pytest.fixture
def clock() -> SteppingClock:
    """A clock that stands at 05:00 on 24 November 2026 at the station."""
    return SteppingClock(datetime(2026, 11, 23, 22, 0, tzinfo=UTC))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database with all tables, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        engine = open_empty_sqlite(tmp_path)
    else:
        if POSTGRES_URL is None:
            pytest.skip("LOABAN_TEST_POSTGRES_URL is not set")
        engine = open_engine(POSTGRES_URL)
        empty_postgresql(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database with all tables, for tests to which the database makes no difference."""
    engine = open_empty_sqlite(tmp_path)
    yield engine
    engine.dispose()


def open_empty_sqlite(folder: Path) -> Engine:
    """An engine on an empty SQLite database with all tables, in a folder."""
    put_sqlite(folder / "station.db")
    return open_engine(f"sqlite:///{folder / 'station.db'}")


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    """Sessions on both databases."""
    return open_sessions(engine)


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    """One open transaction on SQLite, thrown away at the end of the test."""
    with open_sessions(sqlite_engine)() as session, session.begin():
        yield session
        session.rollback()

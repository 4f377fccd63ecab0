"""Opening the station's database: engine, sessions, and whether its migrations are up to date."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from scheduler.errors import DatabaseOutOfDate

if TYPE_CHECKING:  # Alembic takes a quarter of a second to load: a daemon that is restarted should sound sooner
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
SQLITE_WAIT_SECONDS = 15.0
CONNECT_WAIT_SECONDS = 5
_SQLITE_POOL: dict[str, int] = {"pool_size": 24, "max_overflow": -1}
# A page that reads and shows the bar, which reads too, takes two connections: twenty such pages at once waited half a
# minute for each other in a pool of fifteen. A connection to a file costs next to nothing, so there is no limit.

Sessions = sessionmaker[Session]


def open_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, durable at every commit, writers queue up) or PostgreSQL (through psycopg)."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT_SECONDS}, **_SQLITE_POOL)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    plain = url.removeprefix("postgresql+psycopg").removeprefix("postgresql").removeprefix("postgres")
    return create_engine(
        f"postgresql+psycopg{plain}",
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=40,
        connect_args={"connect_timeout": CONNECT_WAIT_SECONDS},
    )


def open_sessions(engine: Engine) -> Sessions:
    """The way to get sessions; every use is `with sessions.begin() as session:` at an edge of the program."""
    return sessionmaker(engine, expire_on_commit=False)


def open_readers(engine: Engine) -> Sessions:
    """Sessions that only look: they see one consistent state and never make a writer (a claim) wait."""
    return sessionmaker(engine.execution_options(only_reads=True, postgresql_readonly=True), expire_on_commit=False)


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest migration; does nothing when it is there already."""
    from alembic import command

    with engine.begin() as connection:
        command.upgrade(_alembic_config(connection), "head")


def check_up_to_date(engine: Engine) -> None:
    """Raises `DatabaseOutOfDate` when migrations are missing."""
    wanted = newest_migration()
    with engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        present = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    if present != wanted:
        raise DatabaseOutOfDate(present=present, wanted=wanted)


def newest_migration() -> str:
    """The newest migration; they are numbered, and a file's number is its revision."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def said_by_driver(error: SQLAlchemyError) -> str:
    """The first line of what the driver said; the statement and its values stay out of it."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


def _alembic_config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _set_up_sqlite(raw: sqlite3.Connection, _record: Any) -> None:
    # The driver must not begin transactions itself: BEGIN IMMEDIATE is ours, since a transaction that reads and
    # then writes is refused at once, whatever the timeout. NORMAL lost acknowledged rows in simulated power cuts.
    raw.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")

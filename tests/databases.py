"""Empty databases for tests: one PostgreSQL for each process that runs them, SQLite files copied from one made once."""

import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from scheduler.database import open_engine, upgrade
from scheduler.models import Row

_OBJECTS = """
SELECT oid::bigint FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT oid::bigint FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT pg_trigger.oid::bigint FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
  WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT oid::bigint FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT attrelid::bigint * 10000 + attnum FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped
"""
"""Everything that tables are made of, by its number: a table that was made anew has others."""

_EMPTY_TABLES = """
DO $$
DECLARE
  name text;
  has_rows boolean;
BEGIN
  SET LOCAL session_replication_role = replica;  -- no trigger and no foreign key is asked
  FOR name IN SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO has_rows;
    IF has_rows THEN
      EXECUTE 'DELETE FROM ' || name;
    END IF;
  END LOOP;
  FOR name IN SELECT format('%I', sequencename) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP
    EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART';
  END LOOP;
END $$
"""
"""Most tests write into a few tables: only those are emptied, and the numbers of rows begin at one again."""

_made: dict[str, frozenset[int]] = {}
"""What the tables were made of in the databases that this process made them in."""


def database_of_this_worker(url: str | None) -> str | None:
    """The address of the database of this process, made when it is not there; `url` itself where one process runs all."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if url is None or worker is None:
        return url
    shared = make_url(url)
    name = f"{shared.database}_{worker}"
    engine = create_engine(shared, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return shared.set(database=name).render_as_string(hide_password=False)


def empty_postgresql(engine: Engine) -> None:
    """All tables of the models and no rows: made anew only when this process has not, or a test changed them.

    Making them takes ten times as long as emptying them, which takes a role that may pass over triggers (a superuser).
    """
    url = engine.url.render_as_string()
    with engine.begin() as connection:
        is_ours = _made.get(url) == _objects(connection) and _emptied(connection)
    if is_ours:
        return
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        Row.metadata.create_all(connection)
        _made[url] = _objects(connection)


def _objects(connection: Connection) -> frozenset[int]:
    return frozenset(connection.scalars(text(_OBJECTS)))


def _emptied(connection: Connection) -> bool:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(_EMPTY_TABLES.replace("%", "%%"))
    except ProgrammingError:  # a role that may not pass over triggers
        return False
    return True


def put_sqlite(path: Path) -> None:
    """An empty database with all tables of the models as a file that was not there."""
    _put(_with_tables(), path)


def put_migrated_sqlite(path: Path) -> None:
    """An empty database as `loaban database upgrade` leaves it as a file that was not there."""
    _put(_migrated(), path)


def _put(database: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(database)


@cache
def _with_tables() -> bytes:
    return _made_by(Row.metadata.create_all)


@cache
def _migrated() -> bytes:
    return _made_by(upgrade)


def _made_by(make: Callable[[Engine], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.db"
        engine = open_engine(f"sqlite:///{path}")
        make(engine)
        engine.dispose()
        left = sorted(item.name for item in Path(folder).iterdir())
        assert left == [path.name], f"not all is in one file: {left}"
        return path.read_bytes()

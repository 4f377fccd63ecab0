"""The migrations give exactly the tables of the models, on SQLite and on PostgreSQL."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from scheduler import database
from scheduler.errors import DatabaseOutOfDate
from scheduler.models import Row
from scheduler.models.append_only import APPEND_ONLY


def emptied(engine: Engine) -> Engine:
    Row.metadata.drop_all(engine)
    return engine


def test_an_empty_database_upgrades_to_exactly_the_models(engine: Engine) -> None:
    database.upgrade(emptied(engine))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
    database.check_up_to_date(engine)


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    database.upgrade(emptied(engine))
    database.upgrade(engine)
    database.check_up_to_date(engine)


def test_the_migrated_database_has_the_triggers_of_the_append_only_tables(engine: Engine) -> None:
    database.upgrade(emptied(engine))
    catalogue = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT event_object_table FROM information_schema.triggers",
    }[engine.dialect.name]
    with engine.connect() as connection:
        assert {row[0] for row in connection.execute(text(catalogue))} == set(APPEND_ONLY)


def test_the_newest_migration_by_its_number_is_the_newest_for_alembic() -> None:
    heads = ScriptDirectory(str(database.MIGRATIONS)).get_heads()
    assert heads == [database.newest_migration()]


def test_a_database_without_migrations_is_out_of_date(engine: Engine) -> None:
    with pytest.raises(DatabaseOutOfDate):
        database.check_up_to_date(engine)

"""Triggers that make the database itself refuse to change or delete rows of append-only tables."""

from collections.abc import Iterable, Iterator

from sqlalchemy import DDL, event

from scheduler.models.evidence import PeriodClose, Seal
from scheduler.models.people import AuditEntry
from scheduler.models.playout import AsRunEntry
from scheduler.models.programme import Production, Review

APPEND_ONLY = (
    AsRunEntry.__tablename__,
    Production.__tablename__,
    Review.__tablename__,
    AuditEntry.__tablename__,
    PeriodClose.__tablename__,
    Seal.__tablename__,
)
_SAME = {
    AsRunEntry.__tablename__: ("airing_id", "zone_id", "attempt"),
    Production.__tablename__: ("edition_id",),
    Seal.__tablename__: ("day",),
}
"""What is unique beside the number of a row."""


def sqlite_statements(table: str) -> Iterator[str]:
    """The statements that make a table append-only on SQLite."""
    for verb in ("update", "delete"):
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    yield from sqlite_replace_statements(table)


def sqlite_replace_statements(table: str) -> Iterator[str]:
    """The statements against INSERT OR REPLACE, which SQLite lets delete a row without asking the other triggers.

    A second entry of a delivery is left out in silence, as `services.as_run` asks for by ON CONFLICT DO NOTHING.
    """
    yield _never_again(table, ("id",), f"ABORT, '{table} is append-only'")
    if table in _SAME:
        leaves_out = table == AsRunEntry.__tablename__
        yield _never_again(table, _SAME[table], "IGNORE" if leaves_out else f"ABORT, '{table} is append-only'")


def _never_again(table: str, columns: tuple[str, ...], answer: str) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_second_{columns[0]} BEFORE INSERT ON {table} "  # noqa: S608 -- our names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE({answer}); END"
    )


def postgresql_statements(table: str) -> Iterator[str]:
    """The statements that make a table append-only on PostgreSQL (rows and TRUNCATE)."""
    yield (
        "CREATE OR REPLACE FUNCTION loaban_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    yield (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION loaban_append_only()"
    )


def statements(dialect: str, tables: Iterable[str]) -> Iterator[str]:
    """All statements that make tables append-only on a dialect, for a migration."""
    per_table = {"sqlite": sqlite_statements, "postgresql": postgresql_statements}[dialect]
    for table in tables:
        yield from per_table(table)


def _escaped(statement: str) -> str:
    return statement.replace("%", "%%")


for _mapped in (AsRunEntry, Production, Review, AuditEntry, PeriodClose, Seal):
    for _dialect, _per_table in (("sqlite", sqlite_statements), ("postgresql", postgresql_statements)):
        for _statement in _per_table(_mapped.__tablename__):
            event.listen(
                _mapped.__table__,
                "after_create",
                DDL(_escaped(_statement)).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
            )

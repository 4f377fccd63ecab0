"""Thousands of rows written, or asked for by their keys, in one statement: what the two databases want differently.

The text of a statement is always the same here and all rows are one value of it. A text of a thousand rows of forty
values kept psycopg busy twenty times as long as the database, since it reads each text that it has not seen before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Dialect,
    Table,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

Values = Mapping[str, Any]
Prepare = Callable[[Any], Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OnConflict:
    """What becomes of a row that is there already, by `keys`; columns that are not named stay as they are."""

    keys: tuple[str, ...]
    replaced: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    """To these the new value is added."""
    filled: tuple[str, ...] = ()
    """These get the new value where they have none."""


def insert(session: Session, mapped: Any, rows: Sequence[Values], *, conflict: OnConflict | None = None) -> int:
    """Write rows of the table of a mapped class; says how many are new or were changed.

    All have the same columns: every one that the database itself has no value for. No two have the same key. Raises
    what the driver raises, for all rows together; without `conflict` also for a row that is there already.
    """
    if not rows:
        return 0
    connection = session.connection()
    made = _statement(mapped.__table__, tuple(rows[0]), conflict, connection.dialect)
    prepared = [
        [value if (value := row[name]) is None or prepare is None else prepare(value) for name, prepare in made.columns]
        for row in rows
    ]
    if connection.dialect.name == "postgresql":
        names = [name for name, _ in made.columns]
        told = msgspec.json.encode([dict(zip(names, row, strict=True)) for row in prepared]).decode()
        return int(connection.exec_driver_sql(made.text, {"told": told}).rowcount)
    return int(connection.exec_driver_sql(made.text, [tuple(row) for row in prepared]).rowcount)


def among(session: Session, column: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """The condition that a column has one of the values, however many those are."""
    dialect = session.get_bind().dialect
    kind = column.property.columns[0].type
    if dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=ARRAY(kind)))
    prepare = kind.dialect_impl(dialect).bind_processor(dialect)
    told = msgspec.json.encode([item if prepare is None else prepare(item) for item in values]).decode()
    return column.in_(select(literal_column("value")).select_from(func.json_each(literal(told))))


@dataclass(frozen=True, slots=True)
class _Made:
    """A statement as the driver takes it."""

    text: str
    columns: tuple[tuple[str, Prepare], ...]
    """In the order of the statement, each with what makes of a value what the database keeps."""


@lru_cache(maxsize=64)
def _statement(table: Table, names: tuple[str, ...], conflict: OnConflict | None, dialect: Dialect) -> _Made:
    if dialect.name == "postgresql":
        fresh: Any = postgresql.insert(table)
        # The types of what is told are those of the table's columns.
        told = func.json_populate_recordset(text(f"NULL::{table.name}"), cast(bindparam("told"), JSON))
        source = told.table_valued(*names)
        fresh = fresh.from_select(names, select(*(source.c[name] for name in names)), include_defaults=False)
        compiled = _on_conflict(fresh, table, conflict).compile(dialect=dialect)
        return _Made(str(compiled), tuple((name, _prepare_of(table, name, dialect)) for name in names))
    compiled = _on_conflict(sqlite.insert(table), table, conflict).compile(dialect=dialect, column_keys=list(names))
    in_order = compiled.positiontup
    return _Made(str(compiled), tuple((name, _prepare_of(table, name, dialect)) for name in in_order))


def _on_conflict(fresh: Any, table: Table, conflict: OnConflict | None) -> Any:
    if conflict is None:
        return fresh
    given = fresh.excluded
    changed = {
        **{name: given[name] for name in conflict.replaced},
        **{name: table.c[name] + given[name] for name in conflict.added},
        **{name: func.coalesce(table.c[name], given[name]) for name in conflict.filled},
    }
    if not changed:
        return fresh.on_conflict_do_nothing(index_elements=list(conflict.keys))
    return fresh.on_conflict_do_update(index_elements=list(conflict.keys), set_=changed)


def _prepare_of(table: Table, name: str, dialect: Dialect) -> Prepare:
    kind = table.c[name].type
    if dialect.name == "postgresql" and isinstance(kind, JSON):
        return None  # JSON in JSON stays what it is
    prepare: Prepare = kind.dialect_impl(dialect).bind_processor(dialect)
    return prepare

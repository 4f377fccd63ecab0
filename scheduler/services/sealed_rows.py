"""Reading rows of the log in the spelling in which they are sealed, straight as the database keeps them.

Nothing is turned into our types on the way: what somebody wrote past the program must come out as it is, not fail.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, Select, Text, bindparam, cast, func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from scheduler.domain.canonical import ENTRY_FORM, FORMS, PRODUCTION_FORM, SEAL_FIELDS, Encoder, Form, Kind
from scheduler.domain.merkle import hash_leaf
from scheduler.domain.seals import Part, Statement
from scheduler.models import AsRunEntry, Production, Seal

TABLES: dict[str, Any] = {ENTRY_FORM.table: AsRunEntry, PRODUCTION_FORM.table: Production, SEAL_FIELDS.table: Seal}
AT_ONCE = 5_000
LARGEST = 2**63 - 1
_BEFORE_ALL = -(2**63)
_AS_TEXT = {Kind.INSTANT: "YYYY-MM-DD HH24:MI:SS.US", Kind.DAY: "YYYY-MM-DD"}


@contextmanager
def any_text(session: Session) -> Iterator[None]:
    """Meanwhile SQLite hands out text that is no UTF-8 too, which only a tampered or broken row has."""
    raw = session.connection().connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    before, raw.text_factory = raw.text_factory, lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        raw.text_factory = before


def newest(session: Session, form: Form) -> int:
    """The number of the newest row; 0 for none."""
    return session.scalar(select(func.max(TABLES[form.table].id))) or 0


def read(session: Session, form: Form, *, after: int | None, until: int = LARGEST) -> Iterator[tuple[int, bytes, str]]:
    """Rows above `after` (None: from the very first) up to `until`, in order: number, bytes, local day."""
    day, encode = form.place("local_day"), Encoder(form).encode
    bounds = {"after": _BEFORE_ALL if after is None else after, "until": until}
    found = session.execute(
        _stretch(session.get_bind().dialect.name, form), bounds, execution_options={"yield_per": AT_ONCE}
    )
    for rows in found.partitions():
        for row in rows:
            yield row[0], encode(row), str(row[day])


def read_part(session: Session, said: Statement, part: Part) -> Iterator[tuple[int, bytes, str]]:
    """The rows that stand where a seal holds some; whatever stands before the first seal's would belong to that one."""
    after = None if said.number == 1 else part.after
    return read(session, FORMS[part.form], after=after, until=part.until)


def read_one(session: Session, form: Form, number: int) -> Row[Any] | None:
    """The values of one row as they are kept."""
    bounds = {"after": number - 1, "until": number}
    return session.execute(_stretch(session.get_bind().dialect.name, form), bounds).first()


def read_seals(session: Session) -> list[dict[str, Any]]:
    """Every seal as its row is kept, but for the marks."""
    bounds = {"after": _BEFORE_ALL, "until": LARGEST}
    found = session.execute(_stretch(session.get_bind().dialect.name, SEAL_FIELDS), bounds)
    return [dict(row) for row in found.mappings()]


def read_marks(session: Session, number: int) -> bytes:
    """The marks of a seal as they are kept; empty where there are none."""
    found = session.scalar(_MARKS, {"number": number})
    if isinstance(found, bytes | memoryview):
        return bytes(found)
    return str(found or "").encode("utf-8", "surrogateescape")


def leaf_of(form_name: str, values: Any) -> bytes:
    """The hash of a row with these values."""
    return hash_leaf(Encoder(FORMS[form_name]).encode(values))


_MARKS = select(type_coerce(Seal.__table__.c.marks, NullType())).where(Seal.__table__.c.id == bindparam("number"))


@lru_cache
def _stretch(dialect: str, form: Form) -> Select[Any]:
    """Rows with numbers in a stretch; made once, since a long chain asks thousands of times."""
    spell = _on_postgresql if dialect == "postgresql" else _on_sqlite
    table = TABLES[form.table].__table__
    columns = (spell(table.c[name], kind).label(name) for name, kind in form.fields)
    within = (table.c.id > bindparam("after", type_=BigInteger), table.c.id <= bindparam("until", type_=BigInteger))
    return select(*columns).where(*within).order_by(table.c.id)


def _on_sqlite(column: Any, _kind: Kind) -> Any:
    return type_coerce(column, NullType())


def _on_postgresql(column: Any, kind: Kind) -> Any:
    if kind in _AS_TEXT:
        return func.to_char(column, _AS_TEXT[kind], type_=Text)
    if kind is Kind.IDENTITY:
        return func.replace(cast(column, Text), "-", "", type_=Text)
    if kind is Kind.FLAG:
        return cast(column, Integer)
    return type_coerce(column, NullType())

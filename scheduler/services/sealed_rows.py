"""Reading rows of the log in the spelling in which they are sealed, straight as the database keeps them.

Nothing is turned into our types on the way: what somebody wrote past the program must come out as it is, not fail.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Integer, Row, Select, Text, cast, func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from scheduler.domain.canonical import ENTRY_FORM, FORMS, PRODUCTION_FORM, SEAL_FIELDS, Encoder, Form, Kind
from scheduler.domain.merkle import hash_leaf
from scheduler.models import AsRunEntry, Production, Seal

TABLES: dict[str, Any] = {ENTRY_FORM.table: AsRunEntry, PRODUCTION_FORM.table: Production, SEAL_FIELDS.table: Seal}
AT_ONCE = 5_000
_AS_TEXT = {Kind.INSTANT: "YYYY-MM-DD HH24:MI:SS.US", Kind.DAY: "YYYY-MM-DD"}


def newest(session: Session, form: Form) -> int:
    """The number of the newest row; 0 for none."""
    return session.scalar(select(func.max(TABLES[form.table].id))) or 0


def read(
    session: Session, form: Form, *, after: int | None, until: int | None = None
) -> Iterator[tuple[int, bytes, str]]:
    """Rows above `after` (None: from the very first) up to `until`, in order: number, bytes, local day."""
    table, day = TABLES[form.table], form.place("local_day")
    query = _columns(session, form)
    if after is not None:
        query = query.where(table.id > after)
    if until is not None:
        query = query.where(table.id <= until)
    encode = Encoder(form).encode
    found = session.execute(query.order_by(table.id).execution_options(yield_per=AT_ONCE))
    for rows in found.partitions():
        for row in rows:
            yield row[0], encode(row), str(row[day])


def read_one(session: Session, form: Form, number: int) -> Row[Any] | None:
    """The values of one row as they are kept."""
    return session.execute(_columns(session, form).where(TABLES[form.table].id == number)).first()


def read_seals(session: Session) -> list[dict[str, Any]]:
    """Every seal as its row is kept, but for the marks."""
    return [dict(row) for row in session.execute(_columns(session, SEAL_FIELDS).order_by(Seal.id)).mappings()]


def read_marks(session: Session, number: int) -> bytes:
    """The marks of a seal as they are kept; empty where there are none."""
    found = session.scalar(select(type_coerce(Seal.marks, NullType())).where(Seal.id == number))
    return bytes(found) if isinstance(found, bytes | memoryview) else str(found or "").encode()


def leaf_of(form_name: str, values: Any) -> bytes:
    """The hash of a row with these values."""
    return hash_leaf(Encoder(FORMS[form_name]).encode(values))


def _columns(session: Session, form: Form) -> Select[Any]:
    spell = _on_postgresql if session.get_bind().dialect.name == "postgresql" else _on_sqlite
    table = TABLES[form.table]
    return select(*(spell(getattr(table, name), kind).label(name) for name, kind in form.fields))


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

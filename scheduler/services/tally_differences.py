"""Tallies held against what the log says: which numbers differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

NOT_COMPARED = frozenset({"area_name"})
"""Names of areas may change; a tally keeps the one that it got first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TallyDifference:
    """A number of a tally that is not what the log says."""

    table: str
    key: tuple[object, ...]
    column: str
    kept: object
    logged: object
    code: str = "tally_differs"


def find(session: Session, mapped: Any, rows: Iterable[Mapping[str, Any]]) -> Iterator[TallyDifference]:
    """Every number of a table of tallies that is not as in these rows, which were reckoned from the log."""
    table: Table = mapped.__table__
    keys = [column.name for column in table.primary_key]
    logged = {tuple(row[name] for name in keys): row for row in rows}
    kept = {tuple(row[name] for name in keys): dict(row) for row in session.execute(select(table)).mappings()}
    compared = [column.name for column in table.columns if column.name not in {*keys, *NOT_COMPARED}]
    for key in sorted(logged.keys() | kept.keys(), key=str):
        for name in compared:
            ours, theirs = kept.get(key, {}).get(name), logged.get(key, {}).get(name)
            if not _is_same(ours, theirs):
                yield TallyDifference(table=table.name, key=key, column=name, kept=ours, logged=theirs)


def summary(differences: Sequence[TallyDifference]) -> str:
    """How many numbers differ and the first of them, for an alarm or the doctor."""
    first = differences[0]
    return f"{len(differences)}: {first.table}.{first.column} {first.kept} ≠ {first.logged}"


def _is_same(kept: object, logged: object) -> bool:
    """Tell whether two numbers are one; an empty tally is the same as none, and sums of seconds differ a little."""
    if isinstance(kept, date | str) or isinstance(logged, date | str):
        return kept == logged
    return abs(float(kept or 0) - float(logged or 0)) < 1e-3  # type: ignore[arg-type]

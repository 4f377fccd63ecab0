"""Holding the log against its seals: what was edited, deleted, inserted, re-ordered or cut off, each by its name."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from scheduler import seals_file
from scheduler.domain.canonical import ENTRY_FORM, FORMS, PRODUCTION_FORM, Form
from scheduler.domain.merkle import Tree
from scheduler.domain.seals import (
    INSTANT,
    MARK_BYTES,
    NOTHING_BEFORE,
    Finding,
    Gathered,
    Statement,
    digest,
    find_difference,
    gather,
    read_marks,
    read_statement,
)
from scheduler.models import Seal
from scheduler.services import sealed_rows
from scheduler.signing import is_signed

MOST_NAMED = 1_000
"""Rows of one seal that are named one by one; of more the number is told."""
MOST_MOVED = 200
WORDS = {ENTRY_FORM.table: "entry", PRODUCTION_FORM.table: "production"}

Progress = Callable[[int, int], None]
"""Called with how many seals were held against their rows, and how many rows those had."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """A seal that is believed, with the text that was signed."""

    statement: Statement
    text: str


def verify(
    session: Session,
    *,
    seals_file: Path | None,
    keys: Collection[str] | None = None,
    newest: int | None = None,
    progress: Progress = lambda _seals, _rows: None,
) -> list[Finding]:
    """Everything that is not as it was sealed; empty when all is.

    `seals_file` is the station's file of seals (None: there is only the database), `keys` are the public keys that are
    believed (None: any, as long as all seals bear the same). Chain and signatures are looked at from the first seal
    on, rows of all seals or of so many of the `newest`.
    """
    try:
        return _Check(session, seals_file, keys).look(newest, progress)
    except OperationalError:  # a row with text that is none: slower, all of it can be read
        with sealed_rows.any_text(session):
            return _Check(session, seals_file, keys).look(newest, progress)


def newest_within(session: Session, rows: int) -> int:
    """How many of the newest seals hold no more than so many rows together; one at least."""
    number = 0
    for entries, productions in session.execute(select(Seal.entries, Seal.productions).order_by(Seal.id.desc())):
        rows -= entries + productions
        if rows < 0 and number:
            break
        number += 1
    return number


class _Check:
    """One look at all seals and then at their rows."""

    def __init__(self, session: Session, file: Path | None, keys: Collection[str] | None) -> None:
        self._session = session
        self._keys = keys
        self.found: list[Finding] = []
        self._kept = {_number_of(row["id"]): row for row in sealed_rows.read_seals(session)}
        self._lines: dict[int, seals_file.SealLine] = {}
        self._seals: dict[int, _Told] = {}
        self._changed: dict[tuple[str, int], bytes] = {}
        self._file = file
        if file is not None:
            self._read_file(file)

    def look(self, newest: int | None, progress: Progress) -> list[Finding]:
        """Look at everything; gives what was found."""
        self.look_at_seals()
        self.look_at_rows(newest, progress)
        return self.found

    # --- the chain --------------------------------------------------------------------------------------------------
    def look_at_seals(self) -> None:
        """Look at every seal of the database and of the file, and at how they follow each other."""
        before: _Told | None = None
        last = 0
        for number in sorted({*self._kept, *self._lines}):
            if number < 1:
                self._find("seal_unknown", number)
                continue
            if number != last + 1:
                self._find("seal_missing", last + 1, until=number - 1)
                before = None
            told = self._look_at_seal(number)
            if told is not None:
                self._seals[number] = told
                if number == 1 or before is not None:
                    self.found += _find_breaks(told.statement, before)
            before, last = told, number
        self._look_at_end_of_file()

    def _look_at_seal(self, number: int) -> _Told | None:
        row, line = self._kept.get(number), self._lines.get(number)
        believed = [] if line is None else [(line.statement, line.signature)]
        if row is not None:
            believed.append((str(row["statement"]), str(row["signature"])))
        told = next(filter(None, (self._believe(number, *pair) for pair in believed)), None)
        if row is None:
            self._find("seal_deleted", number)
        elif told is None:
            self._find(self._why_not(row), number)
        elif changed := _find_changed_fields(row, told):
            self._find("seal_changed", number, fields=", ".join(changed))
        elif not is_signed(told.statement.key, told.text.encode(), str(row["signature"])):
            self._find("seal_changed", number, fields="signature")
        return told

    def _believe(self, number: int, text: str, signature: str) -> _Told | None:
        try:
            statement = read_statement(text)
        except ValueError:
            return None
        if statement.number != number or not self._is_believed(statement.key):
            return None
        return _Told(statement=statement, text=text) if is_signed(statement.key, text.encode(), signature) else None

    def _is_believed(self, key: str) -> bool:
        if self._keys is not None:
            return key in self._keys
        return all(told.statement.key == key for told in self._seals.values())

    def _why_not(self, row: Mapping[str, Any]) -> str:
        """A seal that nobody can believe: by a key that is not the station's, or not what was signed."""
        text, signature = str(row["statement"]), str(row["signature"])
        try:
            statement = read_statement(text)
        except ValueError:
            return "seal_unsigned"
        signed = is_signed(statement.key, text.encode(), signature)
        if signed and not self._is_believed(statement.key):
            return "seal_key"
        return "seal_copied" if signed else "seal_unsigned"

    # --- the file of seals --------------------------------------------------------------------------------------------
    def _read_file(self, file: Path) -> None:
        expected = 1
        for place, line in enumerate(seals_file.read(file), 1):
            number = None if line is None else _number_in(line.statement)
            if line is None or number is None:
                self._find("seals_file_line", None, line=place)
                expected += 1
                continue
            if number != expected:
                self._find("seals_file_order", number, line=place)
            expected = number + 1
            if self._believe(number, line.statement, line.signature) is None:
                self._find("seals_file_line", number, line=place)
            else:
                self._lines.setdefault(number, line)

    def _look_at_end_of_file(self) -> None:
        """A file that tells less than the database lost its end, or all."""
        newest = max(self._kept, default=0)
        if self._file is None or newest < 1:
            return
        if not self._file.exists():
            self._find("seals_file_missing", None)
        elif (last := max(self._lines, default=0)) < newest:
            self._find("seals_file_short", last, has=newest)

    # --- the rows -----------------------------------------------------------------------------------------------------
    def look_at_rows(self, newest: int | None, progress: Progress) -> None:
        """Hold the rows against the seals that are believed."""
        wanted = sorted(self._seals)
        if newest is not None:
            wanted = wanted[-newest:] if newest else []
        rows = 0
        for place, number in enumerate(wanted, 1):
            rows += self._look_at_rows_of(number)
            progress(place, rows)
        self._tell_moved()

    def _look_at_rows_of(self, number: int) -> int:
        said = self._seals[number].statement
        tree = Tree()
        gathered = [gather(sealed_rows.read_part(self._session, said, part), tree) for part in said.parts]
        marks = sealed_rows.read_marks(self._session, number) if number in self._kept else b""
        marks_hold = hashlib.sha256(marks).hexdigest() == said.marks
        if not marks_hold and number in self._kept:
            self._find("seal_changed", number, fields="marks")
        if tree.root.hex() != said.root:
            named = self._name_rows(said, gathered, marks) if marks_hold else []
            self.found += named or [_unnamed(said, gathered)]
        return len(tree)

    def _name_rows(self, said: Statement, gathered: Sequence[Gathered], marks: bytes) -> list[Finding]:
        sealed, number = read_marks(marks), said.number
        named: list[Finding] = []
        for part, rows, heads in zip(said.parts, gathered, (sealed.entries, sealed.productions), strict=True):
            form, difference = FORMS[part.form], find_difference(heads, rows)
            self._changed |= {(form.table, row): heads[row] for row in difference.changed}
            word = WORDS[form.table]
            codes = [
                *((f"{word}_changed", row) for row in difference.changed),
                *((f"{word}_deleted", row) for row in difference.deleted),
                *((f"{word}_inserted", row) for row in difference.inserted),
            ]
            named += (Finding(code=code, seal=number, table=form.table, row=row) for code, row in codes[:MOST_NAMED])
            if len(codes) > MOST_NAMED:
                facts = {"number": len(codes) - MOST_NAMED}
                named.append(Finding(code=f"{word}_more", seal=number, table=form.table, facts=facts))
        return named

    def _tell_moved(self) -> None:
        """Of changed rows, say which hold what was sealed under another number: they were re-ordered."""
        for form in (ENTRY_FORM, PRODUCTION_FORM):
            heads = {row: head for (table, row), head in self._changed.items() if table == form.table}
            if 1 < len(heads) <= MOST_MOVED:
                moved = self._find_moved(form, heads)
                changed = f"{WORDS[form.table]}_changed"
                self.found = [
                    replace(item, code=f"{WORDS[form.table]}_moved", facts={"holds": moved[item.row]})
                    if item.code == changed and item.row in moved
                    else item
                    for item in self.found
                ]

    def _find_moved(self, form: Form, heads: Mapping[int, bytes]) -> dict[int, int]:
        values = {row: sealed_rows.read_one(self._session, form, row) for row in heads}
        moved = {}
        for row, held in values.items():
            for other, head in heads.items():
                if held is not None and other != row:
                    leaf = sealed_rows.leaf_of(form.name, (other, *held[1:]))
                    if leaf[:MARK_BYTES] == head:
                        moved[row] = other
        return moved

    def _find(self, code: str, seal: int | None, **facts: object) -> None:
        self.found.append(Finding(code=code, seal=seal, facts=facts))


def _unnamed(said: Statement, gathered: Sequence[Gathered]) -> Finding:
    """The rows are others, and the marks that would name them are gone: what is known is how many of which days."""
    days = {
        day
        for part, rows in zip(said.parts, gathered, strict=True)
        for day in {*part.by_day, *rows.by_day}
        if part.by_day.get(day, 0) != rows.by_day.get(day, 0)
    }
    facts = {
        "sealed": sum(part.number for part in said.parts),
        "found": sum(len(rows.numbers) for rows in gathered),
        "days": ", ".join(sorted(days)),
    }
    return Finding(code="rows_differ", seal=said.number, facts=facts)


def _find_breaks(said: Statement, before: _Told | None) -> Iterator[Finding]:
    """How a seal does not follow the one before it."""
    previous = NOTHING_BEFORE if before is None else digest(before.text)
    earlier = None if before is None else before.statement
    if said.previous != previous:
        yield Finding(code="seal_chain", seal=said.number)
    starts = (0, 0) if earlier is None else (earlier.entries.until, earlier.productions.until)
    if (said.entries.after, said.productions.after) != starts or (earlier is not None and said.day <= earlier.day):
        yield Finding(code="seal_chain", seal=said.number)


def _find_changed_fields(row: Mapping[str, Any], told: _Told) -> list[str]:
    """Columns of a seal's row that do not say what was signed."""
    said = told.statement
    wanted = {
        "day": said.day.isoformat(),
        "entries_after": said.entries.after,
        "entries_until": said.entries.until,
        "entries": said.entries.number,
        "productions_after": said.productions.after,
        "productions_until": said.productions.until,
        "productions": said.productions.number,
        "root": said.root,
        "previous": said.previous,
        "statement": told.text,
        "key": said.key,
        "sealed_at": said.sealed_at.strftime(INSTANT).replace("T", " ").removesuffix("Z"),
    }
    return [name for name, value in wanted.items() if row[name] != value]


def _number_of(value: object) -> int:
    return value if isinstance(value, int) else 0


def _number_in(statement: str) -> int | None:
    try:
        return read_statement(statement).number
    except ValueError:
        return None

"""A thousand random tampers with a sealed log: each is found, and named by what was done to which row."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from scheduler import seals_file
from scheduler.domain.canonical import ENTRY_FORM, PRODUCTION_FORM, Form, Kind
from scheduler.domain.seals import Finding, read_statement
from scheduler.sealer import Sealer, believed_keys, verify
from scheduler.seals_file import SealLine
from scheduler.services import seal_checking
from scheduler.signing import Signer
from tests.services.sealed_station import a_sealed_station

TAMPERS = 1_000
FORMS = (ENTRY_FORM, PRODUCTION_FORM)
WORDS = seal_checking.WORDS

NO_TEXT = b"\xff\xfe"
"""Written as text, it is none: no program can read it as UTF-8."""

Named = set[tuple[str, int | None]]
"""What must be found: code, and the row (for the log) or the seal (for seals)."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a tamper works on."""

    connection: Connection
    file: Path
    rnd: random.Random

    def numbers(self, table: str) -> list[int]:
        return list(self.connection.scalars(text(f"SELECT id FROM {table} ORDER BY id")))

    def run(self, query: str, **values: object) -> None:
        assert self.connection.execute(text(query), values).rowcount != 0

    def form(self) -> Form:
        return self.rnd.choice(FORMS)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealer]:
    with a_sealed_station(tmp_path_factory.mktemp("sealed")) as sealer:
        yield sealer


# --- rows of the log ------------------------------------------------------------------------------------------------
def edit(ground: Ground) -> Named:
    """Another value in one column of one row, the kind of the value included."""
    form = ground.form()
    row = ground.rnd.choice(ground.numbers(form.table))
    name, kind = ground.rnd.choice([item for item in form.fields if item[0] != "id"])
    before = ground.connection.scalar(text(f"SELECT {name} FROM {form.table} WHERE id = {row}"))
    choices: list[object] = [f"{before}x", "", 10**9 + row, b"\x00", NO_TEXT]
    if kind is Kind.REAL and isinstance(before, float):
        choices = [before + 2**-40 * max(before, 1.0), before + 1, -before - 1]
    after = ground.rnd.choice([item for item in choices if item != before])
    unique = {"airing_id", "zone_id", "attempt", "edition_id"}
    if name in unique:
        after = f"{before}x"
    value = "CAST(:after AS TEXT)" if after is NO_TEXT else ":after"
    ground.run(f"UPDATE {form.table} SET {name} = {value} WHERE id = {row}", after=after)
    return {(f"{WORDS[form.table]}_changed", row)}


def delete(ground: Ground) -> Named:
    form = ground.form()
    numbers = ground.numbers(form.table)
    chosen = ground.rnd.sample(numbers, ground.rnd.choice((1, 1, 2, 5)))
    for row in chosen:
        ground.run(f"DELETE FROM {form.table} WHERE id = {row}")
    return {(f"{WORDS[form.table]}_deleted", row) for row in chosen}


def insert(ground: Ground) -> Named:
    """A row under a number that was free: before the first, or where one number was left out."""
    form = ground.form()
    numbers = ground.numbers(form.table)
    free = [number for number in range(-5, numbers[-1]) if number not in numbers]
    new = ground.rnd.choice(free)
    copied = ", ".join(name for name, _ in form.fields if name not in ("id", "attempt", "edition_id"))
    unique = "attempt" if form is ENTRY_FORM else "edition_id"
    ground.run(
        f"INSERT INTO {form.table} (id, {unique}, {copied}) "
        f"SELECT {new}, {unique} + 900, {copied} FROM {form.table} WHERE id = {ground.rnd.choice(numbers)}"
    )
    return {(f"{WORDS[form.table]}_inserted", new)}


def swap(ground: Ground) -> Named:
    """Two rows change their numbers, so that they stand in another order."""
    form = ground.form()
    one, other = ground.rnd.sample(ground.numbers(form.table), 2)
    for before, after in ((one, -(10**6)), (other, one), (-(10**6), other)):
        ground.run(f"UPDATE {form.table} SET id = {after} WHERE id = {before}")
    word = WORDS[form.table]
    return {(f"{word}_moved", one), (f"{word}_moved", other)}


def truncate(ground: Ground) -> Named:
    """The newest rows are gone."""
    form = ground.form()
    numbers = ground.numbers(form.table)
    cut = numbers[-ground.rnd.randint(1, len(numbers)) :]
    ground.run(f"DELETE FROM {form.table} WHERE id >= {cut[0]}")
    return {(f"{WORDS[form.table]}_deleted", row) for row in cut}


# --- seals ----------------------------------------------------------------------------------------------------------
def edit_seal(ground: Ground) -> Named:
    number = ground.rnd.choice(ground.numbers("seal"))
    name = ground.rnd.choice(
        [
            "day", "entries_after", "entries_until", "entries", "productions_until", "productions", "root", "previous",
            "statement", "signature", "key", "sealed_at", "marks",
        ]
    )  # fmt: skip
    ground.run(f"UPDATE seal SET {name} = {name} || '1' WHERE id = {number}")
    return {("seal_changed", number)}


def delete_seal(ground: Ground) -> Named:
    number = ground.rnd.choice(ground.numbers("seal"))
    ground.run(f"DELETE FROM seal WHERE id = {number}")
    return {("seal_deleted", number)}


def truncate_seals(ground: Ground) -> Named:
    """The end of the database is cut off whole: seals and the rows they hold."""
    numbers = ground.numbers("seal")
    cut = numbers[-ground.rnd.randint(1, len(numbers)) :]
    after = ground.connection.execute(
        text(f"SELECT entries_after, productions_after FROM seal WHERE id = {cut[0]}")
    ).one()
    ground.run(f"DELETE FROM seal WHERE id >= {cut[0]}")
    for table, number in zip(("as_run_entry", "production"), after, strict=True):
        ground.connection.execute(text(f"DELETE FROM {table} WHERE id > {number}"))
    return {("seal_deleted", number) for number in cut}


def forge_seal(ground: Ground) -> Named:
    """A row is edited and the day sealed anew by somebody else's key."""
    number = ground.rnd.choice(ground.numbers("seal"))
    forger = Signer(ground.rnd.randbytes(32))
    statement = str(ground.connection.scalar(text(f"SELECT statement FROM seal WHERE id = {number}")))
    said = read_statement(statement)
    forged = statement.replace(said.root, ground.rnd.randbytes(32).hex()).replace(said.key, forger.public)
    ground.run(
        f"UPDATE seal SET statement = :statement, signature = :signature, key = :key WHERE id = {number}",
        statement=forged, signature=forger.sign(forged.encode()).hex(), key=forger.public,
    )  # fmt: skip
    return {("seal_changed", number)}


def add_seal(ground: Ground) -> Named:
    """One more seal at the end, a copy of an earlier one."""
    numbers = ground.numbers("seal")
    new = numbers[-1] + 1
    columns = (
        "entries_after, entries_until, entries, productions_after, productions_until, productions, root, marks, "
        "previous, statement, signature, key, sealed_at"
    )
    ground.run(
        f"INSERT INTO seal (id, day, {columns}) "
        f"SELECT {new}, '2030-01-01', {columns} FROM seal WHERE id = {ground.rnd.choice(numbers)}"
    )
    return {("seal_copied", new)}


# --- the file beside the database -------------------------------------------------------------------------------------
def edit_file(ground: Ground) -> Named:
    lines = ground.file.read_bytes().splitlines(keepends=True)
    place = ground.rnd.randrange(len(lines))
    line = bytearray(lines[place])
    at = ground.rnd.randrange(len(line) - 2)
    line[at] = ground.rnd.choice([code for code in range(32, 127) if code != line[at]])
    lines[place] = bytes(line)
    ground.file.write_bytes(b"".join(lines))
    return {("seals_file_line", place + 1)}


def cut_file(ground: Ground) -> Named:
    lines = ground.file.read_bytes().splitlines(keepends=True)
    keep = ground.rnd.randrange(len(lines))
    ground.file.write_bytes(b"".join(lines[:keep]))
    return {("seals_file_short", keep)}


def drop_line(ground: Ground) -> Named:
    lines = ground.file.read_bytes().splitlines(keepends=True)
    place = ground.rnd.randrange(len(lines) - 1)
    ground.file.write_bytes(b"".join(lines[:place] + lines[place + 1 :]))
    return {("seals_file_order", place + 1)}


def swap_lines(ground: Ground) -> Named:
    lines = ground.file.read_bytes().splitlines(keepends=True)
    one, other = sorted(ground.rnd.sample(range(len(lines)), 2))
    lines[one], lines[other] = lines[other], lines[one]
    ground.file.write_bytes(b"".join(lines))
    return {("seals_file_order", one + 1)}


KINDS: list[tuple[Callable[[Ground], Named], int]] = [
    (edit, 30), (delete, 15), (insert, 15), (swap, 15), (truncate, 10),
    (edit_seal, 4), (delete_seal, 2), (truncate_seals, 2), (forge_seal, 2), (add_seal, 1),
    (edit_file, 1), (cut_file, 1), (drop_line, 1), (swap_lines, 1),
]  # fmt: skip


EXACT = {edit, delete, insert, swap, truncate}
"""Tampers with rows: all that is found must be these rows."""


def name_of(finding: Finding) -> tuple[str, int | None]:
    if finding.row is not None:
        return finding.code, finding.row
    line = finding.facts.get("line")
    return finding.code, line if isinstance(line, int) else finding.seal


def test_a_thousand_tampers_are_found_and_named(sealed: Sealer, tmp_path: Path) -> None:
    rnd = random.Random(20261124)
    kinds, weights = zip(*KINDS, strict=True)
    keys, whole = believed_keys(sealed.home), sealed.file.read_bytes()
    file = tmp_path / "seals.jsonl"
    done: Counter[str] = Counter()
    missed = []
    with sealed.sessions.kw["bind"].connect() as connection:
        for number in range(TAMPERS):
            file.write_bytes(whole)
            tamper = rnd.choices(kinds, weights)[0]
            with connection.begin() as transaction:
                wanted = tamper(Ground(connection=connection, file=file, rnd=rnd))
                with Session(connection, join_transaction_mode="rollback_only") as session:
                    found = seal_checking.verify(session, seals_file=file, keys=keys)
                transaction.rollback()
            done[tamper.__name__] += 1
            names = {name_of(finding) for finding in found}
            if not wanted <= names or (tamper in EXACT and names != wanted):
                missed.append((number, tamper.__name__, wanted, found))
    assert missed == []
    assert len(done) == len(kinds)
    assert sum(done.values()) == TAMPERS


def test_the_log_as_it_is_holds(sealed: Sealer) -> None:
    assert verify(sealed.readers, sealed.home) == []
    assert verify(sealed.readers, sealed.home, newest=2) == []


def test_a_missing_file_is_told(sealed: Sealer, tmp_path: Path) -> None:
    with sealed.readers.begin() as session:
        found = seal_checking.verify(session, seals_file=tmp_path / "none.jsonl", keys=believed_keys(sealed.home))
    assert [finding.code for finding in found] == ["seals_file_missing"]


def test_a_seal_by_another_key_is_not_believed(sealed: Sealer) -> None:
    with sealed.readers.begin() as session:
        found = seal_checking.verify(session, seals_file=None, keys={Signer(bytes(32)).public})
    assert {finding.code for finding in found} == {"seal_key"}


def test_without_marks_the_days_of_missing_rows_are_told(sealed: Sealer) -> None:
    with sealed.sessions.kw["bind"].connect() as connection, connection.begin() as transaction:
        connection.execute(text("DELETE FROM as_run_entry WHERE id = 4"))
        connection.execute(text("UPDATE seal SET marks = x'00'"))
        with Session(connection, join_transaction_mode="rollback_only") as session:
            found = seal_checking.verify(session, seals_file=sealed.file, keys=believed_keys(sealed.home))
        transaction.rollback()
    (rows,) = [finding for finding in found if finding.code == "rows_differ"]
    assert rows.facts["days"] == "2025-11-29"


def test_a_line_of_the_file_is_read_back(tmp_path: Path) -> None:
    line = SealLine(statement='{"ngày":"24"}', signature="ab")
    path = tmp_path / "seals.jsonl"
    seals_file.append(path, [line])
    with path.open("ab") as file:
        file.write(b'{"statement": "nua')
    seals_file.cut_torn_line(path)
    seals_file.append(path, [line])
    assert list(seals_file.read(path)) == [line, line]


# --- what only the key, or nobody outside, could have kept from happening --------------------------------------------
def found_after(sealed: Sealer, *statements: str, **values: object) -> set[tuple[str, int | None]]:
    """What is found after statements when there is no file of seals."""
    with sealed.sessions.kw["bind"].connect() as connection, connection.begin() as transaction:
        for statement in statements:
            connection.execute(text(statement), values)
        with Session(connection, join_transaction_mode="rollback_only") as session:
            found = seal_checking.verify(session, seals_file=None, keys={sealed.signer.public})
        transaction.rollback()
    return {name_of(finding) for finding in found}


def test_without_the_file_the_chain_itself_tells(sealed: Sealer) -> None:
    assert found_after(sealed, "DELETE FROM seal WHERE id = 2") == {("seal_missing", 2)}
    assert ("seal_unknown", -4) in found_after(sealed, "UPDATE seal SET id = -4 WHERE id = 2")
    assert ("seal_unsigned", 3) in found_after(sealed, "UPDATE seal SET statement = statement || ' ' WHERE id = 3")
    assert ("seal_unsigned", 3) in found_after(sealed, "UPDATE seal SET signature = 'ab' WHERE id = 3")


def test_who_has_the_key_and_signs_one_day_anew_breaks_the_chain_after_it(sealed: Sealer) -> None:
    with sealed.readers.begin() as session:
        statement = str(session.scalar(text("SELECT statement FROM seal WHERE id = 2")))
    said = read_statement(statement)
    root = bytes(32).hex()
    forged = statement.replace(said.root, root)
    found = found_after(
        sealed,
        "UPDATE seal SET statement = :statement, signature = :signature, root = :root WHERE id = 2",
        statement=forged, signature=sealed.signer.sign(forged.encode()).hex(), root=root,
    )  # fmt: skip
    assert ("seal_chain", 3) in found
    assert ("rows_differ", 2) in found, "no row differs from its mark, and the root is another"


def test_of_very_many_rows_the_number_is_told(sealed: Sealer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_checking, "MOST_NAMED", 3)
    found = found_after(sealed, "DELETE FROM production WHERE id > 2")
    assert len([code for code, _ in found if code == "production_deleted"]) == 3
    assert ("production_more", 1) in found

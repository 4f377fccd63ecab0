"""What a seal says, word for word, and what is found when rows are held against it."""

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from scheduler.domain.canonical import Form
from scheduler.domain.merkle import Tree, hash_leaf

WHAT = "loaban-seal/1"
NOTHING_BEFORE = "0" * 64
MARK_BYTES = 4
"""Of a row's hash: enough to name a changed row, since the root has proven before that one is."""
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is not as it was sealed: a code that `scheduler.wording` tells, the seal, and which row."""

    code: str
    seal: int | None = None
    table: str = ""
    row: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The rows of one table that a seal holds: numbers above `after` up to `until`."""

    form: str
    after: int
    until: int
    number: int
    by_day: Mapping[str, int]
    """How many of them are about each local day: signed, so that none can be left out of an export of that day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What a seal says; it is signed as the text that `tell` gives."""

    number: int
    day: date
    sealed_at: datetime
    entries: Part
    productions: Part
    root: str
    marks: str
    """SHA-256 of the marks, in hex."""
    previous: str
    key: str

    @property
    def parts(self) -> tuple[Part, Part]:
        """What it holds, in the order of its tree."""
        return self.entries, self.productions

    def tell(self) -> str:
        """The text that is signed: one line of JSON."""
        told = {
            "what": WHAT,
            "number": self.number,
            "day": self.day.isoformat(),
            "sealed_at": self.sealed_at.astimezone(UTC).strftime(INSTANT),
            "entries": _tell_part(self.entries),
            "productions": _tell_part(self.productions),
            "root": self.root,
            "marks": self.marks,
            "previous": self.previous,
            "key": self.key,
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def read_statement(text: str) -> Statement:
    """The statement in a text. Raises `ValueError` for anything else than what `Statement.tell` gives."""
    try:
        told = json.loads(text)
        statement = Statement(
            number=told["number"],
            day=date.fromisoformat(told["day"]),
            sealed_at=datetime.strptime(told["sealed_at"], INSTANT).replace(tzinfo=UTC),
            entries=Part(**told["entries"]),
            productions=Part(**told["productions"]),
            root=told["root"],
            marks=told["marks"],
            previous=told["previous"],
            key=told["key"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
    if statement.tell() != text:
        raise ValueError("not word for word")
    return statement


def digest(statement: str) -> str:
    """By what the next seal names this one: SHA-256 of its statement, in hex."""
    return hashlib.sha256(statement.encode()).hexdigest()


def _tell_part(part: Part) -> dict[str, Any]:
    return {
        "form": part.form,
        "after": part.after,
        "until": part.until,
        "number": part.number,
        "by_day": dict(sorted(part.by_day.items())),
    }


# --- marks ----------------------------------------------------------------------------------------------------------
class Gathered:
    """The rows of one table as they come: their numbers, the first bytes of their hashes, how many for each day."""

    def __init__(self) -> None:
        self.numbers = array("q")
        self.heads = bytearray()
        self.by_day: Counter[str] = Counter()

    def add(self, number: int, leaf: bytes, day: str) -> None:
        """One more row, by its hash."""
        self.numbers.append(number)
        self.heads += leaf[:MARK_BYTES]
        self.by_day[day] += 1

    def as_part(self, form: Form, *, after: int, until: int) -> Part:
        """What the statement says of them."""
        return Part(form=form.name, after=after, until=until, number=len(self.numbers), by_day=dict(self.by_day))


def gather(rows: Iterable[tuple[int, bytes, str]], tree: Tree) -> Gathered:
    """Add rows of one table (number, bytes, local day) to a tree, and keep what is told of them."""
    gathered = Gathered()
    for number, data, day in rows:
        leaf = hash_leaf(data)
        tree.add(leaf)
        gathered.add(number, leaf, day)
    return gathered


def write_marks(entries: Gathered, productions: Gathered) -> bytes:
    """Numbers as runs in a line of JSON, a line feed, and four bytes for each row in that order."""
    runs = {"entries": list(runs_of(entries.numbers)), "productions": list(runs_of(productions.numbers))}
    return json.dumps(runs, separators=(",", ":")).encode() + b"\n" + bytes(entries.heads + productions.heads)


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """The marks of a seal by table: the head of each row's hash by its number."""

    entries: Mapping[int, bytes]
    productions: Mapping[int, bytes]


def read_marks(data: bytes) -> Marks:
    """Marks as they were written. Raises `ValueError`."""
    head, _, heads = data.partition(b"\n")
    runs = json.loads(head)
    numbers = [
        [number for first, last in runs[name] for number in range(first, last + 1)]
        for name in ("entries", "productions")
    ]
    cut = [heads[i : i + MARK_BYTES] for i in range(0, len(heads), MARK_BYTES)]
    if len(cut) != sum(map(len, numbers)):
        raise ValueError("the marks are not as many as the rows")
    size = len(numbers[0])
    return Marks(
        entries=dict(zip(numbers[0], cut, strict=False)), productions=dict(zip(numbers[1], cut[size:], strict=True))
    )


def runs_of(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as first and last of each stretch without a gap."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Which rows of one table are not as they were sealed, by number."""

    changed: tuple[int, ...]
    deleted: tuple[int, ...]
    inserted: tuple[int, ...]


def find_difference(sealed: Mapping[int, bytes], found: Gathered) -> Difference:
    """Hold the rows that are there against the marks of those that were sealed."""
    heads = {
        number: bytes(found.heads[i * MARK_BYTES : (i + 1) * MARK_BYTES]) for i, number in enumerate(found.numbers)
    }
    return Difference(
        changed=tuple(sorted(number for number in heads.keys() & sealed.keys() if heads[number] != sealed[number])),
        deleted=tuple(sorted(sealed.keys() - heads.keys())),
        inserted=tuple(sorted(heads.keys() - sealed.keys())),
    )

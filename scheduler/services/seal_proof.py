"""The proof that one entry of the log is under a seal: its bytes, its place and the hashes that lead to the root."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.merkle import hash_leaf, prove, root_by_path
from scheduler.domain.people import Scope
from scheduler.domain.seals import Statement, read_statement
from scheduler.errors import NotSealedYet, SealTooLarge, UnknownDelivery
from scheduler.models import AsRunEntry, Seal
from scheduler.services import sealed_rows, sealing
from scheduler.services.log_reading import within

WHAT = "loaban-proof/1"
MOST_ROWS = 100_000
"""A proof reads all rows of its seal: of more the export of a period is the way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """An audit path of RFC 6962 §2.1.1."""

    entry: int
    seal: Seal
    row: str
    """The row as it is now, as it was sealed if the path leads to the root."""
    place: int
    """From 0."""
    size: int
    path: tuple[bytes, ...]
    leads_to_root: bool

    def tell(self) -> dict[str, Any]:
        """The proof as plain values: whoever has them needs nothing else to check it."""
        return {
            "what": WHAT,
            "row": self.row,
            "place": self.place,
            "size": self.size,
            "path": [step.hex() for step in self.path],
            "statement": self.seal.statement,
            "signature": self.seal.signature,
        }


def prove_entry(session: Session, entry: int, scope: Scope) -> Proof:
    """Prove that an entry is under its seal.

    Raises `UnknownDelivery` for one that the scope does not hold, `NotSealedYet` for one that no seal holds,
    `SealTooLarge` for a seal of very many rows.
    """
    if session.scalar(select(AsRunEntry.id).where(AsRunEntry.id == entry, *within(scope))) is None:
        raise UnknownDelivery(entry=entry)
    seal = sealing.find_seal_of(session, entry)
    if seal is None:
        raise NotSealedYet(entry=entry)
    said = read_statement(seal.statement)
    if said.entries.number + said.productions.number > MOST_ROWS:
        raise SealTooLarge(number=seal.id, most=MOST_ROWS)
    row, place, leaves = _read(session, said, entry)
    if row is None:
        raise NotSealedYet(entry=entry)
    path = tuple(prove(leaves, place))
    root = root_by_path(leaves[place], path, place=place, size=len(leaves))
    return Proof(
        entry=entry,
        seal=seal,
        row=row.decode("utf-8", "replace"),
        place=place,
        size=len(leaves),
        path=path,
        leads_to_root=root.hex() == said.root,
    )


def _read(session: Session, said: Statement, entry: int) -> tuple[bytes | None, int, list[bytes]]:
    """The bytes and the place of the entry, and the hashes of all rows of the seal."""
    leaves: list[bytes] = []
    row, place = None, 0
    for part in said.parts:
        for number, data, _ in sealed_rows.read_part(session, said, part):
            if part is said.entries and number == entry:
                row, place = data, len(leaves)
            leaves.append(hash_leaf(data))
    return row, place, leaves

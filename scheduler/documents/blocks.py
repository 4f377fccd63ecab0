"""What a document is made of, whatever file it becomes: headings, paragraphs, tables, annexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Side = Literal["left", "center", "right"]


class BlockKind(StrEnum):
    """What a stretch of text is."""

    KIND = "kind"
    """Tên loại: BÁO CÁO."""
    SUBJECT = "subject"
    """Trích yếu: what it is about."""
    BASIS = "basis"
    """Căn cứ: what it rests on."""
    HEADING = "heading"
    SUBHEADING = "subheading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    NOTE = "note"
    ANNEX = "annex"
    """Phụ lục: what follows stands on sheets of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A stretch of text with what it is."""

    kind: BlockKind
    text: str


class RowKind(StrEnum):
    """What a row of a table is."""

    PLAIN = "plain"
    TOTAL = "total"
    BAND = "band"
    """One cell over the whole width, such as a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRow:
    """The cells of a row."""

    cells: Sequence[str]
    kind: RowKind = RowKind.PLAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table; without `widths` (shares of the whole) and `sides` the cells decide."""

    head: Sequence[str]
    rows: Sequence[TableRow]
    caption: str = ""
    widths: Sequence[float] = ()
    sides: Sequence[Side] = ()

    def side_of(self, column: int) -> Side:
        """How a column is set: figures to the right, text to the left."""
        if self.sides:
            return self.sides[column]
        cells = [row.cells[column] for row in self.rows if row.kind is not RowKind.BAND]
        return "right" if cells and all(_is_figure(cell) for cell in cells) else "left"


def _is_figure(cell: str) -> bool:
    plain = cell.strip().strip("–%")
    return not plain or plain.replace(".", "").replace(",", "").isdigit()

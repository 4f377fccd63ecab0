"""The signs a template is written in: lines of text that become blocks, and what keeps a typed title from being one.

A line's first signs say what it is: `!` the kind of document, `!!` what it is about, `>` what it rests on, `#` and `##`
headings, `-` an item, `~` a note, `===` an annex, `^` a table's caption, `||` its head, `|` a row, `|=` a row of sums.
Other lines that stand together are one paragraph.
"""

from collections.abc import Iterable, Mapping

from scheduler.documents.blocks import Block, BlockKind, RowKind, Table, TableRow

_MARKS: Mapping[str, BlockKind] = {
    "===": BlockKind.ANNEX,
    "!!": BlockKind.SUBJECT,
    "##": BlockKind.SUBHEADING,
    "!": BlockKind.KIND,
    ">": BlockKind.BASIS,
    "#": BlockKind.HEADING,
    "-": BlockKind.ITEM,
    "~": BlockKind.NOTE,
}
_SIGNS = "|=!#>-~^"
_AWAY = {ord(sign): 0xE100 + place for place, sign in enumerate(_SIGNS)}
_BACK = {code: sign for sign, code in ((chr(key), value) for key, value in _AWAY.items())}


class BadMarkup(ValueError):
    """A line that no document can be made of; the message says why, in Vietnamese."""


def quote(text: str) -> str:
    """Text that stays text wherever it stands: no sign of it begins a heading or parts cells, no line ends in it."""
    return " ".join(text.split()).translate(_AWAY)


def parse(text: str) -> list[Block | Table]:
    """The blocks of a filled template. Raises `BadMarkup`."""
    found: list[Block | Table] = []
    caption, rows = "", list[str]()
    paragraph = list[str]()
    for line in [*(item.strip() for item in text.splitlines()), ""]:
        if line.startswith("|"):
            rows.append(line)
            continue
        if rows:
            found.append(_table(rows, caption))
            caption, rows = "", []
        kind, told = _marked(line)
        if kind is None and line and not line.startswith("^"):
            paragraph.append(line)
            continue
        if paragraph:
            found.append(Block(kind=BlockKind.PARAGRAPH, text=_plain(" ".join(paragraph))))
            paragraph = []
        if line.startswith("^"):
            caption = _plain(line[1:])
        elif kind is not None:
            found.append(Block(kind=kind, text=_plain(told)))
    return found


def _marked(line: str) -> tuple[BlockKind | None, str]:
    for mark, kind in _MARKS.items():
        if line.startswith(f"{mark} "):
            return kind, line[len(mark) :]
    return None, line


def _table(lines: Iterable[str], caption: str) -> Table:
    head: list[str] = []
    rows: list[TableRow] = []
    for line in lines:
        mark = "||" if line.startswith("||") else "|=" if line.startswith("|=") else "|"
        cells = [_plain(cell) for cell in line[len(mark) :].strip().removesuffix("|").split("|")]
        if mark == "||":
            head = cells
            continue
        if not head:
            break
        if len(cells) != len(head):
            raise BadMarkup(f"bảng có {len(head)} cột mà dòng “{_plain(line)}” có {len(cells)} ô")
        rows.append(TableRow(cells=cells, kind=RowKind.TOTAL if mark == "|=" else RowKind.PLAIN))
    if not head:
        raise BadMarkup("bảng thiếu dòng đầu (bắt đầu bằng ||)")
    return Table(head=head, rows=rows, caption=caption)


def _plain(text: str) -> str:
    return " ".join(text.split()).translate(_BACK)

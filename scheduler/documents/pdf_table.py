"""Tables on a sheet: widths out of what the cells hold, a head on each page, rows that are not torn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduler.documents.blocks import RowKind, Side, Table, TableRow
from scheduler.documents.sheet import Align, Sheet, Style, Word

_SMALLEST = 7.0
_STEP = 0.5
_PAD = 0.9
"""White between text and line, in millimetres."""
_SHORT = 40.0
"""A cell up to so wide stays in one line where there is room."""
_SHADE = 236
_BORDER = 0.15

Lines = list[list[Word]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cell:
    lines: Lines
    width: float
    align: Align


def draw(sheet: Sheet, table: Table, style: Style, *, pad: float = _PAD) -> None:
    """Set a table over the whole width; letters become smaller when its longest words would not fit otherwise."""
    style, widths = fit(sheet, table, style, pad)
    bold = replace(style, bold=True)
    head = [
        _Cell(lines=sheet.break_lines(text, bold, width - 2 * pad), width=width, align="center")
        for text, width in zip(table.head, widths, strict=True)
    ]
    sides: list[Side] = [table.side_of(column) for column in range(len(widths))]
    sheet.need(_height(head, bold, pad) + 2 * (style.line + 2 * pad))
    _draw_row(sheet, head, bold, pad, shade=True)
    for row in table.rows:
        shown = bold if row.kind is not RowKind.PLAIN else style
        for cells in _torn(sheet, _cells(sheet, row, shown, widths, sides, pad), shown, pad):
            keep = style.line + 2 * pad if row.kind is RowKind.BAND else 0
            if sheet.need(_height(cells, shown, pad) + keep):
                _draw_row(sheet, head, bold, pad, shade=True)
            _draw_row(sheet, cells, shown, pad, shade=row.kind is RowKind.BAND)


def _cells(
    sheet: Sheet, row: TableRow, style: Style, widths: Sequence[float], sides: Sequence[Side], pad: float
) -> list[_Cell]:
    if row.kind is RowKind.BAND:
        whole = sum(widths)
        return [_Cell(lines=sheet.break_lines(row.cells[0], style, whole - 2 * pad), width=whole, align="left")]
    return [
        _Cell(lines=_cell_lines(sheet, text, style, width - 2 * pad), width=width, align=side)
        for text, width, side in zip(row.cells, widths, sides, strict=True)
    ]


def _cell_lines(sheet: Sheet, text: str, style: Style, width: float) -> Lines:
    """A line break that the cell itself asks for is kept."""
    return [line for part in text.split("\n") for line in sheet.break_lines(part, style, width)]


def _torn(sheet: Sheet, cells: Sequence[_Cell], style: Style, pad: float) -> list[Sequence[_Cell]]:
    """A row higher than half a page, in parts that are not."""
    most = max(int((float(sheet.pdf.h) / 2 - 2 * pad) / style.line), 1)
    longest = max(len(cell.lines) for cell in cells)
    if longest <= most:
        return [cells]
    return [[replace(cell, lines=cell.lines[at : at + most]) for cell in cells] for at in range(0, longest, most)]


def _height(cells: Sequence[_Cell], style: Style, pad: float) -> float:
    return max(len(cell.lines) for cell in cells) * style.line + 2 * pad


def _draw_row(sheet: Sheet, cells: Sequence[_Cell], style: Style, pad: float, *, shade: bool) -> None:
    height, x, y = _height(cells, style, pad), sheet.margins.left, sheet.y
    sheet.boxes([cell.width for cell in cells], height, thick=_BORDER, grey=_SHADE if shade else None)
    for cell in cells:
        top = y + pad
        if shade:
            top = y + (height - len(cell.lines) * style.line) / 2
        for place, line in enumerate(cell.lines):
            sheet.put_line(
                line, style, x=x + pad, y=top + place * style.line, width=cell.width - 2 * pad, align=cell.align
            )
        x += cell.width
    sheet.y += height


# --- widths ---------------------------------------------------------------------------------------------------------
def fit(sheet: Sheet, table: Table, style: Style, pad: float = _PAD) -> tuple[Style, list[float]]:
    """The largest letters up to those asked for with which no word is cut, and the widths of the columns."""
    if table.widths:
        return style, [sheet.width * share / sum(table.widths) for share in table.widths]
    least, natural = _wants(sheet, table, style)
    size = style.size
    while size > _SMALLEST and sum(_at(least, size / style.size, pad)) > sheet.width:
        size = max(size - _STEP, _SMALLEST)
    share = size / style.size
    return replace(style, size=size), _share_out(_at(least, share, pad), _at(natural, share, pad), sheet.width)


def _at(widths: Sequence[float], share: float, pad: float) -> list[float]:
    """Widths of text as columns with such a share of its size; letters grow in width as in height."""
    return [width * share + 2 * pad + 0.1 for width in widths]


def _wants(sheet: Sheet, table: Table, style: Style) -> tuple[list[float], list[float]]:
    """For each column the least that looks well (longest word of its head, cells unbroken if short), and the most."""
    bold = replace(style, bold=True)
    rows = [(table.head, bold)]
    rows += [
        (row.cells, bold if row.kind is RowKind.TOTAL else style)
        for row in table.rows
        if row.kind is not RowKind.BAND
    ]  # fmt: skip
    least, natural = [0.0] * len(table.head), [0.0] * len(table.head)
    for cells, shown in rows:
        for column, text in enumerate(cells):
            words = max((word.width for word in sheet.words(text, shown)), default=0.0)
            whole = sheet.width_of(text, shown)
            unbroken = whole if cells is not table.head and whole <= _SHORT else words
            least[column] = max(least[column], unbroken)
            natural[column] = max(natural[column], whole)
    return least, natural


def _share_out(least: Sequence[float], natural: Sequence[float], whole: float) -> list[float]:
    if sum(natural) <= whole:
        spare = (whole - sum(natural)) / len(natural)
        return [width + spare for width in natural]
    if sum(least) >= whole:
        return [width * whole / sum(least) for width in least]
    wanted = [wide - narrow for wide, narrow in zip(natural, least, strict=True)]
    share = (whole - sum(least)) / sum(wanted)
    return [narrow + want * share for narrow, want in zip(least, wanted, strict=True)]

"""The report as PDF in the layout of Nghị định 30/2020/NĐ-CP, Phụ lục I and Mẫu 1.4 of Phụ lục III."""

from collections.abc import Sequence
from datetime import datetime

from scheduler.documents import pdf_table
from scheduler.documents.blocks import Block, BlockKind, Table
from scheduler.documents.frame import MOTTO, NATION, TO, Frame, part_annex
from scheduler.documents.sheet import Align, Margins, Sheet, Style

MARGINS = Margins(top=20, bottom=20, left=30, right=15)
INDENT = 12.7
BODY = Style(size=14, leading=1.25)
_AFTER = 2.1
"""Between paragraphs: 6 points."""
_TABLE = Style(size=11, leading=1.2)
_PAGE_NUMBER_FROM_TOP = 10
_SIGNATURE_ROOM = 30
"""For signature and seal, in millimetres."""
_LEFT_SHARE = 0.42

_STYLES = {
    BlockKind.BASIS: Style(size=14, italic=True, leading=1.25),
    BlockKind.HEADING: Style(size=14, bold=True, leading=1.25),
    BlockKind.SUBHEADING: Style(size=14, bold=True, leading=1.25),
    BlockKind.NOTE: Style(size=12, italic=True, leading=1.2),
}


def write_report(blocks: Sequence[Block | Table], frame: Frame, *, title: str, made_at: datetime) -> bytes:
    """The whole report: frame, text, signature, then each annex on sheets of its own."""
    sheet = Sheet(title=title, margins=MARGINS, made_at=made_at, head=_put_page_number)
    _put_head(sheet, frame)
    signed = False
    for block in blocks:
        if isinstance(block, Table):
            _put_table(sheet, block)
        elif block.kind is BlockKind.ANNEX:
            if not signed:
                _put_signature(sheet, frame)
                signed = True
            _put_annex(sheet, block, frame)
        else:
            _put_block(sheet, block)
    if not signed:
        _put_signature(sheet, frame)
    return sheet.output()


def _put_page_number(sheet: Sheet, number: int) -> None:
    """Centred in the top margin; the first page, and the first of an annex, bears none."""
    if number > 1:
        style = Style(size=13)
        line = sheet.words(str(number), style)
        sheet.put_line(
            line, style, x=sheet.margins.left, y=_PAGE_NUMBER_FROM_TOP, width=sheet.width, align="center"
        )  # fmt: skip


def _put_head(sheet: Sheet, frame: Frame) -> None:
    """Two columns: the agency with number and symbol to the left, the nation with place and date to the right."""
    left = sheet.width * _LEFT_SHARE
    right = sheet.width - left
    x_right = sheet.margins.left + left
    top = sheet.y
    above, agency = frame.agencies
    if above:
        _put_column(sheet, above, Style(size=12), x=sheet.margins.left, width=left)
    _put_column(sheet, agency, Style(size=12, bold=True), x=sheet.margins.left, width=left)
    _underline(sheet, agency, Style(size=12, bold=True), x=sheet.margins.left, width=left, share=0.4)
    left_end, sheet.y = sheet.y, top
    _put_column(sheet, NATION, Style(size=12, bold=True), x=x_right, width=right)
    _put_column(sheet, MOTTO, Style(size=13, bold=True), x=x_right, width=right)
    _underline(sheet, MOTTO, Style(size=13, bold=True), x=x_right, width=right, share=1)
    sheet.y = max(left_end, sheet.y) + 2
    row = sheet.y
    _put_column(sheet, frame.number_line, Style(size=13), x=sheet.margins.left, width=left)
    sheet.y = row
    _put_column(sheet, frame.place_line, Style(size=13, italic=True), x=x_right, width=right)
    sheet.skip(6)


def _put_column(sheet: Sheet, text: str, style: Style, *, x: float, width: float) -> None:
    sheet.put(text, style, x=x, width=width, align="center", balanced=True)


def _underline(sheet: Sheet, text: str, style: Style, *, x: float, width: float, share: float) -> None:
    """A line as long as the text, or as a share of it, and never longer than the column."""
    long = min(sheet.width_of(text, style), width) * share
    sheet.rule(x=x + (width - long) / 2, y=sheet.y + 0.6, width=long)
    sheet.skip(1.6)


def _put_block(sheet: Sheet, block: Block) -> None:
    if block.kind in (BlockKind.KIND, BlockKind.SUBJECT):
        style = Style(size=14, bold=True, leading=1.2)
        text = block.text.upper() if block.kind is BlockKind.KIND else block.text
        sheet.put(text, style, align="center", balanced=True)
        if block.kind is BlockKind.SUBJECT:
            _underline(sheet, block.text, style, x=sheet.margins.left, width=sheet.width, share=0.35)
            sheet.skip(5)
        return
    style = _STYLES.get(block.kind, BODY)
    if block.kind in (BlockKind.HEADING, BlockKind.SUBHEADING):
        sheet.need(style.line + _AFTER + 2 * BODY.line)  # a heading is never the last line of a page
    text = f"- {block.text}" if block.kind is BlockKind.ITEM else block.text
    align: Align = "left" if block.kind in (BlockKind.HEADING, BlockKind.SUBHEADING) else "justify"
    sheet.put(text, style, align=align, indent=INDENT)
    sheet.skip(_AFTER)


def _put_table(sheet: Sheet, table: Table) -> None:
    sheet.skip(1)
    if table.caption:
        style = Style(size=12, bold=True)
        sheet.need(style.line + 1 + 4 * _TABLE.line)
        sheet.put(table.caption, style, align="center")
        sheet.skip(1)
    pdf_table.draw(sheet, table, _TABLE)
    sheet.skip(_AFTER + 2)


def _put_signature(sheet: Sheet, frame: Frame) -> None:
    """Nơi nhận to the left, the signer to the right; never torn from each other, nor alone on a page if it can be."""
    left = sheet.width * _LEFT_SHARE
    x_right, right = sheet.margins.left + left, sheet.width - left
    signer, small = Style(size=14, bold=True), Style(size=11)
    recipients = frame.recipient_lines
    height = max(
        (len(frame.signer_lines) + 1) * signer.line + _SIGNATURE_ROOM,
        Style(size=12).line + len(recipients) * small.line,
    )
    sheet.skip(3)
    sheet.need(height)
    top = sheet.y
    if recipients:
        sheet.put(TO, Style(size=12, bold=True, italic=True), width=left)
        for line in recipients:
            sheet.put(line, small, width=left)
    left_end, sheet.y = sheet.y, top
    for line in frame.signer_lines:
        _put_column(sheet, line, signer, x=x_right, width=right)
    sheet.skip(_SIGNATURE_ROOM)
    _put_column(sheet, frame.office.signer_name, signer, x=x_right, width=right)
    sheet.y = max(left_end, sheet.y)


def _put_annex(sheet: Sheet, block: Block, frame: Frame) -> None:
    """An annex begins a sheet, and its pages are numbered by themselves."""
    number, name = part_annex(block.text)
    sheet.new_page(number=1)
    for text, style in (
        (number, Style(size=14, bold=True)),
        (name, Style(size=14, bold=True)),
        (frame.belongs_to, Style(size=13, italic=True)),
    ):
        sheet.put(text, style, align="center", balanced=True)
    sheet.skip(4)

"""The report as DOCX in the same layout as its PDF, for an office that still wants to write in it."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt

from scheduler.documents import docx_parts, pdf_table
from scheduler.documents.blocks import Block, BlockKind, Table
from scheduler.documents.docx_parts import Align
from scheduler.documents.fonts import has_tai_viet
from scheduler.documents.frame import MOTTO, NATION, TO, Frame, part_annex
from scheduler.documents.report_pdf import BODY, INDENT, MARGINS
from scheduler.documents.sheet import Sheet, Style

_WIDTH = 210 - MARGINS.left - MARGINS.right
_LEFT = _WIDTH * 0.42
_AFTER_PT = 6.0
_TABLE = Style(size=11)
_SIGNATURE_LINES = 4
_BOLD_BLOCKS = (BlockKind.HEADING, BlockKind.SUBHEADING)


def write_report(blocks: Sequence[Block | Table], frame: Frame, *, title: str, made_at: datetime) -> bytes:
    """The whole report: frame, text, signature, then each annex in a section of its own."""
    document = docx.Document()
    ruler = Sheet(title="", margins=MARGINS, made_at=made_at)  # knows how wide letters are
    _set_up(document, title, made_at)
    _put_head(document, frame, ruler)
    signed = False
    for block in blocks:
        if isinstance(block, Table):
            _put_table(document, block, ruler)
        elif block.kind is BlockKind.ANNEX:
            if not signed:
                _put_signature(document, frame)
                signed = True
            _put_annex(document, block, frame)
        else:
            _put_block(document, block, ruler)
    if not signed:
        _put_signature(document, frame)
    if any(has_tai_viet(text) for text in _texts(blocks, frame)):
        docx_parts.embed_tai_viet(document)
    ruler.close()
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _texts(blocks: Sequence[Block | Table], frame: Frame) -> list[str]:
    found = [frame.office.agency_name, frame.office.signer_name, frame.office.recipients]
    for block in blocks:
        if isinstance(block, Table):
            found += [block.caption, *block.head, *(cell for row in block.rows for cell in row.cells)]
        else:
            found.append(block.text)
    return found


def _set_up(document: Document, title: str, made_at: datetime) -> None:
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = docx_parts.FONT, Pt(BODY.size)
    fonts = normal.element.rPr.rFonts
    for kind in ("w:eastAsia", "w:cs"):
        fonts.set(qn(kind), docx_parts.FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    normal.element.rPr.append(language)
    _set_section(document.sections[0])
    core = document.core_properties
    core.title, core.author, core.comments, core.language = title, "", "", "vi-VN"
    core.created = core.modified = made_at.replace(tzinfo=None)


def _set_section(section: Section) -> None:
    """A4 with the decree's margins; a page number in the top margin, but on the first page none."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(MARGINS.top), Mm(MARGINS.bottom)
    section.left_margin, section.right_margin = Mm(MARGINS.left), Mm(MARGINS.right)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    section.header.is_linked_to_previous = False
    docx_parts.put_page_number(section.header.paragraphs[0], Style(size=13))


def _put_head(document: Document, frame: Frame, ruler: Sheet) -> None:
    right = _WIDTH - _LEFT
    cells = _two_columns(document, _LEFT, right)
    above, agency = frame.agencies
    bold, motto = Style(size=12, bold=True), Style(size=13, bold=True)
    lines: list[tuple[str, Style]] = [(above, Style(size=12))] if above else []
    _put_lines(cells[0], [*lines, (agency, bold)])
    docx_parts.rule(cells[0], length=min(ruler.width_of(agency, bold), _LEFT) * 0.4, width=_LEFT, after=6)
    _put_lines(cells[1], [(NATION, bold), (MOTTO, motto)])
    docx_parts.rule(cells[1], length=ruler.width_of(MOTTO, motto), width=right, after=6)
    below = _two_columns(document, _LEFT, right)
    _put_lines(below[0], [(frame.number_line, Style(size=13))])
    _put_lines(below[1], [(frame.place_line, Style(size=13, italic=True))])
    docx_parts.put(document, "", Style(size=8))


def _two_columns(document: Document, left: float, right: float) -> tuple[Any, Any]:
    """Two cells without lines; python-docx puts an empty paragraph into each, which the first text takes."""
    table = document.add_table(rows=1, cols=2)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for cell, width in zip(table.rows[0].cells, (left, right), strict=True):
        cell.width = Mm(width)
    for column, width in zip(table.columns, (left, right), strict=True):
        column.width = Mm(width)
    margins = OxmlElement("w:tblCellMar")
    for side in ("w:left", "w:right"):
        mark = OxmlElement(side)
        mark.set(qn("w:w"), "0")
        mark.set(qn("w:type"), "dxa")
        margins.append(mark)
    table._tbl.tblPr.append(margins)
    first, second = table.rows[0].cells
    return first, second


def _put_lines(cell: Any, lines: Sequence[tuple[str, Style]], align: Align = "center") -> None:
    for place, (text, style) in enumerate(lines):
        docx_parts.put(cell, text, style, align=align, paragraph=cell.paragraphs[0] if place == 0 else None)


def _put_block(document: Document, block: Block, ruler: Sheet) -> None:
    title = Style(size=14, bold=True)
    if block.kind is BlockKind.KIND:
        docx_parts.put(document, block.text.upper(), title, align="center", keep=True)
    elif block.kind is BlockKind.SUBJECT:
        docx_parts.put(document, block.text, title, align="center", keep=True)
        length = min(ruler.width_of(block.text, title), _WIDTH) * 0.35
        docx_parts.rule(document, length=length, width=_WIDTH, after=14)
    else:
        bold = block.kind in _BOLD_BLOCKS
        note = block.kind is BlockKind.NOTE
        italic = note or block.kind is BlockKind.BASIS
        style = Style(size=12 if note else BODY.size, bold=bold, italic=italic, leading=BODY.leading)
        text = f"- {block.text}" if block.kind is BlockKind.ITEM else block.text
        align: Align = "left" if bold else "justify"
        docx_parts.put(document, text, style, align=align, indent=INDENT, after=_AFTER_PT, keep=bold)


def _put_table(document: Document, table: Table, ruler: Sheet) -> None:
    if table.caption:
        docx_parts.put(document, table.caption, Style(size=12, bold=True), align="center", before=3, after=3, keep=True)
    style, widths = pdf_table.fit(ruler, table, _TABLE)
    docx_parts.put_table(document, table, widths=widths, style=style)
    docx_parts.put(document, "", Style(size=6))


def _put_signature(document: Document, frame: Frame) -> None:
    left, right = _two_columns(document, _LEFT, _WIDTH - _LEFT)
    small, signer = Style(size=11), Style(size=14, bold=True)
    if frame.recipient_lines:
        lines = [(TO, Style(size=12, bold=True, italic=True))]
        _put_lines(left, [*lines, *((line, small) for line in frame.recipient_lines)], align="left")
    blank = [("", signer)] * _SIGNATURE_LINES
    _put_lines(right, [*((line, signer) for line in frame.signer_lines), *blank, (frame.office.signer_name, signer)])


def _put_annex(document: Document, block: Block, frame: Frame) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    _set_section(section)
    again = OxmlElement("w:pgNumType")
    again.set(qn("w:start"), "1")
    section._sectPr.append(again)
    number, name = part_annex(block.text)
    bold = Style(size=14, bold=True)
    for text, style in ((number, bold), (name, bold), (frame.belongs_to, Style(size=13, italic=True))):
        docx_parts.put(document, text, style, align="center")
    docx_parts.put(document, "", Style(size=8))

"""What DOCX files are put together from: paragraphs in two scripts, tables, rules, page numbers; with python-docx."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from scheduler.documents.blocks import RowKind, Table
from scheduler.documents.fonts import TAI_VIET, find_font, split_scripts
from scheduler.documents.sheet import Style

FONT = "Times New Roman"
TAI_VIET_FONT = "Noto Sans Tai Viet"
Align = Literal["left", "center", "right", "justify"]
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
_TWIPS_A_MM = 1440 / 25.4
_OBFUSCATED_BYTES = 32


def put(
    place: Any,
    text: str,
    style: Style,
    *,
    align: Align = "left",
    indent: float = 0,
    after: float = 0,
    before: float = 0,
    keep: bool = False,
    paragraph: Paragraph | None = None,
) -> Paragraph:
    """A paragraph at the end of a document, cell or header; `indent` in millimetres, space around it in points."""
    found: Paragraph = place.add_paragraph() if paragraph is None else paragraph
    form = found.paragraph_format
    form.alignment = _ALIGN[align]
    form.first_line_indent = Mm(indent) if indent else None
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.line_spacing = style.leading / 1.15  # Word's single line of Times New Roman is 1.15 of its size
    form.keep_with_next = keep
    for part, is_tai_viet in split_scripts(unicodedata.normalize("NFC", text)):
        run = found.add_run(part)
        run.font.size, run.bold, run.italic = Pt(style.size), style.bold, style.italic
        _set_fonts(run._element.get_or_add_rPr(), TAI_VIET_FONT if is_tai_viet else FONT)
    return found


def rule(place: Any, *, length: float, width: float, after: float = 0) -> None:
    """A level line in the middle of a column `width` millimetres wide: a paragraph that is only a border."""
    found = place.add_paragraph()
    form = found.paragraph_format
    form.left_indent = form.right_indent = Mm((width - length) / 2)
    form.space_before, form.space_after, form.line_spacing = Pt(1), Pt(after), Pt(2)
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:top w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr>'
    )  # fmt: skip
    found._p.get_or_add_pPr().insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")


def put_page_number(paragraph: Paragraph, style: Style) -> None:
    """The number of the page, as a field that Word reckons."""
    put(None, "", style, align="center", paragraph=paragraph)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(style.size)
        _set_fonts(run._element.get_or_add_rPr(), FONT)
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._element.append(mark)


def put_table(document: Document, table: Table, *, widths: Sequence[float], style: Style) -> None:
    """A table with lines; its head is repeated on each page and no row is torn. Widths in millimetres."""
    twips = [round(width * _TWIPS_A_MM) for width in widths]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
    sides = [table.side_of(column) for column in range(len(widths))]
    rows = [_row(table.head, ["center"] * len(twips), twips, style, bold=True, head=True)]
    for row in table.rows:
        if row.kind is RowKind.BAND:
            rows.append(_row(row.cells[:1], ["left"], [sum(twips)], style, bold=True, span=len(twips)))
        else:
            rows.append(_row(row.cells, sides, twips, style, bold=row.kind is RowKind.TOTAL))
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    xml = (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{lines}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        '<w:left w:w="45" w:type="dxa"/><w:right w:w="45" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
    document.element.body.insert_element_before(parse_xml(xml), "w:sectPr")


def _row(
    cells: Sequence[str],
    sides: Sequence[str],
    twips: Sequence[int],
    style: Style,
    *,
    bold: bool,
    head: bool = False,
    span: int = 1,
) -> str:
    """Written as text: python-docx takes minutes for a table of thousands of rows."""
    marks = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="ECECEC"/>' if head or span > 1 else ""
    merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    found = [f"<w:tr><w:trPr>{marks}</w:trPr>"]
    for text, side, width in zip(cells, sides, twips, strict=True):
        found.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{merged}{shade}<w:vAlign w:val="center"/></w:tcPr>'
            f'<w:p><w:pPr><w:spacing w:before="20" w:after="20"/><w:jc w:val="{side}"/></w:pPr>'
            f"{_runs(text, style, bold=bold)}</w:p></w:tc>"
        )
    return "".join([*found, "</w:tr>"])


@lru_cache(maxsize=4_096)
def _runs(text: str, style: Style, *, bold: bool) -> str:
    found = []
    for part, is_tai_viet in split_scripts(unicodedata.normalize("NFC", text)):
        font = TAI_VIET_FONT if is_tai_viet else FONT
        size = round(style.size * 2)
        weight = "<w:b/><w:bCs/>" if bold else ""
        broken = '</w:t><w:br/><w:t xml:space="preserve">'.join(_escape(line) for line in part.split("\n"))
        found.append(
            f'<w:r><w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}" w:cs="{font}"/>{weight}'
            f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr><w:t xml:space="preserve">{broken}</w:t></w:r>'
        )
    return "".join(found)


def _escape(text: str) -> str:
    """As XML wants it; signs that no XML may hold are left out."""
    plain = "".join(letter for letter in text if letter >= " ")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _set_fonts(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(kind), font)


def embed_tai_viet(document: Document) -> None:
    """Take the letters of Tai Viet along in the file: hardly a computer has them (ECMA-376 part 4, §2.8.1)."""
    key = str(uuid5(NAMESPACE_URL, TAI_VIET_FONT)).upper()
    body = bytearray(find_font(TAI_VIET, "").read_bytes())
    mask = bytes.fromhex(key.replace("-", ""))[::-1]
    for place in range(_OBFUSCATED_BYTES):
        body[place] ^= mask[place % len(mask)]
    package = document.part.package
    kind = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
    font = Part(PackURI("/word/fonts/font1.odttf"), kind, bytes(body), package)
    table = next(
        relation.target_part
        for relation in document.part.rels.values()
        if relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE
    )
    number = table.relate_to(font, RELATIONSHIP_TYPE.FONT)
    entry = (
        f'<w:font w:name="{TAI_VIET_FONT}"><w:charset w:val="00"/><w:family w:val="auto"/><w:pitch w:val="variable"/>'
        f'<w:embedRegular r:id="{number}" w:fontKey="{{{key}}}"/></w:font></w:fonts>'
    )
    table._blob = table.blob.replace(b"</w:fonts>", entry.encode())
    settings = document.settings.element
    if settings.find(qn("w:embedTrueTypeFonts")) is None:
        settings.insert_element_before(OxmlElement("w:embedTrueTypeFonts"), *_AFTER_EMBED)


_AFTER_EMBED = (
    "w:embedSystemFonts", "w:saveSubsetFonts", "w:saveFormsData", "w:mirrorMargins", "w:alignBordersAndEdges",
    "w:bordersDoNotSurroundHeader", "w:bordersDoNotSurroundFooter", "w:hideSpellingErrors", "w:proofState",
    "w:attachedTemplate", "w:stylePaneFormatFilter", "w:defaultTabStop", "w:drawingGridHorizontalSpacing",
    "w:characterSpacingControl", "w:compat", "w:rsids",
)  # fmt: skip
"""What a schema wants after it."""

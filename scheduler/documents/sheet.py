"""Sheets of paper as PDF: text set line by line in two scripts, with page breaks; the only importer of fpdf2."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from fpdf import FPDF

from scheduler.documents.fonts import SERIF, TAI_VIET, find_font, split_scripts

_BREAKS = re.compile(r"[^\S\u00a0]+")
"""Where a line may break. A no-break space is not among them: it is room that is kept, as for a number to write in."""

Align = Literal["left", "center", "right", "justify"]
_MM_A_POINT = 25.4 / 72
_RISE = 0.78
"""Where the base line lies in a line of text, from its top, as a share of the line's height."""
_CELL_BASE = 0.8
"""The same in a cell of fpdf2 that is as high as its letters."""


class Piece(NamedTuple):
    """A stretch of a word in one script."""

    text: str
    is_tai_viet: bool
    width: float


class Word(NamedTuple):
    """What no line break parts."""

    pieces: tuple[Piece, ...]
    width: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How text looks: size in points, bold or italic, the height of a line as a multiple of the size."""

    size: float = 13
    bold: bool = False
    italic: bool = False
    leading: float = 1.2

    @property
    def face(self) -> str:
        """fpdf2's name of the face."""
        return ("B" if self.bold else "") + ("I" if self.italic else "")

    @property
    def line(self) -> float:
        """The height of a line in millimetres."""
        return self.size * self.leading * _MM_A_POINT


@dataclass(frozen=True, kw_only=True, slots=True)
class Margins:
    """White edges in millimetres."""

    top: float = 20
    bottom: float = 20
    left: float = 30
    right: float = 15


class Sheet:
    """A PDF that grows downwards; everything is placed in millimetres from the top left corner."""

    def __init__(
        self,
        *,
        title: str,
        margins: Margins,
        landscape: bool = False,
        made_at: datetime,
        head: "Callable[[Sheet, int], None] | None" = None,
    ) -> None:
        """`head` writes what stands above the text of each page, given the page's number."""
        self.pdf = FPDF(orientation="landscape" if landscape else "portrait", unit="mm", format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        find_font(SERIF, "")  # said now, not in the middle of a page
        self.pdf.set_title(title)
        self.pdf.set_lang("vi")
        self.pdf.set_creation_date(made_at)
        self.margins = margins
        self.y = margins.top
        self.number = 0
        """Of the present page; an annex begins again at 1."""
        self._head = head
        self._widths: dict[tuple[str, float, str], float] = {}
        self._words: dict[tuple[str, float, str], list[Word]] = {}
        self._face: tuple[str, str, float] | None = None
        self._known: set[tuple[str, str]] = set()
        self.new_page()

    # --- pages ------------------------------------------------------------------------------------------------------
    @property
    def width(self) -> float:
        """Between the margins."""
        return float(self.pdf.w) - self.margins.left - self.margins.right

    @property
    def room(self) -> float:
        """How much height is left on the page."""
        return float(self.pdf.h) - self.margins.bottom - self.y

    def new_page(self, *, number: int | None = None) -> None:
        """Turn to a fresh page, numbered on or from a number given."""
        self.pdf.add_page()
        self._face = None
        self.number = self.number + 1 if number is None else number
        self.y = self.margins.top
        if self._head is not None:
            self._head(self, self.number)
            self.y = self.margins.top

    def need(self, height: float) -> bool:
        """Turn the page unless there is so much room; tells whether it did."""
        if self.room >= height or self.y <= self.margins.top:
            return False
        self.new_page()
        return True

    def skip(self, height: float) -> None:
        """Leave white."""
        self.y += height

    # --- text -------------------------------------------------------------------------------------------------------
    def words(self, text: str, style: Style) -> list[Word]:
        """The words of a text, measured. Letters are composed first: then no Vietnamese letter needs shaping."""
        key = (style.face, style.size, text)
        if key not in self._words:  # tables say the same figures over and over
            self._words[key] = self._measure(text, style)
        return self._words[key]

    def _measure(self, text: str, style: Style) -> list[Word]:
        found = []
        for word in filter(None, _BREAKS.split(unicodedata.normalize("NFC", text))):
            pieces = tuple(
                Piece(part, is_tai_viet, self._width(part, style, is_tai_viet=is_tai_viet))
                for part, is_tai_viet in split_scripts(word)
            )
            found.append(Word(pieces, sum(piece.width for piece in pieces)))
        return found

    def width_of(self, text: str, style: Style) -> float:
        """How wide a line with this text is."""
        words = self.words(text, style)
        return sum(word.width for word in words) + self._space(style) * max(len(words) - 1, 0)

    def break_lines(self, text: str, style: Style, width: float, *, first: float = 0) -> list[list[Word]]:
        """The words in lines that fit a width; the first one is indented by `first`. A word too long is cut."""
        space = self._space(style)
        lines: list[list[Word]] = [[]]
        used = first
        for word in self._cut(self.words(text, style), style, width):
            if lines[-1] and used + space + word.width > width:
                lines.append([])
                used = 0
            used += word.width + (space if lines[-1] else 0)
            lines[-1].append(word)
        return lines

    def put_line(
        self,
        words: Sequence[Word],
        style: Style,
        *,
        x: float,
        y: float,
        width: float,
        align: Align = "left",
    ) -> None:
        """Set one line whose top is at `y`; justified, the space between words grows until the line is full."""
        space = self._space(style)
        free = width - sum(word.width for word in words) - space * max(len(words) - 1, 0)
        extra = free / (len(words) - 1) if align == "justify" and len(words) > 1 else 0.0
        x += free * {"left": 0, "justify": 0, "center": 0.5, "right": 1}[align]
        base = y + style.line * _RISE
        for place, word in enumerate(words):
            last = place == len(words) - 1
            self._put_word(word, style, x=x, base=base, space=not last)
            x += word.width + space + extra

    def put(
        self,
        text: str,
        style: Style,
        *,
        x: float | None = None,
        width: float | None = None,
        align: Align = "left",
        indent: float = 0,
        keep: int = 2,
        balanced: bool = False,
    ) -> None:
        """Set a paragraph at the present place, breaking pages; `keep` lines are never left alone.

        `balanced`, its lines are about as long as each other, as titles want it.
        """
        x, width = self.margins.left if x is None else x, self.width if width is None else width
        narrow = self._balance(text, style, width) if balanced else width
        lines = self.break_lines(text, style, narrow, first=indent)
        self.need(min(len(lines), keep) * style.line)
        for place, line in enumerate(lines):
            if self.room < style.line:
                self.new_page()
            shift = indent if place == 0 else 0
            last = place == len(lines) - 1
            way: Align = "left" if align == "justify" and last else align
            self.put_line(line, style, x=x + shift, y=self.y, width=width - shift, align=way)
            self.y += style.line

    def rule(self, *, x: float, y: float, width: float, thick: float = 0.2) -> None:
        """A level line."""
        self.pdf.set_line_width(thick)
        self.pdf.line(x, y, x + width, y)

    def boxes(self, widths: Sequence[float], height: float, *, thick: float, grey: int | None = None) -> None:
        """Boxes side by side from the left margin, at the present place: one stroke for a whole row of a table."""
        self.pdf.set_line_width(thick)
        if grey is not None:
            self.pdf.set_fill_color(grey)
        k, x = float(self.pdf.k), self.margins.left
        top = (float(self.pdf.h) - self.y) * k
        path = []
        for width in widths:
            path.append(f"{x * k:.2f} {top:.2f} {width * k:.2f} {-height * k:.2f} re")
            x += width
        self.pdf._out(f"{' '.join(path)} {'S' if grey is None else 'B'}")

    def output(self) -> bytes:
        """The whole document; nothing can be set on it any more."""
        body = bytes(self.pdf.output())
        self.close()
        return body

    def close(self) -> None:
        """Let go of the files of the fonts; for a sheet that is never put out."""
        for font in self.pdf.fonts.values():
            font.close()  # type: ignore[union-attr]  # all of ours are of a file

    def _balance(self, text: str, style: Style, width: float) -> float:
        """The narrowest width that needs no more lines than `width` does, to the millimetre."""
        number = len(self.break_lines(text, style, width))
        narrow = width
        while narrow > width / 2 and len(self.break_lines(text, style, narrow - 1)) == number:
            narrow -= 1
        return narrow

    # --- inside -----------------------------------------------------------------------------------------------------
    def _space(self, style: Style) -> float:
        return self._width(" ", style, is_tai_viet=False)

    def _width(self, text: str, style: Style, *, is_tai_viet: bool) -> float:
        face = TAI_VIET if is_tai_viet else style.face
        key = (face, style.size, text)
        if key not in self._widths:
            self._use(style, is_tai_viet=is_tai_viet)
            self._widths[key] = float(self.pdf.get_string_width(text))
        return self._widths[key]

    def _use(self, style: Style, *, is_tai_viet: bool) -> None:
        """Tai Viet is shaped (its vowel signs stand over and under consonants); Vietnamese is set letter by letter."""
        face = (TAI_VIET, "", style.size) if is_tai_viet else (SERIF, style.face, style.size)
        if face == self._face:
            return
        if face[:2] not in self._known:
            self.pdf.add_font(face[0], face[1], find_font(face[0], face[1]))
            self._known.add(face[:2])
        self.pdf.set_font(face[0], face[1], face[2])
        self.pdf.set_text_shaping(is_tai_viet)
        self._face = face

    def _put_word(self, word: Word, style: Style, *, x: float, base: float, space: bool) -> None:
        """A word, and the space after it, so that whoever copies the page gets words.

        Signs over and under a letter of Tai Viet are drawn where they belong, not in their order: it is told beside.
        """
        told = "".join(piece.text for piece in word.pieces) + (" " if space else "")
        is_told = any(piece.is_tai_viet for piece in word.pieces)
        if is_told:
            self.pdf._out(f"/Span <</ActualText <FEFF{told.encode('utf-16-be').hex().upper()}>>> BDC")
        pieces = [*word.pieces, Piece(" ", is_tai_viet=False, width=0)] if space else word.pieces
        if space and not is_told:  # one stretch of text, which is all that most words are
            pieces = [word.pieces[0]._replace(text=told)]
        for piece in pieces:
            self._put_piece(piece, style, x=x, base=base)
            x += piece.width
        if is_told:
            self.pdf._out("EMC")

    def _put_piece(self, piece: Piece, style: Style, *, x: float, base: float) -> None:
        self._use(style, is_tai_viet=piece.is_tai_viet)
        if not piece.is_tai_viet:
            self.pdf.text(x, base, piece.text)
            return
        height = style.size * _MM_A_POINT
        self.pdf.set_xy(x, base - height * _CELL_BASE)
        self.pdf.cell(piece.width, height, piece.text)  # not FPDF.text, which leaves the signs where they are

    def _cut(self, words: Iterable[Word], style: Style, width: float) -> Iterable[Word]:
        for word in words:
            if word.width <= width:
                yield word
            else:
                yield from self._cut_word("".join(piece.text for piece in word.pieces), style, width)

    def _cut_word(self, text: str, style: Style, width: float) -> Iterable[Word]:
        start = 0
        for end in range(1, len(text) + 1):
            if end == len(text) or self.width_of(text[start : end + 1], style) > width:
                if end > start:
                    yield from self.words(text[start:end], style)
                start = end

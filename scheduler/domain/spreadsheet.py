"""How values become cells of a table file: nothing that a person typed is ever taken for a formula."""

from datetime import date, datetime, time

Cell = str | int | float | date | datetime | time | None

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; the wide signs are taken for the narrow ones by some."""


def safe_text(text: str) -> str:
    """Text that stays text in every spreadsheet: what looks like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def as_vietnamese_text(cell: Cell) -> str:
    """A cell as a spreadsheet with Vietnamese settings reads it: 24/11/2026, 05:30:00, 538,5."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M:%S}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M:%S}"
    return f"{cell:.10g}".replace(".", ",") if isinstance(cell, float) else str(cell)

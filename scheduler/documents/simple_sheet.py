"""What printed sheets for daily work have in common: whose they are, a title in the middle, room for signatures."""

from collections.abc import Sequence
from datetime import date, datetime

from scheduler.documents.sheet import Margins, Sheet, Style
from scheduler.domain.counting import tell_day
from scheduler.services.office import Office

MARGINS = Margins(top=15, bottom=13, left=15, right=15)
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_SIGNATURE_ROOM = 22


def open_sheet(office: Office, *, title: str, below: Sequence[str], station: str, made_at: datetime) -> Sheet:
    """A sheet on its side with its heading; `below` the title stands what it is about, a line each."""
    sheet = Sheet(title=title, margins=MARGINS, landscape=True, made_at=made_at, head=_put_page_number)
    for text, style in (
        (office.agency_above.upper(), Style(size=11)),
        ((office.agency_name or station).upper(), Style(size=11, bold=True)),
    ):
        if text:
            sheet.put(text, style)
    sheet.skip(1)
    sheet.put(title.upper(), Style(size=15, bold=True), align="center")
    for line in below:
        sheet.put(line, Style(size=12, italic=True), align="center")
    sheet.skip(3)
    return sheet


def put_signatures(sheet: Sheet, titles: Sequence[str]) -> None:
    """Who signs, side by side, with room above the name."""
    style = Style(size=12, bold=True)
    width = sheet.width / len(titles)
    sheet.skip(4)
    sheet.need(style.line * 2 + _SIGNATURE_ROOM)
    top = sheet.y
    for place, title in enumerate(titles):
        sheet.y = top
        x = sheet.margins.left + place * width
        sheet.put(title.upper(), style, x=x, width=width, align="center")
        sheet.put("(ký, ghi rõ họ tên)", Style(size=11, italic=True), x=x, width=width, align="center")


def tell_weekday(day: date) -> str:
    """Thứ Hai, ngày 01/02/2021."""
    return f"{WEEKDAYS[day.weekday()]}, ngày {tell_day(day)}"


def _put_page_number(sheet: Sheet, number: int) -> None:
    if number > 1:
        style = Style(size=11)
        sheet.put_line(
            sheet.words(str(number), style), style, x=sheet.margins.left, y=8, width=sheet.width, align="center"
        )  # fmt: skip

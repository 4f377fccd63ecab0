"""What stands around the text of an official document after Nghị định 30/2020/NĐ-CP, the same in DOCX and PDF."""

from dataclasses import dataclass
from datetime import date

from scheduler.domain.counting import tell_number
from scheduler.services.office import Office

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
TO = "Nơi nhận:"
_BLANK = "\u00a0" * 8
"""Room for a figure that a hand writes in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """An office, and what only this document has: its number and the day it is signed, both empty until given."""

    office: Office
    number: int | None = None
    signed_on: date | None = None
    made_on: date
    """Tells the year of a date that is left open."""

    @property
    def agencies(self) -> tuple[str, str]:
        """Cơ quan chủ quản (or empty) and cơ quan ban hành, in capitals."""
        return self.office.agency_above.upper(), (self.office.agency_name or "(tên cơ quan)").upper()

    @property
    def number_line(self) -> str:
        """Số: 05/BC-UBND; numbers under 10 take a leading 0."""
        told = _BLANK if self.number is None else tell_number(self.number)
        return f"Số: {told}/{self.office.document_symbol}"

    @property
    def place_line(self) -> str:
        """Sơn La, ngày 05 tháng 02 năm 2021: days under 10 and the first two months take a leading 0."""
        place = self.office.place_name or "……"
        if self.signed_on is None:
            return f"{place}, ngày {_BLANK} tháng {_BLANK} năm {self.made_on.year}"
        day, month = self.signed_on.day, self.signed_on.month
        return f"{place}, ngày {day:02d} tháng {f'{month:02d}' if month <= 2 else month} năm {self.signed_on.year}"

    @property
    def signer_lines(self) -> list[str]:
        """Quyền hạn, chức vụ, in capitals."""
        lines = [self.office.signed_for, *self.office.signer_position.splitlines()]
        return [line.strip().upper() for line in lines if line.strip()]

    @property
    def recipient_lines(self) -> list[str]:
        """Nơi nhận as the decree writes it: a dash before each, a semicolon after, a full stop after the last."""
        names = [name.rstrip(".;, ").removeprefix("-").strip() for name in self.office.recipient_list]
        return [f"- {name}{'.' if place == len(names) else ';'}" for place, name in enumerate(names, 1)]

    @property
    def belongs_to(self) -> str:
        """What stands under the title of an annex."""
        when = self.place_line.partition(", ")[2]
        return f"(Kèm theo Báo cáo số {self.number_line.removeprefix('Số: ')} {when} của {self._agency})"

    @property
    def _agency(self) -> str:
        return self.office.agency_name or "(tên cơ quan)"


def close_bases(lines: list[str]) -> list[str]:
    """Căn cứ end in a semicolon, the last one in a full stop."""
    plain = [line.rstrip(".;, ") for line in lines]
    return [f"{line}{'.' if place == len(plain) else ';'}" for place, line in enumerate(plain, 1)]


def part_annex(title: str) -> tuple[str, str]:
    """Phụ lục I: TÊN → its number and its name."""
    number, _, name = title.partition(":")
    return number.strip(), name.strip()

"""Who speaks in the station's documents: agency, place, symbol, signer and recipients, as people set them on a page."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.text import tidy, tidy_lines
from scheduler.errors import BadField
from scheduler.models import StationSetting

LONGEST = 300
LONGEST_LIST = 4_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """What stands around the text of a document (Nghị định 30/2020/NĐ-CP); what is empty is left blank to fill in."""

    agency_above: str = ""
    """Cơ quan chủ quản; empty where there is none, as for an ủy ban nhân dân."""
    agency_name: str = ""
    """Cơ quan ban hành."""
    document_symbol: str = "BC-UBND"
    """Ký hiệu of a report, after its number."""
    place_name: str = ""
    """Địa danh before the date."""
    signed_for: str = "TM. ỦY BAN NHÂN DÂN"
    """Quyền hạn: in whose name the signer signs; empty for a head who signs for himself."""
    signer_position: str = "CHỦ TỊCH"
    """Chức vụ; several lines where one signs in another's place (KT. CHỦ TỊCH, PHÓ CHỦ TỊCH)."""
    signer_name: str = ""
    bases: str = ""
    """Căn cứ, one a line."""
    recipients: str = "Như trên\nLưu: VT"
    """Nơi nhận, one a line; the last one says where it is kept."""

    @property
    def recipient_list(self) -> list[str]:
        """Nơi nhận, one by one."""
        return _lines(self.recipients)

    @property
    def basis_list(self) -> list[str]:
        """Căn cứ, one by one."""
        return _lines(self.bases)

    @property
    def is_named(self) -> bool:
        """Tell whether the station has said whose documents these are."""
        return bool(self.agency_name)


_OF_LINES = frozenset({"signer_position", "bases", "recipients"})
NAMES = tuple(item.name for item in fields(Office))


def read(session: Session) -> Office:
    """The settings as they are now."""
    kept = select(StationSetting.name, StationSetting.value).where(StationSetting.name.in_(NAMES))
    found: dict[str, Any] = dict(session.execute(kept).all())
    return Office(**found)


def change(session: Session, changes: Mapping[str, Any], *, by: str, now: datetime) -> None:
    """Let documents bear other names from now on, all of these or none. Raises `BadField`."""
    checked = {name: _check(name, value) for name, value in changes.items()}
    usual = Office()
    for name, value in checked.items():
        row = session.get(StationSetting, name)
        if row is not None:
            if row.value != value:
                row.value, row.changed_at, row.changed_by = value, now, by
        elif value != getattr(usual, name):
            session.add(StationSetting(name=name, value=value, changed_at=now, changed_by=by))
    session.flush()


def _check(name: str, value: object) -> str:
    if name not in NAMES:
        raise BadField(field=name, value=str(value)[:40])
    text, limit = (
        (tidy_lines(str(value or "")), LONGEST_LIST) if name in _OF_LINES else (tidy(str(value or "")), LONGEST)
    )
    if len(text) > limit:
        raise BadField(field=name, value=text[:40])
    return text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]

"""What people call a row in the audit trail, and the area it belongs to."""

from collections.abc import Mapping

from sqlalchemy.orm import object_session

from scheduler.models import (
    Area,
    AreaCode,
    AreaSuccession,
    Broadcast,
    CorrectionRequest,
    CountingRule,
    Edition,
    Episode,
    Grant,
    Loudspeaker,
    PeriodClose,
    Recording,
    Row,
    Series,
    SeriesLanguage,
    Slot,
    SlotException,
    SlotTarget,
    StationSetting,
    User,
    Zone,
    ZoneLanguage,
)


def label_of(row: Row) -> str:
    """The name of a row, with the name of what it is part of."""
    owner = _owner_of(row)
    own = _own_name(row)
    if owner is None:
        return own
    return f"{label_of(owner)} · {own}" if own else label_of(owner)


OWNERS: Mapping[type[Row], tuple[type[Row], str]] = {
    AreaCode: (Area, "area_id"),
    CorrectionRequest: (Zone, "zone_id"),
    Broadcast: (Episode, "episode_id"),
    Edition: (Episode, "episode_id"),
    Grant: (User, "user_id"),
    Loudspeaker: (Zone, "zone_id"),
    Recording: (Edition, "edition_id"),
    SeriesLanguage: (Series, "series_id"),
    SlotException: (Slot, "slot_id"),
    SlotTarget: (Slot, "slot_id"),
    ZoneLanguage: (Zone, "zone_id"),
}
"""What a row is a part of; found by its number, since a part that was taken out knows its whole no more."""


def _owner_of(row: Row) -> Row | None:
    session = object_session(row)
    if session is None or type(row) not in OWNERS:
        return None
    kind, column = OWNERS[type(row)]
    number = getattr(row, column)
    with session.no_autoflush:
        return None if number is None else session.get(kind, number)


def _own_name(row: Row) -> str:  # noqa: C901 -- a table of kinds
    match row:
        case CountingRule():
            return str(row.number)
        case Area() | Zone() | User():
            return row.name
        case Slot():
            return row.title or row.code
        case Series():
            return row.title
        case Episode():
            return f"{row.number}/{row.year} {row.title}"
        case Edition() | SeriesLanguage() | ZoneLanguage():
            return row.language
        case Recording():
            return f"#{row.take} {row.original_name}"
        case SlotException():
            return f"{row.on:%d/%m/%Y}"
        case PeriodClose():
            return f"{row.first:%d/%m/%Y} – {row.last:%d/%m/%Y}"
        case CorrectionRequest():
            return f"{row.seconds_sounded:g} s"
        case AreaCode():
            return row.code
        case Loudspeaker():
            return row.place
        case Grant():
            return row.role.value
        case StationSetting():
            return row.name
        case SlotTarget():
            return _name_of_place(row)
    return ""


def _name_of_place(row: SlotTarget) -> str:
    session = object_session(row)
    if session is None:
        return ""
    place = session.get(Area, row.area_id) if row.zone_id is None else session.get(Zone, row.zone_id)
    return "" if place is None else place.name


def area_of(row: Row) -> int | None:
    """The area a row belongs to, where there is one."""
    match row:
        case Area():
            return row.id
        case AreaCode() | Zone() | Grant():
            return row.area_id
        case AreaSuccession():
            return row.successor_id
        case Loudspeaker() | ZoneLanguage() | CorrectionRequest():
            zone = _owner_of(row)
            return zone.area_id if isinstance(zone, Zone) else None
    return None

"""What people call a row in the audit trail, and the area it belongs to."""

from scheduler.models import (
    Area,
    AreaCode,
    AreaSuccession,
    Broadcast,
    Edition,
    Episode,
    Grant,
    Loudspeaker,
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


def _owner_of(row: Row) -> Row | None:  # noqa: C901 -- a table of kinds
    match row:
        case Edition():
            return row.episode
        case Recording():
            return row.edition
        case SeriesLanguage():
            return row.series
        case SlotException() | SlotTarget():
            return row.slot
        case AreaCode():
            return row.area
        case ZoneLanguage() | Loudspeaker():
            return row.zone
        case Grant():
            return row.user
        case Broadcast():
            return row.episode
    return None


def _own_name(row: Row) -> str:  # noqa: C901 -- a table of kinds
    match row:
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
        case AreaCode():
            return row.code
        case Loudspeaker():
            return row.place
        case Grant():
            return row.role.value
        case StationSetting():
            return row.name
    return ""


def area_of(row: Row) -> int | None:
    """The area a row belongs to, where there is one."""
    match row:
        case Area():
            return row.id
        case AreaCode() | Zone() | Grant():
            return row.area_id
        case AreaSuccession():
            return row.successor_id
        case Loudspeaker() | ZoneLanguage():
            return None if row.zone is None else row.zone.area_id
    return None

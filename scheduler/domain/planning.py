"""How the running plan is drawn up from slots: values, findings and the pure `draw_up`."""

from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """The three levels of Thông tư 39/2020/TT-BTTTT: thông thường ‹ ưu tiên ‹ khẩn cấp."""

    ORDINARY = 1
    PREFERRED = 2
    EMERGENCY = 3


class Selection(StrEnum):
    """How a slot chooses its episode."""

    NEXT = "next"
    REPEAT = "repeat"
    PINNED = "pinned"


class BroadcastState(StrEnum):
    """How far a broadcast has come; what is on air or past is never planned again."""

    PLANNED = "planned"
    ON_AIR = "on_air"
    DONE = "done"
    CANCELLED = "cancelled"

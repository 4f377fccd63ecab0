"""The station's rows, by topic; no rules."""

from scheduler.models import append_only as _append_only  # noqa: F401 -- registers the triggers
from scheduler.models.base import Row, UtcDateTime
from scheduler.models.counting import AiringTally, AreaAiringTally, CountingRule, MonthTally
from scheduler.models.coverage import Area, AreaCode, AreaSuccession, Loudspeaker, Zone, ZoneLanguage
from scheduler.models.evidence import CorrectionRequest, PeriodClose, Seal
from scheduler.models.people import AuditEntry, Grant, OneTimeCode, StationSetting, User, UserSession
from scheduler.models.planning import (
    Airing,
    Broadcast,
    PlanFinding,
    PlanState,
    Programme,
    RunningOrder,
    Slot,
    SlotException,
    SlotTarget,
)
from scheduler.models.playout import Alarm, AsRunEntry, Claim, Lease, Pulse
from scheduler.models.programme import (
    Edition,
    Episode,
    IngestRequest,
    Production,
    Recording,
    Review,
    Series,
    SeriesLanguage,
)
from scheduler.models.reach import (
    ApiToken,
    CentralMessage,
    Notice,
    NoticeDelivery,
    NoticeTarget,
    ReceivedBulletin,
)
from scheduler.models.uploads import Upload
from scheduler.models.village import (
    CommandDelivery,
    PairingCode,
    Player,
    PlayerState,
    VillageCommand,
    VillageJournalRow,
    VillagePlan,
)

__all__ = [
    "Airing",
    "AiringTally",
    "Alarm",
    "ApiToken",
    "Area",
    "AreaAiringTally",
    "AreaCode",
    "AreaSuccession",
    "AsRunEntry",
    "AuditEntry",
    "Broadcast",
    "CentralMessage",
    "Claim",
    "CommandDelivery",
    "CorrectionRequest",
    "CountingRule",
    "Edition",
    "Episode",
    "Grant",
    "IngestRequest",
    "Lease",
    "Loudspeaker",
    "MonthTally",
    "Notice",
    "NoticeDelivery",
    "NoticeTarget",
    "OneTimeCode",
    "PairingCode",
    "PeriodClose",
    "PlanFinding",
    "PlanState",
    "Player",
    "PlayerState",
    "Production",
    "Programme",
    "Pulse",
    "ReceivedBulletin",
    "Recording",
    "Review",
    "Row",
    "RunningOrder",
    "Seal",
    "Series",
    "SeriesLanguage",
    "Slot",
    "SlotException",
    "SlotTarget",
    "StationSetting",
    "Upload",
    "User",
    "UserSession",
    "UtcDateTime",
    "VillageCommand",
    "VillageJournalRow",
    "VillagePlan",
    "Zone",
    "ZoneLanguage",
]

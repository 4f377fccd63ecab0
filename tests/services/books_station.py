"""Days with something of every class, for tests of reconciliation and of closed books; LATER is two days after them."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.planning import BroadcastState, Priority
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Airing, Area, Broadcast, Zone
from scheduler.services import as_run
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.web.station import make_editions

DAY = date(2026, 11, 24)
NEXT_DAY = date(2026, 11, 25)
AFTER = NOW + timedelta(minutes=20)
LATER = NOW + timedelta(days=2)
"""05:00 on 26 November: both days are over."""


class Books:
    """A broadcast at 05:05 of DAY in two languages in four zones (one hears one language), nothing reported yet."""

    def __init__(self, session: Session) -> None:
        self.session = session
        city = make_area(session)
        self.xom: Area = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
        self.hua_la: Area = make_area(session, name="Hua La", kind="commune", parent=city)
        self.tong: Zone = make_zone(session, area=self.xom)
        self.hum: Zone = make_zone(session, code="HUM", name="Bản Hụm", area=self.xom)
        self.to1: Zone = make_zone(session, code="TO1", name="Tổ 1", area=self.hua_la, languages=("vi",))
        self.mong: Zone = make_zone(session, code="MONG", name="Bản Mòng", area=self.hua_la)
        self.mong.carrier = CarrierKind.VILLAGE
        self.zones = (self.tong, self.hum, self.to1, self.mong)
        self.morning = self.plan(number=1)

    def plan(self, *, number: int, starts_in: timedelta = timedelta(minutes=5), **others: Any) -> Broadcast:
        editions = make_editions(self.session, number=number)
        return make_broadcast(self.session, editions=editions, zones=self.zones, starts_in=starts_in, **others)

    def airing(self, language: str = "vi", broadcast: Broadcast | None = None) -> Airing:
        return next(item for item in (broadcast or self.morning).airings if item.language == language)

    def entry(
        self, zone: Zone, language: str = "vi", *, seconds: float = 540.0, broadcast: Broadcast | None = None,
        late: timedelta = timedelta(0), **others: object,
    ) -> NewEntry:  # fmt: skip
        airing = self.airing(language, broadcast)
        order = [item.language for item in zone.languages]
        at = (broadcast or self.morning).starts_at + timedelta(seconds=540 * order.index(language))
        facts: dict[str, object] = {
            "airing_id": airing.id, "zone_id": zone.id, "planned_at": at,
            "kind": EntryKind.SOUNDED if seconds >= 540 else EntryKind.PARTIAL if seconds else EntryKind.MISSED,
            "started_at": at + late if seconds else None, "ended_at": None, "seconds_planned": airing.seconds,
            "seconds_sounded": seconds, "reason": None, "recorded_by": "may-1",
            "evidence": Evidence.COMPLETED if seconds else Evidence.PLANNED,
        }  # fmt: skip
        return NewEntry(**{**facts, **others})  # type: ignore[arg-type]

    def report(
        self, zone: Zone, language: str = "vi", *, recorded_at: datetime = AFTER, **others: object
    ) -> NewEntry:  # fmt: skip
        """What the station or the place itself tells of a delivery."""
        entry = self.entry(zone, language, **others)  # type: ignore[arg-type]
        as_run.record(self.session, [entry], now=recorded_at, zone=STATION_ZONE)
        return entry

    def report_all(self, broadcast: Broadcast | None = None) -> None:
        """All of a broadcast sounded in all zones."""
        for zone in self.zones:
            for item in zone.languages:
                self.report(zone, item.language, broadcast=broadcast)

    def one_of_each(self) -> None:
        """A day of all classes: three sounded, one late, one in part, one missed, one without a reason, one untold."""
        self.report(self.tong, "vi")
        self.report(self.tong, "blt", late=timedelta(minutes=3))
        self.report(self.hum, "vi", seconds=200.0, reason=Reason.LATE_START)
        self.report(self.hum, "blt", seconds=0.0, reason=Reason.POWER_CUT)
        self.report(self.to1, "vi", seconds=0.0)
        self.report(self.mong, "vi")
        urgent = self.plan(number=2, starts_in=timedelta(hours=3), priority=int(Priority.EMERGENCY))
        urgent.state = BroadcastState.DONE
        self.report_all(urgent)

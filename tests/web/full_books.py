"""Books of the full station: an evening with open lines, a closed month, a correction that waits for a second person."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import NewEntry, Reason
from scheduler.domain.time import local_instant
from scheduler.models import AsRunEntry, Edition, Zone
from scheduler.services import as_run, closing, countersigning
from scheduler.services.countersigning import Wish
from scheduler.station import Station
from tests.factories import make_broadcast

OPEN_DAY = date(2026, 11, 20)
CLOSED = (date(2021, 11, 1), date(2021, 11, 30))


def make_books(
    session: Session,
    station: Station,
    *,
    editions: tuple[Edition, ...],
    zones: Sequence[Zone],
    entry_of: Callable[..., NewEntry],
) -> None:
    """A broadcast on OPEN_DAY that some zones did not report; the books of November 2021 closed, one change asked for."""
    now, zone_of_time = station.clock.now(), station.settings.time_zone
    starts_at = local_instant(OPEN_DAY, time(17), zone_of_time)
    evening = make_broadcast(session, editions=editions, zones=tuple(zones[:6]), starts_in=starts_at - now, now=now)
    entries = [
        entry_of(evening, airing.id, zone, airing.seconds, starts_at, silent=zone is zones[0])
        for airing in evening.airings
        for zone in zones[:4]
        if airing.language in [item.language for item in zone.languages]
    ]
    as_run.record(
        session,
        [replace(entry, reason=None) for entry in entries],
        now=starts_at + timedelta(minutes=20),
        zone=zone_of_time,
    )
    evening.state = BroadcastState.PLANNED
    closing.close(
        session, *CLOSED, by="Cầm Văn Tuấn", user_id=None, note="theo Công văn 120", now=now, zone=zone_of_time
    )  # fmt: skip
    entry = session.scalars(
        select(AsRunEntry).where(AsRunEntry.local_day.between(*CLOSED)).order_by(AsRunEntry.id).limit(1)
    ).one()
    wish = Wish(
        airing_id=entry.airing_id, zone_id=entry.zone_id, after=1, seconds_sounded=300.0, reason=Reason.POWER_CUT,
        note="trưởng bản gọi lại: mất điện giữa chừng",
    )  # fmt: skip
    countersigning.ask(session, wish, by="Quàng Thị Inh", user_id=None, now=now - timedelta(hours=1))

"""A station with two communes and a planned week, for the tests of the pages of planning."""

from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

from sqlalchemy import select

from scheduler.domain.planning import Selection
from scheduler.models import Area
from scheduler.services import planning
from scheduler.station import Station
from tests.factories import make_area, make_edition, make_episode, make_series, make_slot, make_zone
from tests.web.station import give_pulse, make_station


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The station and the numbers of its areas."""

    station: Station
    city: int
    xom: int
    coi: int


def make_planned_station(home: Path) -> Planned:
    """A slot for the whole city every morning, its repeat in the afternoon, and one for Chiềng Xôm that collides with it."""
    station = make_station(home, filled_by=_plan)
    with station.readers.begin() as session:
        numbers = dict(session.execute(select(Area.name, Area.id)).all())
    return Planned(station=station, city=numbers["Sơn La"], xom=numbers["Chiềng Xôm"], coi=numbers["Chiềng Cơi"])


def _plan(station: Station) -> None:
    now = station.clock.now()
    with station.sessions.begin() as session:
        give_pulse(session, at=now)
        series, city = make_series(session), make_area(session)
        xom = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
        coi = make_area(session, name="Chiềng Cơi", kind="commune", parent=city)
        make_zone(session, area=xom)
        make_zone(session, code="TO1", name="Tổ 1", area=coi, languages=("vi",))
        for number in range(1, 31):
            episode = make_episode(session, series, number=number, title=f"Thủ tục thứ {number}")
            make_edition(session, episode, language="vi")
            make_edition(session, episode, language="blt")
        morning = make_slot(session, series, targets=(city,))
        morning.title = "Buổi sáng"
        make_slot(
            session,
            series,
            code="chieu",
            targets=(city,),
            starts_at_local=time(17),
            selection=Selection.REPEAT,
            repeats_slot_id=morning.id,
        ).title = "Buổi chiều"
        make_slot(
            session, series, code="xom", targets=(xom,), rrule="FREQ=WEEKLY;BYDAY=FR", starts_at_local=time(17, 10)
        ).title = "Riêng Chiềng Xôm"
        session.flush()
        planning.write_plan(session, now=now - timedelta(minutes=1), settings=station.settings)

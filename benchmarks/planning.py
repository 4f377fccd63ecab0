"""How long a plan takes to draw up and check, by slots, zones and days: it must grow linearly, a year take seconds.

The station: communes of 50 zones, each zone with one of four language lists and two kinds of hours; every slot is daily
and reaches one commune (each tenth: all of them), so a zone hears several a day, and some of them overlap. The last
line gives one zone in ten a chime of its own, so that there are more zones to tell apart.
"""

import argparse
import gc
import resource
import sys
import time as wall
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

from scheduler.domain.drawing import draw_up
from scheduler.domain.planning import (
    Coverage,
    EditionToPlan,
    EpisodeToPlan,
    Era,
    Plan,
    Selection,
    SeriesRule,
    SlotToPlan,
    Take,
    ZoneToPlan,
)
from scheduler.domain.recurrence import Recurrence
from scheduler.ports import Part

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
FIRST = date(2027, 1, 1)
PER_COMMUNE = 50
LANGUAGES = (("blt", "vi"), ("vi",), ("blt",), ("vi", "hmn"))
HOURS = (((time(5), time(21)),), ((time(6), time(11)), (time(13), time(20))))
SERIES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the days")
    days = 36 if parser.parse_args().quick else 365
    print("Planning: a plan drawn up and checked")
    print(" slots  zones  days broadcasts  deliveries  findings  seconds  ratio")
    table(((50, 2000, days), (100, 2000, days), (200, 2000, days)))
    table(((200, 500, days), (200, 1000, days), (200, 2000, days)))
    table(((200, 2000, days // 4), (200, 2000, days // 2), (200, 2000, days)))
    table(((200, 2000, days),), own_chimes=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def table(sizes: tuple[tuple[int, int, int], ...], *, own_chimes: bool = False) -> None:
    before = None
    for slots, zones, days in sizes:
        seconds, plan = measure(slots, zones, days, own_chimes=own_chimes)
        ratio = "" if before is None else f"×{seconds / before:.2f}"
        deliveries = sum(
            len(group) for item in plan.broadcasts for found in item.programmes for group in found.zone_groups
        )
        print(
            f"{slots:6} {zones:6} {days:5} {len(plan.broadcasts):10} {deliveries:11} {len(plan.findings):9} "
            f"{seconds:8.2f}  {ratio}",
            flush=True,
        )
        before = seconds


def measure(slots: int, zones: int, days: int, *, own_chimes: bool = False) -> tuple[float, Plan]:
    coverage = make_coverage(slots, zones, own_chimes=own_chimes)
    recurring = [make_slot(number) for number in range(slots)]
    episodes = [make_episode(number) for number in range(100 * SERIES)]
    gc.collect()
    began = wall.process_time()
    plan = draw_up(recurring, [], episodes, [], coverage, START, START + timedelta(days=days), zone=ZONE)
    return wall.process_time() - began, plan


def make_coverage(slots: int, zones: int, *, own_chimes: bool) -> Coverage:
    places = tuple(
        ZoneToPlan(id=number, languages=LANGUAGES[number % 4], chime=chime_of(number if own_chimes else 1))
        for number in range(zones)
    )
    communes = [frozenset(range(begin, min(begin + PER_COMMUNE, zones))) for begin in range(0, zones, PER_COMMUNE)]
    everywhere = frozenset(range(zones))
    reached = {slot: everywhere if slot % 10 == 0 else communes[slot % len(communes)] for slot in range(slots)}
    hours = {number: HOURS[number % 5 == 0] for number in range(zones)}
    return Coverage(zones=places, eras=(Era(first_day=FIRST, reached=reached, hours=hours),))


def chime_of(zone: int) -> Part:
    return Part(role="chime", sha256=f"{zone if zone % 10 == 0 else 1:064x}", seconds=8.0)


def make_slot(number: int) -> SlotToPlan:
    minutes = 5 * 60 + number * 47 % (15 * 60)
    recurrence = Recurrence(
        rule="FREQ=DAILY",
        starts_at_local=time(minutes // 60, minutes % 60),
        valid_from=date(2020, 1, 1),
        valid_to=None,
        zone=ZONE,
    )
    series = SeriesRule(id=number % SERIES, languages=("vi", "blt"), shortest_seconds=480, longest_seconds=600)
    return SlotToPlan(
        id=number,
        code=f"slot-{number:03}",
        series=series,
        recurrence=recurrence,
        priority=2 if number % 7 == 0 else 1,
        selection=Selection.NEXT,
    )


def make_episode(number: int) -> EpisodeToPlan:
    editions = {
        language: EditionToPlan(
            id=2 * number + index,
            language=language,
            recorded=True,
            take=Take(
                recording_sha256="0" * 64, master_sha256=f"{2 * number + index:064x}", seconds=500.0 + number % 90
            ),
        )
        for index, language in enumerate(("vi", "blt"))
    }
    return EpisodeToPlan(
        id=number,
        series_id=number % SERIES,
        year=2027,
        number=number // SERIES + 1,
        title=f"Số {number}",
        editions=editions,
    )


if __name__ == "__main__":
    main()

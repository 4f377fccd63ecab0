"""The hours in which a box may fetch what is not urgent: as its zone's rules say, each box from its own minute on."""

import hashlib
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.village_messages import ZoneRules

MOST_SPREAD = timedelta(hours=2)
_DAY = timedelta(days=1)


def is_fetch_hour(rules: ZoneRules, now: datetime, *, of: str) -> bool:
    """Tell whether the box `of` this name may fetch now; a stretch like 22:00–04:00 goes over midnight.

    Ten thousand boxes must not ask at the same second: each waits for a share of the stretch's first half (two hours at
    most) that follows from its name.
    """
    clock = _since_midnight(now.astimezone(ZoneInfo(rules.time_zone)).time())
    return any(_holds(_read(first), _read(last), clock, of) for first, last in rules.fetch_hours)


def _holds(first: timedelta, last: timedelta, clock: timedelta, of: str) -> bool:
    lasts = (last - first) % _DAY or _DAY
    late = min(lasts / 2, MOST_SPREAD) * _share_of(of)
    return late <= (clock - first) % _DAY < lasts


def _share_of(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def _read(text: str) -> timedelta:
    return _DAY if text == "24:00" else _since_midnight(time.fromisoformat(text))


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)

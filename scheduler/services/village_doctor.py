"""What is wrong with villages before air: those that wait for a player, and those that lack what they play next."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from scheduler.domain.fleet import holds_its_file
from scheduler.domain.station import Problem
from scheduler.domain.text import sort_key
from scheduler.services import fleet

NAMED_ZONES = 5


def find_problems(session: Session, *, now: datetime) -> Iterator[Problem]:
    """Problems of all villages together; how each of them is, the page of players tells."""
    seen = fleet.load(session, now=now)
    boxes = [box for box in seen.boxes if box.facts.active]
    alone = [box.name for box in boxes if not box.facts.has_player]
    if alone:
        yield Problem(code="villages_without_player", facts={"number": len(alone), "zones": _some(alone)})
    hearing = [box for box in boxes if box.facts.has_player and box.zone_id in seen.coming]
    lacking = [box.name for box in hearing if not holds_its_file(seen.lacks_of(box))]
    if lacking and seen.starts_at is not None:
        facts = {"number": len(lacking), "all": len(hearing), "zones": _some(lacking), "at": seen.starts_at}
        yield Problem(code="villages_not_ready", facts=facts)


def _some(names: Iterable[str]) -> str:
    known = sorted(names, key=sort_key)
    return "; ".join(known[:NAMED_ZONES]) + (" …" if len(known) > NAMED_ZONES else "")

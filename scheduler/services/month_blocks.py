"""Whole months by language and area (commune) as columns of numbers: a year of a province is read in one go."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from scheduler.domain.counting import Apart
from scheduler.models import MonthTally, Series

_NUMBERS = ("area_id", "airings_counted", "zones_sounded", "zones_partial", "zones_missed", "seconds_sounded")
_BETWEEN_NAMES = "\x1f"
"""No name holds it: names are kept without control characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthBlock:
    """A month in one language: for each area its numbers, at the same place of every list; no area twice."""

    month: str
    language: str
    area_ids: Sequence[int]
    areas: Sequence[str]
    airings: Sequence[int]
    zones_sounded: Sequence[int]
    zones_partial: Sequence[int]
    zones_missed: Sequence[int]
    seconds: Sequence[float]


def read_blocks(
    session: Session, *, first: date, last: date, series: Series | None = None, areas: Collection[int] | None = None
) -> list[MonthBlock]:  # fmt: skip
    """The months a period touches, of all areas or some; exercises and emergencies are left out.

    The database packs each list into one text: tens of thousands of rows one by one would take it and us much longer.
    """
    row = MonthTally
    asked = [row.local_month.between(f"{first:%Y-%m}", f"{last:%Y-%m}"), row.apart == Apart.NO.value]
    if series is not None:
        asked.append(row.series_id == series.id)
    if areas is not None:
        asked.append(row.area_id.in_(areas))
    query = select(row.local_month, row.language, *_pack(session)).where(*asked)
    in_order = query.group_by(row.local_month, row.language).order_by(row.local_month, row.language)
    return [_as_block(*found) for found in session.execute(in_order)]


def _pack(session: Session) -> list[Any]:
    """What the database writes of each block, in the way that is quickest for it: a line of numbers, or lists."""
    columns = [getattr(MonthTally, name) for name in _NUMBERS]
    if session.get_bind().dialect.name == "postgresql":
        line = func.concat_ws(",", *columns)
        return [func.string_agg(MonthTally.area_name, _BETWEEN_NAMES), func.string_agg(line, ",")]
    return [cast(func.json_group_array(column), Text) for column in (MonthTally.area_name, *columns)]


def _unpack(names: str, first: str, *others: str) -> tuple[list[str], list[list[Any]]]:
    """The names and, for each of `_NUMBERS`, its list."""
    if others:
        return msgspec.json.decode(names), [msgspec.json.decode(text) for text in (first, *others)]
    flat = msgspec.json.decode(f"[{first}]")
    return names.split(_BETWEEN_NAMES), [flat[place :: len(_NUMBERS)] for place in range(len(_NUMBERS))]


def _as_block(month: str, language: str, *packed: str) -> MonthBlock:
    named, (ids, *sums) = _unpack(*packed)
    if len(set(ids)) < len(ids):  # several series
        ids, named, sums = _add_up(ids, named, sums)
    airings, sounded, partial, missed, seconds = sums
    return MonthBlock(
        month=month,
        language=language,
        area_ids=ids,
        areas=named,
        airings=airings,
        zones_sounded=sounded,
        zones_partial=partial,
        zones_missed=missed,
        seconds=list(map(float, seconds)),
    )


def _add_up(
    ids: Sequence[int], names: Sequence[str], sums: Sequence[Sequence[float]]
) -> tuple[list[int], list[str], list[list[Any]]]:
    place_of: dict[int, int] = {}
    places = [place_of.setdefault(area_id, len(place_of)) for area_id in ids]
    named: dict[int, str] = {}
    for area_id, name in zip(ids, names, strict=True):
        named[area_id] = max(name, named.get(area_id, ""))
    added = []
    for numbers in sums:
        totals: list[Any] = [0] * len(place_of)
        for place, number in zip(places, numbers, strict=True):
            totals[place] += number
        added.append(totals)
    return list(place_of), list(named.values()), added

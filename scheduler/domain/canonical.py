"""The one spelling in which a row of the log goes into a seal: the same bytes on every database, for ever.

A row is a JSON array (RFC 8259) without white space, in UTF-8, nothing escaped that need not be: the name of the form
and then the values in the order of the form. docs/evidence.md says it for people who write a verifier of their own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How a value is spelled."""

    INTEGER = "integer"
    """A JSON number without fraction or exponent."""
    FLAG = "flag"
    """0 or 1."""
    REAL = "real"
    """A string: the shortest decimal that reads back as the same double, as Python's `repr` writes it."""
    TEXT = "text"
    IDENTITY = "identity"
    """A UUID as 32 hexadecimal digits in lower case."""
    INSTANT = "instant"
    """`YYYY-MM-DD hh:mm:ss.ffffff` in UTC."""
    DAY = "day"
    """`YYYY-MM-DD`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The fields of one kind of row, in order; what was sealed in one form is read in it for ever."""

    name: str
    table: str
    fields: tuple[tuple[str, Kind], ...]

    def place(self, field: str) -> int:
        """Where a field stands in the values, from 0 (in the array it is one later)."""
        return [name for name, _ in self.fields].index(field)


ENTRY_FORM = Form(
    name="as_run_entry/1",
    table="as_run_entry",
    fields=(
        ("id", Kind.INTEGER), ("airing_id", Kind.IDENTITY), ("broadcast_id", Kind.IDENTITY),
        ("zone_id", Kind.INTEGER), ("attempt", Kind.INTEGER), ("kind", Kind.TEXT), ("planned_at", Kind.INSTANT),
        ("started_at", Kind.INSTANT), ("ended_at", Kind.INSTANT), ("seconds_planned", Kind.REAL),
        ("seconds_sounded", Kind.REAL), ("reason", Kind.TEXT), ("evidence", Kind.TEXT),
        ("recording_sha256", Kind.TEXT), ("master_sha256", Kind.TEXT), ("rendition_sha256", Kind.TEXT),
        ("priority", Kind.INTEGER), ("exercise", Kind.FLAG), ("series_id", Kind.INTEGER),
        ("series_title", Kind.TEXT), ("episode_year", Kind.INTEGER), ("episode_number", Kind.INTEGER),
        ("title", Kind.TEXT), ("language", Kind.TEXT), ("zone_code", Kind.TEXT), ("zone_name", Kind.TEXT),
        ("area_id", Kind.INTEGER), ("area_name", Kind.TEXT), ("loudspeakers", Kind.INTEGER),
        ("local_day", Kind.DAY), ("local_month", Kind.TEXT), ("source", Kind.TEXT), ("recorded_by", Kind.TEXT),
        ("countersigned_by", Kind.TEXT), ("note", Kind.TEXT), ("recorded_at", Kind.INSTANT),
    ),
)  # fmt: skip
PRODUCTION_FORM = Form(
    name="production/1",
    table="production",
    fields=(
        ("id", Kind.INTEGER), ("edition_id", Kind.INTEGER), ("series_id", Kind.INTEGER),
        ("series_code", Kind.TEXT), ("series_title", Kind.TEXT), ("episode_year", Kind.INTEGER),
        ("episode_number", Kind.INTEGER), ("title", Kind.TEXT), ("language", Kind.TEXT), ("seconds", Kind.REAL),
        ("recording_sha256", Kind.TEXT), ("approved_at", Kind.INSTANT), ("local_day", Kind.DAY),
        ("approved_by", Kind.TEXT),
    ),
)  # fmt: skip
SEAL_FIELDS = Form(
    name="seal",
    table="seal",
    fields=(
        ("id", Kind.INTEGER), ("day", Kind.DAY), ("entries_after", Kind.INTEGER),
        ("entries_until", Kind.INTEGER), ("entries", Kind.INTEGER), ("productions_after", Kind.INTEGER),
        ("productions_until", Kind.INTEGER), ("productions", Kind.INTEGER), ("root", Kind.TEXT),
        ("previous", Kind.TEXT), ("statement", Kind.TEXT), ("signature", Kind.TEXT), ("key", Kind.TEXT),
        ("sealed_at", Kind.INSTANT),
    ),
)  # fmt: skip
"""A seal as its row is read to be checked; it is not part of any tree."""
FORMS = {form.name: form for form in (ENTRY_FORM, PRODUCTION_FORM)}


def _spell_bytes(value: object) -> dict[str, str]:
    """A binary value has no business in these rows: it is spelled such that it equals no text."""
    return {"bytes": bytes(value).hex() if isinstance(value, bytes | bytearray | memoryview) else repr(value)}


_spell = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_spell_bytes).encode


class Encoder:
    """Spells rows of one form, whose values come in the order of the form."""

    def __init__(self, form: Form) -> None:
        self._name = form.name
        self._reals = tuple(place for place, (_, kind) in enumerate(form.fields, 1) if kind is Kind.REAL)

    def encode(self, values: Sequence[Any]) -> bytes:
        """The bytes of a row."""
        row = [self._name, *values]
        for place in self._reals:
            value = row[place]
            if type(value) is float:
                row[place] = repr(value)
        return _spell(row).encode("utf-8", "surrogatepass")

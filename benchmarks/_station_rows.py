"""How large a station for benchmarks is, and how its many rows are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from scheduler.models import (
    Row,
)

LANGUAGES = ("vi", "blt")
SECONDS = 540.0
AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the station is."""

    zones: int
    communes: int
    years: int
    broadcasts_a_year: int
    carrier: str = "file"


def write(session: Session, kind: type[Row], rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while chunk := list(islice(left, AT_ONCE)):
        session.execute(insert(kind.__table__), chunk)  # type: ignore[arg-type]


def hash_of(what: str, number: int) -> str:
    return f"{what.encode().hex()}{number:0>{64 - len(what) * 2}}"

"""A station whose log is sealed, for tests that tamper with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from scheduler.database import open_engine, open_readers, open_sessions
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Production, Row
from scheduler.models.append_only import APPEND_ONLY
from scheduler.sealer import Sealer
from scheduler.signing import Signer, keep_key
from tests.factories import NOW, a_sha256
from tests.services.log_station import fill_log

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)
KEY = Signer(bytes(range(32)))


def a_production(session: Session, number: int, *, at: datetime = NOW, language: str = "vi") -> Production:
    production = Production(
        edition_id=number, series_id=1, series_code="cchc", series_title="Cải cách thủ tục hành chính",
        episode_year=2026, episode_number=number, title=f"Số {number}: đất đai", language=language,
        seconds=540.0 + number / 3, recording_sha256=a_sha256(str(number)), approved_at=at,
        local_day=at.astimezone(STATION_ZONE).date(), approved_by="Lò Văn Inh",
    )  # fmt: skip
    session.add(production)
    session.flush()
    return production


def open_sealer(home: Path, url: str, *, create: bool = True) -> Sealer:
    engine = open_engine(url)
    if create:
        Row.metadata.create_all(engine)
    return Sealer(
        sessions=open_sessions(engine),
        readers=open_readers(engine),
        signer=keep_key(home / "keys" / "seal-ed25519"),
        home=home,
        zone=STATION_ZONE,
    )


def close(sealer: Sealer) -> None:
    for sessions in (sealer.sessions, sealer.readers):
        sessions.kw["bind"].dispose()


@contextmanager
def a_sealed_station(home: Path, *, airings: int = 14, productions: int = 12) -> Iterator[Sealer]:
    """A log of some months, a seal for each day on which something was written, and nothing that guards the rows."""
    sealer = open_sealer(home, f"sqlite:///{home / 'station.db'}")
    with sealer.sessions.begin() as session:
        for number in range(1, productions + 1):
            a_production(session, number, language=("vi", "blt")[number % 2])
        fill_log(session, airings=airings)
        unguard(session)
        # Numbers are left out, as PostgreSQL leaves them out when a row is refused: there one can be slipped in.
        for table in ("as_run_entry", "production"):
            session.execute(text(f"DELETE FROM {table} WHERE id % 7 = 3"))
    sealer.seal(YESTERDAY, now=NOW)
    yield sealer
    close(sealer)


def unguard(session: Session) -> None:
    """Drop the triggers, as whoever has the database file can."""
    names = session.execute(
        text("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    ).all()  # fmt: skip
    for name, table in names:
        if table in APPEND_ONLY:
            session.execute(text(f"DROP TRIGGER {name}"))

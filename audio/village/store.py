"""Opening a player's database: the station's tables, the player's own, and the triggers that write the journal."""

import hashlib
import logging
import secrets
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect, select, text
from sqlalchemy.exc import DatabaseError

from audio.village.home import PlayerHome
from audio.village.rows import PlayerRow, Storage
from scheduler.database import (
    Sessions,
    check_up_to_date,
    newest_migration,
    open_engine,
    open_sessions,
    upgrade,
)
from scheduler.errors import DatabaseOutOfDate
from scheduler.models import Row

logger = logging.getLogger(__name__)

_PAGES_IN_WAL = 256
"""Pages after which the log of the database is written back: a megabyte, once or twice a day."""
_CACHE_KB = 1024


def open_rows(home: PlayerHome) -> Sessions:
    """The sessions of a player's database, made or brought up to date; a damaged one, or another zone's, is set aside.

    Nothing in it is believed before SQLite has looked through it: what a power cut or a worn card left is found here.
    Raises `NotPaired`, `BadMembership`.
    """
    membership = home.membership()
    path = home.folder / "player.db"
    try:
        engine = _open(home)
        is_ours = _is_of_zone(engine, membership.zone_id)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        logger.error("player.rows_damaged reason=%s", str(error).partition("\n")[0])  # noqa: TRY400 -- said in a line
        _set_aside(path, "damaged")
        return open_sessions(_open_new(home, membership.zone_id))
    if is_ours is None:
        _name(engine, membership.zone_id)
    elif not is_ours:
        engine.dispose()
        logger.warning("player.rows_of_another_zone set_aside")
        _set_aside(path, "other-zone")
        return open_sessions(_open_new(home, membership.zone_id))
    return open_sessions(engine)


def mark_of(kind: str, at: str | None, facts: str) -> str:
    """The digest that shows whether a journal row is still what was written."""
    return hashlib.sha256(f"{kind}\n{at or ''}\n{facts}".encode()).hexdigest()[:16]


def _open_new(home: PlayerHome, zone_id: int) -> Engine:
    engine = _open(home)
    _name(engine, zone_id)
    return engine


def _open(home: PlayerHome) -> Engine:
    engine = open_engine(home.database_url)
    event.listen(engine, "connect", _set_up)
    try:
        with engine.connect() as connection:
            _check_whole(connection)
        _bring_up_to_date(engine)
        PlayerRow.metadata.create_all(engine)
        with engine.begin() as connection:
            _set_triggers(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _bring_up_to_date(engine: Engine) -> None:
    """The tables of this program; Alembic, which takes memory a box has little of, only changes old ones."""
    with engine.begin() as connection:
        is_new = not inspect(connection).has_table("alembic_version")
        if is_new:
            Row.metadata.create_all(connection)
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
            connection.execute(text("INSERT INTO alembic_version VALUES (:now)"), {"now": newest_migration()})
    try:
        check_up_to_date(engine)
    except DatabaseOutOfDate:
        upgrade(engine)


def _set_up(raw: sqlite3.Connection, _record: Any) -> None:
    raw.create_function("loaban_mark", 3, mark_of, deterministic=True)
    raw.execute(f"PRAGMA wal_autocheckpoint={_PAGES_IN_WAL}")
    raw.execute(f"PRAGMA cache_size=-{_CACHE_KB}")


def _check_whole(connection: Connection) -> None:
    found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if found != "ok":
        raise sqlite3.DatabaseError(str(found))


def _is_of_zone(engine: Engine, zone_id: int) -> bool | None:
    """Whether the rows are of this zone; None for a database without a name yet."""
    with engine.connect() as connection:
        kept = connection.execute(select(Storage.zone_id)).scalar()
    return None if kept is None else kept == zone_id


def _name(engine: Engine, zone_id: int) -> None:
    """A name that no other storage ever bears: numbers that begin anew would else be taken for rows known already."""
    with open_sessions(engine).begin() as session:
        session.add(Storage(id=1, instance=secrets.token_hex(12), zone_id=zone_id))


def _set_aside(path: Path, why: str) -> None:
    """Keep the file for a person to look at; only the last one of each kind, since a card is small."""
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    path.replace(path.with_name(f"{path.name}.{why}"))


def _set_triggers(connection: Connection) -> None:
    """What the daemon commits enters the journal in the same transaction: both are there after a power cut, or none."""
    told = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name"
    for name, wanted in _triggers().items():
        present = connection.execute(text(told), {"name": name}).scalar()
        if present != wanted:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(wanted)


def _triggers() -> dict[str, str]:
    started = {
        "broadcast_id": _uuid("NEW.broadcast_id"),
        "started_at": _instant("NEW.started_at"),
        "offset_s": "NEW.offset_s",
    }
    delivery = {
        "broadcast_id": _uuid("NEW.broadcast_id"),
        "airing_id": _uuid("NEW.airing_id"),
        "planned_at": _instant("NEW.planned_at"),
        "started_at": _instant("NEW.started_at"),
        "ended_at": _instant("NEW.ended_at"),
    } | {name: f"NEW.{name}" for name in _TOLD_AS_IT_IS}
    began = "OLD.started_at IS NULL AND NEW.started_at IS NOT NULL"
    return {
        "village_started": (
            f"CREATE TRIGGER village_started AFTER UPDATE OF started_at ON claim WHEN {began} "
            f"BEGIN {_entry('started', at='NEW.started_at', facts=started)}; END"
        ),
        "village_delivery": (
            "CREATE TRIGGER village_delivery AFTER INSERT ON as_run_entry WHEN NEW.attempt = 1 "
            f"BEGIN {_entry('delivery', at='NEW.recorded_at', facts=delivery)}; END"
        ),
    }


def _entry(kind: str, *, at: str, facts: dict[str, str]) -> str:
    told = ", ".join(f"'{name}', {value}" for name, value in facts.items())
    return (
        "INSERT INTO village_journal (at, kind, facts, mark) "  # noqa: S608 -- our own names
        "SELECT at, kind, facts, loaban_mark(kind, at, facts) FROM "
        f"(SELECT {_instant(at)} AS at, '{kind}' AS kind, json_object({told}) AS facts)"
    )


def _instant(column: str) -> str:
    """A stored instant (UTC, without a zone) as RFC 3339; NULL stays NULL."""
    return f"(replace({column}, ' ', 'T') || 'Z')"


def _uuid(column: str) -> str:
    """A stored identifier (32 digits) with its hyphens."""
    return "(" + " || '-' || ".join(f"substr({column}, {first}, {length})" for first, length in _UUID_PARTS) + ")"


_TOLD_AS_IT_IS = (
    "kind", "seconds_planned", "seconds_sounded", "evidence", "reason", "rendition_sha256", "note",
)  # fmt: skip
_UUID_PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))

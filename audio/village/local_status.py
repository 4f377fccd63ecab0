"""What a player says to whoever stands at the box: a small file it writes when something changed, and its own rows."""

import contextlib
import json
import logging
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from audio.village.home import PlayerHome
from audio.village.rows import JournalEntry, KeptPlan
from audio.village.sole import is_played
from audio.village.telling import gist_of
from scheduler.database import open_engine, open_readers, said_by_driver
from scheduler.domain.planning import BroadcastState
from scheduler.models import Broadcast, Episode
from scheduler.ports import Clock
from scheduler.signing import Verifier
from scheduler.village_messages import Plan, Status, decode

logger = logging.getLogger(__name__)

_NEXT = 5


class StatusFile:
    """The file beside the rows; not worth a write more often than a person would look."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "run" / "status.json"
        self._told: tuple[object, ...] | None = None

    def tell(self, status: Status, *, is_connected: bool) -> None:
        """Write it, if it says something new. Never raises."""
        gist = (gist_of(status), is_connected, status.boot)
        if gist == self._told:
            return
        body = {"connected": is_connected, "status": msgspec.to_builtins(status)}
        fresh = self._path.with_name(f".status.{secrets.token_hex(4)}")
        try:
            fresh.write_text(json.dumps(body), encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            logger.warning("status.not_written reason=%s", error)
            return
        self._told = gist


def read_status(folder: Path, clock: Clock) -> dict[str, Any]:
    """Everything known of the player in a folder, running or not. Raises `NotPaired`, `BadMembership`."""
    home = PlayerHome(folder)
    membership = home.membership()
    told: dict[str, Any] = {
        "zone_code": membership.zone_code,
        "zone_name": membership.zone_name,
        "username": membership.username,
        "running": is_played(folder),
    }
    said = _read_file(folder) if told["running"] else None
    if said is not None:
        status = said["status"]
        told |= {"connected": said["connected"], "health": status.get("health"), "on_air": status.get("on_air")}
        told |= {name: status.get(name) for name in ("files_wanted", "files_ready", "files_missing")}
    try:
        told |= _read_rows(home, Verifier(membership.station_key), now=clock.now())
    except SQLAlchemyError as error:
        told["rows"] = said_by_driver(error)
    return told


def _read_file(folder: Path) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, ValueError):
        said = json.loads((folder / "run" / "status.json").read_text(encoding="utf-8"))
        if isinstance(said, dict) and isinstance(said.get("status"), dict):
            return said
    return None


def _read_rows(home: PlayerHome, verifier: Verifier, *, now: datetime) -> dict[str, Any]:
    if not (home.folder / "player.db").exists():
        return {}
    engine = open_engine(home.database_url)
    try:
        with open_readers(engine).begin() as session:
            kept = session.get(KeptPlan, 1)
            plan = None if kept is None else decode(verifier.open(kept.sealed), Plan)
            waiting = session.scalar(select(func.count()).select_from(JournalEntry))
            zone = ZoneInfo("UTC" if plan is None else plan.rules.time_zone)
            return {
                "plan_version": 0 if plan is None else plan.version,
                "plan_until": None if plan is None else _told(plan.until, zone),
                "journal_waiting": waiting,
                "next": _find_next(session, now=now, zone=zone),
            }
    finally:
        engine.dispose()


def _find_next(session: Session, *, now: datetime, zone: ZoneInfo) -> list[dict[str, str]]:
    rows = session.execute(
        select(Broadcast.starts_at, Episode.title)
        .join(Episode, Episode.id == Broadcast.episode_id)
        .where(Broadcast.ends_at > now, Broadcast.state.in_((BroadcastState.PLANNED, BroadcastState.ON_AIR)))
        .order_by(Broadcast.starts_at)
        .limit(_NEXT)
    )
    return [{"starts_at": _told(starts_at, zone), "title": title} for starts_at, title in rows]


def _told(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d/%m/%Y %H:%M}"

"""Pairing boxes with zones: one-time codes, the credentials a box gets, taking them away again."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from scheduler.broker.passwords import hash_password
from scheduler.domain.coverage import CarrierKind
from scheduler.domain.text import tidy
from scheduler.domain.village import PlayerRef
from scheduler.errors import BadCode, BadMessage, NotAVillageZone, UnknownPlayer, UnknownZone
from scheduler.models import PairingCode, Player, Zone
from scheduler.passwords import digest_pairing_code, digest_token, make_pairing_code, make_token
from scheduler.services import audit

CODE_LASTS = timedelta(hours=24)
MOVED = "moved"
REPLACED = "replaced"
_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")
_LONGEST_BOX = 200
_LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerLogin:
    """What the broker must know of a box that is let in."""

    username: str
    password_hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Paired:
    """What a box is given, once: its row, and the secrets of which only hashes are kept."""

    player: Player
    zone: Zone
    password: str
    token: str
    instance: str


# --- codes --------------------------------------------------------------------------------------------------------
def make_code(
    session: Session, *, zone_id: int, by: str, now: datetime, lasts: timedelta = CODE_LASTS, user_id: int | None = None
) -> str:
    """A code (`7K3F-9Q2M`) with which one box is paired with a zone; the zone's earlier codes end.

    Raises `UnknownZone`, `NotAVillageZone`.
    """
    code = make_pairing_code()
    digest = digest_pairing_code(code)  # takes long on purpose: the session holds no lock yet
    zone = session.get(Zone, zone_id)
    if zone is None or zone.removed_at is not None:
        raise UnknownZone(zone=str(zone_id))
    if zone.carrier != CarrierKind.VILLAGE:
        raise NotAVillageZone(zone=zone.code)
    session.execute(
        update(PairingCode)
        .where(PairingCode.zone_id == zone_id, PairingCode.used_at.is_(None), PairingCode.expires_at > now)
        .values(expires_at=now)
    )
    session.add(PairingCode(code_sha256=digest, zone_id=zone_id, made_at=now, made_by=by, expires_at=now + lasts))
    _note(session, "pairing_code", zone, by=by, user_id=user_id, now=now)
    return code


def find_open_codes(session: Session, *, now: datetime) -> dict[int, PairingCode]:
    """The code of each zone that still waits for its box; what the code is nobody can tell any more."""
    codes = session.scalars(select(PairingCode).where(PairingCode.used_at.is_(None), PairingCode.expires_at > now))
    return {code.zone_id: code for code in codes}


# --- boxes --------------------------------------------------------------------------------------------------------
def pair(session: Session, code: str, *, public_key: str, box: str, now: datetime) -> Paired:
    """Let a box speak for the zone of a code; the box that did before, and what this box was before, are revoked.

    The same box may use its code again until the code's end: the answer may have been lost on the way. Raises `BadCode`
    for a code that was never made, is used up or too old alike, `BadMessage` for what is no public key.
    """
    if _PUBLIC_KEY.fullmatch(public_key) is None:
        raise BadMessage(reason="public_key")
    found = _open_code(session, code, now=now)
    zone = session.scalar(select(Zone).where(Zone.id == found.zone_id).with_for_update())
    if zone is None or zone.removed_at is not None or zone.carrier != CarrierKind.VILLAGE:
        raise BadCode(field="code")
    player = _use(session, found, public_key=public_key, now=now)
    if player is None:
        _revoke_former(session, zone_id=zone.id, public_key=public_key, by=found.made_by, now=now)
        player = Player(
            zone_id=zone.id,
            username=f"z{zone.id}-{secrets.token_hex(4)}",
            public_key=public_key,
            paired_at=now,
            paired_by=found.made_by,
            sample=zone.sample,
        )
    password, token = make_token(), make_token()
    player.broker_password, player.token_sha256 = hash_password(password), digest_token(token)
    player.box = tidy(box)[:_LONGEST_BOX]
    session.add(player)
    session.flush()
    found.player_id = player.id
    _note(session, "player_paired", zone, by=found.made_by, now=now, box=player.box, username=player.username)
    return Paired(player=player, zone=zone, password=password, token=token, instance=secrets.token_hex(8))


def revoke(
    session: Session, player_id: int, *, by: str, reason: str, now: datetime, user_id: int | None = None
) -> Player:
    """Let a box in no more; one that was revoked before stays as it was. Raises `UnknownPlayer`."""
    player = session.get(Player, player_id)
    if player is None:
        raise UnknownPlayer(player=player_id)
    if player.revoked_at is None:
        _revoke(session, player, by=by, reason=tidy(reason)[:_LONGEST_REASON], now=now, user_id=user_id)
    return player


def get_player(session: Session, zone_id: int) -> Player:
    """The box that speaks for a zone. Raises `UnknownPlayer`."""
    player = session.scalar(
        select(Player).where(Player.zone_id == zone_id, Player.revoked_at.is_(None)).options(joinedload(Player.zone))
    )
    if player is None:
        raise UnknownPlayer(player=zone_id)
    return player


def find_players(session: Session, *, zone_id: int | None = None, revoked: bool = False) -> Sequence[Player]:
    """Boxes in the order of their zones' codes, the newest first within one; those revoked only when asked for."""
    wanted = select(Player).join(Zone).options(joinedload(Player.zone)).order_by(Zone.code, Player.id.desc())
    if zone_id is not None:
        wanted = wanted.where(Player.zone_id == zone_id)
    if not revoked:
        wanted = wanted.where(Player.revoked_at.is_(None))
    return session.scalars(wanted).all()


def find_by_token(session: Session, token: str) -> Player | None:
    """Whose bearer token this is; None when nobody's, or of a box that is revoked."""
    return session.scalar(select(Player).where(Player.token_sha256 == digest_token(token), Player.revoked_at.is_(None)))


def read_mark(session: Session) -> tuple[object, ...]:
    """What is another one when a box was paired or revoked since; cheap to read."""
    counts = select(func.count(Player.id), func.max(Player.id), func.count(Player.revoked_at))
    return tuple(session.execute(counts).one())


def directory(session: Session) -> dict[str, PlayerRef]:
    """All boxes that are let in, by user name."""
    rows = session.execute(
        select(Player.id, Player.zone_id, Player.username, Player.public_key).where(Player.revoked_at.is_(None))
    )
    return {
        username: PlayerRef(player_id=player_id, zone_id=zone_id, username=username, public_key=public_key)
        for player_id, zone_id, username, public_key in rows
    }


def find_logins(session: Session) -> tuple[BrokerLogin, ...]:
    """What the broker lets in, in the order of user names."""
    rows = session.execute(
        select(Player.username, Player.broker_password).where(Player.revoked_at.is_(None)).order_by(Player.username)
    )
    return tuple(BrokerLogin(username=username, password_hash=password) for username, password in rows)


# --- steps --------------------------------------------------------------------------------------------------------
def _open_code(session: Session, code: str, *, now: datetime) -> PairingCode:
    """The row of a code that is not too old."""
    digest = digest_pairing_code(code)  # before the first look at the rows, which locks SQLite
    found = None if digest is None else session.scalar(select(PairingCode).where(PairingCode.code_sha256 == digest))
    if found is None or now >= found.expires_at:
        raise BadCode(field="code")
    return found


def _use(session: Session, found: PairingCode, *, public_key: str, now: datetime) -> Player | None:
    """Use a code up, once; gives the box that used it before if this is the same one."""
    taken = session.scalar(
        update(PairingCode)
        .where(PairingCode.id == found.id, PairingCode.used_at.is_(None))
        .values(used_at=now)
        .returning(PairingCode.id)
    )
    if taken is not None:
        return None
    session.refresh(found)
    player = session.get(Player, found.player_id) if found.player_id is not None else None
    if player is None or player.revoked_at is not None or player.public_key != public_key:
        raise BadCode(field="code")
    return player


def _revoke_former(session: Session, *, zone_id: int, public_key: str, by: str, now: datetime) -> None:
    """A zone has one box and a box is in one place: what was true of both before ends."""
    former = session.scalars(
        select(Player).where(
            Player.revoked_at.is_(None), (Player.zone_id == zone_id) | (Player.public_key == public_key)
        )
    )
    for player in former.all():
        _revoke(session, player, by=by, reason=REPLACED if player.zone_id == zone_id else MOVED, now=now)


def _revoke(
    session: Session, player: Player, *, by: str, reason: str, now: datetime, user_id: int | None = None
) -> None:
    player.revoked_at, player.revoked_by, player.revoke_reason = now, by, reason
    _note(session, "player_revoked", player.zone, by=by, user_id=user_id, now=now, box=player.box, reason=reason)


def _note(
    session: Session, action: str, zone: Zone, *, by: str, now: datetime, user_id: int | None = None, **after: str
) -> None:
    """Tell the trail; what a code or a credential is it never learns."""
    audit.note(
        session,
        actor=audit.Actor(user_id=user_id, name=by),
        now=now,
        action=action,
        kind="zone",
        subject=str(zone.id),
        label=zone.name,
        after=after,
    )

"""Telling outsiders of alarms: targets, notices made of alarms, deliveries tried until they are taken or given up."""

import base64
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from scheduler.domain.identity import uuid7
from scheduler.domain.reach import Message, NoticeKind, TargetKind, kind_of, next_try
from scheduler.domain.station import Problem
from scheduler.domain.text import tidy
from scheduler.errors import BadField, BadTarget, UnknownTarget
from scheduler.models import Alarm, Notice, NoticeDelivery, NoticeTarget
from scheduler.problem_words import tell
from scheduler.services import rules

LONGEST_ADDRESS = 500
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- the mark of a secret, none itself
_AT_ONCE = 50
_SIGNS_SHOWN = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One attempt to make: a message, and where it goes."""

    message: Message
    target_id: int
    kind: TargetKind
    address: str
    secret: str
    attempts: int
    """This one included."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A target with what became of its notices."""

    target: NoticeTarget
    waiting: int
    given_up: int
    last_problem: str

    @property
    def address(self) -> str:
        """Where it is, without passwords: what may be shown."""
        return shorten(self.target.kind, self.target.address)


def shorten(kind: TargetKind, address: str) -> str:
    """An address without what lets one in: its scheme, its host, and the beginning of a webhook's path.

    In many an Apprise address a token stands where a host would (`tgram://`, `slack://`, `pover://`): only what has a
    dot is taken for a host there, of the rest a few signs are shown.
    """
    parts = urlsplit(address)
    if kind is TargetKind.APPRISE:
        host = parts.hostname or ""
        return f"{parts.scheme}://{host if '.' in host else host[:_SIGNS_SHOWN]}…"
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    place = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    return f"{parts.scheme}://{place}{rest[:8]}{'…' if len(rest) > 8 else ''}"


# --- targets ------------------------------------------------------------------------------------------------------
def add_target(
    session: Session, *, name: str, kind: TargetKind, address: str, kinds: Iterable[NoticeKind], by: str, now: datetime
) -> NoticeTarget:
    """Tell somebody from now on; a webhook gets a secret, shown once. Raises `BadField`, `BadTarget`."""
    if not tidy(name):
        raise BadField(field="name", value=name)
    address = address.strip()
    if len(address) > LONGEST_ADDRESS or not _fits(kind, address):
        raise BadTarget(address=address[:60])
    target = NoticeTarget(
        name=tidy(name),
        kind=kind,
        address=address,
        secret=_new_secret() if kind is TargetKind.WEBHOOK else "",
        kinds=sorted({item.value for item in kinds}),
        created_at=now,
        created_by=by,
    )
    session.add(target)
    session.flush()
    return target


def _fits(kind: TargetKind, address: str) -> bool:
    try:
        parts = urlsplit(address)
        _ = parts.port if kind is TargetKind.WEBHOOK else None  # raises for what is no port
    except ValueError:
        return False
    if kind is TargetKind.WEBHOOK:
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    return bool(parts.scheme) and "://" in address


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def get_target(session: Session, number: int) -> NoticeTarget:
    """One of those who are told. Raises `UnknownTarget`."""
    target = session.get(NoticeTarget, number)
    if target is None:
        raise UnknownTarget(name=number)
    return target


def set_active(session: Session, number: int, *, active: bool) -> None:
    """Tell them (again), or no more for now. What was waiting is not sent later. Raises `UnknownTarget`."""
    target = get_target(session, number)
    target.active = active
    if not active:
        waiting = NoticeDelivery.target_id == number, NoticeDelivery.next_at.is_not(None)
        session.execute(delete(NoticeDelivery).where(*waiting))


def remove_target(session: Session, number: int) -> None:
    """Tell them no more and forget them. Raises `UnknownTarget`."""
    target = get_target(session, number)
    session.execute(delete(NoticeDelivery).where(NoticeDelivery.target_id == number))
    session.delete(target)


def find_targets(session: Session) -> list[Shown]:
    """All who are told, by name."""
    waiting = func.count(NoticeDelivery.next_at)
    given_up = func.count(NoticeDelivery.given_up_at)
    numbers = {
        target_id: (waits, lost)
        for target_id, waits, lost in session.execute(
            select(NoticeDelivery.target_id, waiting, given_up).group_by(NoticeDelivery.target_id)
        )
    }
    return [
        Shown(
            target=target,
            waiting=numbers.get(target.id, (0, 0))[0],
            given_up=numbers.get(target.id, (0, 0))[1],
            last_problem=_last_problem(session, target.id),
        )
        for target in session.scalars(select(NoticeTarget).order_by(NoticeTarget.name, NoticeTarget.id))
    ]


def _last_problem(session: Session, target_id: int) -> str:
    found = session.scalar(
        select(NoticeDelivery.problem)
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .where(NoticeDelivery.target_id == target_id, NoticeDelivery.taken_at.is_(None), NoticeDelivery.problem != "")
        .order_by(Notice.at.desc())
        .limit(1)
    )
    return found or ""


# --- notices --------------------------------------------------------------------------------------------------------
def make(session: Session, *, now: datetime) -> int:
    """Make notices of alarms that were raised or cleared, and give them to all who want to hear; says how many.

    An alarm that came and went before anybody looked is told too: raised, then cleared.
    """
    targets = list(session.scalars(select(NoticeTarget).where(NoticeTarget.active.is_(True))))
    made = [*_raised_unsaid(session, targets), *_cleared_unsaid(session)]
    for notice in made:
        session.add(notice)
        session.flush()
        for target in targets:
            if target.created_at <= notice.at and (not target.kinds or notice.kind.value in target.kinds):
                session.add(NoticeDelivery(notice_id=notice.id, target_id=target.id, next_at=now))
    session.flush()
    return len(made)


def _raised_unsaid(session: Session, targets: Sequence[NoticeTarget]) -> list[Notice]:
    """Nothing is made of what was raised before the first target was there."""
    if not targets:
        return []
    since = min(target.created_at for target in targets)
    said = select(Notice.id).where(Notice.alarm_id == Alarm.id, Notice.cleared.is_(False))
    found = session.scalars(select(Alarm).where(Alarm.raised_at >= since, ~said.exists()).order_by(Alarm.id))
    return [_notice(alarm, at=alarm.raised_at) for alarm in found]


def _cleared_unsaid(session: Session) -> list[Notice]:
    raised = select(Notice.id).where(Notice.alarm_id == Alarm.id, Notice.cleared.is_(False))
    said = select(Notice.id).where(Notice.alarm_id == Alarm.id, Notice.cleared.is_(True))
    over = select(Alarm).where(Alarm.cleared_at.is_not(None), raised.exists(), ~said.exists()).order_by(Alarm.id)
    return [_notice(alarm, at=alarm.cleared_at) for alarm in session.scalars(over) if alarm.cleared_at is not None]


def _notice(alarm: Alarm, *, at: datetime) -> Notice:
    return Notice(
        id=uuid7(now=at),
        kind=kind_of(alarm.kind),
        alarm_id=alarm.id,
        cleared=at == alarm.cleared_at,
        subject=alarm.subject,
        facts={"code": alarm.kind, **alarm.facts},
        at=at,
    )


def make_trial(session: Session, number: int, *, now: datetime) -> None:
    """A notice to one target alone, to see whether it arrives. Raises `UnknownTarget`."""
    target = get_target(session, number)
    notice = Notice(id=uuid7(now=now), kind=NoticeKind.OTHER, subject="trial", facts={"code": "notice_trial"}, at=now)
    session.add(notice)
    session.flush()
    session.add(NoticeDelivery(notice_id=notice.id, target_id=target.id, next_at=now))


# --- deliveries -----------------------------------------------------------------------------------------------------
def take_due(session: Session, *, now: datetime, zone: ZoneInfo, language: str) -> list[Outgoing]:
    """What is to be tried now; each is noted as tried before it is, and comes again unless `note_taken` follows."""
    name = rules.read(session).station_name
    due = session.execute(
        select(NoticeDelivery, Notice, NoticeTarget)
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .join(NoticeTarget, NoticeTarget.id == NoticeDelivery.target_id)
        .where(NoticeDelivery.next_at <= now, NoticeTarget.active.is_(True))
        .order_by(NoticeDelivery.next_at, Notice.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True, of=NoticeDelivery)
    ).all()
    found = []
    for delivery, notice, target in due:
        delivery.attempts += 1
        delivery.next_at = next_try(delivery.attempts, now=now)
        if delivery.next_at is None:
            delivery.given_up_at = now
        found.append(
            Outgoing(
                message=write(notice, zone=zone, language=language, station=name),
                target_id=target.id,
                kind=target.kind,
                address=target.address,
                secret=target.secret,
                attempts=delivery.attempts,
            )
        )
    return found


def write(notice: Notice, *, zone: ZoneInfo, language: str, station: str) -> Message:
    """A notice in words."""
    code = str(notice.facts.get("code", notice.kind.value))
    facts = {name: value for name, value in notice.facts.items() if name != "code"}
    told = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and isinstance(value, str) else value
        for name, value in facts.items()
    }
    sentence = tell(
        Problem(code=code, facts={"kind": code, "subject": notice.subject, **told}), zone=zone, language=language
    )  # fmt: skip
    over = {"vi": "Đã hết: ", "en": "Over: "}[language] if notice.cleared else ""
    return Message(
        id=notice.id,
        at=notice.at,
        kind=notice.kind,
        code=code,
        subject=notice.subject,
        cleared=notice.cleared,
        title=f"Loa Bản – {station}" if station else "Loa Bản",
        text=over + sentence,
        facts=facts,
    )


def note_taken(session: Session, notice_id: UUID, target_id: int, *, now: datetime) -> None:
    """It arrived."""
    delivery = session.get(NoticeDelivery, (notice_id, target_id))
    if delivery is not None:
        delivery.taken_at, delivery.next_at, delivery.given_up_at, delivery.problem = now, None, None, ""


def note_failed(
    session: Session, notice_id: UUID, target_id: int, *, problem: str, permanent: bool, now: datetime
) -> None:  # fmt: skip
    """It did not; it comes again as noted before, or never when that would be in vain."""
    delivery = session.get(NoticeDelivery, (notice_id, target_id))
    if delivery is None:
        return
    delivery.problem = problem[:300]
    if permanent:
        delivery.next_at, delivery.given_up_at = None, now


def try_again(session: Session, number: int, *, now: datetime) -> int:
    """Try all that was given up for a target once more, from the start; says how many. Raises `UnknownTarget`."""
    get_target(session, number)
    lost = session.scalars(
        select(NoticeDelivery).where(
            NoticeDelivery.target_id == number,
            or_(NoticeDelivery.given_up_at.is_not(None), NoticeDelivery.next_at > now),
        )
    ).all()
    for delivery in lost:
        delivery.attempts, delivery.next_at, delivery.given_up_at = 0, now, None
    return len(lost)

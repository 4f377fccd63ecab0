"""Alarms about villages: what a box says is wrong with it, long silence, twins, rows set aside, messages refused."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, and_, cast, func, insert, literal_column, or_, select, update
from sqlalchemy.orm import Session

from scheduler.domain.coverage import CarrierKind
from scheduler.domain.fleet import TWIN_TOLD_FOR
from scheduler.domain.village import BoxProblem
from scheduler.models import Alarm, Player, PlayerState, VillageJournalRow, Zone

OFFLINE_AFTER = timedelta(hours=1)
"""Links fail for minutes every day: a person is told of a longer silence."""
NAMED = 10
"""So many places with one trouble are named; more are told by their number."""
TOLD_FOR = timedelta(days=1)
"""How long rows set aside, and messages refused, stay an alarm."""
ALARMING = frozenset(
    {
        BoxProblem.AMPLIFIER_SILENT, BoxProblem.AMPLIFIER_OFF, BoxProblem.SOUND_DEVICE, BoxProblem.DISK_FULL,
        BoxProblem.NO_TRUSTED_TIME, BoxProblem.CLOCK_OFF, BoxProblem.PLAN_EXPIRED, BoxProblem.TOKEN_REFUSED,
    }
)  # fmt: skip
"""What a box says is wrong with it that a person must see to."""
OFFLINE, TWINS, PROBLEM = "village_offline", "village_twins", "village_problem"
MANY = {OFFLINE: "village_many_offline", TWINS: "village_many_twins", PROBLEM: "village_many_problem"}
QUARANTINED, REFUSED = "village_quarantined", "village_refused"
KINDS = frozenset({*MANY, *MANY.values(), QUARANTINED})
"""Settled at each look: raised while it is so, cleared when it is not; `REFUSED` ends by itself after a while."""

Key = tuple[str, str]
"""Kind and subject."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trouble:
    kind: str
    zone_code: str
    zone_name: str
    problem: str = ""


def settle(session: Session, *, now: datetime) -> None:
    """Raise what is wrong in any village now, clear what is not any more."""
    wanted = {**_name(list(_find_troubles(session, now=now))), **_find_quarantined(session, now=now)}
    open_now = {
        (alarm.kind, alarm.subject): alarm
        for alarm in session.scalars(select(Alarm).where(Alarm.kind.in_(KINDS), Alarm.cleared_at.is_(None)))
    }
    for key, alarm in open_now.items():
        if key not in wanted:
            alarm.cleared_at = now
        elif alarm.facts != wanted[key]:
            alarm.facts, alarm.seen_at = dict(wanted[key]), now
    fresh = [key for key in wanted if key not in open_now]
    if fresh:
        at = {"raised_at": now, "seen_at": now}
        rows = [{"kind": key[0], "subject": key[1], "facts": dict(wanted[key]), **at} for key in fresh]
        session.execute(insert(Alarm), rows)


def note_refused(session: Session, refused: Mapping[tuple[str, str], int], *, now: datetime) -> None:
    """Raise an alarm for each box (and reason) in whose name came what cannot be believed or read.

    A name that is none of ours is anybody's: all of those are one alarm.
    """
    known = set(session.scalars(select(Player.username).where(Player.username.in_({name for name, _ in refused}))))
    numbers: dict[Key, int] = defaultdict(int)
    for (username, reason), number in refused.items():
        numbers[f"player:{username}" if username in known else "villages", reason] += number
    for (subject, reason), number in numbers.items():
        open_one = session.scalar(
            select(Alarm).where(
                Alarm.kind == REFUSED, Alarm.subject == f"{subject}:{reason}", Alarm.cleared_at.is_(None)
            )
        )  # fmt: skip
        if open_one is None:
            facts = {"box": subject.removeprefix("player:"), "reason": reason, "number": number}
            session.add(
                Alarm(kind=REFUSED, subject=f"{subject}:{reason}", facts=facts, raised_at=now, seen_at=now)
            )  # fmt: skip
        else:
            open_one.facts = {**open_one.facts, "number": open_one.facts["number"] + number}
            open_one.seen_at = now
    session.flush()


def end_refused(session: Session, *, now: datetime) -> None:
    """Nothing more came for a while: the alarm is over."""
    session.execute(
        update(Alarm)
        .where(Alarm.kind == REFUSED, Alarm.cleared_at.is_(None), Alarm.seen_at < now - TOLD_FOR)
        .values(cleared_at=now),
        execution_options={"synchronize_session": False},
    )


def _find_troubles(session: Session, *, now: datetime) -> Iterator[_Trouble]:
    state = PlayerState
    is_long_gone = and_(state.online.is_(False), state.turned_at < now - OFFLINE_AFTER)
    rows = session.execute(
        select(Zone.code, Zone.name, is_long_gone, state.twin_at, state.problems)
        .join(Player, and_(Player.id == state.player_id, Player.revoked_at.is_(None)))
        .join(Zone, Zone.id == Player.zone_id)
        .where(Zone.active, Zone.removed_at.is_(None), Zone.carrier == CarrierKind.VILLAGE)
        .where(or_(is_long_gone, state.twin_at > now - TWIN_TOLD_FOR, cast(state.problems, Text) != "[]"))
        .order_by(Zone.name, Zone.id)
    )
    for code, name, is_gone, twin_at, problems in rows:
        if twin_at is not None and twin_at > now - TWIN_TOLD_FOR:
            yield _Trouble(kind=TWINS, zone_code=code, zone_name=name)
        if is_gone:
            yield _Trouble(kind=OFFLINE, zone_code=code, zone_name=name)
            continue  # what it last said may be mended by now
        for problem in ALARMING.intersection(problems):
            yield _Trouble(kind=PROBLEM, zone_code=code, zone_name=name, problem=problem)


def _name(troubles: Sequence[_Trouble]) -> dict[Key, Mapping[str, Any]]:
    alike: dict[Key, list[_Trouble]] = defaultdict(list)
    for trouble in troubles:
        alike[trouble.kind, trouble.problem].append(trouble)
    wanted: dict[Key, Mapping[str, Any]] = {}
    for (kind, problem), places in alike.items():
        about = {"problem": problem} if problem else {}
        if len(places) > NAMED:
            wanted[MANY[kind], f"villages:{problem}"] = {**about, "number": len(places)}
            continue
        for place in places:
            wanted[kind, f"zone:{place.zone_code}:{problem}"] = {**about, "zone": place.zone_name}
    return wanted


def _find_quarantined(session: Session, *, now: datetime) -> dict[Key, Mapping[str, Any]]:
    row = VillageJournalRow
    number = session.scalar(
        select(func.count())
        .select_from(row)
        .where(literal_column("village_journal_row.state = 'quarantined'"), row.received_at > now - TOLD_FOR)
    )
    return {(QUARANTINED, "villages"): {"number": number}} if number else {}

"""The clerk: duties that fail stop no other, are told of, and only one clerk works at a time."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from scheduler.alive import Life
from scheduler.clerk import FAILURES_BEFORE_ALARM, Clerk, Duty
from scheduler.clock import SystemClock
from scheduler.database import Sessions
from scheduler.domain.station import CLERK
from scheduler.models import Alarm, Pulse
from scheduler.ports import Clock

PATIENCE_S = 20


def a_duty(name: str, do: Callable[[datetime], None]) -> Duty:
    return Duty(name=name, every=timedelta(milliseconds=10), do=do)


def a_clerk(sessions: Sessions, folder: Path, *duties: Duty, clock: Clock) -> Clerk:
    life = Life(folder / "run", role=CLERK)
    return Clerk(clock=clock, sessions=sessions, life=life, lasts=timedelta(seconds=30), duties=duties)


def a_failing(_now: datetime) -> None:
    raise OSError("no room")


def test_a_duty_that_goes_on_failing_is_an_alarm_until_it_works(sessions, tmp_path, clock) -> None:
    works = []

    def do(now: datetime) -> None:
        if not works:
            a_failing(now)

    duty = a_duty("seal", do)
    clerk = a_clerk(sessions, tmp_path, duty, clock=clock)
    for times in range(1, FAILURES_BEFORE_ALARM + 2):
        assert not clerk.look(duty)
        with sessions.begin() as session:
            alarms = list(session.scalars(select(Alarm)))
        assert len(alarms) == (times >= FAILURES_BEFORE_ALARM)
    assert (alarms[0].kind, alarms[0].subject) == ("clerk_failing", "clerk:seal")
    assert alarms[0].facts == {"duty": "seal", "reason": "no room"}
    works.append(True)
    assert clerk.look(duty)
    with sessions.begin() as session:
        assert session.scalars(select(Alarm.cleared_at)).all() == [clock.now()]
    clerk.leave()


def test_only_one_of_two_clerks_works_and_the_other_takes_over(sessions, tmp_path) -> None:
    first_did, second_did, stopping = threading.Event(), threading.Event(), threading.Event()
    clock = SystemClock()
    first = a_clerk(sessions, tmp_path, a_duty("seal", lambda _now: first_did.set()), clock=clock)
    second = a_clerk(sessions, tmp_path, a_duty("seal", lambda _now: second_did.set()), clock=clock)
    thread = threading.Thread(target=first.run, args=(stopping,))
    thread.start()
    assert first_did.wait(PATIENCE_S)
    second.beat()
    assert not second.leader.leads
    with sessions.begin() as session:
        assert set(session.scalars(select(Pulse.role))) == {CLERK}
    stopping.set()
    thread.join(PATIENCE_S)
    second.beat()
    assert second.leader.leads
    assert not second_did.is_set()
    second.leave()


def test_one_duty_that_fails_or_hangs_stops_no_other(sessions, tmp_path) -> None:
    hangs, works, stopping = threading.Event(), threading.Event(), threading.Event()
    duties = (
        a_duty("hangs", lambda _now: hangs.wait(PATIENCE_S) or None),
        a_duty("fails", a_failing),
        a_duty("works", lambda _now: works.set()),
    )
    thread = threading.Thread(target=a_clerk(sessions, tmp_path, *duties, clock=SystemClock()).run, args=(stopping,))
    thread.start()
    assert works.wait(PATIENCE_S)
    hangs.set()
    stopping.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    with sessions.begin() as session:
        assert not session.scalars(select(Pulse)).all()

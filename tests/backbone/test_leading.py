"""Only one of several backbone processes leads, and another takes over when it is gone."""

from datetime import timedelta

from scheduler.backbone.leading import Leader
from scheduler.database import Sessions
from tests.fakes import SteppingClock

LASTS = timedelta(seconds=30)


def make_leader(clock: SteppingClock, owner: str, *, dead: set[str] | None = None) -> Leader:
    return Leader(clock, owner=owner, is_dead=lambda name: name in (dead or set()), lasts=LASTS)


def renew(sessions: Sessions, leader: Leader) -> bool:
    with sessions.begin() as session:
        count = leader.renew(session)
    count()
    return leader.leads


def test_only_one_leads(sessions: Sessions, clock: SteppingClock) -> None:
    first, second = make_leader(clock, "a"), make_leader(clock, "b")
    assert (renew(sessions, first), renew(sessions, second)) == (True, False)
    for _ in range(10):
        clock.advance(timedelta(seconds=5))
        assert (renew(sessions, first), renew(sessions, second)) == (True, False)


def test_one_that_says_nothing_any_more_loses_it_before_another_has_it(
    sessions: Sessions, clock: SteppingClock
) -> None:
    first, second = make_leader(clock, "a"), make_leader(clock, "b")
    renew(sessions, first)
    assert not renew(sessions, second)
    for _ in range(5):
        clock.advance(timedelta(seconds=5.9))
        assert not (renew(sessions, second) and first.leads)
    clock.advance(timedelta(seconds=5))
    assert renew(sessions, second)
    assert not first.leads
    assert not renew(sessions, first)


def test_the_place_of_a_dead_one_is_taken_at_once(sessions: Sessions, clock: SteppingClock) -> None:
    renew(sessions, make_leader(clock, "a"))
    assert renew(sessions, make_leader(clock, "b", dead={"a"}))


def test_one_that_leaves_in_due_form_lets_another_lead_at_once(sessions: Sessions, clock: SteppingClock) -> None:
    first, second = make_leader(clock, "a"), make_leader(clock, "b")
    renew(sessions, first)
    with sessions.begin() as session:
        first.end(session)
    assert not first.leads
    assert renew(sessions, second)

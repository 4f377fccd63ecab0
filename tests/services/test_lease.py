"""Who holds a zone: taken once, renewed by its owner only, taken over from the dead with a greater token."""

from collections.abc import Callable
from datetime import timedelta

from scheduler.database import Sessions
from scheduler.services import lease
from tests.factories import NOW

LASTS = timedelta(seconds=30)


def take(sessions: Sessions, owner: str, *names: str) -> dict[str, int]:
    with sessions.begin() as session:
        return lease.take_new(session, names, owner=owner, now=NOW, lasts=LASTS)


def others(sessions: Sessions, owner: str) -> list[lease.Held]:
    with sessions.begin() as session:
        return lease.find_others(session, owner=owner)


def test_a_lease_is_taken_by_the_first_only(sessions: Sessions) -> None:
    assert take(sessions, "a", "zone:1", "zone:2") == {"zone:1": 1, "zone:2": 1}
    assert take(sessions, "b", "zone:2", "zone:3") == {"zone:3": 1}


def test_renewing_says_what_is_still_held(sessions: Sessions) -> None:
    take(sessions, "a", "zone:1", "zone:2")
    seen = [held for held in others(sessions, "b") if held.name == "zone:2"]
    with sessions.begin() as session:
        assert lease.take_over(session, seen, owner="b", now=NOW, lasts=LASTS) == {"zone:2": 2}
    with sessions.begin() as session:
        assert lease.renew(session, owner="a", now=NOW + LASTS, lasts=LASTS) == {"zone:1": 1}
    [held] = others(sessions, "b")
    assert held.expires_at == NOW + 2 * LASTS


def test_of_two_that_take_over_the_same_lease_one_gets_it(sessions: Sessions) -> None:
    take(sessions, "dead", "zone:1")
    seen = others(sessions, "b")
    with sessions.begin() as session:
        assert lease.take_over(session, seen, owner="b", now=NOW, lasts=LASTS) == {"zone:1": 2}
    with sessions.begin() as session:
        assert lease.take_over(session, seen, owner="c", now=NOW, lasts=LASTS) == {}


def test_a_lease_given_back_is_free_at_once_with_a_greater_token(sessions: Sessions) -> None:
    take(sessions, "a", "zone:1")
    with sessions.begin() as session:
        lease.release(session, owner="a", now=NOW)
    observer = lease.Observer(nobody_is_dead, lasts=LASTS)
    free = observer.find_free(others(sessions, "b"), monotonic=0.0)
    with sessions.begin() as session:
        assert lease.take_over(session, free, owner="b", now=NOW, lasts=LASTS) == {"zone:1": 2}


def test_locked_leases_are_those_of_the_owner(sessions: Sessions) -> None:
    take(sessions, "a", "zone:1")
    take(sessions, "b", "zone:2")
    with sessions.begin() as session:
        assert lease.lock_held(session, owner="a") == {"zone:1": 1}


def nobody_is_dead(owner: str) -> bool:
    return False


def held(*, expires_in: float = 30.0, owner: str = "a", token: int = 1) -> list[lease.Held]:
    at = NOW + timedelta(seconds=expires_in)
    return [lease.Held(name="zone:1", owner=owner, token=token, expires_at=at)]


def test_the_dead_are_relieved_at_once() -> None:
    is_dead: Callable[[str], bool] = {"a": True, "b": False}.__getitem__
    observer = lease.Observer(is_dead, lasts=LASTS)
    assert observer.find_free(held(owner="a"), monotonic=0) == held(owner="a")
    assert observer.find_free(held(owner="b"), monotonic=1) == []


def test_a_lease_that_is_not_renewed_under_our_eyes_for_its_whole_length_is_free() -> None:
    observer = lease.Observer(nobody_is_dead, lasts=LASTS)
    assert observer.find_free(held(), monotonic=100) == []
    assert observer.find_free(held(), monotonic=129) == []
    assert observer.find_free(held(), monotonic=130) == held()


def test_a_renewed_lease_is_watched_anew() -> None:
    observer = lease.Observer(nobody_is_dead, lasts=LASTS)
    observer.find_free(held(), monotonic=100)
    assert observer.find_free(held(expires_in=50), monotonic=125) == []
    assert observer.find_free(held(expires_in=50), monotonic=140) == []
    assert observer.find_free(held(expires_in=50), monotonic=155) == held(expires_in=50)


def test_no_wall_clock_ends_a_lease_early() -> None:
    observer = lease.Observer(nobody_is_dead, lasts=LASTS)
    long_over = held(expires_in=-3600)
    assert observer.find_free(long_over, monotonic=0) == []

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from scheduler.domain.people import Granted, Person, Role
from scheduler.domain.programme import EditionState, RecordingState, Verdict
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import AuthorMayNotApprove, NoTakeYet, ReasonMissing, StepNotAllowed, TakeChanged
from scheduler.models import Edition, PlanState, Recording, Review
from scheduler.services import approval, programme, review, rules
from tests.factories import NOW, a_sha256, make_edition, make_episode, make_series

AUTHOR = Person(id=7, login="hoa", name="Lò Thị Hoa", language="vi", grants=(Granted(role=Role.ADMIN),))
OTHER = Person(id=8, login="tuan", name="Cầm Văn Tuấn", language="vi", grants=(Granted(role=Role.APPROVER),))


@pytest.fixture
def edition(session: Session) -> Edition:
    """Delivered by one person, submitted by another."""
    made = make_edition(session, make_episode(session, make_series(session)), approved=False)
    made.recordings[0].received_by_user = AUTHOR.id
    approval.submit(made, by_user=AUTHOR.id, now=NOW)
    session.flush()
    return made


def another(session: Session, number: int, *, minutes: int | None) -> Edition:
    series = programme.get_series(session, "cchc")
    made = make_edition(session, make_episode(session, series, number=number), approved=False)
    if minutes is not None:
        approval.submit(made, by_user=AUTHOR.id, now=NOW + timedelta(minutes=minutes))
    session.flush()
    return made


def a_take(session: Session, edition: Edition, *, state: RecordingState) -> Recording:
    take = Recording(
        edition=edition, take=len(edition.recordings) + 1, original_name="mới.mp3", size_bytes=1, received_at=NOW,
        sha256=a_sha256(f"mới {len(edition.recordings)}"), state=state,
    )  # fmt: skip
    if state is RecordingState.MEASURED:
        take.verdict, take.master_sha256, take.master_seconds = Verdict.ACCEPTED, a_sha256("m"), 500.0
        programme.mark_measured(edition)
    session.add(take)
    session.flush()
    return take


def approve(session: Session, edition: Edition, person: Person = OTHER, sha256: str = "") -> Edition | None:
    shown = sha256 or review.get_take(edition).sha256
    return review.approve_shown(
        session, edition, sha256=shown, person=person, remark="đã nghe", now=NOW, zone=STATION_ZONE
    )


# --- who ----------------------------------------------------------------------------------------------------------
def test_who_delivered_a_take_does_not_approve_it(session: Session, edition: Edition) -> None:
    edition.submitted_by_user = OTHER.id + 1
    with pytest.raises(AuthorMayNotApprove):
        approve(session, edition, AUTHOR)
    assert edition.state is EditionState.SUBMITTED and edition.approved_recording is None


def test_who_submitted_it_does_not_either(session: Session, edition: Edition) -> None:
    edition.recordings[0].received_by_user = None
    with pytest.raises(AuthorMayNotApprove):
        approve(session, edition, AUTHOR)


def test_somebody_else_approves_it(session: Session, edition: Edition) -> None:
    approve(session, edition)
    assert edition.state is EditionState.APPROVED
    assert [(item.reviewer, item.reason) for item in edition.reviews] == [("Cầm Văn Tuấn", "đã nghe")]


def test_the_station_may_let_authors_approve(session: Session, edition: Edition) -> None:
    rules.change(session, {"author_may_not_approve": False}, by="Cà Văn Trưởng", now=NOW)
    assert not review.open_review(session, edition, AUTHOR).is_author
    approve(session, edition, AUTHOR)
    assert edition.state is EditionState.APPROVED


def test_a_command_on_the_machine_is_nobody_and_may(session: Session, edition: Edition) -> None:
    approval.approve(session, edition, reviewer="root", now=NOW, zone=STATION_ZONE)
    assert edition.state is EditionState.APPROVED


def test_who_submitted_an_older_take_may_approve_the_new_one(session: Session, edition: Edition) -> None:
    a_take(session, edition, state=RecordingState.MEASURED)
    assert not review.open_review(session, edition, AUTHOR).is_author


def test_an_author_may_return_their_own(session: Session, edition: Edition) -> None:
    sha256 = review.get_take(edition).sha256
    review.return_shown(session, edition, sha256=sha256, person=AUTHOR, reason="Thiếu đoạn cuối", now=NOW)
    assert edition.state is EditionState.REJECTED


# --- what ---------------------------------------------------------------------------------------------------------
def test_a_take_that_arrived_meanwhile_is_not_approved_unheard(session: Session, edition: Edition) -> None:
    shown = review.get_take(edition).sha256
    a_take(session, edition, state=RecordingState.MEASURED)
    with pytest.raises(TakeChanged):
        approve(session, edition, sha256=shown)
    with pytest.raises(TakeChanged):
        review.return_shown(session, edition, sha256=shown, person=OTHER, reason="x", now=NOW)
    assert edition.reviews == []


@pytest.mark.parametrize("sha256", ["", "abcd"])
def test_bytes_are_named_whole(session: Session, edition: Edition, sha256: str) -> None:
    with pytest.raises(TakeChanged):
        review.approve_shown(session, edition, sha256=sha256, person=OTHER, remark="", now=NOW, zone=STATION_ZONE)


def test_a_refused_or_unmeasured_newer_take_does_not_stand_in_the_way(session: Session, edition: Edition) -> None:
    heard = edition.recordings[0]
    a_take(session, edition, state=RecordingState.REFUSED)
    on_the_way = a_take(session, edition, state=RecordingState.RECEIVED)
    session.expire(edition)
    sheet = review.open_review(session, edition, OTHER)
    assert (sheet.take, sheet.on_the_way) == (heard, on_the_way)
    approve(session, edition, sha256=heard.sha256)
    assert edition.approved_recording is heard


def test_two_approvers_do_not_decide_twice(session: Session, edition: Edition) -> None:
    shown = review.get_take(edition).sha256
    approve(session, edition, sha256=shown)
    with pytest.raises(StepNotAllowed):
        approve(session, edition, sha256=shown)
    with pytest.raises(StepNotAllowed):
        review.return_shown(session, edition, sha256=shown, person=OTHER, reason="x", now=NOW)


def test_a_return_needs_a_reason(session: Session, edition: Edition) -> None:
    sha256 = review.get_take(edition).sha256
    with pytest.raises(ReasonMissing):
        review.return_shown(session, edition, sha256=sha256, person=OTHER, reason="  ", now=NOW)


def test_nothing_measured_is_nothing_to_review(session: Session) -> None:
    draft = Edition(episode=make_episode(session, make_series(session)), language="vi", created_at=NOW)
    session.add(draft)
    session.flush()
    with pytest.raises(NoTakeYet):
        review.open_review(session, draft, OTHER)


def test_a_length_outside_the_rule_is_told(session: Session, edition: Edition) -> None:
    assert review.open_review(session, edition, OTHER).keeps_rule
    edition.recordings[0].master_seconds = 601.0
    assert not review.open_review(session, edition, OTHER).keeps_rule


def test_the_plan_follows_an_approval_and_a_withdrawal(session: Session, edition: Edition) -> None:
    approve(session, edition)
    state = session.get_one(PlanState, 1)
    assert state.wanted_at == NOW
    state.wanted_at = None
    approval.withdraw(session, edition, reviewer="Tuấn", reason="Sai số liệu", now=NOW)
    assert state.wanted_at == NOW


# --- the queue ----------------------------------------------------------------------------------------------------
def test_the_queue_is_oldest_first_and_keeps_what_is_only_measured_apart(session: Session, edition: Edition) -> None:
    later, sooner = another(session, 2, minutes=5), another(session, 3, minutes=-5)
    measured = another(session, 4, minutes=None)
    queue = review.find_queue(session)
    assert [item.edition for item in queue.submitted] == [sooner, edition, later]
    assert [item.edition for item in queue.measured] == [measured]
    assert queue.submitted[1].submitted_at == NOW


def test_what_left_the_library_waits_no_more(session: Session, edition: Edition) -> None:
    programme.remove_episode(session, edition.episode, now=NOW)
    session.flush()
    assert review.find_queue(session).submitted == []


def test_after_a_decision_comes_the_next_then_the_first(session: Session, edition: Edition) -> None:
    later, sooner = another(session, 2, minutes=5), another(session, 3, minutes=-5)
    assert approve(session, edition) is later
    assert approve(session, later) is sooner
    assert approve(session, sooner) is None
    assert session.query(Review).count() == 3

"""The queue of recordings: numbered takes, known bytes, one worker at a time, and each finished exactly once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.programme import Decision, EditionState, IngestState, RecordingState, Verdict
from scheduler.errors import (
    DuplicateRecording,
    RecordingNotFound,
    UnknownEpisode,
    UnknownLanguage,
    UnknownSeries,
)
from scheduler.models import Edition, IngestRequest, Pulse, Recording, Review
from scheduler.ports import StoredFile
from scheduler.services import ingest
from scheduler.services.ingest import Claimed, Destination, TakenIn
from tests.factories import NOW, a_sha256, make_edition, make_episode, make_series

NOBODY: Callable[[str], bool] = lambda _owner: False  # noqa: E731
EVERYBODY: Callable[[str], bool] = lambda _owner: True  # noqa: E731
THAI = Destination(series="cchc", number=1, language="blt")
FOUND = TakenIn(
    verdict=Verdict.FLAGGED,
    seconds=500.0,
    findings=({"code": "dead_air", "at_s": 192.0, "for_s": 4.0},),
    peaks=(0.5, 1.0),
    master_sha256=a_sha256("master"),
    opus_sha256=a_sha256("opus"),
    master_seconds=499.0,
    rendering={"gain_db": 3.0},
)
REFUSED = TakenIn(verdict=Verdict.REFUSED, code="silent", facts={"limit_lufs": -60})


@pytest.fixture
def catalogue(session: Session) -> Session:
    make_episode(session, make_series(session), number=1, year=2026)
    return session


def deliver(session: Session, text: str = "sound", to: Destination = THAI) -> Recording:
    stored = StoredFile(sha256=a_sha256(text), size_bytes=len(text))
    return ingest.receive_recording(session, to, stored=stored, original_name=f"{text}.mp3", by="Lò Thị Mai", now=NOW)


def claim(session: Session, owner: str = "first") -> Claimed:
    claimed = ingest.claim_next(session, owner=owner, now=NOW)
    assert claimed is not None
    return claimed


def request_of(session: Session, recording: Recording) -> IngestRequest:
    session.flush()
    session.expire_all()
    return session.scalars(select(IngestRequest).filter_by(recording_id=recording.id)).one()


def test_a_delivery_is_the_next_take_and_waits_in_the_queue(catalogue: Session) -> None:
    first, second = deliver(catalogue, "one"), deliver(catalogue, "two")
    assert (first.take, second.take) == (1, 2)
    assert first.edition is second.edition
    assert first.edition.state is EditionState.DRAFT
    assert (first.original_name, first.received_by, first.received_at) == ("one.mp3", "Lò Thị Mai", NOW)
    assert request_of(catalogue, first).state is IngestState.QUEUED


def test_without_a_year_the_newest_episode_of_that_number_is_meant(session: Session) -> None:
    series = make_series(session)
    for year in (2025, 2026, 2024):
        make_episode(session, series, number=1, year=year)
    assert deliver(session, "new").edition.episode.year == 2026
    old = Destination(series="cchc", number=1, language="blt", year=2024)
    assert deliver(session, "old", old).edition.episode.year == 2024


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        (Destination(series="khac", number=1, language="blt"), UnknownSeries),
        (Destination(series="cchc", number=2, language="blt"), UnknownEpisode),
        (Destination(series="cchc", number=1, year=2020, language="blt"), UnknownEpisode),
        (Destination(series="cchc", number=1, language="th"), UnknownLanguage),
    ],
)
def test_a_delivery_to_nowhere_is_refused_and_leaves_no_rows(
    catalogue: Session, to: Destination, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        ingest.check_delivery(catalogue, to, sha256=a_sha256("sound"))
    with pytest.raises(refusal):
        deliver(catalogue, to=to)
    for row in (Edition, Recording, IngestRequest):
        assert catalogue.scalar(select(func.count()).select_from(row)) == 0


@pytest.mark.parametrize("language", ["blt", "vi"])
def test_known_bytes_are_refused_with_the_take_that_has_them(catalogue: Session, language: str) -> None:
    known = deliver(catalogue)
    again = Destination(series="cchc", number=1, language=language)
    with pytest.raises(DuplicateRecording) as caught:
        deliver(catalogue, to=again)
    assert caught.value.facts == {
        "recording": known.id,
        "take": 1,
        "series": "cchc",
        "number": 1,
        "year": 2026,
        "language": "blt",
    }
    with pytest.raises(DuplicateRecording):
        ingest.check_delivery(catalogue, again, sha256=known.sha256)
    assert catalogue.scalar(select(func.count()).select_from(Recording)) == 1


def test_bytes_that_were_never_taken_in_may_come_again(catalogue: Session) -> None:
    deliver(catalogue)
    ingest.finish(catalogue, claim(catalogue), REFUSED, now=NOW)
    assert deliver(catalogue).take == 2
    ingest.fail(catalogue, claim(catalogue), code="media_missing", facts={}, now=NOW)
    assert deliver(catalogue).take == 3


def test_bytes_that_a_reviewer_sent_away_may_go_to_the_right_edition_only(catalogue: Session) -> None:
    wrong = deliver(catalogue)
    ingest.finish(catalogue, claim(catalogue), FOUND, now=NOW)
    catalogue.add(
        Review(
            edition_id=wrong.edition_id,
            recording_sha256=wrong.sha256,
            reviewer="Hà",
            decision=Decision.REJECTED,
            decided_at=NOW,
        )
    )
    catalogue.flush()
    with pytest.raises(DuplicateRecording):
        deliver(catalogue)
    assert deliver(catalogue, to=Destination(series="cchc", number=1, language="vi")).take == 1


def test_a_claim_is_given_once_and_the_oldest_comes_first(catalogue: Session) -> None:
    first, second = deliver(catalogue, "one"), deliver(catalogue, "two")
    taken = claim(catalogue, "first")
    assert (taken.recording_id, taken.sha256, taken.attempt, taken.rule_s) == (first.id, first.sha256, 1, (480, 600))
    assert claim(catalogue, "second").recording_id == second.id
    assert ingest.claim_next(catalogue, owner="third", now=NOW) is None
    assert request_of(catalogue, first).owner == "first"


def test_two_workers_in_two_transactions_never_hold_the_same_recording(sessions: Sessions) -> None:
    with sessions.begin() as session:
        make_episode(session, make_series(session), number=1, year=2026)
        wanted = {deliver(session, str(number)).id for number in range(6)}
    taken: list[int] = []
    for turn in range(6):
        with sessions.begin() as session:
            taken.append(claim(session, f"worker {turn % 2}").recording_id)
    assert sorted(taken) == sorted(wanted)


def test_what_was_found_is_kept_with_the_recording(catalogue: Session) -> None:
    recording = deliver(catalogue)
    assert ingest.finish(catalogue, claim(catalogue), FOUND, now=NOW)
    assert request_of(catalogue, recording).state is IngestState.DONE
    assert request_of(catalogue, recording).finished_at == NOW
    assert recording.state is RecordingState.MEASURED
    assert (recording.verdict, recording.seconds, recording.master_sha256) == (
        *(Verdict.FLAGGED, 500.0, a_sha256("master")),
    )
    assert recording.findings == [{"code": "dead_air", "at_s": 192.0, "for_s": 4.0}]
    assert recording.peaks == [0.5, 1.0]
    assert recording.edition.state is EditionState.MEASURED


def test_a_refused_recording_leaves_its_edition_as_it_was(catalogue: Session) -> None:
    recording = deliver(catalogue)
    ingest.finish(catalogue, claim(catalogue), REFUSED, now=NOW)
    assert recording.state is RecordingState.REFUSED
    assert (recording.code, recording.facts) == ("silent", {"limit_lufs": -60})
    assert recording.edition.state is EditionState.DRAFT
    assert recording.master_sha256 is None


def test_a_new_take_of_an_approved_edition_needs_an_approval_while_the_old_one_airs(session: Session) -> None:
    edition = make_edition(session, make_episode(session, make_series(session)), language="blt")
    approved = edition.approved_recording
    deliver(session, "better")
    assert edition.state is EditionState.APPROVED
    ingest.finish(session, claim(session), FOUND, now=NOW)
    assert edition.state is EditionState.MEASURED
    assert edition.approved_recording is approved


def test_a_recording_is_finished_once_even_if_a_worker_taken_for_dead_comes_back(catalogue: Session) -> None:
    recording = deliver(catalogue)
    slow = claim(catalogue, "slow")
    assert ingest.requeue_abandoned(catalogue, is_alive=NOBODY, now=NOW) == [recording.id]
    quick = claim(catalogue, "quick")
    assert quick.attempt == 2
    assert not ingest.keep_progress(catalogue, slow, step="render", share=0.5)
    assert not ingest.finish(catalogue, slow, REFUSED, now=NOW)
    assert not ingest.fail(catalogue, slow, code="step_failed", facts={}, now=NOW)
    assert not ingest.release(catalogue, slow)
    assert ingest.finish(catalogue, quick, FOUND, now=NOW)
    assert not ingest.finish(catalogue, quick, REFUSED, now=NOW)
    assert recording.verdict is Verdict.FLAGGED


def test_a_worker_is_not_taken_for_itself_after_it_lost_the_recording_once(catalogue: Session) -> None:
    deliver(catalogue)
    before = claim(catalogue, "same")
    ingest.requeue_abandoned(catalogue, is_alive=NOBODY, now=NOW)
    assert claim(catalogue, "same").attempt == 2
    assert not ingest.finish(catalogue, before, FOUND, now=NOW)


def test_what_a_living_worker_holds_is_left_alone(catalogue: Session) -> None:
    recording = deliver(catalogue)
    claim(catalogue)
    assert ingest.requeue_abandoned(catalogue, is_alive=EVERYBODY, now=NOW) == []
    assert request_of(catalogue, recording).state is IngestState.RUNNING


def test_a_recording_that_killed_three_workers_is_refused(catalogue: Session) -> None:
    recording = deliver(catalogue)
    for _ in range(2):
        claim(catalogue)
        ingest.requeue_abandoned(catalogue, is_alive=NOBODY, now=NOW)
        assert request_of(catalogue, recording).state is IngestState.QUEUED
    claim(catalogue)
    ingest.requeue_abandoned(catalogue, is_alive=NOBODY, now=NOW)
    request = request_of(catalogue, recording)
    assert (request.state, request.failure, request.finished_at) == (IngestState.FAILED, "ingest_crashed", NOW)
    assert (recording.state, recording.verdict, recording.code) == (
        *(RecordingState.REFUSED, Verdict.REFUSED, "ingest_crashed"),
    )
    assert ingest.claim_next(catalogue, owner="next", now=NOW) is None


def test_a_worker_told_to_stop_leaves_no_mark_on_the_recording(catalogue: Session) -> None:
    recording = deliver(catalogue)
    for _ in range(5):
        assert ingest.release(catalogue, claim(catalogue))
    request = request_of(catalogue, recording)
    assert (request.state, request.attempts, request.owner) == (IngestState.QUEUED, 0, None)


def test_progress_is_kept_where_people_see_it(catalogue: Session) -> None:
    recording = deliver(catalogue)
    assert ingest.keep_progress(catalogue, claim(catalogue), step="measure", share=0.4)
    request = request_of(catalogue, recording)
    assert (request.step, request.share) == ("measure", 0.4)


def test_only_workers_with_a_recent_sign_of_life_are_living(catalogue: Session) -> None:
    ingest.give_sign_of_life(catalogue, owner="old", now=NOW - timedelta(days=2), facts={})
    ingest.give_sign_of_life(catalogue, owner="silent", now=NOW - timedelta(seconds=31), facts={})
    catalogue.add(Pulse(owner="playout", role="playout", at=NOW, facts={}))
    for _ in range(2):
        ingest.give_sign_of_life(catalogue, owner="here", now=NOW, facts={})
    assert ingest.find_living(catalogue, now=NOW) == {"here"}
    assert set(catalogue.scalars(select(Pulse.owner))) == {"silent", "here", "playout"}
    ingest.leave(catalogue, owner="here")
    assert ingest.find_living(catalogue, now=NOW) == set()


def test_recordings_are_listed_newest_first_and_by_series(catalogue: Session) -> None:
    make_episode(catalogue, make_series(catalogue, code="khac"), number=1)
    one, two = deliver(catalogue, "one"), deliver(catalogue, "two")
    other = deliver(catalogue, "other", Destination(series="khac", number=1, language="blt"))
    assert list(ingest.list_recordings(catalogue)) == [other, two, one]
    assert list(ingest.list_recordings(catalogue, series="cchc", most=1)) == [two]


def test_an_unknown_recording_is_named(session: Session) -> None:
    with pytest.raises(RecordingNotFound) as caught:
        ingest.get_recording(session, 7)
    assert caught.value.facts == {"recording": 7}

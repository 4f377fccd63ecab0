"""The catalogue finds what people type, keeps what was removed, and lets only approved bytes air."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.programme import Decision, EditionState, RecordingState, Verdict
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import (
    BadField,
    EpisodeExists,
    NoTakeYet,
    ReasonMissing,
    RecordingNotMeasured,
    RecordingRefused,
    SeriesExists,
    StepNotAllowed,
    UnknownEdition,
    UnknownEpisode,
    UnknownLanguage,
    UnknownRecording,
    UnknownSeries,
)
from scheduler.models import Edition, Episode, Production, Recording, Review, Series
from scheduler.services import approval, programme
from tests.factories import NOW, a_sha256, make_edition, make_episode, make_series


@pytest.fixture
def series(session: Session) -> Series:
    return programme.create_series(
        session, code="cchc", title="Thành phố chung tay cải cách thủ tục hành chính", languages=["vi", "blt"], now=NOW
    )


def an_episode(session: Session, series: Series, number: int = 1, title: str = "Đất đai", **more: object) -> Episode:
    return programme.create_episode(session, series, year=2026, number=number, title=title, now=NOW, **more)  # type: ignore[arg-type]


def a_take(session: Session, edition: Edition, *, name: str, **more: object) -> Recording:
    """One more measured take of an edition."""
    facts: dict[str, object] = {
        "state": RecordingState.MEASURED,
        "verdict": Verdict.ACCEPTED,
        "master_sha256": a_sha256("master " + name),
        "master_seconds": 500.0,
    }
    recording = Recording(
        edition=edition,
        take=len(edition.recordings) + 1,
        original_name=name,
        sha256=a_sha256(name),
        size_bytes=1,
        received_at=NOW,
        **(facts | more),
    )
    session.add(recording)
    session.flush()
    session.expire(edition, ["recordings"])
    if recording.state is RecordingState.MEASURED:
        programme.mark_measured(edition)
    return recording


def approve(session: Session, edition: Edition, **more: object) -> Review:
    return approval.approve(session, edition, **({"reviewer": "Lò Thị Mai", "now": NOW, "zone": STATION_ZONE} | more))  # type: ignore[arg-type]


def count(session: Session, kind: type) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


# --- finding, naming, removing ----------------------------------------------------------------------------------
def test_an_episode_is_to_be_made_in_every_language_of_its_series(session: Session, series: Series) -> None:
    episode = an_episode(session, series)
    assert {edition.language: edition.state for edition in episode.editions} == {
        "vi": EditionState.DRAFT,
        "blt": EditionState.DRAFT,
    }
    assert [item.language for item in series.languages] == ["vi", "blt"]


def test_titles_are_kept_in_nfc_and_found_without_diacritics(session: Session, series: Series) -> None:
    episode = an_episode(
        session, series, title="Thu\u0309 tu\u0323c đăng ký khai sinh", procedures=["Cấp thẻ bảo hiểm"]
    )
    an_episode(session, series, number=2, title="Chứng thực")
    assert episode.title == "Thủ tục đăng ký khai sinh"
    assert programme.find_episodes(session, search="THU TUC dang ky") == [episode]
    assert programme.find_episodes(session, search="the bao hiem") == [episode]
    assert programme.find_episodes(session, search="100%") == []
    assert programme.find_series(session, search="cai cach") == [series]


def test_a_thai_title_is_kept_as_typed_and_never_made_up(session: Session, series: Series) -> None:
    first = an_episode(session, series, titles={"blt": "ꪹꪎꪷꪙꪨꪱ"})
    second = an_episode(session, series, number=2)
    assert programme.title_of(programme.edition_of(first, "blt")) == "ꪹꪎꪷꪙꪨꪱ"
    assert programme.edition_of(second, "blt").title == ""
    assert programme.find_episodes(session, search="ꪹꪎꪷꪙ") == [first]


def test_titles_in_tai_viet_sort_by_sound(session: Session, series: Series) -> None:
    for number, title in enumerate(["ꪎꪱ", "ꪹꪀꪱ", "đất", "dân"], start=1):
        an_episode(session, series, number=number, title=title)
    assert [item.title for item in programme.find_episodes(session, by_title=True)] == ["dân", "đất", "ꪹꪀꪱ", "ꪎꪱ"]
    assert [item.number for item in programme.find_episodes(session)] == [1, 2, 3, 4]


def test_a_number_is_taken_once_a_year_even_after_removal(session: Session, series: Series) -> None:
    programme.remove_episode(session, an_episode(session, series), now=NOW)
    with pytest.raises(EpisodeExists):
        an_episode(session, series)
    programme.create_episode(session, series, year=2027, number=1, title="Khác", now=NOW)


def test_a_removed_episode_is_not_found_but_its_rows_stay(session: Session, series: Series) -> None:
    episode = an_episode(session, series)
    programme.remove_episode(session, episode, now=NOW)
    session.flush()
    assert programme.find_episodes(session) == []
    with pytest.raises(UnknownEpisode):
        programme.get_episode(session, "cchc", year=2026, number=1)
    assert count(session, Episode) == 1
    assert count(session, Edition) == 2


def test_without_a_year_the_newest_episode_of_a_number_is_meant(session: Session, series: Series) -> None:
    an_episode(session, series)
    newer = programme.create_episode(session, series, year=2027, number=1, title="Mới", now=NOW)
    assert programme.get_episode(session, "cchc", number=1) is newer
    assert programme.get_episode(session, "cchc", number=1, year=2026).year == 2026


def test_what_is_not_there_is_named(session: Session, series: Series) -> None:
    an_episode(session, series)
    with pytest.raises(UnknownSeries):
        programme.get_series(session, "khác")
    with pytest.raises(UnknownEdition):
        programme.get_edition(session, "cchc", number=1, language="hmn")
    with pytest.raises(UnknownEdition):
        an_episode(session, series, number=9, titles={"hmn": "x"})


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"code": "cchc"}, SeriesExists),
        ({"code": "../x"}, BadField),
        ({"title": " \n"}, BadField),
        ({"languages": []}, BadField),
        ({"languages": ["vi", "vi"]}, BadField),
        ({"languages": ["th"]}, UnknownLanguage),
        ({"shortest_seconds": 700}, BadField),
    ],
)
def test_a_series_that_cannot_be_is_refused(
    session: Session, series: Series, change: dict[str, object], refusal: type[Exception]
) -> None:
    facts: dict[str, object] = {"code": "moi", "title": "Mới", "languages": ["vi"], "now": NOW}
    with pytest.raises(refusal):
        programme.create_series(session, **(facts | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(("year", "number"), [(26, 1), (2026, 0), (2026, -1)])
def test_a_year_and_a_number_must_be_possible(session: Session, series: Series, year: int, number: int) -> None:
    with pytest.raises(BadField):
        programme.create_episode(session, series, year=year, number=number, title="x", now=NOW)


# --- approval of bytes ------------------------------------------------------------------------------------------
@pytest.fixture
def edition(session: Session, series: Series) -> Edition:
    return programme.edition_of(an_episode(session, series), "vi")


def test_an_approval_names_the_bytes_of_the_original_and_of_the_master(session: Session, edition: Edition) -> None:
    take = a_take(session, edition, name="một")
    review = approve(session, edition)
    assert (review.recording_sha256, review.master_sha256) == (take.sha256, take.master_sha256)
    assert (review.decision, review.reviewer) == (Decision.APPROVED, "Lò Thị Mai")
    assert edition.state is EditionState.APPROVED
    sound = approval.find_approved(session, edition.id)
    assert sound is not None
    assert (sound.recording_sha256, sound.master_sha256) == (take.sha256, take.master_sha256)


def test_nothing_may_air_before_an_approval(session: Session, edition: Edition) -> None:
    a_take(session, edition, name="một")
    approval.submit(edition)
    session.flush()
    assert approval.find_approved(session, edition.id) is None


def test_a_new_take_needs_a_new_approval_and_the_old_bytes_air_until_then(session: Session, edition: Edition) -> None:
    first = a_take(session, edition, name="một")
    approve(session, edition)
    second = a_take(session, edition, name="hai")
    assert edition.state is EditionState.MEASURED
    sound = approval.find_approved(session, edition.id)
    assert sound is not None
    assert sound.recording_sha256 == first.sha256
    approve(session, edition)
    sound = approval.find_approved(session, edition.id)
    assert sound is not None
    assert sound.recording_sha256 == second.sha256
    assert [item.recording_sha256 for item in edition.reviews] == [first.sha256, second.sha256]


def test_an_earlier_take_can_be_named_by_its_bytes(session: Session, edition: Edition) -> None:
    first = a_take(session, edition, name="một")
    a_take(session, edition, name="hai")
    assert approve(session, edition, sha256=first.sha256[:12].upper()).recording_sha256 == first.sha256
    sound = approval.find_approved(session, edition.id)
    assert sound is not None
    assert sound.recording_sha256 == first.sha256
    for wrong in ("0" * 64, first.sha256[:3]):
        with pytest.raises(UnknownRecording):
            approve(session, edition, sha256=wrong)


def test_the_same_bytes_are_not_approved_twice(session: Session, edition: Edition) -> None:
    a_take(session, edition, name="một")
    approve(session, edition)
    with pytest.raises(StepNotAllowed):
        approve(session, edition)


def test_a_take_that_is_refused_unmeasured_or_unrendered_cannot_be_approved(session: Session, edition: Edition) -> None:
    with pytest.raises(NoTakeYet):
        approve(session, edition)
    take = a_take(session, edition, name="một", state=RecordingState.RECEIVED, verdict=None, master_sha256=None)
    with pytest.raises(RecordingNotMeasured):
        approve(session, edition)
    take.state = RecordingState.MEASURED
    with pytest.raises(RecordingNotMeasured):
        approve(session, edition)
    take.state, take.verdict, take.code = RecordingState.REFUSED, Verdict.REFUSED, "silent"
    with pytest.raises(RecordingRefused) as refusal:
        approve(session, edition)
    assert refusal.value.facts["reason"] == "silent"
    assert count(session, Production) == 0


def test_a_newest_take_that_waits_is_not_passed_over_for_an_older_one(session: Session, edition: Edition) -> None:
    a_take(session, edition, name="một")
    a_take(session, edition, name="hai", state=RecordingState.RECEIVED, master_sha256=None)
    with pytest.raises(RecordingNotMeasured):
        approve(session, edition)


def test_a_flagged_take_can_be_approved(session: Session, edition: Edition) -> None:
    a_take(session, edition, name="một", verdict=Verdict.FLAGGED, findings=[{"code": "duration_outside_rule"}])
    approve(session, edition)
    assert edition.state is EditionState.APPROVED


def test_a_rejection_needs_a_reason_and_leaves_the_approved_bytes(session: Session, edition: Edition) -> None:
    first = a_take(session, edition, name="một")
    approve(session, edition)
    second = a_take(session, edition, name="hai")
    with pytest.raises(ReasonMissing), session.begin_nested():
        approval.reject(session, edition, reviewer="Mai", reason="  ", now=NOW)
    session.refresh(edition)
    review = approval.reject(session, edition, reviewer="Mai", reason="Đọc sai tên thủ tục", now=NOW)
    assert (review.recording_sha256, review.reason) == (second.sha256, "Đọc sai tên thủ tục")
    assert edition.state is EditionState.REJECTED
    sound = approval.find_approved(session, edition.id)
    assert sound is not None
    assert sound.recording_sha256 == first.sha256
    with pytest.raises(StepNotAllowed):
        approve(session, edition)
    approval.submit(edition)
    approve(session, edition)


def test_what_is_withdrawn_airs_no_more_but_stays_produced(session: Session, edition: Edition) -> None:
    a_take(session, edition, name="một")
    approve(session, edition)
    with pytest.raises(ReasonMissing), session.begin_nested():
        approval.withdraw(session, edition, reviewer="Mai", reason="", now=NOW)
    session.refresh(edition)
    approval.withdraw(session, edition, reviewer="Mai", reason="Thủ tục đã thay đổi", now=NOW)
    assert approval.find_approved(session, edition.id) is None
    assert count(session, Production) == 1
    with pytest.raises(StepNotAllowed):
        approve(session, edition)


def test_a_removed_episode_has_nothing_that_may_air(session: Session, series: Series) -> None:
    edition = make_edition(session, make_episode(session, series, number=7))
    assert approval.find_approved(session, edition.id) is not None
    programme.remove_episode(session, edition.episode, now=NOW)
    session.flush()
    assert approval.find_approved(session, edition.id) is None


# --- production: once, on the local day, in copied facts ----------------------------------------------------------
def test_only_the_first_approval_is_a_production(session: Session, edition: Edition) -> None:
    a_take(session, edition, name="một")
    approve(session, edition)
    a_take(session, edition, name="hai")
    approve(session, edition, now=NOW + timedelta(days=40))
    assert count(session, Production) == 1
    assert edition.first_approved_at == NOW


def test_a_production_counts_on_the_stations_day(session: Session, edition: Edition) -> None:
    """17:30 UTC on New Year's Eve is already the new year in Sơn La."""
    a_take(session, edition, name="một")
    approve(session, edition, now=datetime(2026, 12, 31, 17, 30, tzinfo=UTC))
    produced = session.scalars(select(Production)).one()
    assert produced.local_day == date(2027, 1, 1)


def test_a_production_keeps_the_names_of_its_day(session: Session, edition: Edition) -> None:
    a_take(session, edition, name="một")
    approve(session, edition)
    programme.rename_episode(session, edition.episode, title="Tên mới")
    programme.remove_episode(session, edition.episode, now=NOW)
    produced = session.scalars(select(Production)).one()
    assert (produced.title, produced.series_code, produced.language) == ("Đất đai", "cchc", "vi")
    assert produced.seconds == 500.0


def test_reviews_and_productions_cannot_be_changed_in_the_database(sessions: Sessions) -> None:
    with sessions.begin() as session:
        series = make_series(session)
        edition = programme.edition_of(an_episode(session, series), "vi")
        a_take(session, edition, name="một")
        approve(session, edition)
    for kind in (Review, Production):
        with pytest.raises(DBAPIError), sessions.begin() as session:
            session.delete(session.scalars(select(kind)).one())
    with pytest.raises(DBAPIError), sessions.begin() as session:
        session.scalars(select(Production)).one().title = "khác"

"""Closed books: closed only when nothing is open, changed by two persons only, and late reports are taken and told."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from scheduler.database import Sessions, open_sessions
from scheduler.domain.logbook import COLUMNS, EDITIONS, PLAYS
from scheduler.domain.people import Scope
from scheduler.domain.playout import Evidence, Reason
from scheduler.domain.reconciliation import OPEN
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import (
    AlreadyAsked,
    AlreadyDecided,
    BadField,
    BadPeriod,
    BooksClosed,
    CountersignNeeded,
    DeliveryChanged,
    LinesOpen,
    NotInLog,
    PeriodClosedAlready,
    PeriodNotOver,
    ReasonMissing,
    RequestsOpen,
    UnknownClose,
    UnknownRequest,
)
from scheduler.models import AsRunEntry, CorrectionRequest, PeriodClose, User
from scheduler.services import (
    as_run,
    closed_books,
    closing,
    countersigning,
    countersigning_view,
    counting,
    explaining,
    logbook,
    reconciliation,
)
from scheduler.services.countersigning import Wish
from tests.factories import NOW
from tests.services.books_station import DAY, LATER, NEXT_DAY, Books

WEEK_LATER = LATER + timedelta(days=7)


@pytest.fixture
def books(session: Session) -> Books:
    """A day on which all sounded but one zone, which has a reason."""
    books = Books(session)
    for zone in books.zones:
        for item in zone.languages:
            if (zone, item.language) != (books.hum, "vi"):
                books.report(zone, item.language)
    books.report(books.hum, "vi", seconds=0.0, reason=Reason.POWER_CUT)
    for number, name in enumerate(("Mai", "Hoa", "Inh"), start=1):
        session.add(User(id=number, login=name.lower(), name=name, active=True, created_at=NOW))
    session.flush()
    return books


def close(books: Books, first: date = DAY, last: date = DAY, **others: object) -> PeriodClose:
    said = {"by": "Hoa", "user_id": 2, "note": "quý IV", "now": LATER, **others}
    return closing.close(books.session, first, last, zone=STATION_ZONE, **said)  # type: ignore[arg-type]


def wish(books: Books, **others: object) -> Wish:
    """That Hụm did sound, by telephone."""
    said = {
        "airing_id": books.airing().id, "zone_id": books.hum.id, "after": 1, "seconds_sounded": 540.0, "reason": None,
        "note": "trưởng bản gọi lại", **others,
    }  # fmt: skip
    return Wish(**said)  # type: ignore[arg-type]


def ask(books: Books, asked: Wish | None = None, *, by: str = "Mai", user_id: int | None = 1) -> CorrectionRequest:
    return countersigning.ask(books.session, asked or wish(books), by=by, user_id=user_id, now=LATER)


def agree(
    books: Books, number: int, *, by: str = "Hoa", user_id: int | None = 2, **others: Scope
) -> CorrectionRequest:  # fmt: skip
    return countersigning.agree(
        books.session, number, by=by, user_id=user_id, now=WEEK_LATER, zone=STATION_ZONE, **others  # type: ignore[arg-type]
    )  # fmt: skip


def entries_of_hum(books: Books) -> list[AsRunEntry]:
    about = (AsRunEntry.airing_id == books.airing().id, AsRunEntry.zone_id == books.hum.id)
    return list(books.session.scalars(select(AsRunEntry).where(*about).order_by(AsRunEntry.attempt)))


# --- closing ----------------------------------------------------------------------------------------------------------
def test_a_close_keeps_the_numbers_as_they_are_then(books: Books) -> None:
    closed = close(books)
    counted = counting.count(books.session, first=DAY, last=DAY, zone=STATION_ZONE)
    assert closed.sentence == counted.sentence and closed.count["broadcast"] == dict(counted.broadcast) == {
        "vi": 1,
        "blt": 1,
    }
    assert closed.count["zones"] == {"sounded": 6, "partial": 0, "missed": 1}
    assert closed.count["rule"] == {"number": 1, "least_share": 0.9, "least_evidence": "handed_over"}
    assert (closed.closed_by, closed.note, closed.last_entry) == (
        "Hoa",
        "quý IV",
        closed_books.newest_entry(books.session),
    )
    assert [item.id for item in closed_books.find_closes(books.session)] == [closed.id]
    assert closing.get_close(books.session, closed.id) is closed
    with pytest.raises(UnknownClose):
        closing.get_close(books.session, 99)


def test_a_period_with_an_open_line_is_not_closed_until_it_is_answered_for(books: Books) -> None:
    late = books.plan(number=5, starts_in=timedelta(hours=1))
    books.report(books.tong, "vi", broadcast=late, seconds=0.0)
    with pytest.raises(LinesOpen) as refused:
        close(books, last=NEXT_DAY)
    assert refused.value.facts == {"number": 7, "days": "24/11/2026"}
    found = closing.preview(books.session, DAY, NEXT_DAY, now=LATER, zone=STATION_ZONE)
    assert (found.open, found.open_days, found.may_close) == (7, {DAY: 7}, False)
    book = reconciliation.reconcile(books.session, DAY, zone=STATION_ZONE, now=LATER, wanted=OPEN)
    explaining.explain(
        books.session, [(line.airing_id, line.zone_id) for line in book.lines], reason=Reason.POWER_CUT, note="gọi điện",
        by="Mai", user_id=1, now=LATER, zone=STATION_ZONE,
    )  # fmt: skip
    assert closing.preview(books.session, DAY, NEXT_DAY, now=LATER, zone=STATION_ZONE).may_close
    assert close(books, last=NEXT_DAY).last == NEXT_DAY


def test_days_that_are_not_over_are_not_closed(books: Books) -> None:
    with pytest.raises(PeriodNotOver):
        close(books, now=NOW + timedelta(hours=18, minutes=59))
    assert close(books, now=NOW + timedelta(hours=19)).first == DAY  # midnight at the station


def test_a_period_is_closed_once_and_by_somebody(books: Books) -> None:
    with pytest.raises(BadField):
        close(books, by=" ")
    with pytest.raises(BadPeriod):
        close(books, first=NEXT_DAY)
    close(books)
    with pytest.raises(PeriodClosedAlready):
        close(books)
    assert close(books, last=NEXT_DAY).id == 2  # a longer one, whose numbers are others


def test_closes_are_never_changed_or_removed(engine: Engine) -> None:
    with open_sessions(engine).begin() as session:
        closed = PeriodClose(
            first=DAY,
            last=DAY,
            closed_at=LATER,
            closed_by="Hoa",
            user_id=None,
            count={},
            sentence="",
            last_entry=0,
            note="",
        )
        session.add(closed)
    for statement in ("UPDATE period_close SET last_entry = 9", "DELETE FROM period_close"):
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))


def test_a_waiting_correction_keeps_the_next_close_back(books: Books) -> None:
    close(books)
    ask(books)
    with pytest.raises(RequestsOpen):
        close(books, last=NEXT_DAY)


# --- what one person may not -----------------------------------------------------------------------------------------
def test_one_person_alone_changes_nothing_in_closed_books(books: Books) -> None:
    close(books)
    before = len(books.session.scalars(select(AsRunEntry.id)).all())
    with pytest.raises(BooksClosed) as refused:
        as_run.correct(
            books.session, airing_id=books.airing().id, zone_id=books.hum.id, seconds_sounded=540.0, author="Mai",
            note="nghe rõ", now=LATER, zone=STATION_ZONE,
        )  # fmt: skip
    assert refused.value.facts["day"] == "24/11/2026"
    late = books.plan(number=6, starts_in=timedelta(hours=2))
    for source in ("manual", "import"):
        with pytest.raises(BooksClosed):
            as_run.record(
                books.session, [books.entry(books.tong, broadcast=late, source=source)], now=LATER, zone=STATION_ZONE
            )  # fmt: skip
    assert len(books.session.scalars(select(AsRunEntry.id)).all()) == before
    with pytest.raises(BooksClosed):
        closed_books.check_open(books.session, [NEXT_DAY, DAY])
    closed_books.check_open(books.session, [NEXT_DAY])
    assert closed_books.is_closed(books.session, DAY) and not closed_books.is_closed(books.session, NEXT_DAY)


def test_a_logbook_brings_nothing_that_was_made_into_closed_books(books: Books) -> None:
    def bring_in(day: str) -> None:
        line = [77, books.morning.episode.series.title, "vi", "09:00", day]
        sheets = {EDITIONS: [list(COLUMNS[EDITIONS]), line], PLAYS: [list(COLUMNS[PLAYS])]}
        logbook.import_logbook(books.session, sheets, by="Mai", now=LATER, zone=STATION_ZONE)

    closed = close(books)
    with pytest.raises(BooksClosed) as refused, books.session.begin_nested():
        bring_in("24/11/2026")
    assert refused.value.facts["day"] == "24/11/2026"
    assert closing.find_later(books.session, closed, zone=STATION_ZONE).count.produced == closed.count["produced"]
    bring_in("23/11/2026")


def test_the_books_of_other_days_stay_open(books: Books) -> None:
    close(books)
    tomorrow = books.plan(number=7, starts_in=timedelta(days=1))
    entry = books.report(books.tong, "vi", broadcast=tomorrow, recorded_at=LATER)
    assert as_run.correct(
        books.session, airing_id=entry.airing_id, zone_id=entry.zone_id, seconds_sounded=0.0, author="Mai",
        note="không nghe", now=LATER, zone=STATION_ZONE, reason=Reason.POWER_CUT,
    ) == 2  # fmt: skip


def test_a_late_report_is_taken_into_closed_books_and_told(books: Books) -> None:
    late = books.plan(number=8, starts_in=timedelta(hours=3))
    key = (next(item for item in late.airings if item.language == "vi").id, books.mong.id)
    book = reconciliation.reconcile(books.session, DAY, zone=STATION_ZONE, now=LATER, wanted=OPEN)
    keys = [(line.airing_id, line.zone_id) for line in book.lines]
    explaining.explain(
        books.session, [item for item in keys if item != key], reason=Reason.POWER_CUT, note="gọi điện", by="Mai", user_id=1,
        now=LATER, zone=STATION_ZONE,
    )  # fmt: skip
    explaining.explain(
        books.session, [key], reason=Reason.NEVER_REPORTED, note="không ai rõ", by="Mai", user_id=1, now=LATER, zone=STATION_ZONE
    )  # fmt: skip
    closed = close(books)
    assert not closing.find_later(books.session, closed, zone=STATION_ZONE).has_changed
    books.report(books.mong, "vi", broadcast=late, attempt=2, recorded_at=WEEK_LATER)
    later = closing.find_later(books.session, closed, zone=STATION_ZONE)
    assert [item.airing_id for item in later.entries] == [key[0]] and later.number == 1
    assert later.count.broadcast_total == closed.count["broadcast"]["vi"] + closed.count["broadcast"]["blt"] + 1
    book = reconciliation.reconcile(books.session, DAY, zone=STATION_ZONE, now=WEEK_LATER)
    line = next(line for line in book.lines if (line.airing_id, line.zone_id) == key)
    assert line.arrived_late and line.after_close and book.after_close == 1 and book.late_reports == 1


# --- two persons ------------------------------------------------------------------------------------------------------
def test_two_persons_correct_closed_books_by_a_new_entry_that_names_both(books: Books) -> None:
    closed = close(books)
    request = ask(books)
    assert len(entries_of_hum(books)) == 1  # nothing is in the log before the second person agrees
    agree(books, request.id)
    first, second = entries_of_hum(books)
    assert (first.seconds_sounded, first.reason) == (0.0, Reason.POWER_CUT)
    assert (second.recorded_by, second.countersigned_by, second.seconds_sounded) == ("Mai", "Hoa", 540.0)
    assert (second.evidence, second.note, second.source) == (Evidence.CONFIRMED, "trưởng bản gọi lại", "manual")
    assert (request.accepted, request.decided_by, request.decided_at) == (True, "Hoa", WEEK_LATER)
    later = closing.find_later(books.session, closed, zone=STATION_ZONE)
    assert [item.id for item in later.entries] == [second.id]
    assert as_run.check(books.session) == []


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        (("Mai", 1), ("Mai", 1)),
        (("Mai", 1), ("Mai viết khác", 1)),  # the account counts, not the name
        (("Mai", None), ("mai ", None)),  # on the machine there are only names
        (("Mai", 1), (" MAI", None)),
    ],
)
def test_nobody_agrees_to_their_own_request(
    books: Books, asked: tuple[str, int | None], agreed: tuple[str, int | None]
) -> None:  # fmt: skip
    close(books)
    request = ask(books, by=asked[0], user_id=asked[1])
    with pytest.raises(CountersignNeeded):
        agree(books, request.id, by=agreed[0], user_id=agreed[1])
    assert len(entries_of_hum(books)) == 1 and request.decided_at is None


def test_two_of_the_same_name_are_two(books: Books) -> None:
    close(books)
    agree(books, ask(books, by="Hoa", user_id=3).id, by="Hoa", user_id=2)
    assert len(entries_of_hum(books)) == 2


def test_a_refused_or_withdrawn_request_changes_nothing(books: Books) -> None:
    close(books)
    request = ask(books)
    with pytest.raises(ReasonMissing):
        countersigning.refuse(books.session, request.id, by="Hoa", user_id=2, now=LATER, note=" ")
    countersigning.refuse(books.session, request.id, by="Hoa", user_id=2, now=LATER, note="không có căn cứ")
    assert (request.accepted, request.decision_note) == (False, "không có căn cứ")
    for again in (agree, lambda b, n: countersigning.withdraw(b.session, n, by="Mai", user_id=1, now=LATER)):
        with pytest.raises(AlreadyDecided):
            again(books, request.id)
    second = ask(books)
    with pytest.raises(UnknownRequest):
        countersigning.withdraw(books.session, second.id, by="Hoa", user_id=2, now=LATER)
    countersigning.withdraw(books.session, second.id, by="Mai", user_id=1, now=LATER)
    assert len(entries_of_hum(books)) == 1


def test_what_came_meanwhile_is_not_overruled_unseen(books: Books) -> None:
    close(books)
    request = ask(books)
    books.report(books.hum, "vi", seconds=100.0, reason=Reason.LATE_START, attempt=2, recorded_at=LATER)
    with pytest.raises(DeliveryChanged):
        agree(books, request.id)
    assert [item.is_outdated for item in countersigning_view.find_open(books.session)] == [True]
    with pytest.raises(DeliveryChanged):
        ask(books)


def test_a_delivery_that_nobody_reported_is_first_told_by_two(books: Books) -> None:
    close(books)
    late = books.plan(number=9, starts_in=timedelta(hours=4))
    asked = wish(
        books, airing_id=books.airing("vi", late).id, zone_id=books.to1.id, after=0, seconds_sounded=300.0,
        reason=Reason.LATE_START, started_at=late.starts_at + timedelta(minutes=4),
    )  # fmt: skip
    request = ask(books, asked)
    assert countersigning_view.count_open_in(books.session, DAY, DAY, zone=STATION_ZONE) == 1
    (shown,) = countersigning_view.find_open(books.session)
    assert (shown.holds, shown.zone_code, shown.number) == (None, "TO1", 9)
    agree(books, request.id)
    entry = books.session.scalars(select(AsRunEntry).order_by(AsRunEntry.id.desc())).first()
    assert entry is not None
    assert (entry.attempt, entry.recorded_by, entry.countersigned_by, entry.seconds_sounded) == (1, "Mai", "Hoa", 300.0)
    assert entry.started_at == late.starts_at + timedelta(minutes=4)
    again = ask(books, wish(books, airing_id=asked.airing_id, zone_id=asked.zone_id, after=1, seconds_sounded=0.0))
    assert countersigning_view.count_open(books.session) == 1 and again.after == 1


def test_what_neither_plan_nor_log_know_cannot_be_asked_for(books: Books) -> None:
    close(books)
    with pytest.raises(NotInLog):
        ask(books, wish(books, airing_id=books.airing("blt").id, zone_id=books.to1.id, after=0))
    with pytest.raises(BadField):
        ask(books, wish(books, seconds_sounded=541.0))
    with pytest.raises(ReasonMissing):
        ask(books, wish(books, note=""))
    ask(books)
    with pytest.raises(AlreadyAsked):
        ask(books, by="Inh", user_id=3)


def test_requests_are_shown_and_decided_within_an_area(books: Books) -> None:
    close(books)
    request = ask(books)
    elsewhere = Scope(area_ids=frozenset({books.hua_la.id}))
    assert countersigning_view.find_open(books.session, elsewhere) == []
    with pytest.raises(UnknownRequest):
        agree(books, request.id, scope=elsewhere)
    agree(books, request.id, scope=Scope(area_ids=frozenset({books.xom.id})))
    (shown,) = countersigning_view.find_decided(books.session)
    assert (shown.request.id, shown.is_outdated, shown.holds and shown.holds.attempt) == (request.id, False, 2)
    assert countersigning_view.find_about(books.session, request.airing_id, request.zone_id) == [request]


def test_of_two_who_agree_the_first_writes(sessions: Sessions) -> None:
    with sessions.begin() as session:
        books = Books(session)
        books.report_all()
        close(books, user_id=None)
        request = ask(books, user_id=None).id
        airing, zone = books.airing().id, books.hum.id
    outcomes = []
    for name in ("Hoa", "Inh"):
        try:
            with sessions.begin() as session:
                countersigning.agree(session, request, by=name, user_id=None, now=WEEK_LATER, zone=STATION_ZONE)
                outcomes.append(name)
        except AlreadyDecided:
            outcomes.append("late")
    with sessions.begin() as session:
        about = (AsRunEntry.airing_id == airing, AsRunEntry.zone_id == zone)
        entries = session.scalars(select(AsRunEntry).where(*about).order_by(AsRunEntry.attempt)).all()
        assert outcomes == ["Hoa", "late"] and [item.countersigned_by for item in entries] == ["", "Hoa"]

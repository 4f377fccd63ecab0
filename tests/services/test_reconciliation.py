"""A day's plan and log laid beside each other: every line has a class, and what is open is asked for until answered."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from scheduler.database import Sessions, open_sessions
from scheduler.domain.people import Scope
from scheduler.domain.planning import BroadcastState
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.reconciliation import OPEN, LineClass
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadField, BooksClosed, NothingToAnswer, ReasonMissing
from scheduler.models import AsRunEntry, CorrectionRequest
from scheduler.services import as_run, closing, counting, explaining, outlook, reconciliation, unreported
from scheduler.services.reconciliation import DayBook
from tests.factories import NOW
from tests.services.books_station import AFTER, DAY, LATER, NEXT_DAY, Books


@pytest.fixture
def books(session: Session) -> Books:
    return Books(session)


def look(books: Books, day: date = DAY, **asked: object) -> DayBook:
    return reconciliation.reconcile(books.session, day, zone=STATION_ZONE, **{"now": LATER, **asked})  # type: ignore[arg-type]


def numbers(book: DayBook) -> dict[str, int]:
    return {kind.value: number for kind, number in book.numbers.items() if number}


def open_days(books: Books, **asked: object) -> dict[date, int]:
    found = reconciliation.open_days(
        books.session, DAY, NEXT_DAY, zone=STATION_ZONE, **{"now": LATER, **asked}  # type: ignore[arg-type]
    )  # fmt: skip
    for day in (DAY, NEXT_DAY):  # whatever is asked for, the two ways to count agree
        assert found.get(day, 0) == look(books, day, **asked).open
    return found


def explain(books: Books, keys: object = None, **others: object) -> explaining.Explained:
    if keys is None:
        keys = [(line.airing_id, line.zone_id) for line in look(books, wanted=OPEN).lines]
    said = {"reason": Reason.LINK_DOWN, "note": "trưởng bản gọi", "by": "Mai", "user_id": None, "now": LATER, **others}
    return explaining.explain(books.session, keys, zone=STATION_ZONE, **said)  # type: ignore[arg-type]


# --- classes ----------------------------------------------------------------------------------------------------------
def test_a_day_has_every_line_once_with_its_class(books: Books) -> None:
    books.one_of_each()
    book = look(books)
    assert numbers(book) == {
        "sounded": 2, "in_part": 2, "missed": 1, "no_reason": 1, "not_planned": 7, "never_reported": 1,
    }  # fmt: skip
    assert (book.open, book.total, book.found) == (2, 14, 14)
    assert book.reasons == {Reason.LATE_START: 1, Reason.POWER_CUT: 1}
    assert len({(line.airing_id, line.zone_id) for line in book.lines}) == 14
    assert [line.planned_at for line in book.lines] == sorted(line.planned_at for line in book.lines)


def test_before_its_end_nothing_is_asked_for(books: Books) -> None:
    book = look(books, now=NOW)
    assert numbers(book) == {"to_come": 7} and not book.open
    # At 05:15 the first edition is over, the second is not.
    assert numbers(look(books, now=NOW + timedelta(minutes=15))) == {"never_reported": 4, "to_come": 3}


def test_what_was_called_off_is_not_asked_for_and_is_not_planned_when_it_sounded_nevertheless(books: Books) -> None:
    books.morning.state = BroadcastState.CANCELLED
    books.report(books.mong, "vi")
    assert numbers(look(books)) == {"not_planned": 1}


def test_a_village_is_asked_for_although_its_broadcast_is_done(books: Books) -> None:
    for zone in (books.tong, books.hum, books.to1):
        for item in zone.languages:
            books.report(zone, item.language)
    books.morning.state = BroadcastState.DONE
    book = look(books, wanted=OPEN)
    assert {(line.zone_code, line.language) for line in book.lines} == {("MONG", "vi"), ("MONG", "blt")}


def test_only_the_classes_asked_for_are_listed_a_page_at_a_time(books: Books) -> None:
    books.one_of_each()
    everything = look(books).lines
    pages = [look(books, page=number, per_page=6).lines for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [6, 6, 2, 0] and [line for page in pages for line in page] == everything
    one = look(books, wanted={LineClass.MISSED}, per_page=6)
    assert (one.found, one.total) == (1, 14) and one.lines[0].reason is Reason.POWER_CUT


def test_who_sees_one_commune_sees_its_lines_only(books: Books) -> None:
    books.one_of_each()
    book = look(books, areas={books.hua_la.id})
    assert {line.zone_code for line in book.lines} == {"TO1", "MONG"} and book.open == 2
    assert look(books, areas={books.xom.id}).open == 0
    assert open_days(books, areas={books.xom.id}) == {}
    assert open_days(books, areas={books.hua_la.id}) == {DAY: 2}


def test_a_correction_takes_the_place_of_what_it_corrects(books: Books) -> None:
    entry = books.report(books.to1, seconds=0.0)
    as_run.correct(
        books.session, airing_id=entry.airing_id, zone_id=entry.zone_id, seconds_sounded=540.0, author="Mai",
        note="nghe rõ", now=AFTER, zone=STATION_ZONE,
    )  # fmt: skip
    line = next(line for line in look(books).lines if line.zone_code == "TO1")
    assert (line.kind, line.attempt, line.recorded_by) == (LineClass.SOUNDED, 2, "Mai")


def test_a_report_that_came_on_a_later_day_is_told(books: Books) -> None:
    books.report(books.mong, "vi", recorded_at=LATER)
    books.report(books.mong, "blt")
    book = look(books)
    assert book.late_reports == 1
    assert {line.language: line.arrived_late for line in book.lines if line.zone_code == "MONG"} == {
        "vi": True,
        "blt": False,
    }


def test_a_logbook_from_before_the_station_is_the_plan_of_its_days(books: Books) -> None:
    books.report(books.tong, source="import")
    books.morning.programmes.clear()
    books.session.flush()
    assert numbers(look(books)) == {"sounded": 1}


# --- days -------------------------------------------------------------------------------------------------------------
def test_open_days_are_counted_as_their_lines_are(books: Books) -> None:
    assert open_days(books) == {DAY: 7}
    books.one_of_each()
    books.plan(number=3, starts_in=timedelta(days=1))
    assert open_days(books) == {DAY: 2, NEXT_DAY: 7}


def test_today_is_not_among_the_open_days(books: Books) -> None:
    found = reconciliation.open_days(books.session, DAY, NEXT_DAY, zone=STATION_ZONE, now=NOW + timedelta(hours=5))
    assert found == {}


def test_the_dashboard_tells_of_yesterday_until_it_is_answered_for(books: Books) -> None:
    now = NOW + timedelta(days=1)
    told = [
        item for item in outlook.look(books.session, now=now, zone=STATION_ZONE).problems if item.code == "books_open"
    ]
    assert [(item.facts["day"], item.facts["number"]) for item in told] == [(DAY, 7)]
    explain(books, now=now)
    told = [
        item for item in outlook.look(books.session, now=now, zone=STATION_ZONE).problems if item.code == "books_open"
    ]
    assert told == []


def test_unexplained_entries_are_found_by_their_own_index(engine: Engine) -> None:
    said: list[tuple[str, object]] = []
    with open_sessions(engine)() as session, session.begin():
        books = Books(session)
        books.one_of_each()
        event.listen(engine, "before_cursor_execute", lambda *seen: said.append((seen[2], seen[3])))
        list(reconciliation._days_without_reason(session, DAY, NEXT_DAY, Scope(area_ids=None)))
        statement, values = said[-1]
        if engine.dialect.name == "postgresql":
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        explained = "EXPLAIN " if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        plan = session.connection().exec_driver_sql(explained + statement, values).all()  # type: ignore[arg-type]
        session.rollback()
    assert "ix_as_run_entry_unexplained" in str(plan)


# --- answers ----------------------------------------------------------------------------------------------------------
def test_an_answer_is_a_new_entry_by_name_and_the_old_one_stays(books: Books) -> None:
    before = books.report(books.to1, seconds=120.0, evidence=Evidence.STARTED)
    done = explain(books, [(before.airing_id, before.zone_id)])
    assert (done.written, done.asked) == (1, 0)
    entries = books.session.scalars(select(AsRunEntry).order_by(AsRunEntry.attempt)).all()
    assert [(item.attempt, item.reason, item.kind) for item in entries] == [
        (1, None, EntryKind.PARTIAL),
        (2, Reason.LINK_DOWN, EntryKind.CORRECTION),
    ]
    # Only the reason is new: nobody claims to have heard more than the machine did.
    assert (entries[1].seconds_sounded, entries[1].evidence, entries[1].recorded_by) == (120.0, Evidence.STARTED, "Mai")
    assert entries[1].note == "trưởng bản gọi"


def test_a_day_is_answered_for_at_once_and_counts_as_before(books: Books) -> None:
    books.one_of_each()
    before = counting.count(books.session, first=DAY, last=DAY, zone=STATION_ZONE).broadcast
    assert explain(books).written == 2
    book = look(books)
    assert book.open == 0 and numbers(book)["missed"] == 3 and open_days(books) == {}
    assert counting.count(books.session, first=DAY, last=DAY, zone=STATION_ZONE).broadcast == before
    assert as_run.check(books.session) == []


@pytest.mark.parametrize(
    ("reason", "evidence"), [(Reason.NEVER_REPORTED, Evidence.PLANNED), (Reason.POWER_CUT, Evidence.CONFIRMED)]
)
def test_who_says_that_nobody_knows_confirms_nothing(books: Books, reason: Reason, evidence: Evidence) -> None:
    explain(books, [(books.airing(books.mong.languages[0].language).id, books.mong.id)], reason=reason)
    entry = books.session.scalars(select(AsRunEntry)).one()
    assert (entry.kind, entry.reason, entry.evidence, entry.source) == (EntryKind.MISSED, reason, evidence, "manual")
    assert entry.planned_at == books.morning.starts_at and entry.seconds_planned == books.airing().seconds


def test_what_is_not_open_is_left_alone(books: Books) -> None:
    sounded, told = books.report(books.tong), books.report(books.hum, seconds=0.0, reason=Reason.POWER_CUT)
    with pytest.raises(NothingToAnswer):
        explain(books, [(item.airing_id, item.zone_id) for item in (sounded, told)])
    with pytest.raises(NothingToAnswer):
        explain(books, [(uuid4(), books.tong.id), (books.airing("blt").id, books.to1.id)])
    with pytest.raises(NothingToAnswer):
        explain(books, [(books.airing().id, books.mong.id)], now=NOW)
    assert len(books.session.scalars(select(AsRunEntry)).all()) == 2


def test_said_twice_it_is_written_once(books: Books) -> None:
    keys = [(books.airing().id, books.mong.id)] * 2
    assert explain(books, keys).written == 1
    with pytest.raises(NothingToAnswer):
        explain(books, keys)


def test_an_answer_has_a_name_and_says_where_it_comes_from(books: Books) -> None:
    with pytest.raises(BadField):
        explain(books, by="  ")
    with pytest.raises(ReasonMissing):
        explain(books, note=" ")


def test_nobody_answers_for_places_outside_of_their_areas(books: Books) -> None:
    books.report(books.to1, seconds=0.0)  # in the log without a reason, in another commune
    books.report(books.hum, seconds=0.0)
    keys = [(books.airing().id, zone.id) for zone in books.zones]
    done = explain(books, keys, scope=Scope(area_ids=frozenset({books.xom.id})))
    assert done.written == 2
    written = books.session.scalars(select(AsRunEntry).where(AsRunEntry.source == "manual"))
    assert {item.zone_code for item in written} == {"TONG", "HUM"}


def test_of_closed_days_a_second_person_is_asked(books: Books) -> None:
    explain(books)
    closing.close(books.session, DAY, DAY, by="Hoa", user_id=None, note="", now=LATER, zone=STATION_ZONE)
    late = books.plan(number=4, starts_in=timedelta(hours=2))
    done = explain(books, [(late.airings[0].id, books.tong.id)])
    assert (done.written, done.asked) == (0, 1)
    request = books.session.scalars(select(CorrectionRequest)).one()
    assert (request.after, request.reason, request.asked_by) == (0, Reason.LINK_DOWN, "Mai")
    assert explain(books, [(late.airings[0].id, books.tong.id)]).asked == 0  # it waits already


def test_unreported_deliveries_are_those_of_the_plan_without_an_entry(books: Books) -> None:
    books.report(books.tong)
    vi, blt = books.airing().id, books.airing("blt").id
    wanted = [
        (vi, books.tong.id),
        (vi, books.hum.id),
        (blt, books.hum.id),
        (blt, books.to1.id),
        (uuid4(), books.hum.id),
    ]
    found = unreported.find(books.session, wanted)
    assert set(found) == {(vi, books.hum.id), (blt, books.hum.id)}
    starts_at = books.morning.starts_at
    in_order = [item.language for item in books.hum.languages]
    first, second = (found[{"vi": vi, "blt": blt}[language], books.hum.id] for language in in_order)
    assert first.planned_at == starts_at and second.planned_at == starts_at + timedelta(seconds=first.seconds)
    books.morning.state = BroadcastState.CANCELLED
    assert unreported.find(books.session, wanted) == {}


def test_it_is_the_same_on_both_databases(sessions: Sessions) -> None:
    with sessions() as session, session.begin():
        books = Books(session)
        books.one_of_each()
        assert open_days(books) == {DAY: 2}
        assert explain(books).written == 2
        assert open_days(books) == {}
        closing.close(session, DAY, DAY, by="Hoa", user_id=None, note="", now=LATER, zone=STATION_ZONE)
        with pytest.raises(BooksClosed):
            as_run.record(session, [books.entry(books.mong, "blt", source="manual")], now=LATER, zone=STATION_ZONE)
        session.rollback()


def test_centuries_before_the_first_plan_are_not_gone_through(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[date] = []
    count = reconciliation.log_waiting.count_waiting
    monkeypatch.setattr(
        reconciliation.log_waiting,
        "count_waiting",
        lambda session, asked, *others, **more: looked.append(asked.first) or count(session, asked, *others, **more),
    )
    found = reconciliation.open_days(books.session, date(1900, 1, 1), NEXT_DAY, zone=STATION_ZONE, now=LATER)
    assert found == {DAY: 7} and looked == [DAY]

"""A person's word on deliveries: who said what is in the log as confirmed, singly, in bulk and from a workbook."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.confirmation import COLUMNS, CONFIRMATIONS, Waits, tell_source
from scheduler.domain.coverage import CarrierKind
from scheduler.domain.log_filter import LogFilter
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import (
    BadField,
    DeliveryChanged,
    LogbookProblems,
    NothingToConfirm,
    NotOverYet,
    UnknownDelivery,
)
from scheduler.models import AiringTally, AsRunEntry, CorrectionRequest, PeriodClose
from scheduler.services import as_run, confirm_import, confirming, confirming_view
from scheduler.services.confirming import Confirmation, Confirmed
from scheduler.services.unreported import Delivery
from scheduler.services.workbook import read_workbook, write_sheets
from tests.factories import NOW
from tests.services.test_log_waiting import DAY, Plan

LATER = NOW + timedelta(hours=1)
SOURCE = tell_source("ông Lò Văn Bun, trưởng bản", phone="0912 345 678")


@pytest.fixture
def plan(session: Session) -> Plan:
    return Plan(session)


def confirm(session: Session, deliveries: Sequence[Delivery], **others: Any) -> Confirmed:
    asked = {"sounded": True, "source": SOURCE, "by": "Mai", "now": LATER, "zone": STATION_ZONE, **others}
    return confirming.confirm(session, deliveries, **asked)


def all_of(plan: Plan) -> list[Delivery]:
    """Every delivery of the broadcast."""
    return [
        (airing.id, zone.id)
        for airing in plan.broadcast.airings
        for zone in (plan.tong, plan.hum, plan.to1)
        if airing.language in {item.language for item in zone.languages}
    ]


def entries(session: Session, key: Delivery) -> list[AsRunEntry]:
    found = select(AsRunEntry).where(AsRunEntry.airing_id == key[0], AsRunEntry.zone_id == key[1])
    return list(session.scalars(found.order_by(AsRunEntry.attempt)))


def waiting(session: Session, *, scope: Scope = EVERYWHERE, **asked: Any) -> confirming_view.FoundWaiting:
    others = {name: asked.pop(name) for name in ("page", "per_page", "now", "waits") if name in asked}
    wanted = LogFilter(**{"first": DAY, "last": DAY, **asked})
    return confirming_view.find(session, wanted, scope, zone=STATION_ZONE, **{"now": LATER, "waits": None, **others})


# --- what is said ---------------------------------------------------------------------------------------------------
def test_what_nobody_reported_is_confirmed_at_once_with_who_said_it(session: Session, plan: Plan) -> None:
    assert confirm(session, all_of(plan)) == Confirmed(written=5)
    for key in all_of(plan):
        (entry,) = entries(session, key)
        assert (entry.attempt, entry.kind, entry.evidence) == (1, EntryKind.SOUNDED, Evidence.CONFIRMED)
        assert (entry.source, entry.recorded_by, entry.recorded_at) == ("manual", "Mai", LATER)
        assert entry.note == "người báo: ông Lò Văn Bun, trưởng bản; điện thoại: 0912 345 678"
        assert (entry.seconds_sounded, entry.started_at) == (entry.seconds_planned, entry.planned_at)
    assert [row.counts for row in session.scalars(select(AiringTally))] == [True, True]
    assert as_run.check(session) == []


def test_what_the_sending_side_said_is_raised_to_confirmed_and_stays_below(session: Session, plan: Plan) -> None:
    plan.report(session, plan.tong, "vi")
    key = next(key for key in all_of(plan) if entries(session, key))
    confirm(session, [key])
    first, second = entries(session, key)
    assert (first.evidence, first.source) == (Evidence.COMPLETED, "plan")
    assert (second.kind, second.evidence, second.attempt) == (EntryKind.CORRECTION, Evidence.CONFIRMED, 2)
    assert second.started_at == first.started_at
    assert as_run.check(session) == []


def test_what_did_not_sound_in_full_has_seconds_and_a_reason(session: Session, plan: Plan) -> None:
    part, none = all_of(plan)[:2]
    confirm(session, [part], seconds=200.0, reason=Reason.POWER_CUT)
    confirm(session, [none], sounded=False, reason=Reason.EQUIPMENT_BROKEN)
    (entry,) = entries(session, part)
    assert (entry.kind, entry.seconds_sounded, entry.reason) == (EntryKind.PARTIAL, 200.0, Reason.POWER_CUT)
    (entry,) = entries(session, none)
    assert (entry.kind, entry.seconds_sounded, entry.started_at) == (EntryKind.MISSED, 0.0, None)
    assert entry.evidence is Evidence.CONFIRMED


@pytest.mark.parametrize(
    ("others", "field"),
    [
        ({"by": " "}, "by"),
        ({"source": " "}, "told_by"),
        ({"seconds": 9999.0, "reason": Reason.POWER_CUT}, "seconds_sounded"),
        ({"seconds": -1.0, "reason": Reason.POWER_CUT}, "seconds_sounded"),
        ({"sounded": False}, "reason"),
        ({"seconds": 100.0}, "reason"),
    ],
)
def test_half_said_is_not_written(session: Session, plan: Plan, others: dict[str, Any], field: str) -> None:
    with pytest.raises(BadField) as refused:
        confirm(session, all_of(plan), **others)
    assert refused.value.facts["field"] == field
    assert session.scalars(select(AsRunEntry)).all() == []


def test_a_form_sent_twice_is_written_once(session: Session, plan: Plan) -> None:
    confirm(session, all_of(plan))
    assert confirm(session, all_of(plan)) == Confirmed(known=5)
    assert len(session.scalars(select(AsRunEntry)).all()) == 5


def test_what_another_wrote_meanwhile_is_not_overruled_unseen(session: Session, plan: Plan) -> None:
    key = all_of(plan)[0]
    confirm(session, [key], sounded=False, reason=Reason.POWER_CUT, by="Hoa")
    mine = Confirmation(airing_id=key[0], zone_id=key[1], seconds=None, source=SOURCE, seen=0)
    with pytest.raises(DeliveryChanged) as refused:
        confirming.take(session, [mine], by="Mai", user_id=None, now=LATER, zone=STATION_ZONE)
    assert refused.value.facts["by"] == "Hoa"
    assert len(entries(session, key)) == 1


def test_what_may_still_sound_is_not_confirmed(session: Session, plan: Plan) -> None:
    with pytest.raises(NotOverYet):
        confirm(session, all_of(plan), now=NOW + timedelta(minutes=6))
    with pytest.raises(NothingToConfirm):
        confirm(session, [])


def test_neither_unknown_nor_foreign_deliveries_are_written(session: Session, plan: Plan) -> None:
    own = Scope(area_ids=frozenset({plan.hua_la.id}))
    mine = [key for key in all_of(plan) if key[1] == plan.to1.id]
    for deliveries in (all_of(plan), [(plan.broadcast.id, plan.to1.id)]):
        with pytest.raises(UnknownDelivery):
            confirm(session, deliveries, scope=own)
    plan.report(session, plan.tong, "vi")
    with pytest.raises(UnknownDelivery):
        confirm(session, [key for key in all_of(plan) if entries(session, key)], scope=own)
    assert confirm(session, mine, scope=own) == Confirmed(written=1)


def test_of_closed_days_a_second_person_is_asked(session: Session, plan: Plan) -> None:
    closed = {"closed_at": NOW, "closed_by": "Án", "count": {}, "sentence": "", "last_entry": 0, "note": ""}
    session.add(PeriodClose(first=DAY, last=DAY, **closed))
    session.flush()
    assert confirm(session, all_of(plan)) == Confirmed(asked=5)
    assert session.scalars(select(AsRunEntry)).all() == []
    assert {request.note for request in session.scalars(select(CorrectionRequest))} == {SOURCE}


# --- what waits -----------------------------------------------------------------------------------------------------
def test_what_waits_is_what_nobody_reported_or_nobody_heard(session: Session, plan: Plan) -> None:
    assert waiting(session, now=NOW).numbers == {Waits.REPORT: 0, Waits.CONFIRMATION: 0}
    found = waiting(session)
    assert (found.waits, found.number, {line.key for line in found.lines}) == (Waits.REPORT, 5, set(all_of(plan)))
    for zone, language in (
        (plan.tong, "vi"),
        (plan.tong, "blt"),
        (plan.hum, "vi"),
        (plan.hum, "blt"),
        (plan.to1, "vi"),
    ):
        plan.report(session, zone, language)
    plan.tong.carrier = CarrierKind.VILLAGE  # a box tells by itself
    session.flush()
    found = waiting(session)
    assert (found.waits, found.numbers) == (Waits.CONFIRMATION, {Waits.REPORT: 0, Waits.CONFIRMATION: 3})
    assert {line.attempt for line in found.lines} == {1}
    confirm(session, [found.lines[0].key])
    assert waiting(session).number == 2


def test_what_waits_is_filtered_paged_and_within_ones_areas(session: Session, plan: Plan) -> None:
    assert [line.zone_code for line in waiting(session, place="TO1").lines] == ["TO1"]
    assert waiting(session, area_id=plan.xom.id).number == 4
    assert waiting(session, language="blt").number == 2
    assert waiting(session, scope=Scope(area_ids=frozenset({plan.hua_la.id}))).number == 1
    pages = [waiting(session, page=page, per_page=2).lines for page in (1, 2, 3)]
    assert [len(lines) for lines in pages] == [2, 2, 1]
    assert len({line.key for lines in pages for line in lines}) == 5
    assert waiting(session, first=date(2026, 11, 23), last=date(2026, 11, 23)).number == 0


# --- who said it ----------------------------------------------------------------------------------------------------
def test_a_source_has_a_name_and_a_phone_that_is_one() -> None:
    assert tell_source("  Chị  Hoa ", note="nghe từ nhà văn hóa") == "người báo: Chị Hoa; nghe từ nhà văn hóa"
    for phone in ("gọi Zalo", "12", "0912x345"):
        with pytest.raises(BadField):
            tell_source("Chị Hoa", phone=phone)
    assert tell_source("Hoa", phone="+84 (0)212.3852.111")


# --- a workbook -----------------------------------------------------------------------------------------------------
class Book:
    """The workbook that the station offers, filled in."""

    def __init__(self, session: Session, path: Path) -> None:
        self.session, self.path = session, path
        wanted = LogFilter(first=DAY, last=DAY)
        lines = confirming_view.find_all(session, wanted, EVERYWHERE, waits=None, now=LATER, zone=STATION_ZONE)
        with path.open("wb") as stream:
            confirm_import.write_file(stream, lines, zone=STATION_ZONE)
        self.rows: list[list[Any]] = [list(row) for row in read_workbook(path)[CONFIRMATIONS][1:]]

    def fill(self, row: int, **cells: object) -> None:
        for column, value in cells.items():
            self.rows[row][COLUMNS.index(column.replace("_", " "))] = value

    def take(self, **others: Any) -> confirm_import.ImportedConfirmations:
        with self.path.open("wb") as stream:
            write_sheets(stream, {CONFIRMATIONS: (COLUMNS, self.rows)})
        asked = {"by": "Mai", "user_id": None, "now": LATER, "zone": STATION_ZONE, **others}
        return confirm_import.import_file(self.session, self.path, **asked)

    def problems(self, **others: Any) -> list[tuple[int | None, str | None, str]]:
        with pytest.raises(LogbookProblems) as refused:
            self.take(**others)
        found: Iterable[Any] = refused.value.facts["problems"]  # type: ignore[assignment]
        return [(item["row"], item["column"], item["code"]) for item in found]


@pytest.fixture
def book(session: Session, plan: Plan, tmp_path: Path) -> Book:
    return Book(session, tmp_path / "xac-nhan.xlsx")


def test_the_sheet_offered_is_the_sheet_that_is_read(session: Session, plan: Plan, book: Book) -> None:
    assert len(book.rows) == 5
    empty = book.take()
    assert (empty.done, empty.blank) == (Confirmed(), 5)
    for row in range(4):
        book.fill(row, kết_quả="đủ", người_báo="chị Hoa", điện_thoại=912345678)
    book.fill(3, kết_quả="Một phần", phát_được="03:20", lý_do="mất điện", bắt_đầu_lúc="05:40", ghi_chú="=1+1")
    done = book.take()
    assert (done.done, done.blank, len(done.lines)) == (Confirmed(written=4), 1, 4)
    written = session.scalars(select(AsRunEntry)).all()
    assert {entry.evidence for entry in written} == {Evidence.CONFIRMED}
    (part,) = [entry for entry in written if entry.reason is Reason.POWER_CUT]
    assert (part.seconds_sounded, part.note) == (200.0, "người báo: chị Hoa; điện thoại: 0912345678; =1+1")
    assert part.started_at is not None and f"{part.started_at.astimezone(STATION_ZONE):%H:%M}" == "05:40"
    assert book.take().done == Confirmed(known=4)
    assert as_run.check(session) == []


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(session: Session, plan: Plan, book: Book) -> None:
    book.fill(0, kết_quả="có lẽ", người_báo="Hoa", điện_thoại="Zalo")
    book.fill(1, kết_quả="không", người_báo="Hoa")
    book.fill(2, kết_quả="một phần", lý_do="mưa")
    book.fill(3, kết_quả="đủ", người_báo="Hoa", vùng="KHONG-CO")
    book.fill(4, kết_quả="đủ", người_báo="Hoa", giờ="11:11")
    book.rows.append([*book.rows[4]])
    book.rows.append([*book.rows[4]])
    later = waiting(session, place="TO1").lines[0].planned_at.astimezone(STATION_ZONE)
    for row in (5, 6):
        book.fill(
            row,
            vùng="TO1",
            ngôn_ngữ="vi",
            giờ=f"{later:%H:%M}",
            kết_quả="một phần",
            phát_được="59:00",
            lý_do="mất điện",
        )
    assert set(book.problems()) == {
        (2, "kết quả", "confirm_not_a_result"),
        (2, "điện thoại", "confirm_not_a_phone"),
        (3, "lý do", "confirm_reason_missing"),
        (4, "người báo", "logbook_cell_empty"),
        (4, "phát được", "logbook_cell_empty"),
        (4, "lý do", "confirm_not_a_reason"),
        (5, "vùng", "confirm_zone_unknown"),
        (6, "giờ", "confirm_not_planned"),
        (7, "phát được", "logbook_sounded_too_long"),
        (8, "vùng", "confirm_twice"),
        (8, "phát được", "logbook_sounded_too_long"),
    }
    assert session.scalars(select(AsRunEntry)).all() == []


def test_what_a_person_confirmed_otherwise_and_what_is_not_over_are_problems(
    session: Session, plan: Plan, book: Book
) -> None:  # fmt: skip
    book.fill(0, kết_quả="đủ", người_báo="Hoa")
    assert book.problems(now=NOW) == [(2, "giờ", "confirm_not_over")]
    confirm(session, all_of(plan), sounded=False, reason=Reason.POWER_CUT)
    assert book.problems() == [(2, "kết quả", "confirm_contradicts")]
    foreign = Scope(area_ids=frozenset({plan.hua_la.id}))
    book.fill(1, kết_quả="đủ", người_báo="Hoa")
    assert {code for *_, code in book.problems(scope=foreign)} <= {"confirm_zone_unknown", "confirm_contradicts"}


def test_another_workbook_is_told_what_lacks(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "khac.xlsx"
    for sheets, codes in (
        ({"Khác": (("a",), [])}, {"logbook_sheet_missing"}),
        ({CONFIRMATIONS: (("ngày", "giờ", "ngày"), [])}, {"logbook_column_twice", "logbook_column_missing"}),
    ):
        with path.open("wb") as stream:
            write_sheets(stream, sheets)
        with pytest.raises(LogbookProblems) as refused:
            confirm_import.import_file(session, path, by="Mai", user_id=None, now=LATER, zone=STATION_ZONE)
        assert {item["code"] for item in refused.value.facts["problems"]} == codes  # type: ignore[attr-defined]

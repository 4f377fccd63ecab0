"""The printed log: a line an airing, summed over the zones asked for, with reasons, makers, what waits and the seals."""

import io
from collections import Counter
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.documents import log_sheet_pdf, log_sheet_xlsx, week_pdf
from scheduler.domain.counting import Outcome, outcome_of
from scheduler.domain.people import EVERYWHERE, Scope
from scheduler.domain.periods import Period
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.programme import Decision
from scheduler.domain.time import STATION_ZONE
from scheduler.domain.week import Entry, EntryState, EpisodeNamed
from scheduler.errors import BadPeriod, TooManyDays
from scheduler.models import AsRunEntry, Review, Seal
from scheduler.services import as_run, log_sheet, report
from scheduler.services.log_sheet import LogSheet
from scheduler.services.office import Office
from scheduler.services.week import Week
from tests.documents.papers import texts_of
from tests.factories import NOW, make_area, make_broadcast, make_zone
from tests.services.log_station import LogStation, fill_log
from tests.web.station import an_entry, make_editions

FIRST, LAST = date(2025, 12, 1), date(2025, 12, 31)
TODAY = date(2026, 11, 24)
OFFICE = Office(agency_name="Ủy ban nhân dân phường Chiềng An")


@pytest.fixture
def log(session: Session) -> LogStation:
    return fill_log(session, seed=5)


def read(session: Session, first: date = FIRST, last: date = LAST, scope: Scope = EVERYWHERE) -> LogSheet:
    return log_sheet.read_sheet(session, first, last, scope=scope, zone=STATION_ZONE)


def holding(session: Session, *, areas: set[int] | None = None) -> list[AsRunEntry]:
    """The last word on each delivery of the month, recounted entry by entry."""
    latest: dict[tuple[object, int], AsRunEntry] = {}
    for entry in session.scalars(select(AsRunEntry).order_by(AsRunEntry.attempt)):
        if FIRST <= entry.local_day <= LAST and (areas is None or entry.area_id in areas):
            latest[entry.airing_id, entry.zone_id] = entry
    return list(latest.values())


@pytest.mark.parametrize("where", ["everywhere", "one commune"])
def test_the_sums_are_those_of_a_recount(session: Session, log: LogStation, where: str) -> None:
    areas = None if where == "everywhere" else {log.communes[0].id}
    found = read(session, scope=Scope(area_ids=None if areas is None else frozenset(areas)))
    entries = holding(session, areas=areas)
    outcomes = Counter(
        outcome_of(item.kind, sounded=item.seconds_sounded, planned=item.seconds_planned) for item in entries
    )
    assert len(found.lines) == len({item.airing_id for item in entries}) > 10
    assert sum(line.zones_sounded for line in found.lines) == outcomes[Outcome.SOUNDED] > 0
    assert sum(line.zones_partial for line in found.lines) == outcomes[Outcome.PARTIAL] > 0
    assert sum(line.zones_missed for line in found.lines) == outcomes[Outcome.MISSED] > 0
    assert sum(line.corrected for line in found.lines) == sum(item.attempt > 1 for item in entries) > 0
    reasons: Counter[Reason] = Counter()
    for line in found.lines:
        reasons.update(line.reasons)
    assert reasons == Counter(item.reason for item in entries if item.reason is not None)
    assert {name for line in found.lines for name in line.confirmed_by} == {
        item.recorded_by for item in entries if item.attempt > 1
    }


def test_both_databases_sum_alike(sessions: Sessions) -> None:
    with sessions.begin() as session:
        fill_log(session, seed=5)
        found, entries = read(session), holding(session)
        values = report.read_report(session, Period(first=FIRST, last=LAST), zone=STATION_ZONE, now=NOW)
    assert len(found.lines) == len({item.airing_id for item in entries})
    heard = {item.zone_id for item in entries if item.seconds_sounded > 0 and not item.exercise}
    assert (values.coverage.zones, values.coverage.loudspeakers) == (len(heard), 2 * len(heard))


def test_lines_stand_in_the_order_of_the_days(session: Session, log: LogStation) -> None:
    found = read(session)
    assert [line.planned_at for line in found.lines] == sorted(line.planned_at for line in found.lines)
    assert list(found.days()) == sorted(found.days())


def test_a_day_is_called_sealed_only_when_its_newest_entry_is(session: Session, log: LogStation) -> None:
    found = read(session)
    assert found.seals == {}
    days = list(found.days())
    newest = {
        day: max(entry.id for entry in holding(session) if entry.local_day == day) for day in days
    }  # fmt: skip
    middle = sorted(newest.values())[len(newest) // 2]
    for number, until in ((1, middle - 1), (2, middle)):
        session.add(
            Seal(
                id=number, day=date(2026, 1, number), entries_after=0, entries_until=until, entries=0,
                productions_after=0, productions_until=0, productions=0, root="", marks=b"", previous="", statement="",
                signature="", key="", sealed_at=NOW,
            )
        )  # fmt: skip
    session.flush()
    assert read(session).seals == {
        day: (1 if entry <= middle - 1 else 2) for day, entry in newest.items() if entry <= middle
    }


def a_broadcast(session: Session, title: str = "Đăng ký khai sinh") -> LogSheet:
    """Two zones are to hear it this morning; one of them tells that the electricity was off, the other nothing yet."""
    area = make_area(session, name="Chiềng An", kind="commune")
    zones = [make_zone(session, code=f"K{n}", name=f"Bản {n}", area=area) for n in (1, 2)]
    editions = make_editions(session, title=title)
    editions[1].title = "ꪹꪎꪷꪙꪨꪱ"
    editions[0].credits = {"reader": "Lò Thị Hoa"}
    broadcast = make_broadcast(session, editions=editions, zones=tuple(zones))
    vi = next(airing for airing in broadcast.airings if airing.language == "vi")
    for edition, sha256, reviewer in ((editions[0], vi.recording_sha256, "Cầm Văn Tuấn"), (editions[0], "0" * 64, "X")):
        session.add(
            Review(
                edition_id=edition.id, recording_sha256=sha256, master_sha256=None, reviewer=reviewer,
                decision=Decision.APPROVED, reason="", decided_at=NOW,
            )
        )  # fmt: skip
    entry = an_entry(vi, zones[0], at=NOW, kind=EntryKind.MISSED, reason=Reason.POWER_CUT)
    as_run.record(session, [entry], now=NOW, zone=STATION_ZONE)
    session.flush()
    return read(session, TODAY, TODAY)


def test_what_waits_stands_beside_what_is_known_with_reader_and_approver(session: Session) -> None:
    found = a_broadcast(session)
    vi, thai = sorted(found.lines, key=lambda line: line.language, reverse=True)
    assert (vi.zones_missed, vi.zones_waiting, vi.reasons) == (1, 1, {Reason.POWER_CUT: 1})
    assert vi.readers == "Lò Thị Hoa"
    assert (thai.zones_waiting, thai.zones_sounded, thai.title) == (2, 0, "ꪹꪎꪷꪙꪨꪱ")
    assert vi.approver == "Cầm Văn Tuấn", "of the bytes that are planned, not of a later take"


def test_the_sheet_prints_all_of_it_thai_letters_too(session: Session) -> None:
    found = a_broadcast(session)
    pdf = log_sheet_pdf.write_sheet(found, OFFICE, where="Chiềng An", station="", zone=STATION_ZONE, made_at=NOW)
    (told,) = texts_of(pdf)
    for part in (
        "ỦY BAN NHÂN DÂN PHƯỜNG CHIỀNG AN SỔ NHẬT KÝ PHÁT SÓNG", "Địa bàn: Chiềng An", "Thứ Ba, ngày 24/11/2026",
        "chưa niêm phong hết", "ꪹꪎꪷꪙꪨꪱ", "tự sản xuất", "Lò Thị Hoa", "mất điện: 1 vùng", "1 vùng không phát;",
        "2 vùng chưa", "NGƯỜI LẬP SỔ",
    ):  # fmt: skip
        assert part in told, part


def test_the_workbook_has_days_times_and_numbers_and_no_formula(session: Session) -> None:
    body = log_sheet_xlsx.write_sheet(a_broadcast(session, title="=1+1"), where="", zone=STATION_ZONE)
    sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    head, *rows = list(sheet.iter_rows(min_row=3, values_only=True))
    line = dict(zip(head, next(row for row in rows if row[8] == "phổ thông"), strict=True))
    assert line["Tên số"] == "=1+1" and line["Ngày"].date() == TODAY
    assert line["Giờ kế hoạch"].hour == 5 and line["Vùng không phát"] == 1 and line["Vùng chưa có kết quả"] == 1


@pytest.mark.parametrize(
    ("last", "error"), [(FIRST - timedelta(days=1), BadPeriod), (FIRST + timedelta(days=31), TooManyDays)]
)
def test_only_a_week_or_a_month_is_printed(session: Session, last: date, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(session, FIRST, last)


def test_days_without_a_broadcast_make_an_empty_sheet(session: Session) -> None:
    body = log_sheet_pdf.write_sheet(read(session), OFFICE, where="", station="", zone=STATION_ZONE, made_at=NOW)
    assert "Không có buổi phát nào" in texts_of(body)[0]


# --- the week -------------------------------------------------------------------------------------------------------
def an_item(**more: object) -> Entry:
    at = NOW.replace(hour=22, minute=30)  # 05:30 of the next day at the station
    plain = {
        "slot_id": 1, "slot_code": "sang", "occurrence_on": TODAY + timedelta(days=1), "broadcast_id": None,
        "title": "Buổi sáng", "starts_at": at, "ends_at": at + timedelta(minutes=20), "usual_at": None,
        "state": EntryState.PLANNED, "priority": 1, "languages": ("blt", "vi"),
        "episode": EpisodeNamed(id=1, year=2026, number=12, title="ꪹꪎꪷꪙꪨꪱ hôm nay"),
    }  # fmt: skip
    return Entry(**{**plain, **more})  # type: ignore[arg-type]


def test_the_week_hangs_on_the_wall_with_what_differs() -> None:
    moved = an_item(
        slot_id=2, title="Buổi chiều", starts_at=NOW + timedelta(hours=12), usual_at=NOW + timedelta(hours=13),
        state=EntryState.CANCELLED, priority=3, exercise=True,
    )  # fmt: skip
    week = Week(first=date(2026, 11, 23), last=date(2026, 11, 29), entries=(an_item(), moved), is_behind=False)
    pdf = week_pdf.write_week(week, Office(), where="", station="Đài mẫu", zone=STATION_ZONE, made_at=NOW)
    (told,) = texts_of(pdf)
    for part in (
        "ĐÀI MẪU LỊCH PHÁT SÓNG TUẦN", "Từ ngày 23/11/2026 đến ngày 29/11/2026", "Thứ Hai 23/11", "Chủ nhật 29/11",
        "05:30", "17:00", "ꪹꪎꪷꪙꪨꪱ",
    ):  # fmt: skip
        assert part in told, part
    assert week_pdf.tell_entry(moved, STATION_ZONE) == (
        "Buổi chiều; số 12/2026: ꪹꪎꪷꪙꪨꪱ hôm nay; tiếng phổ thông, tiếng Thái; mức khẩn cấp; phát thử; "
        "dời từ 18:00 24/11; (đã hủy)"
    )

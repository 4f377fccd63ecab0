"""The exchange with the central information system over real HTTP, against a server that speaks its fields."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from scheduler import central, exchange
from scheduler.config import Settings, load_settings
from scheduler.database import Sessions
from scheduler.domain.central import MessageKind
from scheduler.domain.playout import EntryKind, Reason
from scheduler.domain.reach import BulletinState
from scheduler.domain.time import STATION_ZONE
from scheduler.errors import BadSettings, BulletinDecided, CentralAway, CentralRefused, ReasonMissing, UnknownBulletin
from scheduler.exchange import Exchange
from scheduler.models import AsRunEntry, CentralMessage, ReceivedBulletin
from scheduler.services import as_run, bulletins, central_outbox
from tests import central_stub
from tests.central_stub import Stub
from tests.factories import NOW, make_broadcast, make_series, make_zone
from tests.web.station import an_entry, make_editions

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with central_stub.serve() as stub:
        yield stub


@pytest.fixture
def settings(stub: Stub, tmp_path: Path) -> Settings:
    return load_settings(
        {"LOABAN_HOME": str(tmp_path), "LOABAN_CENTRAL_URL": stub.url, "LOABAN_CENTRAL_SOURCE": "SL-01"}
    )


@pytest.fixture
def going(sessions: Sessions, settings: Settings) -> Exchange:
    """An exchange that has begun: what is logged from now on is told."""
    with sessions.begin() as session:
        make_series(session)
        make_zone(session, code="HUM", name="Bản Hụm")
    exchange = Exchange(sessions, settings=settings)
    exchange.turn(NOW)
    return exchange


def air(sessions: Sessions, *, kind: EntryKind = EntryKind.SOUNDED, reason: Reason | None = None) -> list[AsRunEntry]:
    with sessions.begin() as session:
        zone = session.scalars(select(exchange.central_outbox.Zone)).one()
        broadcast = make_broadcast(session, editions=make_editions(session), zones=(zone,), starts_in=timedelta(0))
        entries = [an_entry(a, zone, at=broadcast.starts_at, kind=kind, reason=reason) for a in broadcast.airings]
        as_run.record(session, entries, now=NOW, zone=STATION_ZONE)
        return list(session.scalars(select(AsRunEntry)))


def details(item: dict[str, Any]) -> dict[str, str]:
    return {detail["Ten"]: detail["GiaTri"] for detail in item["ThongTinChiTietBanTin"]}


def test_what_was_aired_is_told_once_in_their_fields(sessions: Sessions, going: Exchange, stub: Stub) -> None:
    entries = air(sessions)
    going.turn(LATER)
    going.turn(LATER + timedelta(minutes=1))
    assert len(stub.log) == len(entries) == 2
    told = next(item for item in stub.log if details(item)["NgonNgu"] == "blt")
    assert (told["NguonID"], told["CumLoaID"], told["TenThietBi"]) == ("SL-01", "HUM", "Bản Hụm")
    assert (told["LoaiBanTin"], told["MucDoUuTien"], told["ThoiLuong"]) == (3, 3, "00:09:00")
    assert told["ThoiDiemBatDau"] == int(NOW.timestamp())
    assert details(told)["ThoiDiemKetThuc"] == str(int(NOW.timestamp()) + 540)
    assert details(told)["MucChungCu"] == "completed"


def test_what_was_before_the_first_look_is_not_told(sessions: Sessions, settings: Settings, stub: Stub) -> None:
    with sessions.begin() as session:
        make_series(session)
        make_zone(session)
    air(sessions)
    Exchange(sessions, settings=settings).turn(LATER)
    assert stub.log == []


def test_an_answer_that_is_lost_makes_it_come_again_under_the_same_number(
    sessions: Sessions, going: Exchange, stub: Stub
) -> None:
    air(sessions, kind=EntryKind.MISSED, reason=Reason.POWER_CUT)
    stub.loses_answers = 1
    with pytest.raises(CentralAway):
        going.turn(LATER)
    assert going._try(lambda: going.turn(LATER + timedelta(seconds=30))) is None, "not due again yet"
    assert len(stub.log) == 2
    going.turn(LATER + timedelta(minutes=2))
    assert len(stub.log) == 4
    assert len({item["MaBanGhi"] for item in stub.log}) == 2
    assert details(stub.log[0])["LyDo"] == "power_cut"


def test_it_goes_on_after_days_away_in_the_order_of_the_log(sessions: Sessions, going: Exchange, stub: Stub) -> None:
    entries = air(sessions)
    stub.down = True
    for days in range(3):
        with pytest.raises(CentralAway):
            going.turn(LATER + timedelta(days=days))
    stub.down = False
    going.turn(LATER + timedelta(days=4))
    assert [item["BanTinID"] for item in stub.log] == [str(entry.airing_id) for entry in entries]
    with sessions.begin() as session:
        waiting = session.scalars(select(CentralMessage).where(CentralMessage.next_at.is_not(None))).all()
    assert waiting == []


def test_a_line_that_is_not_wanted_keeps_no_other(sessions: Sessions, going: Exchange, stub: Stub) -> None:
    air(sessions)
    stub.refuses = '"GiaTri": "blt"'
    going.turn(LATER)
    assert [details(item)["NgonNgu"] for item in stub.log] == ["vi"]
    with sessions.begin() as session:
        waiting, problem = exchange.central_outbox.count_waiting(session)
    assert waiting == 1 and "dữ liệu sai" in problem
    stub.refuses = ""
    going.turn(LATER + timedelta(hours=2))
    assert len(stub.log) == 2


def test_a_token_that_is_over_is_renewed(sessions: Sessions, going: Exchange, stub: Stub) -> None:
    air(sessions)
    stub.token = "t-2"
    going.turn(LATER)
    assert (len(stub.log), stub.logins) == (2, 2)


def test_a_wrong_password_is_told_and_nothing_is_lost(sessions: Sessions, going: Exchange, stub: Stub) -> None:
    air(sessions)
    wrong = central.build(stub.url.replace("m%40t", "wrong"), source="x", name="x")
    with pytest.raises(CentralAway):
        Exchange(sessions, settings=load_settings({}), system=wrong).turn(LATER)
    going.turn(LATER + timedelta(hours=2))
    assert len(stub.log) == 2


def test_how_zones_are_is_told_when_it_changes_and_now_and_then(
    sessions: Sessions, going: Exchange, stub: Stub
) -> None:  # fmt: skip
    assert stub.status["HUM"]["TrangThaiHoatDong"] == central.STOPPED
    assert stub.status["HUM"]["TrangThaiKetNoi"] is None, "such a carrier tells nothing"
    stub.status.clear()
    going.turn(NOW + timedelta(minutes=1))
    assert stub.status == {}
    with sessions.begin() as session:
        session.scalars(select(exchange.central_outbox.Zone)).one().active = False
    going.turn(NOW + timedelta(minutes=2))
    assert stub.status["HUM"]["TrangThaiHoatDong"] == central.PAUSED
    stub.status.clear()
    going.turn(NOW + timedelta(minutes=40))
    assert "HUM" in stub.status


# --- what comes in ----------------------------------------------------------------------------------------------------
URGENT = {
    "BanTinID": "B-1", "LoaiBanTin": 3, "MucDoUuTien": 1, "TieuDe": "Lũ về", "NoiDung": "Rời bờ suối ngay",
    "TepAmThanh": base64.b64encode(b"RIFF").decode(),
}  # fmt: skip
WEEK = {"BanTinID": "L-1", "MucDoUuTien": 3, "TieuDe": "Lịch", "LichPhat": [{"Thu": 1, "Gio": "05:00"}]}


def received(sessions: Sessions) -> dict[str, ReceivedBulletin]:
    with sessions.begin() as session:
        rows = session.scalars(select(ReceivedBulletin)).all()
        for row in rows:
            _ = row.sound
        session.expunge_all()
        return {row.outside_id: row for row in rows}


def test_a_status_that_changed_while_it_was_sent_stays_to_be_told(sessions: Sessions, going: Exchange) -> None:
    with sessions.begin() as session:
        status = session.scalars(select(CentralMessage).where(CentralMessage.kind == MessageKind.STATUS.value)).one()
        status.made_at = status.next_at = LATER
        number = status.id
    for sent_at, waits in ((NOW, True), (LATER, False)):
        with sessions.begin() as session:
            central_outbox.note_taken(session, MessageKind.STATUS, [number], now=sent_at)
        with sessions.begin() as session:
            assert (session.get_one(CentralMessage, number).next_at is not None) is waits


def test_what_comes_in_waits_for_an_operator_the_urgent_first(sessions: Sessions, going: Exchange, stub: Stub) -> None:
    stub.incoming = [WEEK, URGENT, {"TieuDe": "without a number"}]
    going.turn(LATER)
    going.turn(LATER)
    kept = received(sessions)
    assert sorted(kept) == ["B-1", "L-1"]
    assert (kept["B-1"].priority, kept["B-1"].sound, kept["B-1"].kind) == (3, b"RIFF", "bulletin")
    assert kept["L-1"].body["LichPhat"] == [{"Thu": 1, "Gio": "05:00"}], "as it came: vendors number days differently"
    assert kept["L-1"].kind == "plan"
    with sessions.begin() as session:
        assert [row.outside_id for row in bulletins.find(session)[0]] == ["B-1", "L-1"]
        assert bulletins.count_waiting(session) == (2, 1)
    assert stub.answers == []


def test_a_decision_is_made_once_and_told_once(sessions: Sessions, going: Exchange, stub: Stub) -> None:
    stub.incoming = [URGENT, WEEK]
    going.turn(LATER)
    numbers = {outside: row.id for outside, row in received(sessions).items()}
    with sessions.begin() as session:
        bulletins.decide(session, numbers["B-1"], accepted=True, by="Mai", reason="", now=LATER)
        with pytest.raises(ReasonMissing):
            bulletins.decide(session, numbers["L-1"], accepted=False, by="Mai", reason=" ", now=LATER)
        bulletins.decide(session, numbers["L-1"], accepted=False, by="Mai", reason="trùng giờ", now=LATER)
        with pytest.raises(BulletinDecided):
            bulletins.decide(session, numbers["B-1"], accepted=False, by="Nam", reason="x", now=LATER)
        with pytest.raises(UnknownBulletin):
            bulletins.decide(session, 99, accepted=True, by="Mai", reason="", now=LATER)
    going.turn(LATER)
    going.turn(LATER)
    told = [(item["BanTinID"], item["ChapNhan"], item["LyDo"]) for item in stub.answers]
    assert told == [("B-1", True, ""), ("L-1", False, "trùng giờ")]
    assert received(sessions)["B-1"].state is BulletinState.ACCEPTED


@pytest.mark.parametrize("priority", [1, 9, None, "1", True])
def test_a_level_that_nobody_knows_is_an_ordinary_one(priority: object) -> None:
    told = central.read_incoming({"BanTinID": "x", "MucDoUuTien": priority, "TepAmThanh": "không phải base64"})
    assert told.priority == (3 if priority is not None and priority in (1, True) and priority != "1" else 1)
    assert told.sound is None


# --- the adapter that a station replaces --------------------------------------------------------------------------------
def test_a_station_may_bring_an_adapter_of_its_own(sessions: Sessions, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "class Own:\n"
        "    def __init__(self): self.lines = []\n"
        "    def send_status(self, statuses): pass\n"
        "    def send_log(self, lines): self.lines += lines\n"
        "    def fetch(self): return []\n"
        "    def answer(self, outside_id, *, accepted, reason): pass\n"
        "def build(url, *, source, name): return Own()\n",
        encoding="utf-8",
    )
    settings = load_settings({"LOABAN_CENTRAL_URL": "https://x", "LOABAN_CENTRAL_ADAPTER": str(own)})
    assert type(exchange.open_central(settings, name="x")).__name__ == "Own"
    missing = load_settings({"LOABAN_CENTRAL_URL": "https://x", "LOABAN_CENTRAL_ADAPTER": str(tmp_path / "none.py")})
    with pytest.raises(BadSettings):
        exchange.open_central(missing, name="x")


def test_what_does_not_answer_in_their_fields_is_away_or_refuses(stub: Stub) -> None:
    system = central.build(stub.url, source="x", name="x")
    stub.refuses = "DanhSach"
    with pytest.raises(CentralRefused):
        system.send_log([])
    nobody = central.build("http://127.0.0.1:9", source="x", name="x")
    with pytest.raises(CentralAway):
        nobody.fetch()


def test_a_sign_that_no_database_takes_keeps_no_bulletin_out(
    sessions: Sessions, going: Exchange, stub: Stub
) -> None:  # fmt: skip
    stub.incoming = [
        {"BanTinID": "1\0", "TieuDe": "a\0b", "NoiDung": ["\ud800", {"\udfff": float("nan")}]},
        {"BanTinID": "2", "TieuDe": "Tin lũ 🌊"},
    ]
    going.turn(LATER)
    with sessions.begin() as session:
        found = session.scalars(select(ReceivedBulletin).order_by(ReceivedBulletin.id)).all()
        assert [item.title for item in found] == ["a\ufffdb", "Tin lũ 🌊"]
        assert found[0].body["NoiDung"] == ["\ufffd", {"\ufffd": None}]


def test_an_answer_that_is_nested_without_end_is_no_answer() -> None:
    assert central._as_object(b"[" * 200_000) == {}

"""The adapter of the central information system (hệ thống thông tin nguồn): its fields, its addresses, its numbers.

One file on purpose. The guidance for such systems was not at hand when this was written: names of fields and numbers
are those seen in vendors' code, addresses are a guess that `PATHS` holds. A station whose province asks for something
else copies this file, changes the copy and names it in LOABAN_CENTRAL_ADAPTER; `build` is what is called.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpx

from scheduler.domain.central import ClusterStatus, Incoming, IncomingKind, LogLine
from scheduler.domain.playout import EntryKind
from scheduler.errors import CentralAway, CentralRefused

PATHS: Final = {
    "login": "/dang-nhap", "status": "/trang-thai", "log": "/nhat-ky", "incoming": "/ban-tin",
    "answer": "/ban-tin/phan-hoi",
}  # fmt: skip
WITHIN_S: Final = 20.0
LARGEST_ANSWER: Final = 64 * 2**20
VENDOR: Final = {"MaNhaCungCap": "LOABAN", "TenNhaCungCap": "Loa Bản"}
PRIORITIES: Final = {1: 3, 2: 2, 3: 1}
"""Ours to theirs and theirs to ours: 1 khẩn cấp, 2 ưu tiên, 3 thông thường over there."""
SOUND: Final = 3
"""LoaiBanTin: 1 ký tự, 2 hình ảnh, 3 âm thanh, 4 video, 5 trực tiếp, 6 FM."""
GENERAL: Final = 1
"""LoaiLinhVuc 1: chung."""
PLAYING, PAUSED, STOPPED = 0, 1, 2


def build(url: str, *, source: str, name: str) -> "Central":
    """The adapter for an address `https://user:password@host/path`; `source` and `name` say who the station is."""
    return Central(url, source=source, name=name)


class Central:
    """Speaks with the central system over HTTPS; raises `CentralAway` (try again) or `CentralRefused` (do not)."""

    def __init__(self, url: str, *, source: str, name: str, client: httpx.Client | None = None) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        place = f"{host}:{parts.port}" if parts.port else host
        self._base = f"{parts.scheme}://{place}{parts.path.rstrip('/')}"
        self._login = {"TenDangNhap": unquote(parts.username or ""), "MatKhau": unquote(parts.password or "")}
        self._who = {"NguonID": source, "TenNguon": name, **VENDOR}
        self._client = client or httpx.Client(timeout=WITHIN_S, follow_redirects=False)
        self._token = ""

    def send_status(self, statuses: Sequence[ClusterStatus]) -> None:
        """How clusters are now."""
        self._post("status", {"DanhSach": [{**self._who, **status_fields(item)} for item in statuses]})

    def send_log(self, lines: Sequence[LogLine]) -> None:
        """What clusters aired; the same line sent twice bears the same `MaBanGhi`."""
        self._post("log", {"DanhSach": [{**self._who, **log_fields(item)} for item in lines]})

    def fetch(self) -> list[Incoming]:
        """What is asked of this station and was not answered yet."""
        answer = self._post("incoming", {"NguonID": self._who["NguonID"]})
        found = answer.get("NoiDung")
        return [read_incoming(item) for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    def answer(self, outside_id: str, *, accepted: bool, reason: str) -> None:
        """What an operator decided."""
        self._post("answer", {"BanTinID": outside_id, "ChapNhan": accepted, "LyDo": reason, **self._who})

    def _post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._token:
            self._sign_in()
        status, answer = self._send(path, body)
        if status == httpx.codes.UNAUTHORIZED:  # the token is over: once more with a new one
            self._sign_in()
            status, answer = self._send(path, body)
        if status >= 500 or status in {401, 408, 425, 429}:
            raise CentralAway(reason=f"HTTP {status}")
        if status >= 300 or answer.get("TrangThaiGui") != 0:
            raise CentralRefused(reason=f"HTTP {status} {answer.get('MoTa', '')}"[:200])
        return answer

    def _sign_in(self) -> None:
        self._token = ""
        status, answer = self._send("login", self._login)
        content = answer.get("NoiDung")
        token = content.get("Token") if isinstance(content, dict) else None
        if status >= 300 or answer.get("TrangThaiGui") != 0 or not isinstance(token, str):
            raise CentralAway(reason=f"login: HTTP {status} {answer.get('MoTa', '')}"[:200])
        self._token = token

    def _send(self, path: str, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            with self._client.stream("POST", self._base + PATHS[path], json=body, headers=headers) as answer:
                read = bytearray()
                for block in answer.iter_bytes():
                    read += block
                    if len(read) > LARGEST_ANSWER:
                        raise CentralRefused(reason="answer too large")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise CentralAway(reason=type(error).__name__) from error
        return answer.status_code, _as_object(bytes(read))


def _as_object(text: bytes) -> Mapping[str, Any]:
    try:
        told = _storable(json.loads(text, parse_constant=lambda _name: None))
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return {}
    return told if isinstance(told, dict) else {}


def _storable(told: Any) -> Any:
    """Without signs that no database takes: one bulletin with such a sign would keep out all the others, each time."""
    if isinstance(told, str):
        return told.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(told, dict):
        return {_storable(name): _storable(value) for name, value in told.items()}
    return [_storable(item) for item in told] if isinstance(told, list) else told


# --- their fields -------------------------------------------------------------------------------------------------
def status_fields(item: ClusterStatus) -> dict[str, Any]:
    """A cluster's state as it is told; what the station does not know (power, temperature, volume) stays empty."""
    state = PAUSED if item.is_paused else PLAYING if item.is_playing else STOPPED
    return {
        **_cluster(item.zone_code, item.zone_name, item.carrier),
        "AmLuong": None,
        "TrangThaiHoatDong": state,
        "TrangThaiKetNoi": None if item.is_connected is None else int(item.is_connected),
        "ViDo": item.latitude,
        "KinhDo": item.longitude,
        "ThongTinThietBi": {"CongSuat": None, "NhietDo": None, "DungLuongSuDung": None},
        "ThoiDiemBatDau": _epoch(item.started_at),
        "NoiDungPhat": item.title,
        "PhienBanUngDung": "Loa Bản",
    }


def log_fields(item: LogLine) -> dict[str, Any]:
    """An airing in a cluster as it is told; what has no field of its own stands in `ThongTinChiTietBanTin`."""
    details = {
        "NgonNgu": item.language,
        "KetQua": item.kind.value,
        "ThoiDiemDuKien": str(_epoch(item.planned_at)),
        "ThoiDiemKetThuc": "" if item.ended_at is None else str(_epoch(item.ended_at)),
        "GiayDaPhat": f"{item.seconds_sounded:.0f}",
        "MucChungCu": item.evidence.value,
        "LyDo": "" if item.reason is None else item.reason.value,
        "LanGhi": str(item.attempt),
        "DienTap": "1" if item.exercise else "0",
        "DiaBan": item.area_name,
    }
    return {
        "MaBanGhi": str(item.id),
        **_cluster(item.zone_code, item.zone_name, item.carrier),
        "BanTinID": str(item.airing_id),
        "LoaiBanTin": SOUND,
        "MucDoUuTien": PRIORITIES[item.priority],
        "TieuDe": f"{item.series_title} – số {item.number}/{item.year}: {item.title}",
        "LoaiLinhVuc": GENERAL,
        "NoiDungTomTat": item.note if item.kind is EntryKind.CORRECTION else "",
        "ThoiGianSanXuat": None,
        "ThoiLuong": _clock(item.seconds_sounded),
        "TacGia": {"TenDayDu": "", "ButDanh": "", "Email": ""},
        "ThoiDiemBatDau": _epoch(item.started_at),
        "TiepAm": False,
        "NguonTiepAm": "",
        "NoiDung": "",
        "ThongTinChiTietBanTin": [{"Ten": name, "GiaTri": value} for name, value in details.items()],
        "NguonTin": "",
        "AmLuong": None,
        "CongSuat": None,
    }


def read_incoming(told: Mapping[str, Any]) -> Incoming:
    """What came, in our words; weekdays and hours stay as they came, since vendors number them differently."""
    sound = _sound(told.get("TepAmThanh"))
    body = {name: value for name, value in told.items() if name != "TepAmThanh"}
    priority = told.get("MucDoUuTien")
    return Incoming(
        outside_id=str(told.get("BanTinID") or "")[:128],
        kind=IncomingKind.PLAN if told.get("LichPhat") else IncomingKind.BULLETIN,
        priority=PRIORITIES.get(priority, 1) if isinstance(priority, int) else 1,
        title=str(told.get("TieuDe") or "")[:300],
        body=body,
        sound=sound,
    )


def _sound(told: object) -> bytes | None:
    if not isinstance(told, str) or not told:
        return None
    try:
        return base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        return None


def _cluster(code: str, name: str, carrier: str) -> dict[str, Any]:
    return {
        "DichID": code, "TenDich": name, "CumLoaID": code, "TenThietBi": name, "TenLoaiThietBi": carrier,
    }  # fmt: skip


def _epoch(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"

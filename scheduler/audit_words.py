"""What the audit trail's kinds, actions and columns are called, and how a value is told, in both languages."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.domain.coverage import LoudspeakerState
from scheduler.domain.people import Role
from scheduler.domain.planning import BroadcastState, Priority, Selection
from scheduler.domain.playout import Evidence, Reason
from scheduler.domain.programme import LANGUAGE_NAMES, EditionState, RecordingState, Verdict
from scheduler.labels import label
from scheduler.plan_words import word_days
from scheduler.village_messages import CommandKind

Words = Mapping[str, str]

ACTIONS: Mapping[str, Words] = {
    "created": {"vi": "thêm", "en": "added"},
    "changed": {"vi": "sửa", "en": "changed"},
    "removed": {"vi": "xóa", "en": "removed"},
    "code_issued": {"vi": "cấp mã dùng một lần", "en": "issued a one-time code"},
    "pairing_code": {"vi": "cấp mã ghép đôi máy phát tại bản", "en": "issued a pairing code for a village player"},
    "player_paired": {"vi": "ghép đôi máy phát tại bản", "en": "paired a village player"},
    "commanded": {"vi": "ra lệnh cho máy phát tại bản", "en": "gave village players a command"},
    "player_revoked": {"vi": "thu hồi máy phát tại bản", "en": "revoked a village player"},
    "bulletin_accepted": {"vi": "nhận phát bản tin từ cấp trên", "en": "accepted a bulletin from above"},
    "bulletin_refused": {"vi": "từ chối bản tin từ cấp trên", "en": "refused a bulletin from above"},
    "acknowledged": {"vi": "nhận xử lý báo động", "en": "took an alarm on"},
    "notice_target": {"vi": "thêm nơi nhận thông báo", "en": "added who is told of alarms"},
    "notice_target_removed": {"vi": "bỏ nơi nhận thông báo", "en": "removed who is told of alarms"},
    "token_made": {"vi": "cấp khóa truy cập", "en": "issued a token"},
    "token_revoked": {"vi": "thu hồi khóa truy cập", "en": "revoked a token"},
    "code_used": {"vi": "dùng mã, đặt mật khẩu", "en": "used a code, chose a password"},
}
KINDS: Mapping[str, Words] = {
    "received_bulletin": {"vi": "bản tin từ cấp trên", "en": "bulletin from above"},
    "alarm": {"vi": "báo động", "en": "alarm"},
    "notice_target": {"vi": "nơi nhận thông báo", "en": "who is told of alarms"},
    "api_token": {"vi": "khóa truy cập", "en": "token"},
    "calendar_feed": {"vi": "địa chỉ lịch", "en": "calendar address"},
    "area": {"vi": "địa bàn", "en": "area"},
    "area_code": {"vi": "mã địa bàn", "en": "area code"},
    "area_succession": {"vi": "sáp nhập địa bàn", "en": "area succession"},
    "broadcast": {"vi": "buổi phát riêng", "en": "one-off broadcast"},
    "correction_request": {"vi": "đề nghị đính chính sổ đã chốt", "en": "request to correct closed books"},
    "counting_rule": {"vi": "quy tắc đếm", "en": "counting rule"},
    "edition": {"vi": "bản tiếng", "en": "edition"},
    "episode": {"vi": "số", "en": "episode"},
    "grant": {"vi": "quyền của người dùng", "en": "user's role"},
    "loudspeaker": {"vi": "loa", "en": "loudspeaker"},
    "period_close": {"vi": "chốt sổ", "en": "close of a period"},
    "recording": {"vi": "bản thu", "en": "recording"},
    "series": {"vi": "chuyên mục", "en": "series"},
    "series_language": {"vi": "tiếng của chuyên mục", "en": "series' language"},
    "slot": {"vi": "khung giờ", "en": "slot"},
    "slot_exception": {"vi": "thay đổi một ngày", "en": "change of one date"},
    "slot_target": {"vi": "nơi nhận của khung giờ", "en": "slot's place"},
    "station_setting": {"vi": "cài đặt", "en": "setting"},
    "user": {"vi": "người dùng", "en": "user"},
    "village_command": {"vi": "lệnh cho máy phát tại bản", "en": "command to village players"},
    "zone": {"vi": "vùng phát", "en": "zone"},
    "zone_language": {"vi": "tiếng của vùng phát", "en": "zone's language"},
}
COLUMNS: Mapping[str, Words] = {
    "accepted": {"vi": "đồng ý", "en": "agreed"},
    "active": {"vi": "đang dùng", "en": "in use"},
    "after": {"vi": "sau lần ghi", "en": "after attempt"},
    "adopted_at": {"vi": "lúc áp dụng", "en": "adopted at"},
    "adopted_by": {"vi": "người áp dụng", "en": "adopted by"},
    "airing_id": {"vi": "lần phát", "en": "airing"},
    "allowed_hours": {"vi": "giờ được phát", "en": "allowed hours"},
    "approved_recording_id": {"vi": "bản thu được duyệt", "en": "approved recording"},
    "area_id": {"vi": "địa bàn", "en": "area"},
    "asked_at": {"vi": "lúc đề nghị", "en": "asked at"},
    "asked_by": {"vi": "người đề nghị", "en": "asked by"},
    "asked_user_id": {"vi": "tài khoản đề nghị", "en": "account that asked"},
    "box": {"vi": "tên máy", "en": "name of the box"},
    "cancelled": {"vi": "hủy", "en": "cancelled"},
    "carrier": {"vi": "đường truyền", "en": "carrier"},
    "changed_at": {"vi": "lúc sửa", "en": "changed at"},
    "changed_by": {"vi": "người sửa", "en": "changed by"},
    "channels": {"vi": "số kênh tiếng", "en": "audio channels"},
    "chime_seconds": {"vi": "độ dài nhạc hiệu mở đầu (giây)", "en": "length of the chime (s)"},
    "chime_sha256": {"vi": "nhạc hiệu mở đầu", "en": "chime"},
    "closed_at": {"vi": "lúc chốt", "en": "closed at"},
    "closed_by": {"vi": "người chốt", "en": "closed by"},
    "code": {"vi": "mã", "en": "code"},
    "codec": {"vi": "kiểu mã hóa", "en": "codec"},
    "command": {"vi": "lệnh", "en": "command"},
    "count": {"vi": "số liệu", "en": "numbers"},
    "created_at": {"vi": "lúc thêm", "en": "added at"},
    "credits": {"vi": "người thực hiện", "en": "credits"},
    "decided_at": {"vi": "lúc quyết định", "en": "decided at"},
    "decided_by": {"vi": "người quyết định", "en": "decided by"},
    "decided_user_id": {"vi": "tài khoản quyết định", "en": "account that decided"},
    "decision_note": {"vi": "ý kiến khi quyết định", "en": "note on the decision"},
    "edition_id": {"vi": "bản tiếng", "en": "edition"},
    "ends_at": {"vi": "lúc kết thúc", "en": "ends at"},
    "episode_id": {"vi": "số", "en": "episode"},
    "evidence": {"vi": "bằng chứng", "en": "evidence"},
    "exercise": {"vi": "phát thử", "en": "exercise"},
    "facts": {"vi": "chi tiết", "en": "details"},
    "findings": {"vi": "điều cần xem", "en": "findings"},
    "first": {"vi": "từ ngày", "en": "first day"},
    "first_approved_at": {"vi": "duyệt lần đầu", "en": "first approved at"},
    "head_silence_s": {"vi": "lặng đầu (giây)", "en": "silence at the head (s)"},
    "id": {"vi": "số thứ tự", "en": "number"},
    "identifier": {"vi": "số hiệu", "en": "identifier"},
    "imported_seconds": {"vi": "độ dài theo nhật ký cũ (giây)", "en": "length from the old log (s)"},
    "integrated_lufs": {"vi": "độ to (LUFS)", "en": "loudness (LUFS)"},
    "kind": {"vi": "loại", "en": "kind"},
    "language": {"vi": "tiếng", "en": "language"},
    "last": {"vi": "đến hết ngày", "en": "last day"},
    "last_entry": {"vi": "dòng nhật ký mới nhất lúc đó", "en": "newest entry of the log then"},
    "latitude": {"vi": "vĩ độ", "en": "latitude"},
    "least_evidence": {"vi": "bằng chứng ít nhất", "en": "least evidence"},
    "least_share": {"vi": "tỷ lệ ít nhất", "en": "least share"},
    "login": {"vi": "tên đăng nhập", "en": "name to sign in"},
    "longest_seconds": {"vi": "dài nhất (giây)", "en": "longest (s)"},
    "longitude": {"vi": "kinh độ", "en": "longitude"},
    "made_at": {"vi": "lúc đổi", "en": "made at"},
    "made_by": {"vi": "người đổi", "en": "made by"},
    "master_seconds": {"vi": "độ dài tệp đã xử lý (giây)", "en": "length of the master (s)"},
    "master_sha256": {"vi": "tệp đã xử lý", "en": "master"},
    "model": {"vi": "kiểu loa", "en": "model"},
    "moved_to": {"vi": "chuyển sang lúc", "en": "moved to"},
    "name": {"vi": "tên", "en": "name"},
    "note": {"vi": "căn cứ, ghi chú", "en": "note"},
    "number": {"vi": "số", "en": "number"},
    "occurrence_on": {"vi": "ngày theo khung giờ", "en": "date of the slot"},
    "on": {"vi": "ngày", "en": "date"},
    "opus_sha256": {"vi": "tệp Opus", "en": "Opus file"},
    "original_name": {"vi": "tên tệp", "en": "file name"},
    "outro_seconds": {"vi": "độ dài nhạc hiệu kết thúc (giây)", "en": "length of the outro (s)"},
    "outro_sha256": {"vi": "nhạc hiệu kết thúc", "en": "outro"},
    "parent_id": {"vi": "thuộc địa bàn", "en": "part of"},
    "password_changed_at": {"vi": "đổi mật khẩu lúc", "en": "password changed at"},
    "password_hash": {"vi": "mật khẩu", "en": "password"},
    "pinned": {"vi": "ghim", "en": "pinned"},
    "pinned_episode_id": {"vi": "số luôn phát", "en": "pinned episode"},
    "place": {"vi": "vị trí", "en": "place"},
    "planned_at": {"vi": "lúc lập", "en": "planned at"},
    "position": {"vi": "thứ tự", "en": "order"},
    "predecessor_id": {"vi": "địa bàn cũ", "en": "predecessor"},
    "priority": {"vi": "mức ưu tiên", "en": "priority"},
    "procedures": {"vi": "thủ tục hành chính", "en": "procedures"},
    "range_lu": {"vi": "dải độ to (LU)", "en": "loudness range (LU)"},
    "reason": {"vi": "lý do", "en": "reason"},
    "received_at": {"vi": "lúc nhận", "en": "received at"},
    "received_by": {"vi": "người gửi", "en": "received from"},
    "received_by_user": {"vi": "tài khoản người gửi", "en": "account that delivered it"},
    "removed_at": {"vi": "lúc bỏ", "en": "removed at"},
    "repeats_slot_id": {"vi": "phát lại của khung giờ", "en": "repeats slot"},
    "role": {"vi": "vai trò", "en": "role"},
    "rrule": {"vi": "các ngày", "en": "days"},
    "sample": {"vi": "mẫu", "en": "sample"},
    "sample_rate": {"vi": "tần số lấy mẫu", "en": "sample rate"},
    "scheme": {"vi": "bộ mã", "en": "scheme"},
    "script": {"vi": "kịch bản", "en": "script"},
    "seconds": {"vi": "độ dài (giây)", "en": "length (s)"},
    "seconds_sounded": {"vi": "phát được (giây)", "en": "sounded (s)"},
    "selection": {"vi": "cách chọn số", "en": "selection"},
    "sentence": {"vi": "câu số liệu", "en": "sentence"},
    "series_id": {"vi": "chuyên mục", "en": "series"},
    "settings": {"vi": "thông số đường truyền", "en": "carrier settings"},
    "sha256": {"vi": "mã băm SHA-256", "en": "SHA-256"},
    "shortest_seconds": {"vi": "ngắn nhất (giây)", "en": "shortest (s)"},
    "size_bytes": {"vi": "cỡ tệp (byte)", "en": "size (bytes)"},
    "slot_id": {"vi": "khung giờ", "en": "slot"},
    "started_at": {"vi": "bắt đầu lúc", "en": "started at"},
    "starts_at": {"vi": "lúc bắt đầu", "en": "starts at"},
    "starts_at_local": {"vi": "giờ bắt đầu", "en": "start time"},
    "state": {"vi": "tình trạng", "en": "state"},
    "submitted_at": {"vi": "lúc trình duyệt", "en": "submitted at"},
    "submitted_by_user": {"vi": "tài khoản trình duyệt", "en": "account that submitted it"},
    "successor_id": {"vi": "địa bàn mới", "en": "successor"},
    "summary": {"vi": "tóm tắt", "en": "summary"},
    "tail_silence_s": {"vi": "lặng cuối (giây)", "en": "silence at the tail (s)"},
    "take": {"vi": "lần thu", "en": "take"},
    "title": {"vi": "tên", "en": "title"},
    "topic": {"vi": "chủ đề", "en": "topic"},
    "true_peak_dbtp": {"vi": "đỉnh thật (dBTP)", "en": "true peak (dBTP)"},
    "user_id": {"vi": "người dùng", "en": "user"},
    "username": {"vi": "tên ở máy chủ MQTT", "en": "name at the broker"},
    "valid_from": {"vi": "từ ngày", "en": "valid from"},
    "valid_to": {"vi": "đến trước ngày", "en": "valid to (exclusive)"},
    "value": {"vi": "giá trị", "en": "value"},
    "verdict": {"vi": "kết luận đo", "en": "verdict"},
    "volume": {"vi": "âm lượng (%)", "en": "volume (%)"},
    "why": {"vi": "vì sao chọn", "en": "why chosen"},
    "year": {"vi": "năm", "en": "year"},
    "yearly_target": {"vi": "chỉ tiêu năm", "en": "yearly target"},
    "zone_id": {"vi": "vùng phát", "en": "zone"},
}
RULES: Mapping[str, Words] = {
    "author_may_not_approve": {
        "vi": "người gửi hoặc trình duyệt bản thu không được tự duyệt bản đó",
        "en": "who delivered or submitted a recording does not approve it",
    },
    "agency_above": {"vi": "tên cơ quan chủ quản", "en": "agency above"},
    "agency_name": {"vi": "tên cơ quan ban hành", "en": "issuing agency"},
    "bases": {"vi": "căn cứ", "en": "bases"},
    "document_symbol": {"vi": "ký hiệu báo cáo", "en": "symbol of reports"},
    "place_name": {"vi": "địa danh", "en": "place of signature"},
    "recipients": {"vi": "nơi nhận", "en": "recipients"},
    "signed_for": {"vi": "quyền hạn ký", "en": "in whose name it is signed"},
    "signer_name": {"vi": "họ tên người ký", "en": "signer's name"},
    "signer_position": {"vi": "chức vụ người ký", "en": "signer's position"},
    "station_name": {"vi": "tên đài", "en": "name of the station"},
    "tile_url": {"vi": "địa chỉ ảnh nền bản đồ", "en": "address of the map's ground"},
}
"""What the station's rules are called."""
BACKGROUND = frozenset(
    {"id", "area_id", "created_at", "changed_at", "changed_by", "edition_id", "episode_id", "made_at", "made_by",
     "opus_sha256", "planned_at", "received_at", "series_id", "slot_id", "user_id", "why", "zone_id", "sample"}
)  # fmt: skip
"""Columns of something new that its name tells already, or that tell a person nothing."""
NOTED = frozenset({"box", "username", "command", "volume"})
"""What entries tell that are no change of a row: a box that was paired, a command that was given."""
_STATES: Mapping[tuple[str, str], type[StrEnum]] = {
    ("api_token", "role"): Role,
    ("broadcast", "state"): BroadcastState,
    ("correction_request", "evidence"): Evidence,
    ("correction_request", "reason"): Reason,
    ("edition", "state"): EditionState,
    ("grant", "role"): Role,
    ("loudspeaker", "state"): LoudspeakerState,
    ("recording", "state"): RecordingState,
    ("recording", "verdict"): Verdict,
    ("slot", "selection"): Selection,
    ("village_command", "command"): CommandKind,
}
_YES: Words = {"vi": "có", "en": "yes"}
_NO: Words = {"vi": "không", "en": "no"}
_LONGEST = 300


def is_background(kind: str, column: str) -> bool:
    """Tell whether a column of something new or removed says no more than its label or a close's sentence."""
    return column in BACKGROUND or (kind, column) in {("station_setting", "name"), ("period_close", "count")}


def word_label(kind: str, text: str, *, language: str) -> str:
    """What a thing is called, with roles, languages and rules in words."""
    parts = text.split(_BETWEEN)
    place, told = _TOLD_PARTS.get(kind, (0, None))
    if told is None or len(parts) < abs(place):
        return text
    parts[place] = told(parts[place], language)
    return _BETWEEN.join(parts)


def word_action(action: str, *, language: str) -> str:
    """What was done."""
    return ACTIONS.get(action, {}).get(language, action)


def word_kind(kind: str, *, language: str) -> str:
    """To what kind of thing."""
    return KINDS.get(kind, {}).get(language, kind)


def word_column(column: str, *, language: str) -> str:
    """What a column is called; its name where it is none of ours."""
    return COLUMNS.get(column, {}).get(language, column)


def word_value(kind: str, column: str, value: object, *, zone: ZoneInfo, language: str) -> str:
    """A value as a person reads it: states in words, local times, yes and no; nothing is a dash."""
    if value is None or value == "" or value == [] or value == {}:
        return "—"
    if isinstance(value, bool):
        return (_YES if value else _NO)[language]
    if (kind, column) in _STATES:
        return _word_state(_STATES[kind, column], str(value), language=language)
    told = _BY_COLUMN.get(column)
    if told is not None:
        return told(value, language)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items())[:_LONGEST]
    if isinstance(value, list):
        return ", ".join("–".join(map(str, item)) if isinstance(item, list) else str(item) for item in value)[:_LONGEST]
    return _word_instant(str(value), zone)[:_LONGEST]


def _word_state(kind: type[StrEnum], value: str, *, language: str) -> str:
    return label(kind(value), language=language) if value in set(kind) else value


def _word_language(value: object, language: str) -> str:
    return LANGUAGE_NAMES.get(str(value), {}).get(language, str(value))


def _word_priority(value: object, language: str) -> str:
    known = {int(item): item for item in Priority}
    return (
        label(known[int(str(value))], language=language)
        if str(value).isdigit() and int(str(value)) in known
        else str(value)
    )


def _word_hash(value: object, _language: str) -> str:
    return f"{str(value)[:12]}…"


def _word_rule(value: object, language: str) -> str:
    return RULES.get(str(value), {}).get(language, str(value))


_BETWEEN = " · "
_TOLD_PARTS: Mapping[str, tuple[int, Callable[[object, str], str]]] = {
    "edition": (-1, _word_language),
    "grant": (-1, lambda value, language: _word_state(Role, str(value), language=language)),
    "recording": (-2, _word_language),
    "series_language": (-1, _word_language),
    "station_setting": (-1, _word_rule),
    "zone_language": (-1, _word_language),
}
"""Which part of a label is a code, and how it is told."""
_BY_COLUMN: Mapping[str, Callable[[object, str], str]] = {
    "language": _word_language,
    "rrule": lambda value, language: word_days(str(value), language=language),
    "starts_at_local": lambda value, _language: str(value)[:5],
    "priority": _word_priority,
    **dict.fromkeys(("sha256", "master_sha256", "opus_sha256", "chime_sha256", "outro_sha256"), _word_hash),
}


def _word_instant(text: str, zone: ZoneInfo) -> str:
    """Days and instants as people write them; any other text as it is."""
    try:
        if "T" in text and text[:4].isdigit():
            return f"{datetime.fromisoformat(text).astimezone(zone):%H:%M:%S %d/%m/%Y}"
        if len(text) == len("2026-11-24"):
            return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text
    return text

"""What states, outcomes, reasons and proofs are called on a screen, in both languages; words, not sentences."""

from enum import IntEnum, StrEnum
from typing import Any

from scheduler.domain.confirmation import Told, Waits
from scheduler.domain.counting import Shortfall
from scheduler.domain.coverage import AreaKind, CarrierKind, LoudspeakerState, ZoneState
from scheduler.domain.fleet import FleetSort, FleetState
from scheduler.domain.log_filter import Ending, Sort
from scheduler.domain.people import Role
from scheduler.domain.periods import Preset
from scheduler.domain.planning import BroadcastState, Priority, Selection
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.programme import Credit, Decision, EditionState, IngestState, RecordingState, Verdict
from scheduler.domain.reach import BulletinState, NoticeKind, TargetKind
from scheduler.domain.reconciliation import LineClass
from scheduler.domain.status import Standing
from scheduler.domain.village import CommandOutcome
from scheduler.domain.week import CopyKind, EntryState, NotCopied
from scheduler.village_messages import CommandKind

# One table per enum: members of StrEnums are equal to plain text, and "interrupted" is both a kind and a reason.
LABELS: dict[type[StrEnum] | type[IntEnum], dict[Any, dict[str, str]]] = {
    AreaKind: {
        AreaKind.PROVINCE: {"vi": "tỉnh", "en": "province"},
        AreaKind.CITY: {"vi": "thành phố", "en": "city"},
        AreaKind.COMMUNE: {"vi": "xã, phường", "en": "commune or ward"},
        AreaKind.VILLAGE: {"vi": "tổ, bản", "en": "village"},
    },
    CarrierKind: {
        CarrierKind.FILE: {"vi": "ghi ra tệp", "en": "written to a file"},
        CarrierKind.MEMORY: {"vi": "chỉ chạy thử, không ra tiếng", "en": "trial without sound"},
        CarrierKind.SOUNDCARD: {"vi": "cổng âm thanh của máy", "en": "sound card of the computer"},
        CarrierKind.VILLAGE: {"vi": "máy phát tại bản", "en": "player in the village"},
    },
    ZoneState: {
        ZoneState.PAUSED: {"vi": "tạm dừng", "en": "paused"},
        ZoneState.ON_AIR: {"vi": "đang phát", "en": "on air"},
        ZoneState.NO_PLAYER: {"vi": "chưa ghép máy phát", "en": "no player"},
        ZoneState.BOX_TROUBLE: {"vi": "máy phát tại bản báo lỗi", "en": "player in trouble"},
        ZoneState.OFFLINE: {"vi": "mất liên lạc", "en": "out of contact"},
        ZoneState.FILES_LACKING: {"vi": "chưa đủ tệp", "en": "files lacking"},
        ZoneState.CARRIER_DOWN: {"vi": "đường truyền lỗi", "en": "carrier down"},
        ZoneState.SILENT: {"vi": "im lặng", "en": "silent"},
        ZoneState.NO_LOUDSPEAKER: {"vi": "không loa nào dùng được", "en": "no loudspeaker works"},
        ZoneState.READY: {"vi": "sẵn sàng", "en": "ready"},
    },
    Role: {
        Role.VIEWER: {"vi": "người xem", "en": "viewer"},
        Role.EDITOR: {"vi": "biên tập", "en": "editor"},
        Role.APPROVER: {"vi": "người duyệt", "en": "approver"},
        Role.OPERATOR: {"vi": "người vận hành", "en": "operator"},
        Role.ADMIN: {"vi": "quản trị", "en": "administrator"},
    },
    EntryKind: {
        EntryKind.SOUNDED: {"vi": "đã phát", "en": "sounded"},
        EntryKind.PARTIAL: {"vi": "phát một phần", "en": "partial"},
        EntryKind.INTERRUPTED: {"vi": "bị ngắt", "en": "interrupted"},
        EntryKind.MISSED: {"vi": "không phát", "en": "missed"},
        EntryKind.FAILED: {"vi": "lỗi", "en": "failed"},
        EntryKind.CORRECTION: {"vi": "đính chính", "en": "corrected"},
    },
    Reason: {
        Reason.LATE_START: {"vi": "bắt đầu trễ", "en": "started late"},
        Reason.CRASH_REJOINED: {"vi": "máy khởi động lại giữa chừng, đã phát tiếp", "en": "rejoined after a crash"},
        Reason.CRASHED: {"vi": "máy dừng đột ngột khi đang phát", "en": "crashed while sounding"},
        Reason.DAEMON_DOWN: {"vi": "bộ phát sóng không chạy lúc đến giờ", "en": "playout was not running"},
        Reason.TOO_LATE: {"vi": "đã quá muộn để phát", "en": "too late to start"},
        Reason.CLOCK_STEPPED: {"vi": "đồng hồ máy bị chỉnh", "en": "the clock was set"},
        Reason.DATABASE_AWAY: {"vi": "cơ sở dữ liệu không trả lời lúc đến giờ", "en": "the database did not answer"},
        Reason.FILE_MISSING: {"vi": "thiếu tệp âm thanh", "en": "sound file missing"},
        Reason.FILE_CORRUPT: {"vi": "tệp âm thanh bị hỏng", "en": "sound file damaged"},
        Reason.NOT_APPROVED: {"vi": "bản thu chưa được duyệt", "en": "not approved"},
        Reason.OUTSIDE_ALLOWED_HOURS: {"vi": "ngoài giờ được phát", "en": "outside allowed hours"},
        Reason.ZONE_INACTIVE: {"vi": "vùng phát đang tạm dừng", "en": "zone not in use"},
        Reason.CARRIER_FAILED: {"vi": "đường truyền hoặc thiết bị lỗi", "en": "carrier failed"},
        Reason.LEASE_LOST: {"vi": "máy khác đã nhận phát vùng này", "en": "another machine took over"},
        Reason.STOPPED: {"vi": "người trực cho dừng", "en": "stopped by a person"},
        Reason.INTERRUPTED: {"vi": "nhường cho buổi phát ưu tiên hơn", "en": "gave way to a higher priority"},
        Reason.CANCELLED: {"vi": "buổi phát đã hủy", "en": "cancelled"},
        Reason.OVERLAP: {"vi": "trùng giờ với buổi phát khác", "en": "overlapped another broadcast"},
        Reason.NO_TRUSTED_TIME: {
            "vi": "máy phát tại bản chưa có giờ đúng",
            "en": "the village player had no trusted time",
        },
        Reason.POWER_CUT: {"vi": "mất điện", "en": "no electricity"},
        Reason.EQUIPMENT_BROKEN: {"vi": "thiết bị hỏng", "en": "equipment broken"},
        Reason.LINK_DOWN: {"vi": "mất đường truyền", "en": "no link"},
        Reason.NEVER_REPORTED: {"vi": "không có báo về, không ai rõ", "en": "never reported, nobody knows"},
        Reason.UNKNOWN: {"vi": "không rõ lý do", "en": "unknown"},
    },
    Priority: {
        Priority.ORDINARY: {"vi": "thông thường", "en": "ordinary"},
        Priority.PREFERRED: {"vi": "ưu tiên", "en": "preferred"},
        Priority.EMERGENCY: {"vi": "khẩn cấp", "en": "emergency"},
    },
    Selection: {
        Selection.NEXT: {"vi": "số kế tiếp chưa phát", "en": "the next episode not yet aired"},
        Selection.REPEAT: {"vi": "phát lại số của khung giờ khác", "en": "a repeat of another slot"},
        Selection.PINNED: {"vi": "luôn một số đã chọn", "en": "always one chosen episode"},
    },
    EntryState: {
        EntryState.PLANNED: {"vi": "sẽ phát", "en": "planned"},
        EntryState.EXPECTED: {"vi": "chưa chọn số", "en": "episode not chosen yet"},
        EntryState.EMPTY: {"vi": "không có gì để phát", "en": "nothing to air"},
        EntryState.ON_AIR: {"vi": "đang phát", "en": "on air"},
        EntryState.DONE: {"vi": "đã phát xong", "en": "over"},
        EntryState.CANCELLED: {"vi": "đã hủy", "en": "cancelled"},
        EntryState.PASSED: {"vi": "đã qua giờ, chưa có kết quả", "en": "past, no outcome yet"},
    },
    CopyKind: {
        CopyKind.ONE_OFF: {"vi": "buổi phát riêng", "en": "one-off broadcast"},
        CopyKind.PIN: {"vi": "số ghim", "en": "pinned episode"},
        CopyKind.MOVE: {"vi": "buổi đã dời", "en": "moved broadcast"},
        CopyKind.CANCELLATION: {"vi": "buổi đã hủy", "en": "cancelled broadcast"},
    },
    NotCopied: {
        NotCopied.ONLY_THAT_DAY: {"vi": "chỉ riêng ngày đó, không chép", "en": "only for that day, not copied"},
        NotCopied.CANCELLED: {"vi": "buổi đó đã hủy", "en": "it was cancelled"},
        NotCopied.TOO_LATE: {"vi": "giờ tương ứng tuần này đã qua", "en": "its time this week has passed"},
        NotCopied.ALREADY_THERE: {"vi": "tuần này đã có", "en": "this week has it already"},
        NotCopied.NO_SUCH_DATE: {
            "vi": "tuần này khung giờ không phát ngày đó",
            "en": "the slot has no such day then",
        },
        NotCopied.DIFFERS_ALREADY: {"vi": "ngày đó tuần này đã được sửa riêng", "en": "that date was changed already"},
        NotCopied.NOT_YOURS: {"vi": "có nơi nhận ngoài địa bàn của bạn", "en": "it reaches places outside your area"},
    },
    Standing: {
        Standing.TO_COME: {"vi": "chưa đến giờ", "en": "to come"},
        Standing.UNREPORTED: {"vi": "chưa báo về", "en": "not yet reported"},
        Standing.AWAITED: {"vi": "đã đến giờ, chưa có tín hiệu", "en": "due, nothing reported"},
        Standing.ON_AIR: {"vi": "đang phát", "en": "on air"},
        Standing.ENDED: {"vi": "đã ghi nhật ký", "en": "in the log"},
        Standing.CANCELLED: {"vi": "đã hủy", "en": "cancelled"},
    },
    Waits: {
        Waits.REPORT: {"vi": "chưa có báo cáo", "en": "not reported"},
        Waits.CONFIRMATION: {"vi": "đã phát, chưa ai xác nhận", "en": "sounded, nobody confirmed it"},
    },
    Told: {
        Told.FULL: {"vi": "đã phát đủ", "en": "in full"},
        Told.PART: {"vi": "phát một phần", "en": "in part"},
        Told.NONE: {"vi": "không phát", "en": "not at all"},
    },
    Shortfall: {
        Shortfall.NOT_PROVEN: {"vi": "chưa đủ căn cứ là đã phát", "en": "not known well enough to have sounded"},
    },
    Ending: {
        Ending.SOUNDED: {"vi": "đã phát đủ", "en": "sounded"},
        Ending.PARTIAL: {"vi": "phát một phần (kể cả bị ngắt)", "en": "partial (interrupted ones too)"},
        Ending.INTERRUPTED: {"vi": "bị ngắt", "en": "interrupted"},
        Ending.MISSED: {"vi": "không phát (kể cả lỗi)", "en": "missed (failed ones too)"},
        Ending.FAILED: {"vi": "lỗi", "en": "failed"},
        Ending.CORRECTED: {"vi": "có đính chính", "en": "corrected"},
        Ending.WAITING: {"vi": "chưa có kết quả", "en": "not reported yet"},
    },
    LineClass: {
        LineClass.SOUNDED: {"vi": "phát đủ, đúng giờ", "en": "sounded in time"},
        LineClass.IN_PART: {"vi": "phát trễ hoặc thiếu", "en": "sounded late or in part"},
        LineClass.MISSED: {"vi": "không phát, có lý do", "en": "missed with a reason"},
        LineClass.NO_REASON: {"vi": "thiếu lý do", "en": "without a reason"},
        LineClass.NOT_PLANNED: {"vi": "phát ngoài kế hoạch", "en": "sounded but not planned"},
        LineClass.NEVER_REPORTED: {"vi": "chưa có kết quả", "en": "never reported"},
        LineClass.TO_COME: {"vi": "chưa đến giờ", "en": "to come"},
    },
    Sort: {
        Sort.ORDINARY: {"vi": "phát thường ngày", "en": "ordinary"},
        Sort.EXERCISE: {"vi": "phát thử", "en": "exercises"},
        Sort.EMERGENCY: {"vi": "phát khẩn cấp", "en": "emergencies"},
    },
    Preset: {
        Preset.THIS_YEAR: {"vi": "năm nay", "en": "this year"},
        Preset.LAST_YEAR: {"vi": "năm trước", "en": "last year"},
        Preset.THIS_QUARTER: {"vi": "quý này", "en": "this quarter"},
        Preset.LAST_QUARTER: {"vi": "quý trước", "en": "last quarter"},
        Preset.THIS_MONTH: {"vi": "tháng này", "en": "this month"},
        Preset.LAST_MONTH: {"vi": "tháng trước", "en": "last month"},
        Preset.REPORT: {"vi": "kỳ báo cáo (15/12–15/11)", "en": "reporting period (15/12–15/11)"},
    },
    Evidence: {
        Evidence.PLANNED: {"vi": "mới có kế hoạch", "en": "planned"},
        Evidence.HANDED_OVER: {"vi": "đã đưa ra đường truyền", "en": "handed over"},
        Evidence.ACCEPTED: {"vi": "thiết bị đã nhận", "en": "accepted by the device"},
        Evidence.STARTED: {"vi": "thiết bị báo bắt đầu", "en": "started"},
        Evidence.COMPLETED: {"vi": "thiết bị báo phát xong", "en": "completed"},
        Evidence.HEARD: {"vi": "micro phản hồi nghe thấy", "en": "heard by a return microphone"},
        Evidence.CONFIRMED: {"vi": "người trực xác nhận", "en": "confirmed by a person"},
    },
    EditionState: {
        EditionState.DRAFT: {"vi": "chưa có bản thu", "en": "without a recording"},
        EditionState.MEASURED: {"vi": "đã đo", "en": "measured"},
        EditionState.SUBMITTED: {"vi": "đã trình duyệt", "en": "submitted"},
        EditionState.APPROVED: {"vi": "đã duyệt", "en": "approved"},
        EditionState.REJECTED: {"vi": "bị trả lại", "en": "rejected"},
        EditionState.WITHDRAWN: {"vi": "đã rút", "en": "withdrawn"},
    },
    Decision: {
        Decision.APPROVED: {"vi": "duyệt", "en": "approved"},
        Decision.REJECTED: {"vi": "trả lại", "en": "returned"},
        Decision.WITHDRAWN: {"vi": "rút khỏi phát sóng", "en": "withdrawn"},
    },
    Verdict: {
        Verdict.ACCEPTED: {"vi": "đạt", "en": "accepted"},
        Verdict.FLAGGED: {"vi": "đạt, có điểm cần lưu ý", "en": "flagged"},
        Verdict.REFUSED: {"vi": "không nhận", "en": "refused"},
    },
    RecordingState: {
        RecordingState.RECEIVED: {"vi": "đã nhận tệp", "en": "received"},
        RecordingState.MEASURED: {"vi": "đã đo", "en": "measured"},
        RecordingState.REFUSED: {"vi": "không nhận", "en": "refused"},
    },
    IngestState: {
        IngestState.QUEUED: {"vi": "đang chờ đo", "en": "queued"},
        IngestState.RUNNING: {"vi": "đang đo", "en": "being measured"},
        IngestState.DONE: {"vi": "đã đo", "en": "measured"},
        IngestState.FAILED: {"vi": "chưa đo được", "en": "failed"},
    },
    Credit: {
        Credit.EDITOR: {"vi": "biên tập", "en": "editing"},
        Credit.TRANSLATOR: {"vi": "dịch", "en": "translation"},
        Credit.READER: {"vi": "đọc", "en": "reading"},
        Credit.TECHNICIAN: {"vi": "kỹ thuật", "en": "sound"},
    },
    BroadcastState: {
        BroadcastState.PLANNED: {"vi": "sẽ phát", "en": "planned"},
        BroadcastState.ON_AIR: {"vi": "đang phát", "en": "on air"},
        BroadcastState.DONE: {"vi": "đã xong", "en": "done"},
        BroadcastState.CANCELLED: {"vi": "đã hủy", "en": "cancelled"},
    },
    LoudspeakerState: {
        LoudspeakerState.WORKING: {"vi": "tốt", "en": "working"},
        LoudspeakerState.BROKEN: {"vi": "hỏng", "en": "broken"},
        LoudspeakerState.REMOVED: {"vi": "đã tháo", "en": "removed"},
    },
    BulletinState: {
        BulletinState.WAITING: {"vi": "chờ quyết định", "en": "undecided"},
        BulletinState.ACCEPTED: {"vi": "nhận phát", "en": "accepted"},
        BulletinState.REFUSED: {"vi": "từ chối", "en": "refused"},
    },
    NoticeKind: {
        NoticeKind.VILLAGE_OFFLINE: {"vi": "bản mất liên lạc", "en": "village out of contact"},
        NoticeKind.BROADCAST_MISSED: {"vi": "buổi phát bị sót", "en": "broadcast missed"},
        NoticeKind.NOTHING_TO_AIR: {"vi": "ngày mai thiếu bản để phát", "en": "nothing to air tomorrow"},
        NoticeKind.DISK: {"vi": "ổ đĩa", "en": "disk"},
        NoticeKind.CLOCK: {"vi": "đồng hồ", "en": "clock"},
        NoticeKind.BACKUP_OLD: {"vi": "sao lưu quá cũ", "en": "backup too old"},
        NoticeKind.OTHER: {"vi": "báo động khác", "en": "other alarms"},
    },
    TargetKind: {
        TargetKind.APPRISE: {"vi": "người nhận (thư, tin nhắn)", "en": "people (mail, messages)"},
        TargetKind.WEBHOOK: {"vi": "chương trình khác (webhook)", "en": "another program (webhook)"},
    },
    FleetState: {
        FleetState.TROUBLE: {"vi": "có lỗi", "en": "in trouble"},
        FleetState.OFFLINE: {"vi": "mất liên lạc", "en": "out of contact"},
        FleetState.NEVER_SEEN: {"vi": "chưa liên lạc lần nào", "en": "never heard of"},
        FleetState.NO_PLAYER: {"vi": "chưa ghép máy", "en": "no box paired"},
        FleetState.ON_AIR: {"vi": "đang phát", "en": "on air"},
        FleetState.ONLINE: {"vi": "có liên lạc", "en": "in contact"},
    },
    FleetSort: {
        FleetSort.STATE: {"vi": "cần xem trước", "en": "what needs a look first"},
        FleetSort.NAME: {"vi": "tên vùng", "en": "name"},
        FleetSort.SEEN: {"vi": "lâu không liên lạc trước", "en": "longest out of contact first"},
        FleetSort.FILES: {"vi": "thiếu tệp nhiều trước", "en": "most files missing first"},
    },
    CommandKind: {
        CommandKind.VOLUME: {"vi": "chỉnh âm lượng", "en": "set the volume"},
        CommandKind.STOP: {"vi": "dừng phát", "en": "stop"},
        CommandKind.SAY: {"vi": "phát ngay", "en": "say now"},
        CommandKind.REFRESH: {"vi": "cập nhật ngay", "en": "refresh now"},
        CommandKind.REPORT: {"vi": "báo về ngay", "en": "report now"},
        CommandKind.UNPLUG: {"vi": "cắt đường truyền (máy mẫu)", "en": "cut the link (sample player)"},
    },
    CommandOutcome: {
        CommandOutcome.DONE: {"vi": "đã làm", "en": "done"},
        CommandOutcome.REFUSED: {"vi": "máy từ chối", "en": "refused"},
        CommandOutcome.EXPIRED: {"vi": "hết hạn, không trả lời", "en": "expired without an answer"},
    },
}

SETTING_MEANINGS: dict[str, str] = {
    "home": "Thư mục của đài: cơ sở dữ liệu, bản thu, tệp phát, khóa.",
    "database_url": "Địa chỉ cơ sở dữ liệu; để trống: SQLite trong LOABAN_HOME.",
    "time_zone": "Múi giờ duy nhất của đài.",
    "language": "Ngôn ngữ của câu trả lời trên dòng lệnh: vi (tiếng Việt) hoặc en (tiếng Anh).",
    "host": "Địa chỉ mạng mà trang tình hình phát sóng mở ra.",
    "port": "Cổng của trang tình hình phát sóng.",
    "https": "1 khi mọi người mở trang qua https (có máy chủ trung gian phía trước).",
    "trusted_proxy": "Địa chỉ máy chủ trung gian được tin khi nói địa chỉ của người dùng.",
    "public_url": "Địa chỉ https://… mà máy phát tại bản gọi về đài; để trống: đúng địa chỉ máy đã gọi khi ghép đôi.",
    "broker_url": "Địa chỉ mqtt://… hoặc mqtts://… mà đài gọi tới máy chủ MQTT; để trống: máy chủ chạy kèm.",
    "broker_authority": "Chứng thư của nơi ký chứng thư máy chủ MQTT; để trống: các nơi ký mà hệ thống tin.",
    "broker_files": "Thư mục chứa tệp mật khẩu và tệp quyền cho Mosquitto; để trống: không ghi.",
    "broker_process": "Tệp ghi số tiến trình của Mosquitto, để báo nó đọc lại hai tệp ấy; để trống: không báo.",
    "broker_host": "Địa chỉ mà máy chủ MQTT chạy kèm lắng nghe các máy phát tại bản.",
    "broker_port": "Cổng của máy chủ MQTT chạy kèm; khi có chứng thư thì chỉ dành cho các tiến trình trên máy này.",
    "broker_tls_port": "Cổng TLS của máy chủ MQTT chạy kèm.",
    "broker_certificate": "Chứng thư (PEM, kèm chuỗi) của máy chủ MQTT chạy kèm; để trống: không dùng TLS.",
    "broker_key": "Khóa (PEM) của chứng thư ấy.",
    "broker_public_url": "Địa chỉ mqtts://… mà máy phát tại bản gọi tới máy chủ MQTT; để trống: máy chủ chạy kèm.",
    "target_lufs": "Độ to chuẩn của tệp phát, LUFS.",
    "peak_dbtp": "Mức đỉnh cao nhất trước khi nén Opus, dBTP.",
    "limiter_max_db": "Bộ hạn biên được giảm nhiều nhất bao nhiêu dB.",
    "opus_kbps": "Tốc độ bit của tệp Opus để truyền đi, kbit/s.",
    "allowed_hours": "Giờ được phát khi vùng phát và địa bàn không quy định riêng.",
    "horizon_days": "Lập sẵn kế hoạch phát cho bao nhiêu ngày tới.",
    "claim_lead": "Nhận phát trước giờ phát bao nhiêu giây.",
    "lease": "Bộ phát sóng im lặng quá bao nhiêu giây thì mất quyền phát.",
    "tick": "Bao nhiêu giây bộ phát sóng xem lại việc đến giờ một lần.",
    "preflight": "Kiểm tra tệp trước giờ phát bao nhiêu giây.",
    "join_least_share": "Trễ giờ thì chỉ phát tiếp khi chương trình còn lại ít nhất phần này (0,2 là 20%).",
    "playout_zones": "Mã các vùng phát mà máy này phát; để trống: tất cả.",
    "sound_device": "Máy phát tại bản: tên (hoặc một phần tên) cổng âm thanh; để trống: cổng mặc định.",
    "microphone": "Máy phát tại bản: tên micrô nghe lại tiếng loa, hoặc default; để trống: không có.",
    "amplifier_state": "Máy phát tại bản: tệp cho biết tăng âm bật (1) hay tắt (0), ví dụ chân GPIO; trống: không có.",
    "amplifier_switch": "Máy phát tại bản: tệp để bật (1) và tắt (0) tăng âm theo từng buổi phát; để trống: không có.",
    "station_authority": "Máy phát tại bản: chứng thực của nơi ký chứng thư của đài; để trống: theo hệ điều hành.",
    "plain_link": "Máy phát tại bản: 1 cho gọi đài bằng http không mã hóa ra ngoài mạng nội bộ (không an toàn).",
    "media_quota_mb": "Máy phát tại bản: dung lượng tối đa dành cho tệp phát trên thẻ nhớ, MB.",
    "trust_rtc": "Máy phát tại bản: 1 khi tin được đồng hồ chạy pin của máy lúc chưa có nguồn giờ nào tốt hơn.",
    "central_url": "Địa chỉ hệ thống thông tin nguồn, https://tên:mật-khẩu@máy-chủ/đường-dẫn; để trống: không kết nối.",
    "central_source": "Mã của đài ở hệ thống thông tin nguồn (NguonID).",
    "central_adapter": "Tệp Python có bộ nối riêng với hệ thống thông tin nguồn; để trống: bộ nối có sẵn.",
    "backup_folder": "Thư mục sao lưu, nên ở ổ đĩa khác; mỗi đêm tự sao lưu một lần. Để trống: không sao lưu.",
    "backup_most_days": "Quá bao nhiêu ngày không có bản sao lưu mới thì báo động.",
    "log_level": "Mức ghi chép của chương trình: DEBUG, INFO, WARNING hoặc ERROR.",
}
"""What each setting means, in Vietnamese; the English is kept with the settings themselves."""


def label(value: StrEnum | IntEnum, *, language: str = "vi") -> str:
    """The words for a value on a screen."""
    return LABELS[type(value)][value][language]


def label_missed(code: str, *, language: str = "vi") -> str:
    """The words for why an airing does not count: a reason of the log, or what it falls short of."""
    return label(Shortfall(code) if code in set(Shortfall) else Reason(code), language=language)

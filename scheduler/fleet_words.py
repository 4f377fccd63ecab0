"""How the pages tell what a village's box lacks and what it says of itself, in both languages."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.domain.fleet import Lack, LackCode
from scheduler.domain.village import BoxProblem, Refusal

Words = Mapping[str, str]

LACKS: Mapping[LackCode, Words] = {
    LackCode.NO_PLAYER: {
        "vi": "Chưa ghép máy phát nào; hãy tạo mã ghép máy.",
        "en": "No player is paired; make a pairing code.",
    },
    LackCode.NEVER_SEEN: {
        "vi": "Máy đã ghép nhưng chưa liên lạc lần nào; hãy kiểm tra nguồn điện, SIM và sóng tại bản.",
        "en": "The box is paired but was never heard of; check its power, SIM and signal in the village.",
    },
    LackCode.ZONE_PAUSED: {
        "vi": "Vùng phát đang tạm dừng; hãy cho phát lại ở trang Địa bàn.",
        "en": "The zone is paused; resume it on the page of places.",
    },
    LackCode.PLAN_NOT_MADE: {
        "vi": "Đài chưa lập kế hoạch nào cho vùng này; hãy kiểm tra khung giờ có nhắm đến vùng này không.",
        "en": "The station has made no plan for this zone; see whether a slot reaches it.",
    },
    LackCode.PLAN_MISSING: {
        "vi": "Máy chưa nhận được kế hoạch nào; hãy bấm “Cập nhật ngay”.",
        "en": "The box holds no plan yet; press “Refresh now”.",
    },
    LackCode.PLAN_OLD: {
        "vi": "Máy còn giữ kế hoạch cũ (bản {held}, đài đã có bản {newest}); máy có liên lạc "
        "thì hãy bấm “Cập nhật ngay”.",
        "en": "The box holds an older plan ({held}; the newest is {newest}); press “Refresh now” if it is in contact.",
    },
    LackCode.PLAN_SHORT: {
        "vi": "Kế hoạch trong máy chỉ đến {until}, trước buổi phát tới; hãy bấm “Cập nhật ngay”.",
        "en": "The plan in the box ends at {until}, before the next broadcast; press “Refresh now”.",
    },
    LackCode.FILE_NOT_MADE: {
        "vi": "Đài chưa làm xong tệp của buổi phát tới; tệp sẽ được làm trong ít phút.",
        "en": "The station has not made the file of the next broadcast yet; it will within minutes.",
    },
    LackCode.FILE_MISSING: {
        "vi": "Thiếu tệp của buổi phát tới (máy có {ready}/{wanted} tệp); hãy bấm “Cập nhật ngay”.",
        "en": "The file of the next broadcast is missing ({ready} of {wanted} files are there); press “Refresh now”.",
    },
    LackCode.FILES_MISSING: {
        "vi": "Còn thiếu tệp của những buổi sau (máy có {ready}/{wanted} tệp), sẽ tải vào giờ cho phép.",
        "en": "Files of later broadcasts are missing ({ready} of {wanted} are there); they are fetched at night.",
    },
    LackCode.TWIN: {
        "vi": "Có hai máy dùng chung một danh tính (thẻ nhớ bị sao chép); hãy thay máy để cấp danh tính mới.",
        "en": "Two boxes bear one identity (a copied card); replace the box to give it a new one.",
    },
    LackCode.OFFLINE: {
        "vi": "Mất liên lạc từ {since}; máy vẫn tự phát theo kế hoạch đã có. Hãy gọi người ở "
        "bản xem nguồn điện, SIM và sóng.",
        "en": "Out of contact since {since}; the box goes on by the plan it holds. Have its "
        "power, SIM and signal looked at.",
    },
}
PROBLEMS: Mapping[BoxProblem, Words] = {
    BoxProblem.NO_TRUSTED_TIME: {
        "vi": "Máy chưa có giờ đúng nên chưa tự phát; hãy cho máy có mạng ít phút, giờ sẽ tự đúng.",
        "en": "The box does not know the time and plays nothing by itself; give it a network for a few minutes.",
    },
    BoxProblem.CLOCK_OFF: {
        "vi": "Đồng hồ của máy lệch; hãy cho máy có mạng để tự chỉnh giờ.",
        "en": "The clock of the box is off; give it a network to set itself.",
    },
    BoxProblem.DISK_FULL: {
        "vi": "Thẻ nhớ của máy đã đầy; hãy lắp thẻ lớn hơn rồi ghép lại máy.",
        "en": "The storage of the box is full; put in a larger card and pair the box again.",
    },
    BoxProblem.SOUND_DEVICE: {
        "vi": "Máy không mở được cổng âm thanh; hãy kiểm tra dây nối với tăng âm.",
        "en": "The box cannot open its sound device; check the cable to the amplifier.",
    },
    BoxProblem.AMPLIFIER_SILENT: {
        "vi": "Đang phát nhưng không nghe thấy tiếng; hãy kiểm tra tăng âm và loa.",
        "en": "It plays, but nothing is heard; check the amplifier and the loudspeakers.",
    },
    BoxProblem.AMPLIFIER_OFF: {
        "vi": "Tăng âm đang tắt; hãy nhờ người ở bản bật tăng âm.",
        "en": "The amplifier is off; have it switched on.",
    },
    BoxProblem.PLAN_EXPIRED: {
        "vi": "Kế hoạch trong máy đã hết hạn; hãy bấm “Cập nhật ngay”.",
        "en": "The plan in the box has run out; press “Refresh now”.",
    },
    BoxProblem.NO_PLAN: {
        "vi": "Máy chưa có kế hoạch nào; hãy bấm “Cập nhật ngay”.",
        "en": "The box holds no plan yet; press “Refresh now”.",
    },
    BoxProblem.FILE_REFUSED: {
        "vi": "Máy bỏ một tệp bị hỏng và sẽ tải lại.",
        "en": "The box refused a damaged file and fetches it again.",
    },
    BoxProblem.SIM_MISSING: {
        "vi": "Modem của máy không thấy thẻ SIM; hãy nhờ người ở bản lắp lại thẻ.",
        "en": "The modem of the box finds no SIM card; have the card put in again.",
    },
    BoxProblem.SIM_LOCKED: {
        "vi": "Thẻ SIM của máy đang khóa bằng mã PIN; hãy tắt mã PIN rồi lắp lại thẻ.",
        "en": "The SIM card of the box is locked with a PIN; switch the PIN off and put the card in again.",
    },
    BoxProblem.MICROPHONE: {
        "vi": "Micrô nghe lại của máy không dùng được; hãy kiểm tra dây micrô.",
        "en": "The return microphone of the box cannot be used; check its cable.",
    },
    BoxProblem.FILES_UNREACHABLE: {
        "vi": "Máy không lấy được tệp từ đài; hãy kiểm tra địa chỉ và mạng.",
        "en": "The box cannot fetch files from the station; check the address and the network.",
    },
    BoxProblem.TOKEN_REFUSED: {
        "vi": "Đài không nhận giấy ghép đôi của máy; hãy tạo mã thay máy rồi ghép lại.",
        "en": "The station does not take the box's membership; make a code and pair it again.",
    },
    BoxProblem.PLAIN_LINK: {
        "vi": "Đường tải tệp không được mã hóa; hãy dùng địa chỉ https.",
        "en": "Files would travel unencrypted; use an https address.",
    },
    BoxProblem.HOT: {
        "vi": "Máy quá nóng; hãy đặt máy ở chỗ thoáng, tránh nắng.",
        "en": "The box is too hot; put it where there is air and no sun.",
    },
}
"""What a box says is wrong with it, by its code."""
_OTHER: Words = {
    "vi": "Máy báo lỗi chưa có tên gọi ({problem}); hãy gọi người phụ trách kỹ thuật.",
    "en": "The box reports what has no name here ({problem}); call whoever looks after it.",
}

CLOCK_SOURCES: Mapping[str, Words] = {
    "none": {"vi": "chưa có giờ đúng", "en": "no trusted time"},
    "ntp": {"vi": "theo mạng (NTP)", "en": "from the network (NTP)"},
    "station": {"vi": "theo giờ của đài", "en": "from the station"},
    "rtc": {"vi": "theo đồng hồ có pin của máy", "en": "from its battery clock"},
}
AMPLIFIERS: Mapping[str, Words] = {
    "on": {"vi": "đang bật", "en": "on"},
    "off": {"vi": "đang tắt", "en": "off"},
    "silent": {"vi": "không nghe thấy tiếng", "en": "not heard"},
}
REFUSALS: Mapping[Refusal, Words] = {
    Refusal.BAD_SIGNATURE: {"vi": "chữ ký không đúng", "en": "the signature is wrong"},
    Refusal.BAD_MESSAGE: {"vi": "không đọc được lệnh", "en": "it could not be read"},
    Refusal.EXPIRED: {"vi": "lệnh đến quá muộn", "en": "it came too late"},
    Refusal.REPLAYED: {"vi": "lệnh đã làm rồi", "en": "it was done already"},
    Refusal.NOT_FOR_US: {"vi": "lệnh cho nơi khác", "en": "it was for another place"},
    Refusal.NOT_ALLOWED: {"vi": "quy định của vùng không cho phép", "en": "the zone's rules do not allow it"},
    Refusal.NOT_YET: {"vi": "giờ của lệnh chưa tới (đồng hồ lệch)", "en": "it is from the future (a clock is off)"},
    Refusal.NOTHING_TO_SAY: {"vi": "không có gì để phát ở vùng này", "en": "there is nothing to say in this zone"},
    Refusal.NO_TRUSTED_TIME: {"vi": "máy chưa có giờ đúng", "en": "the box does not know the time"},
}
"""Why a box refused a command, by its code."""
HELD_BACK: Mapping[str, Words] = {
    "unknown_airing": {"vi": "đài không có lần phát này", "en": "the station knows no such airing"},
    "other_zone": {"vi": "lần phát này không dành cho vùng này", "en": "the airing is not for this zone"},
    "other_file": {"vi": "máy đã phát một tệp khác với tệp đài giao", "en": "a file sounded that is not the airing's"},
    "impossible": {"vi": "số liệu không thể có ({about})", "en": "figures that cannot be ({about})"},
    "from_the_future": {"vi": "giờ ghi ở tương lai", "en": "an instant in the future"},
    "contradicts_log": {"vi": "trái với dòng đã có trong nhật ký", "en": "it contradicts what the log holds"},
    "sounded_by_another": {"vi": "máy khác đã phát lần này", "en": "another machine sounded this airing"},
    "bad_message": {"vi": "không đọc được ({about})", "en": "it cannot be read ({about})"},
    "unpostable": {"vi": "không ghi được vào nhật ký", "en": "it could not be written into the log"},
    "unknown_kind": {"vi": "loại dòng chưa biết ({about})", "en": "an unknown kind of row ({about})"},
}
"""Why a row of a village's journal is kept out of the log, by its code."""
ROW_WORDS: Mapping[str, Words] = {
    "started": {"vi": "bắt đầu phát", "en": "started"},
    "delivery": {"vi": "kết quả phát", "en": "delivery"},
    "command": {"vi": "trả lời lệnh", "en": "answer to a command"},
    "broadcast_id": {"vi": "mã buổi phát", "en": "broadcast"},
    "airing_id": {"vi": "mã lần phát", "en": "airing"},
    "command_id": {"vi": "mã lệnh", "en": "command"},
    "kind": {"vi": "kết quả", "en": "outcome"},
    "outcome": {"vi": "trả lời", "en": "answer"},
    "reason": {"vi": "lý do", "en": "reason"},
    "planned_at": {"vi": "giờ kế hoạch", "en": "planned at"},
    "started_at": {"vi": "bắt đầu", "en": "started at"},
    "ended_at": {"vi": "dừng lúc", "en": "ended at"},
    "offset_s": {"vi": "bắt đầu từ giây thứ", "en": "from second"},
    "seconds_planned": {"vi": "số giây kế hoạch", "en": "seconds planned"},
    "seconds_sounded": {"vi": "số giây đã phát", "en": "seconds sounded"},
    "evidence": {"vi": "bằng chứng", "en": "evidence"},
    "rendition_sha256": {"vi": "SHA-256 tệp phát", "en": "SHA-256 of the rendition"},
    "note": {"vi": "ghi chú", "en": "note"},
    "no journal row": {"vi": "không phải dòng nhật ký", "en": "no journal row"},
    "number, kind or time": {"vi": "số dòng, loại hoặc giờ", "en": "number, kind or time"},
}
"""What a row of a village's journal is called, and each of its facts, by their names in the message."""


def tell_held_back(problem: Mapping[str, object], *, language: str = "vi") -> str:
    """Why a journal row is held back, from what is kept with it; the code where it is not known."""
    code, about = str(problem.get("code", "")), str(problem.get("about", ""))
    found = HELD_BACK.get(code)
    if found is None:
        return code
    told = ROW_WORDS[about][language] if about in ROW_WORDS else _word_each(about, language=language)
    return found[language].format(about=told or "?")


def word_row(name: str, *, language: str = "vi") -> str:
    """What a kind of journal row or one of its facts is called; its name where it is not known."""
    return ROW_WORDS.get(name, {}).get(language, name)


def _word_each(names: str, *, language: str) -> str:
    return ", ".join(word_row(name, language=language) for name in names.split(", "))


def tell_lack(lack: Lack, *, zone: ZoneInfo, language: str = "vi") -> str:
    """The sentence for what a box lacks, with instants as the station writes them."""
    if lack.code is LackCode.PROBLEM:
        return tell_problem(str(lack.facts.get("problem", "")), language=language)
    facts = {name: _as_written(value, zone=zone) for name, value in lack.facts.items()}
    return LACKS[lack.code][language].format(**facts)


def tell_problem(code: str, *, language: str = "vi") -> str:
    """The sentence for a code that a box says of itself; the code where it is not known."""
    if code not in set(BoxProblem):  # of a newer box, or another maker's
        return _OTHER[language].format(problem=code)
    return PROBLEMS[BoxProblem(code)][language]


def word_clock(source: str, *, language: str = "vi") -> str:
    """Where a box has its time from."""
    return CLOCK_SOURCES.get(source, {}).get(language, source)


def word_amplifier(state: str, *, language: str = "vi") -> str:
    """How the amplifier is."""
    return AMPLIFIERS.get(state, {}).get(language, state)


def word_refusal(reason: str, *, language: str = "vi") -> str:
    """Why a command was refused."""
    return REFUSALS[Refusal(reason)][language] if reason in set(Refusal) else reason


def _as_written(value: object, *, zone: ZoneInfo) -> object:
    return f"{value.astimezone(zone):%H:%M %d/%m/%Y}" if isinstance(value, datetime) else value

"""Sentences about alarms, notices and the central system."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "central_away": {
        "vi": "Hệ thống thông tin nguồn không trả lời ({reason}); chương trình tự gửi lại, hãy kiểm tra mạng nếu kéo dài.",
        "en": "The central system does not answer ({reason}); it is tried again by itself, check the network if it lasts.",
    },
    "central_refused": {
        "vi": "Hệ thống thông tin nguồn không nhận ({reason}); hãy hỏi nơi quản lý hệ thống đó.",
        "en": "The central system refuses what it was sent ({reason}); ask those who run it.",
    },
    "unknown_bulletin": {
        "vi": "Không có bản tin này; hãy mở lại trang Bản tin từ cấp trên.",
        "en": "There is no such bulletin; open the page of bulletins again.",
    },
    "bulletin_decided": {
        "vi": "{by} đã quyết định bản tin này rồi; hãy mở lại trang để xem.",
        "en": "{by} has decided on this already; open the page again.",
    },
    "unknown_alarm": {
        "vi": "Không có báo động này; hãy mở lại trang Báo động.",
        "en": "There is no such alarm; open the page of alarms again.",
    },
    "alarm_over": {
        "vi": "Sự cố đã hết từ {since}, không cần nhận nữa; nếu lặp lại sẽ có báo động mới.",
        "en": "The trouble ended at {since}, nobody need see to it; if it comes back there will be a new alarm.",
    },
    "unknown_target": {
        "vi": "Không có nơi nhận này; hãy mở lại trang Nơi nhận thông báo.",
        "en": "Nobody is told under this name; open the page of notices again.",
    },
    "bad_target": {
        "vi": "Không gửi được tới địa chỉ “{address}”; hãy ghi địa chỉ https://… hoặc địa chỉ kiểu Apprise (mailto://, tgram://…).",
        "en": "Nothing can be sent to “{address}”; give an https://… address or one that Apprise knows (mailto://, tgram://…).",
    },
    "notice_not_taken": {
        "vi": "Nơi nhận chưa nhận được thông báo ({reason}); hãy xem lại địa chỉ và mạng.",
        "en": "The notice was not taken ({reason}); check the address and the network.",
    },
}

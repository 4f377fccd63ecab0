"""Sentences about series, episodes, editions and takes."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "unknown_series": {
        "vi": "Không có chuyên mục “{series}”; hãy xem lại danh sách chuyên mục.",
        "en": "There is no series “{series}”; see the list of series.",
    },
    "unknown_episode": {
        "vi": "Chuyên mục “{series}” không có số {number} năm {year}; hãy xem lại danh sách các số.",
        "en": "Series “{series}” has no episode {number} of {year}; see the list of episodes.",
    },
    "unknown_edition": {
        "vi": "Số {number} năm {year} của “{series}” không có bản tiếng “{language}”; hãy kiểm tra lại mã ngôn ngữ.",
        "en": "Episode {number} of {year} of “{series}” is not made in “{language}”; check the language code.",
    },
    "unknown_language": {
        "vi": "Đài không dùng ngôn ngữ “{language}”; hãy chọn một trong: {known}.",
        "en": "The station has no language “{language}”; choose one of: {known}.",
    },
    "series_exists": {
        "vi": "Mã chuyên mục “{series}” đã được dùng; hãy chọn mã khác.",
        "en": "The series code “{series}” is taken; choose another.",
    },
    "episode_exists": {
        "vi": "Chuyên mục “{series}” đã có số {number} năm {year}; hãy chọn số khác.",
        "en": "Series “{series}” has an episode {number} of {year} already; choose another number.",
    },
    "bad_field": {
        "vi": "Mục “{field}” không hợp lệ: “{value}”; hãy nhập lại.",
        "en": "The value of “{field}” cannot be used: “{value}”; enter it again.",
    },
    "step_not_allowed": {
        "vi": "Bản tiếng này đang “{state}” nên không chuyển thành “{wanted}” được; hãy tải lại trang và xem tình trạng.",
        "en": "This edition is “{state}” and cannot become “{wanted}”; look at its state first.",
    },
    "reason_missing": {
        "vi": "Cần ghi lý do để người khác đọc còn hiểu; hãy thêm lý do.",
        "en": "A reason is needed so that others understand; give one.",
    },
    "unknown_recording": {
        "vi": "Không có bản thu nào có mã bắt đầu bằng “{sha256}”; hãy gửi bản thu hoặc kiểm tra lại mã.",
        "en": "No take has bytes that begin with “{sha256}”; send a recording or check the digits.",
    },
    "no_take_yet": {
        "vi": "Bản này chưa có bản thu nào dùng được; hãy gửi bản thu trước.",
        "en": "Nothing usable was recorded for this edition yet; deliver a take first.",
    },
    "recording_not_found": {
        "vi": "Không có bản thu số {recording}; hãy xem lại danh sách bản thu.",
        "en": "There is no recording {recording}; see the list of recordings.",
    },
    "duplicate_recording": {
        "vi": "Tệp này đã có: bản thu {recording}, lần thu {take} của {series} số {number}/{year} tiếng {language}; "
        "hãy chọn tệp khác.",
        "en": "This file is known: recording {recording}, take {take} of {series} number {number}/{year} ({language}); "
        "choose another file.",
    },
    "recording_not_measured": {
        "vi": "Bản thu lần {take} chưa đo xong; hãy chờ nhận bản thu xong rồi duyệt.",
        "en": "Take {take} is not measured yet; wait for the ingest and approve then.",
    },
    "take_changed": {
        "vi": "Trong lúc bạn nghe đã có bản thu mới (lần {take}); hãy nghe bản đó rồi mới quyết định.",
        "en": "A newer recording (take {take}) arrived while you listened; listen to it and decide then.",
    },
    "author_may_not_approve": {
        "vi": "Bạn đã gửi bản thu hoặc đã trình duyệt bản này nên không tự duyệt được; hãy nhờ người duyệt khác.",
        "en": "You delivered this recording or submitted it, so you cannot approve it; ask another approver.",
    },
    "recording_refused": {
        "vi": "Bản thu lần {take} không đạt ({reason}) nên không duyệt được; hãy gửi bản thu khác.",
        "en": "Take {take} was refused ({reason}) and cannot be approved; send another recording.",
    },
}

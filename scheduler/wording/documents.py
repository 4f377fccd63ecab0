"""Sentences about documents and calendars."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "fonts_missing": {
        "vi": "Chưa có phông chữ để in ({folder}); hãy chạy `make frontend` hoặc cài lại chương trình.",
        "en": "The fonts for printing are not there ({folder}); run `make frontend` or install the program again.",
    },
    "bad_template": {
        "vi": "Mẫu {name} chưa dùng được (dòng {line}): {problem}. Hãy sửa tệp mẫu, hoặc xóa tệp để dùng mẫu có sẵn.",
        "en": "The template {name} cannot be used (line {line}): {problem}. Correct it, or delete it to use ours.",
    },
    "unknown_feed": {
        "vi": "Không có địa chỉ lịch số {feed}; hãy xem lại danh sách ở trang Văn bản.",
        "en": "There is no calendar address {feed}; look at the list on the page Documents again.",
    },
    "too_many_days": {
        "vi": "Sổ nhật ký in theo tuần hoặc tháng: tối đa {limit} ngày; hãy chọn khoảng ngày ngắn hơn.",
        "en": "The log is printed by week or month: at most {limit} days; choose fewer.",
    },
}

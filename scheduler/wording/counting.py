"""Sentences about the as-run log and its tallies."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "unknown_airing": {
        "vi": "Kế hoạch không có lần phát {airing}; hãy xem lại kế hoạch phát.",
        "en": "The plan has no airing {airing}; look at the plan again.",
    },
    "not_in_log": {
        "vi": "Nhật ký chưa có lần phát {airing} tại vùng này; chỉ đính chính được điều đã ghi.",
        "en": "The log has nothing about airing {airing} in this zone; only what was recorded can be corrected.",
    },
    "unknown_delivery": {
        "vi": "Không tìm thấy dòng nhật ký này; hãy trở lại trang nhật ký và chọn lại.",
        "en": "There is no such line in the log; go back to the log and choose again.",
    },
    "delivery_changed": {
        "vi": "{by} vừa đính chính kết quả này ({seconds} giây); hãy xem lại rồi mới đính chính tiếp.",
        "en": "{by} corrected this delivery a moment ago ({seconds} s); look at it before you correct it again.",
    },
    "period_too_long": {
        "vi": "Mỗi lần chỉ xem hoặc xuất được nhiều nhất {days} ngày nhật ký; hãy chọn khoảng ngày ngắn hơn.",
        "en": "The log is shown or exported for at most {days} days at once; choose a shorter period.",
    },
    "too_many_lines": {
        "vi": "Bộ lọc này có hơn {limit} dòng, quá nhiều cho một tệp Excel; hãy chọn ít ngày hơn hoặc xuất tệp CSV.",
        "en": "More than {limit} lines fit this filter, too many for one Excel file; choose fewer days or export CSV.",
    },
    "bad_period": {
        "vi": "Ngày cuối {last} trước ngày đầu {first}; hãy đổi lại hai ngày.",
        "en": "The last day {last} is before the first day {first}; put the two days right.",
    },
    "tally_differs": {
        "vi": "Số cộng dồn ở bảng {table} không khớp nhật ký phát sóng; hãy chạy: loaban tally rebuild.",
        "en": "The tally {table} is not what the as-run log says; run: loaban tally rebuild.",
    },
}

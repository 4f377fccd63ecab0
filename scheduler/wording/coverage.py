"""Sentences about areas, zones and loudspeakers, and the sheets they are imported from."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "unknown_area": {
        "vi": "Ngày {on} không có địa bàn nào mang mã hoặc tên “{area}”; hãy xem lại danh sách địa bàn.",
        "en": "No area goes by “{area}” on {on}; see the list of areas.",
    },
    "ambiguous_area": {
        "vi": "Có nhiều địa bàn tên “{area}”: {found}; hãy dùng mã hoặc #số.",
        "en": "Several areas are called “{area}”: {found}; use a code or #number.",
    },
    "area_code_taken": {
        "vi": "Mã “{area_code}” đang là của “{area}” trong thời gian đó; hãy kiểm tra mã và ngày.",
        "en": "The code “{area_code}” belongs to “{area}” at that time; check the code and the dates.",
    },
    "unknown_zone": {
        "vi": "Không có vùng phát “{zone}”; hãy xem lại danh sách vùng phát.",
        "en": "There is no zone “{zone}”; see the list of zones.",
    },
    "unknown_loudspeaker": {
        "vi": "Không có loa số {loudspeaker}; hãy xem lại trang của vùng phát.",
        "en": "There is no loudspeaker {loudspeaker}; look at the page of its zone.",
    },
    "zone_exists": {
        "vi": "Mã vùng phát “{zone}” đã được dùng; hãy chọn mã khác.",
        "en": "The zone code “{zone}” is taken; choose another.",
    },
    "bad_hours": {
        "vi": "Giờ được phát “{hours}” không đúng; hãy ghi như 05:00-21:00,22:00-23:00.",
        "en": "The hours “{hours}” cannot be read; write them like 05:00-21:00,22:00-23:00.",
    },
    "places_no_sheet": {
        "vi": "Tệp không có trang tính nào tên “Địa bàn”, “Vùng phát” hay “Loa”; hãy dùng tệp mẫu.",
        "en": "The file has no sheet “Địa bàn”, “Vùng phát” or “Loa”; start from the template.",
    },
    "places_not_a_kind": {
        "vi": "“{value}” không phải là loại địa bàn; hãy ghi tỉnh, thành phố, xã, phường, bản, tổ hoặc tiểu khu.",
        "en": "“{value}” is no kind of area; write tỉnh, thành phố, xã, phường, bản, tổ or tiểu khu.",
    },
    "places_not_a_code": {
        "vi": "“{value}” không dùng làm mã được; hãy ghi chữ không dấu, số và gạch nối, không có dấu cách.",
        "en": "“{value}” cannot be a code; use plain letters, digits and hyphens, no spaces.",
    },
    "places_not_languages": {
        "vi": "Không hiểu ngôn ngữ “{value}”; hãy ghi vi, blt hoặc cả hai theo thứ tự phát, ví dụ: blt, vi.",
        "en": "The languages “{value}” cannot be read; write vi, blt or both in the order heard, e.g. blt, vi.",
    },
    "places_not_a_carrier": {
        "vi": "“{value}” không phải là đường truyền; hãy ghi file, soundcard hoặc memory.",
        "en": "“{value}” is no carrier; write file, soundcard or memory.",
    },
    "places_not_hours": {
        "vi": "Giờ được phát “{value}” không đúng; hãy ghi như 05:00-07:00, 17:00-19:00.",
        "en": "The hours “{value}” cannot be read; write them like 05:00-07:00, 17:00-19:00.",
    },
    "places_not_a_state": {
        "vi": "“{value}” không phải là tình trạng của loa; hãy ghi tốt, hỏng hoặc đã tháo.",
        "en": "“{value}” is no state of a loudspeaker; write tốt, hỏng or đã tháo.",
    },
    "places_too_long": {
        "vi": "“{value}…” dài quá 120 chữ; hãy viết ngắn lại.",
        "en": "“{value}…” has more than 120 letters; make it shorter.",
    },
    "places_area_in_itself": {
        "vi": "Địa bàn này không thể thuộc “{value}” vì “{value}” nằm trong chính nó; hãy kiểm tra cột “thuộc”.",
        "en": "The area cannot lie in “{value}”, which lies in it; check the column “thuộc”.",
    },
    "places_not_degrees": {
        "vi": "“{value}” không phải là vĩ độ hay kinh độ; hãy ghi số độ, ví dụ 21,327.",
        "en": "“{value}” is no latitude or longitude; write degrees, e.g. 21.327.",
    },
    "places_not_a_position": {
        "vi": "Vị trí thiếu vĩ độ hoặc kinh độ, hoặc không có trên bản đồ; hãy ghi đủ cả hai.",
        "en": "The place lacks latitude or longitude, or is nowhere on the map; write both.",
    },
    "places_area_unknown": {
        "vi": "Không có địa bàn “{value}” trong phạm vi của bạn; hãy ghi đúng mã hoặc tên, hoặc thêm ở trang “Địa bàn”.",
        "en": "There is no area “{value}” within what is yours; write its code or name, or add it on “Địa bàn”.",
    },
    "places_area_ambiguous": {
        "vi": "Có nhiều địa bàn tên “{value}”; hãy ghi thêm nơi nó thuộc về, ví dụ: Bản Tông, Chiềng Xôm.",
        "en": "Several areas are called “{value}”; add what it lies in, e.g. Bản Tông, Chiềng Xôm.",
    },
    "places_area_uppermost": {
        "vi": "Chỉ người quản cả đài mới thêm được địa bàn không thuộc địa bàn nào; hãy điền cột “thuộc”.",
        "en": "Only who is in charge of the whole station adds an area that lies in none; fill in “thuộc”.",
    },
    "places_code_taken": {
        "vi": "Mã địa bàn “{value}” đang là của “{area}”; hãy kiểm tra lại mã.",
        "en": "The area code “{value}” belongs to “{area}”; check it.",
    },
    "places_twice": {
        "vi": "“{value}” ghi hai lần; hãy bỏ bớt một dòng.",
        "en": "“{value}” is listed twice; remove one line.",
    },
    "places_zone_unknown": {
        "vi": "Không có vùng phát mã “{value}” trong phạm vi của bạn; hãy ghi đúng mã, hoặc thêm ở trang “Vùng phát”.",
        "en": "There is no zone “{value}” within what is yours; write its code, or add it on “Vùng phát”.",
    },
    "places_zone_removed": {
        "vi": "Mã vùng “{value}” là của một vùng đã bỏ; hãy chọn mã khác.",
        "en": "The zone code “{value}” is of a zone that was removed; choose another.",
    },
}

"""Sentences about workbooks of what was aired and about confirmations by people."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "nothing_to_confirm": {
        "vi": "Chưa chọn dòng nào; hãy đánh dấu các dòng mà người báo đã xác nhận.",
        "en": "No line is ticked; tick the lines that were confirmed.",
    },
    "not_over_yet": {
        "vi": "Lần phát này chưa hết giờ; hãy chờ phát xong rồi mới ghi xác nhận.",
        "en": "This delivery is not over yet; wait until it is before you confirm it.",
    },
    "logbook_unreadable": {
        "vi": "Không đọc được tệp {name}; hãy lưu lại thành sổ tính Excel (.xlsx) rồi nhập lại.",
        "en": "The file {name} cannot be read; save it as an Excel workbook (.xlsx) and import it again.",
    },
    "logbook_problems": {
        "vi": "Chưa nhập gì vì tệp có {count} chỗ sai; hãy sửa các ô đã nêu rồi nhập lại.",
        "en": "Nothing was imported because the file has {count} problems; correct the cells named and import again.",
    },
    "logbook_sheet_missing": {
        "vi": "Thiếu trang tính “{sheet}”; hãy thêm trang tính có đúng tên này.",
        "en": "The sheet “{sheet}” is missing; add a sheet of this name.",
    },
    "logbook_column_missing": {
        "vi": "Thiếu cột “{column}”; hãy thêm cột có đúng tên này ở dòng đầu.",
        "en": "The column “{column}” is missing; add it to the first line.",
    },
    "logbook_column_twice": {
        "vi": "Có hai cột “{column}”; hãy bỏ bớt một cột.",
        "en": "The column “{column}” is there twice; remove one.",
    },
    "logbook_cell_empty": {
        "vi": "Ô để trống; hãy điền vào.",
        "en": "The cell is empty; fill it in.",
    },
    "logbook_not_a_number": {
        "vi": "“{value}” không phải là số thứ tự; hãy ghi số nguyên từ 1.",
        "en": "“{value}” is no episode number; write a whole number from 1.",
    },
    "logbook_not_a_language": {
        "vi": "“{value}” không phải là mã ngôn ngữ; hãy ghi vi (phổ thông) hoặc blt (Thái).",
        "en": "“{value}” is no language code; write vi or blt.",
    },
    "logbook_not_a_duration": {
        "vi": "“{value}” không phải là thời lượng; hãy ghi phút:giây, ví dụ 08:30.",
        "en": "“{value}” is no duration; write minutes:seconds, e.g. 08:30.",
    },
    "logbook_not_a_date": {
        "vi": "“{value}” không phải là ngày; hãy ghi ngày/tháng/năm, ví dụ 05/3/2021.",
        "en": "“{value}” is no date; write day/month/year, e.g. 05/3/2021.",
    },
    "logbook_not_a_time": {
        "vi": "“{value}” không phải là giờ; hãy ghi giờ:phút, ví dụ 05:30.",
        "en": "“{value}” is no time of day; write hours:minutes, e.g. 05:30.",
    },
    "logbook_duration_zero": {
        "vi": "Thời lượng bằng 0; hãy ghi thời lượng thật.",
        "en": "The duration is zero; write how long the edition is.",
    },
    "logbook_in_future": {
        "vi": "Ngày {value} chưa tới; hãy kiểm tra lại ngày.",
        "en": "The day {value} is still to come; check the date.",
    },
    "logbook_series_unknown": {
        "vi": "Không rõ “{value}” thuộc chuyên mục nào; hãy nhập lại và thêm: --series MÃ (mã xem ở: loaban series list).",
        "en": "It is not known which series “{value}” belongs to; name it with --series.",
    },
    "logbook_language_not_of_series": {
        "vi": "Chuyên mục không có bản tiếng “{value}”; hãy sửa ngôn ngữ hoặc thêm ngôn ngữ cho chuyên mục.",
        "en": "The series has no editions in “{value}”; correct the language or add it to the series.",
    },
    "logbook_edition_twice": {
        "vi": "Số {number} ({language}) ghi hai lần; hãy bỏ bớt một dòng.",
        "en": "Number {number} ({language}) is listed twice; remove one line.",
    },
    "logbook_edition_contradicts": {
        "vi": "Đài đã có số {number}/{year} với thời lượng hoặc ngày duyệt khác; hãy đối chiếu lại.",
        "en": "The station knows number {number}/{year} with another duration or day of approval; compare them.",
    },
    "logbook_edition_not_listed": {
        "vi": "Số {number} ({language}) không có ở trang “Chuyên mục” và đài chưa có; hãy thêm vào trang đó.",
        "en": "Number {number} ({language}) is not on the sheet “Chuyên mục”, nor known; list it there.",
    },
    "logbook_edition_ambiguous": {
        "vi": "Số {number} ({language}) có ở nhiều chuyên mục hoặc nhiều năm; hãy ghi rõ ở trang “Chuyên mục”, "
        "mỗi chuyên mục và mỗi năm một tệp.",
        "en": "Number {number} ({language}) is in several series or years; list it on “Chuyên mục”, "
        "with a file for each series and year.",
    },
    "confirm_reason_missing": {
        "vi": "Không phát đủ mà chưa có lý do; hãy ghi một lý do trong trang “Hướng dẫn”.",
        "en": "It did not sound in full and no reason is given; write one of those on the sheet “Hướng dẫn”.",
    },
    "confirm_not_a_reason": {
        "vi": "“{value}” không phải là một lý do có trong danh mục; hãy chọn trong trang “Hướng dẫn”.",
        "en": "“{value}” is none of the known reasons; choose one from the sheet “Hướng dẫn”.",
    },
    "confirm_not_a_result": {
        "vi": "“{value}” không phải là kết quả; hãy ghi đủ, một phần hoặc không, hay để trống nếu chưa hỏi.",
        "en": "“{value}” is no result; write đủ, một phần or không, or leave it empty if nobody was asked.",
    },
    "confirm_not_a_phone": {
        "vi": "“{value}” không phải là số điện thoại; hãy sửa, hoặc ghi vào cột ghi chú.",
        "en": "“{value}” is no phone number; correct it, or write it into the note.",
    },
    "confirm_zone_unknown": {
        "vi": "Không có vùng phát “{value}” trong địa bàn của bạn; hãy ghi đúng mã vùng.",
        "en": "There is no zone “{value}” in your areas; write the zone's code.",
    },
    "confirm_not_planned": {
        "vi": "Kế hoạch và nhật ký không có bản này ở vùng này lúc {value} (giờ có trong ngày: {known}); hãy kiểm tra lại "
        "ngày, giờ, số và ngôn ngữ.",
        "en": "Neither plan nor log have this edition in this zone at {value} (times of that day: {known}); check the "
        "day, time, number and language.",
    },
    "confirm_ambiguous": {
        "vi": "Lúc {value} vùng này có hai bản cùng số, không biết dòng này nói bản nào; hãy ghi xác nhận trên trang web.",
        "en": "At {value} this zone has two editions of this number; confirm them on the page instead.",
    },
    "confirm_twice": {
        "vi": "Lần phát này ở vùng {value} đã ghi ở dòng khác; hãy bỏ bớt một dòng.",
        "en": "This delivery in {value} is on another line too; remove one.",
    },
    "confirm_not_over": {
        "vi": "Lần phát lúc {value} chưa hết giờ; hãy bỏ trống kết quả của dòng này.",
        "en": "The delivery at {value} is not over yet; leave the result of this line empty.",
    },
    "confirm_contradicts": {
        "vi": "{by} đã xác nhận lần phát này được {seconds} giây; nếu đó là nhầm, hãy đính chính dòng đó trong nhật ký.",
        "en": "{by} has confirmed this delivery with {seconds} s; if that is wrong, correct that line in the log.",
    },
    "logbook_sounded_too_long": {
        "vi": "Phát được {seconds} giây, dài hơn thời lượng đã ghi ({length} giây); hãy kiểm tra lại.",
        "en": "It sounded {seconds} s, longer than the edition ({length} s); check both.",
    },
    "logbook_before_approval": {
        "vi": "Phát ngày {value}, trước ngày duyệt; hãy kiểm tra lại ngày.",
        "en": "It aired on {value}, before it was approved; check the dates.",
    },
    "logbook_zone_unknown": {
        "vi": "Không có vùng phát “{value}”; hãy ghi mã vùng hoặc “tất cả”.",
        "en": "There is no zone “{value}”; write a zone's code or “tất cả”.",
    },
    "logbook_zone_does_not_hear": {
        "vi": "Vùng {value} không nghe ngôn ngữ {language}; hãy sửa vùng hoặc ngôn ngữ.",
        "en": "The zone {value} does not hear {language}; correct the zone or the language.",
    },
    "logbook_no_zone_hears": {
        "vi": "Không có vùng phát nào nghe ngôn ngữ {language}; hãy khai báo vùng phát trước.",
        "en": "No zone hears {language}; enter the zones first.",
    },
    "logbook_play_twice": {
        "vi": "Lần phát này tại vùng {value} đã ghi ở dòng khác; hãy bỏ bớt một dòng.",
        "en": "This play in {value} is on another line too; remove one.",
    },
    "logbook_play_of_station": {
        "vi": "Buổi lúc {value} đã có trong kế hoạch và nhật ký của đài; hãy bỏ dòng này.",
        "en": "The broadcast of {value} is in the station's own plan and log; remove this line.",
    },
    "logbook_play_contradicts": {
        "vi": "Nhật ký đã ghi lần phát này {known} giây, không phải {seconds} giây; hãy đính chính thay vì nhập lại.",
        "en": "The log has this play with {known} s and not {seconds} s; correct it there instead of importing.",
    },
}

from scheduler.commands.listing import _widths

HEADINGS = {"code": "Mã", "title": "Tên", "day": "Từ ngày"}
ROWS = [{"code": "CHIENGXOM-BANAI", "title": "Nộp hồ sơ tại bộ phận một cửa", "day": "24/11/2026"}]


def test_a_table_with_room_is_as_wide_as_its_texts() -> None:
    assert _widths(HEADINGS, ROWS, 80) == [15, 29, 10]


def test_codes_and_days_stay_whole_when_a_table_is_narrow() -> None:
    assert _widths(HEADINGS, ROWS, 40) == [15, 11, 10]


def test_a_table_never_grows_beyond_the_screen() -> None:
    assert sum(_widths(HEADINGS, ROWS, 24)) + 4 <= 24

"""What the fields that people fill in are called in sentences, for those that an error may name."""

from collections.abc import Mapping

FIELD_NAMES: Mapping[str, Mapping[str, str]] = {
    "author": {"vi": "người ghi", "en": "author"},
    "by": {"vi": "người thực hiện", "en": "by whom"},
    "code": {"vi": "mã", "en": "code"},
    "duration": {"vi": "thời lượng", "en": "duration"},
    "episode": {"vi": "số", "en": "episode"},
    "grants": {"vi": "vai trò", "en": "roles"},
    "languages": {"vi": "ngôn ngữ", "en": "languages"},
    "last_day": {"vi": "ngày cuối", "en": "last day"},
    "least_share": {"vi": "tỷ lệ ít nhất", "en": "least share"},
    "login": {"vi": "tên đăng nhập", "en": "name to sign in"},
    "name": {"vi": "tên", "en": "name"},
    "number": {"vi": "số thứ tự", "en": "number"},
    "on": {"vi": "ngày", "en": "day"},
    "parent": {"vi": "thuộc địa bàn", "en": "part of"},
    "place": {"vi": "nơi đặt", "en": "place"},
    "position": {"vi": "vị trí", "en": "position"},
    "repeats": {"vi": "phát lại khung giờ", "en": "repeats"},
    "reviewer": {"vi": "người duyệt", "en": "reviewer"},
    "seconds_sounded": {"vi": "số giây đã phát", "en": "seconds sounded"},
    "station_name": {"vi": "tên đài", "en": "name of the station"},
    "successor": {"vi": "địa bàn mới", "en": "successor"},
    "targets": {"vi": "nơi nhận", "en": "places"},
    "tile_url": {"vi": "địa chỉ bản đồ nền", "en": "address of map tiles"},
    "title": {"vi": "tên", "en": "title"},
    "valid_to": {"vi": "đến ngày", "en": "valid to"},
    "year": {"vi": "năm", "en": "year"},
    "yearly_target": {"vi": "chỉ tiêu năm", "en": "yearly target"},
}

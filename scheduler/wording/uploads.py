"""Sentences about files on their way to the station."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "unknown_upload": {
        "vi": "Không có tệp đang tải lên này; có thể nó đã được xóa. Hãy tải tệp lên lại.",
        "en": "There is no such upload; it may have been removed. Send the file again.",
    },
    "upload_too_large": {
        "vi": "Tệp lớn hơn {limit_mb} MB; hãy lưu lại ở dạng nén (MP3, FLAC) rồi gửi.",
        "en": "The file is larger than {limit_mb} MB; save it compressed (MP3, FLAC) and send that.",
    },
    "too_many_uploads": {
        "vi": "Bạn đang có {limit} tệp chưa xác nhận; hãy xác nhận hoặc bỏ bớt rồi gửi tiếp.",
        "en": "You have {limit} files unconfirmed; confirm or drop some, then send more.",
    },
    "upload_unfinished": {
        "vi": "Tệp “{name}” chưa tải lên xong; hãy chờ tải hết rồi xác nhận.",
        "en": "“{name}” is not all here yet; wait until it is, then confirm.",
    },
    "upload_offset_wrong": {
        "vi": "Phần gửi lên không nối tiếp phần đã có; hãy tải lại trang để gửi tiếp.",
        "en": "The part does not go on where the file ends; reload the page to go on.",
    },
    "upload_busy": {
        "vi": "Máy chủ đang ghi một phần khác của tệp này; hãy thử lại sau giây lát.",
        "en": "Another part of this file is being written; try again in a moment.",
    },
    "upload_lost": {
        "vi": "Phần đã gửi của tệp không còn trên máy chủ; hãy tải tệp lên lại từ đầu.",
        "en": "What was sent of the file is no longer on the server; send the file again.",
    },
    "bad_part": {
        "vi": "Phần gửi lên quá nhỏ hoặc vượt quá độ dài tệp; hãy tải tệp lên lại.",
        "en": "The part is too small or goes beyond the end of the file; send the file again.",
    },
    "episode_title_missing": {
        "vi": "Thư viện chưa có số {number} năm {year}; hãy nhập tên để tạo số mới, hoặc sửa số và năm.",
        "en": "The library has no number {number} of {year}; give a title to make it, or correct number and year.",
    },
    "no_room": {
        "vi": "Ổ đĩa không đủ chỗ cho tệp này (còn {free_mb} MB); hãy dọn ổ đĩa hoặc báo người quản trị.",
        "en": "The disk has no room for this file ({free_mb} MB left); clear the disk or tell the administrator.",
    },
}

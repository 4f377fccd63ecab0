"""Sentences about users, passwords and signing in."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "unknown_session": {
        "vi": "Phiên này không còn; hãy mở lại trang để xem các phiên đang mở.",
        "en": "This session is no more; open the page again to see the open sessions.",
    },
    "unknown_user": {
        "vi": "Không có người dùng “{login}”; hãy xem danh sách người dùng.",
        "en": "There is no user “{login}”; see the list of users.",
    },
    "login_taken": {
        "vi": "Đã có người dùng tên đăng nhập “{login}”; hãy chọn tên khác.",
        "en": "Somebody signs in as “{login}” already; choose another name.",
    },
    "weak_password": {
        "vi": "Mật khẩu cần ít nhất 10 ký tự, không lặp một ký tự và không chứa tên của bạn; hãy chọn mật khẩu khác.",
        "en": "A password needs 10 characters or more, not one repeated, and not your name; choose another.",
    },
    "wrong_password": {
        "vi": "Mật khẩu đang dùng không đúng; hãy gõ lại (kiểm tra bộ gõ tiếng Việt và phím Caps Lock).",
        "en": "This is not your password; type it again (look at Caps Lock and the keyboard layout).",
    },
    "bad_code": {
        "vi": "Mã dùng một lần không đúng, đã dùng hoặc đã quá hạn; hãy xin mã mới từ người quản trị.",
        "en": "The one-time code is wrong, used up or too old; ask the administrator for a new one.",
    },
    "sign_in_refused": {
        "vi": "Tên đăng nhập hoặc mật khẩu không đúng; hãy gõ lại (kiểm tra bộ gõ tiếng Việt và phím Caps Lock).",
        "en": "The name or the password is wrong; type them again (look at Caps Lock and the keyboard layout).",
    },
    "last_admin": {
        "vi": "Đây là người quản trị cuối cùng của toàn đài; hãy giao quyền quản trị cho người khác trước.",
        "en": "This is the last administrator of the whole station; make somebody else one first.",
    },
    "too_many_tries": {
        "vi": "Đã thử quá nhiều lần; hãy đợi {wait} giây rồi thử lại.",
        "en": "Too many tries; wait {wait} seconds and try again.",
    },
}

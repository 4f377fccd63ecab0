"""Sentences for pages that cannot be shown."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "page_not_found": {
        "vi": "Không có trang này; hãy quay về trang chính.",
        "en": "There is no such page; go back to the main page.",
    },
    "page_needs_sign_in": {
        "vi": "Bạn chưa đăng nhập hoặc đã hết phiên; hãy đăng nhập lại.",
        "en": "You are not signed in, or the session has ended; sign in again.",
    },
    "form_too_old": {
        "vi": "Trang đã mở quá lâu hoặc được gửi từ nơi khác; hãy tải lại trang rồi làm lại.",
        "en": "The page was open for too long, or was sent from elsewhere; load it again and repeat.",
    },
    "too_large": {
        "vi": "Nội dung gửi lên quá lớn; hãy gửi ít hơn hoặc chia nhỏ.",
        "en": "What was sent is too large; send less, or in parts.",
    },
    "page_forbidden": {
        "vi": "Bạn không được phép mở trang này; hãy hỏi người quản trị.",
        "en": "You may not open this page; ask the administrator.",
    },
    "method_not_allowed": {
        "vi": "Trang này không nhận thao tác đó; hãy quay về trang chính.",
        "en": "This page does not take that request; go back to the main page.",
    },
    "bad_request": {
        "vi": "Máy chủ không hiểu yêu cầu này; hãy quay về trang chính rồi thử lại.",
        "en": "The server does not understand the request; go back to the main page and try again.",
    },
    "page_failed": {
        "vi": "Trang gặp lỗi ngoài dự tính; hãy thử lại, nếu vẫn lỗi hãy báo mã {reference}.",
        "en": "The page failed unexpectedly; try again, and if it fails again report {reference}.",
    },
}

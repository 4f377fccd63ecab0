"""Sentences for other programs that ask."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "token_needed": {
        "vi": "Cần một khóa truy cập còn hiệu lực; hãy gửi Authorization: Bearer … hoặc xin người quản trị khóa mới.",
        "en": "A valid token is needed; send Authorization: Bearer …, or ask the administrator for a new one.",
    },
    "token_may_not": {
        "vi": "Khóa truy cập này không đủ quyền ({needed}); hãy dùng khóa có vai trò hoặc địa bàn rộng hơn.",
        "en": "This token does not reach that ({needed}); use one with a wider role or area.",
    },
    "unknown_token": {
        "vi": "Không có khóa truy cập {token}; hãy xem lại danh sách khóa.",
        "en": "There is no token {token}; look at the list of tokens again.",
    },
    "address_unknown": {
        "vi": "Không có địa chỉ này; các địa chỉ có tại /api/1/.",
        "en": "There is no such address; those there are stand at /api/1/.",
    },
    "method_unknown": {
        "vi": "Địa chỉ này không nhận thao tác đó; hãy dùng GET.",
        "en": "This address does not take that method; use GET.",
    },
    "request_unreadable": {
        "vi": "Máy chủ không hiểu yêu cầu này; hãy xem mẫu tại /api/1/.",
        "en": "The server does not understand the request; see the examples at /api/1/.",
    },
    "answer_failed": {
        "vi": "Gặp lỗi ngoài dự tính; hãy thử lại, nếu vẫn lỗi hãy báo mã {reference}.",
        "en": "It failed unexpectedly; try again, and if it fails again report {reference}.",
    },
    "bad_question": {
        "vi": "Câu hỏi ghi chưa đúng: {problems}. Hãy sửa rồi gửi lại.",
        "en": "The question cannot be read: {problems}. Correct it and ask again.",
    },
    "bad_cursor": {
        "vi": "Điểm đọc tiếp (cursor) không phải của câu hỏi này; hãy đọc lại từ đầu, không gửi cursor.",
        "en": "The cursor does not belong to this question; read from the beginning again, without a cursor.",
    },
}

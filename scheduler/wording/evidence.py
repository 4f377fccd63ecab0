"""Sentences about seals and proofs."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "day_not_over": {
        "vi": "Ngày {day} chưa hết nên chưa niêm phong được; hãy chọn ngày hôm qua hoặc trước đó.",
        "en": "{day} is not over and cannot be sealed yet; choose yesterday or earlier.",
    },
    "seals_differ": {
        "vi": "Tệp niêm phong và cơ sở dữ liệu nói khác nhau về niêm phong số {number}; chưa niêm phong thêm. Hãy chạy loaban verify.",
        "en": "The file of seals and the database differ about seal {number}; nothing more is sealed. Run loaban verify.",
    },
    "seal_made_meanwhile": {
        "vi": "Niêm phong số {number} vừa được tiến trình khác ghi; hãy thử lại.",
        "en": "Another process has just made seal {number}; try again.",
    },
    "unknown_seal": {
        "vi": "Không có niêm phong số {number}; hãy mở lại danh sách niêm phong.",
        "en": "There is no seal {number}; open the list of seals again.",
    },
    "not_sealed_yet": {
        "vi": "Dòng này chưa được niêm phong; hãy xem lại sau nửa đêm.",
        "en": "This row is not sealed yet; look again after midnight.",
    },
    "seal_too_large": {
        "vi": "Niêm phong số {number} có hơn {most} dòng; hãy xuất bằng chứng của kỳ rồi kiểm tra bằng verify_export.py.",
        "en": "Seal {number} holds more than {most} rows; export the period's evidence and check it with verify_export.py.",
    },
    "seal_key_away": {
        "vi": "Máy này không giữ khóa niêm phong; hãy xuất bằng chứng trên máy chạy loaban clerk.",
        "en": "The key of the seals is not on this machine; export the evidence where loaban clerk runs.",
    },
    "file_in_the_way": {
        "vi": "Đã có tệp {path}; hãy chọn tên khác hoặc xóa tệp cũ.",
        "en": "{path} is there already; choose another name or remove it.",
    },
}

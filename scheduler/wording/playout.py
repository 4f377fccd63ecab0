"""Sentences about carriers."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "unknown_carrier": {
        "vi": "Không có đường truyền “{name}”; hãy chọn một trong: {known}.",
        "en": "There is no carrier “{name}”; choose one of: {known}.",
    },
    "carrier_down": {
        "vi": "Đường truyền “{name}” không phát được ({reason}); hãy kiểm tra thiết bị.",
        "en": "The carrier “{name}” cannot sound ({reason}); check the equipment.",
    },
}

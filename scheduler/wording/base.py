"""Sentences for errors that have none of their own."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "broadcast_error": {
        "vi": "Không thực hiện được; hãy xem chi tiết rồi thử lại.",
        "en": "It could not be done; see the details and try again.",
    },
    "refused": {
        "vi": "Yêu cầu trái với quy định của đài; hãy sửa lại yêu cầu.",
        "en": "The request breaks a rule of the station; change the request.",
    },
    "unavailable": {
        "vi": "Một bộ phận đang không trả lời; hãy thử lại sau ít phút.",
        "en": "A part of the station does not answer; try again in a few minutes.",
    },
}

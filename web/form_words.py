"""What the form library says of a field, in the page's language: it has no Vietnamese of its own."""

import re

from flask_babel import lazy_gettext as _l

_CHOICE = _l("Hãy chọn một mục có trong danh sách.")
SAID = (
    (r"Not a valid date value\.", _l("Ngày phải có thật và viết như 24/11/2026.")),
    (r"Not a valid datetime value\.", _l("Ngày giờ phải có thật và viết như 24/11/2026 05:30.")),
    (r"Not a valid time value\.", _l("Giờ phải viết như 05:30.")),
    (r"Not a valid integer value\.", _l("Hãy nhập một số nguyên.")),
    (r"Not a valid (?:decimal|float) value\.", _l("Hãy nhập một số.")),
    (r"Not a valid choice\.|Invalid Choice: could not coerce\.|Invalid choice\(s\): .*", _CHOICE),
    (r"'.*' is not a valid choice for this field\.|'.*' are not valid choices for this field\.", _CHOICE),
    (r"Field cannot be longer than (?P<number>\d+) characters?\.", _l("Chỉ được nhập nhiều nhất %(number)s chữ.")),
    (
        r"Field must be at least (?P<number>\d+) characters? long\.",
        _l("Phải nhập ít nhất %(number)s chữ."),
    ),
    (r"Number must be at least (?P<number>\S+)\.", _l("Số này phải từ %(number)s trở lên.")),
    (r"Number must be at most (?P<number>\S+)\.", _l("Số này nhiều nhất là %(number)s.")),
    (
        r"Number must be between (?P<low>\S+) and (?P<high>\S+)\.",
        _l("Số này phải từ %(low)s đến %(high)s."),
    ),
    (r"This field is required\.", _l("Cần điền ô này.")),
    (r"Invalid (?:UUID|input|URL|email address)\.", _l("Ô này viết chưa đúng.")),
)
"""What the library says, and how we say it; what is not here is a sentence of our own."""


def in_words(said: object) -> str:
    """An error at a field, in the page's language."""
    text = str(said)
    for pattern, words in SAID:
        found = re.fullmatch(pattern, text, flags=re.DOTALL)
        if found is not None:
            return str(words) % found.groupdict() if found.groupdict() else str(words)
    return text

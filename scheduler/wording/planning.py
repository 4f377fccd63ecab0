"""Sentences about the plan: what cannot be planned, what it lacks, and why an episode was chosen."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "bad_recurrence": {
        "vi": "Không dùng được quy tắc lặp “{rrule}”; hãy chỉ ghi các ngày có thật, không ghi giờ, "
        "ví dụ FREQ=WEEKLY;BYDAY=MO,TH.",
        "en": "The recurrence “{rrule}” cannot be used; name days that exist and no hours, such as FREQ=WEEKLY;BYDAY=MO,TH.",
    },
    "unknown_slot": {
        "vi": "Không có khung giờ “{slot}”; hãy xem lại danh sách khung giờ.",
        "en": "There is no slot “{slot}”; see the list of slots.",
    },
    "slot_exists": {
        "vi": "Mã khung giờ “{slot}” đã dùng; hãy chọn mã khác.",
        "en": "The slot code “{slot}” is taken; choose another one.",
    },
    "not_an_occurrence": {
        "vi": "Khung giờ “{slot}” không có buổi phát ngày {on}; hãy xem lại kế hoạch phát.",
        "en": "The slot “{slot}” has no broadcast on {on}; see the plan.",
    },
    "too_late_to_plan": {
        "vi": "Buổi phát lúc {starts_at} đang phát, đã qua hoặc quá sát giờ; hãy chọn buổi muộn hơn.",
        "en": "The broadcast at {starts_at} is on air, past or too near; choose a later one.",
    },
    "nothing_to_plan": {
        "vi": "Không vùng nào phát được buổi này: {findings} Hãy đổi giờ, vùng hoặc số.",
        "en": "No zone can carry this broadcast: {findings} Change the time, the zones or the episode.",
    },
    "unknown_broadcast": {
        "vi": "Không có (hoặc có nhiều) buổi phát mang mã “{broadcast}”; hãy xem lại danh sách buổi phát.",
        "en": "No broadcast (or more than one) goes by “{broadcast}”; see the list of broadcasts.",
    },
    "nothing_to_undo": {
        "vi": "Không có thay đổi nào của bạn để hoàn tác; hãy sửa trực tiếp buổi phát.",
        "en": "There is no change of yours to take back; change the broadcast itself.",
    },
    "changed_since": {
        "vi": "“{what}” đã được sửa tiếp sau đó nên không hoàn tác được; hãy sửa trực tiếp.",
        "en": "“{what}” was changed again since and cannot be taken back; change it directly.",
    },
    "nothing_to_copy": {
        "vi": "Tuần trước không có buổi phát riêng hay số ghim nào chép được; hãy thêm bằng tay.",
        "en": "Nothing of last week can be copied; plan it by hand.",
    },
    "overlap": {
        "vi": "Trùng giờ với buổi {other} lúc {other_starts}: {kept}; hãy dời một trong hai nếu cần phát cả hai.",
        "en": "Overlaps {other} at {other_starts}: {kept}; move one of them if both are wanted.",
    },
    "outside_allowed_hours": {
        "vi": "Từ {starts} đến {ends} nằm ngoài giờ được phát ({hours}); hãy dời vào giờ được phát.",
        "en": "From {starts} to {ends} lies outside the allowed hours ({hours}); move it into them.",
    },
    "edition_missing": {
        "vi": "Chưa có bản tiếng {language_name} của số {number}/{year}; hãy thu hoặc ghim số khác.",
        "en": "Number {number}/{year} is not made in {language_name}; record it or pin another episode.",
    },
    "edition_not_approved": {
        "vi": "Bản tiếng {language_name} của số {number}/{year} chưa được duyệt; hãy duyệt hoặc ghim số khác.",
        "en": "The {language_name} edition of number {number}/{year} is not approved; approve it or pin another episode.",
    },
    "planned_duration_outside_rule": {
        "vi": "Bản tiếng {language_name} của số {number}/{year} dài {seconds} giây, quy định {shortest}–{longest}; "
        "vẫn phát, hãy cân nhắc.",
        "en": "The {language_name} edition of number {number}/{year} lasts {seconds} s, the rule is {shortest}–{longest}; "
        "it airs all the same, think it over.",
    },
    "no_zone": {
        "vi": "Nơi nhận của khung giờ không có vùng phát nào đang hoạt động; hãy thêm vùng hoặc sửa nơi nhận.",
        "en": "The places of the slot have no active zone; add a zone or change the places.",
    },
    "nothing_left_to_air": {
        "vi": "Không có số nào đã duyệt để phát; hãy duyệt một số của chuyên mục.",
        "en": "There is no approved episode to air; approve one of the series.",
    },
    "why_next": {"vi": "số kế tiếp chưa phát", "en": "the next not yet aired"},
    "why_least_recently_aired": {
        "vi": "mọi số đã phát, chọn số lâu chưa phát nhất",
        "en": "all have aired, the one aired longest ago",
    },
    "why_repeat": {"vi": "phát lại buổi {slot} ngày {occurrence}", "en": "repeats {slot} of {occurrence}"},
    "why_pinned_slot": {"vi": "khung giờ ghim số này", "en": "pinned by the slot"},
    "why_pinned_date": {"vi": "ghim riêng cho ngày này", "en": "pinned for this date"},
    "why_one_off": {"vi": "buổi phát lẻ", "en": "a one-off broadcast"},
}

"""Sentences that tell why it is silent, or was, where somebody expected a broadcast."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "zone_paused": {
        "vi": "Vùng phát này đang tạm dừng nên không phát gì; muốn phát lại, hãy bấm “Sửa” rồi đánh dấu “Đang dùng”.",
        "en": "This zone is paused, so nothing sounds; to use it again, edit it and tick “In use”.",
    },
    "zone_sounds": {
        "vi": "Vùng này không im lặng: đang phát “{title}” từ {since}.",
        "en": "This zone is not silent: “{title}” has been on air since {since}.",
    },
    "zone_awaited": {
        "vi": "Buổi {at} (“{title}”) đã đến giờ mà chưa có tín hiệu phát ở vùng này.",
        "en": "The broadcast of {at} (“{title}”) is due, but nothing sounds in this zone yet.",
    },
    "village_lack": {"vi": "{lack}", "en": "{lack}"},
    "village_awaited": {
        "vi": "Buổi {at} (“{title}”) đang đến giờ ở bản; máy phát tại bản chưa báo về.",
        "en": "The broadcast of {at} (“{title}”) is due in the village; its player has not reported yet.",
    },
    "village_unreported": {
        "vi": "{number} buổi chưa báo về, sớm nhất lúc {since}; máy phát tại bản sẽ nộp nhật ký khi có liên lạc.",
        "en": "{number} broadcasts not yet reported, the oldest at {since}; the player hands over its log "
        "when it is in contact.",
    },
    "zone_missed": {
        "vi": "Lần gần nhất, buổi {at} (“{title}”), không phát được ở vùng này: {reason}.",
        "en": "The last time, at {at} (“{title}”), nothing sounded in this zone: {reason}.",
    },
    "zone_without_loudspeaker": {
        "vi": "Cả {number} loa của vùng này đều đang hỏng: có phát thì dân cũng không nghe được; hãy sửa loa.",
        "en": "All {number} loudspeakers of this zone are broken: nobody hears what is broadcast; have them repaired.",
    },
    "zone_outside_hours": {
        "vi": "Bây giờ ngoài giờ được phát của vùng này ({hours}).",
        "en": "It is outside of the hours in which this zone may sound ({hours}).",
    },
    "zone_waits": {
        "vi": "Lúc này không có buổi nào cho vùng này; buổi tới là “{title}” lúc {at}.",
        "en": "Nothing is due in this zone now; next is “{title}” at {at}.",
    },
    "zone_found": {
        "vi": "Về buổi {at}: {found}",
        "en": "On the broadcast of {at}: {found}",
    },
    "zone_removed_since": {
        "vi": "Vùng phát này đã được bỏ từ {since} nên không phát gì nữa.",
        "en": "This zone was taken out of use at {since}; nothing sounds there any more.",
    },
    "zone_paused_by": {
        "vi": "Vùng phát này đang tạm dừng: {by} cho tạm dừng lúc {since}. Muốn phát lại, hãy cho vùng hoạt động trở lại.",
        "en": "This zone is paused: {by} paused it at {since}. To hear it again, put it back into use.",
    },
    "zone_interrupted": {
        "vi": "Lần gần nhất, buổi {at} (“{title}”), bị ngắt giữa chừng: {reason}.",
        "en": "The last time, at {at} (“{title}”), it was cut short: {reason}.",
    },
    "zone_called_off": {
        "vi": "Buổi {at} (“{title}”) đã bị hủy; người hủy: {by}; lý do: {why}.",
        "en": "The broadcast of {at} (“{title}”) was cancelled by {by}: {why}.",
    },
    "zone_called_off_without_reason": {
        "vi": "Buổi {at} (“{title}”) đã bị hủy; người hủy: {by}.",
        "en": "The broadcast of {at} (“{title}”) was cancelled by {by}.",
    },
    "zone_moved": {
        "vi": "Buổi {at} (“{title}”) đã dời sang {to}; người dời: {by}; lý do: {why}.",
        "en": "The broadcast of {at} (“{title}”) was moved to {to} by {by}: {why}.",
    },
    "zone_moved_without_reason": {
        "vi": "Buổi {at} (“{title}”) đã dời sang {to}; người dời: {by}.",
        "en": "The broadcast of {at} (“{title}”) was moved to {to} by {by}.",
    },
    "then_sounded": {
        "vi": "Buổi {at} (“{title}”) đã phát đủ ở vùng này.",
        "en": "The broadcast of {at} (“{title}”) sounded in full in this zone.",
    },
    "then_sounds": {
        "vi": "Buổi {at} (“{title}”) đang phát ở vùng này.",
        "en": "The broadcast of {at} (“{title}”) is on air in this zone.",
    },
    "then_missed": {
        "vi": "Buổi {at} (“{title}”) không phát được ở vùng này: {reason}.",
        "en": "Nothing of the broadcast of {at} (“{title}”) sounded in this zone: {reason}.",
    },
    "then_in_part": {
        "vi": "Buổi {at} (“{title}”) chỉ phát được {share}% ở vùng này: {reason}.",
        "en": "Only {share} % of the broadcast of {at} (“{title}”) sounded in this zone: {reason}.",
    },
    "then_not_reported": {
        "vi": "Buổi {at} (“{title}”) có trong kế hoạch nhưng nhật ký chưa ghi gì; hãy xem bộ phát sóng có chạy không.",
        "en": "The broadcast of {at} (“{title}”) was planned but the log says nothing of it; see whether playout runs.",
    },
    "then_village_not_reported": {
        "vi": "Buổi {at} (“{title}”): máy phát tại bản chưa báo về.",
        "en": "The broadcast of {at} (“{title}”): the player in the village has not reported yet.",
    },
    "then_to_come": {
        "vi": "Buổi {at} (“{title}”) chưa đến giờ.",
        "en": "The broadcast of {at} (“{title}”) is still to come.",
    },
    "then_nothing_planned": {
        "vi": "Ngày {day} kế hoạch không có buổi nào cho vùng này.",
        "en": "Nothing was planned for this zone on {day}.",
    },
    "then_zone_paused": {
        "vi": "Ngày {day} không có buổi nào cho vùng này: vùng đang tạm dừng nên kế hoạch bỏ qua.",
        "en": "There is nothing for this zone on {day}: it is paused, so the plan leaves it out.",
    },
    "then_zone_removed": {
        "vi": "Ngày {day} vùng này không còn dùng (đã bỏ ngày {removed}).",
        "en": "On {day} this zone was no longer in use (taken out on {removed}).",
    },
    "then_no_zone": {
        "vi": "Ngày {day} đài chưa có vùng này (lập ngày {created}), và nhật ký không ghi gì.",
        "en": "On {day} the station did not have this zone (made on {created}), and the log says nothing.",
    },
    "zone_not_planned": {
        "vi": "Kế hoạch chưa có buổi nào cho vùng này; hãy thêm vùng (hoặc địa bàn của vùng) vào một khung giờ.",
        "en": "Nothing is planned for this zone; add the zone (or its area) to a slot.",
    },
}

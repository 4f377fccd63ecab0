"""What each error and finding code says to a person, in Vietnamese and English; one sentence that tells what to do."""

import math
from collections.abc import Mapping
from typing import Any

from scheduler.domain.programme import LANGUAGE_NAMES, EditionState
from scheduler.errors import BroadcastError
from scheduler.field_names import FIELD_NAMES
from scheduler.labels import LABELS

WORDING: dict[str, dict[str, str]] = {
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
    "fonts_missing": {
        "vi": "Chưa có phông chữ để in ({folder}); hãy chạy `make frontend` hoặc cài lại chương trình.",
        "en": "The fonts for printing are not there ({folder}); run `make frontend` or install the program again.",
    },
    "bad_template": {
        "vi": "Mẫu {name} chưa dùng được (dòng {line}): {problem}. Hãy sửa tệp mẫu, hoặc xóa tệp để dùng mẫu có sẵn.",
        "en": "The template {name} cannot be used (line {line}): {problem}. Correct it, or delete it to use ours.",
    },
    "unknown_feed": {
        "vi": "Không có địa chỉ lịch số {feed}; hãy xem lại danh sách ở trang Văn bản.",
        "en": "There is no calendar address {feed}; look at the list on the page Documents again.",
    },
    "too_many_days": {
        "vi": "Sổ nhật ký in theo tuần hoặc tháng: tối đa {limit} ngày; hãy chọn khoảng ngày ngắn hơn.",
        "en": "The log is printed by week or month: at most {limit} days; choose fewer.",
    },
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
    "part_not_installed": {
        "vi": 'Lệnh này chỉ có ở đài (máy này chưa cài {library}); cài thêm: pip install "loaban[station]".',
        "en": 'Only a station has this command ({library} is not installed here): pip install "loaban[station]".',
    },
    "bad_settings": {
        "vi": "Cấu hình có lỗi, hãy sửa các mục sau: {problems}.",
        "en": "Settings cannot be used; correct these: {problems}.",
    },
    "media_missing": {
        "vi": "Thiếu tệp âm thanh {sha256}; hãy tải lại bản thu.",
        "en": "The sound file {sha256} is missing; bring the recording in again.",
    },
    "media_corrupt": {
        "vi": "Tệp âm thanh {sha256} đã bị hỏng; hãy tải lại bản thu.",
        "en": "The sound file {sha256} is damaged; bring the recording in again.",
    },
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
    "media_not_stored": {
        "vi": "Không ghi được tệp âm thanh ({reason}); hãy kiểm tra ổ đĩa rồi gửi lại.",
        "en": "The sound file could not be stored ({reason}); check the disk and send it again.",
    },
    "file_empty": {
        "vi": "Tệp rỗng, không có dữ liệu; hãy chép lại bản thu rồi gửi lại.",
        "en": "The file is empty; copy the recording again and send it once more.",
    },
    "not_audio": {
        "vi": "Tệp này không phải là âm thanh; hãy chọn đúng tệp bản thu.",
        "en": "This file is not sound; choose the recording itself (MP3, WAV, FLAC, M4A, OGG or a film).",
    },
    "playlist": {
        "vi": "Tệp này chỉ là danh sách phát ({kind}), không chứa âm thanh; hãy gửi chính tệp bản thu.",
        "en": "This file is only a playlist ({kind}) and holds no sound; send the recording itself.",
    },
    "no_audio_stream": {
        "vi": "Tệp này không có phần âm thanh; hãy xuất lại có tiếng rồi gửi lại.",
        "en": "This file has no sound in it; export it again with sound.",
    },
    "codec_not_allowed": {
        "vi": "Đài không nhận kiểu âm thanh “{codec}”; hãy xuất lại thành MP3, WAV hoặc FLAC.",
        "en": "The station does not take sound coded as “{codec}”; export it as MP3, WAV or FLAC.",
    },
    "truncated": {
        "vi": "Tệp bị cắt cụt, thiếu phần cuối hoặc phần giữa; hãy chép lại từ máy thu rồi gửi lại.",
        "en": "Part of the file is missing; copy it again from the recorder and send it once more.",
    },
    "header_lies": {
        "vi": "Đầu tệp ghi {told_s} giây nhưng tệp chứa {held_s} giây; hãy mở ra, lưu lại rồi gửi lại.",
        "en": "The header says {told_s} s but the file holds {held_s} s; open it and save it again, then send it.",
    },
    "nan_samples": {
        "vi": "Từ giây {at_s} tệp chứa số liệu không phải âm thanh; hãy xuất lại bản thu.",
        "en": "From second {at_s} the file holds numbers that are no sound; export it again.",
    },
    "too_long": {
        "vi": "Bản thu dài quá {limit_s} giây; hãy cắt thành nhiều phần.",
        "en": "The recording is longer than {limit_s} s; cut it into parts.",
    },
    "too_short": {
        "vi": "Bản thu chỉ dài {seconds} giây, ít hơn {limit_s} giây; hãy kiểm tra lại tệp.",
        "en": "The recording lasts only {seconds} s, less than {limit_s} s; check the file.",
    },
    "silent": {
        "vi": "Bản thu không có tiếng; hãy kiểm tra micro và thu lại.",
        "en": "The recording is silent; check the microphone and record again.",
    },
    "too_heavy": {
        "vi": "Tệp này cần quá nhiều bộ nhớ hoặc thời gian để phân tích; hãy xuất lại thành MP3, WAV hoặc FLAC.",
        "en": "Measuring this file takes too much memory or time; export the recording again as MP3, WAV or FLAC.",
    },
    "ingest_crashed": {
        "vi": "Tệp này làm hỏng tiến trình phân tích nên không nhận được; hãy xuất lại thành MP3, WAV hoặc FLAC.",
        "en": "This file brings the measurement down and cannot be taken; export it again as MP3, WAV or FLAC.",
    },
    "step_failed": {
        "vi": "Bước “{step}” không làm được ({reason}); hãy kiểm tra ổ đĩa rồi thử lại.",
        "en": "The step “{step}” failed ({reason}); check the disk and try again.",
    },
    "damaged": {
        "vi": "Tệp hỏng nhẹ, một vài chỗ có thể bị mất tiếng; hãy nghe lại trước khi duyệt.",
        "en": "The file is slightly damaged; listen to it before approving.",
    },
    "trailing_data": {
        "vi": "Sau phần âm thanh còn dữ liệu lạ, đã bỏ qua; hãy nghe lại đoạn cuối.",
        "en": "Foreign data after the sound was left out; listen to the end.",
    },
    "length_unwritten": {
        "vi": "Máy thu chưa ghi độ dài vào đầu tệp, đã lấy hết phần có trong tệp; hãy nghe lại đoạn cuối.",
        "en": "The recorder never wrote the length; all that is there was taken, listen to the end.",
    },
    "dead_air": {
        "vi": "Im lặng {lasts} ở phút {at}; hãy nghe lại chỗ đó.",
        "en": "Silence of {lasts} at minute {at}; listen to that place.",
    },
    "clipping": {
        "vi": "Tiếng bị vỡ từ phút {at} do thu quá to; hãy nghe lại, nếu cần thì thu lại nhỏ hơn.",
        "en": "The sound is clipped from minute {at} on; listen to it and record it lower if need be.",
    },
    "dc_offset": {
        "vi": "Âm thanh bị lệch một chiều (DC); hãy kiểm tra thiết bị thu.",
        "en": "The sound has a DC offset; check the recording equipment.",
    },
    "dead_channel": {
        "vi": "Một kênh hầu như không có tiếng; hãy kiểm tra dây hoặc micro.",
        "en": "One channel is almost silent; check the cable or the microphone.",
    },
    "out_of_phase": {
        "vi": "Hai kênh ngược pha, chỉ dùng kênh trái để phát; hãy kiểm tra dây nối.",
        "en": "The two channels are out of phase, only the left one airs; check the wiring.",
    },
    "duration_outside_rule": {
        "vi": "Thời lượng nằm ngoài quy định của chuyên mục; người duyệt hãy cân nhắc.",
        "en": "The length is outside the series' rule; the approver decides.",
    },
    "head_silence": {
        "vi": "Đầu bản thu im lặng {lasts}, khi phát sẽ cắt bớt; hãy nghe lại đoạn đầu.",
        "en": "Silence of {lasts} at the head, cut when it airs; listen to the beginning.",
    },
    "tail_silence": {
        "vi": "Cuối bản thu im lặng {lasts}, khi phát sẽ cắt bớt; hãy nghe lại đoạn cuối.",
        "en": "Silence of {lasts} at the tail, cut when it airs; listen to the end.",
    },
    "low_rate": {
        "vi": "Tần số lấy mẫu thấp nên tiếng kém rõ; nếu được hãy thu lại từ 32 kHz trở lên.",
        "en": "The sampling rate is low and speech less clear; record at 32 kHz or more if possible.",
    },
    "loudness_below_target": {
        "vi": "Tệp phát nhỏ hơn mức chuẩn vì bộ hạn biên đã tới giới hạn; hãy thu lại đều tiếng hơn.",
        "en": "The file airs below the target because the limiter reached its cap; record more evenly.",
    },
    "unknown_series": {
        "vi": "Không có chuyên mục “{series}”; hãy xem lại danh sách chuyên mục.",
        "en": "There is no series “{series}”; see the list of series.",
    },
    "unknown_episode": {
        "vi": "Chuyên mục “{series}” không có số {number} năm {year}; hãy xem lại danh sách các số.",
        "en": "Series “{series}” has no episode {number} of {year}; see the list of episodes.",
    },
    "unknown_edition": {
        "vi": "Số {number} năm {year} của “{series}” không có bản tiếng “{language}”; hãy kiểm tra lại mã ngôn ngữ.",
        "en": "Episode {number} of {year} of “{series}” is not made in “{language}”; check the language code.",
    },
    "unknown_language": {
        "vi": "Đài không dùng ngôn ngữ “{language}”; hãy chọn một trong: {known}.",
        "en": "The station has no language “{language}”; choose one of: {known}.",
    },
    "series_exists": {
        "vi": "Mã chuyên mục “{series}” đã được dùng; hãy chọn mã khác.",
        "en": "The series code “{series}” is taken; choose another.",
    },
    "episode_exists": {
        "vi": "Chuyên mục “{series}” đã có số {number} năm {year}; hãy chọn số khác.",
        "en": "Series “{series}” has an episode {number} of {year} already; choose another number.",
    },
    "bad_field": {
        "vi": "Mục “{field}” không hợp lệ: “{value}”; hãy nhập lại.",
        "en": "The value of “{field}” cannot be used: “{value}”; enter it again.",
    },
    "step_not_allowed": {
        "vi": "Bản tiếng này đang “{state}” nên không chuyển thành “{wanted}” được; hãy tải lại trang và xem tình trạng.",
        "en": "This edition is “{state}” and cannot become “{wanted}”; look at its state first.",
    },
    "reason_missing": {
        "vi": "Cần ghi lý do để người khác đọc còn hiểu; hãy thêm lý do.",
        "en": "A reason is needed so that others understand; give one.",
    },
    "unknown_recording": {
        "vi": "Không có bản thu nào có mã bắt đầu bằng “{sha256}”; hãy gửi bản thu hoặc kiểm tra lại mã.",
        "en": "No take has bytes that begin with “{sha256}”; send a recording or check the digits.",
    },
    "no_take_yet": {
        "vi": "Bản này chưa có bản thu nào dùng được; hãy gửi bản thu trước.",
        "en": "Nothing usable was recorded for this edition yet; deliver a take first.",
    },
    "recording_not_found": {
        "vi": "Không có bản thu số {recording}; hãy xem lại danh sách bản thu.",
        "en": "There is no recording {recording}; see the list of recordings.",
    },
    "duplicate_recording": {
        "vi": "Tệp này đã có: bản thu {recording}, lần thu {take} của {series} số {number}/{year} tiếng {language}; "
        "hãy chọn tệp khác.",
        "en": "This file is known: recording {recording}, take {take} of {series} number {number}/{year} ({language}); "
        "choose another file.",
    },
    "recording_not_measured": {
        "vi": "Bản thu lần {take} chưa đo xong; hãy chờ nhận bản thu xong rồi duyệt.",
        "en": "Take {take} is not measured yet; wait for the ingest and approve then.",
    },
    "take_changed": {
        "vi": "Trong lúc bạn nghe đã có bản thu mới (lần {take}); hãy nghe bản đó rồi mới quyết định.",
        "en": "A newer recording (take {take}) arrived while you listened; listen to it and decide then.",
    },
    "author_may_not_approve": {
        "vi": "Bạn đã gửi bản thu hoặc đã trình duyệt bản này nên không tự duyệt được; hãy nhờ người duyệt khác.",
        "en": "You delivered this recording or submitted it, so you cannot approve it; ask another approver.",
    },
    "recording_refused": {
        "vi": "Bản thu lần {take} không đạt ({reason}) nên không duyệt được; hãy gửi bản thu khác.",
        "en": "Take {take} was refused ({reason}) and cannot be approved; send another recording.",
    },
    "unknown_area": {
        "vi": "Ngày {on} không có địa bàn nào mang mã hoặc tên “{area}”; hãy xem lại danh sách địa bàn.",
        "en": "No area goes by “{area}” on {on}; see the list of areas.",
    },
    "ambiguous_area": {
        "vi": "Có nhiều địa bàn tên “{area}”: {found}; hãy dùng mã hoặc #số.",
        "en": "Several areas are called “{area}”: {found}; use a code or #number.",
    },
    "area_code_taken": {
        "vi": "Mã “{area_code}” đang là của “{area}” trong thời gian đó; hãy kiểm tra mã và ngày.",
        "en": "The code “{area_code}” belongs to “{area}” at that time; check the code and the dates.",
    },
    "unknown_zone": {
        "vi": "Không có vùng phát “{zone}”; hãy xem lại danh sách vùng phát.",
        "en": "There is no zone “{zone}”; see the list of zones.",
    },
    "unknown_loudspeaker": {
        "vi": "Không có loa số {loudspeaker}; hãy xem lại trang của vùng phát.",
        "en": "There is no loudspeaker {loudspeaker}; look at the page of its zone.",
    },
    "zone_exists": {
        "vi": "Mã vùng phát “{zone}” đã được dùng; hãy chọn mã khác.",
        "en": "The zone code “{zone}” is taken; choose another.",
    },
    "bad_hours": {
        "vi": "Giờ được phát “{hours}” không đúng; hãy ghi như 05:00-21:00,22:00-23:00.",
        "en": "The hours “{hours}” cannot be read; write them like 05:00-21:00,22:00-23:00.",
    },
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
    "unknown_airing": {
        "vi": "Kế hoạch không có lần phát {airing}; hãy xem lại kế hoạch phát.",
        "en": "The plan has no airing {airing}; look at the plan again.",
    },
    "not_in_log": {
        "vi": "Nhật ký chưa có lần phát {airing} tại vùng này; chỉ đính chính được điều đã ghi.",
        "en": "The log has nothing about airing {airing} in this zone; only what was recorded can be corrected.",
    },
    "unknown_delivery": {
        "vi": "Không tìm thấy dòng nhật ký này; hãy trở lại trang nhật ký và chọn lại.",
        "en": "There is no such line in the log; go back to the log and choose again.",
    },
    "delivery_changed": {
        "vi": "{by} vừa đính chính kết quả này ({seconds} giây); hãy xem lại rồi mới đính chính tiếp.",
        "en": "{by} corrected this delivery a moment ago ({seconds} s); look at it before you correct it again.",
    },
    "books_closed": {
        "vi": "Sổ ngày {day} đã chốt: thay đổi chỉ còn là đính chính do hai người cùng ghi. Hãy mở dòng đó và gửi đề nghị "
        "đính chính để người thứ hai đồng ý.",
        "en": "The books of {day} are closed: changes are corrections by two persons. Open the line and ask for a "
        "correction that a second person agrees to.",
    },
    "nothing_to_confirm": {
        "vi": "Chưa chọn dòng nào; hãy đánh dấu các dòng mà người báo đã xác nhận.",
        "en": "No line is ticked; tick the lines that were confirmed.",
    },
    "not_over_yet": {
        "vi": "Lần phát này chưa hết giờ; hãy chờ phát xong rồi mới ghi xác nhận.",
        "en": "This delivery is not over yet; wait until it is before you confirm it.",
    },
    "rule_reaches_closed_books": {
        "vi": "Sổ đã chốt đến hết ngày {closed_until}, số liệu của các ngày đó không đổi nữa. Hãy chọn ngày bắt đầu từ "
        "{begins} trở đi.",
        "en": "The books are closed until {closed_until} and their numbers stay. Let the rule begin on {begins} or "
        "later.",
    },
    "countersign_needed": {
        "vi": "{by} đã đề nghị đính chính này nên không tự đồng ý được; hãy nhờ người thứ hai có quyền chốt sổ.",
        "en": "{by} asked for this correction and cannot agree to it as well; ask a second person who may close books.",
    },
    "already_asked": {
        "vi": "{by} đã đề nghị đính chính dòng này và đang chờ người thứ hai; hãy đợi hoặc rút đề nghị đó trước.",
        "en": "{by} has asked for a correction of this line already; wait for the decision or withdraw that request first.",
    },
    "already_decided": {
        "vi": "{by} đã quyết định đề nghị này rồi; hãy tải lại trang để xem.",
        "en": "{by} has decided on this request already; reload the page to see it.",
    },
    "unknown_request": {
        "vi": "Không có đề nghị đính chính số {number}; hãy trở lại danh sách đề nghị.",
        "en": "There is no request {number} for a correction; go back to the list of requests.",
    },
    "period_not_over": {
        "vi": "Ngày {last} chưa qua; chỉ chốt sổ những ngày đã qua. Hãy chọn ngày cuối sớm hơn.",
        "en": "{last} is not over; only days that are over can be closed. Choose an earlier last day.",
    },
    "lines_open": {
        "vi": "Chưa chốt được: còn {number} dòng chưa có lý do hoặc chưa có kết quả ({days}). Hãy mở trang Đối chiếu của "
        "những ngày đó và ghi lý do.",
        "en": "Not closed: {number} lines have no reason or no report ({days}). Open the reconciliation of those days and "
        "say why.",
    },
    "requests_open": {
        "vi": "Chưa chốt được: còn {number} đề nghị đính chính chờ người thứ hai. Hãy đồng ý hoặc từ chối trước.",
        "en": "Not closed: {number} corrections wait for a second person. Agree to them or refuse them first.",
    },
    "period_closed_already": {
        "vi": "Kỳ này đã được {by} chốt lúc {at}; hãy xem bản chốt sổ đó.",
        "en": "{by} closed this period at {at} already; look at that close.",
    },
    "unknown_close": {
        "vi": "Không có bản chốt sổ số {number}; hãy trở lại danh sách chốt sổ.",
        "en": "There is no close number {number}; go back to the list of closed periods.",
    },
    "nothing_to_answer": {
        "vi": "Không dòng nào được chọn còn thiếu lý do; hãy chọn lại trong danh sách.",
        "en": "None of the lines chosen lacks a reason; choose again in the list.",
    },
    "books_open": {
        "vi": "Ngày {day} còn {number} dòng chưa có lý do hoặc chưa có kết quả; hãy đối chiếu và ghi lý do.",
        "en": "{number} lines of {day} have no reason or no report; reconcile the day and say why.",
    },
    "period_too_long": {
        "vi": "Mỗi lần chỉ xem hoặc xuất được nhiều nhất {days} ngày nhật ký; hãy chọn khoảng ngày ngắn hơn.",
        "en": "The log is shown or exported for at most {days} days at once; choose a shorter period.",
    },
    "too_many_lines": {
        "vi": "Bộ lọc này có hơn {limit} dòng, quá nhiều cho một tệp Excel; hãy chọn ít ngày hơn hoặc xuất tệp CSV.",
        "en": "More than {limit} lines fit this filter, too many for one Excel file; choose fewer days or export CSV.",
    },
    "bad_period": {
        "vi": "Ngày cuối {last} trước ngày đầu {first}; hãy đổi lại hai ngày.",
        "en": "The last day {last} is before the first day {first}; put the two days right.",
    },
    "tally_differs": {
        "vi": "Số cộng dồn ở bảng {table} không khớp nhật ký phát sóng; hãy chạy: loaban tally rebuild.",
        "en": "The tally {table} is not what the as-run log says; run: loaban tally rebuild.",
    },
    "logbook_unreadable": {
        "vi": "Không đọc được tệp {name}; hãy lưu lại thành sổ tính Excel (.xlsx) rồi nhập lại.",
        "en": "The file {name} cannot be read; save it as an Excel workbook (.xlsx) and import it again.",
    },
    "logbook_problems": {
        "vi": "Chưa nhập gì vì tệp có {count} chỗ sai; hãy sửa các ô đã nêu rồi nhập lại.",
        "en": "Nothing was imported because the file has {count} problems; correct the cells named and import again.",
    },
    "places_no_sheet": {
        "vi": "Tệp không có trang tính nào tên “Địa bàn”, “Vùng phát” hay “Loa”; hãy dùng tệp mẫu.",
        "en": "The file has no sheet “Địa bàn”, “Vùng phát” or “Loa”; start from the template.",
    },
    "places_not_a_kind": {
        "vi": "“{value}” không phải là loại địa bàn; hãy ghi tỉnh, thành phố, xã, phường, bản, tổ hoặc tiểu khu.",
        "en": "“{value}” is no kind of area; write tỉnh, thành phố, xã, phường, bản, tổ or tiểu khu.",
    },
    "places_not_a_code": {
        "vi": "“{value}” không dùng làm mã được; hãy ghi chữ không dấu, số và gạch nối, không có dấu cách.",
        "en": "“{value}” cannot be a code; use plain letters, digits and hyphens, no spaces.",
    },
    "places_not_languages": {
        "vi": "Không hiểu ngôn ngữ “{value}”; hãy ghi vi, blt hoặc cả hai theo thứ tự phát, ví dụ: blt, vi.",
        "en": "The languages “{value}” cannot be read; write vi, blt or both in the order heard, e.g. blt, vi.",
    },
    "places_not_a_carrier": {
        "vi": "“{value}” không phải là đường truyền; hãy ghi file, soundcard hoặc memory.",
        "en": "“{value}” is no carrier; write file, soundcard or memory.",
    },
    "places_not_hours": {
        "vi": "Giờ được phát “{value}” không đúng; hãy ghi như 05:00-07:00, 17:00-19:00.",
        "en": "The hours “{value}” cannot be read; write them like 05:00-07:00, 17:00-19:00.",
    },
    "places_not_a_state": {
        "vi": "“{value}” không phải là tình trạng của loa; hãy ghi tốt, hỏng hoặc đã tháo.",
        "en": "“{value}” is no state of a loudspeaker; write tốt, hỏng or đã tháo.",
    },
    "places_too_long": {
        "vi": "“{value}…” dài quá 120 chữ; hãy viết ngắn lại.",
        "en": "“{value}…” has more than 120 letters; make it shorter.",
    },
    "places_area_in_itself": {
        "vi": "Địa bàn này không thể thuộc “{value}” vì “{value}” nằm trong chính nó; hãy kiểm tra cột “thuộc”.",
        "en": "The area cannot lie in “{value}”, which lies in it; check the column “thuộc”.",
    },
    "places_not_degrees": {
        "vi": "“{value}” không phải là vĩ độ hay kinh độ; hãy ghi số độ, ví dụ 21,327.",
        "en": "“{value}” is no latitude or longitude; write degrees, e.g. 21.327.",
    },
    "places_not_a_position": {
        "vi": "Vị trí thiếu vĩ độ hoặc kinh độ, hoặc không có trên bản đồ; hãy ghi đủ cả hai.",
        "en": "The place lacks latitude or longitude, or is nowhere on the map; write both.",
    },
    "places_area_unknown": {
        "vi": "Không có địa bàn “{value}” trong phạm vi của bạn; hãy ghi đúng mã hoặc tên, hoặc thêm ở trang “Địa bàn”.",
        "en": "There is no area “{value}” within what is yours; write its code or name, or add it on “Địa bàn”.",
    },
    "places_area_ambiguous": {
        "vi": "Có nhiều địa bàn tên “{value}”; hãy ghi thêm nơi nó thuộc về, ví dụ: Bản Tông, Chiềng Xôm.",
        "en": "Several areas are called “{value}”; add what it lies in, e.g. Bản Tông, Chiềng Xôm.",
    },
    "places_area_uppermost": {
        "vi": "Chỉ người quản cả đài mới thêm được địa bàn không thuộc địa bàn nào; hãy điền cột “thuộc”.",
        "en": "Only who is in charge of the whole station adds an area that lies in none; fill in “thuộc”.",
    },
    "places_code_taken": {
        "vi": "Mã địa bàn “{value}” đang là của “{area}”; hãy kiểm tra lại mã.",
        "en": "The area code “{value}” belongs to “{area}”; check it.",
    },
    "places_twice": {
        "vi": "“{value}” ghi hai lần; hãy bỏ bớt một dòng.",
        "en": "“{value}” is listed twice; remove one line.",
    },
    "places_zone_unknown": {
        "vi": "Không có vùng phát mã “{value}” trong phạm vi của bạn; hãy ghi đúng mã, hoặc thêm ở trang “Vùng phát”.",
        "en": "There is no zone “{value}” within what is yours; write its code, or add it on “Vùng phát”.",
    },
    "places_zone_removed": {
        "vi": "Mã vùng “{value}” là của một vùng đã bỏ; hãy chọn mã khác.",
        "en": "The zone code “{value}” is of a zone that was removed; choose another.",
    },
    "logbook_sheet_missing": {
        "vi": "Thiếu trang tính “{sheet}”; hãy thêm trang tính có đúng tên này.",
        "en": "The sheet “{sheet}” is missing; add a sheet of this name.",
    },
    "logbook_column_missing": {
        "vi": "Thiếu cột “{column}”; hãy thêm cột có đúng tên này ở dòng đầu.",
        "en": "The column “{column}” is missing; add it to the first line.",
    },
    "logbook_column_twice": {
        "vi": "Có hai cột “{column}”; hãy bỏ bớt một cột.",
        "en": "The column “{column}” is there twice; remove one.",
    },
    "logbook_cell_empty": {
        "vi": "Ô để trống; hãy điền vào.",
        "en": "The cell is empty; fill it in.",
    },
    "logbook_not_a_number": {
        "vi": "“{value}” không phải là số thứ tự; hãy ghi số nguyên từ 1.",
        "en": "“{value}” is no episode number; write a whole number from 1.",
    },
    "logbook_not_a_language": {
        "vi": "“{value}” không phải là mã ngôn ngữ; hãy ghi vi (phổ thông) hoặc blt (Thái).",
        "en": "“{value}” is no language code; write vi or blt.",
    },
    "logbook_not_a_duration": {
        "vi": "“{value}” không phải là thời lượng; hãy ghi phút:giây, ví dụ 08:30.",
        "en": "“{value}” is no duration; write minutes:seconds, e.g. 08:30.",
    },
    "logbook_not_a_date": {
        "vi": "“{value}” không phải là ngày; hãy ghi ngày/tháng/năm, ví dụ 05/3/2021.",
        "en": "“{value}” is no date; write day/month/year, e.g. 05/3/2021.",
    },
    "logbook_not_a_time": {
        "vi": "“{value}” không phải là giờ; hãy ghi giờ:phút, ví dụ 05:30.",
        "en": "“{value}” is no time of day; write hours:minutes, e.g. 05:30.",
    },
    "logbook_duration_zero": {
        "vi": "Thời lượng bằng 0; hãy ghi thời lượng thật.",
        "en": "The duration is zero; write how long the edition is.",
    },
    "logbook_in_future": {
        "vi": "Ngày {value} chưa tới; hãy kiểm tra lại ngày.",
        "en": "The day {value} is still to come; check the date.",
    },
    "logbook_series_unknown": {
        "vi": "Không rõ “{value}” thuộc chuyên mục nào; hãy nhập lại và thêm: --series MÃ (mã xem ở: loaban series list).",
        "en": "It is not known which series “{value}” belongs to; name it with --series.",
    },
    "logbook_language_not_of_series": {
        "vi": "Chuyên mục không có bản tiếng “{value}”; hãy sửa ngôn ngữ hoặc thêm ngôn ngữ cho chuyên mục.",
        "en": "The series has no editions in “{value}”; correct the language or add it to the series.",
    },
    "logbook_edition_twice": {
        "vi": "Số {number} ({language}) ghi hai lần; hãy bỏ bớt một dòng.",
        "en": "Number {number} ({language}) is listed twice; remove one line.",
    },
    "logbook_edition_contradicts": {
        "vi": "Đài đã có số {number}/{year} với thời lượng hoặc ngày duyệt khác; hãy đối chiếu lại.",
        "en": "The station knows number {number}/{year} with another duration or day of approval; compare them.",
    },
    "logbook_edition_not_listed": {
        "vi": "Số {number} ({language}) không có ở trang “Chuyên mục” và đài chưa có; hãy thêm vào trang đó.",
        "en": "Number {number} ({language}) is not on the sheet “Chuyên mục”, nor known; list it there.",
    },
    "logbook_edition_ambiguous": {
        "vi": "Số {number} ({language}) có ở nhiều chuyên mục hoặc nhiều năm; hãy ghi rõ ở trang “Chuyên mục”, "
        "mỗi chuyên mục và mỗi năm một tệp.",
        "en": "Number {number} ({language}) is in several series or years; list it on “Chuyên mục”, "
        "with a file for each series and year.",
    },
    "confirm_reason_missing": {
        "vi": "Không phát đủ mà chưa có lý do; hãy ghi một lý do trong trang “Hướng dẫn”.",
        "en": "It did not sound in full and no reason is given; write one of those on the sheet “Hướng dẫn”.",
    },
    "confirm_not_a_reason": {
        "vi": "“{value}” không phải là một lý do có trong danh mục; hãy chọn trong trang “Hướng dẫn”.",
        "en": "“{value}” is none of the known reasons; choose one from the sheet “Hướng dẫn”.",
    },
    "confirm_not_a_result": {
        "vi": "“{value}” không phải là kết quả; hãy ghi đủ, một phần hoặc không, hay để trống nếu chưa hỏi.",
        "en": "“{value}” is no result; write đủ, một phần or không, or leave it empty if nobody was asked.",
    },
    "confirm_not_a_phone": {
        "vi": "“{value}” không phải là số điện thoại; hãy sửa, hoặc ghi vào cột ghi chú.",
        "en": "“{value}” is no phone number; correct it, or write it into the note.",
    },
    "confirm_zone_unknown": {
        "vi": "Không có vùng phát “{value}” trong địa bàn của bạn; hãy ghi đúng mã vùng.",
        "en": "There is no zone “{value}” in your areas; write the zone's code.",
    },
    "confirm_not_planned": {
        "vi": "Kế hoạch và nhật ký không có bản này ở vùng này lúc {value} (giờ có trong ngày: {known}); hãy kiểm tra lại "
        "ngày, giờ, số và ngôn ngữ.",
        "en": "Neither plan nor log have this edition in this zone at {value} (times of that day: {known}); check the "
        "day, time, number and language.",
    },
    "confirm_ambiguous": {
        "vi": "Lúc {value} vùng này có hai bản cùng số, không biết dòng này nói bản nào; hãy ghi xác nhận trên trang web.",
        "en": "At {value} this zone has two editions of this number; confirm them on the page instead.",
    },
    "confirm_twice": {
        "vi": "Lần phát này ở vùng {value} đã ghi ở dòng khác; hãy bỏ bớt một dòng.",
        "en": "This delivery in {value} is on another line too; remove one.",
    },
    "confirm_not_over": {
        "vi": "Lần phát lúc {value} chưa hết giờ; hãy bỏ trống kết quả của dòng này.",
        "en": "The delivery at {value} is not over yet; leave the result of this line empty.",
    },
    "confirm_contradicts": {
        "vi": "{by} đã xác nhận lần phát này được {seconds} giây; nếu đó là nhầm, hãy đính chính dòng đó trong nhật ký.",
        "en": "{by} has confirmed this delivery with {seconds} s; if that is wrong, correct that line in the log.",
    },
    "logbook_sounded_too_long": {
        "vi": "Phát được {seconds} giây, dài hơn thời lượng đã ghi ({length} giây); hãy kiểm tra lại.",
        "en": "It sounded {seconds} s, longer than the edition ({length} s); check both.",
    },
    "logbook_before_approval": {
        "vi": "Phát ngày {value}, trước ngày duyệt; hãy kiểm tra lại ngày.",
        "en": "It aired on {value}, before it was approved; check the dates.",
    },
    "logbook_zone_unknown": {
        "vi": "Không có vùng phát “{value}”; hãy ghi mã vùng hoặc “tất cả”.",
        "en": "There is no zone “{value}”; write a zone's code or “tất cả”.",
    },
    "logbook_zone_does_not_hear": {
        "vi": "Vùng {value} không nghe ngôn ngữ {language}; hãy sửa vùng hoặc ngôn ngữ.",
        "en": "The zone {value} does not hear {language}; correct the zone or the language.",
    },
    "logbook_no_zone_hears": {
        "vi": "Không có vùng phát nào nghe ngôn ngữ {language}; hãy khai báo vùng phát trước.",
        "en": "No zone hears {language}; enter the zones first.",
    },
    "logbook_play_twice": {
        "vi": "Lần phát này tại vùng {value} đã ghi ở dòng khác; hãy bỏ bớt một dòng.",
        "en": "This play in {value} is on another line too; remove one.",
    },
    "logbook_play_of_station": {
        "vi": "Buổi lúc {value} đã có trong kế hoạch và nhật ký của đài; hãy bỏ dòng này.",
        "en": "The broadcast of {value} is in the station's own plan and log; remove this line.",
    },
    "logbook_play_contradicts": {
        "vi": "Nhật ký đã ghi lần phát này {known} giây, không phải {seconds} giây; hãy đính chính thay vì nhập lại.",
        "en": "The log has this play with {known} s and not {seconds} s; correct it there instead of importing.",
    },
    "unknown_carrier": {
        "vi": "Không có đường truyền “{name}”; hãy chọn một trong: {known}.",
        "en": "There is no carrier “{name}”; choose one of: {known}.",
    },
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
    "villages_without_player": {
        "vi": "{number} bản chưa ghép máy phát: {zones}; hãy tạo mã ghép máy ở trang Máy phát tại bản.",
        "en": "{number} villages have no player: {zones}; make pairing codes on the page of players.",
    },
    "villages_not_ready": {
        "vi": "{number}/{all} bản chưa đủ tệp cho buổi {at}: {zones}; hãy xem còn thiếu gì ở trang Máy phát tại bản.",
        "en": "{number} of {all} villages lack what they play at {at}: {zones}; see what on the page of players.",
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
    "carrier_down": {
        "vi": "Đường truyền “{name}” không phát được ({reason}); hãy kiểm tra thiết bị.",
        "en": "The carrier “{name}” cannot sound ({reason}); check the equipment.",
    },
    "not_assembled": {
        "vi": "Chưa ghép được chương trình phát lúc {starts_at} ({reason}); hãy kiểm tra ổ đĩa và các bản thu.",
        "en": "The programme of {starts_at} could not be assembled ({reason}); check the disk and its recordings.",
    },
    "clock_stepped": {
        "vi": "Đồng hồ máy bị chỉnh {by_s} giây; hãy kiểm tra giờ máy và xem nhật ký có buổi nào bị lỡ.",
        "en": "The computer's clock was set by {by_s} s; check its time and the log for broadcasts that were missed.",
    },
    "database_out_of_date": {
        "vi": "Cơ sở dữ liệu chưa được cập nhật; hãy chạy: loaban database upgrade.",
        "en": "The database is not up to date; run: loaban database upgrade.",
    },
    "database_unreachable": {
        "vi": "Cơ sở dữ liệu không trả lời ({reason}); hãy kiểm tra ổ đĩa hoặc máy chủ dữ liệu.",
        "en": "The database does not answer ({reason}); check the disk or the database server.",
    },
    "port_taken": {
        "vi": "Cổng {port} trên {host} đã có chương trình khác dùng; hãy tắt nó hoặc đặt cổng khác: LOABAN_PORT (trang), LOABAN_BROKER_PORT (máy chủ MQTT).",
        "en": "Another program listens on {host}:{port}; stop it or set another port: LOABAN_PORT (page), LOABAN_BROKER_PORT (MQTT broker).",
    },
    "address_refused": {
        "vi": "Máy không cho mở trang tại {host}:{port} ({reason}); hãy sửa LOABAN_HOST hoặc LOABAN_PORT.",
        "en": "The page cannot listen on {host}:{port} ({reason}); correct LOABAN_HOST or LOABAN_PORT.",
    },
    "disk_full": {
        "vi": "Ổ đĩa gần như hết chỗ, chỉ còn {free_mb} MB; hãy dọn ổ đĩa ngay.",
        "en": "The disk is almost full, only {free_mb} MB are free; make room at once.",
    },
    "disk_nearly_full": {
        "vi": "Ổ đĩa sắp đầy, còn {free_mb} MB trong {total_mb} MB; hãy dọn bớt trong tuần này.",
        "en": "The disk is filling up, {free_mb} MB of {total_mb} MB are free; make room this week.",
    },
    "playout_never_ran": {
        "vi": "Bộ phát sóng không chạy; hãy khởi động: loaban up.",
        "en": "The playout daemon is not running; start it: loaban up.",
    },
    "playout_silent": {
        "vi": "Bộ phát sóng không còn báo tín hiệu từ {since}; hãy khởi động lại: loaban up.",
        "en": "The playout daemon has given no sign of life since {since}; start it again: loaban up.",
    },
    "clock_not_synchronised": {
        "vi": "Đồng hồ của máy chưa được đồng bộ với giờ chuẩn; hãy bật đồng bộ giờ (NTP).",
        "en": "The computer's clock follows no time source; switch time synchronisation (NTP) on.",
    },
    "clock_stepping": {
        "vi": "Đồng hồ của máy vừa bị chỉnh nhảy {seconds} giây; hãy kiểm tra nguồn giờ của máy.",
        "en": "The computer's clock was just set by {seconds} s; check its time source.",
    },
    "nothing_for_tomorrow": {
        "vi": "Ngày mai {day} có khung giờ phát mà chưa có bản nào đã duyệt; hãy duyệt bản thu.",
        "en": "A slot is due tomorrow, {day}, and nothing approved is planned for it; approve a recording.",
    },
    "nothing_planned": {
        "vi": "Từ nay đến hết {day} chưa có buổi phát nào có bản đã duyệt; hãy duyệt bản thu hoặc thêm buổi phát.",
        "en": "Nothing approved is planned up to {day}; approve a recording or plan a broadcast.",
    },
    "approval_gone": {
        "vi": "Buổi phát “{title}” lúc {at} có bản tiếng {language} không còn hiệu lực duyệt; hãy duyệt lại.",
        "en": "The {language} edition of “{title}” at {at} is no longer approved; approve it again.",
    },
    "broadcast_overdue": {
        "vi": "Buổi phát “{title}” lúc {at} đã đến giờ mà chưa có tín hiệu phát; hãy kiểm tra bộ phát sóng.",
        "en": "“{title}” was due at {at} and nothing reports it on air; check the playout daemon.",
    },
    "zones_silent": {
        "vi": "Có {number} vùng phát không phát được lần gần nhất vì đường truyền hoặc thiết bị ({zones}); "
        "hãy kiểm tra thiết bị.",
        "en": "{number} zones could not be sounded in last time because of the carrier or device ({zones}); check them.",
    },
    "missed_today": {
        "vi": "Hôm nay có {number} vùng phát không phát được: {reason} ({zones}); hãy xem nhật ký.",
        "en": "Today {number} zones missed a broadcast: {reason} ({zones}); look at the log.",
    },
    "late_today": {
        "vi": "Hôm nay có {number} vùng phát phát trễ hoặc thiếu: {reason} ({zones}); hãy xem nhật ký.",
        "en": "Today {number} zones sounded late or in part: {reason} ({zones}); look at the log.",
    },
    "plan_findings_more": {
        "vi": "Kế hoạch ngày {day} còn {number} điều khác cần xem; hãy mở tuần phát sóng.",
        "en": "The plan of {day} has {number} more findings; open the week's plan.",
    },
    "ingest_stuck": {
        "vi": "Có {number} bản thu chờ xử lý quá lâu (từ {since}); hãy kiểm tra bộ xử lý: loaban ingest.",
        "en": "{number} recordings have waited to be taken in since {since}; check the worker: loaban ingest.",
    },
    "ingest_failed": {
        "vi": "Có {number} bản thu xử lý không thành công gần đây; hãy xem lý do rồi gửi lại bản thu.",
        "en": "{number} recordings could not be taken in lately; read why and send them again.",
    },
    "tally_wrong": {
        "vi": "Số cộng dồn lệch với nhật ký phát sóng ({found}); hãy cộng lại: loaban tally rebuild.",
        "en": "The kept tallies differ from the as-run log ({found}); compute them again: loaban tally rebuild.",
    },
    "zone_carrier_unknown": {
        "vi": "Vùng phát {zones} dùng đường truyền “{name}” mà đài không có; hãy chọn lại đường truyền.",
        "en": "The zones {zones} use the carrier “{name}”, which this station lacks; choose another one.",
    },
    "carrier_problem": {
        "vi": "Đường truyền “{name}” báo lỗi: {reason}; hãy kiểm tra thiết bị.",
        "en": "The carrier “{name}” reports: {reason}; check the equipment.",
    },
    "check_failed": {
        "vi": "Không kiểm tra được phần “{part}” ({reason}); hãy xem nhật ký của máy.",
        "en": "The part “{part}” could not be examined ({reason}); see the computer's log.",
    },
    "plan_finding": {
        "vi": "Kế hoạch lúc {at}: {found}",
        "en": "The plan for {at}: {found}",
    },
    "village_problem": {
        "vi": "{zone}: {problem}",
        "en": "{zone}: {problem}",
    },
    "village_many_problem": {
        "vi": "{number} máy phát tại bản cùng báo: {problem} Hãy xem trang Máy phát tại bản.",
        "en": "{number} village players say alike: {problem} See the page of the villages.",
    },
    "village_offline": {
        "vi": "{zone}: mất liên lạc với máy phát tại bản hơn một giờ; máy vẫn tự phát. Hãy gọi người ở bản xem nguồn điện và SIM.",
        "en": "{zone}: no contact with the village player for over an hour; it plays on. Have its power and SIM looked at.",
    },
    "village_many_offline": {
        "vi": "Mất liên lạc với {number} máy phát tại bản hơn một giờ; hãy kiểm tra máy chủ MQTT và đường mạng của đài.",
        "en": "No contact with {number} village players for more than an hour; check the broker and the station's link.",
    },
    "village_twins": {
        "vi": "{zone}: hai máy dùng chung một danh tính (thẻ nhớ bị sao chép); hãy thu hồi và ghép lại từng máy.",
        "en": "{zone}: two boxes bear one identity (a copied card); revoke it and pair each anew.",
    },
    "village_many_twins": {
        "vi": "{number} vùng phát có hai máy dùng chung một danh tính; hãy thu hồi và ghép lại từng máy.",
        "en": "In {number} zones two boxes bear one identity; revoke them and pair each anew.",
    },
    "village_quarantined": {
        "vi": "{number} dòng nhật ký từ các bản chưa vào được nhật ký phát sóng; hãy xem trang Máy phát tại bản.",
        "en": "{number} journal rows from villages could not enter the log; see the page of the villages.",
    },
    "village_refused": {
        "vi": "Đã bỏ {number} thông điệp mang tên {box} ({reason}); hãy kiểm tra máy tại bản và mật khẩu máy chủ MQTT.",
        "en": "{number} messages in the name of {box} were refused ({reason}); check the box and the broker's logins.",
    },
    "backbone_never_ran": {
        "vi": "Tiến trình liên lạc với các bản chưa chạy lần nào; hãy chạy loaban up (hoặc loaban backbone).",
        "en": "The process that talks with the villages has never run; start loaban up (or loaban backbone).",
    },
    "log_tampered": {
        "vi": "Nhật ký không còn như lúc niêm phong: {number} chỗ. Hãy giữ nguyên máy, sao lưu và xem loaban verify.",
        "en": "The log is not as it was sealed, in {number} places. Leave the machine as it is, back it up, see loaban verify.",
    },
    "day_unsealed": {
        "vi": "Nhật ký ngày {day} chưa được niêm phong; hãy xem tiến trình văn thư có chạy không (loaban clerk) hoặc chạy loaban seal.",
        "en": "The log of {day} is not sealed yet; see whether the clerk runs (loaban clerk), or run loaban seal.",
    },
    "seals_untrue": {
        "vi": "Niêm phong báo {number} chỗ không đúng; đầu tiên: {found}",
        "en": "The seals tell of {number} things that are not as they were; the first: {found}",
    },
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
    "clerk_silent": {
        "vi": "Tiến trình văn thư (niêm phong, thông báo) im lặng từ {since}; hãy chạy lại loaban clerk.",
        "en": "The clerk (seals, notices) is silent since {since}; restart loaban clerk.",
    },
    "clerk_failing": {
        "vi": "Văn thư không làm được việc “{duty}”: {reason}. Hãy xem nhật ký của loaban clerk.",
        "en": "The clerk's duty “{duty}” keeps failing: {reason}. Look into the output of loaban clerk.",
    },
    "backbone_silent": {
        "vi": "Tiến trình liên lạc với các bản im lặng từ {since}; các bản vẫn tự phát, hãy chạy lại loaban backbone.",
        "en": "The process that talks with the villages is silent since {since}; they play on; restart loaban backbone.",
    },
    "notice_trial": {
        "vi": "Đây là thông báo thử; nếu đọc được thì nơi nhận này dùng được, không cần làm gì.",
        "en": "This is a trial; whoever can read it is reached, nothing need be done.",
    },
    "broadcast_missed": {
        "vi": "Buổi phát “{title}” lúc {starts_at} không đến được {zones} vùng; hãy xem nhật ký và gọi về địa bàn.",
        "en": "“{title}” at {starts_at} was not heard in {zones} zones; look into the log and call the places.",
    },
    "nothing_to_air": {
        "vi": "Ngày {day} có {number} chỗ trong lịch sẽ im lặng vì thiếu bản được duyệt; hãy duyệt hoặc thay số khác hôm nay.",
        "en": "On {day} {number} places of the plan would be silent for want of an approved edition; approve or replace today.",
    },
    "central_away": {
        "vi": "Hệ thống thông tin nguồn không trả lời ({reason}); chương trình tự gửi lại, hãy kiểm tra mạng nếu kéo dài.",
        "en": "The central system does not answer ({reason}); it is tried again by itself, check the network if it lasts.",
    },
    "central_refused": {
        "vi": "Hệ thống thông tin nguồn không nhận ({reason}); hãy hỏi nơi quản lý hệ thống đó.",
        "en": "The central system refuses what it was sent ({reason}); ask those who run it.",
    },
    "unknown_bulletin": {
        "vi": "Không có bản tin này; hãy mở lại trang Bản tin từ cấp trên.",
        "en": "There is no such bulletin; open the page of bulletins again.",
    },
    "bulletin_decided": {
        "vi": "{by} đã quyết định bản tin này rồi; hãy mở lại trang để xem.",
        "en": "{by} has decided on this already; open the page again.",
    },
    "backup_failed": {
        "vi": "Không sao lưu được vào {folder} ({reason}); hãy xem ổ đĩa đó rồi chạy lại loaban backup.",
        "en": "No backup could be written into {folder} ({reason}); look at that disk and run loaban backup again.",
    },
    "no_backup_folder": {
        "vi": "Chưa có thư mục sao lưu; hãy đặt LOABAN_BACKUP_FOLDER (nên là ổ đĩa khác) hoặc ghi tên thư mục.",
        "en": "No backup folder is set; set LOABAN_BACKUP_FOLDER (another disk is best) or name a folder.",
    },
    "backup_old": {
        "vi": "Bản sao lưu mới nhất là từ {made_at}; hãy xem vì sao việc sao lưu dừng (loaban backup).",
        "en": "The newest backup is of {made_at}; find out why backups stopped (loaban backup).",
    },
    "backup_never": {
        "vi": "Thư mục sao lưu chưa có bản nào; hãy chạy loaban backup và xem có báo lỗi không.",
        "en": "The backup folder holds none yet; run loaban backup and see whether it says why.",
    },
    "unknown_alarm": {
        "vi": "Không có báo động này; hãy mở lại trang Báo động.",
        "en": "There is no such alarm; open the page of alarms again.",
    },
    "alarm_over": {
        "vi": "Sự cố đã hết từ {since}, không cần nhận nữa; nếu lặp lại sẽ có báo động mới.",
        "en": "The trouble ended at {since}, nobody need see to it; if it comes back there will be a new alarm.",
    },
    "unknown_target": {
        "vi": "Không có nơi nhận này; hãy mở lại trang Nơi nhận thông báo.",
        "en": "Nobody is told under this name; open the page of notices again.",
    },
    "bad_target": {
        "vi": "Không gửi được tới địa chỉ “{address}”; hãy ghi địa chỉ https://… hoặc địa chỉ kiểu Apprise (mailto://, tgram://…).",
        "en": "Nothing can be sent to “{address}”; give an https://… address or one that Apprise knows (mailto://, tgram://…).",
    },
    "notice_not_taken": {
        "vi": "Nơi nhận chưa nhận được thông báo ({reason}); hãy xem lại địa chỉ và mạng.",
        "en": "The notice was not taken ({reason}); check the address and the network.",
    },
    "alarm": {
        "vi": "Có báo động “{kind}” ở {subject}; hãy kiểm tra.",
        "en": "There is an alarm “{kind}” about {subject}; look at it.",
    },
    "page_not_found": {
        "vi": "Không có trang này; hãy quay về trang chính.",
        "en": "There is no such page; go back to the main page.",
    },
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
    "page_needs_sign_in": {
        "vi": "Bạn chưa đăng nhập hoặc đã hết phiên; hãy đăng nhập lại.",
        "en": "You are not signed in, or the session has ended; sign in again.",
    },
    "form_too_old": {
        "vi": "Trang đã mở quá lâu hoặc được gửi từ nơi khác; hãy tải lại trang rồi làm lại.",
        "en": "The page was open for too long, or was sent from elsewhere; load it again and repeat.",
    },
    "too_many_tries": {
        "vi": "Đã thử quá nhiều lần; hãy đợi {wait} giây rồi thử lại.",
        "en": "Too many tries; wait {wait} seconds and try again.",
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
    "bad_message": {
        "vi": "Không đọc được tin của máy phát tại bản ({reason}); hãy xem hai bên có cùng phiên bản chương trình không.",
        "en": "A message of a village player cannot be read ({reason}); see whether both sides run the same program.",
    },
    "player_in_use": {
        "vi": "Máy phát ở thư mục {folder} đang chạy rồi.",
        "en": "The player in {folder} is running already.",
    },
    "plan_refused": {
        "vi": "Kế hoạch số {version} không dùng được: {reason}.",
        "en": "Plan {version} cannot be used: {reason}.",
    },
    "bad_signature": {
        "vi": "Tin không có chữ ký đúng ({reason}) nên bị bỏ; nếu lặp lại, hãy ghép đôi lại máy phát tại bản.",
        "en": "A message without a good signature ({reason}) was left aside; if it comes again, pair the player anew.",
    },
    "nothing_to_say": {
        "vi": "Buổi phát {broadcast} đã hết giờ, đã hủy hoặc máy không phát được; hãy ra lệnh phát lại.",
        "en": "Broadcast {broadcast} is over, called off or cannot be played there; give the command again.",
    },
    "no_player_there": {
        "vi": "Ở đó không có máy phát tại bản nào đã ghép đôi; hãy chọn nơi khác, hoặc ghép đôi máy phát trước.",
        "en": "There is no paired village player there; choose another place, or pair a player first.",
    },
    "not_paired": {
        "vi": "Máy phát này chưa ghép đôi với vùng phát nào; hãy chạy: loaban player pair.",
        "en": "This player is not paired with a zone yet; run: loaban player pair.",
    },
    "bad_membership": {
        "vi": "Không đọc được giấy ghép đôi trong {folder}; hãy ghép đôi lại: loaban player pair.",
        "en": "The membership in {folder} cannot be read; pair again: loaban player pair.",
    },
    "code_is_for_box": {
        "vi": "Mã này dùng cho máy phát tại bản, không mở bằng điện thoại: trên máy đó hãy gõ “loaban player pair” và tám ký tự của mã.",
        "en": "This code is for a village player, not for a telephone: type “loaban player pair” and the code's eight signs on that box.",
    },
    "bad_station_address": {
        "vi": "Địa chỉ của đài (hoặc tệp chứng thực) không dùng được: {address}. Ví dụ đúng: https://dai.example.",
        "en": "The address of the station (or the authority's file) cannot be used: {address}. A good one: https://dai.example.",
    },
    "plain_link_refused": {
        "vi": "{address} không được mã hóa và không nằm trong mạng nội bộ; hãy dùng https://, nếu không mật khẩu sẽ bị lộ.",
        "en": "{address} is not encrypted and not within this house; use https://, or secrets would be read on the way.",
    },
    "station_unreachable": {
        "vi": "Chưa liên lạc được với đài ({reason}); hãy kiểm tra đường truyền rồi thử lại.",
        "en": "The station does not answer ({reason}); check the link and try again.",
    },
    "station_busy": {
        "vi": "Đài đang bận; máy sẽ tự thử lại sau.",
        "en": "The station is busy; the box tries again by itself.",
    },
    "token_refused": {
        "vi": "Đài không cho máy này vào nữa (đã thu hồi hoặc thay máy khác); hãy xin mã mới và ghép đôi lại.",
        "en": "The station lets this box in no more (revoked or replaced); ask for a new code and pair again.",
    },
    "file_not_there": {
        "vi": "Đài chưa có tệp {sha256}; máy sẽ tự thử lại sau.",
        "en": "The station has no file {sha256} yet; the box tries again by itself.",
    },
    "file_of_another_size": {
        "vi": "Tệp {sha256} ở đài có cỡ khác với kế hoạch ({size}) nên không nhận.",
        "en": "The file {sha256} has another size at the station than in the plan ({size}) and is not taken.",
    },
    "bad_pairing_text": {
        "vi": "“{text}” không phải mã ghép đôi. Gõ mã tám ký tự kèm địa chỉ đài (--station https://…), hoặc dán cả dòng chữ của mã QR.",
        "en": "“{text}” is no pairing code. Type its eight signs with the station's address (--station https://…), or all the text of the QR code.",
    },
    "bad_membership_told": {
        "vi": "Đài trả lời không đúng dạng khi ghép đôi ({reason}); hãy kiểm tra địa chỉ đài rồi thử lại.",
        "en": "The station's answer to the pairing cannot be read ({reason}); check the station's address and try again.",
    },
    "not_a_village_zone": {
        "vi": "Vùng {zone} không phát qua máy phát tại bản; hãy đổi đường truyền của vùng thành “máy phát tại bản” rồi ghép đôi.",
        "en": "Zone {zone} is not reached through a village player; set its carrier to village, then pair.",
    },
    "unknown_command": {
        "vi": "Không có lệnh này, hoặc lệnh không đến vùng nào trong địa bàn của bạn; hãy xem lại danh sách lệnh.",
        "en": "There is no such command, or it reached no zone in your areas; see the list of commands.",
    },
    "not_for_whole_station": {
        "vi": "Chỉ người có quyền trong toàn đài mới ra lệnh cho mọi vùng; hãy chọn một vùng hoặc một địa bàn của bạn.",
        "en": "Only who has the right in the whole station commands all zones; choose a zone or an area of yours.",
    },
    "not_a_sample_player": {
        "vi": "Chỉ máy phát mẫu mới cắt được đường truyền từ trang này; hãy chọn một máy mẫu.",
        "en": "Only a sample player lets its link be cut from this page; choose one of those.",
    },
    "unknown_player": {
        "vi": "Không có máy phát tại bản nào như vậy đang dùng ({player}); hãy xem danh sách: loaban village list.",
        "en": "There is no such village player in use ({player}); see the list: loaban village list.",
    },
    "bad_broker_address": {
        "vi": "Địa chỉ máy chủ MQTT không dùng được: {address}. Ví dụ đúng: mqtts://dai.example:8883.",
        "en": "The address of the MQTT broker cannot be used: {address}. A good one: mqtts://dai.example:8883.",
    },
    "broker_died": {
        "vi": "Máy chủ MQTT chạy kèm đã dừng ({reason}); nó sẽ được khởi động lại.",
        "en": "The embedded MQTT broker ended ({reason}); it is started again.",
    },
    "link_full": {
        "vi": "Đã có {waiting} tin chờ máy chủ MQTT; hãy thử lại khi đường truyền thông.",
        "en": "{waiting} messages wait for the MQTT broker already; try again when the link is back.",
    },
}


class _Facts(dict[str, object]):
    """Facts that leave an unknown name visible instead of failing while an error is being told."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def word(code: str, facts: Mapping[str, object], *, language: str = "vi") -> str:
    """The sentence for a code in a language, with its facts filled in; the code itself when it is unknown."""
    sentence = WORDING.get(code, {}).get(language)
    written = {name: _written(value, language) for name, value in facts.items()}
    return code if sentence is None else sentence.format_map(_Facts(written))


def _written(value: object, language: str) -> object:
    """A fraction with one digit at most, and a comma in Vietnamese; anything else as it is."""
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    number = f"{value:.1f}".removesuffix(".0")
    return number.replace(".", ",") if language == "vi" else number


def word_finding(finding: Mapping[str, object], *, language: str = "vi") -> str:
    """The sentence for a finding `{code, at_s?, for_s?, …}` of a recording: where it is and how long it lasts."""
    facts = dict(finding)
    at_s, for_s = facts.get("at_s"), facts.get("for_s")
    if isinstance(at_s, int | float):
        facts["at"] = f"{int(at_s) // 60}:{int(at_s) % 60:02}"
    if isinstance(for_s, int | float):
        facts["lasts"] = f"{_written(float(for_s), language)} {({'vi': 'giây', 'en': 'seconds'})[language]}"
    return word(str(finding["code"]), facts, language=language)


def word_error(error: BroadcastError, *, language: str = "vi") -> str:
    """The sentence for an error raised on purpose; states, languages and fields are told in words."""
    told = {name: _named(name, value, language) for name, value in error.facts.items()}
    return word(error.code, told, language=language)


def _named(name: str, value: object, language: str) -> object:
    states = LABELS[EditionState]
    tables: Mapping[str, Mapping[Any, Mapping[str, str]]] = {
        "state": states, "wanted": states, "language": LANGUAGE_NAMES, "field": FIELD_NAMES,
    }  # fmt: skip
    names = tables.get(name, {})
    return names.get(str(value), {}).get(language, value)

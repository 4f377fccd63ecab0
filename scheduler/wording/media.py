"""Sentences about sound files: why one is not taken, and what a reviewer should listen to."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "media_missing": {
        "vi": "Thiếu tệp âm thanh {sha256}; hãy tải lại bản thu.",
        "en": "The sound file {sha256} is missing; bring the recording in again.",
    },
    "media_corrupt": {
        "vi": "Tệp âm thanh {sha256} đã bị hỏng; hãy tải lại bản thu.",
        "en": "The sound file {sha256} is damaged; bring the recording in again.",
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
}

"""Sentences for what somebody at the station must look at: problems on the first page, alarms, notices."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "villages_without_player": {
        "vi": "{number} bản chưa ghép máy phát: {zones}; hãy tạo mã ghép máy ở trang Máy phát tại bản.",
        "en": "{number} villages have no player: {zones}; make pairing codes on the page of players.",
    },
    "villages_not_ready": {
        "vi": "{number}/{all} bản chưa đủ tệp cho buổi {at}: {zones}; hãy xem còn thiếu gì ở trang Máy phát tại bản.",
        "en": "{number} of {all} villages lack what they play at {at}: {zones}; see what on the page of players.",
    },
    "not_assembled": {
        "vi": "Chưa ghép được chương trình phát lúc {starts_at} ({reason}); hãy kiểm tra ổ đĩa và các bản thu.",
        "en": "The programme of {starts_at} could not be assembled ({reason}); check the disk and its recordings.",
    },
    "clock_stepped": {
        "vi": "Đồng hồ máy bị chỉnh {by_s} giây; hãy kiểm tra giờ máy và xem nhật ký có buổi nào bị lỡ.",
        "en": "The computer's clock was set by {by_s} s; check its time and the log for broadcasts that were missed.",
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
    "backup_old": {
        "vi": "Bản sao lưu mới nhất là từ {made_at}; hãy xem vì sao việc sao lưu dừng (loaban backup).",
        "en": "The newest backup is of {made_at}; find out why backups stopped (loaban backup).",
    },
    "backup_never": {
        "vi": "Thư mục sao lưu chưa có bản nào; hãy chạy loaban backup và xem có báo lỗi không.",
        "en": "The backup folder holds none yet; run loaban backup and see whether it says why.",
    },
    "alarm": {
        "vi": "Có báo động “{kind}” ở {subject}; hãy kiểm tra.",
        "en": "There is an alarm “{kind}” about {subject}; look at it.",
    },
}

"""Sentences about the players in villages."""

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
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

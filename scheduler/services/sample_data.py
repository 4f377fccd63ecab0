"""Facts of the sample station: Sơn La in 2021 and after July 2025, series, titles, texts; what is made up says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

FIRST_DAY = date(2015, 1, 1)
"""From this day on the sample knows its places; the oldest source for them is of 2015."""
REFORM = date(2025, 7, 1)
REFERENCE_YEAR = 2021
PROVINCE = CITY = "Sơn La"

WARDS: Mapping[str, str] = {
    "Chiềng An": "03667",
    "Chiềng Cơi": "03670",
    "Chiềng Lề": "03646",
    "Chiềng Sinh": "03679",
    "Quyết Tâm": "03655",
    "Quyết Thắng": "03652",
    "Tô Hiệu": "03649",
}
"""The seven phường of the city until 30 June 2025, with their codes."""
XA: Mapping[str, str] = {
    "Chiềng Cọ": "03658",
    "Chiềng Đen": "03661",
    "Chiềng Ngần": "03673",
    "Chiềng Xôm": "03664",
    "Hua La": "03676",
}
"""The five xã of the city until 30 June 2025."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewWard:
    """A phường of July 2025: what it was made of, and a code that another area bore before."""

    name: str
    code: str
    made_of: tuple[str, ...]


NEW_WARDS = (
    NewWard(name="Tô Hiệu", code="03646", made_of=("Quyết Thắng", "Quyết Tâm", "Chiềng Lề", "Tô Hiệu")),
    NewWard(name="Chiềng An", code="03664", made_of=("Chiềng An", "Chiềng Xôm", "Chiềng Đen")),
    NewWard(name="Chiềng Cơi", code="03670", made_of=("Chiềng Cơi", "Hua La", "Chiềng Cọ")),
    NewWard(name="Chiềng Sinh", code="03679", made_of=("Chiềng Sinh", "Chiềng Ngần")),
)


CENTRE = (21.327, 103.914)
"""About where the city's centre lies: latitude and longitude."""
TOWARDS: Mapping[str, tuple[float, float]] = {
    "Chiềng An": (0.022, -0.006),
    "Chiềng Cơi": (-0.020, -0.016),
    "Chiềng Lề": (0.008, -0.010),
    "Chiềng Sinh": (-0.042, 0.046),
    "Quyết Tâm": (-0.016, 0.020),
    "Quyết Thắng": (-0.004, 0.010),
    "Tô Hiệu": (0.001, -0.001),
    "Chiềng Cọ": (-0.024, -0.052),
    "Chiềng Đen": (0.030, -0.070),
    "Chiềng Ngần": (0.002, 0.060),
    "Chiềng Xôm": (0.056, -0.012),
    "Hua La": (-0.054, -0.034),
}
"""By how many degrees a commune is drawn away from the centre: roughly the right side of the city, nothing surveyed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Village:
    """A tổ, bản or tiểu khu with what it hears; `known` villages are real, the others stand in for real ones."""

    name: str
    commune: str
    languages: tuple[str, ...]
    known: bool = False


_XOM = (
    "Tông", "Ái", "Sẳng", "Phiêng Ngùa", "Panh", "Hụm", "Có", "Thé", "Lả Mường", "Phiêng Hay", "Mòn", "Dửn", "Tông Nọi",
)  # fmt: skip


def villages() -> Sequence[Village]:
    """The known villages of Chiềng Xôm, and two made-up ones for each other commune."""
    found = [Village(name=f"Bản {name}", commune="Chiềng Xôm", languages=("blt", "vi"), known=True) for name in _XOM]
    found += [
        Village(name=f"Tiểu khu {number}", commune="Chiềng Xôm", languages=("vi",), known=True) for number in (1, 2)
    ]
    for commune in WARDS:
        found += [Village(name=f"Tổ {number} (mẫu)", commune=commune, languages=("vi",)) for number in (1, 2)]
    for commune in (name for name in XA if name != "Chiềng Xôm"):
        found.append(Village(name="Bản 1 (mẫu)", commune=commune, languages=("blt", "vi")))
        found.append(Village(name="Bản 2 (mẫu)", commune=commune, languages=("blt",)))
    return found


SERIES_CODE = "cchc"
SERIES_TITLE = "Thành phố chung tay cải cách thủ tục hành chính"
YEARLY_TARGET = 102

PROCEDURES = (
    "Đăng ký khai sinh", "Đăng ký kết hôn", "Đăng ký khai tử", "Đăng ký lại khai sinh", "Cấp bản sao trích lục hộ tịch",
    "Cấp giấy xác nhận tình trạng hôn nhân", "Thay đổi, cải chính hộ tịch", "Đăng ký việc nhận cha, mẹ, con",
    "Đăng ký giám hộ", "Nuôi con nuôi trong nước", "Chứng thực bản sao từ bản chính", "Chứng thực chữ ký",
    "Chứng thực hợp đồng, giao dịch", "Đăng ký thường trú", "Đăng ký tạm trú", "Khai báo tạm vắng",
    "Cấp thẻ căn cước công dân", "Đăng ký đất đai lần đầu", "Cấp giấy chứng nhận quyền sử dụng đất",
    "Cấp đổi giấy chứng nhận quyền sử dụng đất", "Tách thửa và hợp thửa đất", "Chuyển mục đích sử dụng đất",
    "Hòa giải tranh chấp đất đai tại xã, phường", "Cấp giấy phép xây dựng nhà ở riêng lẻ",
    "Đăng ký thành lập hộ kinh doanh", "Thay đổi nội dung đăng ký hộ kinh doanh", "Chấm dứt hoạt động hộ kinh doanh",
    "Đăng ký thành lập hợp tác xã", "Cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi",
    "Hưởng trợ cấp xã hội hằng tháng", "Hỗ trợ chi phí mai táng", "Xác định mức độ khuyết tật",
    "Công nhận hộ nghèo, hộ cận nghèo", "Xác nhận người có công với cách mạng", "Hưởng chế độ thai sản",
    "Tiếp nhận đối tượng vào cơ sở trợ giúp xã hội", "Tuyển sinh vào lớp 1", "Chuyển trường cho học sinh",
    "Hỗ trợ học tập cho học sinh dân tộc thiểu số", "Đăng ký hoạt động tín ngưỡng", "Tiếp công dân",
    "Giải quyết khiếu nại lần đầu", "Giải quyết tố cáo", "Phản ánh, kiến nghị về quy định hành chính",
    "Nộp hồ sơ trực tuyến trên cổng dịch vụ công",
)  # fmt: skip
"""Titles for the 45 episodes of the reference year: plausible procedures, not the real titles of 2021."""

CONFIRMED_BY = "Người trực (mẫu)"
MAIN_TITLE = "Nộp hồ sơ tại bộ phận một cửa (mẫu)"

DEMO_CODE = "thu"
DEMO_TITLE = "Bản tin thử (mẫu)"
DEMO_ZONE = "THU"
VILLAGE_ZONES = {"BAN-NALAY": ("Bản Nà Lay (mẫu)", ("blt", "vi")), "BAN-NALO": ("Bản Nà Lo (mẫu)", ("vi",))}
"""Villages with a player of their own: name and languages by the code of the zone."""

_DEMO = (
    "Xin chào bà con và các bạn. Đây là bản tin thử của đài truyền thanh.",
    "Nếu bà con nghe thấy câu này, hệ thống đã lấy đúng tệp, phát đúng giờ, và đang ghi vào nhật ký phát sóng.",
    "Bản tin thử đến đây là hết. Xin cảm ơn.",
)
_DEMO_THAI = (
    "Đây là tiếng nói thay thế cho bản tin tiếng Thái. Máy đọc không nói được tiếng Thái, nên phần này chỉ là mẫu.",
    "Khi đài có bản thu tiếng Thái thật, bản thu đó sẽ được phát ở vị trí này.",
    "Bản tin thử đến đây là hết. Xin cảm ơn.",
)
_MAIN = (
    f"Chuyên mục {SERIES_TITLE}. Đây là bản thu mẫu do máy đọc, dùng để chạy thử hệ thống phát thanh.",
    (
        "Thưa bà con. Cải cách thủ tục hành chính là để người dân đi lại ít hơn, chờ ít hơn, và biết rõ việc của mình "
        "đang ở đâu. Chuyên mục này nói bằng hai thứ tiếng, tiếng phổ thông và tiếng Thái, trên loa của tổ, bản."
    ),
    (
        "Việc thứ nhất. Trước khi đi, bà con hỏi trước xem cần những giấy tờ gì. Hãy hỏi trưởng bản, tổ trưởng, hoặc "
        "cán bộ ở bộ phận một cửa. Hỏi trước thì không phải đi lại nhiều lần."
    ),
    (
        "Việc thứ hai. Bà con mang giấy tờ bản chính để đối chiếu, giữ lại giấy hẹn. Trên giấy hẹn có ngày trả kết "
        "quả. Nếu quá hẹn mà chưa có kết quả, bà con có quyền hỏi lý do."
    ),
    "Việc thứ ba. Ai không biết chữ, hoặc không thạo tiếng phổ thông, thì nói với cán bộ để được giúp. Đừng ngại.",
    "Việc thứ tư. Chỉ nộp tiền theo mức ghi trên bảng niêm yết, và nhận biên lai. Không đưa tiền cho người trung gian.",
    "Từ ngày một tháng bảy năm hai nghìn không trăm hai mươi lăm, chính quyền địa phương có hai cấp. "
    + " ".join(
        f"Phường {ward.name} gồm {', '.join(ward.made_of[:-1])} và {ward.made_of[-1]} trước đây." for ward in NEW_WARDS
    ),
    (
        "Một số mã địa bàn cũ nay là mã của phường mới, nên khi điền tờ khai bà con cần ghi tên địa bàn cho đầy đủ, "
        "và ghi rõ tổ, bản hoặc tiểu khu nơi mình ở."
    ),
    "Bà con nhớ cho bốn điều. Hỏi trước khi đi. Mang bản chính. Giữ giấy hẹn. Và hỏi lại khi quá hẹn.",
    "Ý kiến của bà con về cách phục vụ xin gửi cho trưởng bản, tổ trưởng, hoặc hòm thư góp ý ở bộ phận một cửa.",
)
_MAIN_THAI = (
    (
        f"Chuyên mục {SERIES_TITLE}. Đây là tiếng nói thay thế cho bản tiếng Thái. Máy đọc không biết tiếng Thái, nên "
        "phần này chỉ là mẫu, để thử thứ tự phát: tiếng Thái trước, tiếng phổ thông sau."
    ),
    *_MAIN[1:],
)
TEXTS: Mapping[tuple[str, str], Sequence[str]] = {
    (DEMO_CODE, "vi"): _DEMO,
    (DEMO_CODE, "blt"): _DEMO_THAI,
    (SERIES_CODE, "vi"): _MAIN,
    (SERIES_CODE, "blt"): _MAIN_THAI,
}
"""What is read aloud, by series and language; there is no voice for Thái, and no translation is made up."""

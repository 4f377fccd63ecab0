"""What is said in Vietnamese about a command that was typed wrongly, instead of click's English."""

import re

import click

_NEEDED_BY_TYPE = {
    "day": "hãy ghi ngày/tháng/năm, ví dụ 24/11/2026",
    "time": "hãy ghi giờ:phút, ví dụ 05:30",
    "moment": 'hãy ghi ngày và giờ trong ngoặc kép, ví dụ "24/11/2026 05:30"',
    "integer": "hãy ghi một số nguyên",
    "integer range": "hãy ghi một số nguyên trong khoảng cho phép",
    "float": "hãy ghi một số",
    "path": "không có tệp này hoặc không đọc được; hãy kiểm tra tên tệp và thư mục",
    "file": "không có tệp này hoặc không đọc được; hãy kiểm tra tên tệp và thư mục",
}
_OWN = {
    "Give either --rrule or --days.": "Hãy ghi một trong hai: --days (các ngày trong tuần) hoặc --rrule.",
    "Give the name of a user.": "Đài đã có người dùng: hãy ghi tên đăng nhập của người cần mã.",
    "Give one of --zone, --area or --all.": "Hãy ghi một trong: --zone (vùng), --area (địa bàn) hoặc --all (tất cả).",
    "Give either --at or --in.": "Hãy ghi một trong hai: --at (ngày giờ) hoặc --in (số giây nữa).",
    "Give at least one --area or --zone.": "Hãy ghi ít nhất một địa bàn (--area) hoặc vùng phát (--zone).",
    "--to lies before --from.": "Ngày cuối (--to) trước ngày đầu (--from); hãy đổi lại hai ngày.",
}


def tell_usage(error: click.UsageError) -> str:
    """What is wrong with the command as it was typed, and where to read how it is used."""
    sentence = _tell_parameter(error) if isinstance(error, click.BadParameter) else _tell_other(error)
    where = "" if error.ctx is None else f"\nXem cách dùng: {error.ctx.command_path} --help"
    return sentence + where


def _tell_other(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        near = f"; có phải là: {', '.join(sorted(error.possibilities))}?" if error.possibilities else "."
        return f"Không có tùy chọn “{error.option_name}”{near}"
    if isinstance(error, click.BadOptionUsage):
        return f"Tùy chọn “{error.option_name}” ghi chưa đúng; hãy ghi giá trị ngay sau nó."
    if error.ctx is not None and isinstance(error.ctx.command, click.Group):
        return f"Không có lệnh “{_quoted(error.message)}”; hãy xem danh sách lệnh."
    return _OWN.get(error.message, f"Lệnh ghi chưa đúng ({error.message}).")


def _tell_parameter(error: click.BadParameter) -> str:
    hint = error.param.get_error_hint(error.ctx) if error.param is not None and error.ctx is not None else ""
    named = hint.replace("'", "") or error.param_hint or ""
    if isinstance(error, click.MissingParameter):
        return f"Thiếu {named}; hãy thêm vào."
    kind = None if error.param is None else error.param.type
    if isinstance(kind, click.Choice):
        return f"Giá trị của {named} không có trong danh sách; hãy chọn một trong: {', '.join(map(str, kind.choices))}."
    needed = _NEEDED_BY_TYPE.get("" if kind is None else kind.name, "hãy ghi lại")
    given = f" “{found}”" if (found := _quoted(error.message)) else ""
    return f"Giá trị{given} của {named} không dùng được: {needed}."


def _quoted(message: str) -> str:
    """What click's message says was typed."""
    found = re.search(r"'(.*)'", message)
    return found[1] if found else ""

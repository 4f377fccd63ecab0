"""Pages of help: a page per task, in both languages, with pictures of the running program."""

from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from web.security import Policy, allow
from web.translations import page_language

pages = Blueprint("help", __name__, url_prefix="/help")

TASKS: Mapping[str, object] = {
    "first-day": _l("Thiết lập đài lần đầu"),
    "recordings": _l("Đưa bản thu vào"),
    "review": _l("Nghe và duyệt bản thu"),
    "slots": _l("Lập khung giờ phát"),
    "one-date": _l("Thay, dời hoặc hủy một buổi"),
    "on-air": _l("Xem đang phát gì"),
    "silent": _l("Vì sao vùng phát im lặng?"),
    "places": _l("Địa bàn, vùng phát và loa"),
    "pair-player": _l("Ghép đôi máy phát tại bản"),
    "player-not-ready": _l("Vì sao máy tại bản chưa sẵn sàng?"),
    "player-commands": _l("Phát, dừng, chỉnh âm lượng ở bản"),
    "replace-player": _l("Thay hoặc thu hồi máy tại bản"),
    "correction": _l("Đính chính nhật ký"),
    "books": _l("Đối chiếu và chốt sổ"),
    "confirm": _l("Xác nhận qua điện thoại"),
    "year": _l("Lấy số liệu cả năm"),
    "rule": _l("Thử và đổi quy tắc đếm"),
    "seals": _l("Chứng minh số liệu: niêm phong"),
    "documents": _l("Lập báo cáo và in sổ nhật ký"),
    "alarms": _l("Báo động và nơi nhận thông báo"),
    "bulletins": _l("Bản tin từ cấp trên"),
    "users": _l("Người dùng và vai trò"),
    "tokens": _l("Khóa truy cập cho chương trình khác"),
    "trouble": _l("Khi máy gặp sự cố"),
    "keys": _l("Làm việc bằng bàn phím"),
}
"""Each task with what it is called; a task has a text in each language and, where there is one, a picture."""
TASK_OF: Mapping[str, str] = {
    "account": "users",
    "airing": "seals",
    "alarms": "alarms",
    "approval": "review",
    "audit": "users",
    "books": "books",
    "bulletins": "bulletins",
    "confirming": "confirm",
    "counting": "year",
    "counting_rule": "rule",
    "coverage": "places",
    "coverage.show_zone": "silent",
    "documents": "documents",
    "edition": "recordings",
    "fleet": "player-not-ready",
    "fleet.show_box": "player-not-ready",
    "fleet_commands": "player-commands",
    "fleet_pairing": "pair-player",
    "log_files": "year",
    "logbook": "correction",
    "notices": "alarms",
    "occurrences": "one-date",
    "one_offs": "one-date",
    "place_import": "places",
    "places": "places",
    "planning": "one-date",
    "playout": "on-air",
    "programme": "recordings",
    "reconciling": "books",
    "seals": "seals",
    "series": "first-day",
    "settings": "first-day",
    "settings.change_office": "documents",
    "slots": "slots",
    "tokens": "tokens",
    "people": "users",
    "uploads": "recordings",
}
"""The task that help tells for the pages of a blueprint, or for one page of it."""


@pages.get("/")
@allow(Policy.SIGNED_IN)
def show_help() -> ResponseReturnValue:
    """All tasks."""
    return render_template("help/tasks.html", tasks=TASKS)


@pages.get("/<task>")
@allow(Policy.SIGNED_IN)
def show_task(task: str) -> ResponseReturnValue:
    """How one task is done."""
    if task not in TASKS:
        abort(404)
    return render_template(
        "help/task.html", tasks=TASKS, task=task, text=f"help/{page_language()}/{task}.html", image=_image_of(task)
    )


def task_of_page() -> tuple[str, object] | None:
    """The task that help tells for the present page, with what it is called."""
    task = TASK_OF.get(request.endpoint or "") or TASK_OF.get(request.blueprint or "")
    return None if task is None else (task, TASKS[task])


def _image_of(task: str) -> str | None:
    name = f"help/{task}.jpg"
    folder = current_app.static_folder
    return name if folder is not None and (Path(folder) / name).exists() else None

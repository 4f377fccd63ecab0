import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import scheduler.commands
from scheduler.__main__ import cli
from scheduler.commands.usage import tell_usage


def told(*words: str, monkeypatch: pytest.MonkeyPatch, home: Path) -> str:
    monkeypatch.setenv("LOABAN_HOME", str(home))
    with pytest.raises(click.UsageError) as refused, CliRunner().isolation():
        cli.main(list(words), prog_name="loaban", standalone_mode=False)
    return tell_usage(refused.value)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nham",), "Không có lệnh “nham”"),
        (("slot", "lst"), "Không có lệnh “lst”; hãy xem danh sách lệnh.\nXem cách dùng: loaban slot --help"),
        (("slot", "add"), "Thiếu CODE"),
        (("measure", "khong.mp3"), "“khong.mp3” của FILE không dùng được: không có tệp này"),
        (("plan", "--jsn"), "Không có tùy chọn “--jsn”; có phải là: --json?"),
        (("plan", "--from"), "Tùy chọn “--from” ghi chưa đúng"),
        (("plan", "--from", "mai"), "“mai” của --from không dùng được: hãy ghi ngày/tháng/năm"),
        (("slot", "add", "x", "--series", "y", "--time", "5h"), "“5h” của --time không dùng được: hãy ghi giờ:phút"),
        (("slot", "add", "x", "--series", "y", "--time", "05:00"), "một trong hai: --days"),
        (("edition", "list", "--state", "x"), "hãy chọn một trong: draft, measured"),
    ],
)
def test_a_mistyped_command_is_answered_in_vietnamese(
    words: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert sentence in told(*words, monkeypatch=monkeypatch, home=tmp_path)


def test_what_our_own_commands_say_about_usage_is_told_in_vietnamese() -> None:
    sources = Path(scheduler.commands.__path__[0]).glob("*.py")
    own = [said for path in sources for said in re.findall(r'UsageError\("(.+?)"\)', path.read_text(encoding="utf-8"))]
    assert own
    assert [said for said in own if said in tell_usage(click.UsageError(said))] == []

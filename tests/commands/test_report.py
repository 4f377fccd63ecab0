"""`loaban report` writes the documents, checks the template and says what is not filled in."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler.__main__ import cli
from scheduler.documents.fonts import FOLDER
from scheduler.documents.template import own_path
from scheduler.errors import BadTemplate
from tests.documents.papers import SENTENCE, fill_year, texts_of, words_of_docx
from tests.web.station import make_station
from web.frontend import build

DAYS = ("--from", "2021-01-01", "--to", "2021-12-31")
MONTH = ("--from", "01/03/2021", "--to", "31/03/2021")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build.build_fonts(FOLDER)
    home: Path = tmp_path_factory.mktemp("home")
    make_station(home, filled_by=fill_year).engine.dispose()
    return home


def run(home: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, arguments, env={"LOABAN_HOME": str(home)}, standalone_mode=True)
    if isinstance(done.exception, BadTemplate):
        raise done.exception
    return done.exit_code, done.output


def test_every_document_is_written_under_the_name_that_is_given(home: Path, tmp_path: Path) -> None:
    for arguments, name in (
        (("make", *DAYS, "--number", "5", "--signed-on", "2021-11-20"), "a.pdf"),
        (("make", *DAYS, "--series", "cchc"), "a.docx"),
        (("log", *MONTH), "l.pdf"),
        (("log", *MONTH), "l.xlsx"),
        (("week", "--day", "2026-11-24"), "w.pdf"),
        (("week",), "w.ics"),
        (("counts", *DAYS), "c.xlsx"),
    ):
        status, told = run(home, "report", *arguments, str(tmp_path / name))
        assert status == 0, told
        assert (tmp_path / name).stat().st_size > 100
    told = " ".join(texts_of((tmp_path / "a.pdf").read_bytes()))
    assert SENTENCE in told and "Số: 05/BC-UBND" in told
    assert SENTENCE in " ".join(words_of_docx((tmp_path / "a.docx").read_bytes()).split())
    assert (tmp_path / "w.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")


def test_a_file_of_another_kind_is_refused(home: Path, tmp_path: Path) -> None:
    status, _ = run(home, "report", "make", *DAYS, str(tmp_path / "a.txt"))
    assert status == 2 and not (tmp_path / "a.txt").exists()


def test_the_template_is_copied_checked_and_refused_when_broken(home: Path) -> None:
    assert "mẫu báo cáo có sẵn" in run(home, "report", "template")[1]
    assert "Mẫu của đài dùng được" in run(home, "report", "template", "--copy")[1]
    path = own_path(home)
    changed = path.read_text(encoding="utf-8") + "\n{{ nope }}\n"
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(BadTemplate) as refused:
        run(home, "report", "template", "--copy")
    assert refused.value.facts["line"] == changed.count("\n")
    assert path.read_text(encoding="utf-8") == changed, "a copy never overwrites what a station wrote"
    path.unlink()

"""The report of a period as a file: words from the template in force, laid out as DOCX or PDF."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from scheduler.documents import report_docx, report_pdf, template
from scheduler.documents.frame import Frame
from scheduler.documents.report_words import tell_period, words_of
from scheduler.domain.periods import Period
from scheduler.services.office import Office
from scheduler.services.report import ReportValues


class Form(StrEnum):
    """What kind of file a report is."""

    DOCX = "docx"
    PDF = "pdf"


def write_report(
    values: ReportValues,
    office: Office,
    *,
    form: Form,
    home: Path,
    made_at: datetime,
    number: int | None = None,
    signed_on: date | None = None,
) -> bytes:
    """The file; `home` is where the station's own template may lie. Raises `BadTemplate`, `FontsMissing`."""
    blocks = template.fill(template.find_template(home), words_of(values, office))
    frame = Frame(office=office, number=number, signed_on=signed_on, made_on=values.made_on)
    title = f"Báo cáo {tell_period(values.period.first, values.period.last)}"
    write = report_docx.write_report if form is Form.DOCX else report_pdf.write_report
    return write(blocks, frame, title=title, made_at=made_at)


def name_file(what: str, period: Period, form: str) -> str:
    """What a file is called: the days are in the name."""
    return f"{what}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.{form}"

"""Pages of the topic uploads: sending files, saying which edition each is, and what measuring them found."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from scheduler.domain.file_name import Part
from scheduler.domain.people import Right
from scheduler.domain.programme import IngestState
from scheduler.domain.time import local_day
from scheduler.errors import Refused
from scheduler.models import Episode, Series, Upload
from scheduler.recording_words import progress_of
from scheduler.services import ingest, programme, uploads
from scheduler.services.programme import FIRST_YEAR, LAST_YEAR
from scheduler.services.uploads import KEPT_FOR, LARGEST_FILE, LARGEST_PART, Choice
from scheduler.wording import word_error
from web import tus
from web.formats import write_language
from web.forms import HAS_ERRORS, OK, refuse
from web.security import allow, me
from web.station import change, look, media, now, station
from web.throttle import limiter
from web.translations import page_language

pages = Blueprint("uploads", __name__, url_prefix="/uploads")

LARGEST_REQUEST = 400 * 10**6
"""A form with files is sent in one piece, and kept aside until its end; the browser's script sends parts instead."""
MOST_FILES = 20
FORMS_OF_PERSON = "30 per 10 minutes"
UNDER_WAY = frozenset({IngestState.QUEUED, IngestState.RUNNING})


class RowForm(FlaskForm):  # type: ignore[misc]
    """Which edition one file is; its fields bear the upload's number before their names."""

    class Meta:  # noqa: D106 -- the way WTForms is told
        csrf = False  # one form holds all rows, and its token was checked already

    series = SelectField(_l("Chuyên mục"), validators=[InputRequired(_l("Cần chọn chuyên mục."))])
    number = IntegerField(
        _l("Số thứ tự"),
        validators=[
            InputRequired(_l("Cần nhập số thứ tự.")),
            NumberRange(1, 9999, _l("Số thứ tự phải từ 1 đến 9999.")),
        ],
    )
    year = IntegerField(
        _l("Năm"),
        validators=[
            InputRequired(_l("Cần nhập năm.")),
            NumberRange(FIRST_YEAR, LAST_YEAR, _l("Năm phải từ 1945 đến 2100.")),
        ],
    )
    language = SelectField(_l("Bản tiếng"), validators=[InputRequired(_l("Cần chọn bản tiếng."))])
    title = StringField(_l("Tên số mới"), validators=[Length(max=300)])

    def choice(self) -> Choice:
        """What was chosen."""
        return Choice(
            series=self.series.data,
            year=self.year.data or 0,
            number=self.number.data or 0,
            language=self.language.data,
            title=self.title.data or "",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One file that waits to be confirmed."""

    upload: Upload
    form: RowForm
    doubtful: frozenset[Part]
    chosen: bool
    episode: Episode | None
    takes: int
    """So many takes the edition has already."""


@pages.url_value_preprocessor
def _let_files_in(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Before the form's token is looked for, since that reads the whole form.
    if request.endpoint == "uploads.send_files":
        request.max_content_length = LARGEST_REQUEST


# --- sending ------------------------------------------------------------------------------------------------------
@pages.get("")
@allow(Right.MAKE)
def show_uploads() -> ResponseReturnValue:
    """Send files, confirm what they are, and see how far measuring is."""
    return _render_page(), OK


@pages.post("")
@allow(Right.MAKE)
@limiter.limit(FORMS_OF_PERSON, key_func=tus.person_key)
def send_files() -> ResponseReturnValue:
    """Take the files of a plain form: the way without JavaScript."""
    files = [file for file in request.files.getlist("files") if file.filename][:MOST_FILES]
    if not files:
        flash(_("Bạn chưa chọn tệp nào."), "warn")
    for file in files:
        try:
            with closing(file):
                _keep_file(file)
        except Refused as error:
            flash(f"{file.filename}: {word_error(error, language=page_language())}", "bad")
    return redirect(url_for(".show_uploads", _anchor="waiting"), 303)


def _keep_file(file: FileStorage) -> None:
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    upload_id = tus.begin(file.filename or "", size)
    offset = 0
    while data := file.stream.read(LARGEST_PART):
        offset = tus.keep(upload_id, data, offset=offset)


@pages.post("/files/<uuid:upload_id>/drop")
@allow(Right.MAKE)
def drop_file(upload_id: UUID) -> ResponseReturnValue:
    """Forget a file that is not confirmed."""
    tus.drop(upload_id)
    flash(_("Đã bỏ tệp."))
    return redirect(url_for(".show_uploads"), 303)


# --- confirming ---------------------------------------------------------------------------------------------------
@pages.get("/files/<uuid:upload_id>/row")
@allow(Right.MAKE)
def show_row(upload_id: UUID) -> ResponseReturnValue:
    """The row of a file that has just come, for the page that sent it."""
    with look() as session:
        upload = uploads.get_upload(session, upload_id, user_id=me().id)
        return render_template("uploads/_row.html", row=_make_row(session, upload))


@pages.get("/files/<uuid:upload_id>/episode")
@allow(Right.MAKE)
def tell_episode(upload_id: UUID) -> ResponseReturnValue:
    """Which episode the row names now, while a person still chooses."""
    with look() as session:
        upload = uploads.get_upload(session, upload_id, user_id=me().id)
        return render_template("uploads/_episode.html", row=_make_row(session, upload, typed=request.args))


@pages.post("/confirm")
@allow(Right.MAKE)
def confirm() -> ResponseReturnValue:
    """Deliver the chosen files; those that are refused stay, with the reason beside them."""
    chosen = {UUID(hex=text) for text in request.form.getlist("chosen") if _is_hex(text)}
    if not chosen:
        flash(_("Bạn chưa đánh dấu tệp nào để nhận."), "warn")
        return redirect(url_for(".show_uploads", _anchor="waiting"), 303)
    with look() as session:
        mine = [upload for upload in uploads.find_open(session, me().id) if upload.id in chosen]
        rows = {upload.id: _make_row(session, upload, typed=request.form) for upload in mine}
    delivered = sum(_deliver(row) for row in rows.values())
    if delivered:
        flash(ngettext("Đã nhận %(num)s tệp. Máy đang đo.", "Đã nhận %(num)s tệp. Máy đang đo.", delivered))
    if delivered == len(rows):
        return redirect(url_for(".show_uploads", _anchor="received"), 303)
    return _render_page(rows), HAS_ERRORS


def _deliver(row: Row) -> bool:
    """Deliver one file by itself, so that one which is refused keeps no other back."""
    if not row.form.validate():
        return False
    choice, upload = row.form.choice(), row.upload
    try:
        with look() as session:
            uploads.check_choice(session, upload, choice)
        stored = uploads.store(upload, parts=tus.parts(), media=media())
        with change() as session:
            uploads.deliver(session, upload.id, choice, stored=stored, user_id=me().id, by=me().name, now=now())
    except Refused as error:
        refuse(row.form, error)
        return False
    return True


def _render_page(kept: dict[UUID, Row] | None = None) -> str:
    with look() as session:
        mine = uploads.find_open(session, me().id)
        rows = [(kept or {}).get(upload.id) or _make_row(session, upload) for upload in mine if upload.finished_at]
        received = uploads.find_delivered(session, me().id)
        return render_template(
            "uploads/uploads.html",
            rows=rows,
            unfinished=[upload for upload in mine if not upload.finished_at],
            received=received,
            is_under_way=any(progress_of(recording) in UNDER_WAY for recording in received),
            limits={"part": LARGEST_PART, "largest": LARGEST_FILE, "days": KEPT_FOR.days, "at_once": LARGEST_REQUEST},
            has_series=bool(programme.find_series(session)),
        )


def _make_row(session: Session, upload: Upload, typed: Any = None) -> Row:
    """A row with what was typed, else with what the file's name says."""
    this_year = local_day(now(), station().settings.time_zone).year
    guess = uploads.guess_edition(session, upload, this_year=this_year)
    told = {"series": guess.series or "", "year": guess.year, "number": guess.number, "language": guess.language or ""}
    form = RowForm(typed, prefix=f"{upload.id.hex}-", data=told)
    _offer(form, programme.find_series(session))
    number, year = form.number.data, form.year.data
    episode = None
    if form.series.data and number and year:
        episode = uploads.find_episode(session, series=form.series.data, year=year, number=number)
    return Row(
        upload=upload,
        form=form,
        doubtful=frozenset() if typed else frozenset(guess.doubtful),
        chosen=bool(typed) or (number is not None and guess.language is not None),
        episode=episode,
        takes=uploads.count_takes(episode, form.language.data),
    )


def _offer(form: RowForm, found: list[Series]) -> None:
    told_in = page_language()
    languages = dict.fromkeys(item.language for series in found for item in series.languages)
    form.series.choices = [*([("", "—")] if len(found) != 1 else []), *((item.code, item.title) for item in found)]
    form.language.choices = [("", "—"), *((code, write_language(code, told_in=told_in)) for code in languages)]


def _is_hex(text: str) -> bool:
    return len(text) == 32 and all(letter in "0123456789abcdef" for letter in text)


# --- what was found -----------------------------------------------------------------------------------------------
@pages.get("/received")
@allow(Right.MAKE, by_person=False)
def show_received() -> ResponseReturnValue:
    """How far a person's last files are; the page asks again while any is under way."""
    with look() as session:
        received = uploads.find_delivered(session, me().id)
        under_way = any(progress_of(recording) in UNDER_WAY for recording in received)
        return render_template("uploads/_received.html", received=received, is_under_way=under_way)


@pages.get("/recordings/<int:recording_id>")
@allow(Right.SEE)
def show_recording(recording_id: int) -> ResponseReturnValue:
    """What measuring a recording found, or how far it is."""
    return _render_result("uploads/recording.html", recording_id)


@pages.get("/recordings/<int:recording_id>/result")
@allow(Right.SEE, by_person=False)
def show_result(recording_id: int) -> ResponseReturnValue:
    """The same part of the page, which asks again until the recording is measured."""
    return _render_result("uploads/_result.html", recording_id)


def _render_result(template: str, recording_id: int) -> str:
    with look() as session:
        recording = ingest.get_recording(session, recording_id)
        return render_template(
            template,
            recording=recording,
            is_under_way=progress_of(recording) in UNDER_WAY,
            keeps_rule=uploads.keeps_rule(recording),
            can_submit=uploads.may_submit(recording),
            has_worker=bool(ingest.find_living(session, now=now())),
        )

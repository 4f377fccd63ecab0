"""Pages of seals: the list, one seal with the proof of an entry, a look whether all is as it was sealed, the export."""

import json
import tempfile
from contextlib import ExitStack
from datetime import date

from flask import Blueprint, Response, abort, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField
from wtforms.validators import InputRequired
from wtforms.widgets import TextInput

from scheduler import sealer
from scheduler.domain.people import Right
from scheduler.domain.periods import Preset, period_of
from scheduler.domain.seals import Finding, read_statement
from scheduler.domain.time import local_day
from scheduler.errors import SealKeyAway
from scheduler.evidence_words import tell_finding
from scheduler.models import Seal
from scheduler.seals_file import SealLine
from scheduler.services import evidence_export, seal_checking, seal_proof, sealing
from scheduler.signing import find_seal_key
from web.filters import FORMATS, PER_PAGE, check_year, page_number, pages_of
from web.forms import keep_errors, status_of
from web.security import allow, scope
from web.station import look, now, station
from web.translations import page_language

pages = Blueprint("seals", __name__, url_prefix="/seals")

MOST_ROWS_AT_ONCE = 100_000
"""So many rows a page checks while somebody waits; every night all are checked."""
IN_MEMORY = 8 * 2**20


class ExportForm(FlaskForm):  # type: ignore[misc]
    """Which days the evidence is for."""

    first = DateField(_l("Từ ngày"), format=FORMATS, widget=TextInput(), validators=[InputRequired()])
    last = DateField(_l("Đến hết ngày"), format=FORMATS, widget=TextInput(), validators=[InputRequired()])

    def validate_first(self, field: DateField) -> None:
        """The rows of the day before are in it too: there must be one."""
        check_year(field)

    def validate_last(self, field: DateField) -> None:
        """The same of the day after."""
        check_year(field)


@pages.app_template_filter()
def finding_of_seals(finding: Finding) -> str:
    """A finding in the page's language."""
    return tell_finding(finding, language=page_language())


@pages.get("/")
@allow(Right.SEE)
def show_seals() -> ResponseReturnValue:
    """The seals, the newest first."""
    return _show_list()


@pages.post("/verify")
@allow(Right.SEE)
def verify() -> ResponseReturnValue:
    """Hold the newest rows, and the chain of all seals, against what was sealed."""
    looked = [0, 0]

    def note(seals: int, rows: int) -> None:
        looked[:] = seals, rows

    with look() as session:
        newest = seal_checking.newest_within(session, MOST_ROWS_AT_ONCE)
    found = sealer.verify(station().readers, station().settings.home, newest=newest, progress=note)
    return _show_list(found=found, seals_looked=looked[0], rows_looked=looked[1])


def _show_list(**checked: object) -> ResponseReturnValue:
    with look() as session:
        newest = sealing.latest_seal(session)
        number = 0 if newest is None else newest.id
        shown = sealing.find_seals(session, limit=PER_PAGE, before=number + 1 - (page_number() - 1) * PER_PAGE)
        unsealed = sealing.count_unsealed(session, newest)
    key = find_seal_key(station().settings.home)
    return render_template(
        "seals/seals.html",
        seals=shown,
        number=number,
        page=page_number(),
        pages=pages_of(number),
        unsealed=unsealed,
        key=key.public if key else (newest.key if newest else None),
        may_export=scope(Right.SEE).is_everywhere,
        **{"found": None, "seals_looked": 0, "rows_looked": 0, **checked},
    )


@pages.get("/<int:number>")
@allow(Right.SEE)
def show_seal(number: int) -> ResponseReturnValue:
    """One seal, word for word."""
    with look() as session:
        seal = sealing.get_seal(session, number)
    return _show_one(seal, None)


@pages.get("/entry/<int:entry>")
@allow(Right.SEE)
def show_proof(entry: int) -> ResponseReturnValue:
    """The seal that holds an entry, with the proof that it does."""
    with look() as session:
        proof = seal_proof.prove_entry(session, entry, scope(Right.SEE))
    return _show_one(proof.seal, proof)


def _show_one(seal: Seal, proof: seal_proof.Proof | None) -> ResponseReturnValue:
    said = read_statement(seal.statement)
    days = sorted(map(date.fromisoformat, {*said.entries.by_day, *said.productions.by_day}))
    return render_template("seals/seal.html", seal=seal, said=said, days=days, proof=proof)


@pages.get("/<int:number>.json")
@allow(Right.SEE)
def send_seal(number: int) -> ResponseReturnValue:
    """What was signed and the signature, as the file of seals holds them."""
    with look() as session:
        seal = sealing.get_seal(session, number)
    line = SealLine(statement=seal.statement, signature=seal.signature).tell()
    return _json(line, f"niem-phong-{number}.json")


@pages.get("/entry/<int:entry>.json")
@allow(Right.SEE)
def send_proof(entry: int) -> ResponseReturnValue:
    """The proof as a file that needs nothing else to be checked."""
    with look() as session:
        proof = seal_proof.prove_entry(session, entry, scope(Right.SEE))
    return _json(json.dumps(proof.tell(), ensure_ascii=False, indent=1), f"chung-minh-{entry}.json")


def _json(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text + "\n", content_type="application/json; charset=utf-8", headers=headers)


@pages.route("/export", methods=["GET", "POST"])
@allow(Right.SEE)
def export() -> ResponseReturnValue:
    """The evidence of a period as a file for an inspector."""
    if not scope(Right.SEE).is_everywhere:  # it holds rows of every area
        abort(403)
    form = ExportForm()
    first, last = form.first.data, form.last.data
    if form.validate_on_submit() and first and last:
        with keep_errors(form):
            return _send_export(first, last)
    elif not form.is_submitted():
        year = period_of(Preset.THIS_YEAR, today=local_day(now(), station().settings.time_zone))
        form.first.data, form.last.data = year.first, year.last
    return render_template("seals/export.html", form=form), status_of(form)


def _send_export(first: date, last: date) -> ResponseReturnValue:
    key = find_seal_key(station().settings.home)
    if key is None:
        raise SealKeyAway
    zone = station().settings.time_zone
    with ExitStack() as until_sent:
        file = until_sent.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
        with look() as session:
            evidence_export.write(session, file, first=first, last=last, now=now(), zone=zone, signer=key)
        until_sent.pop_all()  # the answer closes it
    file.seek(0)
    name = f"bang-chung-{first:%Y%m%d}-{last:%Y%m%d}.zip"
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)

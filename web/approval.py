"""Pages of the topic approval: the queue, listening to one edition, and the decision on just what was heard."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from scheduler.domain.people import Right
from scheduler.models import Edition
from scheduler.services import approval, programme, review
from web.edition import EDITION
from web.formats import write_language
from web.forms import keep_errors, status_of
from web.security import allow, me
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("approval", __name__, url_prefix="/approval")

LONGEST_REASON = 2_000


class ApproveForm(FlaskForm):  # type: ignore[misc]
    """Approving, with a remark if there is one."""

    remark = TextAreaField(_l("Ghi chú khi duyệt (không bắt buộc)"), validators=[Length(max=LONGEST_REASON)])


REASON = [DataRequired(_l("Cần ghi lý do để người làm chương trình biết.")), Length(max=LONGEST_REASON)]


class ReturnForm(FlaskForm):  # type: ignore[misc]
    """Returning, which is never done without saying why."""

    reason = TextAreaField(_l("Lý do trả lại"), validators=REASON)


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Withdrawing, which is not either."""

    reason = TextAreaField(_l("Lý do rút"), validators=REASON)


@pages.get("/")
@allow(Right.APPROVE)
def show_queue() -> ResponseReturnValue:
    """What waits for a decision."""
    with look() as session:
        return render_template("approval/queue.html", queue=review.find_queue(session))


@pages.get(EDITION)
@allow(Right.APPROVE)
def show_review(series: str, year: int, number: int, language: str) -> ResponseReturnValue:
    """One edition to listen to and decide on."""
    return _review_page(series, year, number, language, ApproveForm(), ReturnForm(formdata=None))


@pages.post(f"{EDITION}/approve")
@allow(Right.APPROVE)
def approve(series: str, year: int, number: int, language: str) -> ResponseReturnValue:
    """Let what was heard air."""
    form = ApproveForm()
    if form.validate_on_submit():
        with keep_errors(form), change() as session:
            edition = programme.get_edition(session, series, year=year, number=number, language=language)
            following = review.approve_shown(
                session, edition, sha256=request.form.get("sha256", ""), person=me(), remark=form.remark.data or "",
                now=now(), zone=station().settings.time_zone,
            )  # fmt: skip
            done = _("Đã duyệt số %(number)s/%(year)s, bản tiếng %(language)s.", **_named(edition))
            return _go_on(following, done)
    return _review_page(series, year, number, language, form, ReturnForm(formdata=None))


@pages.post(f"{EDITION}/return")
@allow(Right.APPROVE)
def return_to_makers(series: str, year: int, number: int, language: str) -> ResponseReturnValue:
    """Send what was heard back to the makers."""
    form = ReturnForm()
    if form.validate_on_submit():
        with keep_errors(form), change() as session:
            edition = programme.get_edition(session, series, year=year, number=number, language=language)
            following = review.return_shown(
                session,
                edition,
                sha256=request.form.get("sha256", ""),
                person=me(),
                reason=form.reason.data or "",
                now=now(),
            )
            done = _("Đã trả lại số %(number)s/%(year)s, bản tiếng %(language)s.", **_named(edition))
            return _go_on(following, done)
    return _review_page(series, year, number, language, ApproveForm(formdata=None), form)


@pages.route(f"{EDITION}/withdraw", methods=["GET", "POST"])
@allow(Right.APPROVE)
def withdraw(series: str, year: int, number: int, language: str) -> ResponseReturnValue:
    """Take an edition off the air from now on."""
    form = WithdrawForm()
    if form.validate_on_submit():
        with keep_errors(form), change() as session:
            edition = programme.get_edition(session, series, year=year, number=number, language=language)
            approval.withdraw(session, edition, reviewer=me().name, reason=form.reason.data or "", now=now())
            flash(_("Đã rút số %(number)s/%(year)s, bản tiếng %(language)s.", **_named(edition)))
            return redirect(url_for("programme.show_episode", series=series, year=year, number=number), 303)
    with look() as session:
        edition = programme.get_edition(session, series, year=year, number=number, language=language)
        return render_template("approval/withdraw.html", form=form, edition=edition), status_of(form)


def _review_page(
    series: str, year: int, number: int, language: str, approving: ApproveForm, returning: ReturnForm
) -> ResponseReturnValue:
    with look() as session:
        edition = programme.get_edition(session, series, year=year, number=number, language=language)
        page = render_template(
            "approval/review.html",
            sheet=review.open_review(session, edition, me()),
            title=programme.title_of(edition),
            approving=approving,
            returning=returning,
        )
    return page, max(status_of(approving), status_of(returning))


def _go_on(following: Edition | None, done: str) -> ResponseReturnValue:
    if following is None:
        flash(done)
        return redirect(url_for(".show_queue"), 303)
    flash(_("%(done)s Dưới đây là bản chờ duyệt tiếp theo.", done=done))
    return redirect(url_for(".show_review", **_address(following)), 303)


def _address(edition: Edition) -> dict[str, Any]:
    episode = edition.episode
    return {
        "series": episode.series.code,
        "year": episode.year,
        "number": episode.number,
        "language": edition.language,
    }


def _named(edition: Edition) -> dict[str, Any]:
    return {**_address(edition), "language": write_language(edition.language, told_in=page_language())}

"""Pages of the topic programme: the library, and an episode with all its editions."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from scheduler.domain.people import Right
from scheduler.domain.programme import LANGUAGE_NAMES, Credit, EditionState
from scheduler.domain.time import local_day
from scheduler.models import Edition
from scheduler.services import episode_history, library, programme
from scheduler.services.library import LibraryFilter
from scheduler.services.programme import FIRST_YEAR, LAST_YEAR
from web.episode_words import tell_changes
from web.formats import write_language
from web.forms import keep_errors, status_of
from web.security import allow
from web.station import change, look, now, station
from web.translations import page_language

pages = Blueprint("programme", __name__, url_prefix="/programme")

EPISODE = "/<series>/<int:year>/<int:number>"
WRITTEN_IN = "vi"
"""The language of the episode's own title; editions in others may have a title of their own."""
LONGEST_TITLE, LONGEST_TEXT = 300, 20_000


class EpisodeForm(FlaskForm):  # type: ignore[misc]
    """What an episode is called and about; `form_for` adds a title for each further language."""

    title = StringField(_l("Tên số"), validators=[DataRequired(_l("Cần nhập tên số.")), Length(max=LONGEST_TITLE)])
    topic = StringField(_l("Chủ đề"), validators=[Length(max=LONGEST_TITLE)])
    procedures = TextAreaField(_l("Thủ tục hành chính được giải thích"), validators=[Length(max=LONGEST_TEXT)])
    summary = TextAreaField(_l("Tóm tắt"), validators=[Length(max=LONGEST_TEXT)])


class NewEpisodeForm(EpisodeForm):
    """The same, with what is told once only."""

    year = IntegerField(
        _l("Năm"),
        validators=[
            InputRequired(_l("Cần nhập năm.")),
            NumberRange(FIRST_YEAR, LAST_YEAR, _l("Năm phải từ 1945 đến 2100.")),
        ],
    )
    number = IntegerField(
        _l("Số thứ tự"),
        validators=[
            InputRequired(_l("Cần nhập số thứ tự.")),
            NumberRange(1, 9999, _l("Số thứ tự phải từ 1 đến 9999.")),
        ],
    )


def form_for(kind: type[EpisodeForm], languages: list[str], **kwargs: Any) -> EpisodeForm:
    """A form with a title for each language but the one that episodes are named in."""
    titles = {
        f"title_{code}": StringField(
            _("Tên bằng tiếng %(language)s", language=write_language(code, told_in=page_language())),
            validators=[Length(max=LONGEST_TITLE)],
            render_kw={"lang": code},
        )
        for code in languages
    }
    form: EpisodeForm = type(kind.__name__, (kind,), titles)(**kwargs)
    return form


def titled_languages(languages: list[str]) -> list[str]:
    """The languages that may have a title of their own."""
    return [code for code in languages if code != WRITTEN_IN]


@pages.app_template_global()
def told_credits(edition: Edition) -> list[tuple[Credit, str]]:
    """Who made an edition, in the order of the work."""
    return [(role, str(edition.credits[role.value])) for role in Credit if edition.credits.get(role.value)]


# --- the library --------------------------------------------------------------------------------------------------
@pages.get("/")
@allow(Right.SEE)
def show_library() -> ResponseReturnValue:
    """Episodes that fit what is looked for, with their editions side by side."""
    wanted = read_filter()
    with look() as session:
        return render_template(
            "programme/library.html",
            found=library.find_page(session, wanted, page=request.args.get("page", 1, type=int), now=now()),
            wanted=wanted,
            all_series=programme.find_series(session),
            years=library.find_years(session),
            states=list(EditionState),
            languages=list(LANGUAGE_NAMES),
            any_language=library.ANY,
            is_filtered=bool(set(request.args) - {"page", "sort"}),
        )


def read_filter() -> LibraryFilter:
    """What is looked for, as the address says it; what makes no sense asks for nothing."""
    given = request.args
    state = given.get("state", "")
    language, missing = given.get("language", ""), given.get("missing", "")
    return LibraryFilter(
        search=given.get("search", "")[:LONGEST_TITLE],
        series=given.get("series", ""),
        year=_read_year(given.get("year", "")),
        state=EditionState(state) if state in set(EditionState) else None,
        language=language if language in LANGUAGE_NAMES else "",
        missing=missing if missing in LANGUAGE_NAMES or missing == library.ANY else "",
        by_title=given.get("sort") == "title",
    )


def _read_year(text: str) -> int | None:
    """A year of four digits at most: what is longer is none, and no database could look for it."""
    return int(text) if text.isdecimal() and len(text) <= len("2026") else None


# --- one episode --------------------------------------------------------------------------------------------------
@pages.get(EPISODE)
@allow(Right.SEE)
def show_episode(series: str, year: int, number: int) -> ResponseReturnValue:
    """An episode with its editions, and all that happened to them."""
    with look() as session:
        episode = programme.get_episode(session, series, year=year, number=number)
        sheet = episode_history.open_episode(session, episode, now=now())
        return render_template("programme/episode.html", sheet=sheet, changes=tell_changes(sheet))


@pages.route("/new", methods=["GET", "POST"])
@allow(Right.MAKE)
def new_episode() -> ResponseReturnValue:
    """Add an episode to a series; which one is chosen first."""
    code = request.args.get("series", "")
    with look() as session:
        all_series = programme.find_series(session)
        chosen = [item for item in all_series if item.code == code] or (all_series if len(all_series) == 1 else [])
        if not chosen:
            return render_template("programme/choose_series.html", all_series=all_series)
        series, languages = chosen[0], titled_languages([item.language for item in chosen[0].languages])
        year = local_day(now(), station().settings.time_zone).year
        number = library.next_number(session, series, year=year)
    form = form_for(NewEpisodeForm, languages, year=year, number=number)
    if form.validate_on_submit():
        with keep_errors(form):
            return _create_episode(form, series.code, languages)
    return render_template("programme/edit.html", form=form, series=series, languages=languages), status_of(form)


def _create_episode(form: EpisodeForm, code: str, languages: list[str]) -> ResponseReturnValue:
    with change() as session:
        made = programme.create_episode(
            session,
            programme.get_series(session, code),
            year=form.year.data,
            number=form.number.data,
            now=now(),
            **_told(form, languages),
        )
        flash(_("Đã thêm số %(number)s/%(year)s.", number=made.number, year=made.year))
        return redirect(url_for(".show_episode", series=code, year=made.year, number=made.number), 303)


@pages.route(f"{EPISODE}/edit", methods=["GET", "POST"])
@allow(Right.MAKE)
def edit_episode(series: str, year: int, number: int) -> ResponseReturnValue:
    """Change what an episode is called and about."""
    with look() as session:
        episode = programme.get_episode(session, series, year=year, number=number)
        languages = titled_languages([edition.language for edition in episode.editions])
        kept = {f"title_{edition.language}": edition.title for edition in episode.editions}
        of_series = episode.series
    form = form_for(
        EpisodeForm, languages, title=episode.title, topic=episode.topic, summary=episode.summary,
        procedures="\n".join(str(item) for item in episode.procedures), **kept,
    )  # fmt: skip
    if form.validate_on_submit():
        with keep_errors(form):
            return _change_episode(form, series, year, number, languages)
    page = render_template("programme/edit.html", form=form, series=of_series, languages=languages, episode=episode)
    return page, status_of(form)


def _change_episode(
    form: EpisodeForm, series: str, year: int, number: int, languages: list[str]
) -> ResponseReturnValue:
    with change() as session:
        episode = programme.get_episode(session, series, year=year, number=number)
        programme.rename_episode(session, episode, **_told(form, languages))
    flash(_("Đã lưu."))
    return redirect(url_for(".show_episode", series=series, year=year, number=number), 303)


def _told(form: EpisodeForm, languages: list[str]) -> dict[str, Any]:
    return {
        "title": form.title.data,
        "titles": {code: form[f"title_{code}"].data or "" for code in languages},
        "topic": form.topic.data or "",
        "procedures": (form.procedures.data or "").splitlines(),
        "summary": form.summary.data or "",
    }


@pages.route(f"{EPISODE}/remove", methods=["GET", "POST"])
@allow(Right.MAKE)
def remove_episode(series: str, year: int, number: int) -> ResponseReturnValue:
    """Ask, then take an episode out of the library."""
    if request.method == "POST":
        with change() as session:
            programme.remove_episode(
                session, programme.get_episode(session, series, year=year, number=number), now=now()
            )
        flash(_("Đã bỏ số %(number)s/%(year)s khỏi thư viện.", number=number, year=year))
        return redirect(url_for(".show_library"), 303)
    with look() as session:
        episode = programme.get_episode(session, series, year=year, number=number)
        sheet = episode_history.open_episode(session, episode, now=now())
        return render_template("programme/remove.html", sheet=sheet)

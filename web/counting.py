"""Pages of the topic counting: a period's numbers with the rule they follow, and what is behind them."""

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from scheduler.domain.counting import tell_change, tell_count
from scheduler.domain.log_filter import MOST_DAYS
from scheduler.domain.people import Right
from scheduler.domain.periods import Period, Preset, period_of
from scheduler.domain.time import local_day
from scheduler.services import count_overview, counted_airings, log_view
from scheduler.services.count_overview import ByLanguage, Overview
from scheduler.services.count_tables import Cut
from web.charts import BarChart, draw_bars
from web.filters import PeriodForm, area_name, kept, series_choices
from web.forms import keep_errors, status_of
from web.security import allow, scope
from web.station import look, now, station
from web.translations import page_language

pages = Blueprint("counting", __name__)


class CountForm(PeriodForm):
    """Which days, and of which series."""

    series = SelectField(_l("Chuyên mục"), default="")


@pages.get("/counts/")
@allow(Right.SEE)
def show_counts() -> ResponseReturnValue:
    """What was made and broadcast in a period."""
    form, view = CountForm(request.args), None
    within, zone, day = scope(Right.SEE), station().settings.time_zone, today()
    with look() as session:
        choices = log_view.find_choices(session, within)
        form.name_languages()
        form.series.choices = series_choices(choices.series, by_code=True)
        if form.validate():
            series = log_view.get_series(session, form.series.data) if form.series.data else None
            with keep_errors(form):
                view = count_overview.look(
                    session, period(form, day), today=day, zone=zone, areas=within.area_ids, series=series
                )
    return render_template(
        "counting/counts.html",
        form=form,
        kept=kept(form),
        view=view,
        presets=[(preset, period_of(preset, today=day)) for preset in Preset],
        series=form.series.data or None,
        series_id=next((item.id for item in choices.series if item.code == form.series.data), None),
        log_days=view is not None and view.period.days <= MOST_DAYS,
        area_name=area_name,
        own_areas=[] if within.is_everywhere else [area.name for area in choices.areas if area.ended_on is None],
        **({} if view is None else written(view)),
    ), status_of(form)


@pages.get("/counts/produced")
@allow(Right.SEE)
def show_produced() -> ResponseReturnValue:
    """The editions behind the number of what was made."""
    form, found, chosen = CountForm(request.args), None, period_of(Preset.THIS_YEAR, today=today())
    within = scope(Right.SEE)
    with look() as session:
        form.name_languages()
        form.series.choices = series_choices(log_view.find_choices(session, within).series, by_code=True)
        if form.validate():
            chosen = period(form, today())
            series = log_view.get_series(session, form.series.data) if form.series.data else None
            found = counted_airings.find_produced(
                session, first=chosen.first, last=chosen.last, language=form.language.data or "", series=series
            )
    return render_template("counting/produced.html", form=form, found=found, period=chosen), status_of(form)


def today() -> date:
    """The station's day."""
    return local_day(now(), station().settings.time_zone)


def period(form: CountForm, day: date) -> Period:
    """The days asked for; without days, this year."""
    year = period_of(Preset.THIS_YEAR, today=day)
    first, last = form.days((year.first, year.last))
    return Period(first=first, last=last)


def written(view: Overview) -> dict[str, object]:
    """What the page says in sentences and shows in bars."""
    language, compared, size = page_language(), view.compared, len(view.cut.stretches)
    changes = {}
    if compared is not None:
        year = compared.before.last.year
        changes = {
            "produced": tell_change(compared.produced_now, compared.produced_before, year=year, language=language),
            "broadcast": tell_change(compared.broadcast_now, compared.broadcast_before, year=year, language=language),
        }
    return {
        "sentence": tell_count(view.count, language=language),
        "changes": changes,
        "names": names_of(view.cut),
        "chart": chart_of(view),
        "totals": {
            "now": add_up(view.broadcast, size),
            "before": add_up(view.before, size),
            "produced": add_up(view.produced, size),
        },
    }


def names_of(cut: Cut) -> list[str]:
    """What the stretches of a period are called in a table: T1 is January; the year where there are two."""
    if not cut.by_month:
        return [str(stretch.first.year) for stretch in cut.stretches]
    is_one_year = cut.stretches[0].first.year == cut.stretches[-1].first.year
    return [
        _("T%(month)s", month=stretch.first.month) + ("" if is_one_year else f"/{stretch.first:%y}")
        for stretch in cut.stretches
    ]


def chart_of(view: Overview) -> BarChart:
    """What counted in each stretch, beside the same stretch a year before."""
    values = [add_up(by_language, len(view.cut.stretches)) for by_language in (view.before, view.broadcast)]
    return draw_bars(names_of(view.cut), values, [_("cùng kỳ năm trước"), _("kỳ này")])


def add_up(by_language: ByLanguage, size: int) -> list[int]:
    """All languages together, stretch by stretch."""
    return [sum(numbers[place] for numbers in by_language.values()) for place in range(size)]

"""Commands of the topic programme: series, episodes and editions, up to their approval."""

from typing import Any

import click

from scheduler.commands.listing import as_json_option, by_option, print_rows, today
from scheduler.domain.programme import LANGUAGE_NAMES, EditionState
from scheduler.labels import label
from scheduler.models import Edition, Episode, Recording, Series
from scheduler.services import approval, programme
from scheduler.station import Station
from scheduler.wording import word_finding

LANGUAGES = click.Choice(list(LANGUAGE_NAMES))

of_series = click.option("--series", required=True, metavar="CODE", help="Code of the series.")
of_number = click.option("--number", "--episode", "number", type=int, required=True, help="Number of the episode.")
of_year = click.option("--year", type=int, help="Year of the episode; default: the newest with that number.")
of_language = click.option("--language", type=LANGUAGES, required=True, help="Language of the edition.")
procedures_option = click.option("--procedure", "procedures", multiple=True, help="Procedure it explains; repeatable.")
title_blt_option = click.option(
    "--title-blt", help="Title in Thái as typed by a person; never a machine's translation."
)


@click.group()
def series() -> None:
    """Series (chuyên mục): continuing columns with a duration rule."""


@series.command("add")
@click.option("--code", required=True, help="Short code, e.g. cchc.")
@click.option("--title", required=True)
@click.option("--language", "languages", multiple=True, type=LANGUAGES, default=("vi", "blt"), show_default=True)
@click.option("--shortest", type=float, default=480.0, show_default=True, help="Shortest episode, seconds.")
@click.option("--longest", type=float, default=600.0, show_default=True, help="Longest episode, seconds.")
@click.option("--target", type=int, help="Airings promised for a year.")
@click.pass_obj
def add_series(station: Station, /, code: str, title: str, target: int | None, **given: Any) -> None:
    """Add a series."""
    with station.sessions.begin() as session:
        made = programme.create_series(
            session,
            code=code,
            title=title,
            languages=given["languages"],
            shortest_seconds=given["shortest"],
            longest_seconds=given["longest"],
            yearly_target=target,
            now=station.clock.now(),
        )
        click.echo(f"Đã thêm chuyên mục {made.code}: {made.title}.")


@series.command("list")
@click.option("--search", default="", help="Text of the title; diacritics do not matter.")
@as_json_option
@click.pass_obj
def list_series(station: Station, search: str, as_json: bool) -> None:
    """List the series."""
    with station.sessions.begin() as session:
        rows = [_row_of_series(found) for found in programme.find_series(session, search=search)]
    print_rows(
        {
            "code": "mã",
            "title": "chuyên mục",
            "languages": "ngôn ngữ",
            "rule": "thời lượng",
            "yearly_target": "chỉ tiêu",
        },
        rows,
        as_json=as_json,
    )


@click.group()
def episode() -> None:
    """Episodes (số, kỳ) of a series, before language."""


@episode.command("add")
@of_series
@of_number
@click.option("--year", type=int, help="Year of the episode; default: this year.")
@click.option("--title", required=True)
@title_blt_option
@click.option("--topic", default="", help="What it is about, e.g. đất đai.")
@procedures_option
@click.option("--summary", default="")
@click.pass_obj
def add_episode(station: Station, /, series: str, year: int | None, title_blt: str | None, **given: Any) -> None:
    """Add an episode, with an edition to be made in each language of its series."""
    with station.sessions.begin() as session:
        made = programme.create_episode(
            session,
            programme.get_series(session, series),
            year=year or today(station).year,
            titles={"blt": title_blt} if title_blt else None,
            now=station.clock.now(),
            **given,
        )
        click.echo(f"Đã thêm số {made.number}/{made.year} của {series}: {made.title}.")


@episode.command("list")
@click.option("--series", metavar="CODE", help="Only of this series.")
@click.option("--year", type=int, help="Only of this year.")
@click.option("--search", default="", help="Text of title, topic or procedure; diacritics do not matter.")
@click.option("--sort", type=click.Choice(["number", "title"]), default="number", show_default=True)
@as_json_option
@click.pass_obj
def list_episodes(
    station: Station, series: str | None, year: int | None, search: str, sort: str, as_json: bool
) -> None:
    """List episodes with the state of each edition."""
    with station.sessions.begin() as session:
        found = programme.find_episodes(
            session,
            series=programme.get_series(session, series) if series else None,
            year=year,
            search=search,
            by_title=sort == "title",
        )
        rows = [_row_of_episode(item) for item in found]
    print_rows(
        {"series": "mã", "year": "năm", "number": "số", "title": "tên", "topic": "chủ đề", "told_states": "các bản"},
        rows,
        as_json=as_json,
    )


@episode.command("rename")
@of_series
@of_number
@of_year
@click.option("--title")
@title_blt_option
@click.option("--topic")
@procedures_option
@click.pass_obj
def rename_episode(
    station: Station, /, series: str, number: int, year: int | None, title_blt: str | None, **given: Any
) -> None:
    """Change what an episode is called; the log and past counts keep the old names."""
    with station.sessions.begin() as session:
        found = programme.get_episode(session, series, year=year, number=number)
        given["procedures"] = given["procedures"] or None
        titles = None if title_blt is None else {"blt": title_blt}
        programme.rename_episode(session, found, titles=titles, **given)
        click.echo(f"Số {found.number}/{found.year}: {found.title}.")


@episode.command("remove")
@of_series
@of_number
@of_year
@click.pass_obj
def remove_episode(station: Station, series: str, number: int, year: int | None) -> None:
    """Take an episode out of the catalogue; it airs no more, past counts stay."""
    with station.sessions.begin() as session:
        found = programme.get_episode(session, series, year=year, number=number)
        programme.remove_episode(session, found, now=station.clock.now())
        click.echo(f"Đã bỏ số {found.number}/{found.year}; các lần phát đã ghi vẫn giữ nguyên.")


@click.group()
def edition() -> None:
    """Editions (bản tiếng …): an episode in one language, from recording to approval."""


@edition.command("list")
@click.option("--series", metavar="CODE", help="Only of this series.")
@click.option("--year", type=int, help="Only of this year.")
@click.option("--state", type=click.Choice([state.value for state in EditionState]), help="Only in this state.")
@click.option("--search", default="", help="Text of the title; diacritics do not matter.")
@as_json_option
@click.pass_obj
def list_editions(
    station: Station, series: str | None, year: int | None, state: str | None, search: str, as_json: bool
) -> None:
    """List editions with the bytes that may air."""
    with station.sessions.begin() as session:
        found = programme.find_editions(
            session,
            series=programme.get_series(session, series) if series else None,
            year=year,
            state=EditionState(state) if state else None,
            search=search,
        )
        rows = [_row_of_edition(item) for item in found]
    headings = {"series": "mã", "year": "năm", "number": "số", "language": "tiếng", "title": "tên"}
    more = {"told_state": "tình trạng", "takes": "bản thu", "seconds": "giây", "short_sha256": "được phát"}
    print_rows(headings | more, rows, as_json=as_json)


def _of_edition(command: Any) -> Any:
    for option in (of_language, of_year, of_number, of_series):
        command = option(command)
    return command


def _get_edition(session: Any, given: dict[str, Any]) -> Edition:
    return programme.get_edition(
        session, given["series"], number=given["number"], year=given["year"], language=given["language"]
    )


@edition.command()
@_of_edition
@click.pass_obj
def submit(station: Station, /, **given: Any) -> None:
    """Lay the newest take before the approver."""
    with station.sessions.begin() as session:
        found = _get_edition(session, given)
        approval.submit(found, now=station.clock.now())
        click.echo(f"Đã trình duyệt {_told(found)}.")


@edition.command()
@_of_edition
@click.option("--sha256", default="", metavar="PREFIX", help="Which bytes; default: the newest take.")
@by_option
@click.option("--note", default="", help="A remark kept with the review.")
@click.pass_obj
def approve(station: Station, /, sha256: str, by: str, note: str, **given: Any) -> None:
    """Let the bytes of one take air; a new take will need a new approval."""
    with station.sessions.begin() as session:
        found = _get_edition(session, given)
        review = approval.approve(
            session,
            found,
            reviewer=by,
            sha256=sha256,
            reason=note,
            now=station.clock.now(),
            zone=station.settings.time_zone,
        )
        click.echo(f"Đã duyệt {_told(found)}: {review.recording_sha256}.")
        for line in _tell_findings(found.approved_recording, language=station.settings.language):
            click.echo(f"  lưu ý: {line}")


@edition.command()
@_of_edition
@click.option("--reason", required=True, help="Why, for the makers.")
@click.option("--sha256", default="", metavar="PREFIX", help="Which bytes; default: the newest take.")
@by_option
@click.pass_obj
def reject(station: Station, /, reason: str, sha256: str, by: str, **given: Any) -> None:
    """Send a take back to the makers with a reason."""
    with station.sessions.begin() as session:
        found = _get_edition(session, given)
        approval.reject(session, found, reviewer=by, reason=reason, sha256=sha256, now=station.clock.now())
        click.echo(f"Đã trả lại {_told(found)}: {reason}")


@edition.command()
@_of_edition
@click.option("--reason", required=True, help="Why it may air no more.")
@by_option
@click.pass_obj
def withdraw(station: Station, /, reason: str, by: str, **given: Any) -> None:
    """Take an edition off the air from now on; past counts stay."""
    with station.sessions.begin() as session:
        found = _get_edition(session, given)
        approval.withdraw(session, found, reviewer=by, reason=reason, now=station.clock.now())
        click.echo(f"Đã rút {_told(found)}: {reason}")


def _told(edition: Edition) -> str:
    language = LANGUAGE_NAMES[edition.language]["vi"]
    return f"số {edition.episode.number}/{edition.episode.year} tiếng {language}"


def _tell_findings(recording: Recording | None, *, language: str) -> list[str]:
    findings = [] if recording is None else recording.findings
    return [word_finding(found, language=language) for found in findings]


def _row_of_series(series: Series) -> dict[str, Any]:
    return {
        "code": series.code,
        "title": series.title,
        "languages": [item.language for item in series.languages],
        "shortest_seconds": series.shortest_seconds,
        "longest_seconds": series.longest_seconds,
        "rule": f"{series.shortest_seconds:g}–{series.longest_seconds:g} s",
        "yearly_target": series.yearly_target,
    }


def _row_of_episode(episode: Episode) -> dict[str, Any]:
    return {
        "series": episode.series.code,
        "year": episode.year,
        "number": episode.number,
        "title": episode.title,
        "topic": episode.topic,
        "procedures": episode.procedures,
        "editions": {item.language: item.state.value for item in episode.editions},
        "told_states": [f"{item.language}: {label(item.state)}" for item in episode.editions],
    }


def _row_of_edition(edition: Edition) -> dict[str, Any]:
    approved = edition.approved_recording
    newest = edition.recordings[-1] if edition.recordings else None
    return {
        "series": edition.episode.series.code,
        "year": edition.episode.year,
        "number": edition.episode.number,
        "language": edition.language,
        "title": programme.title_of(edition),
        "state": edition.state.value,
        "told_state": label(edition.state),
        "takes": len(edition.recordings),
        "verdict": newest.verdict.value if newest and newest.verdict else None,
        "findings": newest.findings if newest else [],
        "newest_sha256": newest.sha256 if newest else None,
        "seconds": round(approved.master_seconds, 1) if approved and approved.master_seconds else None,
        "approved_sha256": approved.sha256 if approved else None,
        "approved_master_sha256": approved.master_sha256 if approved else None,
        "short_sha256": approved.sha256[:12] if approved else None,
        "first_approved_at": edition.first_approved_at.isoformat() if edition.first_approved_at else None,
    }


COMMANDS: tuple[click.Command, ...] = (series, episode, edition)

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from scheduler.domain.playout import EntryKind
from scheduler.domain.programme import EditionState
from scheduler.domain.text import fold, sort_key
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Broadcast, Episode, Series, Zone
from scheduler.services import as_run, library, programme
from scheduler.services.edition_airings import find_past, find_times, find_to_come
from scheduler.services.library import ANY, PER_PAGE, LibraryFilter
from tests.factories import NOW, make_broadcast, make_edition, make_episode, make_zone
from tests.web.station import an_entry


@pytest.fixture
def series(session: Session) -> Series:
    return programme.create_series(session, code="cchc", title="Cải cách", languages=["vi", "blt"], now=NOW)


def an_episode(session: Session, series: Series, number: int, title: str = "Đất đai", **others: object) -> Episode:
    return programme.create_episode(session, series, year=2026, number=number, title=title, now=NOW, **others)  # type: ignore[arg-type]


def numbers(session: Session, **wanted: object) -> list[int]:
    page = library.find_page(session, LibraryFilter(**wanted), page=1, now=NOW)  # type: ignore[arg-type]
    return [row.episode.number for row in page.rows]


def test_search_needs_no_diacritics_and_takes_words_in_any_order(session: Session, series: Series) -> None:
    an_episode(session, series, 1, "Đăng ký khai sinh", topic="Hộ tịch")
    an_episode(session, series, 2, "Đất đai")
    assert numbers(session, search="KHAI dang ky") == [1]
    assert numbers(session, search="ho tich khai") == [1]
    assert numbers(session, search="đất") == numbers(session, search="dat") == [2]
    assert numbers(session, search="hộ chiếu") == []


def test_search_finds_a_title_in_tai_viet_and_a_number(session: Session, series: Series) -> None:
    an_episode(session, series, 7, titles={"blt": "ꪮꪱꪙ ꪼꪕ"})
    an_episode(session, series, 8)
    assert numbers(session, search="ꪼꪕ") == [7]
    assert numbers(session, search="8/2026") == [8]


def test_a_sign_of_the_pattern_language_is_searched_as_itself(session: Session, series: Series) -> None:
    an_episode(session, series, 1, "Giảm 50% lệ phí")
    an_episode(session, series, 2)
    assert numbers(session, search="%") == [1]
    assert numbers(session, search="_") == []


def test_filters_by_year_series_state_and_language(session: Session, series: Series) -> None:
    other = programme.create_series(session, code="thu", title="Bản tin", languages=["vi"], now=NOW)
    first, second = an_episode(session, series, 1), an_episode(session, series, 2)
    programme.create_episode(session, other, year=2025, number=3, title="Cũ", now=NOW)
    programme.edition_of(first, "blt").state = EditionState.SUBMITTED
    programme.edition_of(second, "vi").state = EditionState.SUBMITTED
    session.flush()
    assert numbers(session, year=2025) == [3]
    assert numbers(session, series="cchc") == [2, 1]
    assert numbers(session, state=EditionState.SUBMITTED) == [2, 1]
    assert numbers(session, state=EditionState.SUBMITTED, language="blt") == [1]
    assert numbers(session, language="blt") == [2, 1]
    assert library.find_years(session) == [2026, 2025]


def test_missing_asks_only_for_languages_the_series_is_made_in(session: Session, series: Series) -> None:
    other = programme.create_series(session, code="thu", title="Bản tin", languages=["vi"], now=NOW)
    whole, half = an_episode(session, series, 1), an_episode(session, series, 2)
    single = programme.create_episode(session, other, year=2026, number=3, title="Tin", now=NOW)
    for episode, language in ((whole, "vi"), (whole, "blt"), (half, "vi"), (single, "vi")):
        programme.edition_of(episode, language).state = EditionState.MEASURED
    session.flush()
    assert numbers(session, missing="blt") == [2]
    assert numbers(session, missing=ANY) == [2]
    assert numbers(session, missing="vi") == []


def test_an_edition_that_was_never_begun_is_missing_too(session: Session, series: Series) -> None:
    make_edition(session, make_episode(session, series, number=4), language="vi")
    assert numbers(session, missing="blt") == [4]


def test_pages_hold_fifty_and_one_beyond_the_last_is_the_last(session: Session, series: Series) -> None:
    for number in range(1, PER_PAGE + 4):
        an_episode(session, series, number)
    first = library.find_page(session, LibraryFilter(), page=1, now=NOW)
    last = library.find_page(session, LibraryFilter(), page=99, now=NOW)
    assert (len(first.rows), first.pages, first.total) == (PER_PAGE, 2, PER_PAGE + 3)
    assert (last.page, [row.episode.number for row in last.rows]) == (2, [3, 2, 1])
    assert library.find_page(session, LibraryFilter(search="xyz"), page=1, now=NOW).pages == 1


def test_the_order_is_newest_first_or_by_title(session: Session, series: Series) -> None:
    for number, title in ((1, "Đất"), (2, "Ăn"), (3, "Dân số")):
        an_episode(session, series, number, title)
    assert numbers(session) == [3, 2, 1]
    by_title = sorted(["Đất", "Ăn", "Dân số"], key=sort_key)
    page = library.find_page(session, LibraryFilter(by_title=True), page=1, now=NOW)
    assert [row.episode.title for row in page.rows] == by_title


def test_columns_are_the_languages_of_the_series_in_the_stations_order(session: Session, series: Series) -> None:
    hmong = programme.create_series(session, code="m", title="Mông", languages=["hmn", "vi"], now=NOW)
    an_episode(session, series, 1)
    programme.create_episode(session, hmong, year=2026, number=2, title="Mông", now=NOW)
    assert library.find_page(session, LibraryFilter(), page=1, now=NOW).languages == ["vi", "blt", "hmn"]
    assert library.find_page(session, LibraryFilter(series="m"), page=1, now=NOW).languages == ["vi", "hmn"]


def test_the_next_number_follows_the_highest_ever_used(session: Session, series: Series) -> None:
    assert library.next_number(session, series, year=2026) == 1
    programme.remove_episode(session, an_episode(session, series, 5), now=NOW)
    assert library.next_number(session, series, year=2026) == 6


def test_a_series_that_is_made_in_one_more_language_gets_drafts(session: Session, series: Series) -> None:
    episode = an_episode(session, series, 1)
    removed = an_episode(session, series, 2)
    programme.remove_episode(session, removed, now=NOW)
    programme.change_series(
        session, series, title="Tên mới", languages=["hmn", "vi"], shortest_seconds=60, longest_seconds=90,
        yearly_target=12, now=NOW,
    )  # fmt: skip
    session.expire_all()
    assert {edition.language for edition in episode.editions} == {"vi", "blt", "hmn"}
    assert {edition.language for edition in removed.editions} == {"vi", "blt"}
    assert [item.language for item in series.languages] == ["vi", "hmn"]
    assert (series.title_search, series.yearly_target) == (fold("Tên mới"), 12)


# --- airings ------------------------------------------------------------------------------------------------------
def an_airing(session: Session, episode: Episode, zone: Zone, *, hours: float, kind: EntryKind | None) -> Broadcast:
    broadcast = make_broadcast(
        session, editions=tuple(episode.editions), zones=(zone,), starts_in=timedelta(hours=hours), now=NOW
    )
    if kind is not None:
        entries = [an_entry(item, zone, at=broadcast.starts_at, kind=kind) for item in broadcast.airings]
        as_run.record(session, entries, now=NOW, zone=STATION_ZONE)
    return broadcast


def test_last_and_next_airing_of_an_edition(session: Session, series: Series) -> None:
    episode, zone = make_episode(session, series), make_zone(session)
    edition = make_edition(session, episode)
    an_airing(session, episode, zone, hours=-48, kind=EntryKind.SOUNDED)
    heard = an_airing(session, episode, zone, hours=-24, kind=EntryKind.SOUNDED)
    an_airing(session, episode, zone, hours=-12, kind=EntryKind.MISSED)
    coming = an_airing(session, episode, zone, hours=5, kind=None)
    an_airing(session, episode, zone, hours=29, kind=None)
    times = find_times(session, [edition.id], now=NOW)[edition.id]
    assert (times.last_at, times.next_at) == (heard.starts_at, coming.starts_at)


def test_an_edition_that_only_missed_was_never_heard(session: Session, series: Series) -> None:
    episode, zone = make_episode(session, series), make_zone(session)
    edition = make_edition(session, episode)
    an_airing(session, episode, zone, hours=-12, kind=EntryKind.MISSED)
    assert find_times(session, [edition.id], now=NOW) == {}
    [past] = find_past(session, [edition.id], now=NOW)
    assert past.tally is not None and past.tally.zones_missed == 1
    assert find_to_come(session, [edition.id], now=NOW) == []


def test_a_page_of_fifty_asks_few_questions(session: Session, series: Series) -> None:
    for number in range(1, PER_PAGE + 1):
        episode = make_episode(session, series, number=number)
        for language in ("vi", "blt"):
            make_edition(session, episode, language=language)
    session.flush()
    session.expunge_all()
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda _c, _cur, sql, *_others: asked.append(sql))
    page = library.find_page(session, LibraryFilter(), page=1, now=NOW)
    assert [len(row.editions) for row in page.rows] == [2] * PER_PAGE
    assert len(asked) <= 9
    assert not any("peaks" in sql for sql in asked)

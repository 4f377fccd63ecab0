"""What the tests of pages share: templates compiled once, a browser, and what it complains about."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from scheduler.domain.people import Role
from tests.web.served import Served

CHROMIUM = Path("/usr/bin/chromium")
WIDE = {"width": 1366, "height": 768}


@pytest.fixture(scope="session", autouse=True)
def _compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each application compiles the templates of its pages, which is most of what the first look at a page takes.

    Nearly every test has an application of its own; they are all made alike, so that what one compiled serves the next.
    """
    with pytest.MonkeyPatch.context() as patched:
        cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
        patched.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": cache})
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium; not longer than a module, since its driver keeps an event loop in the thread that tests run in."""
    playwright_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("Debian's Chromium is not installed")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What a browser had to say against pages: errors, warnings, what is asked of other machines. At the end: nothing.

    A test takes out what it expects.
    """
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def sit_down(browser: Any, complaints: list[str]) -> Iterator[Callable[..., Any]]:
    """Somebody with a role opens a page of a station: `sit_down(served, "uploads", role=…)`; more is for the browser."""
    contexts = []

    def sit_down(served: Served, path: str = "", *, role: Role = Role.ADMIN, **options: Any) -> Any:
        contexts.append(browser.new_context(**{"viewport": WIDE, **options}))
        contexts[-1].add_cookies([served.browser_cookie(role=role)])
        page = contexts[-1].new_page()
        note_complaints(page, served.url, complaints.append)
        page.goto(served.url + path)
        return page

    yield sit_down
    for context in contexts:
        context.close()


def note_complaints(page: Any, home: str, note: Callable[[str], object]) -> None:
    """Tell what a page does wrong in its browser."""

    def note_foreign(url: str) -> None:
        if not url.startswith((home, "data:", "blob:")):
            note(f"foreign {url}")

    page.on("console", lambda said: note(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: note(f"error: {error}"))
    page.on("request", lambda request: note_foreign(request.url))


def forget_lost_contact(complaints: list[str]) -> None:
    """What the browser itself says about a server that does not answer is no fault of the page."""
    of_its_own = re.compile(
        r"ERR_CONNECTION|ERR_EMPTY|ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE|Failed to load resource"
    )
    complaints[:] = [text for text in complaints if not of_its_own.search(text)]

"""Makes the pictures of the documentation and of the help pages from the running program, so that they stay true.

`make screenshots` makes those that are kept in the repository, and every page wide, dark and on a phone in the folder
`screenshots` (or the one given), for a person to look at one by one.
"""

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from sqlalchemy import select  # noqa: E402

from audio.store import FileMediaStore  # noqa: E402
from scheduler.models import AsRunEntry, User, Zone  # noqa: E402
from scheduler.services import sign_in  # noqa: E402
from scheduler.station import Station  # noqa: E402
from tests.web.full_station import fill_station  # noqa: E402
from tests.web.served import Serving  # noqa: E402
from tests.web.station import WELL, make_station  # noqa: E402
from web.app import create_app  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
IMAGES = ROOT / "docs" / "images"
HELP = ROOT / "web" / "static" / "help"
WIDE, PHONE = (1366, 768), (390, 844)
LOOKS = {"wide": (WIDE, "light"), "dark": (WIDE, "dark"), "phone": (PHONE, "light")}
SETTLE_MS = 700
HELP_SIZE, HELP_QUALITY = (1100, 700), 50
"""Help is read beside other windows; small pictures load fast on an old computer."""


@dataclass(frozen=True)
class Served:
    """A filled station on a server of its own, and the cookie of its administrator."""

    station: Station
    origin: str
    cookie: dict[str, str]


def pages_of(station: Station) -> dict[str, str]:
    """Each page that is taken, by the name of its picture."""
    with station.readers.begin() as session:
        zone = session.scalars(select(Zone.code).where(Zone.removed_at.is_(None)).order_by(Zone.code)).first()
        entry = session.scalars(select(AsRunEntry).order_by(AsRunEntry.id.desc()).limit(1)).one()
        delivery = f"/log/{entry.airing_id}/{entry.zone_id}"
        sealed = session.scalars(select(AsRunEntry).order_by(AsRunEntry.id).limit(1)).one()
    return {
        "dashboard": "/",
        "week": "/planning/",
        "day": "/planning/day",
        "list": "/planning/list",
        "sheet": "/planning/print",
        "slots": "/planning/slots/",
        "slot-new": "/planning/slots/new",
        "slot-edit": "/planning/slots/cchc-sang/edit",
        "date": "/planning/slots/cchc-sang/2026-11-25",
        "one-off": "/planning/one-offs/new",
        "copy": "/planning/copy",
        "library": "/programme/",
        "episode": "/programme/cchc/2026/5",
        "episode-new": "/programme/new?series=cchc",
        "script": "/programme/cchc/2026/5/vi/script",
        "series": "/programme/series",
        "uploads": "/uploads",
        "queue": "/approval/",
        "review": "/approval/cchc/2026/5/vi",
        "coverage": "/coverage/",
        "zone": f"/coverage/zones/{zone}",
        "import": "/coverage/import",
        "log": "/log/?first=18/11/2026&last=24/11/2026",
        "delivery": delivery,
        "correction": f"{delivery}/correct",
        "reconcile": "/log/reconcile?day=20/11/2026",
        "reconcile-open": "/log/reconcile?day=20/11/2026&shown=open",
        "confirm": "/log/confirm?first=20/11/2026&last=24/11/2026",
        "confirm-import": "/log/confirm/import",
        "rule": "/counts/rule",
        "rule-tried": "/counts/rule?share=100&evidence=heard&valid_from=20/11/2026&year=2026",
        "closes": "/log/closes",
        "close-open": "/log/closes?first=01/11/2026&last=22/11/2026",
        "close-ready": "/log/closes?first=01/10/2021&last=31/10/2021",
        "close": "/log/closes/1",
        "requests": "/log/requests",
        "counts": "/counts/",
        "airing": f"/log/airings/{sealed.airing_id}",
        "seals": "/seals/",
        "seal": "/seals/1",
        "seal-proof": f"/seals/entry/{sealed.id}",
        "evidence": "/seals/export",
        "users": "/people/",
        "user": "/people/inh",
        "account": "/account/",
        "audit": "/audit",
        "settings": "/settings",
        "help": "/help/",
        "help-task": "/help/recordings",
        "no-page": "/khong-co",
    }


HELP_PICTURES = {
    "recordings": "uploads",
    "review": "review",
    "slots": "slot-new",
    "one-date": "date",
    "on-air": "dashboard",
    "silent": "zone",
    "places": "coverage",
    "correction": "correction",
    "books": "reconcile",
    "confirm": "confirm",
    "year": "counts",
    "rule": "rule-tried",
    "users": "user",
    "keys": "queue",
}
"""Which page each task of the help shows."""


@contextmanager
def serve() -> Iterator[Served]:
    """A station in the middle of a morning."""
    logging.getLogger("waitress").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        station = make_station(home)
        fill_station(station)
        app = create_app(
            station,
            media=FileMediaStore(home),
            look_at_machine=lambda: WELL,
            shared_for=timedelta(0),
            secret="pictures",  # noqa: S106 -- of a station that lives for a minute
        )
        serving = Serving(app, threads=16)
        try:
            yield Served(station, serving.origin, cookie_of(app, station))
        finally:
            serving.stop()
            station.engine.dispose()


def cookie_of(app: Any, station: Station) -> dict[str, str]:
    """The cookie of the station's administrator."""
    with station.sessions.begin() as session:
        boss = session.scalars(select(User).where(User.login == "truong")).one()
        token = sign_in.open_session(session, boss.id, now=station.clock.now())
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    (found,) = client._cookies.values()
    return {"name": found.key, "value": found.value}


def take(browser: Browser, served: Served, address: str, path: Path, **options: Any) -> None:
    """One picture of a page, as its administrator sees it."""
    jpeg = options.pop("quality", None)
    size = options.pop("size")
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    context.add_cookies([{**served.cookie, "url": served.origin}])
    page = context.new_page()
    page.on("console", lambda message: print(address, message.text) if message.type == "error" else None)  # noqa: T201
    page.goto(served.origin + address)
    page.wait_for_timeout(SETTLE_MS)
    if jpeg is None:
        page.screenshot(path=path, full_page=True)
    else:
        page.screenshot(path=path, type="jpeg", quality=jpeg)
    context.close()
    print(f"{path} {path.stat().st_size // 1024} kB")  # noqa: T201


def take_kept(browser: Browser, served: Served) -> None:
    """The pictures that are kept in the repository."""
    pages = pages_of(served.station)
    IMAGES.mkdir(parents=True, exist_ok=True)
    HELP.mkdir(parents=True, exist_ok=True)
    take(browser, served, pages["dashboard"], IMAGES / "status.png", size=WIDE, color_scheme="light")
    for task, name in HELP_PICTURES.items():
        take(browser, served, pages[name], HELP / f"{task}.jpg", size=HELP_SIZE, quality=HELP_QUALITY)


def take_all(browser: Browser, served: Served, folder: Path) -> None:
    """Every page in every look."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, address in pages_of(served.station).items():
        for look, (size, scheme) in LOOKS.items():
            take(browser, served, address, folder / f"{name}-{look}.png", size=size, color_scheme=scheme)


def main(folder: Path) -> None:
    """Take all pictures."""
    with serve() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take_kept(browser, served)
        take_all(browser, served, folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots")

"""Makes the pictures of the documentation from the running program, so that they stay true: `make screenshots`."""

import logging
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from tests.web.station import WELL, fill_morning, make_station  # noqa: E402
from web.app import create_app  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
IMAGES = ROOT / "docs" / "images"
WIDE, PHONE = (1366, 768), (390, 844)
PICTURES = {
    "status": (WIDE, "light"),
    "status-dark": (WIDE, "dark"),
    "status-phone": (PHONE, "light"),
}


def main(folder: Path, *, names: list[str]) -> None:
    """Serve a station in the middle of a morning and take the named pictures of its page."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        station = make_station(Path(home))
        fill_morning(station)
        server = make_server("127.0.0.1", 0, create_app(station, look_at_machine=lambda: WELL), threaded=True)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                for name in names:
                    take(browser, f"http://127.0.0.1:{server.server_port}/", folder / f"{name}.png", *PICTURES[name])
                browser.close()
        finally:
            server.shutdown()
            serving.join()
            server.server_close()
            station.engine.dispose()


def take(browser: Browser, url: str, path: Path, size: tuple[int, int], scheme: str) -> None:
    """One picture of the whole page."""
    viewport = {"width": size[0], "height": size[1]}
    page = browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(url)
    page.wait_for_timeout(300)
    page.screenshot(path=path, full_page=True)
    page.close()
    print(f"{path} {path.stat().st_size // 1024} kB")  # noqa: T201


if __name__ == "__main__":
    # Only the first is kept in the repository; a folder as argument takes all of them for a person to look at.
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), names=list(PICTURES))
    else:
        main(IMAGES, names=["status"])

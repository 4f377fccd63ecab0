"""How fast the pages are on a large station, with 20 people at work and 200 who listen; `--small` for a quick look.

The station: SQLite, 2,000 zones in 40 communes, five years of airings, a million entries in the log, 14 days of plan.
The real web process serves it. Twenty operators each open a page about every five seconds, all pages in turn.
"""

import argparse
import http.client
import os
import random
import re
import secrets
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks._large_station import fill, sign_in_operators
from benchmarks._station_rows import Size
from scheduler.config import load_settings
from scheduler.database import upgrade
from scheduler.station import Station, open_station
from web import keys
from web.app import create_app

AIM_MS, AIM_FIRST_LOAD_KB = 150, 150
OPERATORS, LISTENERS = 20, 200
FULL = Size(zones=2_000, communes=40, years=5, broadcasts_a_year=51)
SMALL = Size(zones=200, communes=8, years=2, broadcasts_a_year=20)
LEFT_OUT = ("static", "sign_in.", "live.", "playout.tell_health")
"""What is no page of a person at work: files, signing in, the stream, and what machines ask."""
CALENDAR = "/planning/"


@dataclass
class Times:
    """What was measured of each page, in milliseconds."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    downloads: set[str] = field(default_factory=set)

    def of_pages(self) -> list[float]:
        """The times of all pages together; what is downloaded is no page."""
        return [value for name, values in self.taken.items() if self.is_page(name) for value in values]

    def is_download(self, name: str) -> bool:
        """Tell whether a browser keeps it as a file."""
        return name in self.downloads

    def is_page(self, name: str) -> bool:
        """Tell whether a browser shows it."""
        return self.kinds.get(name, "").startswith("text/html")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a tenth of the station, for a quick look")
    parser.add_argument("--home", type=Path, help="keep the station here, or use the one that is here")
    parser.add_argument("--visits", type=int, default=10, help="how often each page is opened in each part")
    parser.add_argument(
        "--think", type=float, default=5.0, help="seconds between two pages of one operator, on average"
    )
    parser.add_argument("--only", default="", help="only pages whose route holds this text")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = chosen.home or Path(scratch)
        measure(home, size=SMALL if chosen.small else FULL, chosen=chosen)


def measure(home: Path, *, size: Size, chosen: argparse.Namespace) -> None:
    station = open_station(load_settings({"LOABAN_HOME": str(home), "LOABAN_PORT": str(free_port())}))
    began = time.perf_counter()
    if not (home / "station.db").exists() and not list(home.glob("*.db")):
        upgrade(station.engine)
        counted = fill(station, size)
        print(f"{counted} (built in {time.perf_counter() - began:.0f} s)")
    cookies = [cookie_of(home, token) for token in sign_in_operators(station, OPERATORS)]
    routes = {name: path for name, path in pages_of(station).items() if chosen.only in name}
    with web_process(home, station.settings.port) as spent:
        address = ("127.0.0.1", station.settings.port)
        first_load(address, cookies[0])
        visit_all(address, cookies[:1], routes, visits=1, think=0)  # a process that has just started, and a cold disk
        single = visit_all(address, cookies[:1], routes, visits=3, think=0)
        # What is downloaded is no page: it is made once a month, and told apart.
        routes = {name: path for name, path in routes.items() if not single.is_download(name)}
        before = spent()
        alone = visit_all(address, cookies, routes, visits=chosen.visits, think=chosen.think)
        between = spent()
        with Listeners(address, cookies) as listeners:
            listened = visit_all(address, cookies, routes, visits=chosen.visits, think=chosen.think)
            told = listeners.describe()
        number = visits_of(listened)
        print(f"processor: {(between - before) * 1000 / visits_of(alone):.0f} ms a page, with streams open "
              f"{(spent() - between) * 1000 / number:.0f} ms")  # fmt: skip
        print(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
        tell(single, alone, listened, told)
    station.engine.dispose()


# --- the pages ----------------------------------------------------------------------------------------------------
def pages_of(station: Station) -> dict[str, str]:
    """Every page that is opened by an address, with an address of it: each route, filled with what the station has."""
    from benchmarks._large_station import samples

    known = samples(station)
    app = create_app(station, secret="only to read the routes")
    found: dict[str, str] = {}
    with app.test_request_context():
        adapter = app.url_map.bind("127.0.0.1")
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if "GET" not in (rule.methods or set()) or rule.endpoint.startswith(LEFT_OUT):
                continue
            told = {}
            for beginning in sorted(known, key=len):
                told |= known[beginning] if rule.rule.startswith(beginning) else {}
            values = {name: told.get(name) for name in rule.arguments}
            if None in values.values():
                print(f"left out, nothing to fill it with: {rule.rule}")
                continue
            found[rule.rule] = adapter.build(rule.endpoint, {k: v for k, v in values.items() if v is not None})
    return {**found, **QUESTIONS}


QUESTIONS = {
    "/programme/?q=": "/programme/?q=khai+sinh",
    "/playout/now?parts=all": "/playout/now?parts=all",
}
"""Pages as people ask them, beside their plain addresses."""


# --- working ------------------------------------------------------------------------------------------------------
def visit_all(
    address: tuple[str, int], cookies: Sequence[str], routes: Mapping[str, str], *, visits: int, think: float
) -> Times:
    """All operators open pages until each page was opened so many times."""
    waiting = [(name, path) for name, path in routes.items() for _ in range(visits)]
    random.Random(1).shuffle(waiting)
    times, lock = Times(), threading.Lock()

    def work(cookie: str) -> None:
        connection = http.client.HTTPConnection(*address, timeout=60)
        rest = random.Random(cookie)
        time.sleep(rest.uniform(0, think))  # people do not all begin at once
        while True:
            with lock:
                if not waiting:
                    break
                name, path = waiting.pop()
            began = time.perf_counter()
            connection.request(
                "GET", path, headers={"Cookie": cookie, "Accept": "text/html", "Accept-Encoding": "gzip"}
            )
            answer = connection.getresponse()
            answer.read()
            taken = (time.perf_counter() - began) * 1000
            with lock:
                times.taken[name].append(taken)
                times.kinds[name] = answer.headers.get("Content-Type", "")
                if answer.headers.get("Content-Disposition", "").startswith("attachment"):
                    times.downloads.add(name)
                if answer.status != 200:
                    times.wrong[name] = answer.status
            time.sleep(rest.uniform(0.5, 1.5) * think)
        connection.close()

    threads = [threading.Thread(target=work, args=(cookie,)) for cookie in cookies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def visits_of(times: Times) -> int:
    """How many pages were opened."""
    return sum(map(len, times.taken.values()))


class Listeners:
    """Two hundred open streams, read as browsers read them."""

    def __init__(self, address: tuple[str, int], cookies: Sequence[str]) -> None:
        self._chosen = selectors.DefaultSelector()
        self._said: dict[socket.socket, list[float]] = {}
        self._bytes = 0
        self._refused = 0
        self._stop = threading.Event()
        for number in range(LISTENERS):
            stream = socket.create_connection(address, timeout=10)
            parts = "?parts=all" if number % 4 == 0 else ""
            cookie = cookies[number % len(cookies)]
            stream.sendall(f"GET /live{parts} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
            stream.settimeout(0)
            self._said[stream] = [time.monotonic()]
            self._chosen.register(stream, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._thread.start()
        time.sleep(2)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for stream in self._said:
            stream.close()

    def _read(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._chosen.select(timeout=0.5):
                stream: socket.socket = key.fileobj  # type: ignore[assignment]
                told = stream.recv(65536)
                self._bytes += len(told)
                self._refused += told.startswith(b"HTTP/1.1 503")
                if not told:
                    self._chosen.unregister(stream)
                self._said[stream].append(time.monotonic())

    def describe(self) -> str:
        """How many still listen, and the longest time without a word."""
        now = time.monotonic()
        open_ones = len(self._chosen.get_map())
        gaps = [b - a for said in self._said.values() for a, b in zip(said, [*said[1:], now], strict=True)]
        return (
            f"{open_ones} of {LISTENERS} streams open ({self._refused} refused), longest silence {max(gaps):.1f} s, "
            f"{self._bytes / 1024:,.0f} kB sent"
        )


# --- the process --------------------------------------------------------------------------------------------------
@contextmanager
def web_process(home: Path, port: int) -> Iterator[Callable[[], float]]:
    """The web process as `loaban up` starts it; what is given tells how many seconds of processor it has spent."""
    given = {**os.environ, "LOABAN_HOME": str(home), "LOABAN_PORT": str(port), "LOABAN_LOG_LEVEL": "WARNING"}
    said = home / "web.log"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "scheduler", "web"],
            env=given,
            cwd=Path(__file__).parent.parent,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(port, process)
        yield lambda: spent_by(process.pid)
        peak = Path(f"/proc/{process.pid}/status")
        if peak.exists():
            found = re.search(r"VmHWM:\s+(\d+)", peak.read_text())
            print(f"web process: peak memory {int(found[1]) // 1024 if found else 0} MiB")
    finally:
        began = time.perf_counter()
        process.terminate()
        process.wait(20)
        print(f"web process: stopped in {time.perf_counter() - began:.1f} s; what it said is in {said}")


def spent_by(pid: int) -> float:
    """Seconds of processor; 0 where /proc is not there."""
    told = Path(f"/proc/{pid}/stat")
    if not told.exists():
        return 0.0
    fields = told.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit("the web process did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port: int = some.getsockname()[1]
    return port


def cookie_of(home: Path, token: str) -> str:
    """The cookie of a browser in which this token signs somebody in."""
    from flask import Flask
    from flask.sessions import SecureCookieSessionInterface

    app = Flask("cookie")
    app.secret_key = keys.load_secret(home)
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return f"loaban={signer.dumps({'token': token, 'csrf_token': secrets.token_hex(20)})}"


# --- what a browser loads first -----------------------------------------------------------------------------------
def first_load(address: tuple[str, int], cookie: str) -> None:
    """How much Chromium takes over the network to show the dashboard, and the calendar, for the first time."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("first load: not measured (no playwright)")
        return
    name, _, value = cookie.partition("=")
    origin = f"http://{address[0]}:{address[1]}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for path in ("/", CALENDAR):
            context = browser.new_context()
            context.add_cookies([{"name": name, "value": value, "url": origin}])
            page = context.new_page()
            taken: list[float] = []
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            network.on("Network.loadingFinished", lambda told, taken=taken: taken.append(told["encodedDataLength"]))
            page.goto(origin + path)
            page.wait_for_timeout(1_500)
            aim = f" (aim {AIM_FIRST_LOAD_KB} kB)" if path != CALENDAR else " (with the calendar)"
            print(f"first load of {path}: {sum(taken) / 1024:.0f} kB in {len(taken)} answers{aim}")
            context.close()
        browser.close()


# --- telling ------------------------------------------------------------------------------------------------------
def tell(single: Times, alone: Times, listened: Times, told: str) -> None:
    print(f"one person alone; {OPERATORS} operators at work; then beside them {told}")
    print(f"{'page':<70}{'one':>8}{'p50':>8}{'p95':>8}{'p95 with streams':>18}   ms")
    for name in sorted(alone.taken, key=lambda name: -share(alone.taken[name], 0.95)):
        values, beside = alone.taken[name], listened.taken[name]
        p95, later = share(values, 0.95), share(beside, 0.95)
        mark = ("" if alone.is_page(name) else " (no page)") + (" ← over the aim" if max(p95, later) > AIM_MS else "")
        wrong = alone.wrong.get(name)
        mark += f" status {wrong}" if wrong else ""
        one = share(single.taken[name], 0.5)
        print(f"{name:<70}{one:>8.0f}{share(values, 0.5):>8.0f}{p95:>8.0f}{later:>18.0f}{mark}")
    for name in sorted(single.downloads):
        print(f"{name:<70}{share(single.taken[name], 0.5):>8.0f} (a file, measured by itself)")
    for title, times in (("without streams", alone), ("with streams", listened)):
        values = times.of_pages()
        print(f"all pages {title}: p50 {share(values, 0.5):.0f} ms, p95 {share(values, 0.95):.0f} ms (aim {AIM_MS} ms)")


def share(values: Sequence[float], part: float) -> float:
    """The value below which this part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]


if __name__ == "__main__":
    main()

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.clock import SystemClock
from scheduler.supervisor import ProcessSpec, Supervisor, wait_before_restart

PATIENCE_S = 20


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that must come true; the time it takes is not what is tested."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def a_process(folder: Path, name: str, body: str = "time.sleep(600)") -> ProcessSpec:
    """A real Python process that notes its number for each start, and its stop."""
    program = f"""
import os, signal, sys, time
with open({str(folder / name)!r}, "a") as f: f.write(f"{{os.getpid()}}\\n")
def stop(*_):
    with open({str(folder / "stopped")!r}, "a") as f: f.write({name!r} + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("hello from", {name!r})
{body}
"""
    return ProcessSpec(name=name, command=(sys.executable, "-c", program))


def starts(folder: Path, name: str) -> list[int]:
    path = folder / name
    return [int(line) for line in path.read_text().split()] if path.exists() else []


class Running:
    """A supervisor that runs in a thread of the test."""

    def __init__(self, *specs: ProcessSpec) -> None:
        self.out = io.BytesIO()
        self.supervisor = Supervisor(specs, clock=SystemClock(), out=self.out)
        self.thread = threading.Thread(target=self.supervisor.run)
        self.thread.start()

    def stop(self) -> None:
        self.supervisor.ask_to_stop()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


@pytest.fixture
def run() -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def start(*specs: ProcessSpec) -> Running:
        running.append(Running(*specs))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def test_a_process_that_dies_is_started_again_and_the_others_are_left_alone(
    tmp_path: Path, run: Callable[..., Running]
) -> None:
    run(a_process(tmp_path, "web"), a_process(tmp_path, "playout"))
    wait_until(lambda: bool(starts(tmp_path, "web") and starts(tmp_path, "playout")))
    os.kill(starts(tmp_path, "playout")[0], signal.SIGKILL)
    wait_until(lambda: len(starts(tmp_path, "playout")) == 2)
    assert len(starts(tmp_path, "web")) == 1
    assert is_running(starts(tmp_path, "web")[0])


def test_a_process_that_ends_by_itself_is_started_again(tmp_path: Path, run: Callable[..., Running]) -> None:
    run(a_process(tmp_path, "ingest", body=""))
    wait_until(lambda: len(starts(tmp_path, "ingest")) >= 2)


def test_waiting_before_a_restart_doubles_up_to_half_a_minute() -> None:
    assert [wait_before_restart(failures) for failures in (1, 2, 3, 4, 5, 6, 1000)] == [1, 2, 4, 8, 16, 30, 30]


def test_all_are_stopped_in_reverse_order(tmp_path: Path, run: Callable[..., Running]) -> None:
    names = ("ingest", "playout", "web")
    running = run(*(a_process(tmp_path, name) for name in names))
    wait_until(lambda: running.out.getvalue().count(b"hello") == 3)
    running.stop()
    assert (tmp_path / "stopped").read_text().split() == ["web", "playout", "ingest"]
    assert not any(is_running(starts(tmp_path, name)[0]) for name in names)


def test_a_process_that_will_not_stop_is_killed(
    tmp_path: Path, run: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.supervisor.STOP_WITHIN_S", 0.3)
    stubborn = a_process(
        tmp_path, "web", body="signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready')\ntime.sleep(600)"
    )
    running = run(stubborn)
    wait_until(lambda: b"ready" in running.out.getvalue())
    running.stop()
    assert not is_running(starts(tmp_path, "web")[0])


def test_output_is_told_with_the_name_of_its_process(tmp_path: Path, run: Callable[..., Running]) -> None:
    running = run(a_process(tmp_path, "web"), a_process(tmp_path, "playout"))
    wait_until(lambda: running.out.getvalue().count(b"hello") == 2)
    lines = sorted(running.out.getvalue().decode().splitlines())
    assert lines == ["playout | hello from playout", "web     | hello from web"]


def start_separate_supervisor(folder: Path, child: str) -> "subprocess.Popen[bytes]":
    program = textwrap.dedent(
        f"""
        import sys
        from scheduler.clock import SystemClock
        from scheduler.supervisor import ProcessSpec, Supervisor
        specs = [ProcessSpec(name=name, command=(sys.executable, {str(folder / child)!r}, name)) for name in ("a", "b")]
        Supervisor(specs, clock=SystemClock(), out=sys.stdout.buffer).run()
        """
    )
    (folder / child).write_text(
        textwrap.dedent(
            f"""
            import os, sys, time
            sys.path.insert(0, {str(Path.cwd())!r})
            from scheduler.supervisor import end_with_supervisor
            end_with_supervisor()
            with open({str(folder)!r} + "/" + sys.argv[1], "a") as f: f.write(f"{{os.getpid()}}\\n")
            time.sleep(600)
            """
        )
    )
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_child_outlives_the_supervisor_however_it_ends(tmp_path: Path, number: int) -> None:
    with start_separate_supervisor(tmp_path, "child.py") as supervisor:
        wait_until(lambda: bool(starts(tmp_path, "a") and starts(tmp_path, "b")))
        children = [*starts(tmp_path, "a"), *starts(tmp_path, "b")]
        supervisor.send_signal(number)
        assert supervisor.wait(PATIENCE_S) == (-number if number == signal.SIGKILL else 0)
    wait_until(lambda: not any(is_running(pid) for pid in children))

"""The ingest worker and the confined process: limits hold, deaths are told, nothing is taken in twice."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audio.confine import LEAST_CPU_S, allow_for, confine, leave_network
from audio.ingest import Bench, StopFlag, Worker
from audio.limited import Stopped, Watch, take_in
from audio.store import FileMediaStore
from audio.target import Target
from audio.verdict import Limits, Measurement
from scheduler.clock import SystemClock
from scheduler.database import Sessions, open_sessions
from scheduler.domain.programme import EditionState, IngestState, RecordingState, Verdict
from scheduler.errors import StepFailed
from scheduler.models import Recording
from scheduler.services import ingest
from scheduler.services.ingest import Destination
from tests.audio import signals
from tests.factories import NOW, make_episode, make_series

CONFINED = """
import os, sys
from audio.messages import Task, Broken, Underway, write_message
from audio.confine import confine
task = Task.from_line(sys.stdin.buffer.readline())
confine(task.allowance, parent=task.parent)
def tell(message):
    os.write(1, write_message(message))
"""
GREEDY = CONFINED + "kept = [bytearray(2**26) for _ in range(64)]"
BUSY = CONFINED + "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass"
SEGFAULT = CONFINED + "import ctypes; ctypes.string_at(0)"
HANGING = (
    CONFINED
    + "tell(Underway(step='measure', share=0.5)); open('/dev/zero').read if 0 else __import__('time').sleep(600)"
)
NONSENSE = CONFINED + 'os.write(1, b\'{"kind": "Finished"}\\n\')'
ENDLESS = CONFINED + "\nwhile True: os.write(1, b'x' * 65536)"
SILENT_DEATH = CONFINED + "sys.exit(1)"
FULL_DISK = CONFINED + "tell(Broken(code='step_failed', facts={'step': 'render', 'reason': 'No space left on device'}))"
ESCAPING = (
    CONFINED
    + """
import hashlib, json
from dataclasses import asdict
from audio.messages import Finished
from audio.target import Rendering
from audio.verdict import Measurement
from scheduler.domain.programme import Verdict
from pathlib import Path
sha = hashlib.sha256(task.path.read_bytes()).hexdigest()
tell(Finished(
    measurement=Measurement(verdict=Verdict.ACCEPTED, sha256=sha),
    rendering=Rendering(master=Path(task.path.parents[2] / 'secret'), master_sha256='', opus=Path(task.path.parents[2] / 'secret'), opus_sha256='',
        seconds=1, integrated_lufs=0, true_peak_dbtp=0, gain_db=0, limiter_max_db=0, limiter_share=0,
        trimmed_head_s=0, trimmed_tail_s=0)))
"""
)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return signals.write(tmp_path / "a.wav", signals.voice(3.0))


def measured(path: Path, code: str, *, goes_on: Callable[[], bool] = lambda: True) -> Measurement:
    watch = Watch(clock=SystemClock(), goes_on=goes_on)
    measurement, rendering = take_in(path, None, limits=Limits(), target=Target(), watch=watch, child=("-c", code))
    assert rendering is None
    return measurement


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (GREEDY, "too_heavy"),
        (BUSY, "too_heavy"),
        (CONFINED + "os.kill(os.getpid(), 9)", "too_heavy"),
        (SEGFAULT, "ingest_crashed"),
        (NONSENSE, "ingest_crashed"),
        (ENDLESS, "ingest_crashed"),
        (SILENT_DEATH, "ingest_crashed"),
    ],
    ids=["memory", "computing", "killed", "segfault", "nonsense", "endless", "silent"],
)
def test_a_file_that_brings_the_process_down_is_refused_with_a_code(sound: Path, code: str, refusal: str) -> None:
    measurement = measured(sound, code)
    assert (measurement.verdict, measurement.code) == (Verdict.REFUSED, refusal)
    assert len(measurement.sha256) == 64


def test_a_failure_outside_the_file_is_no_refusal(sound: Path) -> None:
    with pytest.raises(StepFailed) as caught:
        measured(sound, FULL_DISK)
    assert caught.value.facts == {"step": "render", "reason": "No space left on device"}


@pytest.mark.parametrize(
    "forbidden",
    [
        "import socket; socket.create_connection(('127.0.0.1', int(open(task.path.parent / 'port').read())))",
        "open(task.path.parent / 'big', 'wb').truncate(task.allowance.file_bytes + 1)",
        "kept = [open('/dev/null') for _ in range(100)]",
    ],
    ids=["network", "disk", "open files"],
)
def test_what_a_confined_process_may_not_do_fails(tmp_path: Path, sound: Path, forbidden: str) -> None:
    if "socket" in forbidden and not may_leave_network():
        pytest.skip("this computer lets nobody leave its network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        (tmp_path / "port").write_text(str(server.getsockname()[1]))
        tried = (
            CONFINED + f"\ntry:\n    {forbidden}\nexcept OSError: tell(Broken(code='x', facts={{'reason': 'held'}}))"
        )
        try:
            with pytest.raises(StepFailed, match="held"):
                measured(sound, tried)
        finally:
            (tmp_path / "big").unlink(missing_ok=True)


def may_leave_network() -> bool:
    child = os.fork()
    if child == 0:
        os._exit(0 if leave_network() else 1)
    return os.waitpid(child, 0)[1] == 0


def test_a_confined_process_gets_no_secrets_of_the_station(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOABAN_DATABASE_URL", "postgresql://loaban:secret@db/loaban")
    with pytest.raises(StepFailed) as caught:
        measured(sound, CONFINED + "tell(Broken(code='x', facts={'reason': repr(dict(os.environ))}))")
    assert "secret" not in str(caught.value)


def test_computing_time_grows_with_what_the_file_may_hold() -> None:
    assert allow_for(0).cpu_s == allow_for(1_000_000).cpu_s == LEAST_CPU_S
    assert allow_for(600 * 4000 * 2).cpu_s == 2 * LEAST_CPU_S
    assert allow_for(10**12).cpu_s == 12 * LEAST_CPU_S


def test_a_process_whose_parent_is_gone_leaves_at_once() -> None:
    child = os.fork()
    if child == 0:
        confine(allow_for(0), parent=1 if os.getppid() != 1 else 2)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_work_that_shall_not_go_on_is_killed(sound: Path) -> None:
    looks = iter([True, True])
    with pytest.raises(Stopped):
        measured(sound, HANGING, goes_on=lambda: next(looks, False))


def test_measuring_needs_nothing_from_the_path(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    watch = Watch(clock=SystemClock())
    measurement, _ = take_in(sound, None, limits=Limits(), target=Target(), watch=watch)
    assert (measurement.verdict, measurement.seconds) == (Verdict.FLAGGED, pytest.approx(3.0))


# --- the worker -----------------------------------------------------------------------------------------------
@pytest.fixture
def sessions(sqlite_engine: Engine) -> Sessions:
    sessions = open_sessions(sqlite_engine)
    with sessions.begin() as session:
        make_episode(session, make_series(session), number=1, year=2026)
    return sessions


@pytest.fixture
def store(tmp_path: Path) -> FileMediaStore:
    return FileMediaStore(tmp_path)


def deliver(sessions: Sessions, store: FileMediaStore, path: Path) -> int:
    stored = store.add(io.BytesIO(path.read_bytes()))
    with sessions.begin() as session:
        to = Destination(series="cchc", number=1, language="blt")
        return ingest.receive_recording(session, to, stored=stored, original_name=path.name, by="Mai", now=NOW).id


def a_worker(sessions: Sessions, store: FileMediaStore, *, stop: StopFlag | None = None, **more: object) -> Worker:
    facts: dict[str, object] = {"clock": SystemClock(), "target": Target(), "owner": "worker"}
    return Worker(Bench(sessions=sessions, store=store, **(facts | more)), stop or StopFlag())  # type: ignore[arg-type]


def look_up(sessions: Sessions, recording_id: int) -> Recording:
    with sessions.begin() as session:
        recording = ingest.get_recording(session, recording_id)
        assert recording.ingest is not None
        assert recording.edition.state is not None
        return recording


def media_of(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "media").rglob("*") if path.is_file()}


def test_a_recording_is_measured_rendered_and_kept(
    sessions: Sessions, store: FileMediaStore, tmp_path: Path, sound: Path
) -> None:
    made = deliver(sessions, store, sound)
    assert a_worker(sessions, store).drain() == 1
    recording = look_up(sessions, made)
    assert recording.state is RecordingState.MEASURED
    assert recording.verdict is Verdict.FLAGGED
    assert recording.findings[0]["code"] == "duration_outside_rule"
    assert recording.edition.state is EditionState.MEASURED
    assert recording.master_seconds == pytest.approx(3.0, abs=0.6)
    assert recording.rendering["integrated_lufs"] == pytest.approx(-16, abs=0.5)
    assert media_of(tmp_path) == {recording.sha256, recording.master_sha256, recording.opus_sha256}
    for name in media_of(tmp_path):
        store.verify(name)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("child", "code"), [(GREEDY, "too_heavy"), (SEGFAULT, "ingest_crashed")], ids=["heavy", "crash"]
)
def test_a_recording_that_kills_its_process_is_refused_and_the_worker_goes_on(
    sessions: Sessions, store: FileMediaStore, tmp_path: Path, sound: Path, child: str, code: str
) -> None:
    made = deliver(sessions, store, sound)
    assert a_worker(sessions, store, child=("-c", child)).drain() == 1
    recording = look_up(sessions, made)
    assert (recording.state, recording.code) == (RecordingState.REFUSED, code)
    assert media_of(tmp_path) == {recording.sha256}
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_full_disk_is_told_and_the_same_file_may_be_delivered_again(
    sessions: Sessions, store: FileMediaStore, tmp_path: Path, sound: Path
) -> None:
    made = deliver(sessions, store, sound)
    a_worker(sessions, store, child=("-c", FULL_DISK)).drain()
    recording = look_up(sessions, made)
    assert recording.ingest is not None
    assert (recording.ingest.state, recording.ingest.failure) == (IngestState.FAILED, "step_failed")
    assert recording.facts["reason"] == "No space left on device"
    assert recording.state is RecordingState.RECEIVED
    again = deliver(sessions, store, sound)
    a_worker(sessions, store).drain()
    assert look_up(sessions, again).state is RecordingState.MEASURED


def test_a_stored_file_that_is_damaged_or_gone_is_no_fault_of_the_recording(
    sessions: Sessions, store: FileMediaStore, tmp_path: Path, sound: Path
) -> None:
    for spoil, code in (
        (lambda path: path.write_bytes(sound.read_bytes()[:-100] + b"?" * 100), "media_corrupt"),
        (lambda path: path.unlink(), "media_missing"),
    ):
        made = deliver(sessions, store, sound)
        path = store.path(look_up(sessions, made).sha256)
        path.chmod(0o644)
        spoil(path)
        a_worker(sessions, store).drain()
        recording = look_up(sessions, made)
        assert recording.ingest is not None
        assert (recording.ingest.state, recording.ingest.failure) == (IngestState.FAILED, code)


def test_a_confined_process_cannot_put_another_file_of_the_disk_into_the_store(
    sessions: Sessions, store: FileMediaStore, tmp_path: Path, sound: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"the key of the station")
    made = deliver(sessions, store, sound)
    a_worker(sessions, store, child=("-c", ESCAPING)).drain()
    recording = look_up(sessions, made)
    assert recording.ingest is not None
    assert (recording.ingest.state, recording.ingest.failure) == (IngestState.FAILED, "media_not_stored")
    assert media_of(tmp_path) == {recording.sha256}
    assert (tmp_path / "secret").exists()


def test_a_worker_told_to_stop_puts_the_recording_back(
    sessions: Sessions, store: FileMediaStore, tmp_path: Path, sound: Path
) -> None:
    made = deliver(sessions, store, sound)
    stop = StopFlag()

    def stop_now(_step: str, _share: float) -> None:
        stop.is_set = True

    a_worker(sessions, store, stop=stop, told=stop_now, child=("-c", HANGING)).run()
    recording = look_up(sessions, made)
    assert recording.ingest is not None
    assert (recording.ingest.state, recording.ingest.attempts) == (IngestState.QUEUED, 0)
    assert list((tmp_path / "tmp").iterdir()) == []


WORKER = """
import sys
from pathlib import Path
from audio.ingest import Bench, StopFlag, Worker
from audio.store import FileMediaStore
from audio.target import Target
from scheduler.clock import SystemClock
from scheduler.database import open_engine, open_sessions
home, owner, child = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
more = {"child": ("-c", child)} if child else {}
bench = Bench(sessions=open_sessions(open_engine(f"sqlite:///{home / 'station.db'}")), store=FileMediaStore(home),
    clock=SystemClock(), target=Target(), owner=owner, told=lambda step, share: print(step, flush=True), **more)
Worker(bench, StopFlag()).drain()
"""
TELLING_ITS_NUMBER = HANGING.replace("step='measure'", "step=str(os.getpid())")


def start_worker(home: Path, owner: str, child: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", WORKER, str(home), owner, child], stdout=subprocess.PIPE, text=True)


def is_running(number: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False


def test_a_recording_whose_worker_was_killed_is_taken_again_and_finished_once(
    sessions: Sessions, store: FileMediaStore, tmp_path: Path, sound: Path
) -> None:
    made = deliver(sessions, store, sound)
    with start_worker(tmp_path, "killed", TELLING_ITS_NUMBER) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.wait()
    waiting = look_up(sessions, made)
    assert waiting.ingest is not None
    assert waiting.ingest.state is IngestState.RUNNING
    for _ in range(200):
        if not is_running(child):
            break
        time.sleep(0.05)
    assert not is_running(child), "the confined process outlived its worker"
    assert a_worker(sessions, store).drain() == 0, "a worker that gave a sign of life just now is taken for dead"
    assert a_worker(sessions, store, may_live=lambda owner: owner != "killed").drain() == 1
    recording = look_up(sessions, made)
    assert recording.ingest is not None
    assert (recording.ingest.state, recording.ingest.attempts) == (IngestState.DONE, 2)
    assert recording.state is RecordingState.MEASURED
    assert list((tmp_path / "tmp").iterdir()) == [], "what the killed worker left was not swept up"


def test_two_workers_on_one_queue_take_every_recording_once(
    sessions: Sessions, store: FileMediaStore, tmp_path: Path
) -> None:
    made = [
        deliver(sessions, store, signals.write(tmp_path / f"{number}.wav", signals.voice(1.5, seed=number)))
        for number in range(4)
    ]
    processes = [start_worker(tmp_path, owner) for owner in ("one", "two")]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    for recording_id in made:
        recording = look_up(sessions, recording_id)
        assert recording.ingest is not None
        assert (recording.ingest.state, recording.ingest.attempts) == (IngestState.DONE, 1)
        assert recording.state is RecordingState.MEASURED
    assert len(media_of(tmp_path)) == 12

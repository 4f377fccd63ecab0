"""The media store: whole or not at all, named by content, shared by processes."""

import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from audio.store import FileMediaStore
from scheduler.errors import MediaCorrupt, MediaMissing, MediaNotStored

SOUND = b"bytes that stand for sound" * 1000
NAME = hashlib.sha256(SOUND).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "station"


@pytest.fixture
def store(home: Path) -> FileMediaStore:
    return FileMediaStore(home)


def files_below(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir()}


class Failing(io.BytesIO):
    """A source that breaks off after its first block."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_bytes_lie_under_their_sha256_and_nothing_else_remains(store: FileMediaStore, home: Path) -> None:
    stored = store.add(io.BytesIO(SOUND))
    assert (stored.sha256, stored.size_bytes) == (NAME, len(SOUND))
    assert files_below(home) == {f"media/{NAME[:2]}/{NAME}"}
    assert store.path(NAME).read_bytes() == SOUND
    store.verify(NAME)


def test_a_stored_file_cannot_be_written_by_accident(store: FileMediaStore) -> None:
    store.add(io.BytesIO(SOUND))
    assert stat.S_IMODE(store.path(NAME).stat().st_mode) == 0o444


def test_the_same_bytes_twice_are_one_file(store: FileMediaStore, home: Path) -> None:
    assert store.add(io.BytesIO(SOUND)) == store.add(io.BytesIO(SOUND))
    assert len(files_below(home)) == 1


def test_a_source_that_breaks_off_leaves_nothing(store: FileMediaStore, home: Path) -> None:
    with pytest.raises(MediaNotStored, match="Input/output error"):
        store.add(Failing(SOUND * 100))
    assert files_below(home) == set()


def test_a_file_that_is_touched_after_it_was_verified_is_read_again(store: FileMediaStore, home: Path) -> None:
    store.add(io.BytesIO(SOUND))
    store.verify(NAME)
    place = store.path(NAME)
    os.link(place, home / "kept")  # as the file carrier does: other facts, the same bytes
    assert store.path(NAME) == place
    other = place.with_name("other")
    other.write_bytes(bytes(reversed(SOUND)))
    os.utime(other, ns=(0, place.stat().st_mtime_ns))
    other.rename(place)
    with pytest.raises(MediaCorrupt):
        store.path(NAME)


def test_a_missing_file_is_named(store: FileMediaStore) -> None:
    for question in (store.path, store.verify):
        with pytest.raises(MediaMissing) as caught:
            question(NAME)
        assert caught.value.facts == {"sha256": NAME}


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "/etc/passwd", NAME.upper(), NAME + "\n", "ab" * 31 + "/a"])
def test_only_a_sha256_names_a_file(store: FileMediaStore, home: Path, name: str) -> None:
    (home / "media" / "..").mkdir(parents=True, exist_ok=True)
    with pytest.raises(MediaMissing):
        store.path(name)


@pytest.mark.parametrize("damaged", [SOUND[:-1], SOUND[:-1] + b"?", b""])
def test_damage_is_noticed_and_healed_by_storing_the_bytes_again(store: FileMediaStore, damaged: bytes) -> None:
    store.add(io.BytesIO(SOUND))
    path = store.path(NAME)
    path.chmod(0o644)
    path.write_bytes(damaged)
    with pytest.raises(MediaCorrupt):
        store.verify(NAME)
    store.add(io.BytesIO(SOUND))
    store.verify(NAME)


def test_adopting_moves_a_finished_file_into_the_store(store: FileMediaStore, home: Path) -> None:
    with store.workplace() as folder:
        (folder / "master.flac").write_bytes(SOUND)
        stored = store.adopt(folder / "master.flac")
        assert (stored.sha256, stored.size_bytes) == (NAME, len(SOUND))
        assert not (folder / "master.flac").exists()
    store.verify(NAME)
    assert files_below(home) == {f"media/{NAME[:2]}/{NAME}"}


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second file system")
def test_adopting_from_another_disk_copies_and_removes(store: FileMediaStore) -> None:
    source = Path("/dev/shm") / f"loaban-test-{os.getpid()}"
    source.write_bytes(SOUND)
    try:
        assert store.adopt(source).sha256 == NAME
        assert not source.exists()
    finally:
        source.unlink(missing_ok=True)
    store.verify(NAME)


def test_adopting_follows_no_link_and_waits_for_no_pipe(store: FileMediaStore, home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SOUND)
    with store.workplace() as folder:
        (folder / "link").symlink_to(secret)
        os.mkfifo(folder / "pipe")
        for name in ("link", "pipe", "nothing"):
            with pytest.raises(MediaNotStored):
                store.adopt(folder / name)
    assert secret.read_bytes() == SOUND
    assert files_below(home) == set()


def test_a_name_appears_only_after_its_bytes_are_on_the_disk(
    store: FileMediaStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []
    really_sync, really_rename = os.fsync, os.rename

    def sync(descriptor: int) -> None:
        really_sync(descriptor)
        done.append(("sync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))

    def rename(source: Path, target: Path) -> None:
        really_rename(source, target)
        done.append((str(source), str(target)))

    store.add(io.BytesIO(b"something else"))
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "rename", rename)
    place = str(home / "media" / NAME[:2] / NAME)
    a_file = home / "tmp" / "finished"
    a_file.write_bytes(SOUND)
    for put in (lambda: store.add(io.BytesIO(SOUND)), lambda: store.adopt(a_file)):
        done.clear()
        put()
        (renamed,) = [(source, target) for source, target in done if source != "sync"]
        assert renamed[1] == place
        at = done.index(renamed)
        assert ("sync", renamed[0]) in done[:at], "the bytes were not on the disk when the name appeared"
        assert ("sync", str(home / "media" / NAME[:2])) in done[at:], "the name was never on the disk"
        assert ("sync", str(home / "media")) in done


ADDING = """
import sys
from pathlib import Path
from audio.store import FileMediaStore

class Told:
    def __init__(self): self.blocks = 0
    def read(self, size):
        self.blocks += 1
        if self.blocks == 3:
            print("half", flush=True)
            sys.stdin.read()
        return b"x" * size

FileMediaStore(Path(sys.argv[1])).add(Told())
"""


def test_a_process_killed_while_storing_leaves_no_name_and_is_swept_up(store: FileMediaStore, home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ADDING, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with store.workplace() as folder:
            assert store.sweep() == 0, "what a living process is writing was taken away"
            assert folder.is_dir()
        assert len(files_below(home)) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not list((home / "media").rglob("*")) if (home / "media").exists() else True
    assert len(files_below(home)) == 1
    assert store.sweep() == 1
    assert files_below(home) == set()


def test_a_workplace_is_removed_also_when_the_work_fails(store: FileMediaStore, home: Path) -> None:
    with pytest.raises(ZeroDivisionError), store.workplace() as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_bytes(SOUND)
        raise ZeroDivisionError
    assert list((home / "tmp").iterdir()) == []


def test_sweeping_leaves_alone_what_is_not_the_stores(store: FileMediaStore, home: Path) -> None:
    (home / "tmp").mkdir(parents=True)
    (home / "tmp" / "programme").write_bytes(SOUND)
    assert store.sweep() == 0
    assert (home / "tmp" / "programme").exists()


STORING = """
import io, sys
from pathlib import Path
from audio.store import FileMediaStore
store = FileMediaStore(Path(sys.argv[1]))
for turn in range(40):
    for sound in (b"a" * 300_000, b"b" * 300_000):
        stored = store.add(io.BytesIO(sound))
        assert store.path(stored.sha256).read_bytes() == sound
        store.sweep()
"""


def test_two_processes_storing_the_same_bytes_at_once_are_harmless(store: FileMediaStore, home: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", STORING, str(home)]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert len(files_below(home)) == 2
    for path in (home / "media").rglob("??/*"):
        store.verify(path.name)

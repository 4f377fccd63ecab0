"""Whether an owner lives: the kernel's lock tells at once, also after kill -9."""

import signal
import subprocess
import sys
from pathlib import Path

from scheduler.alive import Life

HOLD = """
import sys, time
from pathlib import Path
from scheduler.alive import Life
life = Life(Path(sys.argv[1]))
print(life.owner, flush=True)
time.sleep(60)
"""


def test_a_living_owner_is_not_dead_and_a_killed_one_is_at_once(tmp_path: Path) -> None:
    life = Life(tmp_path)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        owner = other.stdout.readline().strip()
        assert not life.is_dead(owner)
        other.send_signal(signal.SIGSTOP)
        assert not life.is_dead(owner)
        other.kill()
        other.wait()
    assert life.is_dead(owner)
    life.bury(owner)
    assert not list(tmp_path.glob(f"{owner}*"))
    life.end()


def test_nobody_bears_a_name_twice(tmp_path: Path) -> None:
    lives = [Life(tmp_path) for _ in range(5)]
    assert len({life.owner for life in lives}) == 5
    assert all(not lives[0].is_dead(life.owner) for life in lives)
    for life in lives:
        life.end()
        life.end()


def test_owners_of_other_machines_and_folders_are_left_to_their_leases(tmp_path: Path) -> None:
    life, elsewhere = Life(tmp_path / "a"), Life(tmp_path / "b")
    elsewhere.end()
    for owner in (elsewhere.owner, "playout.other-host-12345678.abc.def", "", "../../etc/passwd", life.owner):
        assert not life.is_dead(owner)
    life.end()


def test_a_name_fits_its_column(tmp_path: Path) -> None:
    life = Life(tmp_path)
    assert len(life.owner) <= 128
    life.end()

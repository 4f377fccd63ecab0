"""Sealing, checking and exporting from the command line, and a year checked by the stand-alone verifier."""

import importlib.util
import io
import json
import random
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

import scheduler
from scheduler.clock import SystemClock
from scheduler.commands import sealing as commands
from scheduler.commands.clerk import build_duties, seal_yesterday
from scheduler.commands.sealing import open_sealer
from scheduler.config import load_settings
from scheduler.domain.playout import Evidence
from scheduler.domain.seals import Finding
from scheduler.errors import DayNotOver, FileInTheWay, SealsDiffer
from scheduler.evidence_words import FINDINGS, README, tell_finding
from scheduler.models import Alarm, Seal
from scheduler.services import counting_rule, logbook, seal_doctor
from scheduler.station import Station
from tests.databases import put_sqlite
from tests.fakes import SteppingClock
from tests.services.sealed_station import unguard
from tests.services.test_logbook import a_station, reference_year

Run = Callable[..., Result]
BY_NAME = {command.name: command for command in commands.COMMANDS}
ROOT = Path(scheduler.__file__).parents[1]
VERIFIER = ROOT / "docs" / "evidence" / "verify_export.py"
YEAR = ("--from", "2021-01-01", "--to", "2021-12-31")


@pytest.fixture
def station(tmp_path: Path, clock: SteppingClock) -> Iterator[Station]:
    """A station into which the reference year came from its logbook."""
    put_sqlite(tmp_path / "station.db")
    station = Station(settings=load_settings({"LOABAN_HOME": str(tmp_path)}), clock=clock)
    editions, plays = reference_year()
    logbook.write_logbook(tmp_path / "2021.xlsx", editions=editions, plays=plays)
    with station.sessions.begin() as session:
        a_station(session)
        logbook.import_file(
            session, tmp_path / "2021.xlsx", by="Mai", now=clock.now(), zone=station.settings.time_zone
        )  # fmt: skip
    yield station
    station.engine.dispose()


@pytest.fixture
def run(station: Station) -> Run:
    def run(name: str, *arguments: str) -> Result:
        return CliRunner().invoke(BY_NAME[name], arguments, obj=station)

    return run


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_export", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tamper(station: Station, statement: str) -> None:
    with station.sessions.begin() as session:
        unguard(session)
        session.execute(text(statement))


# --- seal and verify --------------------------------------------------------------------------------------------------
def test_a_day_is_sealed_once_and_holds(station: Station, run: Run, clock: SteppingClock) -> None:
    first = run("seal")
    assert first.exit_code == 0, first.output
    assert "Niêm phong số 1, ngày 23/11/2026:" in first.output
    assert "90 sản phẩm" in first.output
    assert "Không có gì mới" in run("seal").output
    checked = run("verify")
    assert checked.exit_code == 0
    assert "mọi dòng đúng như lúc niêm phong" in checked.output
    assert isinstance(run("seal", "--day", "2026-11-24").exception, DayNotOver)
    clock.advance(timedelta(days=1))
    assert "Niêm phong số 2, ngày 24/11/2026: 0 dòng nhật ký" in run("seal").output


def test_a_tamper_is_named_and_an_alarm_until_it_is_mended(station: Station, run: Run) -> None:
    run("seal")
    tamper(station, "UPDATE as_run_entry SET note = 'x' WHERE id = 7")
    found = run("verify", "--alarm", "--json")
    assert found.exit_code == commands.PROBLEMS_STATUS
    told = json.loads(found.output)
    assert [(item["code"], item["seal"], item["row"]) for item in told["found"]] == [("entry_changed", 1, 7)]
    assert "Dòng nhật ký số 7 đã bị sửa sau khi niêm phong số 1." in run("verify").output
    with station.readers.begin() as session:
        (alarm,) = session.scalars(select(Alarm))
    assert (alarm.kind, alarm.facts) == ("log_tampered", {"number": 1, "code": "entry_changed", "seal": 1})
    tamper(station, "UPDATE as_run_entry SET note = '' WHERE id = 7")
    assert run("verify", "--alarm").exit_code == 0
    with station.readers.begin() as session:
        assert session.scalars(select(Alarm.cleared_at)).all() == [station.clock.now()]


def test_nothing_is_sealed_on_top_of_a_chain_that_was_cut(station: Station, run: Run, clock: SteppingClock) -> None:
    run("seal")
    clock.advance(timedelta(days=1))
    run("seal")
    tamper(station, "DELETE FROM seal WHERE id = 2")
    clock.advance(timedelta(days=1))
    assert isinstance(run("seal").exception, SealsDiffer)
    assert "Niêm phong số 2 có trong tệp niêm phong nhưng đã bị xóa" in run("verify").output


def test_a_seal_that_a_crash_kept_out_of_the_file_comes_into_it(
    station: Station, run: Run, clock: SteppingClock
) -> None:  # fmt: skip
    run("seal")
    file = station.settings.home / "seals.jsonl"
    first = file.read_bytes()
    clock.advance(timedelta(days=1))
    run("seal")
    file.write_bytes(first + b'{"statement":"n')
    clock.advance(timedelta(days=1))
    run("seal")
    assert len(file.read_bytes().splitlines()) == 3
    assert run("verify").exit_code == 0


# --- the clerk ----------------------------------------------------------------------------------------------------------
def test_the_clerk_seals_yesterday_and_has_all_checked(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "seal" in [duty.name for duty in build_duties(station)]
    monkeypatch.setenv("LOABAN_HOME", str(station.settings.home))
    clock = SystemClock()  # the process that checks has the computer's
    seal_yesterday(open_sealer(station), clock.now())
    tamper(station, "DELETE FROM as_run_entry WHERE id = 9")
    seal_yesterday(open_sealer(station), clock.now() + timedelta(days=1))
    with station.readers.begin() as session:
        assert session.scalars(select(Seal.id)).all() == [1, 2]
        (alarm,) = session.scalars(select(Alarm))
    assert (alarm.kind, alarm.facts["code"]) == ("log_tampered", "entry_deleted")


def test_the_doctor_tells_of_a_day_that_stays_unsealed(station: Station, run: Run, clock: SteppingClock) -> None:
    zone = station.settings.time_zone

    def days() -> list[object]:
        with station.readers.begin() as session:
            found = list(seal_doctor.find_unsealed(session, now=clock.now(), zone=zone))
        return [problem.facts["day"] for problem in found]

    assert days() == []
    clock.advance(timedelta(hours=19, minutes=59))
    assert days() == [], "within an hour after midnight"
    clock.advance(timedelta(minutes=1))
    assert days() == [date(2026, 11, 24)]
    run("seal")
    assert days() == []


# --- the export -----------------------------------------------------------------------------------------------------------
def test_the_verifier_checks_a_year_without_our_code(station: Station, run: Run, tmp_path: Path) -> None:
    run("seal")
    path = tmp_path / "2021.zip"
    done = run("evidence", "export", *YEAR, str(path))
    assert done.exit_code == 0, done.output
    assert "90 sản phẩm" in done.output
    key = open_sealer(station).signer.public
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "verify_export.py").write_bytes(VERIFIER.read_bytes())
    command = [sys.executable, "-I", "verify_export.py", str(path), "--key", key]
    told = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "xây dựng 90 (vi 45, blt 45), phát 102 lần được tính" in told.stdout
    assert "scheduler" not in VERIFIER.read_text(encoding="utf-8")
    assert isinstance(run("evidence", "export", *YEAR, str(path)).exception, FileInTheWay)
    other = subprocess.run([*command[:-1], "ab" * 32], cwd=alone, capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert "other_key" in other.stdout
    (tmp_path / "no.zip").write_bytes(b"no zip")
    broken = subprocess.run([*command[:3], str(tmp_path / "no.zip")], cwd=alone, capture_output=True, check=False)
    assert broken.returncode == 2
    bare = [sys.executable, "-I", "-S", *command[2:]]  # without the packages that were installed
    without = subprocess.run(bare, cwd=alone, capture_output=True, text=True, check=False)
    assert without.returncode == 2
    assert "pip install cryptography" in without.stderr and "Traceback" not in without.stderr


def test_the_verifier_counts_each_day_by_its_rule(
    station: Station, run: Run, tmp_path: Path, verifier: ModuleType
) -> None:  # fmt: skip
    tamper(station, "UPDATE as_run_entry SET evidence = 'completed' WHERE local_day >= '2021-06-20'")
    with station.sessions.begin() as session:
        counting_rule.adopt(
            session, least_share=0.9, least_evidence=Evidence.HEARD, by="Mai", now=station.clock.now(),
            valid_from=date(2021, 7, 1),
        )  # fmt: skip
    run("seal")
    run("evidence", "export", *YEAR, str(tmp_path / "2021.zip"))
    found, counted, manifest = verifier.verify(tmp_path / "2021.zip")
    assert found == []
    assert counted["broadcast"] == manifest["count"]["broadcast"]
    assert 0 < sum(counted["broadcast"].values()) < 102, "from July on nothing was heard well enough"


def test_rows_after_the_newest_seal_are_told_apart(station: Station, run: Run, tmp_path: Path) -> None:
    done = run("evidence", "export", *YEAR, str(tmp_path / "2021.zip"))
    assert "chưa được niêm phong" in done.output
    with zipfile.ZipFile(tmp_path / "2021.zip") as export:
        assert export.read("entries.jsonl") == b""
        assert len(export.read("unsealed.jsonl").splitlines()) > 90


def _rows(parts: dict[str, bytes], rnd: random.Random) -> tuple[str, list[bytes]]:
    name = rnd.choice(["entries.jsonl", "productions.jsonl"])
    return name, parts[name].splitlines(keepends=True)


def edit_row(parts: dict[str, bytes], rnd: random.Random) -> str:
    name, lines = _rows(parts, rnd)
    place = rnd.randrange(len(lines))
    values = json.loads(lines[place])
    at = rnd.randrange(2, len(values))
    values[at] = f"{values[at]}1" if isinstance(values[at], str) else 999_999
    lines[place] = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    parts[name] = b"".join(lines)
    return "row_changed"


def delete_rows(parts: dict[str, bytes], rnd: random.Random) -> str:
    name, lines = _rows(parts, rnd)
    for _ in range(rnd.choice((1, 3))):
        del lines[rnd.randrange(len(lines))]
    parts[name] = b"".join(lines)
    return "row_deleted"


def truncate_rows(parts: dict[str, bytes], rnd: random.Random) -> str:
    name, lines = _rows(parts, rnd)
    parts[name] = b"".join(lines[: rnd.randrange(len(lines))])
    return "row_deleted"


def insert_row(parts: dict[str, bytes], rnd: random.Random) -> str:
    name, lines = _rows(parts, rnd)
    values = json.loads(lines[-1])
    values[1] += rnd.randrange(1, 10_000)
    lines.append(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    parts[name] = b"".join(lines)
    return "row_inserted"


def swap_rows(parts: dict[str, bytes], rnd: random.Random) -> str:
    name, lines = _rows(parts, rnd)
    one, other = rnd.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    parts[name] = b"".join(lines)
    return "row_order"


def hide_rows(parts: dict[str, bytes], rnd: random.Random) -> str:
    """A row is taken out, and said to be of another day: the signed number of rows of its day tells."""
    name, lines = _rows(parts, rnd)
    gone = json.loads(lines.pop(rnd.randrange(len(lines))))[1]
    parts[name] = b"".join(lines)
    left_out = json.loads(parts["seals/1.left_out.json"])
    left_out[name.removesuffix(".jsonl")].append([gone, gone])
    parts["seals/1.left_out.json"] = json.dumps(left_out).encode()
    return "day_incomplete"


def edit_leaves(parts: dict[str, bytes], rnd: random.Random) -> str:
    data = bytearray(parts["seals/1.leaves"])
    data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
    parts["seals/1.leaves"] = bytes(data)
    return "leaves_differ"


def edit_seal(parts: dict[str, bytes], rnd: random.Random) -> str:
    parts["seals.jsonl"] = parts["seals.jsonl"].replace(b"2021-03-", b"2021-04-", 1)
    return "seal_unsigned"


def edit_rules(parts: dict[str, bytes], rnd: random.Random) -> str:
    parts["rules.json"] = parts["rules.json"].replace(b"0.9", b"0.1")
    return "part_changed"


def edit_manifest(parts: dict[str, bytes], rnd: random.Random) -> str:
    parts["manifest.json"] = parts["manifest.json"].replace(b'"made_at": "2026', b'"made_at": "2025')
    return "not_signed"


def drop_seal(parts: dict[str, bytes], rnd: random.Random) -> str:
    lines = parts["seals.jsonl"].splitlines(keepends=True)
    parts["seals.jsonl"] = b"".join([lines[0], lines[2]])
    return "seal_missing"


def swap_seals(parts: dict[str, bytes], rnd: random.Random) -> str:
    lines = parts["seals.jsonl"].splitlines(keepends=True)
    parts["seals.jsonl"] = b"".join([lines[0], lines[2], lines[1]])
    return "seal_order"


def garble_seal(parts: dict[str, bytes], rnd: random.Random) -> str:
    parts["seals.jsonl"] = parts["seals.jsonl"].replace(b"{", b"[", 1)
    return "seal_unreadable"


def chain_anew(parts: dict[str, bytes], rnd: random.Random) -> str:
    """The second seal is taken out and the third bears its number."""
    lines = parts["seals.jsonl"].splitlines(keepends=True)
    third = lines[2].replace(b'\\"number\\":3', b'\\"number\\":2', 1)
    parts["seals.jsonl"] = b"".join([lines[0], third])
    return "seal_chain"


def take_part(parts: dict[str, bytes], rnd: random.Random) -> str:
    del parts["seals/1.left_out.json"]
    return "part_missing"


def add_part(parts: dict[str, bytes], rnd: random.Random) -> str:
    parts["seals/9.leaves"] = b""
    return "part_added"


def edit_marks(parts: dict[str, bytes], rnd: random.Random) -> str:
    parts["seals/1.marks"] = parts["seals/1.marks"][:-1] + b"?"
    return "marks_differ"


def tell_of_billions(parts: dict[str, bytes], rnd: random.Random) -> str:
    """A few bytes tell of more rows than a computer holds."""
    name = rnd.choice(["seals/1.left_out.json", "seals/1.marks"])
    parts[name] = b'{"entries":[[1,1000000000000]],"productions":[]}\n'
    return "row_inserted"


EXPORT_TAMPERS = (
    tell_of_billions, drop_seal, swap_seals, garble_seal, chain_anew, take_part, add_part, edit_marks,
    edit_row, delete_rows, truncate_rows, insert_row, swap_rows, hide_rows, edit_leaves, edit_seal, edit_rules,
    edit_manifest,
)  # fmt: skip


def test_tampers_with_an_export_are_found_and_named(
    station: Station, run: Run, tmp_path: Path, verifier: ModuleType, clock: SteppingClock
) -> None:  # fmt: skip
    for _ in range(3):
        run("seal")
        clock.advance(timedelta(days=1))
    run("evidence", "export", *YEAR, str(tmp_path / "2021.zip"))
    with zipfile.ZipFile(tmp_path / "2021.zip") as export:
        whole = {name: export.read(name) for name in export.namelist()}
    rnd, done = random.Random(2021), Counter[str]()
    for number in range(100):
        parts, act = dict(whole), EXPORT_TAMPERS[number % len(EXPORT_TAMPERS)]
        wanted = act(parts, rnd)
        found, _, _ = verifier.verify(_zip(parts))
        codes = {code for code, _ in found}
        assert wanted in codes, (act.__name__, found[:5])
        done[act.__name__] += 1
    assert len(done) == len(EXPORT_TAMPERS)
    assert verifier.verify(_zip(whole))[0] == []
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(twice := _zip(whole), "a") as export:
        export.writestr("entries.jsonl", whole["entries.jsonl"])  # the first one is what others may unpack
    assert verifier.verify(twice)[0] == [("part_added", {"name": "entries.jsonl"})]


def _zip(parts: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as export:
        for name, data in parts.items():
            export.writestr(name, data)
    file.seek(0)
    return file


def test_every_finding_of_the_verifier_and_of_ours_has_its_sentence(verifier: ModuleType) -> None:
    source = VERIFIER.read_text(encoding="utf-8")
    for code in verifier.SENTENCES:
        assert source.count(f'"{code}"') > 1, f"{code} is never found"
    facts = dict.fromkeys(("holds", "number", "sealed", "found", "days", "fields", "until", "has", "line"), 1)
    for code in FINDINGS:
        for language in ("vi", "en"):
            assert "{" not in tell_finding(Finding(code=code, seal=1, row=2, facts=facts), language=language)
    assert "verify_export.py" in README

"""Commands at a box: what is obeyed, and that all that pretends to be a command makes no sound and leaves a row."""

import secrets
from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from audio.village.home import PlayerHome
from audio.village.orders import MOST_REFUSED, REMEMBERED
from audio.village.rows import ObeyedCommand
from audio.village.store import open_rows
from scheduler.database import Sessions
from scheduler.village_messages import Audience, Command, CommandFacts, CommandKind, Piece, encode
from tests.audio.village.commanded import (
    AREA,
    MEMBERSHIP,
    PLAN,
    STATION,
    STRANGER,
    ZONE,
    Box,
    a_command,
    a_programme,
    seal,
)
from tests.factories import NOW
from tests.fakes import SteppingClock


@pytest.fixture
def player_sessions(tmp_path: Path) -> Sessions:
    home = PlayerHome(tmp_path)
    home.keep(MEMBERSHIP)
    return open_rows(home)


@pytest.fixture
def box(player_sessions: Sessions, clock: SteppingClock) -> Box:
    return Box(player_sessions, clock)


def count_used(box: Box) -> int:
    with box.sessions.begin() as session:
        return session.scalar(select(func.count()).select_from(ObeyedCommand)) or 0


# --- what is obeyed ------------------------------------------------------------------------------------------------
def test_each_kind_does_what_it_says(player_sessions: Sessions, clock: SteppingClock) -> None:
    box = Box(player_sessions, clock, is_demonstration=True)
    programme = a_programme(starts_at=NOW - timedelta(minutes=2))
    told = box.obey(
        seal(a_command(CommandKind.VOLUME, volume=40)),
        seal(a_command(CommandKind.STOP)),
        seal(a_command(CommandKind.SAY, programme=programme)),
        seal(a_command(CommandKind.REFRESH)),
        seal(a_command(CommandKind.REPORT)),
        seal(a_command(CommandKind.UNPLUG, seconds=30)),
    )
    assert told == [("done", "")] * 6
    assert box.acts.done == [
        ("volume", 40, "Hà"), "stop", ("say", programme.broadcast_id, NOW), "refresh", "report", ("unplug", 30),
    ]  # fmt: skip


@pytest.mark.parametrize("audience", [Audience(), Audience(zone_id=ZONE), Audience(area_id=AREA), Audience(area_id=1)])
def test_a_command_for_this_zone_an_area_of_it_or_everybody_is_obeyed(box: Box, audience: Audience) -> None:
    assert box.obey(seal(a_command(audience=audience))) == [("done", "")]


def test_what_could_not_be_done_is_answered_with_why(box: Box) -> None:
    box.acts.fails = True
    assert box.obey(seal(a_command(CommandKind.SAY, programme=a_programme()))) == [("refused", "media_missing")]


# --- what is refused -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (a_command(audience=Audience(zone_id=13)), "not_for_us"),
        (a_command(audience=Audience(area_id=99)), "not_for_us"),
        (a_command(audience=Audience(zone_id=ZONE, area_id=99)), "not_for_us"),
        (a_command(issued_at=NOW - timedelta(minutes=10)), "expired"),
        (a_command(issued_at=NOW + timedelta(minutes=5, seconds=1)), "not_yet"),
        (a_command(CommandKind.VOLUME), "bad_message"),
        (a_command(CommandKind.VOLUME, volume=101), "bad_message"),
        (a_command(CommandKind.VOLUME, volume=-1), "bad_message"),
        (a_command(CommandKind.SAY), "bad_message"),
        (a_command(CommandKind.SAY, programme=a_programme(file=None)), "bad_message"),
        (a_command(CommandKind.SAY, programme=a_programme(cancelled=True)), "bad_message"),
        (
            a_command(
                CommandKind.SAY,
                programme=a_programme(
                    pieces=(Piece(role="edition", starts_s=0, seconds=9, sha256="a" * 64, language="hmn"),)
                ),
            ),
            "not_for_us",
        ),
        (a_command(CommandKind.UNPLUG, seconds=5), "not_allowed"),
    ],
)
def test_a_command_that_does_not_hold_here_and_now_is_refused(box: Box, command: Command, reason: str) -> None:
    assert box.obey(seal(command)) == [("refused", reason)]
    assert box.acts.done == []


def test_bytes_that_are_no_command_are_refused(box: Box) -> None:
    good = seal(a_command())
    body = good.partition(b"\n")[2]
    told = box.obey(
        b"", b"\xff" * 50, body, good[:-1], good[:-2] + b" }", seal(a_command(), STRANGER), STATION.seal(b"{}"),
        STATION.seal(b"[" * 100_000), STATION.seal(encode(PLAN)), b"x" * 300_000,
    )  # fmt: skip
    assert [reason for _, reason in told] == [*["bad_signature"] * 6, *["bad_message"] * 4]
    assert box.acts.done == [] and count_used(box) == 0


def test_any_flipped_bit_is_noticed(box: Box) -> None:
    good = bytearray(seal(a_command()))
    for place in range(2, len(good) * 8, 40):
        bad = bytearray(good)
        bad[place // 8] ^= 1 << place % 8
        assert box.obey(bytes(bad))[0][0] == "refused", f"bit {place}"
    assert box.acts.done == []


def test_before_a_plan_came_no_command_for_an_area_is_obeyed(box: Box) -> None:
    box.plan = None
    assert box.obey(seal(a_command(audience=Audience(area_id=AREA)))) == [("refused", "not_for_us")]
    assert box.obey(seal(a_command(audience=Audience()))) == [("done", "")]


# --- once ----------------------------------------------------------------------------------------------------------
def test_a_command_is_obeyed_once_whatever_happens_between(
    box: Box, player_sessions: Sessions, clock: SteppingClock
) -> None:
    sealed = seal(a_command())
    assert box.obey(sealed, sealed) == [("done", ""), ("refused", "replayed")]
    assert box.obey(sealed) == [("refused", "replayed")]
    again = Box(player_sessions, clock)
    assert again.obey(sealed) == [("refused", "replayed")], "after a restart"
    clock.step(timedelta(hours=-23))
    back = Box(player_sessions, clock)
    assert back.obey(sealed)[0][0] == "refused"
    assert (box.acts.done, again.acts.done, back.acts.done) == (["stop"], [], [])


def test_a_clock_that_is_set_back_does_not_make_an_obeyed_command_good_again(
    box: Box, player_sessions: Sessions, clock: SteppingClock
) -> None:
    sealed = seal(a_command())
    box.obey(sealed)
    clock.advance(timedelta(hours=2))
    box.obey(seal(a_command(issued_at=clock.now())))
    clock.step(timedelta(hours=-2))
    assert Box(player_sessions, clock).obey(sealed) == [("refused", "replayed")]


def test_what_expired_is_forgotten_after_a_while_and_still_refused(
    box: Box, player_sessions: Sessions, clock: SteppingClock
) -> None:
    sealed = seal(a_command())
    box.obey(sealed)
    clock.advance(REMEMBERED + timedelta(minutes=11))
    assert box.obey(sealed, seal(a_command(issued_at=clock.now()))) == [("refused", "replayed"), ("done", "")]
    assert count_used(box) == 1
    assert box.obey(sealed) == [("refused", "expired")]


def test_a_row_that_was_not_written_lets_the_command_come_again(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(a_command())
    with monkeypatch.context() as patched, pytest.raises(OSError):
        patched.setattr(box.orders, "_write", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        box.obey(sealed)
    assert box.obey(sealed) == [("done", "")]


# --- without the time ----------------------------------------------------------------------------------------------
def test_without_trusted_time_nothing_that_sounds_or_lasts_is_obeyed(
    player_sessions: Sessions, clock: SteppingClock
) -> None:
    box = Box(player_sessions, clock, trusted=False, is_demonstration=True)
    told = box.obey(
        seal(a_command(CommandKind.SAY, programme=a_programme())),
        seal(a_command(CommandKind.VOLUME, volume=1)),
        seal(a_command(CommandKind.UNPLUG, seconds=5)),
        seal(a_command(CommandKind.STOP)),
        seal(a_command(CommandKind.REPORT)),
    )
    assert told == [*[("refused", "no_trusted_time")] * 3, ("done", ""), ("done", "")]
    assert box.acts.done == ["stop", "report"]
    assert {row.at for row in box.journal.waiting()} == {None}


# --- floods --------------------------------------------------------------------------------------------------------
def test_four_thousand_false_commands_make_no_sound_and_leave_four_thousand_rows(box: Box) -> None:
    genuine = [seal(a_command(CommandKind.SAY, programme=a_programme())) for _ in range(1000)]
    assert box.obey(*genuine) == [("done", "")] * 1000
    obeyed = len(box.acts.done)
    late = NOW - timedelta(hours=1)
    say = {"programme": a_programme()}
    forged = [seal(a_command(CommandKind.SAY, **say), STRANGER) for _ in range(500)]
    forged += [secrets.token_bytes(200) for _ in range(500)]
    expired = [seal(a_command(CommandKind.SAY, issued_at=late, **say)) for _ in range(1000)]
    misdirected = [seal(a_command(CommandKind.SAY, audience=Audience(zone_id=13 + n), **say)) for n in range(1000)]
    told: Counter[str] = Counter()
    for first in range(0, 1000, 100):
        for some in (genuine, forged, expired, misdirected):
            told.update(reason for _, reason in box.obey(*some[first : first + 100]))
    assert told == {"replayed": 1000, "bad_signature": 1000, "expired": 1000, "not_for_us": 1000}
    assert len(box.acts.done) == obeyed, "none made a sound"
    assert len(box.journal) == 5000


def test_a_flood_without_end_is_only_counted(box: Box, clock: SteppingClock) -> None:
    for _ in range(MOST_REFUSED // 1000 + 3):
        box.orders.take([b"no"] * 1000, link=box.acts)
    rows = box.journal.waiting(limit=100_000)
    assert Counter(row.kind for row in rows) == {"command": MOST_REFUSED, "note": 1}
    assert box.obey(seal(a_command())) == [("done", "")], "what is genuine is obeyed all the same"
    clock.advance(timedelta(days=1, seconds=1))
    assert box.obey(b"no") == [("refused", "bad_signature")]


def test_facts_of_a_row_name_the_command(box: Box) -> None:
    command = a_command()
    box.obey(seal(command))
    [row] = box.journal.waiting()
    assert (row.kind, row.at) == ("command", NOW)
    assert UUID(row.facts["command_id"]) == command.command_id
    assert msgspec.convert(row.facts, CommandFacts).command_id == command.command_id

"""Villages that say something at once: one broadcast, each village in its languages, told when the file is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scheduler.config import Settings, load_settings
from scheduler.database import Sessions
from scheduler.domain.planning import BroadcastState
from scheduler.errors import NoPlayerThere, NothingToPlan
from scheduler.models import Area, CommandDelivery, Episode, RunningOrder, Zone
from scheduler.services import approval, village_commands, village_say
from scheduler.services.village_commands import OutgoingCommand
from scheduler.services.village_say import Said
from scheduler.signing import Signer, Verifier
from scheduler.village_messages import Audience, Command, CommandKind, decode
from tests.factories import NOW, a_sha256, make_area, make_edition, make_episode, make_series, make_zone
from tests.services.test_village_commands import make_player

SIGNER = Signer(b"s" * 32)


@dataclass
class Cast:
    """Two Thái villages that also hear phổ thông, one of phổ thông alone, one zone that is no village."""

    session: Session
    settings: Settings
    area: Area
    zones: dict[str, Zone]
    episode: Episode

    def say(self, audience: Audience | None = None, **more: object) -> Said:
        facts = {"by": "Hà", "user_id": None, "now": NOW, "signer": SIGNER, "settings": self.settings, **more}
        whom = audience or Audience(area_id=self.area.id)
        return village_say.say(self.session, self.episode, whom, **facts)  # type: ignore[arg-type]

    def make_files(self) -> None:
        self.session.execute(
            update(RunningOrder).values(
                transport_sha256=a_sha256("transport"), transport_bytes=9, rendition_sha256="r" * 64, seconds=600.0
            )
        )

    def outgoing(self) -> dict[str, Command]:
        codes = {zone.id: code for code, zone in self.zones.items()}
        return {codes[item.zone_id]: opened(item) for item in village_commands.find_to_send(self.session, limit=99)}


def opened(item: OutgoingCommand) -> Command:
    return decode(Verifier(SIGNER.public).open(item.body), Command)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """One open transaction on both databases."""
    with sessions() as session, session.begin():
        yield session
        session.rollback()


@pytest.fixture
def cast(session: Session, tmp_path: Path) -> Cast:
    area = make_area(session, kind="commune", name="Chiềng An")
    wanted = {"TONG": ("blt", "vi"), "HUM": ("blt", "vi"), "TO1": ("vi",)}
    zones = {
        code: make_zone(session, code=code, area=area, languages=languages, carrier="village")
        for code, languages in wanted.items()
    }
    for zone in zones.values():
        make_player(session, zone)
    make_player(session, make_zone(session, code="STUDIO", area=area, carrier="file"))
    episode = make_episode(session, make_series(session))
    for language in ("vi", "blt"):
        make_edition(session, episode, language=language)
    settings = load_settings({"LOABAN_HOME": str(tmp_path)})
    return Cast(session, settings, area, zones, episode)


def test_each_village_is_told_what_it_hears_once_the_files_are_there(cast: Cast) -> None:
    said = cast.say(exercise=True)
    assert len(said.commands) == 2, "one for each way it is heard"
    assert cast.outgoing() == {}, "there is no file yet"
    assert village_say.sign_ready(cast.session, now=NOW, signer=SIGNER) == 0
    cast.make_files()
    assert village_say.sign_ready(cast.session, now=NOW, signer=SIGNER) == 2
    assert village_say.sign_ready(cast.session, now=NOW, signer=SIGNER) == 0, "once"
    told = cast.outgoing()
    heard = {
        code: [piece.language for piece in command.programme.pieces if piece.role == "edition"]
        for code, command in told.items()
        if command.programme is not None
    }
    assert heard == {"TONG": ["blt", "vi"], "HUM": ["blt", "vi"], "TO1": ["vi"]}
    assert {command.kind for command in told.values()} == {CommandKind.SAY}
    assert told["TONG"].audience == Audience(area_id=cast.area.id)
    assert told["TO1"].audience == Audience(zone_id=cast.zones["TO1"].id), "alone in what it hears"
    programme = told["TO1"].programme
    assert programme is not None and programme.file is not None
    assert (programme.broadcast_id, programme.exercise, programme.file.sha256) == (
        said.broadcast.id, True, a_sha256("transport"),
    )  # fmt: skip
    assert told["TO1"].exercise and said.broadcast.exercise
    assert timedelta(0) < programme.starts_at - NOW < timedelta(seconds=30)


def test_what_has_its_file_already_goes_out_at_once(cast: Cast) -> None:
    cast.say()
    cast.make_files()
    village_commands.note_sent(
        cast.session, [(row.command_id, row.zone_id) for row in cast.session.scalars(select(CommandDelivery))], NOW
    )
    again = village_say.say(
        cast.session, cast.episode, Audience(zone_id=cast.zones["TONG"].id), by="Hà", user_id=None,
        now=NOW + timedelta(minutes=30), signer=SIGNER, settings=cast.settings, priority=2,
    )  # fmt: skip
    assert all(row.body for row in again.commands)
    assert set(cast.outgoing()) >= {"TONG"}


def test_only_paired_villages_are_asked_and_those_that_may_not_sound_are_told(cast: Cast) -> None:
    cast.zones["HUM"].allowed_hours = []
    cast.session.flush()
    said = cast.say()
    zones = {item.zone_id for item in cast.session.scalars(select(CommandDelivery))}
    assert zones == {cast.zones["TONG"].id, cast.zones["TO1"].id}
    assert {item.code.value for item in said.findings} == {"outside_allowed_hours"}
    with pytest.raises(NothingToPlan):
        cast.say(Audience(zone_id=cast.zones["HUM"].id))
    emergency = cast.say(Audience(zone_id=cast.zones["HUM"].id), priority=3)
    assert len(emergency.commands) == 1


def test_nobody_to_say_it_is_refused(cast: Cast) -> None:
    studio = cast.session.scalars(select(Zone).where(Zone.code == "STUDIO")).one()
    for audience in (Audience(zone_id=studio.id), Audience(area_id=9_999)):
        with pytest.raises(NoPlayerThere):
            cast.say(audience)


def test_what_was_withdrawn_or_called_off_meanwhile_is_never_signed(cast: Cast) -> None:
    said = cast.say()
    cast.make_files()
    for edition in cast.episode.editions:
        if edition.language == "blt":
            approval.withdraw(cast.session, edition, reviewer="Hà", reason="sai", now=NOW)
    assert village_say.sign_ready(cast.session, now=NOW, signer=SIGNER) == len(said.commands) - 1
    assert set(cast.outgoing()) == {"TO1"}
    other = cast.say(Audience(zone_id=cast.zones["TO1"].id), now=NOW + timedelta(hours=1))
    assert all(row.body for row in other.commands)
    third = cast.say(Audience(zone_id=cast.zones["TO1"].id), now=NOW + timedelta(hours=2))
    for row in third.commands:
        row.body = b""
    third.broadcast.state = BroadcastState.CANCELLED
    cast.session.flush()
    assert village_say.sign_ready(cast.session, now=NOW + timedelta(hours=2), signer=SIGNER) == 0


def test_what_got_no_file_in_time_expires(cast: Cast) -> None:
    cast.say()
    late = NOW + village_say.LASTS
    cast.make_files()
    assert village_say.sign_ready(cast.session, now=late, signer=SIGNER) == 0
    assert village_commands.expire(cast.session, late) == 3

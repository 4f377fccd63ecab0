"""Commands for village players: whom they reach, what waits in the outbox, which answer stands."""

import time
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.village import CommandOutcome
from scheduler.errors import BadField, NoPlayerThere
from scheduler.models import Area, CommandDelivery, Player, Zone
from scheduler.services import village_commands
from scheduler.services.village_commands import Answer
from scheduler.signing import Signer, Verifier
from scheduler.village_messages import Audience, Command, CommandKind, decode
from tests.factories import NOW, make_area, make_zone

SIGNER = Signer(b"s" * 32)
HOUR = timedelta(hours=1)
BY = {"by": "Hà", "user_id": None, "now": NOW, "signer": SIGNER, "lasts": HOUR}

LATER = {**BY, "now": NOW + timedelta(seconds=1)}


def make_player(session: Session, zone: Zone, *, revoked: bool = False) -> Player:
    number = uuid4().hex[:8]
    player = Player(
        zone_id=zone.id,
        username=f"z{zone.id}-{number}",
        public_key="0" * 64,
        broker_password="",
        token_sha256=number,
        paired_at=NOW,
        paired_by="Hà",
        revoked_at=NOW if revoked else None,
    )
    session.add(player)
    session.flush()
    return player


def make_villages(session: Session, number: int, *, area: Area | None = None, prefix: str = "V") -> list[Zone]:
    place = area or make_area(session, kind="commune", name="Chiềng An")
    zones = [make_zone(session, code=f"{prefix}{n}", area=place, carrier="village") for n in range(number)]
    for zone in zones:
        make_player(session, zone)
    return zones


def outcomes(session: Session) -> dict[int, tuple[CommandOutcome | None, str]]:
    rows = session.execute(select(CommandDelivery.zone_id, CommandDelivery.outcome, CommandDelivery.reason))
    return {zone_id: (outcome, reason) for zone_id, outcome, reason in rows}


def test_a_command_reaches_the_paired_players_of_its_audience_and_is_signed(sessions: Sessions) -> None:
    with sessions.begin() as session:
        city = make_area(session)
        commune = make_area(session, kind="commune", name="Chiềng An", parent=city)
        inside = make_villages(session, 2, area=commune)
        outside = make_villages(session, 1, area=city, prefix="W")
        make_player(session, make_zone(session, code="OLD", area=commune), revoked=True)
        make_zone(session, code="BARE", area=commune)
        row = village_commands.issue(session, CommandKind.VOLUME, Audience(area_id=commune.id), volume=40, **BY)
        assert set(outcomes(session)) == {zone.id for zone in inside}
        everybody = village_commands.issue(session, CommandKind.STOP, Audience(), **LATER)
        one = village_commands.issue(session, CommandKind.REPORT, Audience(zone_id=outside[0].id), **LATER)
        sent = village_commands.find_to_send(session, limit=100)
    assert [item.command_id for item in sent[:3]] == [everybody.id] * 3, "silence goes first"
    assert [item.command_id for item in sent[3:]] == [row.id] * 2 + [one.id]
    told = decode(Verifier(SIGNER.public).open(sent[3].body), Command)
    assert (told.kind, told.volume, told.audience) == (CommandKind.VOLUME, 40, Audience(area_id=commune.id))
    assert (told.expires_at, told.by, told.command_id) == (NOW + HOUR, "Hà", row.id)


def test_a_command_nobody_could_obey_is_refused(session: Session) -> None:
    with pytest.raises(NoPlayerThere):
        village_commands.issue(session, CommandKind.STOP, Audience(), **BY)
    area = make_area(session)
    make_villages(session, 1)
    for audience in (Audience(area_id=area.id), Audience(area_id=999), Audience(zone_id=999)):
        with pytest.raises(NoPlayerThere):
            village_commands.issue(session, CommandKind.STOP, audience, **BY)


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        (CommandKind.VOLUME, {}, "volume"),
        (CommandKind.VOLUME, {"volume": 101}, "volume"),
        (CommandKind.VOLUME, {"volume": -1}, "volume"),
        (CommandKind.STOP, {"volume": 5}, "volume"),
        (CommandKind.UNPLUG, {}, "seconds"),
        (CommandKind.STOP, {"lasts": timedelta(days=2)}, "lasts"),
        (CommandKind.STOP, {"lasts": timedelta(0)}, "lasts"),
    ],
)
def test_a_command_that_says_too_much_or_too_little_is_refused(
    session: Session, kind: CommandKind, facts: dict[str, object], field: str
) -> None:
    make_villages(session, 1)
    with pytest.raises(BadField) as refused:
        village_commands.issue(session, kind, Audience(), **{**BY, **facts})
    assert refused.value.facts["field"] == field


def test_what_was_sent_is_sent_again_to_who_has_not_answered_until_it_expires(sessions: Sessions) -> None:
    with sessions.begin() as session:
        first, second = make_villages(session, 2)
        row = village_commands.issue(session, CommandKind.STOP, Audience(), **BY)
        village_commands.note_sent(session, [item.key for item in village_commands.find_to_send(session, limit=9)], NOW)
    with sessions.begin() as session:
        assert village_commands.find_to_send(session, limit=9) == []
        answer = Answer(command_id=row.id, zone_id=first.id, outcome=CommandOutcome.DONE)
        village_commands.note_answers(session, [answer], NOW)
        assert village_commands.waiting_for_zones(session, [first.id], NOW) == []
        assert [item.zone_id for item in village_commands.waiting_for_zones(session, [second.id], NOW)] == [second.id]
        assert village_commands.waiting_for_zones(session, [second.id], NOW + HOUR) == []
        assert village_commands.expire(session, NOW + HOUR - timedelta(seconds=1)) == 0
        assert village_commands.expire(session, NOW + HOUR) == 1
        assert outcomes(session) == {
            first.id: (CommandOutcome.DONE, ""), second.id: (CommandOutcome.EXPIRED, "")
        }  # fmt: skip


def test_the_first_answer_stands_but_a_late_one_is_worth_more_than_none(sessions: Sessions) -> None:
    with sessions.begin() as session:
        (zone,) = make_villages(session, 1)
        row = village_commands.issue(session, CommandKind.STOP, Audience(), **BY)
        village_commands.expire(session, NOW + HOUR)

        def answer(outcome: CommandOutcome, reason: str = "") -> Answer:
            return Answer(command_id=row.id, zone_id=zone.id, outcome=outcome, reason=reason)

        village_commands.note_answers(session, [answer(CommandOutcome.REFUSED, "replayed")], NOW)
        assert outcomes(session)[zone.id] == (CommandOutcome.EXPIRED, ""), "a copy was refused, not the command"
        both = [answer(CommandOutcome.DONE), answer(CommandOutcome.REFUSED, "expired")]
        village_commands.note_answers(session, both, NOW)
        village_commands.note_answers(session, [answer(CommandOutcome.REFUSED, "not_for_us")], NOW)
        assert outcomes(session)[zone.id] == (CommandOutcome.DONE, "")
        stray = Answer(command_id=uuid4(), zone_id=zone.id, outcome=CommandOutcome.DONE)
        village_commands.note_answers(session, [stray], NOW)


def test_who_answered_was_sent_to_whatever_the_broker_says_later(sessions: Sessions) -> None:
    later = NOW + timedelta(seconds=5)
    with sessions.begin() as session:
        first, second = make_villages(session, 2)
        row = village_commands.issue(session, CommandKind.STOP, Audience(), **BY)
        answer = Answer(command_id=row.id, zone_id=first.id, outcome=CommandOutcome.DONE)
        village_commands.note_answers(session, [answer], NOW)
        assert [item.zone_id for item in village_commands.find_to_send(session, limit=9)] == [second.id]
        village_commands.note_sent(session, [(row.id, first.id), (row.id, second.id)], later)
        sent = dict(session.execute(select(CommandDelivery.zone_id, CommandDelivery.sent_at)).all())
    assert sent == {first.id: NOW, second.id: later}


@pytest.mark.parametrize("engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_what_is_sent_waits_for_no_answer_that_is_being_written(sessions: Sessions) -> None:
    with sessions.begin() as session:
        first, second = make_villages(session, 2)
        row = village_commands.issue(session, CommandKind.STOP, Audience(), **BY)
        keys = [(row.id, first.id), (row.id, second.id)]
    answer = Answer(command_id=row.id, zone_id=first.id, outcome=CommandOutcome.DONE)
    with sessions.begin() as answering:
        village_commands.note_answers(answering, [answer], NOW)
        with sessions.begin() as sending:
            sending.execute(text("SET LOCAL lock_timeout = '2s'"))
            village_commands.note_sent(sending, keys, NOW)
    with sessions.begin() as session:
        assert outcomes(session)[first.id] == (CommandOutcome.DONE, "")
        assert village_commands.find_to_send(session, limit=9) == []


def test_the_number_of_statements_does_not_grow_with_the_boxes(sessions: Sessions, engine: Engine) -> None:
    statements: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    def tell(session: Session, now: datetime) -> int:
        statements.clear()
        row = village_commands.issue(session, CommandKind.STOP, Audience(), **{**BY, "now": now})
        waiting = village_commands.find_to_send(session, limit=1_000)
        village_commands.note_sent(session, [item.key for item in waiting], now)
        answers = [
            Answer(command_id=row.id, zone_id=item.zone_id, outcome=CommandOutcome.DONE) for item in waiting
        ]  # fmt: skip
        village_commands.note_answers(session, answers, now)
        assert set(outcomes(session).values()) == {(CommandOutcome.DONE, "")}
        return len(statements)

    event.listen(engine, "before_cursor_execute", note)
    with sessions.begin() as session:
        make_villages(session, 1)
        for_one = tell(session, NOW)
        make_villages(session, 60, prefix="W")
        for_many = tell(session, NOW + timedelta(seconds=1))
    assert for_many == for_one
    assert max(map(len, statements)) < 2_000, "a text that grows is read anew by psycopg each time"


def test_ten_thousand_zones_are_told_within_a_second_or_two(sessions: Sessions) -> None:
    with sessions.begin() as session:
        place = make_area(session, kind="commune", name="Chiềng An")
        zone = {"area_id": place.id, "carrier": "village", "settings": {}, "created_at": NOW, "active": True}
        numbers = range(1, 10_001)
        session.execute(insert(Zone), [{"id": n, "code": f"Z{n}", "name": f"Z{n}", **zone} for n in numbers])
        player = {"public_key": "", "broker_password": "", "paired_at": NOW, "paired_by": "", "box": ""}
        session.execute(
            insert(Player), [{"zone_id": n, "username": f"z{n}", "token_sha256": str(n), **player} for n in numbers]
        )
    began = time.perf_counter()
    with sessions.begin() as session:
        row = village_commands.issue(session, CommandKind.STOP, Audience(area_id=place.id), **BY)
    with sessions.begin() as session:
        outgoing = village_commands.find_to_send(session, limit=20_000)
    out_after = time.perf_counter() - began
    with sessions.begin() as session:
        village_commands.note_sent(session, [item.key for item in outgoing], NOW)
        done = [Answer(command_id=row.id, zone_id=n, outcome=CommandOutcome.DONE) for n in numbers]
        village_commands.note_answers(session, done, NOW)
    took = time.perf_counter() - began
    assert len(outgoing) == 10_000
    assert out_after < 4 and took < 8, "several times what it takes on an idle machine"

"""What people change is in the audit trail, from what to what, and nothing else is."""

from datetime import time

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.models import AuditEntry, Loudspeaker, Slot, SlotException, User, Zone
from scheduler.services import audit, coverage
from tests.factories import NOW, make_area, make_broadcast, make_edition, make_episode, make_series, make_zone

HOA = audit.Actor(user_id=7, name="Lò Thị Hoa")


def entries(sessions: Sessions) -> list[AuditEntry]:
    with sessions.begin() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


@pytest.fixture
def zone_id(sessions: Sessions) -> int:
    with sessions.begin() as session:
        return make_zone(session, area=make_area(session)).id


def test_a_change_tells_who_what_from_what_and_to_what(sessions: Sessions, zone_id: int) -> None:
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        zone = session.get_one(Zone, zone_id)
        zone.name = "Bản Tông Nọi"
    (entry,) = entries(sessions)
    assert (entry.who, entry.user_id, entry.at) == ("Lò Thị Hoa", 7, NOW)
    assert (entry.action, entry.kind, entry.subject, entry.label) == ("changed", "zone", str(zone_id), "Bản Tông Nọi")
    assert (entry.before, entry.after) == ({"name": "Bản Tông"}, {"name": "Bản Tông Nọi"})
    assert entry.area_id is not None


def test_what_changes_together_has_one_number(sessions: Sessions, zone_id: int) -> None:
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        zone = session.get_one(Zone, zone_id)
        zone.active = False
        coverage.add_loudspeaker(session, zone, place="Nhà văn hóa")
    found = entries(sessions)
    assert {entry.kind for entry in found} == {"zone", "loudspeaker"}
    assert len({entry.change_id for entry in found}) == 1
    (made,) = (entry for entry in found if entry.kind == "loudspeaker")
    assert made.action == "created" and made.after["place"] == "Nhà văn hóa" and made.before == {}
    assert made.label == "Bản Tông · Nhà văn hóa" and made.area_id is not None


def test_two_changes_of_a_row_are_one_from_the_first_to_the_last(sessions: Sessions, zone_id: int) -> None:
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        zone = session.get_one(Zone, zone_id)
        for name in ("A", "B", "C"):
            zone.name = name
            session.flush()
    (entry,) = entries(sessions)
    assert (entry.before, entry.after) == ({"name": "Bản Tông"}, {"name": "C"})


def test_what_is_changed_and_changed_back_is_no_change(sessions: Sessions, zone_id: int) -> None:
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        zone = session.get_one(Zone, zone_id)
        zone.name = "khác"
        session.flush()
        zone.name = "Bản Tông"
    assert entries(sessions) == []


def test_what_is_removed_keeps_all_that_it_was(sessions: Sessions, zone_id: int) -> None:
    with sessions.begin() as session:
        zone = session.get_one(Zone, zone_id)
        speaker = coverage.add_loudspeaker(session, zone, place="Cổng chợ")
        number = speaker.id
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        session.delete(session.get_one(Loudspeaker, number))
    (entry,) = entries(sessions)
    assert (entry.action, entry.label, entry.after) == ("removed", "Bản Tông · Cổng chợ", {})
    assert entry.before["place"] == "Cổng chợ" and entry.before["zone_id"] == zone_id


def test_what_is_taken_out_of_a_list_is_removed(sessions: Sessions, zone_id: int) -> None:
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        coverage.set_languages(session, session.get_one(Zone, zone_id), ["vi"])
    found = {(entry.action, entry.kind, entry.label) for entry in entries(sessions)}
    assert ("removed", "zone_language", "Bản Tông · blt") in found


def test_what_is_rolled_back_leaves_no_trace(sessions: Sessions, zone_id: int) -> None:
    def fail(session: Session) -> None:
        audit.watch(session, actor=HOA, now=NOW)
        session.get_one(Zone, zone_id).name = "khác"
        session.flush()
        raise ValueError

    with pytest.raises(ValueError), sessions.begin() as session:
        fail(session)
    assert entries(sessions) == []


def test_no_password_and_no_hash_is_ever_told(sessions: Sessions) -> None:
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        session.add(User(login="hoa", name="Hoa", password_hash="$argon2id$secret", created_at=NOW))
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        user = session.scalars(select(User)).one()
        user.password_hash = "$argon2id$another"
        user.name = "Lò Thị Hoa"
    made, changed = entries(sessions)
    assert "argon2" not in str((made.after, changed.before, changed.after))
    assert changed.after["name"] == "Lò Thị Hoa"


def test_that_a_password_changed_is_told(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.add(User(login="hoa", name="Hoa", password_hash="a", created_at=NOW))
    with sessions.begin() as session:
        audit.watch(session, actor=HOA, now=NOW)
        user = session.scalars(select(User)).one()
        user.password_hash, user.password_changed_at = "b", NOW
    (entry,) = entries(sessions)
    assert entry.after["password_changed_at"] == NOW.isoformat()


def test_what_the_plan_draws_up_by_itself_is_nobodys_change(sessions: Sessions) -> None:
    with sessions.begin() as session:
        episode = make_episode(session, make_series(session))
        edition = make_edition(session, episode)
        zone = make_zone(session, area=make_area(session))
        slot = Slot(
            code="sang", title="Sáng", series_id=episode.series_id, rrule="FREQ=DAILY", starts_at_local=time(5, 30),
            valid_from=NOW.date(), created_at=NOW,
        )  # fmt: skip
        session.add(slot)
        session.flush()
        audit.watch(session, actor=HOA, now=NOW)
        one_off = make_broadcast(session, editions=(edition,), zones=(zone,))
        of_slot = make_broadcast(session, editions=(edition,), zones=(zone,))
        of_slot.slot_id, of_slot.occurrence_on = slot.id, NOW.date()
        session.add(SlotException(slot=slot, on=NOW.date(), cancelled=True, made_at=NOW))
        number = str(one_off.id)
    found = entries(sessions)
    assert {entry.kind for entry in found} >= {"slot_exception"}
    assert number in {entry.subject for entry in found if entry.kind == "broadcast"}
    (exception,) = (entry for entry in found if entry.kind == "slot_exception")
    assert exception.label == "Sáng · 24/11/2026" or exception.label.startswith("Sáng · ")


def test_the_trail_can_be_read_on_both_databases(engine: Engine, sessions: Sessions, zone_id: int) -> None:
    with sessions.begin() as session:
        audit.note(
            session, actor=HOA, now=NOW, action="exported", kind="as_run_entry", subject="2026", label="Năm 2026"
        )
    (entry,) = entries(sessions)
    assert (entry.action, entry.label) == ("exported", "Năm 2026")

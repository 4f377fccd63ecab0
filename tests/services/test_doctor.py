from collections.abc import Iterable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from audio.store import FileMediaStore
from scheduler.domain.playout import EntryKind
from scheduler.domain.programme import EditionState, IngestState
from scheduler.domain.station import Problem, SignOfLife
from scheduler.domain.time import STATION_ZONE
from scheduler.models import Airing, AiringTally, Alarm, Edition, IngestRequest, Slot, SlotException
from scheduler.services import as_run, doctor, status
from tests.factories import NOW, a_sha256, make_area, make_broadcast, make_series, make_slot, make_zone
from tests.web.station import an_entry, make_editions

SILENCE = timedelta(seconds=20)
ALIVE = SignOfLife(owner="a", role="playout", at=NOW)


def codes(problems: Iterable[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def plan_tomorrow(session: Session, *, hours: float = 24) -> None:
    make_broadcast(
        session, editions=make_editions(session), zones=(make_zone(session),), starts_in=timedelta(hours=hours)
    )


def test_a_silent_daemon_is_named(session: Session) -> None:
    assert codes(doctor.find_running_problems(session, signs=[ALIVE], now=NOW, silence=SILENCE)) == []
    later = NOW + timedelta(minutes=1)
    assert codes(doctor.find_running_problems(session, signs=[ALIVE], now=later, silence=SILENCE)) == ["playout_silent"]


def test_open_alarms_are_told_by_kind_and_subject(session: Session) -> None:
    for kind, cleared in (("carrier_down", None), ("never_heard_of", None), ("media_missing", NOW)):
        session.add(
            Alarm(
                kind=kind, subject="zone:TONG", facts={"name": "file"}, raised_at=NOW, seen_at=NOW, cleared_at=cleared
            )
        )
    session.flush()
    found = doctor.find_running_problems(session, signs=[ALIVE], now=NOW, silence=SILENCE)
    assert sorted(codes(found)) == ["carrier_down", "never_heard_of"]
    assert all(problem.facts["subject"] == "zone:TONG" for problem in found)


def test_an_instant_that_an_alarm_keeps_as_text_is_an_instant_again(session: Session) -> None:
    facts = {"reason": "disk", "starts_at": NOW.isoformat()}
    session.add(Alarm(kind="not_assembled", subject="running_order:1", facts=facts, raised_at=NOW, seen_at=NOW))
    session.flush()
    (found,) = doctor.find_running_problems(session, signs=[ALIVE], now=NOW, silence=SILENCE)
    assert found.facts["starts_at"] == NOW


def test_one_trouble_in_many_places_is_one_sentence(session: Session) -> None:
    for place in range(3):
        facts = {"name": "file", "reason": "disk"}
        session.add(Alarm(kind="carrier_down", subject=f"zone:{place}", facts=facts, raised_at=NOW, seen_at=NOW))
    session.flush()
    assert codes(doctor.find_running_problems(session, signs=[ALIVE], now=NOW, silence=SILENCE)) == ["carrier_down"]


def test_a_recording_that_waits_for_half_an_hour_waits_in_vain(session: Session) -> None:
    edition = make_editions(session)[0]
    request = IngestRequest(
        recording=edition.recordings[0], state=IngestState.RUNNING, queued_at=NOW - timedelta(minutes=31)
    )
    session.add(request)
    session.flush()
    found = doctor.find_running_problems(session, signs=[ALIVE], now=NOW, silence=SILENCE)
    assert codes(found) == ["ingest_stuck"] and found[0].facts["since"] == request.queued_at
    request.queued_at = NOW - timedelta(minutes=29)
    session.flush()
    assert doctor.find_running_problems(session, signs=[ALIVE], now=NOW, silence=SILENCE) == []


def test_a_recording_that_failed_lately_is_named(session: Session) -> None:
    edition = make_editions(session)[0]
    session.add(
        IngestRequest(recording=edition.recordings[0], state=IngestState.FAILED, queued_at=NOW, finished_at=NOW)
    )
    session.flush()
    found = doctor.find_running_problems(session, signs=[ALIVE], now=NOW, silence=SILENCE)
    assert codes(found) == ["ingest_failed"]


def find_in_plan(session: Session) -> list[str]:
    return codes(doctor.find_plan_problems(session, now=NOW, zone=STATION_ZONE))


def make_slot_every(session: Session, days: str) -> Slot:
    return make_slot(session, make_series(session, code="other"), rrule=f"FREQ=WEEKLY;BYDAY={days}")


def test_a_week_without_anything_planned_is_a_problem(session: Session) -> None:
    assert find_in_plan(session) == ["nothing_planned"]
    plan_tomorrow(session, hours=7 * 24)
    assert find_in_plan(session) == []


def test_a_slot_that_is_due_tomorrow_without_anything_approved_is_a_problem(session: Session) -> None:
    make_slot_every(session, "WE")
    plan_tomorrow(session, hours=72)
    assert find_in_plan(session) == ["nothing_for_tomorrow"]


def test_a_tomorrow_without_slots_or_with_a_broadcast_is_none(session: Session) -> None:
    make_slot_every(session, "MO,TH")
    plan_tomorrow(session, hours=72)
    assert find_in_plan(session) == []
    make_slot(session, make_series(session, code="third"), code="toi", rrule="FREQ=DAILY")
    assert find_in_plan(session) == ["nothing_for_tomorrow"]
    zone = make_zone(session, code="HUM")
    make_broadcast(session, editions=make_editions(session, number=2), zones=(zone,), starts_in=timedelta(hours=24))
    assert find_in_plan(session) == []


def test_a_slot_cancelled_or_out_of_date_tomorrow_is_not_due(session: Session) -> None:
    plan_tomorrow(session, hours=72)
    slot = make_slot_every(session, "WE")
    cancelled = SlotException(slot_id=slot.id, on=date(2026, 11, 25), cancelled=True, made_at=NOW)
    session.add(cancelled)
    session.flush()
    assert find_in_plan(session) == []
    cancelled.cancelled = False
    session.flush()
    assert find_in_plan(session) == ["nothing_for_tomorrow"]
    slot.valid_to = date(2026, 11, 25)
    session.flush()
    assert find_in_plan(session) == []


def test_tomorrow_is_the_stations_day(session: Session) -> None:
    # It is 05:00 at the station: 18.9 hours on it is still today, 19 hours on tomorrow begins.
    make_slot_every(session, "WE")
    plan_tomorrow(session, hours=18.9)
    assert find_in_plan(session) == ["nothing_for_tomorrow"]


def test_a_planned_edition_that_lost_its_approval_is_named(session: Session) -> None:
    plan_tomorrow(session)
    session.execute(update(Edition).where(Edition.language == "blt").values(state=EditionState.WITHDRAWN))
    (problem,) = doctor.find_plan_problems(session, now=NOW, zone=STATION_ZONE)
    assert problem.code == "approval_gone" and problem.facts["language"] == "blt"


def test_approval_is_of_bytes(session: Session) -> None:
    plan_tomorrow(session)
    session.execute(update(Airing).where(Airing.language == "vi").values(master_sha256=a_sha256("other bytes")))
    (problem,) = doctor.find_plan_problems(session, now=NOW, zone=STATION_ZONE)
    assert problem.code == "approval_gone" and problem.facts["language"] == "vi"


def test_an_overdue_broadcast_is_severe(session: Session) -> None:
    plan_tomorrow(session, hours=0)
    coming = status.find_coming(session, now=NOW)
    assert doctor.find_overdue(coming, now=NOW) == []
    (problem,) = doctor.find_overdue(coming, now=NOW + timedelta(minutes=1))
    assert problem.code == "broadcast_overdue" and problem.severe


def test_zones_on_a_carrier_nobody_knows_are_named(session: Session) -> None:
    make_zone(session, carrier="pigeon")
    make_zone(session, code="HUM")
    (problem,) = doctor.find_row_problems(session, carriers={"memory"})
    assert problem.facts == {"name": "pigeon", "zones": "TONG"} and problem.severe


def test_tallies_that_differ_from_the_log_are_named(session: Session) -> None:
    zone = make_zone(session, area=make_area(session, kind="commune"))
    broadcast = make_broadcast(session, editions=make_editions(session), zones=(zone,), starts_in=timedelta(0))
    entries = [an_entry(airing, zone, at=NOW, kind=EntryKind.SOUNDED) for airing in broadcast.airings]
    as_run.record(session, entries, now=NOW, zone=STATION_ZONE)
    assert doctor.find_row_problems(session, carriers={"memory"}) == []
    session.execute(update(AiringTally).values(zones_sounded=7))
    assert codes(doctor.find_row_problems(session, carriers={"memory"})) == ["tally_wrong"]


def test_files_of_approved_editions_and_of_what_airs_soon_are_wanted(session: Session) -> None:
    plan_tomorrow(session)
    make_zone(session, code="IDLE")
    wanted = doctor.wanted_media(session, now=NOW)
    assert len(wanted) == 2 and all("Số 1" in whose for whose in wanted.values())


def test_a_missing_file_is_found_and_a_changed_one_only_by_a_deep_look(tmp_path: Path) -> None:
    media = FileMediaStore(tmp_path)
    whole, changed = (media.add(BytesIO(content)).sha256 for content in (b"whole", b"soon changed"))
    path = media.path(changed)
    path.chmod(0o644)
    path.write_bytes(b"other bytes")
    wanted = {whole: "a", changed: "b", a_sha256("never stored"): "c"}
    assert codes(doctor.find_media_problems(wanted, media, deep=False)) == ["media_missing"]
    found = list(doctor.find_media_problems(wanted, media, deep=True))
    assert codes(found) == ["media_corrupt", "media_missing"]
    assert [problem.facts["whose"] for problem in found] == ["b", "c"]


def test_a_check_that_fails_itself_stops_none_of_the_others() -> None:
    def broken() -> Iterable[Problem]:
        raise OSError("no such device")

    found = list(doctor.run_checks([("soundcard", broken), ("media", lambda: [Problem(code="disk_full")])]))
    assert codes(found) == ["check_failed", "disk_full"]
    assert found[0].facts["part"] == "soundcard"

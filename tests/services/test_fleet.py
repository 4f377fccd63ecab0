"""What pages of boxes read: all at once, renewed, within a person's areas; one box; commands and what became of them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.database import Sessions
from scheduler.domain.fleet import FleetSort, FleetState, LackCode
from scheduler.domain.people import EVERYWHERE, NOWHERE, Scope
from scheduler.domain.village import CommandOutcome
from scheduler.errors import NotForWholeStation, UnknownArea, UnknownCommand, UnknownZone
from scheduler.models import Zone
from scheduler.models.village import CommandDelivery, Player, PlayerState, VillageJournalRow
from scheduler.services import fleet, fleet_box, fleet_commands, village_commands
from scheduler.services.fleet import FleetFilter
from scheduler.signing import Signer
from scheduler.village_messages import Audience, CommandKind
from tests.factories import NOW, a_sha256, make_area, make_broadcast, make_zone
from tests.fleet_rows import FILE, make_cast, make_plan, make_player, make_state, make_transports
from tests.web.station import make_editions

SIGNER = Signer(b"s" * 32)
DAY = date(2026, 11, 24)


@pytest.fixture
def cast(session: Session) -> dict[str, Zone]:
    """A zone for each way a box can be, all of which hear a broadcast at 05:30 tomorrow."""
    return fill(session)


def fill(session: Session) -> dict[str, Zone]:
    zones = make_cast(session, at=NOW)
    broadcast = make_broadcast(
        session, editions=make_editions(session), zones=tuple(zones.values()), starts_in=timedelta(hours=24, minutes=30)
    )
    make_transports(session, broadcast)
    return zones


def names(found: fleet.Found) -> list[str]:
    return [row.box.name for row in found.rows]


# --- all boxes ------------------------------------------------------------------------------------------------------
def test_each_box_is_in_the_state_it_is_in(session: Session, cast: dict[str, Zone]) -> None:
    view = fleet.load(session, now=NOW)
    states = {box.code: box.state for box in view.boxes}
    assert states == {
        "V-WELL": FleetState.ONLINE, "V-AIRING": FleetState.ON_AIR, "V-AWAY": FleetState.OFFLINE,
        "V-LACKING": FleetState.ONLINE, "V-OLD": FleetState.ONLINE, "V-SILENT": FleetState.TROUBLE,
        "V-FRESH": FleetState.NEVER_SEEN, "V-NONE": FleetState.NO_PLAYER, "V-CARD": FleetState.TROUBLE,
    }  # fmt: skip
    assert sum(fleet.count_states(view.boxes).values()) == len(cast)


def test_readiness_counts_who_holds_the_file_of_the_next_broadcast(session: Session, cast: dict[str, Zone]) -> None:
    view = fleet.load(session, now=NOW)
    told = fleet.sum_up(view, view.boxes)
    assert told is not None
    # Without: lacking (the file), old (an older plan), fresh (never seen), none (no box).
    assert (told.zones, told.ready, told.doubtful, told.offline) == (9, 5, 2, 1)
    assert told.starts_at == NOW + timedelta(hours=24, minutes=30)


def test_a_zone_that_does_not_hear_the_next_broadcast_is_not_counted(session: Session, cast: dict[str, Zone]) -> None:
    make_broadcast(
        session, editions=make_editions(session, number=2), zones=(cast["well"],), starts_in=timedelta(hours=1)
    )  # fmt: skip
    view = fleet.load(session, now=NOW)
    told = fleet.sum_up(view, view.boxes)
    assert told is not None and (told.zones, told.ready) == (1, 0)  # the file was not made


def test_nothing_planned_is_no_readiness(session: Session) -> None:
    make_cast(session, at=NOW)
    view = fleet.load(session, now=NOW)
    assert fleet.sum_up(view, view.boxes) is None


def test_what_a_person_lets_villages_say_at_once_asks_nobody_to_be_ready(
    session: Session, cast: dict[str, Zone]
) -> None:
    at_once = make_broadcast(
        session, editions=make_editions(session, number=2), zones=(cast["well"],), starts_in=timedelta(seconds=10)
    )
    issue(session, CommandKind.REFRESH, Audience(zone_id=cast["well"].id)).broadcast_id = at_once.id
    session.flush()
    view = fleet.load(session, now=NOW)
    assert view.starts_at == NOW + timedelta(hours=24, minutes=30)


def test_zones_of_other_carriers_are_no_boxes(session: Session, cast: dict[str, Zone]) -> None:
    make_zone(session, code="FM", name="Trạm FM", area=cast["well"].area, carrier="file")
    assert len(fleet.load(session, now=NOW).boxes) == len(cast)


def test_a_person_sees_the_boxes_of_their_areas_only(session: Session, cast: dict[str, Zone]) -> None:
    elsewhere = make_zone(session, code="V-FAR", name="Bản Xa", area=make_area(session, name="Hua La"))
    make_state(session, make_player(session, elsewhere, at=NOW), at=NOW)
    view = fleet.load(session, now=NOW)
    own = Scope(area_ids=frozenset({cast["well"].area_id}))
    assert {box.code for box in fleet.seen_by(view, own)} == {zone.code for zone in cast.values()}
    assert fleet.seen_by(view, NOWHERE) == []
    assert len(fleet.seen_by(view, EVERYWHERE)) == len(cast) + 1


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        (FleetFilter(), ["Bản Dửn", "Bản Lả Mường", "Bản Phiêng Ngùa"]),
        (FleetFilter(sort=FleetSort.NAME), ["Bản Ái", "Bản Dửn", "Bản Hụm"]),
        (FleetFilter(sort=FleetSort.FILES), ["Bản Tam"]),
        (FleetFilter(sort=FleetSort.SEEN), ["Bản Ái", "Bản Panh", "Bản Phiêng Ngùa"]),
        (FleetFilter(search="phieng ngua"), ["Bản Phiêng Ngùa"]),
        (FleetFilter(search="v-card"), ["Bản Dửn"]),
        (FleetFilter(state=FleetState.ON_AIR), ["Bản Hụm"]),
    ],
)
def test_boxes_are_filtered_and_put_in_order(
    session: Session, cast: dict[str, Zone], wanted: FleetFilter, first: list[str]
) -> None:
    view = fleet.load(session, now=NOW)
    assert names(fleet.find_boxes(session, view, view.boxes, wanted, on=NOW.date()))[: len(first)] == first


def test_the_boxes_that_are_not_ready_or_may_be_silent_are_found(session: Session, cast: dict[str, Zone]) -> None:
    view = fleet.load(session, now=NOW)
    found = fleet.find_boxes(session, view, view.boxes, FleetFilter(not_ready=True), on=NOW.date())
    assert {row.box.code for row in found.rows} == {"V-LACKING", "V-OLD", "V-FRESH", "V-NONE", "V-SILENT", "V-CARD"}
    lacking = next(row for row in found.rows if row.box.code == "V-LACKING")
    assert [lack.code for lack in lacking.lacks] == [LackCode.FILE_MISSING]
    assert lacking.commune == "Sơn La"


def test_a_search_finds_a_commune_too_and_pages_hold_a_hundred(session: Session) -> None:
    commune = make_area(session, name="Chiềng Cọ", kind="commune")
    for number in range(130):
        village = make_area(session, name=f"Bản {number}", kind="village", parent=commune)
        make_zone(session, code=f"B{number}", name=f"Bản {number}", area=village, carrier="village")
    view = fleet.load(session, now=NOW)
    wanted = FleetFilter(search="chieng co", sort=FleetSort.NAME)
    first, second = (fleet.find_boxes(session, view, view.boxes, wanted, on=NOW.date(), page=page) for page in (1, 2))
    assert (first.number, len(first.rows), len(second.rows)) == (130, 100, 30)
    assert not set(names(first)) & set(names(second))


# --- renewing ---------------------------------------------------------------------------------------------------------
def test_a_renewed_look_is_the_same_as_a_whole_one(session: Session, cast: dict[str, Zone]) -> None:
    before = fleet.load(session, now=NOW)
    later = NOW + timedelta(seconds=40)
    state = session.scalars(select(PlayerState).join(Player).where(Player.zone_id == cast["away"].id)).one()
    state.online, state.seen_at, state.turned_at = True, later, later
    short = session.scalars(select(PlayerState).join(Player).where(Player.zone_id == cast["lacking"].id)).one()
    short.files_ready, short.seen_at = 4, later
    session.flush()
    renewed, whole = (make(session, now=later) for make in (lambda s, now: fleet.renew(s, before, now=now), fleet.load))
    assert {box.code: box.state for box in renewed.boxes} == {box.code: box.state for box in whole.boxes}
    assert [renewed.lacks_of(box) for box in renewed.boxes] == [whole.lacks_of(box) for box in whole.boxes]
    assert fleet.sum_up(renewed, renewed.boxes) == fleet.sum_up(whole, whole.boxes)


def test_a_box_that_fell_silent_is_seen_though_it_said_nothing(session: Session, cast: dict[str, Zone]) -> None:
    before = fleet.load(session, now=NOW)
    later = NOW + timedelta(seconds=70)
    state = session.scalars(select(PlayerState).join(Player).where(Player.zone_id == cast["well"].id)).one()
    state.online, state.turned_at = False, later  # as a last will does it: not heard of, but turned
    session.flush()
    renewed = fleet.renew(session, before, now=later)
    assert next(box.state for box in renewed.boxes if box.code == "V-WELL") is FleetState.OFFLINE


def test_the_signature_changes_with_everything_pages_show(session: Session, cast: dict[str, Zone]) -> None:
    seen = [fleet.read_signature(session, now=NOW)]

    def changed() -> bool:
        session.flush()
        seen.append(fleet.read_signature(session, now=NOW))
        return seen[-1] != seen[-2]

    assert not changed()
    state = session.scalars(select(PlayerState).join(Player).where(Player.zone_id == cast["well"].id)).one()
    state.seen_at = NOW
    assert changed() and seen[-1].structure == seen[-2].structure
    issue(session, CommandKind.REFRESH, Audience(zone_id=cast["well"].id))
    assert changed()
    delivery = session.scalars(select(CommandDelivery)).one()
    delivery.sent_at = NOW
    assert changed()
    delivery.outcome = CommandOutcome.DONE
    assert changed()
    hold_back(session, cast["well"], seq=1)
    assert changed() and seen[-1].structure == seen[-2].structure
    make_player(session, cast["none"], at=NOW)
    assert changed() and seen[-1].structure != seen[-2].structure


# --- one box ------------------------------------------------------------------------------------------------------------
def test_a_box_tells_which_broadcasts_lack_their_file(session: Session, cast: dict[str, Zone]) -> None:
    view = fleet_box.load(session, "V-LACKING", EVERYWHERE, now=NOW, on=DAY)
    assert [(file.sha256, file.starts_at) for file in view.lacking] == [
        (FILE, NOW + timedelta(hours=24, minutes=30)),
        (a_sha256("later"), None),
    ]
    assert view.health is None and view.program == "loaban 0.1.0"


def test_a_box_tells_its_health_and_its_data(session: Session, cast: dict[str, Zone]) -> None:
    cast["well"].settings = {"budget_mb_per_day": 20}
    view = fleet_box.load(session, "V-WELL", EVERYWHERE, now=NOW, on=DAY)
    assert view.health is not None and view.health.clock.source == "ntp" and view.health.signal_percent == 62
    assert (view.used.on("2026-11-24"), view.used.within("2026-11")) == (3_400_000, 91_400_000)
    assert view.budget_bytes == 20_000_000
    assert fleet_box.load(session, "V-OLD", EVERYWHERE, now=NOW, on=DAY).budget_bytes == 50_000_000


def test_a_status_that_cannot_be_read_does_not_break_the_page(session: Session, cast: dict[str, Zone]) -> None:
    state = session.scalars(select(PlayerState).join(Player).where(Player.zone_id == cast["well"].id)).one()
    state.status = {"health": {"clock": "noon"}, "files_missing": None}
    session.flush()
    view = fleet_box.load(session, "V-WELL", EVERYWHERE, now=NOW, on=DAY)
    assert view.health is None and view.lacking == []


def test_the_box_before_is_told_and_the_present_one_is_another(session: Session, cast: dict[str, Zone]) -> None:
    old = session.scalars(select(Player).where(Player.zone_id == cast["well"].id)).one()
    old.revoked_at, old.revoked_by, old.revoke_reason = NOW, "Cà Văn Trưởng", "replaced"
    session.flush()
    new = make_player(session, cast["well"], at=NOW)
    view = fleet_box.load(session, "V-WELL", EVERYWHERE, now=NOW, on=DAY)
    assert view.player is new and view.former == [old] and view.state is None
    assert view.box.state is FleetState.NEVER_SEEN


@pytest.mark.parametrize("code", ["FM", "V-FAR", "NEVER"])
def test_what_is_no_box_or_elsewhere_is_unknown(session: Session, cast: dict[str, Zone], code: str) -> None:
    make_zone(session, code="FM", name="Trạm FM", area=cast["well"].area, carrier="file")
    make_zone(session, code="V-FAR", name="Bản Xa", area=make_area(session, name="Hua La"), carrier="village")
    own = Scope(area_ids=frozenset({cast["well"].area_id}))
    with pytest.raises(UnknownZone):
        fleet_box.load(session, code, own, now=NOW, on=DAY)


def test_rows_held_back_are_shown_within_a_persons_areas(session: Session, cast: dict[str, Zone]) -> None:
    for seq in range(60):
        hold_back(session, cast["silent"], seq=seq)
    rows, number = fleet_box.find_held_back(session, EVERYWHERE)
    assert (len(rows), number, rows[0].zone_code) == (50, 60, "V-SILENT")
    assert fleet_box.find_held_back(session, NOWHERE) == ([], 0)
    assert fleet_box.load(session, "V-SILENT", EVERYWHERE, now=NOW, on=DAY).held_back_number == 60
    assert fleet_box.load(session, "V-WELL", EVERYWHERE, now=NOW, on=DAY).held_back_number == 0


def hold_back(session: Session, zone: Zone, *, seq: int) -> None:
    player = session.scalars(select(Player).where(Player.zone_id == zone.id)).one()
    session.add(
        VillageJournalRow(
            player_id=player.id, instance="i1", seq=seq, boot="b1", zone_id=zone.id, kind="delivery", at=NOW, facts={},
            received_at=NOW, state="quarantined", problem={"code": "impossible", "about": "kind"},
        )
    )  # fmt: skip
    session.flush()


# --- commands -----------------------------------------------------------------------------------------------------------
def issue(session: Session, kind: CommandKind, audience: Audience, **others: object):  # type: ignore[no-untyped-def]
    return village_commands.issue(
        session, kind, audience, by="Cà Văn Trưởng", user_id=1, now=NOW, signer=SIGNER, lasts=timedelta(hours=1),
        on=DAY, **others,
    )  # type: ignore[arg-type]  # fmt: skip


def test_whom_a_command_reaches_is_told_before_it_is_sent(session: Session, cast: dict[str, Zone]) -> None:
    everyone = fleet_commands.find_reach(session, Audience(), EVERYWHERE, on=DAY)
    assert (everyone.place, everyone.boxes, everyone.online) == ("", 8, 6)
    one = fleet_commands.find_reach(session, Audience(zone_id=cast["away"].id), EVERYWHERE, on=DAY)
    assert (one.place, one.boxes, one.online, one.names) == ("Bản Phiêng Ngùa", 1, 0, ("Bản Phiêng Ngùa",))
    nobody = fleet_commands.find_reach(session, Audience(zone_id=cast["none"].id), EVERYWHERE, on=DAY)
    assert nobody.boxes == 0


def test_only_who_has_the_whole_station_reaches_everything(session: Session, cast: dict[str, Zone]) -> None:
    own = Scope(area_ids=frozenset({cast["well"].area_id}))
    with pytest.raises(NotForWholeStation):
        fleet_commands.check_audience(session, Audience(), own)
    assert fleet_commands.check_audience(session, Audience(area_id=cast["well"].area_id), own) == "Chiềng Xôm"
    parent = cast["well"].area.parent_id
    with pytest.raises(UnknownArea):
        fleet_commands.check_audience(session, Audience(area_id=parent), own)
    far = make_zone(session, code="V-FAR", name="Bản Xa", area=make_area(session, name="Hua La"), carrier="village")
    with pytest.raises(UnknownZone):
        fleet_commands.check_audience(session, Audience(zone_id=far.id), own)


def test_what_became_of_a_command_is_counted(session: Session, cast: dict[str, Zone]) -> None:
    row = issue(session, CommandKind.VOLUME, Audience(), volume=40)
    deliveries = session.scalars(select(CommandDelivery).order_by(CommandDelivery.zone_id)).all()
    for delivery, outcome in zip(deliveries, ("done", "done", "refused", "expired", None), strict=False):
        delivery.sent_at, delivery.outcome = NOW, CommandOutcome(outcome) if outcome else None
    session.flush()
    order = fleet_commands.get_order(session, row.id, EVERYWHERE)
    counts = order.counts
    assert (counts.all, counts.sent, counts.done, counts.refused, counts.expired, counts.open) == (8, 5, 2, 1, 1, 4)
    first = fleet_commands.find_deliveries(session, order, EVERYWHERE)
    assert {item.row.outcome for item in first[:2]} == {CommandOutcome.REFUSED, CommandOutcome.EXPIRED}
    assert [item.row.outcome for item in first[-2:]] == [CommandOutcome.DONE] * 2


def test_a_person_of_one_commune_sees_its_part_of_a_command_and_none_of_others(
    session: Session, cast: dict[str, Zone]
) -> None:
    far = make_zone(session, code="V-FAR", name="Bản Xa", area=make_area(session, name="Hua La"))
    make_state(session, make_player(session, far, at=NOW), at=NOW)
    both = issue(session, CommandKind.STOP, Audience())
    theirs = issue(session, CommandKind.REFRESH, Audience(zone_id=far.id))
    own = Scope(area_ids=frozenset({cast["well"].area_id}))
    order = fleet_commands.get_order(session, both.id, own)
    assert order.counts.all == 8
    assert "V-FAR" not in {item.zone_code for item in fleet_commands.find_deliveries(session, order, own)}
    with pytest.raises(UnknownCommand):
        fleet_commands.get_order(session, theirs.id, own)
    orders, number = fleet_commands.find_orders(session, own)
    assert ([item.command.id for item in orders], number) == ([both.id], 1)
    assert fleet_commands.find_orders(session, EVERYWHERE)[1] == 2


def test_the_commands_of_one_saying_are_one_order(session: Session, cast: dict[str, Zone]) -> None:
    broadcast = make_broadcast(session, editions=make_editions(session, number=2), zones=(cast["well"],))
    rows = [issue(session, CommandKind.REFRESH, Audience(zone_id=cast[key].id)) for key in ("well", "old", "silent")]
    for row in rows[:2]:
        row.broadcast_id = broadcast.id
    session.flush()
    orders, number = fleet_commands.find_orders(session, EVERYWHERE)
    assert number == 2 and sorted(order.counts.all for order in orders) == [1, 2]
    joined = fleet_commands.get_order(session, rows[1].id, EVERYWHERE)
    assert joined.counts.all == 2 and joined.episode is not None
    assert joined.place == "Bản Pùa, Bản Tông"
    assert fleet_commands.find_orders(session, EVERYWHERE, zone_id=cast["old"].id)[1] == 1


def test_a_plan_newer_than_the_box_makes_it_not_ready_at_the_next_look(session: Session, cast: dict[str, Zone]) -> None:
    zone = make_zone(session, code="V-NEW", name="Bản Mới", area=cast["well"].area)
    make_state(session, make_player(session, zone, at=NOW), at=NOW)
    make_plan(session, zone, at=NOW, version=8)
    box = fleet.load_box(session, zone.id, now=NOW)
    assert box is not None and box.facts.station_version == 8 and box.facts.plan_version == 7


def test_both_databases_tell_the_same(sessions: Sessions) -> None:
    with sessions() as session:
        cast = fill(session)
        hold_back(session, cast["silent"], seq=1)
        row = issue(session, CommandKind.VOLUME, Audience(), volume=40)
        refused, *_, done = session.scalars(select(CommandDelivery).order_by(CommandDelivery.zone_id)).all()
        refused.outcome, done.outcome = CommandOutcome.REFUSED, CommandOutcome.DONE
        session.flush()
        view = fleet.load(session, now=NOW)
        told = fleet.sum_up(view, view.boxes)
        assert told is not None and (told.zones, told.ready) == (9, 5)
        assert fleet.renew(session, view, now=NOW).boxes == view.boxes
        assert fleet.read_signature(session, now=NOW) == fleet.read_signature(session, now=NOW)
        assert fleet.find_boxes(session, view, view.boxes, FleetFilter(search="chieng xom"), on=NOW.date()).number == 9
        own = Scope(area_ids=frozenset({cast["well"].area_id}))
        assert fleet_box.find_held_back(session, own)[1] == 1
        assert len(fleet_box.load(session, "V-LACKING", own, now=NOW, on=DAY).lacking) == 2
        order = fleet_commands.get_order(session, row.id, own)
        assert (order.counts.all, order.counts.done, order.counts.refused, order.is_signed) == (8, 1, 1, True)
        outcomes = [item.row.outcome for item in fleet_commands.find_deliveries(session, order, own)]
        assert (outcomes[0], outcomes[1], outcomes[-1]) == (CommandOutcome.REFUSED, None, CommandOutcome.DONE)
        assert [item.command.id for item in fleet_commands.find_orders(session, own, zone_id=done.zone_id)[0]] == [
            row.id
        ]
        assert fleet_commands.find_reach(session, Audience(area_id=cast["well"].area_id), own, on=DAY).boxes == 8

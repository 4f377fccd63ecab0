"""Pairing boxes with zones: codes that are used once, boxes that replace each other, credentials that end."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.broker.passwords import fits
from scheduler.database import Sessions
from scheduler.domain.coverage import CarrierKind
from scheduler.errors import BadCode, BadMessage, NotAVillageZone, UnknownPlayer, UnknownZone
from scheduler.models import AuditEntry, PairingCode, Player, Zone
from scheduler.passwords import digest_pairing_code, make_pairing_code
from scheduler.services import pairing
from scheduler.signing import Signer
from tests.factories import NOW, make_area, make_zone

KEY = Signer(bytes(32)).public
OTHER_KEY = Signer(bytes([1] * 32)).public


def a_zone(session: Session, code: str = "TONG", carrier: str = CarrierKind.VILLAGE) -> Zone:
    zone = make_zone(session, code=code, area=make_area(session))
    zone.carrier = carrier
    session.flush()
    return zone


def a_code(session: Session, zone: Zone, **given: object) -> str:
    return pairing.make_code(session, zone_id=zone.id, by="Lò Văn Kỹ", now=NOW, **given)  # type: ignore[arg-type]


def test_a_code_has_eight_signs_that_nobody_mistakes_and_only_its_hash_is_kept(session: Session) -> None:
    code = a_code(session, a_zone(session))
    assert len(code) == 9 and code[4] == "-" and not set(code) & set("01ILO")
    row = session.scalars(select(PairingCode)).one()
    kept = " ".join(str(getattr(row, column.key)) for column in PairingCode.__table__.columns)
    assert code.replace("-", "") not in kept and row.code_sha256 == digest_pairing_code(f" {code.lower()} ")


def test_a_hundred_codes_are_a_hundred(session: Session) -> None:
    assert len({make_pairing_code() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "text", ["", "7K3F", "7K3F-9Q2", "7K3F-9Q2MX", "7K3F-9Q20", "7K3F-9Q2Ơ", "7K3F-9Q2\n", "Ⅷ" * 8, "\0" * 8]
)
def test_what_can_be_no_code_is_none(session: Session, text: str) -> None:
    assert digest_pairing_code(text) is None
    with pytest.raises(BadCode):
        pairing.pair(session, text, public_key=KEY, box="", now=NOW)


def test_a_box_gets_credentials_of_which_only_hashes_are_kept(session: Session) -> None:
    zone = a_zone(session)
    paired = pairing.pair(session, a_code(session, zone), public_key=KEY, box="  raspberrypi 4  ", now=NOW)
    player = paired.player
    assert player.username.startswith(f"z{zone.id}-") and len(player.username) == len(f"z{zone.id}-") + 8
    assert (player.zone_id, player.public_key, player.box, player.paired_by) == (
        zone.id, KEY, "raspberrypi 4", "Lò Văn Kỹ",
    )  # fmt: skip
    assert fits(paired.password, player.broker_password) and not fits(paired.token, player.broker_password)
    kept = " ".join(str(getattr(player, column.key)) for column in Player.__table__.columns)
    assert paired.password not in kept and paired.token not in kept
    assert pairing.find_by_token(session, paired.token) is player
    assert pairing.find_by_token(session, paired.password) is None
    ref = pairing.directory(session)[player.username]
    assert (ref.player_id, ref.zone_id, ref.public_key) == (player.id, zone.id, KEY)
    assert [login.username for login in pairing.find_logins(session)] == [player.username]


def test_another_box_cannot_use_a_code_again(session: Session) -> None:
    zone = a_zone(session)
    code = a_code(session, zone)
    first = pairing.pair(session, code, public_key=KEY, box="", now=NOW)
    with pytest.raises(BadCode):
        pairing.pair(session, code, public_key=OTHER_KEY, box="", now=NOW)
    assert pairing.get_player(session, zone.id) is first.player and first.player.public_key == KEY


def test_the_box_whose_answer_was_lost_may_ask_again_until_the_codes_end(session: Session) -> None:
    zone = a_zone(session)
    code = a_code(session, zone)
    first = pairing.pair(session, code, public_key=KEY, box="", now=NOW)
    again = pairing.pair(session, code, public_key=KEY, box="", now=NOW + timedelta(hours=23))
    assert again.player is first.player and again.token != first.token
    assert pairing.find_by_token(session, first.token) is None
    assert pairing.find_by_token(session, again.token) is first.player
    with pytest.raises(BadCode):
        pairing.pair(session, code, public_key=KEY, box="", now=NOW + timedelta(hours=24))
    pairing.revoke(session, first.player.id, by="", reason="", now=NOW)
    with pytest.raises(BadCode):
        pairing.pair(session, code, public_key=KEY, box="", now=NOW + timedelta(hours=1))


def test_wrong_used_expired_and_replaced_codes_are_refused_alike(session: Session) -> None:
    zone = a_zone(session)
    replaced = a_code(session, zone)
    used = a_code(session, zone)
    pairing.pair(session, used, public_key=OTHER_KEY, box="", now=NOW)
    expired = a_code(session, a_zone(session, "HUM"), lasts=timedelta(hours=1))
    said = set()
    for code in (replaced, used, expired, make_pairing_code(), "no code"):
        with pytest.raises(BadCode) as refused:
            pairing.pair(session, code, public_key=KEY, box="", now=NOW + timedelta(hours=1))
        said.add((refused.value.code, tuple(refused.value.facts.items())))
    assert len(said) == 1


def test_a_new_box_replaces_the_one_that_was_there(session: Session) -> None:
    zone = a_zone(session)
    old = pairing.pair(session, a_code(session, zone), public_key=KEY, box="", now=NOW)
    new = pairing.pair(session, a_code(session, zone), public_key=OTHER_KEY, box="", now=NOW + timedelta(hours=1))
    assert old.player.revoked_at == NOW + timedelta(hours=1) and old.player.revoke_reason == "replaced"
    assert pairing.find_by_token(session, old.token) is None
    assert set(pairing.directory(session)) == {new.player.username} != {old.player.username}
    assert [item.id for item in pairing.find_players(session, revoked=True)] == [new.player.id, old.player.id]


def test_a_box_that_moves_speaks_for_its_new_zone_alone(session: Session) -> None:
    tong, hum = a_zone(session), a_zone(session, "HUM")
    first = pairing.pair(session, a_code(session, tong), public_key=KEY, box="", now=NOW)
    pairing.pair(session, a_code(session, hum), public_key=KEY, box="", now=NOW)
    assert first.player.revoke_reason == "moved" and first.player.revoked_at is not None
    assert [ref.zone_id for ref in pairing.directory(session).values()] == [hum.id]


def test_a_revoked_box_stays_as_it_was_revoked(session: Session) -> None:
    zone = a_zone(session)
    paired = pairing.pair(session, a_code(session, zone), public_key=KEY, box="", now=NOW)
    for hours, by in ((1, "Lò Văn Kỹ"), (2, "another")):
        pairing.revoke(session, paired.player.id, by=by, reason=" lost ", now=NOW + timedelta(hours=hours))
    player = paired.player
    assert (player.revoked_at, player.revoked_by, player.revoke_reason) == (
        NOW + timedelta(hours=1),
        "Lò Văn Kỹ",
        "lost",
    )
    assert pairing.directory(session) == {} and pairing.find_logins(session) == ()
    assert pairing.find_by_token(session, paired.token) is None
    with pytest.raises(UnknownPlayer):
        pairing.get_player(session, zone.id)
    with pytest.raises(UnknownPlayer):
        pairing.revoke(session, 999, by="", reason="", now=NOW)


def test_codes_are_made_for_village_zones_only(session: Session) -> None:
    with pytest.raises(NotAVillageZone):
        a_code(session, a_zone(session, carrier=CarrierKind.FILE))
    with pytest.raises(UnknownZone):
        pairing.make_code(session, zone_id=999, by="", now=NOW)
    gone = a_zone(session, "HUM")
    code = a_code(session, gone)
    gone.removed_at = NOW
    with pytest.raises(UnknownZone):
        a_code(session, gone)
    with pytest.raises(BadCode):
        pairing.pair(session, code, public_key=KEY, box="", now=NOW)


@pytest.mark.parametrize("key", ["", "00", "x" * 64, KEY.upper(), f"{KEY} ", KEY + "00"])
def test_what_is_no_public_key_does_not_use_the_code_up(session: Session, key: str) -> None:
    code = a_code(session, a_zone(session))
    with pytest.raises(BadMessage):
        pairing.pair(session, code, public_key=key, box="", now=NOW)
    pairing.pair(session, code, public_key=KEY, box="", now=NOW)


def test_open_codes_are_known_until_they_are_used_or_too_old(session: Session) -> None:
    tong, hum = a_zone(session), a_zone(session, "HUM")
    code = a_code(session, tong)
    a_code(session, hum, lasts=timedelta(minutes=1))
    assert set(pairing.find_open_codes(session, now=NOW)) == {tong.id, hum.id}
    assert set(pairing.find_open_codes(session, now=NOW + timedelta(minutes=1))) == {tong.id}
    pairing.pair(session, code, public_key=KEY, box="", now=NOW)
    assert set(pairing.find_open_codes(session, now=NOW)) == {hum.id}


def test_the_trail_tells_of_codes_and_boxes_and_of_no_secret(session: Session) -> None:
    zone = a_zone(session)
    code = a_code(session, zone)
    paired = pairing.pair(session, code, public_key=KEY, box="raspberrypi", now=NOW)
    pairing.revoke(session, paired.player.id, by="Cà Thị Quản", reason="stolen", now=NOW, user_id=None)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.who, entry.label) for entry in entries] == [
        ("pairing_code", "Lò Văn Kỹ", zone.name),
        ("player_paired", "Lò Văn Kỹ", zone.name),
        ("player_revoked", "Cà Thị Quản", zone.name),
    ]
    told = " ".join(str(entry.after) for entry in entries)
    assert "raspberrypi" in told and "stolen" in told
    for secret in (code, paired.password, paired.token, paired.player.broker_password, paired.player.token_sha256):
        assert secret not in told


def test_of_two_boxes_that_use_one_code_at_once_one_is_paired(sessions: Sessions) -> None:
    with sessions.begin() as session:
        code = a_code(session, a_zone(session))
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def try_it(key: str) -> None:
        ready.wait()
        try:
            with sessions.begin() as session:
                pairing.pair(session, code, public_key=key, box="", now=NOW)
            outcomes.append("paired")
        except BadCode:
            outcomes.append("refused")

    threads = [threading.Thread(target=try_it, args=(key,)) for key in (KEY, OTHER_KEY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["paired", "refused"]
    with sessions.begin() as session:
        assert len(pairing.directory(session)) == 1

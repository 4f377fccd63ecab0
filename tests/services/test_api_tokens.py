"""Tokens let in whom they were made for, where they were made for, as long as they were made for."""

from datetime import UTC, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler.domain.people import EVERYWHERE, Right, Role, Scope
from scheduler.domain.time import STATION_ZONE, local_day
from scheduler.errors import BadField, UnknownArea, UnknownToken
from scheduler.models import ApiToken, AuditEntry
from scheduler.services import api_tokens
from tests.factories import NOW, make_area

DAY = local_day(NOW, STATION_ZONE)


def make(session: Session, **told: object) -> tuple[ApiToken, str]:
    facts = {"name": "Cổng thông tin", "role": Role.VIEWER, "area_id": None, "by": "Trưởng", "now": NOW, **told}
    return api_tokens.make(session, **facts)  # type: ignore[arg-type]


def test_a_secret_finds_its_token_and_is_kept_nowhere(session: Session) -> None:
    token, secret = make(session)
    assert api_tokens.find(session, secret, now=NOW) is token
    assert secret.startswith("loaban_") and len(secret) == 50 and secret[-4:] == token.hint
    kept = str(
        [
            [getattr(row, column.key) for column in ApiToken.__table__.columns]
            for row in session.scalars(select(ApiToken))
        ]
    )
    trail = str([(entry.label, entry.after) for entry in session.scalars(select(AuditEntry))])
    assert secret not in kept and secret not in trail and secret.removeprefix("loaban_") not in kept + trail


@pytest.mark.parametrize("wrong", ["", "loaban_", "x" * 5000, "loaban_" + "A" * 43])
def test_what_was_never_made_finds_nothing(session: Session, wrong: str) -> None:
    make(session)
    assert api_tokens.find(session, wrong, now=NOW) is None


def test_a_revoked_token_is_none_at_once_and_stays_as_it_was_revoked(session: Session) -> None:
    token, secret = make(session)
    api_tokens.revoke(session, token.id, by="Trưởng", now=NOW)
    assert api_tokens.find(session, secret, now=NOW) is None
    api_tokens.revoke(session, token.id, by="Khác", now=NOW + timedelta(days=1))
    assert (token.revoked_by, token.revoked_at) == ("Trưởng", NOW)
    assert [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))] == [
        "token_made",
        "token_revoked",
    ]


def test_a_token_lasts_as_long_as_it_was_made_for(session: Session) -> None:
    _, secret = make(session, lasts=timedelta(days=1))
    assert api_tokens.find(session, secret, now=NOW + timedelta(hours=23)) is not None
    assert api_tokens.find(session, secret, now=NOW + timedelta(days=1)) is None
    with pytest.raises(BadField):
        make(session, lasts=timedelta(0))


def test_a_token_reaches_its_area_with_all_that_lies_in_it(session: Session) -> None:
    city = make_area(session)
    commune = make_area(session, name="Chiềng Xôm", kind="commune", parent=city)
    village = make_area(session, name="Bản Tông", kind="village", parent=commune)
    other = make_area(session, name="Chiềng An", kind="commune", parent=city)
    token, _ = make(session, area_id=commune.id)
    scope = api_tokens.scope_of(session, token, on=DAY)
    assert scope.area_ids == {commune.id, village.id} and not scope.holds(other.id)
    everywhere, _ = make(session)
    assert api_tokens.scope_of(session, everywhere, on=DAY) == EVERYWHERE
    with pytest.raises(UnknownArea):
        make(session, area_id=999)


def test_who_manages_an_area_makes_and_revokes_tokens_there_only(session: Session) -> None:
    commune = make_area(session, name="Chiềng Xôm", kind="commune")
    other = make_area(session, name="Chiềng An", kind="commune")
    own = Scope(area_ids=frozenset({commune.id}))
    within, (outside, _), (whole, _) = (
        make(session, area_id=commune.id)[0],
        make(session, area_id=other.id),
        make(session),
    )
    assert [token for token, _ in api_tokens.find_tokens(session, within=own)] == [within]
    assert [area for _, area in api_tokens.find_tokens(session)] == ["", "Chiềng An", "Chiềng Xôm"]
    for token in (outside, whole):
        with pytest.raises(UnknownToken):
            api_tokens.revoke(session, token.id, by="x", now=NOW, within=own)
        assert token.revoked_at is None
    granted = api_tokens.read_grant(session, role="viewer", area="Chiềng Xôm", within=own, on=DAY)
    assert granted.area_id == commune.id
    with pytest.raises(UnknownArea):
        api_tokens.read_grant(session, role="viewer", area="Chiềng An", within=own, on=DAY)
    with pytest.raises(BadField) as refused:
        api_tokens.read_grant(session, role="viewer", area="", within=own, on=DAY)
    assert refused.value.facts["field"] == "area"


def test_the_last_use_is_noted_by_the_minute(session: Session) -> None:
    token, _ = make(session)
    assert api_tokens.is_unnoted(token, now=NOW)
    api_tokens.touch(session, token.id, now=NOW)
    session.refresh(token)
    assert token.used_at is not None and token.used_at.astimezone(UTC) == NOW
    assert not api_tokens.is_unnoted(token, now=NOW + timedelta(seconds=59))
    assert api_tokens.is_unnoted(token, now=NOW + timedelta(minutes=1))


def test_a_role_of_a_token_is_a_role_of_the_station(session: Session) -> None:
    viewer, _ = make(session)
    admin, _ = make(session, role=Role.ADMIN)
    assert api_tokens.may(viewer, Right.SEE) and not api_tokens.may(viewer, Right.MANAGE)
    assert api_tokens.may(admin, Right.MANAGE)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_token_has_a_name(session: Session, name: str) -> None:
    with pytest.raises(BadField):
        make(session, name=name)

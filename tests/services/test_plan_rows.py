"""How the running orders of a written broadcast are brought to another plan, with as few statements as are safe."""

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from scheduler.models import Programme, RunningOrder, Zone
from scheduler.services import plan_rows
from tests.factories import make_area, make_broadcast, make_edition, make_episode, make_series, make_zone

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


@pytest.mark.parametrize(
    ("held", "wanted", "statements"),
    [
        ((A, A, A), (B, B, B), 1),
        ((A, A, B), (B, B, C), 2),
        ((A, B, A), (B, A, B), 2),
        ((A, A, B), (B, C, B), 2),
        ((A, A, A), (B, B, None), 2),
        ((A, A, B), (A, A, None), 1),
        ((A, B, C), (B, C, A), 3),
        ((A, A, B), (A, A, B), 0),
    ],
)
def test_every_zone_gets_the_running_order_it_is_to_have(
    session: Session, held: tuple[str, ...], wanted: tuple[str | None, ...], statements: int
) -> None:
    area = make_area(session)
    zones = [make_zone(session, code=f"Z{number}", area=area) for number in range(len(held))]
    edition = make_edition(session, make_episode(session, make_series(session)))
    row = make_broadcast(session, editions=(edition,), zones=())
    session.add_all([RunningOrder(key=key, parts=[]) for key in (A, B, C)])
    session.flush()
    for zone, key in zip(zones, held, strict=True):
        session.add(Programme(broadcast_id=row.id, zone_id=zone.id, running_order_key=key))
    session.flush()
    before = {zone.id: key for zone, key in zip(zones, held, strict=True)}
    after = {zone.id: key for zone, key in zip(zones, wanted, strict=True) if key is not None}
    said: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *found: said.append(found[2]))
    plan_rows._drop_and_change(session, row.id, before, after)
    assert len(said) == statements
    assert dict(session.execute(select(Programme.zone_id, Programme.running_order_key)).all()) == after
    assert session.scalars(select(Zone.code)).all() == ["Z0", "Z1", "Z2"]

"""A village without a link for a week, as processes over a real Mosquitto: the log is all it did, each thing once."""

from pathlib import Path

import pytest

from tests.contracts.running_brokers import Mosquitto
from tests.e2e.outage import World

WITHIN_S = 60.0
"""Ten minutes are allowed; what takes so long here is no longer a matter of a busy computer."""
NO_POWER = 3


@pytest.mark.slow
def test_after_a_week_without_a_link_the_log_is_all_that_the_village_did_each_once(tmp_path: Path) -> None:
    world = World(
        Mosquitto(tmp_path / "broker"), tmp_path / "villages", villages=1, days=7, hours=[5.5], languages=("vi",),
        longest_back_off_s=1.0,
    )  # fmt: skip
    try:
        world.start()
        world.cut_off()
        world.live_through(off_for=[NO_POWER])
        healed = world.come_back()
    finally:
        world.close()
    assert healed.deliveries["missed daemon_down"] == 1
    # More than a second late, a start is given up: how often is a matter of how busy the computer is.
    assert healed.deliveries["sounded"] + healed.deliveries["missed too_late"] == 6
    assert healed.deliveries["sounded"] > 3
    assert healed.logged_s < WITHIN_S, healed

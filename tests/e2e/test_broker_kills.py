"""The broker dies again and again while villages write and the station orders (a hundred times in benchmarks/)."""

import logging
from pathlib import Path

import pytest

from audio.village import hand_over
from benchmarks._broker_chaos import kill_brokers
from tests.contracts.running_brokers import Embedded, Mosquitto, RunningBroker


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Embedded, Mosquitto], ids=lambda kind: kind.name)
def test_every_row_arrives_once_and_every_order_is_obeyed_once(
    kind: type[RunningBroker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "AGAIN_AFTER_S", 3.0)  # a confirmation that was lost is not waited for a minute
    logging.disable(logging.WARNING)  # what comes twice is refused by the boxes, which they tell each time
    try:
        came = kill_brokers(kind(tmp_path / "broker"), tmp_path / "boxes", kills=3, boxes=2)
    finally:
        logging.disable(logging.NOTSET)
    assert came.rows > 20
    assert came.commands > 0
    assert came.is_whole, came

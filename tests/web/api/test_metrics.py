"""What Prometheus scrapes is true, is told to tokens of the whole station only, and is what the dashboard shows."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

import scheduler
from scheduler.models import Alarm
from scheduler.models.evidence import Seal
from tests.web.api.station import asking, make_app, station_of

DEPLOY = Path(scheduler.__file__).parents[1] / "deploy"
OURS = re.compile(r"\bloaban_[a-z_]+|\bprocess_[a-z_]+")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    home: Path = tmp_path_factory.mktemp("home")
    app = make_app(home)
    station = station_of(app)
    now = station.clock.now()
    with station.sessions.begin() as session:
        for kind, seen_to in (("disk_full", None), ("clock", now), ("clock", None)):
            session.add(Alarm(kind=kind, subject=kind, facts={}, raised_at=now, seen_at=now, acknowledged_at=seen_to))
        seal = {"entries_after": 0, "entries_until": 5, "entries": 5, "productions_after": 0, "productions_until": 0}
        session.add(
            Seal(
                day=now.date() - timedelta(days=1), **seal, productions=0, root="0" * 64, marks=b"", previous="0" * 64,
                statement="", signature="0" * 128, key="0" * 64, sealed_at=now,
            )
        )  # fmt: skip
    yield app
    station.engine.dispose()


def numbers(app: Flask) -> dict[tuple[str, ...], float]:
    answer = asking(app).get("/metrics")
    assert answer.status_code == 200 and answer.content_type.startswith("text/plain; version=")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))
        for sample in family.samples
    }


def test_the_numbers_are_those_of_the_station(app: Flask) -> None:
    told = numbers(app)
    now = station_of(app).clock.now()
    assert told["loaban_zones", "on_air"] == 3 and told["loaban_zones", "ready"] == 1
    assert told["loaban_deliveries_today", "sounded"] == 3 and told["loaban_deliveries_today", "missed"] == 2
    assert told["loaban_broadcast_this_year", "vi"] == 1 and told["loaban_produced_this_year", "blt"] == 2
    assert told["loaban_alarms", "yes", "clock"] == told["loaban_alarms", "no", "clock"] == 1
    assert told["loaban_alarms", "no", "disk_full"] == 1
    assert told["loaban_silent_seconds", "playout"] == 0
    assert told["loaban_broadcasts_next_day",] == 3
    assert told["loaban_next_broadcast_timestamp_seconds",] == (now + timedelta(hours=5)).timestamp()
    assert told["loaban_sealed_until_timestamp_seconds",] % 86400 == 0 and told["loaban_seals",] == 1
    assert told["loaban_disk_free_bytes",] == 50 * 2**30 and told["loaban_clock_synchronised",] == 1


def test_the_process_counts_its_own_answers_pages_and_api_apart(app: Flask) -> None:
    before = numbers(app)
    app.test_client().get("/people/")
    asking(app).get("/api/1/none")
    after = numbers(app)
    pages, api = ("loaban_web_answer_seconds_count", "pages", "3xx"), ("loaban_web_answer_seconds_count", "api", "4xx")
    assert after[pages] == before.get(pages, 0) + 1 and after[api] == before.get(api, 0) + 1


def test_the_numbers_of_the_station_are_not_for_a_token_of_one_area(app: Flask) -> None:
    answer = asking(app, area="Chiềng An").get("/metrics")
    assert answer.status_code == 403 and answer.get_json()["code"] == "token_may_not"
    assert app.test_client().get("/metrics").status_code == 401


@pytest.mark.parametrize("path", ["grafana/loaban.json", "prometheus/loaban-alerts.yml"])
def test_dashboard_and_alerts_ask_only_for_numbers_that_there_are(app: Flask, path: str) -> None:
    text = (DEPLOY / path).read_text(encoding="utf-8")
    station = station_of(app)
    with station.sessions.begin() as session:
        from scheduler.models import PlanState

        session.merge(PlanState(id=1, wanted_at=None, written_at=station.clock.now()))
    there = {name for name, *_ in numbers(app)}
    asked = set(OURS.findall(text)) - {"loaban_token"}
    assert len(asked) > 4 and asked <= there


def test_the_dashboard_is_whole(app: Flask) -> None:
    dashboard = json.loads((DEPLOY / "grafana/loaban.json").read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 15
    places = set()
    for panel in panels:
        spot = panel["gridPos"]
        cells = {
            (x, y) for x in range(spot["x"], spot["x"] + spot["w"]) for y in range(spot["y"], spot["y"] + spot["h"])
        }
        assert not cells & places and spot["x"] + spot["w"] <= 24, panel["title"]
        places |= cells
        assert panel["type"] == "row" or (panel["description"] and all(item["expr"] for item in panel["targets"]))
    shown = set(OURS.findall(json.dumps(panels)))
    said = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name, *_ in numbers(app)}
    ours = {name for name in said if name.startswith("loaban_") and not name.endswith("_created")}
    assert ours <= {name.removesuffix("_bucket").removesuffix("_count") for name in shown}

"""The description of the protocol for other makers says what the code says."""

import importlib.util
import json
import re
from types import ModuleType

from scheduler.domain.village import Refusal
from scheduler.village_messages import FROM_PLAYER, FROM_STATION, Topic, topic_of
from tests.test_architecture import ROOT


def described() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_asyncapi", ROOT / "docs" / "asyncapi.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_kept_description_is_that_of_the_messages() -> None:
    module = described()
    assert module.OUT.read_text(encoding="utf-8") == module.text(), "run: python docs/asyncapi.py"


def test_every_topic_has_one_direction_and_is_described() -> None:
    told = json.loads(described().text())
    assert set(FROM_STATION) | set(FROM_PLAYER) == set(Topic)
    assert not set(FROM_STATION) & set(FROM_PLAYER)
    assert {channel["address"] for channel in told["channels"].values()} == {
        topic_of("{username}", topic) for topic in Topic
    }
    actions = {
        operation["channel"]["$ref"].rpartition("/")[2]: operation["action"]
        for operation in told["operations"].values()
    }
    assert {topic for topic in Topic if actions[topic] == "receive"} == set(FROM_STATION)


def test_the_page_names_every_reason_a_command_is_refused_for_and_no_other() -> None:
    page = (ROOT / "docs" / "village-protocol.md").read_text(encoding="utf-8")
    told = re.search(r"or `refused` with (.*?)\. An identifier", page, re.DOTALL)
    assert told is not None
    assert re.findall(r"`(\w+)`", told[1]) == list(Refusal)

"""Writes docs/village-protocol.asyncapi.json from the messages in the code, so that the two cannot differ."""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402

from scheduler import village_messages as said  # noqa: E402

OUT = ROOT / "docs" / "village-protocol.asyncapi.json"
BY_TOPIC: dict[said.Topic, type[said.Message]] = {
    said.Topic.PLAN: said.Plan,
    said.Topic.COMMAND: said.Command,
    said.Topic.WELCOME: said.Welcome,
    said.Topic.CONFIRM: said.Confirm,
    said.Topic.HELLO: said.Hello,
    said.Topic.STATUS: said.Status,
    said.Topic.JOURNAL: said.Journal,
}
FACTS = (said.StartedFacts, said.DeliveryFacts, said.CommandFacts)
RETAINED = (said.Topic.STATUS,)
SIGNED = (
    "One line `ed25519 <key> <signature>` in ASCII, a line feed, then the JSON that the schema describes; "
    "see docs/village-protocol.md, part 3."
)
PACKED = " All of it compressed with zlib (RFC 1950)."


def describe() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Loa Bản: station and village players",
            "version": f"{said.PROTOCOL}.0.0",
            "description": "Seen from a village player. docs/village-protocol.md says what the fields cannot say.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{broker}",
                "protocol": "secure-mqtt",
                "protocolVersion": "3.1.1",
                "description": "The address that the station names when a box is paired.",
                "variables": {"broker": {"description": "Host and port."}},
                "security": [{"$ref": "#/components/securitySchemes/box"}],
                "bindings": {"mqtt": {"cleanSession": False, "keepAlive": 60, "bindingVersion": "0.2.0"}},
            }
        },
        "channels": {topic.value: _channel(topic) for topic in BY_TOPIC},
        "operations": {_verb(topic) + topic.value.capitalize(): _operation(topic) for topic in BY_TOPIC},
        "components": {
            "securitySchemes": {"box": {"type": "userPassword", "description": "Given at pairing, by box."}},
            "messages": {topic.value: _message(topic) for topic in BY_TOPIC},
            "schemas": _schemas(),
        },
    }


def _channel(topic: said.Topic) -> dict[str, Any]:
    return {
        "address": said.topic_of("{username}", topic),
        "parameters": {"username": {"description": "The box's user name at the broker: `z<zone>-<8 digits>`."}},
        "messages": {topic.value: {"$ref": f"#/components/messages/{topic.value}"}},
    }


def _operation(topic: said.Topic) -> dict[str, Any]:
    return {
        "action": "receive" if topic in said.FROM_STATION else "send",
        "channel": {"$ref": f"#/channels/{topic.value}"},
        "messages": [{"$ref": f"#/channels/{topic.value}/messages/{topic.value}"}],
        "bindings": {"mqtt": {"qos": 1, "retain": topic in RETAINED, "bindingVersion": "0.2.0"}},
    }


def _message(topic: said.Topic) -> dict[str, Any]:
    kind = BY_TOPIC[topic]
    return {
        "name": topic.value,
        "title": kind.__name__,
        "summary": (kind.__doc__ or "").strip(),
        "description": SIGNED + (PACKED if topic is said.Topic.PLAN else ""),
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }


def _verb(topic: said.Topic) -> str:
    return "receive" if topic in said.FROM_STATION else "send"


def _schemas() -> dict[str, Any]:
    kinds = [*BY_TOPIC.values(), *FACTS]
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = " ".join(schema["description"].split())
    return schemas


def text() -> str:
    """The document as it is kept."""
    return json.dumps(describe(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    OUT.write_text(text(), encoding="utf-8")

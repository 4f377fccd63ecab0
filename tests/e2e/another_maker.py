"""Another maker's player, by docs/village-protocol.md and its AsyncAPI file alone: it knows no module of this project.

`python another_maker.py STATION CODE AUTHORITY` pairs, takes its plan and tells in lines of JSON on its standard output what it was
told and did (AUTHORITY is the file by which it knows the broker's certificate): `paired`, `welcome`, `plan`, `confirm`, `heard`, `command`, `thrown_out`. It ends when it was revoked.
"""

import base64
import contextlib
import hashlib
import json
import queue
import secrets
import sys
import time
import urllib.error
import urllib.request
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import paho.mqtt.client as mqtt
from nacl.signing import SigningKey, VerifyKey

HELLO_AGAIN_S = 2.0
FROM_STATION = ("plan", "command", "welcome", "confirm")


def tell(what: str, **facts: Any) -> None:
    """One line for whoever watches."""
    print(json.dumps({"what": what, **facts}), flush=True)  # noqa: T201 -- it is what this program is for


class Key:
    """The box's own key, and messages signed with it (part 3 of the page)."""

    def __init__(self) -> None:
        self._key = SigningKey.generate()
        self.public = bytes(self._key.verify_key)

    def seal(self, body: bytes) -> bytes:
        name, signature = name_of(self.public), base64.b64encode(self._key.sign(body).signature).decode()
        return f"ed25519 {name} {signature}\n".encode() + body


def name_of(public: bytes) -> str:
    """How a message names the key it was signed with."""
    return hashlib.sha256(public).hexdigest()[:16]


def open_signed(sealed: bytes, public: bytes) -> Any:
    """Verify the bytes first, then read them."""
    head, _, body = sealed.partition(b"\n")
    algorithm, name, signature = head.decode().split(" ")
    if (algorithm, name) != ("ed25519", name_of(public)):
        raise ValueError(head)
    VerifyKey(public).verify(body, base64.b64decode(signature))
    return json.loads(body)


def pair(station: str, code: str, key: Key) -> Any:
    """Part 2: what the box keeps as a secret."""
    proof = key.seal(f"loaban pair {code}".encode()).decode()
    asked = {"code": code, "public_key": key.public.hex(), "box": "máy hãng khác", "proof": proof}
    request = urllib.request.Request(
        f"{station}/village/pair", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class Box:
    """The player: its link, its journal and what it knows."""

    def __init__(self, member: dict[str, Any], key: Key) -> None:
        self.member, self.key = member, key
        self.name, self.boot = member["username"], secrets.token_hex(8)
        self.station = bytes.fromhex(member["station_key"])
        self.came: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.rows: dict[int, dict[str, Any]] = {}
        self.next_seq, self.offset = 1, timedelta(0)
        self.plan: dict[str, Any] = {"version": 0, "programmes": []}
        self.files: dict[str, bytes] = {}
        self.sounded: set[str] = set()
        self.obeyed: set[str] = set()
        self.nonce = ""
        self.hello_at, self.is_welcome = 0.0, False

    # --- the link (parts 1 and 4) -----------------------------------------------------------------------------------
    def connect(self, authority: str) -> None:
        host, _, port = self.member["broker_url"].partition("//")[2].partition(":")
        client = self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=self.name, clean_session=False, protocol=mqtt.MQTTv311
        )
        client.username_pw_set(self.name, self.member["password"])
        client.on_message = lambda _client, _data, message: self.came.put(
            (message.topic.rpartition("/")[2], message.payload)
        )
        client.on_connect = lambda *_: client.subscribe([(self.topic(kind), 1) for kind in FROM_STATION])
        client.on_subscribe = lambda *_: self.came.put(("connected", b""))
        client.on_disconnect = lambda *_: self.came.put(("lost", b""))
        client.reconnect_delay_set(1, 4)
        client.tls_set(ca_certs=authority)
        client.will_set(self.topic("status"), self.sealed("status", self.status(online=False)), 1, retain=True)
        client.connect(host, int(port))
        client.loop_start()

    def topic(self, kind: str) -> str:
        return f"loaban/1/{self.name}/{kind}"

    def sealed(self, kind: str, told: dict[str, Any]) -> bytes:
        return self.key.seal(json.dumps({"type": kind, "v": 1, **told}).encode())

    def say(self, kind: str, told: dict[str, Any]) -> None:
        self.client.publish(self.topic(kind), self.sealed(kind, told), 1, retain=kind == "status")

    def status(self, *, online: bool) -> dict[str, Any]:
        at = self.now().isoformat() if online and self.is_welcome else None
        known = {"instance": self.member["instance"], "boot": self.boot, "plan_version": self.plan["version"]}
        return {"online": online, "at": at, **known}

    def now(self) -> datetime:
        """The station's time: this computer's clock is trusted by nobody."""
        return datetime.now(UTC) + self.offset

    # --- the journal (parts 5 and 6) ----------------------------------------------------------------------------------
    def write(self, row: str, /, **facts: Any) -> None:
        self.rows[self.next_seq] = {"seq": self.next_seq, "at": self.now().isoformat(), "kind": row, "facts": facts}
        self.next_seq += 1
        self.hand_over()

    def hand_over(self) -> None:
        if self.rows and self.is_welcome:
            rows = [self.rows[seq] for seq in sorted(self.rows)][:100]
            self.say("journal", {"instance": self.member["instance"], "boot": self.boot, "rows": rows})

    # --- turning ------------------------------------------------------------------------------------------------------
    def turn(self) -> bool:
        """Deal with one message; False when the box was revoked."""
        if not self.is_welcome and time.monotonic() >= self.hello_at > 0:
            self.say_hello()
        try:
            kind, payload = self.came.get(timeout=0.1)
        except queue.Empty:
            self.play()
            return True
        if kind == "lost":
            return not self.is_revoked()
        if kind == "connected":
            self.is_welcome = False
            self.say_hello()
            return True
        told = open_signed(zlib.decompress(payload) if kind == "plan" else payload, self.station)
        if told["type"] == kind and told.get("to", self.name) == self.name:
            getattr(self, f"hear_{kind}")(told)
        return True

    def say_hello(self) -> None:
        self.nonce, self.asked_at = secrets.token_hex(8), datetime.now(UTC)
        self.hello_at = time.monotonic() + HELLO_AGAIN_S
        self.say(
            "hello",
            {
                "nonce": self.nonce, "instance": self.member["instance"], "boot": self.boot,
                "plan_version": self.plan["version"], "next_seq": self.next_seq,
                "oldest_seq": min(self.rows, default=self.next_seq), "program": "hãng khác 1",
            },
        )  # fmt: skip

    def hear_welcome(self, told: dict[str, Any]) -> None:
        if told["nonce"] != self.nonce:
            return
        half = (datetime.now(UTC) - self.asked_at) / 2
        self.offset, self.is_welcome = datetime.fromisoformat(told["now"]) + half - datetime.now(UTC), True
        self.rows = {seq: row for seq, row in self.rows.items() if seq >= told["confirmed_below"]}
        self.say("status", self.status(online=True))
        self.hand_over()
        tell("welcome", confirmed_below=told["confirmed_below"], next_seq=self.next_seq)

    def hear_plan(self, told: dict[str, Any]) -> None:
        if told["version"] < self.plan["version"] or told["zone_id"] != self.member["zone_id"]:
            return
        self.plan = told
        for programme in told["programmes"]:
            if programme.get("file") and not programme.get("cancelled"):
                self.fetch(programme["file"])
        self.say("status", self.status(online=True))
        tell("plan", version=told["version"], programmes=len(told["programmes"]), files=len(self.files))

    def hear_confirm(self, told: dict[str, Any]) -> None:
        if told["instance"] == self.member["instance"]:
            for seq in told["seqs"]:
                self.rows.pop(seq, None)
            tell("confirm", waiting=len(self.rows), quarantined=told.get("quarantined", []))

    def hear_command(self, told: dict[str, Any]) -> None:
        if told["command_id"] not in self.obeyed:
            self.obeyed.add(told["command_id"])
            self.write("command", command_id=told["command_id"], outcome="done")
            tell("command", kind=told["kind"], volume=told.get("volume"), by=told["by"])

    # --- files and sound ----------------------------------------------------------------------------------------------
    def fetch(self, file: dict[str, Any]) -> None:
        """In two pieces, as after a cut."""
        sha256 = file["sha256"]
        if sha256 in self.files:
            return
        first, etag = self.ask(sha256, {"Range": "bytes=0-999"})
        rest, _ = self.ask(sha256, {"Range": "bytes=1000-", "If-Range": etag})
        if hashlib.sha256(first + rest).hexdigest() == sha256 and len(first + rest) == file["size_bytes"]:
            self.files[sha256] = first + rest

    def ask(self, sha256: str, headers: dict[str, str]) -> tuple[bytes, str]:
        url = f"{self.member['station_url']}/village/files/{sha256}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.member['token']}", **headers})
        with urllib.request.urlopen(request) as answer:
            return answer.read(), str(answer.headers["ETag"])

    def play(self) -> None:
        """Begin what is due, once: it is written down before anything sounds."""
        if not self.is_welcome:
            return
        for programme in self.plan["programmes"]:
            late = (self.now() - datetime.fromisoformat(programme["starts_at"])).total_seconds()
            is_here = programme.get("file") and programme["file"]["sha256"] in self.files
            if 0 <= late < 1 and is_here and programme["broadcast_id"] not in self.sounded:
                self.sounded.add(programme["broadcast_id"])
                started_at = self.now().isoformat()
                self.write("started", broadcast_id=programme["broadcast_id"], started_at=started_at, offset_s=0.0)
                time.sleep(programme["file"]["seconds"])  # an amplifier of its own would sound now
                self.deliver(programme)

    def deliver(self, programme: dict[str, Any]) -> None:
        begin = datetime.fromisoformat(programme["starts_at"])
        for piece in programme["pieces"]:
            if piece["role"] != "edition":
                continue
            at = begin + timedelta(seconds=piece["starts_s"])
            self.write(
                "delivery", broadcast_id=programme["broadcast_id"], airing_id=piece["airing_id"], kind="sounded",
                planned_at=at.isoformat(), started_at=at.isoformat(),
                ended_at=(at + timedelta(seconds=piece["seconds"])).isoformat(), seconds_planned=piece["seconds"],
                seconds_sounded=piece["seconds"], evidence="completed",
                rendition_sha256=programme["file"]["sha256"],
            )  # fmt: skip
        tell("heard", broadcast_id=programme["broadcast_id"])

    def is_revoked(self) -> bool:
        """The broker let us go: the token says whether for ever."""
        try:
            self.ask("0" * 64, {})
        except urllib.error.HTTPError as error:
            return error.code == 401
        return False


def main(station: str, code: str, authority: str) -> None:
    """Pair, and live until revoked."""
    key = Key()
    member = pair(station, code, key)
    tell("paired", zone_code=member["zone_code"], username=member["username"])
    box = Box(member, key)
    box.connect(authority)
    while box.turn():
        pass
    tell("thrown_out")
    with contextlib.suppress(OSError):
        box.client.disconnect()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The roads by which a notice leaves the station: webhooks signed as Standard Webhooks 1.0 asks, and Apprise."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import apprise
import httpx

from scheduler.domain.reach import Message, TargetKind
from scheduler.errors import NoticeNotTaken
from scheduler.ports import Road
from scheduler.services.notices import SECRET_PREFIX

WITHIN_S: Final = 10.0
GONE: Final = 410
"""Over there nobody wants to hear any more: asking again would be in vain."""


class WebhookRoad:
    """POSTs a notice as JSON, with the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.

    The signature is `v1,` and, in Base64, the HMAC-SHA256 over `id.timestamp.body` (Standard Webhooks 1.0, “Signature
    scheme”); the id is the notice's and the same at each attempt, so that who gets it twice can tell.
    """

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=WITHIN_S, follow_redirects=False)

    def send(self, message: Message, *, address: str, secret: str, now: datetime) -> None:
        """Send it once. Raises `NoticeNotTaken`."""
        body = json.dumps(body_of(message), ensure_ascii=False).encode()
        headers = {"content-type": "application/json", **sign(message, body, secret=secret, now=now)}
        try:
            # What comes back is not read: its first line says all, and it may be without end.
            with self._client.stream("POST", address, content=body, headers=headers) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise NoticeNotTaken(reason=type(error).__name__, permanent=False) from error
        if not 200 <= status < 300:
            raise NoticeNotTaken(reason=f"HTTP {status}", permanent=status == GONE)


class AppriseRoad:
    """Sends a notice to people by whatever Apprise knows: mail, Telegram, Zalo through a gateway, SMS."""

    def send(self, message: Message, *, address: str, secret: str, now: datetime) -> None:  # noqa: ARG002 -- the port's
        """Send it once. Raises `NoticeNotTaken`."""
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it writes addresses, with their passwords
        sender = apprise.Apprise(asset=apprise.AppriseAsset(storage_mode="memory", secure_logging=True))
        if not sender.add(address):
            raise NoticeNotTaken(reason="Apprise: unknown address", permanent=True)
        kind = apprise.NotifyType.SUCCESS if message.cleared else apprise.NotifyType.WARNING
        if not sender.notify(title=message.title, body=message.text, notify_type=kind, timeout=WITHIN_S):
            raise NoticeNotTaken(reason="Apprise", permanent=False)


ROADS: Mapping[TargetKind, type[Road]] = {TargetKind.WEBHOOK: WebhookRoad, TargetKind.APPRISE: AppriseRoad}


def body_of(message: Message) -> dict[str, Any]:
    """The JSON body of a webhook; a later station may add fields."""
    return {
        "type": f"loaban.{message.kind.value}.{'cleared' if message.cleared else 'raised'}",
        "timestamp": message.at.isoformat(),
        "data": {
            "id": str(message.id),
            "kind": message.kind.value,
            "code": message.code,
            "subject": message.subject,
            "cleared": message.cleared,
            "title": message.title,
            "text": message.text,
            "facts": dict(message.facts),
        },
    }


def sign(message: Message, body: bytes, *, secret: str, now: datetime) -> dict[str, str]:
    """The headers by which the other side knows who sent these very bytes, and when."""
    stamp = str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.new(key, f"{message.id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": str(message.id),
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }

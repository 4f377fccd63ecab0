"""The player's side of MQTT: hello and welcome, the plan in, the journal out, commands to `orders`, the state told.

Every message is acknowledged to the broker only after it was dealt with and what came of it is on the disk.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from sqlalchemy.exc import SQLAlchemyError

from audio.village.hand_over import HandOver, Rows
from audio.village.inbox import Inbox, Letter, Worker
from audio.village.orders import LinkControl
from audio.village.speaker import Speaker
from audio.village.telling import Telling
from scheduler.errors import BroadcastError, LinkFull
from scheduler.mqtt import Arrived, BackOff, Link
from scheduler.ports import Clock
from scheduler.village_messages import (
    FROM_STATION,
    AnyMessage,
    Confirm,
    Hello,
    Journal,
    JournalRow,
    Plan,
    Status,
    Topic,
    Welcome,
    unpack,
)

logger = logging.getLogger(__name__)

TURN_S: Final = 0.5
"""Seconds between looks at what is to be said, when nothing comes."""
HELLO_AGAIN_S: Final = 30.0
"""A hello nobody answers is said again ever more seldom, at last after so long, or up to twice as long by lot."""
_HELLO_SOON_S: Final = 2.0
"""The first time: after a broker's restart a box may be back before the station is, and nobody hears its hello."""
HELLO_EVERY_S: Final = 6 * 3600.0
"""Also without need: a computer's own beat is a second out after so long."""
TIME_WITHIN_S: Final = 10.0
"""A command that came before the station's time is kept back so long for it."""
_BATCH: Final = 200
_PATIENCE_S: Final = 5.0
"""Seconds until what failed here (a full disk) is tried again."""
_TRIES: Final = 3
"""How often a message is read that our own program stumbles over."""
_random = secrets.SystemRandom()


class Keeper(Protocol):
    """Who holds the plan."""

    @property
    def version(self) -> int: ...  # noqa: D102
    def accept(self, sealed: bytes) -> Plan: ...  # noqa: D102


class NamedRows(Rows, Protocol):
    """The journal, with the name of its storage."""

    @property
    def instance(self) -> str: ...  # noqa: D102
    @property
    def oldest_seq(self) -> int: ...  # noqa: D102


class Trust(Clock, Protocol):
    """The trusted clock."""

    @property
    def is_trusted(self) -> bool: ...  # noqa: D102
    def learn(self, now: datetime, *, source: Literal["station"], uncertainty_s: float = 0.0) -> None: ...  # noqa: D102


class FetchesFiles(Protocol):
    """Who fetches files, over a road of its own."""

    def wake(self) -> None: ...  # noqa: D102
    def hold_off(self, seconds: float) -> None: ...  # noqa: D102


class TakesOrders(Protocol):
    """Who obeys commands."""

    def take(self, sealed: Sequence[bytes], *, link: LinkControl) -> None: ...  # noqa: D102


class VillageLink:
    """One player's link, from `start` to `stop`; it comes back by itself whatever becomes of the connection."""

    def __init__(
        self,
        *,
        speaker: Speaker,
        keeper: Keeper,
        journal: NamedRows,
        trust: Trust,
        orders: TakesOrders,
        tell_status: Callable[[], Status],
        files: FetchesFiles | None = None,
        back_off: BackOff | None = None,
    ) -> None:
        """`trust` is learned from, and measures."""
        self._speaker, self._keeper, self._journal, self._files = speaker, keeper, journal, files
        self._trust, self._orders = trust, orders
        self._mail, self._commands = Inbox(), Inbox()
        self._kept: list[Letter] = []
        self._hand_over = HandOver(journal, send=self._send_rows)
        self._telling = Telling(tell_status, send=self._send_status)
        self._hello: tuple[str, float] | None = None
        """The nonce of the hello that waits for its answer, and when it was said."""
        self._hello_at = 0.0
        """When the next one is due."""
        self._unheard = 0
        """Hellos in a row that nobody answered."""
        self._connected_at = 0.0
        self._unplug_for: int | None = None
        self._failures: dict[bytes, int] = {}
        self._workers = (
            Worker(self._turn, name="village-link"),
            Worker(self._obey, name="village-orders"),
        )
        self._link = Link(
            speaker.address,
            client_id=speaker.username,
            on_message=self._sort,
            on_connected=self._connected,
            on_lost=self._lost,
            will=(speaker.topic(Topic.STATUS), speaker.seal(self._absent())),
            clock=trust,
            back_off=back_off,
        )

    def start(self) -> None:
        """Connect, and stay connected; returns at once."""
        self._link.subscribe(*(self._speaker.topic(kind) for kind in FROM_STATION))
        for worker in self._workers:
            worker.start()
        self._link.start()

    def stop(self) -> None:
        """Say goodbye; the broker keeps what comes meanwhile."""
        for worker in self._workers:
            worker.ask_to_end()
        self._mail.wake()
        self._commands.wake()
        for worker in self._workers:
            worker.end(within_s=_PATIENCE_S)
        farewell = self._speaker.seal(self._absent(at=self._now()))
        self._link.stop(farewell=(self._speaker.topic(Topic.STATUS), farewell))

    @property
    def is_connected(self) -> bool:
        """Tell whether the broker holds the connection for alive."""
        return self._link.connected

    def push(self) -> None:
        """New rows wait, or the state changed: look now. From any thread."""
        self._mail.wake()

    # --- what commands do to the link -----------------------------------------------------------------------------
    def refresh(self) -> None:
        """Say hello again and look at files at once."""
        self._hello_at = 0.0
        if self._files is not None:
            self._files.wake()
        self.report()

    def report(self) -> None:
        """Tell the state and hand over what waits, now."""
        self._telling.tell_next()
        self.push()

    def unplug(self, seconds: int) -> None:
        """Cut the link for so long, as soon as the command was acknowledged."""
        self._unplug_for = seconds
        self.push()

    # --- called by the link, in its thread --------------------------------------------------------------------------
    def _sort(self, arrived: Arrived) -> None:
        box = self._commands if arrived.topic == self._speaker.topic(Topic.COMMAND) else self._mail
        box.put(arrived, at=self._trust.monotonic())

    def _connected(self) -> None:
        self._connected_at, self._hello_at = self._trust.monotonic(), 0.0
        self._telling.tell_next()
        self.push()

    def _lost(self, _reason: str) -> None:
        self._hand_over.shut()
        self._mail.drop()
        self._commands.drop()

    # --- commands ---------------------------------------------------------------------------------------------------
    def _obey(self) -> None:
        """One turn of a thread of its own: a stop must not wait until a plan was taken in."""
        letters = [*self._kept, *self._commands.take(most=_BATCH, within_s=0.05 if self._kept else TURN_S)]
        letters = self._kept = [letter for letter in letters if self._commands.is_current(letter)]
        waited = self._trust.monotonic() - self._connected_at
        if not letters or (not self._trust.is_trusted and waited < TIME_WITHIN_S):
            return
        try:
            self._orders.take([letter.arrived.payload for letter in letters], link=self)
        except Exception:  # edge of the loop: what could not be written comes again over the next connection
            logger.exception("link.orders_failed")
            self._ask_again(self._workers[1])
            return
        for letter in letters:
            self._link.acknowledge(letter.arrived)
        self._kept = []
        self.push()

    # --- all else ---------------------------------------------------------------------------------------------------
    def _turn(self) -> None:
        try:
            for letter in self._mail.take(most=_BATCH, within_s=TURN_S):
                self._deal_with(letter)
            if self._link.connected:
                self._speak()
        except LinkFull:
            self._workers[0].wait(_PATIENCE_S)
        except Exception:  # edge of the loop: what was not acknowledged comes again over the next connection
            logger.exception("link.turn_failed")
            self._ask_again(self._workers[0])

    def _ask_again(self, worker: Worker) -> None:
        """The broker gives once more what was not acknowledged, on a new connection."""
        worker.wait(_PATIENCE_S)
        self._link.cut()

    def _deal_with(self, letter: Letter) -> None:
        arrived = letter.arrived
        try:
            self._read(letter)
        except BroadcastError as error:
            logger.warning("link.message_refused topic=%s error=%s", arrived.topic, error)
        except (SQLAlchemyError, OSError):
            raise
        except Exception:  # a fault of ours must not keep the messages behind this one waiting for ever
            self._failures[arrived.payload] = failed = self._failures.get(arrived.payload, 0) + 1
            if failed < _TRIES:
                raise
            logger.exception("link.message_given_up topic=%s", arrived.topic)
        self._failures.pop(arrived.payload, None)
        self._link.acknowledge(arrived)

    def _read(self, letter: Letter) -> None:
        payload = letter.arrived.payload
        match letter.arrived.topic.rpartition("/")[2]:
            case Topic.PLAN if payload:
                self._keeper.accept(unpack(payload))
            case Topic.WELCOME:
                self._be_welcomed(self._speaker.open(payload, Welcome), at=letter.at)
            case Topic.CONFIRM:
                confirm = self._speaker.open(payload, Confirm)
                if confirm.to == self._speaker.username and confirm.instance == self._journal.instance:
                    self._hand_over.confirm(confirm.seqs, now=self._trust.monotonic())

    def _be_welcomed(self, welcome: Welcome, *, at: float) -> None:
        """Once for each hello: a welcome of another time would bring that time back."""
        if self._hello is None or (welcome.to, welcome.nonce) != (self._speaker.username, self._hello[0]):
            logger.info("link.welcome_of_another_hello")
            return
        half = timedelta(seconds=max(0.0, at - self._hello[1]) / 2)
        since = timedelta(seconds=max(0.0, self._trust.monotonic() - at))
        self._trust.learn(welcome.now + half + since, source="station", uncertainty_s=half.total_seconds())
        self._hello, self._unheard = None, 0
        self._hello_at = self._trust.monotonic() + (HELLO_EVERY_S if self._trust.is_trusted else HELLO_AGAIN_S)
        self._hand_over.open(confirmed_below=welcome.confirmed_below, now=self._trust.monotonic())

    def _speak(self) -> None:
        now = self._trust.monotonic()
        if now >= self._hello_at:
            self._say_hello(now)
        self._hand_over.look(now=now)
        self._telling.look(now=now)
        if self._unplug_for is not None:
            seconds, self._unplug_for = self._unplug_for, None
            if self._files is not None:
                self._files.hold_off(seconds)
            self._link.hold_off(seconds)

    def _say_hello(self, now: float) -> None:
        nonce = secrets.token_hex(8)
        hello = Hello(
            nonce=nonce,
            instance=self._journal.instance,
            boot=self._speaker.boot,
            plan_version=self._keeper.version,
            next_seq=self._journal.next_seq,
            oldest_seq=self._journal.oldest_seq,
            program=self._speaker.program,
        )
        again_after = min(HELLO_AGAIN_S, _HELLO_SOON_S * 2.0 ** min(self._unheard, 8))
        self._unheard += 1
        self._hello, self._hello_at = (nonce, now), now + again_after * _random.uniform(1, 2)
        self._publish(Topic.HELLO, hello)

    def _send_rows(self, rows: Sequence[JournalRow]) -> None:
        self._publish(
            Topic.JOURNAL, Journal(instance=self._journal.instance, boot=self._speaker.boot, rows=tuple(rows))
        )

    def _send_status(self, status: Status) -> None:
        self._publish(Topic.STATUS, status, retain=True)

    def _publish(self, topic: Topic, message: AnyMessage, *, retain: bool = False) -> None:
        self._link.publish(self._speaker.topic(topic), self._speaker.seal(message), retain=retain)

    def _absent(self, *, at: datetime | None = None) -> Status:
        return Status(
            online=False, at=at, instance=self._journal.instance, boot=self._speaker.boot,
            plan_version=self._keeper.version, program=self._speaker.program,
        )  # fmt: skip

    def _now(self) -> datetime | None:
        return self._trust.now() if self._trust.is_trusted else None

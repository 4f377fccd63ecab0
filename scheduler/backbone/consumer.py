"""Taking in what villages say: a batch in one transaction, answered after it, then acknowledged to the broker."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from msgspec import structs
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError  # noqa: A004 -- of the pool
from sqlalchemy.orm import Session

from scheduler.backbone.counts import Counts
from scheduler.backbone.opening import Directory, Heard, Refused, open_arrived
from scheduler.database import Sessions
from scheduler.domain.village import PlayerRef
from scheduler.mqtt import Arrived
from scheduler.ports import Clock
from scheduler.services import village_journal, village_state
from scheduler.services.village_journal import Handed, Kept
from scheduler.services.village_state import Greeting
from scheduler.signing import Signer
from scheduler.village_messages import AnyMessage, Confirm, Hello, Status, Topic, Welcome, encode, topic_of

logger = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError, TimeoutError)
"""The database does not answer, or is busy: asking again helps. Anything else is in the rows."""
UNUSABLE = "unusable"
CONFIRM_WITHIN_S = 2.0
"""While more waits. To ten thousand boxes that answer within a second it is said afterwards; one that hears nothing
hands over again after a minute."""


class Post(Protocol):
    """What the consumer asks of the link."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> object: ...  # noqa: D102
    def acknowledge(self, arrived: Arrived) -> None: ...  # noqa: D102


@dataclass(kw_only=True, slots=True)
class Answers:
    """What is to be told to whom, once the transaction has ended well."""

    kept: dict[tuple[int, str], Kept] = field(default_factory=dict)
    welcomes: list[tuple[PlayerRef, Hello, Welcome]] = field(default_factory=list)
    players: dict[int, PlayerRef] = field(default_factory=dict)

    def add(self, other: "Answers") -> None:
        """Take in what another transaction has brought."""
        for key, kept in other.kept.items():
            before = self.kept.get(key, Kept(seqs=()))
            self.kept[key] = Kept(
                seqs=(*before.seqs, *kept.seqs),
                quarantined=(*before.quarantined, *kept.quarantined),
                is_twin=before.is_twin or kept.is_twin,
            )
        self.welcomes += other.welcomes
        self.players.update(other.players)


class Consumer:
    """Deals with batches of messages, one after the other, in one thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        sessions: Sessions,
        directory: Directory,
        signer: Signer,
        post: Post,
        counts: Counts,
        on_kept: Callable[[], None],
        on_greeted: Callable[[Sequence[tuple[PlayerRef, Hello]]], None],
    ) -> None:
        self._clock, self._sessions, self._directory = clock, sessions, directory
        self._signer, self._post, self._counts = signer, post, counts
        self._on_kept, self._on_greeted = on_kept, on_greeted
        self._untold = Answers()
        self._untold_since: float | None = None

    def deal_with(self, batch: Sequence[Arrived], *, more_waits: bool = False) -> int:
        """Keep all that a batch says, answer it, then let the broker forget it; says how many messages that were.

        While more waits, boxes hear a little later that their rows are kept: ten thousand signatures would hold up what
        comes behind, and a box that hears nothing hands over again.

        Raises what `AWAY` names with nothing acknowledged: the same batch may be dealt with again.
        """
        self._directory.look()
        heard, refused = self._open(batch)
        answers = self._keep(heard, refused)
        self._welcome(answers)
        self._untold.add(answers)
        if self._untold_since is None:
            self._untold_since = self._clock.monotonic()
        if not more_waits or self._clock.monotonic() - self._untold_since >= CONFIRM_WITHIN_S:
            self.confirm()
        for item in refused:
            self._counts.note_refused(item)
        for arrived in batch:  # in the order of arrival, the bad ones too: brokers insist
            self._post.acknowledge(arrived)
        self._counts.add(messages=len(batch), rows=sum(len(kept.seqs) for kept in answers.kept.values()))
        return len(batch)

    def _open(self, batch: Iterable[Arrived]) -> tuple[list[Heard], list[Refused]]:
        heard, refused = [], []
        for arrived in batch:
            found = open_arrived(arrived, self._directory)
            if isinstance(found, Heard):
                heard.append(found)
            elif arrived.payload:  # an empty one takes a retained message away
                refused.append(found)
        return heard, refused

    # --- keeping ------------------------------------------------------------------------------------------------
    def _keep(self, heard: Sequence[Heard], refused: list[Refused]) -> Answers:
        if not heard:
            return Answers()
        try:
            return self._write(heard)
        except AWAY:
            raise
        except Exception:  # a row that no database takes must not keep the others out
            logger.exception("backbone.batch_failed messages=%s", len(heard))
        answers = Answers()
        for item in heard:
            answers.add(self._keep_alone(item, refused))
        return answers

    def _keep_alone(self, item: Heard, refused: list[Refused]) -> Answers:
        try:
            return self._write([item])
        except AWAY:
            raise
        except Exception as error:
            if not isinstance(item.message, Handed):
                logger.exception("backbone.message_unusable username=%s", item.player.username)
                refused.append(Refused(username=item.player.username, code=UNUSABLE, reason=repr(error)[:200]))
                return Answers()
        answers = Answers()
        for row in village_journal.single_rows(item.message):
            answers.add(self._keep_row(Heard(player=item.player, message=row), row, refused))
        return answers

    def _keep_row(self, item: Heard, row: Handed, refused: list[Refused]) -> Answers:
        try:
            return self._write([item])
        except AWAY:
            raise
        except Exception as error:
            logger.exception("backbone.row_unusable username=%s", item.player.username)
            about = type(error).__name__
        try:
            with self._sessions.begin() as session:
                kept = village_journal.keep_refused(session, row, now=self._clock.now(), reason=about)
        except AWAY:
            raise
        except Exception as error:  # not even as text: left unconfirmed, and told; the others must go on
            logger.exception("backbone.row_not_kept username=%s", item.player.username)
            refused.append(Refused(username=item.player.username, code=UNUSABLE, reason=repr(error)[:200]))
            return Answers()
        return Answers(kept=kept, players={item.player.player_id: item.player})

    def _write(self, heard: Sequence[Heard]) -> Answers:
        with self._sessions.begin() as session:
            return self._write_in(session, heard)

    def _write_in(self, session: Session, heard: Sequence[Heard]) -> Answers:
        now = self._clock.now()
        answers = Answers(players={item.player.player_id: item.player for item in heard})
        handed, greetings = [], []
        statuses: dict[int, Status] = {}
        for item in heard:
            if isinstance(item.message, Handed):
                handed.append(item.message)
            elif isinstance(item.message, Hello):
                greetings.append(Greeting(player=item.player, hello=item.message))
            else:
                statuses[item.player.player_id] = item.message
        if handed:
            answers.kept = village_journal.keep(session, handed, now=now)
            twins = {player_id for (player_id, _), kept in answers.kept.items() if kept.is_twin}
            if twins:
                village_state.note_twins(session, twins, now=now)
        if greetings:
            told = village_state.welcome_all(session, greetings, now=now)
            answers.welcomes = [
                (item.player, item.hello, answer) for item, answer in zip(greetings, told, strict=True)
            ]  # fmt: skip
        if statuses:
            village_state.note_status(session, statuses, now=now)
        return answers

    # --- answering ----------------------------------------------------------------------------------------------
    def confirm(self) -> None:
        """Tell boxes which of their rows are kept."""
        told, self._untold, self._untold_since = self._untold, Answers(), None
        for (player_id, instance), kept in told.kept.items():
            player = told.players[player_id]
            confirm = Confirm(to=player.username, instance=instance, seqs=kept.seqs, quarantined=kept.quarantined)
            self._send(player, Topic.CONFIRM, confirm)

    def _welcome(self, answers: Answers) -> None:
        for player, _, answer in answers.welcomes:
            # A box reckons with half of the way there and back: what the database took must not count.
            self._send(player, Topic.WELCOME, structs.replace(answer, now=self._clock.now()))
        if answers.kept:
            self._on_kept()
        if answers.welcomes:
            self._on_greeted([(player, hello) for player, hello, _ in answers.welcomes])

    def _send(self, player: PlayerRef, topic: Topic, message: AnyMessage) -> None:
        self._post.publish(topic_of(player.username, topic), self._signer.seal(encode(message)))

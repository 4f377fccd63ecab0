"""Handing the journal over: rows in order, a few batches ahead of the station's word, each again until it has it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from scheduler.village_messages import JournalRow

AT_ONCE: Final = 100
"""Rows in one message: some 30 kB, a few seconds on a bad link."""
AHEAD: Final = 8
"""Batches on their way before the station has confirmed the first of them."""
AGAIN_AFTER_S: Final = 60.0
"""A batch that nobody confirmed for so long is sent again, and all after it."""


class Rows(Protocol):
    """The part of the journal that is handed over."""

    def waiting(self, *, after: int = 0, limit: int = 200) -> tuple[JournalRow, ...]: ...  # noqa: D102
    def forget(self, seqs: Collection[int]) -> None: ...  # noqa: D102
    def forget_below(self, seq: int) -> None: ...  # noqa: D102
    @property
    def next_seq(self) -> int: ...  # noqa: D102


@dataclass(kw_only=True, slots=True)
class _Batch:
    """Rows that were sent and not confirmed."""

    seqs: set[int]
    sent_at: float


class HandOver:
    """Nothing is sent before the station answered on this connection, nothing forgotten before it confirmed.

    Used by one thread, but for `shut`.
    """

    def __init__(self, journal: Rows, *, send: Callable[[Sequence[JournalRow]], None]) -> None:
        self._journal, self._send = journal, send
        self._batches: list[_Batch] = []
        self._sent_to = 0
        self._is_open = False

    def open(self, *, confirmed_below: int, now: float) -> None:
        """The station said how far it has all rows: forget those, and begin after them."""
        self._journal.forget_below(min(confirmed_below, self._journal.next_seq))
        self._begin_anew()
        self._is_open = True
        self.look(now=now)

    def shut(self) -> None:
        """The link is gone: what was on its way is sent again on the next one."""
        self._is_open = False

    def confirm(self, seqs: Collection[int], *, now: float) -> None:
        """The station has these on its disk."""
        self._journal.forget(seqs)
        for batch in self._batches:
            batch.seqs.difference_update(seqs)
        self._batches = [batch for batch in self._batches if batch.seqs]
        self.look(now=now)

    def look(self, *, now: float) -> None:
        """Send what there is room for; `now` is monotonic."""
        if not self._is_open:
            return
        if self._batches and now - self._batches[0].sent_at >= AGAIN_AFTER_S:
            self._begin_anew()
        while len(self._batches) < AHEAD:
            rows = self._journal.waiting(after=self._sent_to, limit=AT_ONCE)
            if not rows:
                return
            self._send(rows)
            self._sent_to = rows[-1].seq
            self._batches.append(_Batch(seqs={row.seq for row in rows}, sent_at=now))

    def _begin_anew(self) -> None:
        self._batches.clear()
        self._sent_to = 0

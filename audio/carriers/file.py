"""Sound into files: what a zone would hear becomes a FLAC file, and a line in `sound/heard.jsonl` for each stretch."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from audio.carriers.heard import HeardLog
from audio.carriers.journal import Journal, Note
from audio.carriers.shelf import Shelf
from audio.carriers.timed import TimedSounding, Watch
from scheduler.errors import CarrierDown
from scheduler.ports import Clock, MediaStore, Permit, Stretch, Transmission

logger = logging.getLogger(__name__)

_SAME_S = 0.001
"""Two places in an edition this near are one: the log rounds to a millionth."""


class FileCarrier:
    """Carries any number of zones with one thread and no decoding; a part of a programme is cut when it is over."""

    def __init__(
        self, *, clock: Clock, media: MediaStore, home: Path, time_zone: ZoneInfo | None = None, **_others: object
    ) -> None:
        self._clock, self._media = clock, media
        self._sound = home / "sound"
        try:
            (self._sound / "open").mkdir(parents=True, exist_ok=True)
            self._log = HeardLog(self._sound / "heard.jsonl")
            self._journal = Journal(self._sound / "open")
        except OSError as error:
            raise CarrierDown(name="file", reason=f"{self._sound}: {error.strerror}") from error
        self._shelf = Shelf(self._sound, media, time_zone or UTC)
        self._watch = _Watch(clock, self._log, self._journal, self._shelf)
        self._is_closed = False
        self._close_the_dead()
        self._watch.open()

    def prepare(self, transmission: Transmission, permit: Permit) -> "_FileSounding":
        """Make ready. Raises `MediaMissing`."""
        self._media.path(transmission.rendition_sha256)
        return _FileSounding(transmission, permit, self._clock, self._watch.enter)

    def recall(self, broadcast_id: UUID, zone_code: str) -> tuple[Stretch, ...]:
        """What is known to have sounded in a zone, by a dead process or by another until its last sign of life."""
        self._close_the_dead()
        known = self._log.of(broadcast_id, zone_code)
        for note in self._journal.open_elsewhere():
            if (note.transmission.broadcast_id, note.transmission.zone_code) == (broadcast_id, zone_code):
                known += _unwritten(note, known)
        return tuple(known)

    def problems(self) -> list[str]:
        """Tell whether the folder can be written."""
        probe = self._sound / "open" / "probe"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            return [f"{self._sound}: {error.strerror}"]
        return []

    def close(self) -> None:
        """Stop everything, write down what sounded, and finish the files."""
        if self._is_closed:
            return
        self._is_closed = True
        self._watch.close()
        self._shelf.close()
        self._journal.close()
        self._log.close()

    def _close_the_dead(self) -> None:
        """Write the lines that dead processes could not, until their last sign of life, once."""
        for notes in self._journal.left_by_the_dead():
            missing = []
            for note in notes:
                transmission = note.transmission
                stretches = _unwritten(note, self._log.of(transmission.broadcast_id, transmission.zone_code))
                missing += [(transmission.broadcast_id, transmission.zone_code, stretch) for stretch in stretches]
                seconds = (note.last_seen_at - note.started_at).total_seconds()
                self._shelf.put(transmission, started_at=note.started_at, seconds=seconds)
            self._log.append(missing)


def _unwritten(note: Note, known: Sequence[Stretch]) -> list[Stretch]:
    """The stretches of a note that have no line yet; none after one that was cut short, for it ended there."""
    found = []
    for stretch in note.stretches():
        same = [
            line
            for line in known
            if line.airing_id == stretch.airing_id and abs(line.offset_s - stretch.offset_s) < _SAME_S
        ]
        if not same:
            found.append(stretch)
        elif same[0].lasts_s < stretch.lasts_s - _SAME_S:
            break
    return found


class _FileSounding(TimedSounding):
    """Knows how many of its stretches are in the log, and the number of its note in the journal."""

    __slots__ = ("note", "written")

    def __init__(
        self, transmission: Transmission, permit: Permit, clock: Clock, enter: Callable[[TimedSounding], None]
    ) -> None:
        super().__init__(transmission, permit, clock, enter)
        self.note = -1
        self.written = 0

    def finished(self, monotonic: float) -> tuple[Stretch, ...]:
        """The stretches that are over and not in the log yet."""
        if self.over is None and monotonic < self._next_end():
            return ()
        stretches = self.heard_until(monotonic)
        if self.over is None and stretches and not self._is_whole(stretches[-1]):
            stretches = stretches[:-1]
        return stretches[self.written :]

    def _next_end(self) -> float:
        """When the first airing that is not in the log will be over."""
        ends = [
            cue.starts_s + cue.lasts_s
            for cue in self.transmission.cues
            if cue.airing_id is not None and cue.starts_s + cue.lasts_s > self.transmission.offset_s
        ]
        if self.written >= len(ends):
            return self.ends
        return (self.began or 0.0) + ends[self.written] - self.transmission.offset_s

    def _is_whole(self, stretch: Stretch) -> bool:
        return any(
            cue.airing_id == stretch.airing_id and stretch.offset_s + stretch.lasts_s >= cue.lasts_s - _SAME_S
            for cue in self.transmission.cues
        )


class _Watch(Watch):
    """Writes the log, the journal and its sign of life."""

    def __init__(self, clock: Clock, log: HeardLog, journal: Journal, shelf: Shelf) -> None:
        super().__init__(clock, name="file carrier")
        self._log, self._journal, self._shelf = log, journal, shelf

    def began(self, batch: Sequence[TimedSounding]) -> None:
        """Note that these sound."""
        noted = [(sounding.transmission, sounding.started_at) for sounding in batch]
        for sounding, number in zip(batch, self._journal.begin(noted, now=self._clock.now()), strict=True):
            if isinstance(sounding, _FileSounding):
                sounding.note = number

    def heard(self, batch: Sequence[TimedSounding], monotonic: float) -> None:
        """Write the stretches that are over, then close the notes of the programmes that are."""
        ours = [sounding for sounding in batch if isinstance(sounding, _FileSounding)]
        lines: list[tuple[UUID, str, Stretch]] = []
        written: list[tuple[_FileSounding, int]] = []
        for sounding in ours:
            stretches = sounding.finished(monotonic)
            transmission = sounding.transmission
            written.append((sounding, len(stretches)))
            lines += [(transmission.broadcast_id, transmission.zone_code, stretch) for stretch in stretches]
        if lines:
            self._log.append(lines)
        for sounding, count in written:  # only now: what the disk refused is tried again at the next look
            sounding.written += count
        over = [sounding for sounding in ours if sounding.over is not None]
        if over:
            self._journal.end([sounding.note for sounding in over])
        for sounding in over:
            self._shelf.put(
                sounding.transmission,
                started_at=sounding.started_at,
                seconds=(sounding.over or 0.0) - (sounding.began or 0.0),
            )

    def beat(self) -> None:
        """Touch the journal."""
        self._journal.beat(self._clock.now())

"""The files of what each zone heard, by zone and day: whole programmes are links, parts are cut (always as FLAC)."""

import logging
import os
import queue
import shutil
import threading
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from audio.playable import ending_of
from scheduler.errors import BroadcastError
from scheduler.ports import MediaStore, Transmission

logger = logging.getLogger(__name__)

_STEP_S = 0.05
"""Parts are cut to this grid, so that zones that stopped together share one file; the log has the exact places."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """What one zone heard of a file, from and until seconds of it."""

    sha256: str
    folder: Path
    name: str
    """Without the ending: that depends on what kind of file it is."""
    from_s: float
    until_s: float | None
    """None: to the end."""


class Shelf:
    """Puts files in place one after the other, in a thread of its own."""

    def __init__(self, folder: Path, media: MediaStore, time_zone: tzinfo) -> None:
        self._folder, self._media, self._time_zone = folder, media, time_zone
        self._waiting: queue.SimpleQueue[_Part | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="file carrier's shelf", daemon=True)
        self._last_cut: tuple[str, float, float | None, Path] | None = None

    def put(self, transmission: Transmission, *, started_at: datetime, seconds: float) -> None:
        """Keep what a zone heard of a programme; returns at once."""
        until_s = transmission.offset_s + seconds
        if seconds <= 0:
            return
        is_to_the_end = until_s >= transmission.seconds - _STEP_S
        day = started_at.astimezone(self._time_zone).date()
        begins = f"-{transmission.offset_s:.3f}" if transmission.offset_s else ""
        self._waiting.put(
            _Part(
                sha256=transmission.rendition_sha256,
                folder=self._folder / folder_name(transmission.zone_code) / day.isoformat(),
                name=f"{transmission.broadcast_id}{begins}",
                from_s=_on_grid(transmission.offset_s),
                until_s=None if is_to_the_end else _on_grid(until_s),
            )
        )
        if not self._thread.is_alive():
            self._thread.start()

    def close(self) -> None:
        """Finish what waits."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (part := self._waiting.get()) is not None:
            try:
                self._keep(part)
            except (OSError, BroadcastError) as error:
                logger.warning("sound.not_kept target=%s reason=%s", part.folder / part.name, error)

    def _keep(self, part: _Part) -> None:
        part.folder.mkdir(parents=True, exist_ok=True)
        source = self._media.path(part.sha256)
        if part.from_s == 0 and part.until_s is None:
            _link(source, part.folder / f"{part.name}{ending_of(source)}")
            return
        target = part.folder / f"{part.name}.flac"
        cut = (part.sha256, part.from_s, part.until_s)
        if self._last_cut and self._last_cut[:3] == cut and self._last_cut[3].exists():
            _link(self._last_cut[3], target)
            return
        from audio.flac import cut_flac  # brings FFmpeg along: only a part that was cut short needs it

        cut_flac(source, target, from_s=part.from_s, until_s=part.until_s)
        self._last_cut = (*cut, target)


def folder_name(zone_code: str) -> str:
    """A zone's code as the name of a folder: letters and digits stay, all else is spelled as its number."""
    return "".join(sign if sign.isalnum() or sign in "-_" else f"%{ord(sign):X}" for sign in zone_code)


def _on_grid(seconds: float) -> float:
    return round(seconds / _STEP_S) * _STEP_S


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)

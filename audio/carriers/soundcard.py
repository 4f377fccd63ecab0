"""Sound through a sound card of this computer: a named device or the default one, by PortAudio."""

import importlib
import logging
import threading
import time
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

from audio.carriers.stream_clock import StreamClock
from audio.carriers.timed import sounded
from audio.carriers.volume import Fader, Volume
from audio.playable import RATE, SAMPLE_BYTES, read_from
from scheduler.domain.playout import Evidence
from scheduler.errors import CarrierDown
from scheduler.ports import PERMIT_LOST, Clock, MediaStore, Outcome, Permit, Stretch, Transmission

logger = logging.getLogger(__name__)

_LATENCY_S = 0.15
"""What the device may hold: short enough that it is silent a quarter of a second after it must be."""
_BLOCK = 480
"""Samples that the device asks for at a time; left to choose, PortAudio stalls on PulseAudio."""
_PRIMED_S, _PRIMED_WITHIN_S = 0.25, 2.0
"""A device runs once it has taken more silence than it can hold; PulseAudio takes up to half a second for that."""
_DRAIN_S = 0.1
_AHEAD_S = 5.0
_ASKED_AGAIN_AFTER_S = 60.0
"""Whether the device can sound is asked this often at most: each time it is opened."""
_DEAD_AFTER_S = 1.0
"""A device that asks for no samples for so long is gone."""


class SoundcardCarrier:
    """One stream for each programme; the system's mixer joins zones that share a device."""

    def __init__(
        self,
        *,
        clock: Clock,
        media: MediaStore,
        volume: Volume | None = None,
        device: str | None = None,
        **_others: object,
    ) -> None:
        """`device` is (a part of) the name of the sound card for zones whose settings name none; None: the default."""
        self._clock, self._media, self._volume, self._device = clock, media, volume, device
        self._soundings: set[_CardSounding] = set()
        self._found: tuple[float, list[str]] | None = None

    def prepare(self, transmission: Transmission, permit: Permit) -> "_CardSounding":
        """Open the device, silent, with the first seconds decoded. Raises `CarrierDown`, `MediaMissing`."""
        path = self._media.path(transmission.rendition_sha256)
        sounding = _CardSounding(
            transmission,
            permit,
            self._clock,
            path=path,
            volume=self._volume or Volume.of(transmission.settings),
            device=transmission.settings.get("device", self._device),
        )
        self._soundings = {kept for kept in self._soundings if kept.outcome() is None} | {sounding}
        return sounding

    def recall(self, broadcast_id: UUID, zone_code: str) -> tuple[Stretch, ...]:  # noqa: ARG002 -- the protocol
        """Nothing: a sound card does not remember."""
        return ()

    def problems(self) -> list[str]:
        """Tell why the device cannot sound, if it cannot; one that sounds can, and would be busy if it were asked."""
        if any(sounding.outcome() is None for sounding in list(self._soundings)):
            return []
        now = self._clock.monotonic()
        if self._found is None or now - self._found[0] >= _ASKED_AGAIN_AFTER_S:
            self._found = (now, self._ask_device())
        return self._found[1]

    def _ask_device(self) -> list[str]:
        try:
            portaudio = _portaudio()
            portaudio.check_output_settings(device=self._device, channels=1, dtype="int16", samplerate=RATE)
        except CarrierDown as down:
            return [str(down.facts["reason"])]
        except Exception as error:  # noqa: BLE001 -- PortAudio's own errors are known only once it is loaded
            return [str(error)]
        return []

    def close(self) -> None:
        """Stop everything and let go of the devices."""
        for sounding in self._soundings:
            sounding.close()


class _CardSounding:
    """A programme on an open stream that gives silence until it is started."""

    def __init__(
        self,
        transmission: Transmission,
        permit: Permit,
        clock: Clock,
        *,
        path: Path,
        volume: Volume,
        device: object,
    ) -> None:
        self._transmission, self._permit, self._clock = transmission, permit, clock
        self._fader, self._device = Fader(volume), device
        self._blocks = read_from(path, round(transmission.offset_s * RATE))
        self._ready: deque[bytes] = deque()
        self._is_all_decoded = False
        self._is_stopped = False
        self._started: tuple[float, datetime] | None = None
        """When it was told to start, by both clocks."""
        self._stream_clock = StreamClock()
        self._heard = 0
        """Samples handed to the device."""
        self._asked = 0
        """Samples that the device asked for, a sign of its life."""
        self._first_at: datetime | None = None
        self._failure: str | None = None
        self._outcome: Outcome | None = None
        self._silent, self._is_primed = threading.Event(), threading.Event()
        self._decode_ahead()
        self._stream = self._open_stream()
        self._thread = threading.Thread(target=self._follow, name="sound card", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Let the samples go out from the place in the device's buffer that belongs to this instant."""
        if self._started is None:
            self._started = (self._clock.monotonic(), self._clock.now())

    def stop(self) -> None:
        """Fall silent with the next blocks: 30 ms from full scale to nothing, so that it does not click."""
        self._is_stopped = True
        if self._started is None:
            self._silent.set()

    def outcome(self) -> Outcome | None:
        """What the device was given, once the stream is closed."""
        return self._outcome

    def close(self) -> None:
        """Stop and wait until the device is let go."""
        self.stop()
        self._silent.set()
        self._thread.join(timeout=5)

    def _open_stream(self) -> Any:
        portaudio = _portaudio()
        try:
            stream = portaudio.RawOutputStream(
                samplerate=RATE,
                channels=1,
                dtype="int16",
                device=self._device,
                latency=_LATENCY_S,
                blocksize=_BLOCK,
                callback=self._fill,
            )
            stream.start()
        except (portaudio.PortAudioError, ValueError) as error:
            raise CarrierDown(name="soundcard", reason=str(error)) from error
        if not self._is_primed.wait(_PRIMED_WITHIN_S):
            stream.close()
            raise CarrierDown(name="soundcard", reason="the device takes no sound")
        return stream

    def _fill(self, out: Any, frames: int, _times: Any, _status: Any) -> None:
        """Give the device its next block (called by PortAudio's thread)."""
        place, self._asked = self._asked, self._asked + frames
        if self._asked > _PRIMED_S * RATE:
            self._is_primed.set()
            self._stream_clock.note(self._asked, monotonic=self._clock.monotonic())
        begins = self._begins_in(place, frames) if self._may_sound() else frames
        ends = self._give(out, begins, frames)
        out[: begins * SAMPLE_BYTES] = bytes(begins * SAMPLE_BYTES)
        out[ends * SAMPLE_BYTES :] = bytes((frames - ends) * SAMPLE_BYTES)

    def _begins_in(self, place: int, frames: int) -> int:
        """Where in this block the sound begins or goes on; at its end when the start belongs into a later block."""
        if self._first_at is not None or self._started is None:
            return 0
        monotonic, now = self._started
        begins = self._stream_clock.position_at(monotonic) - place
        if begins < frames:
            self._first_at = now + timedelta(seconds=max(0, -begins) / RATE)
        return min(max(0, begins), frames)

    def _may_sound(self) -> bool:
        if self._started is None or self._silent.is_set():
            return False
        if not self._is_stopped and not self._permit.holds():
            self._failure, self._is_stopped = PERMIT_LOST, True
        if self._is_stopped:
            self._fader.end()
        if self._fader.is_silent or (self._is_all_decoded and not self._ready):
            self._silent.set()
            return False
        return True

    def _give(self, out: Any, begins: int, frames: int) -> int:
        """Fill the block from this sample on; tells how far there was sound."""
        at, wanted = begins * SAMPLE_BYTES, frames * SAMPLE_BYTES
        while at < wanted and self._ready:
            block = self._ready.popleft()
            if len(block) > wanted - at:
                self._ready.appendleft(block[wanted - at :])
                block = block[: wanted - at]
            out[at : at + len(block)] = self._fader.apply(block)
            at += len(block)
        self._heard += at // SAMPLE_BYTES - begins
        return at // SAMPLE_BYTES

    def _decode_ahead(self) -> None:
        while not self._is_all_decoded and sum(map(len, list(self._ready))) < _AHEAD_S * RATE * SAMPLE_BYTES:
            block = next(self._blocks, None)
            if block is None:
                self._is_all_decoded = True
            else:
                self._ready.append(block)

    def _follow(self) -> None:
        """Decode ahead, watch that the device lives, and close it at the end."""
        asked, quiet_s = 0, 0.0
        while not self._silent.wait(0.05):
            try:
                self._decode_ahead()
            except Exception as error:  # noqa: BLE001 -- edge of the thread: the zone falls silent and says why
                self._failure = str(error)
                self._silent.set()
            quiet_s = quiet_s + 0.05 if self._asked == asked else 0.0
            asked = self._asked
            if quiet_s >= _DEAD_AFTER_S:
                self._failure = "the device stopped asking for sound"
                self._silent.set()
        self._let_go()
        self._outcome = self._told()

    def _let_go(self) -> None:
        """Close the device once it has played what it was given; PulseAudio would cut that off."""
        try:
            if self._failure in {None, PERMIT_LOST} and self._first_at is not None:
                time.sleep(self._stream.latency + _DRAIN_S)
            self._stream.abort()
            self._stream.close()
        except Exception as error:  # noqa: BLE001 -- a device that is gone cannot be closed either
            self._failure = self._failure or str(error)

    def _told(self) -> Outcome:
        if self._first_at is None:
            failure = self._failure or (None if self._permit.holds() else PERMIT_LOST)
            return Outcome(started_at=None, ended_at=None, stretches=(), evidence=Evidence.PLANNED, failure=failure)
        stretches = sounded(self._transmission, started_at=self._first_at, seconds=self._heard / RATE)
        is_whole = self._heard / RATE >= self._transmission.seconds - self._transmission.offset_s - 0.01
        return Outcome(
            started_at=self._first_at,
            ended_at=self._first_at + timedelta(seconds=self._heard / RATE),
            stretches=stretches,
            evidence=Evidence.COMPLETED if is_whole else Evidence.STARTED,
            failure=self._failure,
        )


def _portaudio() -> ModuleType:
    """Load PortAudio's wrapper. Raises `CarrierDown` on a computer without PortAudio."""
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError) as error:
        raise CarrierDown(name="soundcard", reason=str(error)) from error

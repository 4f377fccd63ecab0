"""The carrier of a village: a carrier whose amplifier is switched on before, and listened to by a return microphone."""

import threading
from dataclasses import replace
from uuid import UUID

from audio.village.amplifier import Amplifier
from audio.village.listening import Ear, Listening
from scheduler.domain.playout import Evidence
from scheduler.ports import Carrier, Outcome, Permit, Sounding, Stretch, Transmission


class Loudspeaker:
    """Adds to a carrier what only a box at an amplifier has; without either it is that carrier."""

    def __init__(
        self, carrier: Carrier, *, listening: Listening | None = None, amplifier: Amplifier | None = None
    ) -> None:
        self._carrier, self._listening, self._amplifier = carrier, listening, amplifier or Amplifier()
        self._lock = threading.Lock()
        self._soundings: list[_Heard] = []

    @property
    def is_sounding(self) -> bool:
        """Tell whether something is about to sound or sounds."""
        return bool(self._soundings)

    def prepare(self, transmission: Transmission, permit: Permit) -> "_Heard":
        """Switch on, listen, make ready. Raises `CarrierDown`, `MediaMissing`."""
        for forgotten in list(self._soundings):
            forgotten.outcome()
        self._amplifier.turn(on=True)
        ear = self._listening.expect() if self._listening else None
        try:
            sounding = _Heard(self, self._carrier.prepare(transmission, permit), self._listening, ear)
        except Exception:  # whatever it was: nothing will sound, so nobody listens and the amplifier goes off
            if self._listening and ear:
                self._listening.ended(ear)
            self._turn_off_after_all()
            raise
        with self._lock:
            self._soundings.append(sounding)
        return sounding

    def recall(self, broadcast_id: UUID, zone_code: str) -> tuple[Stretch, ...]:
        """What the carrier knows."""
        return self._carrier.recall(broadcast_id, zone_code)

    def problems(self) -> list[str]:
        """What is wrong with the carrier's equipment."""
        return self._carrier.problems()

    def close(self) -> None:
        """Stop everything, let go, switch off."""
        self._carrier.close()
        if self._listening:
            self._listening.close()
        self._amplifier.turn(on=False)

    def forget(self, sounding: "_Heard") -> None:
        """It is over: the last one switches off."""
        with self._lock:
            if sounding in self._soundings:
                self._soundings.remove(sounding)
        self._turn_off_after_all()

    def _turn_off_after_all(self) -> None:
        if not self._soundings:
            self._amplifier.turn(on=False)


class _Heard:
    """A programme whose outcome also says whether it was heard."""

    def __init__(self, place: Loudspeaker, sounding: Sounding, listening: Listening | None, ear: Ear | None) -> None:
        self._place, self._sounding, self._listening, self._ear = place, sounding, listening, ear
        self._is_started = False
        self._lock = threading.Lock()
        self._outcome: Outcome | None = None

    def start(self) -> None:
        """Begin to sound."""
        self._sounding.start()
        if self._listening and self._ear:
            self._listening.began(self._ear)
        self._is_started = True

    def stop(self) -> None:
        """Fall silent; for one that never began nobody asks any more."""
        self._sounding.stop()
        if not self._is_started:
            self._release()

    def outcome(self) -> Outcome | None:
        """What sounded, and was heard, once it is over."""
        if self._outcome is None and (outcome := self._sounding.outcome()) is not None:
            is_heard = self._release() and outcome.evidence is Evidence.COMPLETED
            self._outcome = replace(outcome, evidence=Evidence.HEARD) if is_heard else outcome
        return self._outcome

    def _release(self) -> bool:
        """Stop listening, once; tells whether it was heard."""
        with self._lock:
            ear, self._ear = self._ear, None
            is_heard = self._listening.ended(ear) if self._listening and ear else False
            self._place.forget(self)
        return is_heard

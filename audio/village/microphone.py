"""A return microphone on a sound card: what it hears, eight thousand samples a second."""

import importlib
import warnings
from collections.abc import Callable
from typing import Any, Final

from audio.village.level import RATE
from scheduler.errors import CarrierDown

with warnings.catch_warnings():  # the standard library's own until Python 3.12, from then on the package audioop-lts
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

DEFAULT: Final = "default"
_RATES: Final = (RATE, 48_000)
"""Cards without a converter record at their own rate only."""
_BLOCK_S: Final = 0.1


class SoundcardMicrophone:
    """A recording device by (a part of) its name; `default` is the system's choice."""

    def __init__(self, device: str = DEFAULT) -> None:
        self._device = None if device == DEFAULT else device
        self._stream: Any = None

    def open(self, give: Callable[[bytes], None]) -> None:
        """Hand each tenth of a second to `give`, from a thread of PortAudio's. Raises `CarrierDown`."""
        failure: Exception | None = None
        for rate in _RATES:
            try:
                self._stream = self._opened(rate, give)
            except (ImportError, OSError) as error:  # no PortAudio
                raise CarrierDown(name="microphone", reason=str(error)) from error
            except Exception as error:  # noqa: BLE001 -- PortAudio's own errors are known only once it is loaded
                failure = error
            else:
                return
        raise CarrierDown(name="microphone", reason=str(failure)) from failure

    def close(self) -> None:
        """Let go of the device."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort()
            stream.close()

    def _opened(self, rate: int, give: Callable[[bytes], None]) -> Any:
        state: Any = None

        def hear(block: Any, _frames: int, _times: Any, _status: Any) -> None:
            nonlocal state
            sound = bytes(block)
            if rate != RATE:
                sound, state = audioop.ratecv(sound, 2, 1, rate, RATE, state)
            give(sound)

        stream = importlib.import_module("sounddevice").RawInputStream(
            samplerate=rate,
            channels=1,
            dtype="int16",
            device=self._device,
            blocksize=round(_BLOCK_S * rate),
            callback=hear,
        )
        try:
            stream.start()
        except Exception:  # PortAudio's own errors are known only once it is loaded
            stream.close()
            raise
        return stream

"""How sound reaches a zone: one file and one registry line for each carrier."""

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from audio.carriers.file import FileCarrier
from audio.carriers.memory import MemoryCarrier
from audio.carriers.soundcard import SoundcardCarrier
from audio.carriers.volume import Volume
from scheduler.errors import UnknownCarrier
from scheduler.ports import Carrier, Clock, MediaStore

CARRIERS: Mapping[str, Callable[..., Carrier]] = {
    "file": FileCarrier,
    "memory": MemoryCarrier,
    "soundcard": SoundcardCarrier,
}
"""Each is called with the keywords of `open_carrier` and takes what it needs of them."""


def open_carrier(
    name: str,
    *,
    clock: Clock,
    media: MediaStore,
    home: Path,
    time_zone: ZoneInfo,
    volume: Volume | None = None,
    device: str | None = None,
) -> Carrier:
    """The carrier of that name for the station in the folder `home`. Raises `UnknownCarrier`.

    With `volume` all its zones follow that one (a player has one zone); else each has what its settings say. `device`
    is the sound card of zones whose settings name none.
    """
    if name not in CARRIERS:
        raise UnknownCarrier(name=name, known=", ".join(sorted(CARRIERS)))
    given = {"clock": clock, "media": media, "home": home, "time_zone": time_zone, "volume": volume, "device": device}
    return CARRIERS[name](**given)

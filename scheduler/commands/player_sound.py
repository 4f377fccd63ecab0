"""The sound of a village player put together: carrier, volume, amplifier, return microphone, and how all that is."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from audio.carriers import open_carrier
from audio.carriers.volume import Volume
from audio.village.amplifier import Amplifier
from audio.village.health import HealthReader
from audio.village.listening import Listening
from audio.village.loudspeaker import Loudspeaker
from audio.village.trust import TrustedClock
from scheduler.config import Settings
from scheduler.ports import MediaStore
from scheduler.village_messages import ZoneRules

START_VOLUME = 80
"""Per cent, until a plan says something else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """All of a box that sounds or listens."""

    volume: Volume
    loudspeaker: Loudspeaker
    listening: Listening | None
    health: HealthReader


def open_sound(
    carrier: str, *, settings: Settings, folder: Path, clock: TrustedClock, media: MediaStore, rules: ZoneRules | None
) -> Sound:
    """Open what the settings name; `rules` are those of the plan, if there is one. Raises `UnknownCarrier`."""
    volume = Volume(rules.volume, cap=rules.volume_cap) if rules else Volume(START_VOLUME)
    amplifier = Amplifier(state=_maybe(settings.amplifier_state), switch=_maybe(settings.amplifier_switch))
    listening = _open_ears(settings, clock, volume)
    opened = open_carrier(
        carrier,
        clock=clock,
        media=media,
        home=folder,
        time_zone=ZoneInfo(rules.time_zone) if rules else settings.time_zone,
        volume=volume,
        device=settings.sound_device or None,
    )
    loudspeaker = Loudspeaker(opened, listening=listening, amplifier=amplifier)
    health = HealthReader(
        clock=clock,
        home=folder,
        clock_state=clock.state,
        volume=volume,
        amplifier=amplifier,
        ears=listening,
        sound_problems=loudspeaker.problems,
        is_sounding=lambda: loudspeaker.is_sounding,
    )
    return Sound(volume=volume, loudspeaker=loudspeaker, listening=listening, health=health)


def _open_ears(settings: Settings, clock: TrustedClock, volume: Volume) -> Listening | None:
    if not settings.microphone:
        return None
    from audio.village.microphone import SoundcardMicrophone

    return Listening(SoundcardMicrophone(settings.microphone), clock=clock, volume=volume)


def _maybe(path: str) -> Path | None:
    return Path(path) if path else None

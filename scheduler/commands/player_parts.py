"""Putting a village player together: its rows, clock and plan, the daemon, its loudspeaker, files and link."""

import gc
import logging
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from audio.carriers import open_carrier
from audio.carriers.volume import Volume
from audio.store import FileMediaStore
from audio.village.amplifier import Amplifier
from audio.village.health import HealthReader
from audio.village.home import PlayerHome
from audio.village.journal import Journal
from audio.village.local_status import StatusFile
from audio.village.loudspeaker import Loudspeaker
from audio.village.plan import PlanKeeper
from audio.village.player import Player
from audio.village.sole import SolePlayer
from audio.village.store import open_rows
from audio.village.trust import TrustedClock, name_of_boot
from audio.village.verified import NothingToAssemble, VerifiedStore
from audio.village.waking import Waking
from scheduler.config import Settings
from scheduler.daemon import Daemon, Outside
from scheduler.machine import is_clock_synchronised
from scheduler.notify import Notifier
from scheduler.ports import Clock
from scheduler.precise import PreciseThread
from scheduler.signing import Verifier
from scheduler.station import Station
from scheduler.village_messages import Plan

logger = logging.getLogger(__name__)

LEASE = timedelta(days=1)
"""A box has one daemon and its folder one lock: a lease is renewed every few hours, not every few seconds."""
STATUS_EVERY_S = 5.0
PUSH_EVERY_S = 1.0


@dataclass(kw_only=True)
class _InPlay:
    """A daemon of the station's own kind, as the player sees it."""

    daemon: Daemon
    clock: Clock

    def start(self) -> None:
        self.daemon.start()

    def watch(self) -> None:
        self.daemon.watch()

    def stop(self) -> None:
        self.daemon.stop()

    @property
    def on_air(self) -> UUID | None:
        now = self.clock.now()
        begun = [live.due.broadcast_id for live in list(self.daemon.on_air.live.values()) if live.begins_at <= now]
        return begun[0] if begun else None


class OpenedPlayer:
    """All parts of one player, in one process."""

    def __init__(self, station: Station, folder: Path, *, carrier: str, is_demonstration: bool = False) -> None:
        """Raises `NotPaired`, `BadMembership`, `PlayerInUse`, `CarrierDown`, `UnknownCarrier`."""
        self._settings, self._system, self._folder = station.settings, station.clock, folder
        self._is_demonstration = is_demonstration
        self._home = PlayerHome(folder)
        self.membership = self._home.membership()
        self._sole = SolePlayer(folder)
        self.boot = secrets.token_hex(8)
        self.sessions = open_rows(self._home)
        self.journal = Journal(self.sessions)
        self.trust = TrustedClock(
            station.clock,
            is_synchronised=is_clock_synchronised,
            trusts_rtc=self._settings.trust_rtc,
            kept=folder / "run" / "clock.json",
            boot=name_of_boot(),
            note=self.journal.note,
        )
        self.keeper = PlanKeeper(
            self.sessions,
            Verifier(self.membership.station_key),
            self.membership,
            self.trust,
            carrier=carrier,
            settings={"device": self._settings.sound_device} if self._settings.sound_device else {},
        )
        self._media = FileMediaStore(folder)
        self._verified = VerifiedStore(self._media)
        self._open_sound(carrier)
        self.daemon: Daemon | None = None
        self.player = Player(
            system=station.clock,
            trust=self.trust,
            sessions=self.sessions,
            journal=self.journal,
            keeper=self.keeper,
            start_daemon=self._start_daemon,
            boot=self.boot,
            program=f"loaban {version('loaban')}",
            health=self._health.read,
        )
        self._status_file = StatusFile(folder)

    def run(self, stopping: threading.Event) -> None:
        """Play until told to stop."""
        notifier = Notifier(os.environ)
        gc.freeze()
        turns = _Now(self._system, {PUSH_EVERY_S: self._push, STATUS_EVERY_S: self._tell})

        def each_turn() -> None:
            notifier.alive()
            turns.look()

        notifier.ready()
        try:
            self.player.run(stopping, each_turn=each_turn)
        finally:
            notifier.stopping()
            self.close()

    def close(self) -> None:
        """Let go of everything."""
        self._loudspeaker.close()
        self.sessions.kw["bind"].dispose()
        self._sole.end()

    # --- parts ------------------------------------------------------------------------------------------------------
    def _open_sound(self, carrier: str) -> None:
        settings = self._settings
        plan = self.keeper.current
        rules = None if plan is None else plan.rules
        self.volume = Volume(rules.volume if rules else 80, cap=rules.volume_cap if rules else 100)
        amplifier = Amplifier(state=_maybe(settings.amplifier_state), switch=_maybe(settings.amplifier_switch))
        self._listening = None
        if settings.microphone:
            from audio.village.listening import Listening
            from audio.village.microphone import SoundcardMicrophone

            self._listening = Listening(SoundcardMicrophone(settings.microphone), clock=self.trust, volume=self.volume)
        self._carrier_name = carrier
        opened = open_carrier(
            carrier,
            clock=self.trust,
            media=self._verified,
            home=self._folder,
            time_zone=ZoneInfo(rules.time_zone) if rules else settings.time_zone,
            volume=self.volume,
        )
        self._loudspeaker = Loudspeaker(opened, listening=self._listening, amplifier=amplifier)
        self._health = HealthReader(
            clock=self.trust,
            home=self._folder,
            clock_state=self.trust.state,
            volume=self.volume,
            amplifier=amplifier,
            ears=self._listening,
            sound_problems=self._loudspeaker.problems,
            is_sounding=lambda: self._loudspeaker.is_sounding,
        )

    def _start_daemon(self, plan: Plan) -> _InPlay:
        self.daemon = Daemon(
            Outside(
                clock=self.trust,
                sessions=self.sessions,
                settings=settings_of(plan, self._settings, folder=self._folder),
                carriers={self._carrier_name: self._loudspeaker},
                assembler=NothingToAssemble(),
                media=self._verified,
                life=self._sole.life(),
                timer=Waking(self.trust),
                precise=PreciseThread(self.trust),
                tell=self.player.hear,
            )
        )
        self.daemon.start()
        return _InPlay(daemon=self.daemon, clock=self.trust)

    # --- now and then -----------------------------------------------------------------------------------------------
    def _push(self) -> None:
        pass

    def _tell(self) -> None:
        self._status_file.tell(self.player.tell_status(), is_connected=False)


class _Now:
    """Does things every so many seconds, in the loop that asks."""

    def __init__(self, clock: Clock, actions: dict[float, Callable[[], None]]) -> None:
        self._clock, self._actions = clock, actions
        self._done = dict.fromkeys(actions, float("-inf"))

    def look(self) -> None:
        now = self._clock.monotonic()
        for every, action in self._actions.items():
            if now - self._done[every] >= every:
                self._done[every] = now
                try:
                    action()
                except Exception:  # edge of the loop: what sounds must be looked after
                    logger.exception("player.turn_failed")


def settings_of(plan: Plan, settings: Settings, *, folder: Path) -> Settings:
    """The settings of a daemon that plays one village by its plan."""
    return replace(
        settings,
        home=folder,
        database_url=PlayerHome(folder).database_url,
        time_zone=ZoneInfo(plan.rules.time_zone),
        join_least_share=plan.rules.join_least_share,
        lease=LEASE,
        playout_zones=(),
    )


def _maybe(path: str) -> Path | None:
    return Path(path) if path else None

"""Putting a village player together: its rows, clock and plan, the daemon that plays, its files and its link."""

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

from audio.store import FileMediaStore
from audio.village.control import Control
from audio.village.files import Fetcher
from audio.village.home import Membership, PlayerHome
from audio.village.journal import Journal
from audio.village.link import VillageLink
from audio.village.local_status import StatusFile
from audio.village.orders import Orders
from audio.village.plan import PlanKeeper
from audio.village.player import Player
from audio.village.sole import SolePlayer
from audio.village.speaker import Speaker
from audio.village.store import open_rows
from audio.village.trust import TrustedClock, name_of_boot
from audio.village.verified import NothingToAssemble, VerifiedStore
from audio.village.waking import Waking
from scheduler.commands.player_sound import Sound, open_sound
from scheduler.config import Settings
from scheduler.daemon import Daemon, Outside
from scheduler.database import Sessions
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
PROGRAM = f"loaban {version('loaban')}"
STATUS_EVERY_S = 5.0
PUSH_EVERY_S = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Core:
    """What a player is without sound and without a link."""

    settings: Settings
    system: Clock
    home: PlayerHome
    membership: Membership
    sole: SolePlayer
    sessions: Sessions
    journal: Journal
    trust: TrustedClock
    keeper: PlanKeeper
    carrier: str
    boot: str


def open_core(station: Station, folder: Path, *, carrier: str) -> Core:
    """The rows, the clock and the plan of the player in a folder.

    Raises `NotPaired`, `BadMembership`, `PlayerInUse`.
    """
    home, settings = PlayerHome(folder), station.settings
    membership = home.membership()
    sole = SolePlayer(folder)
    sessions = open_rows(home)
    journal = Journal(sessions)
    trust = TrustedClock(
        station.clock,
        is_synchronised=is_clock_synchronised,
        trusts_rtc=settings.trust_rtc,
        kept=folder / "run" / "clock.json",
        boot=name_of_boot(),
        note=journal.note,
    )
    device = {"device": settings.sound_device} if settings.sound_device else {}
    keeper = PlanKeeper(
        sessions, Verifier(membership.station_key), membership, trust, carrier=carrier, settings=device
    )  # fmt: skip
    if keeper.current is not None:
        trust.not_before = keeper.current.made_at
    return Core(
        settings=settings, system=station.clock, home=home, membership=membership, sole=sole, sessions=sessions,
        journal=journal, trust=trust, keeper=keeper, carrier=carrier, boot=secrets.token_hex(8),
    )  # fmt: skip


class OpenedPlayer:
    """All parts of one player, in one process."""

    def __init__(self, core: Core, *, is_demonstration: bool = False) -> None:
        """`is_demonstration` lets the station pull the link. Raises `UnknownCarrier`, `BadStationAddress`."""
        self._core, self._is_demonstration = core, is_demonstration
        self.daemon: Daemon | None = None
        media = FileMediaStore(core.home.folder)
        self._verified = VerifiedStore(media)
        self._sound = self._open_sound()
        self._files = self._open_files(media)
        self.player = Player(
            system=core.system,
            trust=core.trust,
            sessions=core.sessions,
            journal=core.journal,
            keeper=core.keeper,
            start_daemon=self._start_daemon,
            boot=core.boot,
            program=PROGRAM,
            files=self._files,
            health=self._sound.health.read,
        )
        self._control = Control(
            sessions=core.sessions,
            zone_id=core.membership.zone_id,
            volume=self._sound.volume,
            keeper=core.keeper,
            find_on_air=lambda: None if self.daemon is None else self.daemon.on_air,
        )
        self._link = self._open_link()
        self._status_file = StatusFile(core.home.folder)
        self._next_seq = 0
        core.keeper.on_change = self._follow_plan
        self._files.on_ready = self._look_at_files
        self._follow_plan()

    def run(self, stopping: threading.Event) -> None:
        """Play until told to stop."""
        notifier = Notifier(os.environ)
        turns = _NowAndThen(self._core.system, {PUSH_EVERY_S: self._push, STATUS_EVERY_S: self._tell})
        fetching = threading.Thread(target=self._files.run, args=(self.player.tell_wanted,), name="files", daemon=True)
        gc.freeze()

        def each_turn() -> None:
            notifier.alive()
            turns.look()

        try:
            fetching.start()
            self._link.start()
            notifier.ready()
            self.player.run(stopping, each_turn=each_turn)
        finally:
            notifier.stopping()
            self._link.push()  # what just fell silent is handed over before the farewell, if the link is there
            self._files.stop()
            self._link.stop()
            self.close()

    def close(self) -> None:
        """Let go of sound, rows and folder."""
        self._sound.loudspeaker.close()
        self._core.sessions.kw["bind"].dispose()
        self._core.sole.end()

    # --- parts ------------------------------------------------------------------------------------------------------
    def _open_sound(self) -> Sound:
        core, plan = self._core, self._core.keeper.current
        return open_sound(
            core.carrier,
            settings=core.settings,
            folder=core.home.folder,
            clock=core.trust,
            media=self._verified,
            rules=None if plan is None else plan.rules,
        )

    def _open_files(self, media: FileMediaStore) -> Fetcher:
        core = self._core
        return Fetcher(
            media,
            core.home.folder,
            core.membership,
            core.trust,
            note=core.journal.note,
            quota_bytes=core.settings.media_quota_mb * 1_000_000,
            ca_file=core.settings.station_authority,
            allows_plain=core.settings.plain_link or self._is_demonstration,
        )

    def _open_link(self) -> VillageLink:
        core = self._core
        orders = Orders(
            verifier=Verifier(core.membership.station_key),
            membership=core.membership,
            sessions=core.sessions,
            clock=core.trust,
            sound=self._control,
            find_plan=lambda: core.keeper.current,
            is_demonstration=self._is_demonstration,
        )
        link = VillageLink(
            speaker=Speaker(
                membership=core.membership,
                signer=core.home.signer,
                boot=core.boot,
                program=PROGRAM,
                ca_file=core.settings.station_authority,
            ),
            keeper=core.keeper,
            journal=core.journal,
            trust=core.trust,
            orders=orders,
            tell_status=self.player.tell_status,
            files=self._files,
        )
        if self._sound.listening is not None:
            self._sound.listening.on_change = link.push
        return link

    def _start_daemon(self, plan: Plan) -> "_InPlay":
        core = self._core
        self.daemon = Daemon(
            Outside(
                clock=core.trust,
                sessions=core.sessions,
                settings=settings_of(plan, core.settings, folder=core.home.folder),
                carriers={core.carrier: self._sound.loudspeaker},
                assembler=NothingToAssemble(),
                media=self._verified,
                life=core.sole.life(),
                timer=Waking(core.trust),
                precise=PreciseThread(core.trust),
                tell=self.player.hear,
            )
        )
        self.daemon.start()
        return _InPlay(self.daemon, core.trust)

    # --- now and then -----------------------------------------------------------------------------------------------
    def _follow_plan(self) -> None:
        """Another plan holds, or a command told of something: its volume, its files."""
        plan = self._core.keeper.current
        if plan is not None:
            self._control.follow(plan.rules)
        self._files.wake()

    def _look_at_files(self) -> None:
        """What was told to be said now must not wait for the next turn at what lacked."""
        if self.daemon is not None:
            self.daemon.readiness.look_again()

    def _push(self) -> None:
        next_seq = self._core.journal.next_seq
        if next_seq != self._next_seq:
            self._next_seq = next_seq
            self._link.push()

    def _tell(self) -> None:
        self._status_file.tell(self.player.tell_status(), is_connected=self._link.is_connected)


class _InPlay:
    """A daemon as the player sees it."""

    def __init__(self, daemon: Daemon, clock: Clock) -> None:
        self._clock, self._on_air = clock, daemon.on_air
        self.start, self.watch, self.stop = daemon.start, daemon.watch, daemon.stop

    @property
    def on_air(self) -> UUID | None:
        now = self._clock.now()
        begun = (live for live in list(self._on_air.live.values()) if live.begins_at <= now)
        return next((live.due.broadcast_id for live in begun), None)


class _NowAndThen:
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

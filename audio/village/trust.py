"""The time a player goes by: believed only from a time source or the station, then carried by the monotonic clock."""

import json
import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.exc import SQLAlchemyError

from scheduler import ports, village_messages
from scheduler.database import said_by_driver

logger = logging.getLogger(__name__)

Source = Literal["ntp", "station", "rtc"]
Note = Callable[..., None]

DRIFT = 50e-6
"""How far the computer's own beat may be out, as a share: uncertainty grows by 4 s a day while nothing corrects it."""
AGREEING = timedelta(seconds=1)
"""Two sources this near say the same; below it the player follows without a word."""
NTP_LEEWAY = timedelta(seconds=30)
"""How far a time source may lead the player away from what the station said under its signature."""
NTP_STEADY_S = 60.0
"""Seconds that a time source must say the same before it is believed against the time known so far."""
NTP_UNCERTAINTY_S = 0.05
RTC_UNCERTAINTY_S = 60.0
WORST_UNCERTAINTY_S = 10.0
"""An answer of the station that took longer than twice this says too little."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
STATION_LASTS = timedelta(days=2)
"""For how long the station's word weighs more than that of a time source."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """At `monotonic` it was `wall`, within so many seconds."""

    wall: datetime
    monotonic: float
    source: str
    uncertainty_s: float


class TrustedClock:
    """A clock that steps only when a better source says so, whoever sets the computer's clock meanwhile."""

    def __init__(
        self,
        system: ports.Clock,
        *,
        is_synchronised: Callable[[], bool | None] = lambda: None,
        trusts_rtc: bool = False,
        kept: Path | None = None,
        boot: str = "",
        note: Note | None = None,
    ) -> None:
        """`kept` is a file that carries the time over a restart of the program, within one `boot` of the computer."""
        self._system, self._is_synchronised, self._trusts_rtc = system, is_synchronised, trusts_rtc
        self._kept, self._boot, self._note = kept, boot, note
        self._lock = threading.Lock()
        self._anchor: _Anchor | None = None
        self._station: _Anchor | None = None
        self.not_before: datetime | None = None
        """A battery clock that is behind this has stopped: an instant that is known to be past."""
        self._contrary: tuple[float, timedelta] | None = None
        """Since when a time source says something else, and how much later."""
        self._started = system.monotonic()
        self._blind_s = 0.0
        self._recall()

    # --- the clock ----------------------------------------------------------------------------------------------
    def now(self) -> datetime:
        """The trusted time; while there is none, what the computer's clock says (for messages to people only)."""
        anchor = self._anchor
        return self._system.now() if anchor is None else self._at(anchor)

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin; the computer's own."""
        return self._system.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait at least so many seconds."""
        self._system.sleep(seconds)

    @property
    def is_trusted(self) -> bool:
        """Tell whether the time is known."""
        return self._anchor is not None

    @property
    def trusted_now(self) -> datetime | None:
        """The trusted time, or None."""
        return self.now() if self.is_trusted else None

    @property
    def blind_for(self) -> timedelta:
        """For how long this program has run without knowing the time; grows no more once it does."""
        return timedelta(seconds=self._blind_s if self._anchor else self._system.monotonic() - self._started)

    def state(self) -> village_messages.Clock:
        """Where the time comes from, and how far the computer's clock is from it."""
        anchor = self._anchor
        if anchor is None:
            return village_messages.Clock(source="none")
        age = self._system.monotonic() - anchor.monotonic
        return village_messages.Clock(
            source=anchor.source,
            offset_s=round((self._system.now() - self._at(anchor)).total_seconds(), 3),
            uncertainty_s=round(anchor.uncertainty_s + age * DRIFT, 3),
        )

    # --- learning -----------------------------------------------------------------------------------------------
    def look(self) -> None:
        """Ask the kernel whether a time source keeps the computer's clock, and go by it if so; cheap, now and then."""
        is_kept = self._is_synchronised()
        if is_kept:
            self._hear_ntp()
        elif self._anchor is None and self._trusts_rtc and self._system.now() >= (self.not_before or _NEVER):
            self.learn(self._system.now(), source="rtc", uncertainty_s=RTC_UNCERTAINTY_S)
        else:
            self._contrary = None

    def learn(self, now: datetime, *, source: Source, uncertainty_s: float = 0.0) -> None:
        """Go by this time from now on; corrections of a second and more are noted.

        `uncertainty_s` is how far it may be out (half the round trip of the station's answer). An answer that says
        less than is known already is left aside.
        """
        if uncertainty_s > WORST_UNCERTAINTY_S and source == "station":
            logger.warning("clock.answer_too_slow uncertainty_s=%.1f", uncertainty_s)
            return
        with self._lock:
            anchor = _Anchor(now, self._system.monotonic(), source, uncertainty_s)
            if source == "station":
                self._station = anchor
                if not self._is_news(anchor):
                    return
            before = self._take(anchor)
        self._tell(before, anchor)

    def _hear_ntp(self) -> None:
        """Follow a time source; one that contradicts the time known so far must do so for a while, or not at all."""
        heard = self._system.now()
        if self._anchor is None:
            self.learn(heard, source="ntp", uncertainty_s=NTP_UNCERTAINTY_S)
            return
        by = heard - self._at(self._anchor)
        if abs(by) < AGREEING:
            self._contrary = None
            self._follow(heard, by)
            return
        monotonic = self._system.monotonic()
        if self._contrary is None or abs(self._contrary[1] - by) >= AGREEING:
            self._contrary = (monotonic, by)
        elif monotonic - self._contrary[0] >= NTP_STEADY_S and self._may_lead(heard):
            self._contrary = None
            self.learn(heard, source="ntp", uncertainty_s=NTP_UNCERTAINTY_S)

    def _may_lead(self, heard: datetime) -> bool:
        """Whether the station's last word allows this: a time source bears no signature."""
        station = self._station
        if station is None or self._at(station) - station.wall > STATION_LASTS:
            return True
        return abs(heard - self._at(station)) <= NTP_LEEWAY

    def _follow(self, heard: datetime, by: timedelta) -> None:
        """Small corrections, many a day: neither noted nor kept on the card, except when the source is another."""
        with self._lock:
            anchor = _Anchor(heard, self._system.monotonic(), "ntp", NTP_UNCERTAINTY_S)
            if self._anchor is not None and self._anchor.source != "ntp":
                self._take(anchor)  # it says the same: nothing to tell
            elif abs(by) > timedelta(milliseconds=1):
                self._anchor = anchor

    def _is_news(self, station: _Anchor) -> bool:
        """Whether the station's answer is better than what is known: nearer than that could be, or of a new source."""
        known = self._anchor
        if known is None or known.source == "rtc":
            return True
        age = station.monotonic - known.monotonic
        off = abs((station.wall - self._at(known)).total_seconds())
        if known.source == "ntp" and off <= NTP_LEEWAY.total_seconds():
            return False
        return off > station.uncertainty_s or station.uncertainty_s < known.uncertainty_s + age * DRIFT

    def _take(self, anchor: _Anchor) -> _Anchor | None:
        """Go by this from now on; gives what was gone by before."""
        before, self._anchor = self._anchor, anchor
        if before is None:
            self._blind_s = anchor.monotonic - self._started
        self._keep(anchor)
        return before

    def _tell(self, before: _Anchor | None, anchor: _Anchor) -> None:
        """Note that the time is known, or was set by a second or more; a card that is full must not stop the clock."""
        by = timedelta(0) if before is None else anchor.wall - self._at_monotonic(before, anchor.monotonic)
        if before is not None and abs(by) < AGREEING:
            return
        code = "clock_trusted" if before is None else "clock_set"
        off = (self._system.now() - self._at(anchor)).total_seconds()
        facts = {"offset_s": off} if before is None else {"by_s": by.total_seconds()}
        told = {name: round(value, 3) for name, value in {"uncertainty_s": anchor.uncertainty_s, **facts}.items()}
        logger.warning("%s source=%s facts=%s", code, anchor.source, told)
        if self._note is None:
            return
        try:
            self._note(code, at=anchor.wall, source=anchor.source, **told)
        except SQLAlchemyError as error:
            logger.warning("clock.not_noted reason=%s", said_by_driver(error))

    def _at_monotonic(self, anchor: _Anchor, monotonic: float) -> datetime:
        return anchor.wall + timedelta(seconds=monotonic - anchor.monotonic)

    def _at(self, anchor: _Anchor) -> datetime:
        return self._at_monotonic(anchor, self._system.monotonic())

    # --- over a restart of the program ----------------------------------------------------------------------------
    def _keep(self, anchor: _Anchor) -> None:
        if self._kept is None or not self._boot:
            return
        told = {
            "boot": self._boot,
            "wall": anchor.wall.isoformat(),
            "monotonic": anchor.monotonic,
            "source": anchor.source,
            "uncertainty_s": anchor.uncertainty_s,
        }
        fresh = self._kept.with_name(f".{self._kept.name}.{secrets.token_hex(4)}")
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(told), encoding="ascii")
            fresh.replace(self._kept)
        except OSError as error:
            logger.warning("clock.not_kept reason=%s", error)

    def _recall(self) -> None:
        """The monotonic clock goes on while the program is away, but not over a boot: then nothing is recalled."""
        if self._kept is None or not self._boot:
            return
        try:
            told: dict[str, Any] = json.loads(self._kept.read_text(encoding="ascii"))
            anchor = _Anchor(
                datetime.fromisoformat(told["wall"]), float(told["monotonic"]), str(told["source"]),
                float(told["uncertainty_s"]),
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            return
        is_of_now = told.get("boot") == self._boot and anchor.wall.utcoffset() is not None
        if is_of_now and anchor.monotonic <= self._system.monotonic():
            self._anchor = anchor


def name_of_boot() -> str:
    """What the kernel calls this run of the computer; empty where it does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""

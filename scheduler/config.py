"""The station's settings: every one from `LOABAN_*`, every problem reported at once."""

import difflib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scheduler.domain.coverage import Hours, parse_hours
from scheduler.errors import BadSettings

PREFIX = "LOABAN_"
_LONGEST_S = 7 * 24 * 3600
_MOST_DAYS = 366
_MOST_MEGABYTES = 100_000_000


def _path(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _maybe_path(text: str) -> Path | None:
    return _path(text) if text else None


def _seconds(text: str) -> timedelta:
    value = _number(text)
    if not 0 <= value <= _LONGEST_S:
        raise ValueError(text)
    return timedelta(seconds=value)


def _number(text: str) -> float:
    value = float(text)
    if not abs(value) < float("inf"):
        raise ValueError(text)
    return value


def _some_seconds(text: str) -> timedelta:
    """More than nothing: a lease or a tick of no time would turn without end."""
    value = _number(text)
    if not 0 < value <= _LONGEST_S:
        raise ValueError(text)
    return timedelta(seconds=value)


def _days(text: str) -> int:
    value = int(text)
    if not 0 < value <= _MOST_DAYS:
        raise ValueError(text)
    return value


def _megabytes(text: str) -> int:
    value = int(text)
    if not 0 < value <= _MOST_MEGABYTES:
        raise ValueError(text)
    return value


def _bit_rate(text: str) -> int:
    value = int(text)
    if not 6 <= value <= 510:  # what Opus can do
        raise ValueError(text)
    return value


def _level(text: str) -> str:
    if text not in logging.getLevelNamesMapping():
        raise ValueError(text)
    return text


def _web_address(text: str) -> str:
    """`https://dai.example` (or with http, a port, a path), without a slash at its end; empty is allowed."""
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError(text)
    _ = parts.port  # raises for what is no port
    return text.rstrip("/")


def _web_login(text: str) -> str:
    """A web address that may hold a name and a password; empty is allowed."""
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError(text)
    _ = parts.port
    return text.rstrip("/")


def _broker_address(text: str) -> str:
    """`mqtts://dai.example:8883` (or mqtt); empty is allowed."""
    parts = urlsplit(text)
    if text and (parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or parts.path.strip("/")):
        raise ValueError(text)
    _ = parts.port
    return text


def _share(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 < value < 65536:
        raise ValueError(text)
    return value


def _yes_no(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(text)
    return text == "1"


def _language(text: str) -> str:
    if text not in {"vi", "en"}:
        raise ValueError(text)
    return text


def _hours(text: str) -> Hours:
    """Some hours: a station that may never sound is a mistake."""
    hours = parse_hours(text)
    if not hours:
        raise ValueError(text)
    return hours


def _codes(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


HOLD_PASSWORDS = frozenset({"database_url", "broker_url", "central_url"})
"""Settings whose value may hold a password: never shown as it was typed."""


def _setting(parse: Callable[[str], Any], default: str, meaning: str) -> Any:
    return field(metadata={"parse": parse, "default": default, "meaning": meaning})


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All settings of a station; the name of each is `LOABAN_` and the field in capitals."""

    home: Path = _setting(_path, "var", "Folder of the station: database, media, sound out, keys.")
    database_url: str = _setting(
        str, "", "Database address; empty: SQLite in LOABAN_HOME. postgresql://… moves the rows."
    )
    time_zone: ZoneInfo = _setting(ZoneInfo, "Asia/Ho_Chi_Minh", "The station's one time zone.")
    language: str = _setting(_language, "vi", "Language of messages on the command line: vi or en.")
    host: str = _setting(str, "127.0.0.1", "Address the web page listens on.")
    port: int = _setting(_port, "8080", "Port the web page listens on.")
    https: bool = _setting(
        _yes_no, "0", "1 when people reach the page through https (a proxy in front): cookies need it."
    )
    trusted_proxy: str = _setting(
        str, "", "Address of the proxy in front whose word on the client's address is believed."
    )
    public_url: str = _setting(
        _web_address, "", "Address at which village players reach this station, https://…; empty: as they reached it."
    )
    broker_url: str = _setting(
        _broker_address,
        "",
        "Address of the MQTT broker for the station, mqtt://… or mqtts://…; empty: the embedded one.",
    )
    broker_authority: Path | None = _setting(
        _maybe_path, "", "Certificate of the authority that signed the broker's; empty: the system's authorities."
    )
    broker_files: Path | None = _setting(
        _maybe_path, "", "Folder for the password and access files that Mosquitto reads; empty: none are written."
    )
    broker_process: Path | None = _setting(
        _maybe_path, "", "File with Mosquitto's process number, to have it read those files anew; empty: not told."
    )
    broker_host: str = _setting(str, "127.0.0.1", "Address the embedded MQTT broker listens on for village players.")
    broker_port: int = _setting(
        _port, "1883", "Port of the embedded MQTT broker; with a certificate for this machine's own processes alone."
    )
    broker_tls_port: int = _setting(_port, "8883", "Port of the embedded MQTT broker for TLS.")
    broker_certificate: Path | None = _setting(
        _maybe_path, "", "Certificate (PEM, with its chain) of the embedded MQTT broker; empty: no TLS."
    )
    broker_key: Path | None = _setting(_maybe_path, "", "Key (PEM) of that certificate.")
    broker_public_url: str = _setting(
        _broker_address, "", "Address of the MQTT broker for village players, mqtts://…; empty: the embedded one."
    )
    target_lufs: float = _setting(_number, "-16", "Loudness of the mono file that airs, in LUFS.")
    peak_dbtp: float = _setting(_number, "-2", "True-peak ceiling before Opus, in dBTP.")
    limiter_max_db: float = _setting(_number, "10", "Most the limiter may take away at any moment, in dB.")
    opus_kbps: int = _setting(_bit_rate, "36", "Bit rate of the Opus file for transport, in kbit/s.")
    allowed_hours: Hours = _setting(
        _hours, "05:00-21:00", "Hours a zone may sound where neither it nor its area says otherwise."
    )
    horizon_days: int = _setting(_days, "14", "Days ahead the plan is written for, the last of them whole.")
    claim_lead: timedelta = _setting(_seconds, "3", "Seconds before the start at which claims are made.")
    lease: timedelta = _setting(_some_seconds, "30", "Seconds after which a silent daemon loses its zones.")
    tick: timedelta = _setting(_some_seconds, "2", "Seconds between looks of the daemon at what is due.")
    preflight: timedelta = _setting(_seconds, "1800", "Seconds before air at which files are checked by hash.")
    join_least_share: float = _setting(_share, "0.2", "Least remaining share of a programme worth joining when late.")
    playout_zones: tuple[str, ...] = _setting(_codes, "", "Codes of the zones this daemon plays; empty: all.")
    sound_device: str = _setting(
        str, "", "Village player: (a part of) the name of its sound card; empty: the default one."
    )
    microphone: str = _setting(
        str, "", "Village player: name of the recording device that hears the loudspeakers, or default; empty: none."
    )
    amplifier_state: str = _setting(
        str, "", "Village player: file that says whether the amplifier is on (1 or 0, e.g. a GPIO value); empty: none."
    )
    amplifier_switch: str = _setting(
        str, "", "Village player: file that switches the amplifier on (1) for each programme; empty: none."
    )
    station_authority: Path | None = _setting(
        _maybe_path, "", "Village player: certificate of the authority that signed the station's; empty: the system's."
    )
    plain_link: bool = _setting(
        _yes_no, "0", "Village player: 1 lets it call the station over plain http beyond its own network (not safe)."
    )
    media_quota_mb: int = _setting(_megabytes, "4000", "Village player: most megabytes of programmes on its card.")
    trust_rtc: bool = _setting(
        _yes_no, "0", "Village player: 1 when its battery clock may be believed while nothing better tells the time."
    )
    central_url: str = _setting(
        _web_login, "", "Address of the central information system, https://user:password@host/path; empty: none."
    )
    central_source: str = _setting(str, "", "Identifier of this station over there (NguonID).")
    central_adapter: Path | None = _setting(
        _maybe_path, "", "Python file with an adapter of your own for the central system; empty: scheduler/central.py."
    )
    backup_folder: Path | None = _setting(
        _maybe_path,
        "",
        "Folder for backups, best on another disk; the clerk makes one each night. Empty: none are made.",
    )
    backup_most_days: int = _setting(_days, "2", "Days after which the newest backup is an alarm.")
    log_level: str = _setting(_level, "INFO", "Python logging level.")

    @property
    def silence(self) -> timedelta:
        """How long a process may give no sign of life before people are told: some ticks, more than a disk takes."""
        return max(10 * self.tick, timedelta(seconds=20))

    @property
    def resolved_database_url(self) -> str:
        """The database address, with the default spelled out."""
        return self.database_url or f"sqlite:///{self.home / 'station.db'}"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment; `NAME_FILE` names a file that holds the value.

    Raises `BadSettings` with all problems.
    """
    values: dict[str, Any] = {}
    problems = _unknown_names(environ)
    for item in fields(Settings):
        name = PREFIX + item.name.upper()
        try:
            text = _text_of(environ, name, item.metadata["default"])
            values[item.name] = item.metadata["parse"](text)
        except OSError as error:
            problems.append(f"{name}_FILE: {error.strerror}")
        except Exception:  # noqa: BLE001 -- a parser may fail in any way; the value is what is wrong
            given = environ.get(f"{name}_FILE")
            told = "***" if item.name in HOLD_PASSWORDS else repr(environ.get(name))
            problems.append(f"{name}_FILE={given!r}" if given else f"{name}={told}")
    if problems:
        raise BadSettings(problems="; ".join(problems))
    return Settings(**values)


def _text_of(environ: Mapping[str, str], name: str, default: str) -> str:
    if file := environ.get(f"{name}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return environ.get(name) or default


def _unknown_names(environ: Mapping[str, str]) -> list[str]:
    known = [PREFIX + item.name.upper() for item in fields(Settings)]
    given = [name for name in environ if name.startswith(PREFIX) and not name.startswith(PREFIX + "TEST_")]
    problems = []
    for name in sorted(given):
        if name.removesuffix("_FILE") not in known:
            near = difflib.get_close_matches(name, known, n=1)
            problems.append(f"{name}?" + (f" ({near[0]})" if near else ""))
    return problems

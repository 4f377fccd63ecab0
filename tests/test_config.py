"""Settings: defaults, every problem at once, secrets from files, and the page that documents them."""

from dataclasses import fields
from datetime import time, timedelta
from pathlib import Path

import pytest

from scheduler.config import PREFIX, Settings, load_settings
from scheduler.errors import BadSettings
from scheduler.setting_words import written_setting

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"


def test_an_empty_environment_gives_a_whole_station() -> None:
    settings = load_settings({})
    assert settings.home == Path("var").resolve()
    assert settings.resolved_database_url == f"sqlite:///{settings.home}/station.db"
    assert settings.claim_lead == timedelta(seconds=3)


def test_every_problem_is_reported_at_once() -> None:
    environ = {
        "LOABAN_PORT": "many",
        "LOABAN_TIME_ZONE": "Mars/Phobos",
        "LOABAN_TARGET_LUFS": "inf",
        "LOABAN_HOMME": "x",
    }
    with pytest.raises(BadSettings) as caught:
        load_settings(environ)
    problems = str(caught.value.facts["problems"])
    for name in ("LOABAN_PORT", "LOABAN_TIME_ZONE", "LOABAN_TARGET_LUFS", "LOABAN_HOMME? (LOABAN_HOME)"):
        assert name in problems


def test_a_password_in_a_value_that_cannot_be_used_is_not_told() -> None:
    environ = dict.fromkeys(("LOABAN_CENTRAL_URL", "LOABAN_BROKER_URL"), "ftp://dai:SECRET/x@may")
    with pytest.raises(BadSettings) as caught:
        load_settings(environ)
    problems = str(caught.value.facts["problems"])
    assert "SECRET" not in problems and "LOABAN_CENTRAL_URL=***" in problems and "LOABAN_BROKER_URL=***" in problems


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "address"
    secret.write_text("postgresql://station:secret@localhost/loaban\n", encoding="utf-8")
    settings = load_settings({"LOABAN_DATABASE_URL_FILE": str(secret)})
    assert settings.resolved_database_url == "postgresql://station:secret@localhost/loaban"


def test_a_secret_file_that_is_missing_is_a_problem_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings({"LOABAN_DATABASE_URL_FILE": str(tmp_path / "nothing")})
    assert "LOABAN_DATABASE_URL_FILE" in str(caught.value.facts["problems"])


def test_a_file_that_is_no_text_is_a_problem_by_name(tmp_path: Path) -> None:
    (tmp_path / "lease").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings) as caught:
        load_settings({"LOABAN_LEASE_FILE": str(tmp_path / "lease")})
    assert "LOABAN_LEASE_FILE" in str(caught.value.facts["problems"])


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("LOABAN_LEASE", ("0", "-1", "1e9")),
        ("LOABAN_TICK", ("0", "-5")),
        ("LOABAN_CLAIM_LEAD", ("-1",)),
        ("LOABAN_HORIZON_DAYS", ("0", "-1", "999999999")),
        ("LOABAN_OPUS_KBPS", ("0", "-4", "1000")),
        ("LOABAN_LOG_LEVEL", ("LOUD", "info")),
        ("LOABAN_BROKER_URL", ("dai.example", "https://dai.example", "mqtt://", "mqtt://dai:many", "mqtt://dai/a")),
        ("LOABAN_PUBLIC_URL", ("dai.example", "ftp://dai.example", "https://", "https://dai:many", "https://dai/?a=b")),
    ],
)
def test_a_setting_that_no_station_could_run_with_is_refused_at_the_start(name: str, bad: tuple[str, ...]) -> None:
    for text in bad:
        with pytest.raises(BadSettings) as caught:
            load_settings({name: text})
        assert name in str(caught.value.facts["problems"])


def test_the_password_of_a_broker_is_not_shown(tmp_path: Path) -> None:
    settings = load_settings(
        {"LOABAN_BROKER_AUTHORITY": str(tmp_path), "LOABAN_BROKER_URL": "mqtts://station:secret@dai.example:8884"}
    )
    assert written_setting(settings, "broker_url") == "mqtts://station:***@dai.example:8884"
    assert written_setting(settings, "broker_files") == ""


def test_hours_are_stretches_of_the_day_and_may_end_with_it() -> None:
    settings = load_settings({"LOABAN_ALLOWED_HOURS": "05:00-08:00, 17:00-24:00"})
    assert settings.allowed_hours == ((time(5), time(8)), (time(17), time.max))
    for bad in ("8:00", "08:00-08:00", "05:00-25:00", "never"):
        with pytest.raises(BadSettings):
            load_settings({"LOABAN_ALLOWED_HOURS": bad})


def test_every_setting_is_documented_with_its_default() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for item in fields(Settings):
        default = item.metadata["default"] or "(empty)"
        assert f"| `{PREFIX}{item.name.upper()}` | `{default}` | {item.metadata['meaning']} |" in text

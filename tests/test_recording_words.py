import pytest

from scheduler.domain.programme import IngestState, RecordingState, Verdict
from scheduler.models import IngestRequest, Recording
from scheduler.recording_words import Progress, progress_of, sentences, sentences_of, write_figure, write_minutes


def a_recording(*, waits: IngestState | None = None, verdict: Verdict | None = None, **others: object) -> Recording:
    state = RecordingState.RECEIVED if verdict is None else RecordingState.MEASURED
    request = None if waits is None else IngestRequest(state=waits, failure=others.pop("failure", None))
    return Recording(state=state, verdict=verdict, ingest=request, findings=[], facts={}, **others)


@pytest.mark.parametrize(
    ("recording", "progress"),
    [
        (a_recording(waits=IngestState.QUEUED), IngestState.QUEUED),
        (a_recording(waits=IngestState.RUNNING), IngestState.RUNNING),
        (a_recording(waits=IngestState.FAILED), IngestState.FAILED),
        (a_recording(waits=IngestState.DONE), RecordingState.RECEIVED),
        (a_recording(waits=IngestState.DONE, verdict=Verdict.FLAGGED), Verdict.FLAGGED),
        (a_recording(verdict=Verdict.REFUSED), Verdict.REFUSED),
    ],
)
def test_how_far_a_recording_is(recording: Recording, progress: Progress) -> None:
    assert progress_of(recording) is progress


def test_silence_is_told_by_minute_and_second() -> None:
    told = {"findings": [{"code": "dead_air", "at_s": 192.4, "for_s": 4.0}]}
    assert sentences(told, facts={}) == ["Im lặng 4 giây ở phút 3:12; hãy nghe lại chỗ đó."]
    assert sentences(told, facts={}, language="en") == ["Silence of 4 seconds at minute 3:12; listen to that place."]


def test_a_refusal_comes_before_the_findings() -> None:
    recording = a_recording(verdict=Verdict.REFUSED, code="too_short")
    recording.facts, recording.findings = {"seconds": 3.25, "limit_s": 5}, [{"code": "dc_offset"}]
    first, second = sentences_of(recording)
    assert first.startswith("Bản thu chỉ dài 3,2 giây") and second.startswith("Âm thanh bị lệch")


def test_what_could_not_be_measured_says_why() -> None:
    recording = a_recording(waits=IngestState.FAILED, failure="media_not_stored")
    assert sentences_of(recording)[0].startswith("Không ghi được tệp âm thanh")


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (192.4, "3:12"), (3600, "60:00")])
def test_a_place_is_written_as_players_write_it(seconds: float, text: str) -> None:
    assert write_minutes(seconds) == text


@pytest.mark.parametrize(
    ("name", "value", "vi", "en"),
    [
        ("integrated_lufs", -21.44, "-21,4 LUFS", "-21.4 LUFS"),
        ("sample_rate", 44_100, "44.100 Hz", "44,100 Hz"),
        ("seconds", 505.25, "8:25,2", "8:25.2"),
        ("limiter_share", 0.031, "3%", "3%"),
        ("codec", "mp3", "mp3", "mp3"),
    ],
)
def test_measurements_have_units_and_the_languages_comma(name: str, value: object, vi: str, en: str) -> None:
    assert (write_figure(name, value), write_figure(name, value, language="en")) == (vi, en)

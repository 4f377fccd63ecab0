"""How a measured recording is shown to a person: a table and its findings as sentences, in Vietnamese or English."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from scheduler.domain.programme import IngestState, Verdict
from scheduler.labels import label as label_state
from scheduler.models import Recording
from scheduler.recording_words import progress_of, sentences, write_figure

_PROGRESS = (Verdict, IngestState)
LABELS: Mapping[str, Mapping[str, str]] = {
    "verdict": {"vi": "Kết luận", "en": "Verdict"},
    "seconds": {"vi": "Thời lượng", "en": "Length"},
    "integrated_lufs": {"vi": "Độ to", "en": "Loudness"},
    "range_lu": {"vi": "Dải độ to", "en": "Loudness range"},
    "true_peak_dbtp": {"vi": "Đỉnh thật", "en": "True peak"},
    "head_silence_s": {"vi": "Lặng đầu", "en": "Silence at the head"},
    "tail_silence_s": {"vi": "Lặng cuối", "en": "Silence at the tail"},
    "codec": {"vi": "Kiểu mã hóa", "en": "Codec"},
    "channels": {"vi": "Số kênh", "en": "Audio channels"},
    "sample_rate": {"vi": "Lấy mẫu", "en": "Sampling rate"},
    "sha256": {"vi": "SHA-256", "en": "SHA-256"},
    "gain_db": {"vi": "Đã tăng", "en": "Gain"},
    "limiter_max_db": {"vi": "Hạn biên nhiều nhất", "en": "Limiter at most"},
    "limiter_share": {"vi": "Hạn biên trong", "en": "Limiter works for"},
    "measure": {"vi": "Đo", "en": "Measuring"},
    "render": {"vi": "Làm tệp phát", "en": "Rendering"},
}


def label(code: str, language: str) -> str:
    """The word for the name of a figure, or for how far a recording is; or the code."""
    state = next((kind(code) for kind in _PROGRESS if code in set(kind)), None)
    return LABELS.get(code, {}).get(language, code) if state is None else label_state(state, language=language)


def print_sheet(told: Mapping[str, Any], *, facts: Mapping[str, Any], language: str) -> None:
    """Print what `Measurement.to_json` (and the rendering) tells: verdict, reason, figures, findings."""
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(overflow="fold")
    table.add_row(label("verdict", language), label(str(told["verdict"]), language))
    for key, value in told.items():
        if key not in {"verdict", "code", "findings"} and key in LABELS and value is not None:
            table.add_row(label(key, language), write_figure(key, value, language=language))
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    console.print(table)
    for sentence in sentences(told, facts=facts, language=language):
        console.print(f"• {sentence}")


def row_of(recording: Recording) -> dict[str, Any]:
    """A recording as plain values: what it is, how far it is, and what was measured."""
    edition, request = recording.edition, recording.ingest
    measured = (
        *("seconds", "integrated_lufs", "range_lu", "true_peak_dbtp", "head_silence_s", "tail_silence_s"),
        *("findings", "codec", "channels", "sample_rate", "sha256", "master_sha256", "opus_sha256", "master_seconds"),
    )
    return {
        "recording": recording.id,
        "series": edition.episode.series.code,
        "year": edition.episode.year,
        "number": edition.episode.number,
        "language": edition.language,
        "take": recording.take,
        "original_name": recording.original_name,
        "size_bytes": recording.size_bytes,
        "received_at": recording.received_at.isoformat(),
        "received_by": recording.received_by,
        "state": progress_of(recording).value,
        "step": request.step if request else "",
        "share": request.share if request else None,
        "verdict": recording.verdict.value if recording.verdict else None,
        "code": recording.code or (request.failure if request else None),
        "facts": recording.facts,
        **{name: getattr(recording, name) for name in measured},
        "rendering": recording.rendering,
    }

"""How long the ingest of a nine-minute recording takes and how much memory, beside ffmpeg and LibreTime's analysis."""

import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
RATE = 44_100
RUNS = 3
AIM_INGEST, AIM_ANALYSIS, AIM_MIB = 0.5, 0.7, 300

MEASURE = "import sys; from pathlib import Path; from audio.measure import measure; measure(Path(sys.argv[1]))"
INGEST = (
    "import sys; from pathlib import Path; from audio.intake import ingest_file;"
    "ingest_file(Path(sys.argv[1]), Path(sys.argv[2]))"
)
TIMED = """
import resource, subprocess, sys, time
began = time.perf_counter()
for command in sys.argv[1].split("\\x1e"):
    subprocess.run(command.split("\\x1f"), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
took = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def speak(minutes: int, path: Path) -> None:
    """Write a stereo MP3 that sounds somewhat like speech, the same minute again and again."""
    seconds = [_speak_a_second(second) for second in range(60)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = 192_000
        for number in range(minutes * 60):
            frame = av.AudioFrame.from_ndarray(seconds[number % 60], "fltp", "stereo")
            frame.sample_rate, frame.pts = RATE, number * RATE
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _speak_a_second(second: int) -> np.ndarray:
    """Make a second of a buzz with formants in syllables and breaths."""
    t = second + np.arange(RATE) / RATE
    pitch = 2 * np.pi * 120 * t + 6 * np.sin(2 * np.pi * 0.4 * t)
    buzz = sum(_formants(120 * n) * np.sin(n * pitch + n * n) for n in range(1, 30))
    syllables = np.clip(np.sin(2 * np.pi * 4 * t), 0, 1) * (np.sin(2 * np.pi * t / 5 - 1) > -0.9)
    stress = 0.4 + 0.6 * np.abs(np.sin(2 * np.pi * 0.7 * t)) ** 3
    spoken = 0.06 * buzz * syllables * stress + 1e-4 * np.random.default_rng(second).standard_normal(RATE)
    return np.ascontiguousarray(np.stack([spoken, 0.9 * np.roll(spoken, 7)]), np.float32)


def _formants(frequency: float) -> float:
    return 0.02 + sum(np.exp(-(((frequency - f) / w) ** 2)) for f, w in ((500, 250), (1500, 300), (2500, 400)))


def run(*commands: Sequence[str], runs: int = RUNS) -> tuple[float, float, float]:
    """Run commands one after the other, several times; give the best time, its computing time and the peak memory."""
    joined = "\x1e".join("\x1f".join(command) for command in commands)
    results = []
    for _ in range(runs):
        told = subprocess.run(
            [sys.executable, "-c", TIMED, joined], capture_output=True, text=True, check=True, cwd=ROOT
        )
        took, used, peak = map(float, told.stdout.split())
        results.append((took, used, peak))
    best = min(results)
    return best[0], best[1], max(result[2] for result in results)


def libretime(file: Path) -> list[list[str]]:
    """Give the commands that LibreTime's analyser runs on an upload, less the one of liquidsoap."""
    null = ["-f", "null", "/dev/null", "-hide_banner", "-nostats"]
    quiet = "silencedetect=noise=0.15:duration=1"
    return [
        ["ffprobe", "-i", str(file)],
        ["ffprobe", "-i", str(file), "-show_entries", "format=duration", "-v", "quiet", "-of", "csv=p=0"],
        ["ffmpeg", "-nostdin", "-i", str(file), "-vn", "-filter", "replaygain", *null],
        ["ffmpeg", "-nostdin", "-i", str(file), "-vn", "-filter", quiet, *null],
    ]


def ffmpeg(file: Path, into: Path) -> list[str]:
    """Give one ffmpeg command that measures, limits and encodes to the same two formats."""
    chain = (
        "[0:a]ebur128=peak=true,pan=mono|c0=0.5*c0+0.5*c1,volume=6dB,alimiter=limit=0.79:level=0,"
        "aresample=48000,asplit=2[a][b]"
    )
    return [
        *("ffmpeg", "-nostdin", "-y", "-i", str(file), "-filter_complex", chain),
        *("-map", "[a]", "-sample_fmt", "s16", str(into / "peer.flac")),
        *("-map", "[b]", "-c:a", "libopus", "-b:a", "48k", str(into / "peer.opus")),
    ]


def _numbers(result: tuple[float, float, float]) -> tuple[str, str, str]:
    took, used, peak = result
    return f"{took:.2f}", f"{used:.2f}", f"{peak:.0f}"


def main() -> None:
    """Print the table."""
    table = Table(title=f"Ingest of a stereo MP3 (best of {RUNS}, each in a process of its own)")
    for column in ("what", "seconds", "CPU s", "peak MiB", "against the peer", "aim"):
        table.add_column(column, justify="left" if column == "what" else "right")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nine, hour = folder / "nine.mp3", folder / "hour.mp3"
        speak(9, nine)
        speak(60, hour)
        has_peers = bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))
        peers = (run(*libretime(nine)), run(ffmpeg(nine, folder))) if has_peers else (None, None)
        ours = (
            run([sys.executable, "-c", MEASURE, str(nine)]),
            run([sys.executable, "-c", INGEST, str(nine), str(folder)]),
        )
        names = ("analysis as LibreTime does it, 9 min", "ffmpeg: ebur128, limiter, FLAC, Opus, 9 min")
        for peer_name, our_name, peer, our, aim in zip(
            names,
            ("our measurement, 9 min", "our whole ingest, 9 min"),
            peers,
            ours,
            (AIM_ANALYSIS, AIM_INGEST),
            strict=True,
        ):
            table.add_row(peer_name, *(_numbers(peer) if peer else ("not installed", "", "")), "", "")
            table.add_row(our_name, *_numbers(our), f"{our[0] / peer[0]:.2f}" if peer else "", f"≤ {aim}")
        long = run([sys.executable, "-c", INGEST, str(hour), str(folder)], runs=1)
        table.add_row("our whole ingest, 60 min", *_numbers(long), "", f"≤ {AIM_MIB} MiB")
    Console(width=110).print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"(The process that writes the sample and starts the others takes {peak:.0f} MiB itself.)")


if __name__ == "__main__":
    main()

"""Making the files that air: trimmed, mono, 48 kHz, at the station's loudness, below its ceiling."""

import hashlib
import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import numpy as np
from av.error import FFmpegError

from audio.draft import CHUNK, HOP, Draft
from audio.encode import RATE, Pcm, find_cuts, open_flac, write_opus
from audio.limiter import Caps, GainPlan, plan_gain
from audio.loudness import HOPS_PER_S, integrated_lufs
from audio.measure import Reading, Tell
from audio.meter import Meter
from audio.target import Rendering, Target
from audio.verdict import Finding
from scheduler.errors import StepFailed

__all__ = ["Rendering", "Target", "naming", "render"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cut:
    """The stretch of the draft that airs, with its gain."""

    draft: Draft
    first_hop: int
    last_hop: int
    plan: GainPlan
    stopped: Event

    @property
    def samples(self) -> int:
        return (self.last_hop - self.first_hop) * HOP

    def read(self, begins: int, ends: int) -> Pcm:
        """Give finished samples; `begins` is the beginning of a hop. Called from several threads."""
        if self.stopped.is_set():
            raise InterruptedError("stopped")
        last_hop = -(-ends // HOP)
        factors = self.plan.factors(begins // HOP, last_hop, HOP)[: ends - begins]
        offset = self.first_hop * HOP
        sound = self.draft.read(offset + begins, offset + ends) * factors
        pcm: Pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
        return pcm


def render(draft: Draft, reading: Reading, into: Path, *, target: Target, tell: Tell | None = None) -> Rendering:
    """Make the files that air in the folder `into`. Raises `StepFailed` and what `tell` raises."""
    cut = _cut(draft, reading, target)
    with TemporaryDirectory(prefix=".render-", dir=into) as folder:
        flac, opus = Path(folder) / "master.flac", Path(folder) / "transport.opus"
        with ThreadPoolExecutor(1, thread_name_prefix="flac") as pool:
            heard = pool.submit(_write_master, flac, cut)
            try:
                _write_transport(opus, cut, target, tell)
                integrated, true_peak = heard.result()
            except BaseException:
                cut.stopped.set()
                raise
        with naming("store"):
            (master, master_sha256), (transport, opus_sha256) = _keep(flac, into), _keep(opus, into)
    below = target.lufs - integrated
    return Rendering(
        master=master,
        master_sha256=master_sha256,
        opus=transport,
        opus_sha256=opus_sha256,
        seconds=cut.samples / RATE,
        integrated_lufs=integrated,
        true_peak_dbtp=true_peak,
        gain_db=cut.plan.gain_db,
        limiter_max_db=cut.plan.limiter_max_db,
        limiter_share=cut.plan.limiter_share,
        trimmed_head_s=cut.first_hop / HOPS_PER_S,
        trimmed_tail_s=(len(reading.mono_power) - cut.last_hop) / HOPS_PER_S,
        findings=(Finding(code="loudness_below_target", value=integrated, limit=target.lufs),) if below > 0.3 else (),
    )


@contextmanager
def naming(step: str) -> Iterator[None]:
    """Turn what the disk or an encoder reports into a failure that names the step."""
    try:
        yield
    except (OSError, FFmpegError) as error:
        raise StepFailed(step=step, reason=error.strerror or str(error)) from error


def _cut(draft: Draft, reading: Reading, target: Target) -> _Cut:
    hops = min(len(reading.mono_power), len(draft.peaks))
    kept = round(target.silence_kept_s * HOPS_PER_S)
    first, last = max(0, reading.head_hops - kept), min(hops, hops - reading.tail_hops + kept)
    caps = Caps(
        ceiling_dbtp=target.ceiling_dbtp,
        limiter_max_db=target.limiter_max_db,
        limiter_share=target.limiter_share,
        gain_max_db=target.gain_max_db,
    )
    plan = plan_gain(reading.mono_power[first:last], draft.peaks[first:last], target_lufs=target.lufs, caps=caps)
    return _Cut(draft=draft, first_hop=first, last_hop=last, plan=plan, stopped=Event())


def _write_master(path: Path, cut: _Cut) -> tuple[float, float]:
    """Write the FLAC file and measure what goes into it: loudness and true peak."""
    meter = Meter(RATE, ("FC",), (1.0,))
    with naming("flac"), open_flac(path) as flac:
        for begins in range(0, cut.samples, CHUNK):
            pcm = cut.read(begins, min(begins + CHUNK, cut.samples))
            flac.write(pcm)
            meter.hear(pcm.astype(np.float32)[np.newaxis] / np.float32(32768))
    return integrated_lufs(meter.power), 20 * math.log10(max(meter.true_peak, 1e-9))


def _write_transport(path: Path, cut: _Cut, target: Target, tell: Tell | None) -> None:
    power = cut.draft.power_of(cut.first_hop, cut.last_hop)
    cuts = find_cuts(power, hop=HOP, samples=cut.samples)
    shares = write_opus(path, cut.read, cut.samples, cuts=cuts, bits_per_s=target.opus_bits_per_s)
    with closing(shares):
        while True:
            with naming("opus"):
                share = next(shares, None)
            if share is None:
                return
            if tell:
                tell(share)


def _keep(path: Path, into: Path) -> tuple[Path, str]:
    """Name a finished file by its content, durably."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    kept = into / f"{sha256}{path.suffix}"
    path.replace(kept)
    folder = os.open(into, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept, sha256

"""What a screen shows of a recording's sound: its waveform as far as it can be heard, and the places to listen to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FULL = 100
"""The height of the highest peak: a quiet recording is drawn as high as a loud one, since both air equally loud."""
FAINTEST = 0.02
"""What never gets louder than this is drawn as low as it is: noise must not look like speech."""
BEFORE_S = 2.0
"""So long before a finding one begins to listen."""
TOLD_CUT_S = 1.0
"""Less than this cut off the head is not worth a word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A finding that has a place in what is heard."""

    finding: Mapping[str, object]
    """With its place told as the player tells it."""
    at_s: float
    until_s: float
    play_from_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Waveform:
    """The waveform of what is heard; `peaks` between 0 and `FULL` in equal steps over `seconds`."""

    seconds: float
    peaks: tuple[int, ...]
    places: tuple[Place, ...]
    unplaced: tuple[Mapping[str, object], ...]
    """Findings about the whole recording."""
    cut_s: float
    """So much silence was cut off the head, so that places in the delivered file lie later by it."""

    @property
    def is_cut(self) -> bool:
        """Tell whether places in the delivered file are other ones than those in the player."""
        return self.cut_s >= TOLD_CUT_S


def draw(
    peaks: Sequence[float],
    *,
    seconds: float,
    findings: Sequence[Mapping[str, object]],
    cut_s: float = 0.0,
    heard_s: float | None = None,
) -> Waveform:
    """The waveform from `cut_s` on for `heard_s` of a file of `seconds` whose peaks and findings these are."""
    lasts = seconds - cut_s if heard_s is None else heard_s
    places = [
        _place(finding, cut_s=cut_s, seconds=lasts) for finding in findings if _number(finding, "at_s") is not None
    ]
    return Waveform(
        seconds=lasts,
        peaks=_scale(_crop(peaks, first=cut_s / seconds, last=(cut_s + lasts) / seconds) if seconds > 0 else ()),
        places=tuple(sorted(places, key=lambda place: place.at_s)),
        unplaced=tuple(finding for finding in findings if _number(finding, "at_s") is None),
        cut_s=cut_s,
    )


def outline(waveform: Waveform, *, width: int, height: int) -> str:
    """The waveform as the path of an SVG picture: up along the peaks, back along their mirror."""
    middle, count = height / 2, len(waveform.peaks)
    if count == 0:
        return f"M0 {middle:g}H{width}"
    columns = min(count, width // 2)
    highest = [max(waveform.peaks[i * count // columns : (i + 1) * count // columns]) for i in range(columns)]
    upper = [(round(i * width / max(1, columns - 1), 1), peak * middle / FULL) for i, peak in enumerate(highest)]
    there = " ".join(f"{x:g} {round(middle - rise, 1):g}" for x, rise in upper)
    back = " ".join(f"{x:g} {round(middle + max(rise, 0.5), 1):g}" for x, rise in reversed(upper))
    return f"M{there} {back}Z"


def _place(finding: Mapping[str, object], *, cut_s: float, seconds: float) -> Place:
    at_s = min(max(0.0, (_number(finding, "at_s") or 0.0) - cut_s), seconds)
    until_s = min(seconds, at_s + (_number(finding, "for_s") or 0.0))
    told = {**finding, "at_s": at_s}
    return Place(finding=told, at_s=at_s, until_s=until_s, play_from_s=max(0.0, at_s - BEFORE_S))


def _number(finding: Mapping[str, object], name: str) -> float | None:
    value = finding.get(name)
    return float(value) if isinstance(value, int | float) else None


def _crop(peaks: Sequence[float], *, first: float, last: float) -> Sequence[float]:
    count = len(peaks)
    return peaks[round(first * count) : max(round(last * count), round(first * count) + 1)]


def _scale(peaks: Sequence[float]) -> tuple[int, ...]:
    highest = max([FAINTEST, *peaks])
    return tuple(round(FULL * min(1.0, max(0.0, peak) / highest)) for peak in peaks)

"""Charts as geometry: numbers in, places of bars and lines out; a template macro writes them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 960.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 8.0, 22.0, 34.0
"""Room around the bars for the scale and the names."""
GROUP_FILL = 0.72
"""How much of a group's room its bars take."""
MOST_STEPS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One bar; `series` is the place of its series (its colour comes from a class), `text` what stands above it."""

    x: float
    y: float
    width: float
    height: float
    series: int
    value: int
    text: str
    title: str

    @property
    def middle(self) -> float:
        """Where its text stands."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A place on an axis with its name."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BarChart:
    """Groups of bars side by side over a common scale."""

    bars: Sequence[Bar]
    names: Sequence[Mark]
    scale: Sequence[Mark]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    floor: float = HEIGHT - BOTTOM


def draw_bars(names: Sequence[str], values: Sequence[Sequence[int]], titles: Sequence[str]) -> BarChart:
    """A group for each name with a bar of each series; `values[series][group]`, `titles` name the series."""
    highest = max((value for series in values for value in series), default=0)
    step = nice_step(highest)
    steps = max(1, -(-highest // step))
    floor = HEIGHT - BOTTOM
    per_unit = (floor - TOP) / (steps * step)
    room = (WIDTH - LEFT - RIGHT) / max(1, len(names))
    width = room * GROUP_FILL / max(1, len(values))
    bars = [
        Bar(
            x=round(LEFT + group * room + room * (1 - GROUP_FILL) / 2 + place * width, 2),
            y=round(floor - series[group] * per_unit, 2),
            width=round(width * 0.92, 2),
            height=round(series[group] * per_unit, 2),
            series=place,
            value=series[group],
            text=_write(series[group]) if series[group] else "",
            title=f"{names[group]}, {titles[place]}: {_write(series[group])}",
        )
        for group in range(len(names))
        for place, series in enumerate(values)
    ]
    return BarChart(
        bars=bars,
        names=[Mark(at=round(LEFT + (group + 0.5) * room, 2), text=name) for group, name in enumerate(names)],
        scale=[
            Mark(at=round(floor - place * step * per_unit, 2), text=_write(place * step)) for place in range(steps + 1)
        ],
    )


def nice_step(highest: int) -> int:
    """A step of 1, 2 or 5 times a power of ten that divides a scale into at most five parts."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * MOST_STEPS >= highest:
                return factor * power
        power *= 10


def _write(value: int) -> str:
    return f"{value:,}".replace(",", ".")

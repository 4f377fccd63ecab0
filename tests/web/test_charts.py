import itertools

import pytest

from web.charts import HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_bars, nice_step


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1), (1, 1), (5, 1), (6, 2), (10, 2), (11, 5), (12, 5), (26, 10), (102, 50), (1347, 500)]
)
def test_a_scale_has_round_steps(highest: int, step: int) -> None:
    assert nice_step(highest) == step


def test_bars_stand_on_the_floor_as_high_as_their_values() -> None:
    chart = draw_bars(["T1", "T2"], [[0, 5], [10, 20]], ["trước", "này"])
    zero, ten, five, twenty = chart.bars
    assert all(bar.y + bar.height == pytest.approx(chart.floor) for bar in chart.bars)
    assert zero.height == 0 and zero.text == ""
    assert twenty.height == pytest.approx(2 * ten.height) == pytest.approx(4 * five.height)
    assert (five.title, twenty.title) == ("T2, trước: 5", "T2, này: 20")
    assert [mark.text for mark in chart.scale] == ["0", "5", "10", "15", "20"]
    assert chart.scale[-1].at == pytest.approx(TOP) and chart.scale[0].at == pytest.approx(chart.floor)


def test_bars_do_not_overlap_and_stay_inside() -> None:
    chart = draw_bars([str(n) for n in range(13)], [[1347] * 13, [9] * 13], ["a", "b"])
    bars = sorted(chart.bars, key=lambda bar: bar.x)
    assert all(a.x + a.width <= b.x for a, b in itertools.pairwise(bars))
    assert bars[0].x >= LEFT and bars[-1].x + bars[-1].width <= WIDTH - RIGHT
    assert all(0 <= bar.y <= HEIGHT for bar in bars) and "1.347" in [bar.text for bar in bars]


def test_nothing_at_all_is_a_chart_too() -> None:
    chart = draw_bars(["T1"], [[0], [0]], ["a", "b"])
    assert [mark.text for mark in chart.scale] == ["0", "1"] and all(bar.height == 0 for bar in chart.bars)
    assert draw_bars([], [[], []], ["a", "b"]).bars == []

"""Drawings that the server makes: money by day, and the parts of a run."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, get_args

from msgspec import Struct

from cinestreamd.store.reports import RunReport
from cinestreamd.store.spending import Stage

WIDTH: Final = 480
HEIGHT: Final = 200
LEFT: Final = 4
BASE: Final = 170
HALF_LABEL: Final = 22
TOP: Final = 24
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

LINE: Final = 26
"""Height of one line of a timeline."""


class Bar(Struct, frozen=True, kw_only=True):
    """A rectangle; ``kind`` decides its colour, ``title`` is what it says."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str = ""
    label: str = ""


class SpendingChart(Struct, frozen=True, kw_only=True):
    """Money by day: bars, the days below some of them, the most on the scale, and where the cap is on it."""

    bars: Sequence[Bar]
    days: Sequence[tuple[float, date]]
    most: int
    cap: float | None


def spending_chart(days: Mapping[date, Mapping[str, int]], *, last: date, count: int, cap: int) -> SpendingChart:
    """The last ``count`` days up to ``last``; amounts by stage in millionths of a US dollar.

    The cap is drawn where it is not more than twice the dearest day: otherwise it would press the bars flat.
    """
    dearest = max((sum(amounts.values()) for amounts in days.values()), default=0)
    most = max(cap if cap <= 2 * dearest else dearest, dearest, 1)
    step = (WIDTH - LEFT) / count
    bars: list[Bar] = []
    marks: list[tuple[float, date]] = []
    for place in range(count):
        day = last - timedelta(days=count - 1 - place)
        x, y = LEFT + place * step, float(BASE)
        if (count - 1 - place) % 7 == 0:
            marks.append((round(min(x + step / 2, WIDTH - HALF_LABEL), 1), day))
        for stage in STAGES:
            amount = days.get(day, {}).get(stage, 0)
            height = amount / most * (BASE - TOP)
            if amount:
                y -= height
                bars.append(
                    Bar(x=round(x, 1), y=round(y, 1), width=round(step * 0.75, 1), height=round(height, 1), kind=stage)
                )
    line = round(BASE - cap / most * (BASE - TOP), 1) if cap <= most else None
    return SpendingChart(bars=bars, days=marks, most=most, cap=line)


class Timeline(Struct, frozen=True, kw_only=True):
    """The parts of a run from left to right, one line each."""

    bars: Sequence[Bar]
    height: int


def run_timeline(report: RunReport, names: Mapping[str, str]) -> Timeline:
    """A run's stages, and below them its cinemas as they were read."""
    parts = [(stage.began, stage.seconds, "stage", str(stage.stage)) for stage in report.stages]
    cinemas = sorted(report.cinemas, key=lambda each: (each.began, each.cinema_id))
    parts += [(each.began, each.seconds, "cinema", names.get(each.cinema_id, each.cinema_id)) for each in cinemas]
    whole = max((began + seconds for began, seconds, _, _ in parts), default=0.0) or 1.0
    bars = [
        Bar(
            x=round(began / whole * WIDTH, 1),
            y=place * LINE,
            width=max(round(seconds / whole * WIDTH, 1), 2.0),
            height=LINE - 6,
            kind=kind,
            title=f"{seconds:.2f}",
            label=name,
        )
        for place, (began, seconds, kind, name) in enumerate(parts)
    ]
    return Timeline(bars=bars, height=len(bars) * LINE)

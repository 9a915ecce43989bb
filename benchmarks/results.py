"""What the benchmark finds: figures by round, and ratios held against their aims; as a table, as JSON, as Markdown."""

import json
import os
import platform
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

Size = TypeVar("Size", int, tuple[int, ...])
COST: Final = ": processor time of each"
"""Ends the name of a figure that says what the answers of another one have cost."""


@dataclass(frozen=True)
class Plan:
    """How much is measured. ``peers``: whether Flask is among the contenders; ``quick``: only that all of it works."""

    rounds: int
    seconds: int
    quick: bool
    peers: bool

    def size(self, whole: Size, small: Size) -> Size:
        """``whole``, or ``small`` when only a quick look is wanted."""
        return small if self.quick else whole


@dataclass(frozen=True)
class Figure:
    """One thing measured, a value a round."""

    name: str
    unit: str
    values: Sequence[float]

    @property
    def median(self) -> float:
        """What counts."""
        return statistics.median(self.values)


@dataclass(frozen=True)
class Ratio:
    """A ratio (or a figure) with the bound that it is held to; ``at_most`` turns the bound around."""

    name: str
    value: float
    aim: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether it holds."""
        return self.value <= self.aim if self.at_most else self.value >= self.aim

    @property
    def bound(self) -> str:
        """The aim in words."""
        return f"{'at most' if self.at_most else 'at least'} {self.aim:g}"


@dataclass(frozen=True)
class Part:
    """What one part of the benchmark found."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)

    def note(self, name: str, unit: str, values: Sequence[float]) -> Figure:
        """Keep a figure, and say it at once."""
        figure = Figure(name, unit, values)
        self.figures.append(figure)
        print(f"  {name:58} {shown(figure.median):>10} {unit}", flush=True)
        return figure

    def hold(self, name: str, value: float, aim: float, *, at_most: bool = False) -> None:
        """Keep a ratio, and say whether it holds."""
        ratio = Ratio(name, value, aim, at_most)
        self.ratios.append(ratio)
        print(f"  {name:58} {value:10.2f} ({ratio.bound}: {'holds' if ratio.reached else 'DOES NOT HOLD'})", flush=True)


def machine() -> dict[str, Any]:
    """What the figures were made on."""
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return {
        "cores": os.cpu_count(),
        "processor": found[1] if found else platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load before": [round(each, 2) for each in os.getloadavg()],
    }


def as_json(parts: Iterable[Part], plan: Plan, made_on: dict[str, Any]) -> str:
    """All figures, round by round."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": made_on,
        "plan": asdict(plan),
        "parts": [
            {
                "title": part.title,
                "figures": [{**asdict(each), "median": each.median} for each in part.figures],
                "ratios": [{**asdict(each), "reached": each.reached} for each in part.ratios],
            }
            for part in parts
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_markdown(parts: Iterable[Part], plan: Plan, made_on: dict[str, Any]) -> str:
    """What docs/QUALITY.md holds of a run."""
    on = f"{made_on['cores']} cores ({made_on['processor']}), CPython {made_on['python']}"
    load = f"load average before it {made_on['load before'][0]}"
    rounds = f"medians of {plan.rounds} alternating rounds of {plan.seconds} s each"
    lines = [f"{datetime.now(UTC):%d %B %Y}; {on}, {load}; {rounds}."]
    for part in parts:
        lines += ["", f"### {part.title}", "", "| what | median | least and most | processor time of each |"]
        lines += ["|---|---|---|---|", *_rows(part)]
        if part.ratios:
            lines += ["", "| held to | value | bound |", "|---|---|---|"]
            lines += [
                f"| {each.name} | {each.value:.2f} | {each.bound}{'' if each.reached else ': **not reached**'} |"
                for each in part.ratios
            ]
    return "\n".join(lines) + "\n"


def _rows(part: Part) -> list[str]:
    """A row a figure; what its answers have cost stands in the same one."""
    costs = {each.name.removesuffix(COST): each for each in part.figures if each.name.endswith(COST)}
    rows = []
    for each in part.figures:
        if each.name.endswith(COST):
            continue
        cost = f"{shown(costs[each.name].median)} {costs[each.name].unit}" if each.name in costs else ""
        spread = f"{shown(min(each.values))}, {shown(max(each.values))}" if len(each.values) > 1 else ""
        rows.append(f"| {each.name} | {shown(each.median)} {each.unit} | {spread} | {cost} |")
    return rows


def shown(value: float) -> str:
    """A number as people read it: three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

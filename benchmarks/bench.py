"""The benchmark that anyone can repeat: ``make bench``, or ``python benchmarks/bench.py --help``.

Everything runs on loopback and is started here. Contenders take turns, so that whatever else the machine does meets all
alike; medians are compared as ratios. It prints tables, and writes ``.build/bench.json`` and ``.build/bench.md``.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from deaths import measure_deaths
from front import measure_front
from growth import measure_growth
from logged import measure_logging
from processes import measure_processes
from reading import measure_reading
from results import Part, Plan, as_json, as_markdown, machine
from serving import measure_one_worker
from wrk import require_wrk

PARTS: Final[Mapping[str, Callable[[Path, Plan], Part]]] = {
    "a": measure_one_worker,
    "b": measure_front,
    "c": measure_processes,
    "d": measure_deaths,
    "e": measure_growth,
    "f": measure_reading,
    "g": measure_logging,
}
PLACE: Final = Path(__file__).parent.parent / ".build"


def main() -> None:
    """Measure the parts that are asked for."""
    options = _options()
    plan = Plan(
        rounds=1 if options.quick else options.rounds,
        seconds=1 if options.quick else options.seconds,
        quick=options.quick,
        peers=not options.no_peers,
    )
    require_wrk()
    made_on = machine()
    parts = []
    for letter in options.parts:
        with tempfile.TemporaryDirectory(prefix="cinestreamd-bench-") as folder:
            print(f"({letter})", flush=True)
            parts.append(PARTS[letter](Path(folder), plan))
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "bench.json").write_text(as_json(parts, plan, made_on), encoding="utf-8")
    (options.output / "bench.md").write_text(as_markdown(parts, plan, made_on), encoding="utf-8")
    missed = [ratio.name for part in parts for ratio in part.ratios if not ratio.reached]
    print(f"{sum(len(part.ratios) for part in parts)} bounds, not reached: {', '.join(missed) or 'none'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="".join(PARTS), help=f"letters of the parts (all: {''.join(PARTS)})")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of each load")
    parser.add_argument("--quick", action="store_true", help="one short round with little data: whether it all works")
    parser.add_argument("--no-peers", action="store_true", help="leave Flask out")
    parser.add_argument("--output", type=Path, default=PLACE, help="where bench.json and bench.md go")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such parts: {''.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()

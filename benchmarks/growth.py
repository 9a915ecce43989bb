"""Part (e): what pages cost as a site's data grows; a city always has a hundred showings."""

from contextlib import ExitStack
from pathlib import Path

from results import Part, Plan
from servers import Daemon
from serving import JSON_PATH, uncached_city
from wrk import Asked, put_load_on


def measure_growth(folder: Path, plan: Plan) -> Part:
    """One worker over each amount of data, one client, in turn: the delay that half of the answers stay below."""
    part = Part("As data grows (e)")
    known = plan.size(1000, 3)
    sizes = {f"{count:,} showtimes": (known, count) for count in plan.size((1_000, 10_000, 100_000), (100, 300))}
    sizes |= {f"{count:,} cities": (count, 1_000) for count in plan.size((10, 1_000, 5_000), ())}
    pages = {
        "city page made anew": uncached_city(),
        "showtimes JSON made anew": [Asked(JSON_PATH)],
        "front page": [Asked("/uk/")],
    }
    found: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as stack:
        daemons = {
            name: stack.enter_context(
                Daemon(folder / name.replace(" ", "-"), cities=cities, showtimes=showtimes).running()
            )
            for name, (cities, showtimes) in sizes.items()
        }
        for _ in range(plan.rounds):
            for page, asked in pages.items():
                for name, daemon in daemons.items():
                    load = put_load_on(daemon.ports[0], asked, clients=1, seconds=max(plan.seconds - 1, 1))
                    found.setdefault((page, name), []).append(load.p50)
    medians = {key: part.note(f"{key[0]}, {key[1]}", "ms", values).median for key, values in found.items()}
    names = [name for name in sizes if "showtimes" in name]
    page = next(iter(pages))
    ratio = medians[page, names[-1]] / max(medians[page, names[0]], 0.001)
    part.hold(f"{page}: {names[-1]} / {names[0]}", ratio, 1.5, at_most=True)
    return part

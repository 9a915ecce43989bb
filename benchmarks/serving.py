"""Part (a): what one worker serves a second, against Flask under gunicorn and against nginx with the same bytes."""

import json
import re
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from results import COST, Part, Plan
from servers import Daemon, fetch, flask, nginx, processor_seconds
from sowing import tomorrow
from wrk import Asked, put_load_on

JSON_PATH: Final = "/api/showtimes?city=kyiv"
VOLATILE: Final = frozenset({"updated", "start", "fetched_at"})
"""Fields that tell the moment of asking, or write the same moment in another way."""
VARIANTS: Final = 5000
"""So many addresses of one page are asked for in turn that none of them is ready when its turn comes again."""


def city_path() -> str:
    """The page of Kyiv on the day of all its showings."""
    return f"/uk/city/kyiv?date={tomorrow(datetime.now(UTC))}"


@dataclass(frozen=True)
class Measured:
    """Answers a second, and microseconds of the answering processes' processor time for each."""

    rate: float
    microseconds: float


def uncached_city() -> list[Asked]:
    """The same page under many addresses: each is made anew."""
    return [Asked(f"{city_path()}&v={number}") for number in range(VARIANTS)]


def measure_one_worker(folder: Path, plan: Plan) -> Part:
    """One worker, one process of Flask, one of nginx."""
    part = Part("One worker (a)")
    anew, other = "showtimes JSON made anew, cinestreamd", "showtimes JSON, Flask"
    ready, file = "ready bytes (style sheet), cinestreamd", "ready bytes (style sheet), nginx with a file"
    with ExitStack() as stack:
        daemon = stack.enter_context(Daemon(folder).running())
        port = daemon.ports[0]
        asset = re.findall(r"/static/(site\.\w+\.css)", fetch(port, "/uk/")[1].decode())[0]
        files = {
            asset: fetch(port, f"/static/{asset}")[1],
            "city.html": fetch(port, city_path())[1],
            "showtimes.json": fetch(port, JSON_PATH)[1],
        }
        front = stack.enter_context(nginx(folder, daemon.sites[0], files=files))
        own, static = daemon.pids, front.pids
        packed = {"Accept-Encoding": "gzip"}
        contenders = {
            anew: Contender(port, [Asked(JSON_PATH)], own),
            "showtimes JSON, nginx with a file": Contender(front.static, [Asked("/showtimes.json")], static),
            "city page made anew, cinestreamd": Contender(port, uncached_city(), own),
            "city page from the worker's memory": Contender(port, [Asked(city_path())], own),
            "city page, compressed, from the worker's memory": Contender(port, [Asked(city_path(), packed)], own),
            "city page, nginx with a file": Contender(front.static, [Asked("/city.html")], static),
            ready: Contender(port, [Asked(f"/static/{asset}")], own),
            file: Contender(front.static, [Asked(f"/{asset}")], static),
        }
        if plan.peers:
            peer = stack.enter_context(flask(daemon.database))
            require_alike(fetch(port, JSON_PATH)[1], fetch(peer.port, JSON_PATH)[1])
            contenders[other] = Contender(peer.port, [Asked(JSON_PATH)], peer.pids)
        loads = take_turns(part, contenders, plan)
    if plan.peers:
        hold_against(part, loads, anew, other, 2.5)
    hold_against(part, loads, ready, file, 0.27)
    return part


@dataclass(frozen=True)
class Contender:
    """Where to ask for what, and the processes that answer."""

    port: int
    asked: list[Asked]
    pids: list[int]


def take_turns(part: Part, contenders: Mapping[str, Contender], plan: Plan) -> dict[str, list[Measured]]:
    """What each contender does, by round; all take turns, so that whatever else the machine does meets all alike."""
    found: dict[str, list[Measured]] = {name: [] for name in contenders}
    for _ in range(plan.rounds):
        for name, each in contenders.items():
            before = processor_seconds(each.pids)
            load = put_load_on(each.port, each.asked, seconds=plan.seconds)
            used = sum(seconds - before[pid] for pid, seconds in processor_seconds(each.pids).items())
            found[name].append(Measured(load.rate, used / max(load.requests, 1) * 1e6))
    for name, loads in found.items():
        part.note(name, "/s", [each.rate for each in loads])
        part.note(f"{name}{COST}", "µs", [each.microseconds for each in loads])
    return found


def hold_against(part: Part, found: Mapping[str, list[Measured]], one: str, other: str, aim: float) -> None:
    """Hold the ratio of two contenders' rates to its aim.

    Beside it stands the ratio of their processor times, which other work on the machine changes less.
    """
    rate, rate_of_other = (median(each.rate for each in found[name]) for name in (one, other))
    cost, cost_of_other = (median(each.microseconds for each in found[name]) for name in (one, other))
    part.note(f"{one} / {other}, by processor time", "", [cost_of_other / max(cost, 0.1)])
    part.hold(f"{one} / {other}", rate / max(rate_of_other, 0.1), aim)


def require_alike(own: bytes, peer: bytes) -> None:
    """End where the two answers differ in more than the moment: then there is nothing to compare."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(each) for key, each in value.items() if key not in VOLATILE}
        return [strip(each) for each in value] if isinstance(value, list) else value

    if strip(json.loads(own)) != strip(json.loads(peer)):
        sys.exit("bench: the two JSON answers differ; there is nothing to compare")

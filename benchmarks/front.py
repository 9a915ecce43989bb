"""Part (b): the product's own nginx before twelve workers, with its micro-cache and past it, for many addresses.

A request with a cookie goes past the micro-cache, as every visitor's with a session does: so one configuration, the
product's as it is rendered, is measured both ways.
"""

import gzip
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from results import Part, Plan
from servers import DOMAIN, Daemon, fetch, flask, nginx
from serving import JSON_PATH, VARIANTS, Contender, city_path, hold_against, take_turns
from visitors import Visitors
from wrk import Asked, put_load_on

CLIENTS: Final = 240
"""Addresses of clients, each of another network: ``ip_hash`` looks at the first three bytes of an address."""
PAST_CACHE: Final = {"Cookie": "bench=1"}
ROUTE: Final = "/{language}/city/{city}"


def from_many(path: str, *, variants: int = 1, **headers: str) -> list[Asked]:
    """A request in the name of many clients; with ``variants``, under as many addresses of the same page."""
    return [
        Asked(
            f"{path}&v={number}" if variants > 1 else path,
            {"Host": DOMAIN, "X-Client": f"10.{number % CLIENTS}.1.1", **headers},
        )
        for number in range(max(variants, CLIENTS))
    ]


def measure_front(folder: Path, plan: Plan) -> Part:
    """Twelve workers, and twelve processes of Flask behind the same nginx."""
    part = Part("Twelve workers behind nginx (b)")
    count = plan.size(12, 2)
    hit, hit_packed = "city page, micro-cache hit", "city page, compressed, micro-cache hit"
    file, file_packed = "city page, nginx with a file", "city page, nginx with a compressed file"
    anew, other = f"showtimes JSON made anew, {count} workers", f"showtimes JSON, {count} processes of Flask"
    with ExitStack() as stack:
        daemon = stack.enter_context(Daemon(folder, processes=count).running())
        page = fetch(daemon.ports[0], city_path())[1]
        packed = fetch(daemon.ports[0], city_path(), **{"Accept-Encoding": "gzip"})[1]
        if gzip.decompress(packed) != page:
            raise SystemExit("bench: the compressed page is another one")
        peer = stack.enter_context(flask(daemon.database, processes=count)) if plan.peers else None
        front = stack.enter_context(
            nginx(
                folder,
                daemon.sites[0],
                files={"city.html": page, "city.html.gz": packed},
                also=peer.port if peer else None,
            )
        )
        own = [*front.pids, *daemon.pids]
        contenders = {
            hit: Contender(front.http, from_many(city_path()), front.pids),
            file: Contender(front.static, from_many("/city.html"), front.pids),
            hit_packed: Contender(front.http, from_many(city_path(), **{"Accept-Encoding": "gzip"}), front.pids),
            file_packed: Contender(front.static, from_many("/city.html", **{"Accept-Encoding": "gzip"}), front.pids),
            "city page, past the micro-cache": Contender(front.http, from_many(city_path(), **PAST_CACHE), own),
            "city page made anew": Contender(front.http, from_many(city_path(), variants=VARIANTS, **PAST_CACHE), own),
            anew: Contender(front.http, from_many(JSON_PATH, **PAST_CACHE), own),
        }
        if peer is not None:
            contenders[other] = Contender(front.peer, from_many(JSON_PATH), peer.pids)
        loads = take_turns(part, contenders, plan)
        hold_against(part, loads, hit, file, 0.85)
        hold_against(part, loads, hit_packed, file_packed, 0.95)
        if peer is not None:
            hold_against(part, loads, anew, other, 5)
        count_fetches(part, daemon, front.http, plan)
        hold_many_open(part, front.http, plan)
        part.note(f"memory of master, zygote and {count} workers after it", "MB", [daemon.memory()])
    return part


def count_fetches(part: Part, daemon: Daemon, port: int, plan: Plan) -> None:
    """How often workers are asked for one page that many clients want: the first time, then once a second at most."""
    seconds = plan.size(10, 2)
    time.sleep(2.5)  # what was asked is reported with the workers' next heartbeats, now and below
    before = daemon.counted(ROUTE)
    load = put_load_on(port, from_many(city_path()), seconds=seconds)
    time.sleep(2.5)
    fetched = daemon.counted(ROUTE) - before
    if not fetched:
        raise SystemExit("bench: the workers count no request for the page; the route must be another one")
    part.note(f"fetches from workers under {load.requests:,} requests for one page", "", [fetched])
    part.hold("fetches after the first, a second", max(fetched - 1, 0) / seconds, 1, at_most=True)


def hold_many_open(part: Part, port: int, plan: Plan) -> None:
    """Two thousand clients with a page every ten seconds, half of them past the micro-cache; then without a pause."""
    count, seconds, pause = plan.size(2000, 40), plan.size(60, 2), 10.0 if not plan.quick else 0.5
    asked = [
        each for pair in zip(from_many(city_path()), from_many(JSON_PATH, **PAST_CACHE), strict=True) for each in pair
    ]
    visitors = Visitors(port, asked, count=count, pause=pause)
    visitors.come(seconds)
    delays = sorted(visitors.delays) or [0.0]
    name = f"{count:,} open clients for {seconds} s, a page every {pause:g} s"
    part.note(f"{name}: delay at the median", "ms", [delays[len(delays) // 2]])
    part.note(f"{name}: delay at the 99th percentile", "ms", [delays[len(delays) * 99 // 100]])
    told = ", ".join(f"{count} × {kind}" for kind, count in visitors.failures.items())
    failed = sum(visitors.failures.values())
    part.hold(f"{name}: errors of {len(delays) + failed:,}{f' ({told})' if told else ''}", failed, 0, at_most=True)
    load = put_load_on(port, asked, clients=count, seconds=plan.size(20, 1), tolerant=True)
    name = f"{count:,} clients without a pause, which is more than there is room for"
    part.note(f"{name}: answers", "/s", [load.rate])
    part.note(f"{name}: delay at the 99th percentile", "ms", [load.p99])
    part.note(f"{name}: errors of {load.requests:,}", "", [sum(load.failures.values())])

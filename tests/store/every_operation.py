"""Every operation of a store, as these tests call it: what only reads, what a loss of power must not take, the rest.

An operation gets a store that knows Kyiv, whose lease the caller holds, with one showing published.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from cinestreamd.store.base import CinemaCorrection, Lease
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.memory import Discovery, KnownTitle, PageMemory, Recipe, WebDiscovery
from cinestreamd.store.posters import FilmPoster
from cinestreamd.store.reports import RunReport
from cinestreamd.store.row_corrections import RowChange, RowCorrection
from cinestreamd.store.spending import Caps, ClaudeState, ModelCall, PendingBatch
from cinestreamd.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from conftest import Samples

Act = Callable[[SqliteStore, "Samples", Lease], Awaitable[object]]

DAY: Final = date(2026, 11, 21)
HOUR: Final = timedelta(hours=1)
CAPS: Final = Caps(call=1_000, city_day=10_000, day=10_000, month=10_000)
SHOWING: Final = "shown"


def call(samples: "Samples") -> ModelCall:
    return ModelCall(
        id="call-1",
        run_id="run-1",
        city_id="kyiv",
        stage="titles",
        model="m",
        started_at=samples.now,
        reserved=5,
    )


def word(samples: "Samples") -> RowCorrection:
    return RowCorrection(
        id="w1",
        at=samples.now,
        who="5f0c",
        city_id="kyiv",
        cinema_id="zhovten",
        showtime_id=SHOWING,
        title="Довбуш",
        start_time=samples.now,
        change=RowChange(room="2"),
    )


def page(samples: "Samples") -> PageMemory:
    return PageMemory(
        cinema_id="zhovten",
        url="https://zhovten.example/",
        digest="d",
        read_at=samples.now,
        run_id="run-1",
        showtimes=1,
        day_bound=False,
        reader_version="1",
    )


def recipe(samples: "Samples") -> Recipe:
    return Recipe(
        cinema_id="zhovten",
        url="https://zhovten.example/",
        rules="{}",
        rows=1,
        compiled_at=samples.now,
        run_id="run-1",
    )


def report(samples: "Samples") -> RunReport:
    return RunReport(run_id="run-1", city_id="kyiv", started_at=samples.now, stages=(), cinemas=())


async def settled(store: SqliteStore, samples: "Samples") -> None:
    await store.reserve_call(call(samples), CAPS)
    await store.settle_call(call(samples))


DURABLE: Final[Mapping[str, Act]] = {
    "add_location": lambda store, samples, _: store.add_location(samples.city("lviv")),
    "acquire_lease": lambda store, samples, _: store.acquire_lease(
        "kyiv", owner="other", now=samples.now + HOUR, seconds=300
    ),
    "release_lease": lambda store, samples, lease: store.release_lease(lease, now=samples.now, cooldown_until=None),
    "finish_run": lambda store, samples, _: store.finish_run(samples.publication().run),
    "publish": lambda store, samples, lease: store.publish(lease, samples.publication("a"), now=samples.now),
    "correct_cinema": lambda store, samples, _: store.correct_cinema(
        CinemaCorrection(cinema_id="zhovten", city_id="kyiv", name="Жовтень"), now=samples.now
    ),
    "correct_showtime": lambda store, samples, _: store.correct_showtime(word(samples), now=samples.now),
    "reserve_call": lambda store, samples, _: store.reserve_call(call(samples), CAPS),
    "settle_call": lambda store, samples, _: settled(store, samples),
    "remember_batch": lambda store, samples, _: store.remember_batch(
        PendingBatch(id="b1", city_id="kyiv", submitted_at=samples.now, pages=())
    ),
    "note": lambda store, samples, _: store.note(JournalEntry(id="j1", at=samples.now, action="login", who="5f0c")),
}
"""Writes that are on the disk when they are acknowledged."""

NOT_DURABLE: Final[Mapping[str, Act]] = {
    "renew_lease": lambda store, samples, lease: store.renew_lease(lease, now=samples.now, seconds=300),
    "free_leases": lambda store, _, lease: store.free_leases(lease.owner),
    "expire_leases": lambda store, samples, _: store.expire_leases(samples.now + HOUR),
    "hold_duty": lambda store, samples, _: store.hold_duty("refresh", owner="here", now=samples.now, seconds=90),
    "lay_down_duty": lambda store, *_: store.lay_down_duty("refresh", owner="here"),
    "begin_run": lambda store, samples, lease: store.begin_run(lease, samples.publication().run),
    "report_progress": lambda store, samples, lease: store.report_progress(
        lease, "run-1", done=1, total=2, now=samples.now
    ),
    "put_report": lambda store, samples, _: store.put_report(report(samples)),
    "remember_pages": lambda store, samples, _: store.remember_pages("zhovten", [page(samples)]),
    "remember_discovery": lambda store, samples, _: store.remember_discovery(
        Discovery(city_id="kyiv", asked_at=samples.now, venues=())
    ),
    "pause": lambda store, samples, _: store.pause("https://map.example", samples.now),
    "remember_recipes": lambda store, samples, _: store.remember_recipes("zhovten", [recipe(samples)]),
    "remember_titles": lambda store, samples, _: store.remember_titles(
        [KnownTitle(key="k", original="Довбуш", learned_at=samples.now)]
    ),
    "remember_web_discovery": lambda store, samples, _: store.remember_web_discovery(
        WebDiscovery(city_id="kyiv", asked_at=samples.now, cinemas=())
    ),
    "put_posters": lambda store, samples, _: store.put_posters(
        "kyiv", [FilmPoster(film_id="dovbush-2023", url="https://zhovten.example/p.jpg", tried_at=samples.now)]
    ),
    "set_claude_state": lambda store, samples, _: store.set_claude_state(
        ClaudeState(checked_at=samples.now, has_key=True, model="m", priced=True)
    ),
    "forget_batch": lambda store, *_: store.forget_batch("b1"),
    "count_attempts": lambda store, *_: store.count_attempts("1", ["all"]),
    "count_visits": lambda store, *_: store.count_visits(DAY, visits=1, views={"kyiv": 1}),
    "prune": lambda store, samples, _: store.prune(
        showtimes_before=samples.now, runs_before=samples.now, calls_before=samples.now
    ),
}
"""Writes that survive the death of processes, and whose last ones a loss of power may take."""

READS: Final[Mapping[str, Act]] = {
    "location": lambda store, *_: store.location("kyiv"),
    "locations": lambda store, *_: store.locations(),
    "run": lambda store, *_: store.run("run-1"),
    "runs": lambda store, *_: store.runs(),
    "report": lambda store, *_: store.report("run-1"),
    "cinemas": lambda store, *_: store.cinemas("kyiv"),
    "cinema": lambda store, *_: store.cinema("zhovten"),
    "film": lambda store, *_: store.film("dovbush-2023"),
    "films": lambda store, *_: store.films(["dovbush-2023", "mavka-2023"]),
    "showtimes": lambda store, samples, _: store.showtimes("kyiv", since=samples.now),
    "showing_days": lambda store, samples, _: store.showing_days("kyiv", since=samples.now),
    "corrections": lambda store, *_: store.corrections("kyiv"),
    "row_corrections": lambda store, *_: store.row_corrections("kyiv"),
    "found_showtime": lambda store, *_: store.found_showtime(SHOWING),
    "pages": lambda store, *_: store.pages("zhovten"),
    "discovery": lambda store, *_: store.discovery("kyiv"),
    "paused_until": lambda store, *_: store.paused_until("https://map.example"),
    "recipes": lambda store, *_: store.recipes("zhovten"),
    "known_titles": lambda store, *_: store.known_titles(["a", "b"]),
    "web_discovery": lambda store, *_: store.web_discovery("kyiv"),
    "poster_marks": lambda store, *_: store.poster_marks(["dovbush-2023", "mavka-2023"]),
    "poster": lambda store, *_: store.poster("dovbush-2023"),
    "calls": lambda store, samples, _: store.calls(since=samples.now),
    "spent": lambda store, samples, _: store.spent(samples.now),
    "claude_state": lambda store, *_: store.claude_state(),
    "pending_batches": lambda store, *_: store.pending_batches(),
    "awaited_batches": lambda store, *_: store.awaited_batches(),
    "noted": lambda store, *_: store.noted("j1"),
    "journal": lambda store, *_: store.journal(),
    "viewed_cities": lambda store, *_: store.viewed_cities(DAY),
    "stats": lambda store, samples, _: store.stats(now=samples.now),
}
"""What is answered without a write."""


async def held_city(store: SqliteStore, samples: "Samples") -> Lease:
    """Make Kyiv known, with one showing, and take its lease."""
    await store.add_location(samples.city())
    lease = await _lease(store, samples)
    await store.publish(lease, samples.publication(SHOWING), now=samples.now)
    return await _lease(store, samples)


async def _lease(store: SqliteStore, samples: "Samples") -> Lease:
    lease = await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
    assert lease is not None
    return lease

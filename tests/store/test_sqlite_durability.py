"""Which writes are on the disk when they are acknowledged: the table in docs/STORE.md, checked at SQLite's own word."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import Lease
from cinestreamd.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from conftest import Samples

Act = Callable[[SqliteStore, "Samples", Lease], Awaitable[object]]
DAY = date(2026, 11, 21)
LATER = timedelta(hours=1)

DURABLE: dict[str, Act] = {
    "add_location": lambda store, samples, _: store.add_location(samples.city("lviv")),
    "acquire_lease": lambda store, samples, _: store.acquire_lease(
        "kyiv", owner="other", now=samples.now + LATER, seconds=300
    ),
    "release_lease": lambda store, samples, lease: store.release_lease(lease, now=samples.now, cooldown_until=None),
    "finish_run": lambda store, samples, _: store.finish_run(samples.publication().run),
    "publish": lambda store, samples, lease: store.publish(lease, samples.publication("a"), now=samples.now),
}
NOT_DURABLE: dict[str, Act] = {
    "renew_lease": lambda store, samples, lease: store.renew_lease(lease, now=samples.now, seconds=300),
    "free_leases": lambda store, _, lease: store.free_leases(lease.owner),
    "expire_leases": lambda store, samples, _: store.expire_leases(samples.now + LATER),
    "begin_run": lambda store, samples, lease: store.begin_run(lease, samples.publication().run),
    "report_progress": lambda store, samples, lease: store.report_progress(
        lease, "run-1", done=1, total=2, now=samples.now
    ),
    "prune": lambda store, samples, _: store.prune(showtimes_before=samples.now, runs_before=samples.now),
    "count_visits": lambda store, _, __: store.count_visits(DAY, visits=1, views={}),
}


async def commits(store: SqliteStore, samples: "Samples", act: Act, *, level: str) -> set[str]:
    """The levels of ``PRAGMA synchronous`` under which ``act`` committed, after a write of the other ``level``."""
    await store.add_location(samples.city())
    lease = await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
    assert lease is not None
    statements: list[str] = []
    await store._write(lambda connection: connection.set_trace_callback(statements.append), durable=level == "FULL")
    statements.clear()
    await act(store, samples, lease)
    found = set()
    for statement in statements:
        if statement.startswith("PRAGMA synchronous = "):
            level = statement.removeprefix("PRAGMA synchronous = ")
        elif statement == "COMMIT":
            found.add(level)
    return found


@pytest.mark.parametrize("act", DURABLE.values(), ids=list(DURABLE))
async def test_what_a_loss_of_power_must_not_take(store: SqliteStore, samples: "Samples", act: Act) -> None:
    assert await commits(store, samples, act, level="NORMAL") == {"FULL"}


@pytest.mark.parametrize("act", NOT_DURABLE.values(), ids=list(NOT_DURABLE))
async def test_what_a_loss_of_power_may_take(store: SqliteStore, samples: "Samples", act: Act) -> None:
    assert await commits(store, samples, act, level="FULL") == {"NORMAL"}

"""One holder a city; the fence rises with every grant and refuses whoever comes late."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import Lease, StaleLeaseError, Store, UnknownCityError

if TYPE_CHECKING:
    from conftest import Records

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.usefixtures("kyiv")
async def test_a_lease_names_owner_fence_and_end(store: Store, records: "Records") -> None:
    lease = await store.acquire_lease("kyiv", owner="agent-7", now=records.now, seconds=300)
    assert lease == Lease(city_id="kyiv", owner="agent-7", fence=1, until=records.now + 5 * MINUTE)
    city = await store.location("kyiv")
    assert city is not None
    assert city.lease == lease
    assert city.status(records.now, stale_after_seconds=60) == "processing"


@pytest.mark.usefixtures("kyiv")
async def test_a_held_lease_is_refused_to_all_until_its_time_is_up(store: Store, records: "Records") -> None:
    first = await records.lease(store, seconds=300)
    for owner in ("agent-1", "agent-2"):
        early = first.until - MILLISECOND
        assert await store.acquire_lease("kyiv", owner=owner, now=early, seconds=300) is None
    second = await store.acquire_lease("kyiv", owner="agent-2", now=first.until, seconds=300)
    assert second is not None
    assert (second.owner, second.fence) == ("agent-2", 2)


async def test_a_city_that_was_never_added_has_no_lease(store: Store, records: "Records") -> None:
    with pytest.raises(UnknownCityError):
        await store.acquire_lease("atlantis", owner="agent-1", now=records.now, seconds=300)


@pytest.mark.usefixtures("kyiv")
async def test_cities_are_leased_apart(store: Store, records: "Records") -> None:
    await store.add_location(records.location("lviv"))
    await records.lease(store)
    lviv = await store.acquire_lease("lviv", owner="agent-2", now=records.now, seconds=300)
    assert lviv is not None
    assert lviv.fence == 1


@pytest.mark.usefixtures("kyiv")
async def test_the_fence_rises_after_release_expiry_publication_and_freeing(store: Store, records: "Records") -> None:
    fences = []
    lease = await records.lease(store)
    fences.append(lease.fence)
    await store.release_lease(lease, now=records.now, cooldown_until=None)

    lease = await records.lease(store)
    fences.append(lease.fence)
    await store.publish(lease, records.publication(), now=records.now)

    lease = await records.lease(store)
    fences.append(lease.fence)
    await store.free_leases("agent-")

    lease = await records.lease(store, seconds=1)
    fences.append(lease.fence)
    await store.expire_leases(records.now + SECOND)

    fences.append((await records.lease(store)).fence)
    assert fences == [1, 2, 3, 4, 5]


async def test_the_fence_rises_across_restarts(store_factory: Callable[[], Store], records: "Records") -> None:
    first = store_factory()
    await first.add_location(records.location())
    lease = await records.lease(first)
    await first.release_lease(lease, now=records.now, cooldown_until=None)
    await first.close()
    assert (await records.lease(store_factory())).fence == 2


@pytest.mark.usefixtures("kyiv")
async def test_renewing_prolongs_and_keeps_owner_and_fence(store: Store, records: "Records") -> None:
    lease = await records.lease(store, seconds=300)
    renewed = await store.renew_lease(lease, now=records.now + 4 * MINUTE, seconds=300)
    assert renewed == Lease(city_id="kyiv", owner="agent-1", fence=1, until=records.now + 9 * MINUTE)
    city = await store.location("kyiv")
    assert city is not None
    assert city.lease == renewed
    assert await store.acquire_lease("kyiv", owner="agent-2", now=lease.until, seconds=300) is None


@pytest.mark.usefixtures("kyiv")
async def test_releasing_counts_a_failure_and_sets_the_cooldown(store: Store, records: "Records") -> None:
    for failures in (1, 2):
        lease = await records.lease(store)
        await store.release_lease(lease, now=records.now, cooldown_until=records.now + 10 * MINUTE)
        city = await store.location("kyiv")
        assert city is not None
        assert city.lease is None
        assert city.failures == failures
        assert city.cooldown_until == records.now + 10 * MINUTE


@pytest.mark.usefixtures("kyiv")
async def test_releasing_without_a_cooldown_clears_it(store: Store, records: "Records") -> None:
    lease = await records.lease(store)
    await store.release_lease(lease, now=records.now, cooldown_until=records.now + MINUTE)
    lease = await records.lease(store)
    await store.release_lease(lease, now=records.now, cooldown_until=None)
    city = await store.location("kyiv")
    assert city is not None
    assert city.cooldown_until is None


Act = Callable[[Store, Lease, "Records"], Awaitable[object]]

ACTS: dict[str, Act] = {
    "renew": lambda store, lease, records: store.renew_lease(lease, now=records.now, seconds=300),
    "release": lambda store, lease, records: store.release_lease(lease, now=records.now, cooldown_until=None),
    "begin a run": lambda store, lease, records: store.begin_run(lease, records.run()),
    "report progress": lambda store, lease, records: store.report_progress(
        lease, "run-1", done=1, total=2, now=records.now
    ),
    "publish": lambda store, lease, records: store.publish(
        lease,
        records.publication(records.showtime("s"), cinemas=[records.cinema()], films=[records.film()]),
        now=records.now,
    ),
}


@pytest.mark.usefixtures("kyiv")
@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
async def test_a_holder_that_was_replaced_is_refused_though_its_clock_stood_still(
    store: Store, records: "Records", act: Act
) -> None:
    """A process stopped past its lease wakes up with the moment it had read before."""
    late = await records.lease(store, seconds=1)
    holder = await store.acquire_lease("kyiv", owner="agent-2", now=records.now + SECOND, seconds=300)
    with pytest.raises(StaleLeaseError):
        await act(store, late, records)
    city = await store.location("kyiv")
    assert city is not None
    assert (city.lease, city.revision) == (holder, 0)
    assert await store.runs() == []
    assert await store.cinema("zhovten") is None
    assert await store.film("dovbush-2023") is None
    assert await store.showtimes("kyiv", since=records.now) == []


@pytest.mark.usefixtures("kyiv")
@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
@pytest.mark.parametrize("flaw", ["owner", "fence", "time is up", "released"])
async def test_every_write_needs_owner_fence_and_time(store: Store, records: "Records", act: Act, flaw: str) -> None:
    true = await records.lease(store, now=records.now - SECOND, seconds=1 if flaw == "time is up" else 300)
    shown = {
        "owner": Lease(city_id="kyiv", owner="agent-2", fence=1, until=true.until),
        "fence": Lease(city_id="kyiv", owner="agent-1", fence=2, until=true.until),
    }.get(flaw, true)
    if flaw == "released":
        await store.release_lease(true, now=records.now - SECOND, cooldown_until=None)
    before = await store.location("kyiv")
    with pytest.raises(StaleLeaseError):
        await act(store, shown, records)
    assert await store.location("kyiv") == before


@pytest.mark.usefixtures("kyiv")
@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
async def test_every_write_passes_to_the_last_millisecond(store: Store, records: "Records", act: Act) -> None:
    lease = await records.lease(store, now=records.now + MILLISECOND - SECOND, seconds=1)
    assert lease.until == records.now + MILLISECOND
    await act(store, lease, records)


async def test_leases_of_dead_owners_are_freed_by_prefix(store: Store, records: "Records") -> None:
    owners = {"a": "host1/old/1", "b": "host1/old/2", "c": "host1/new/3", "d": "host2/old/4", "e": "host1"}
    for city_id, owner in owners.items():
        await store.add_location(records.location(city_id))
        await store.acquire_lease(city_id, owner=owner, now=records.now, seconds=300)

    assert await store.free_leases("host1/", except_prefix="host1/new/") == ["a", "b"]
    left = {city.id for city in await store.locations() if city.lease is not None}
    assert left == {"c", "d", "e"}
    assert await store.free_leases("host1/", except_prefix="host1/new/") == []


@pytest.mark.usefixtures("kyiv")
async def test_a_prefix_is_taken_literally(store: Store, records: "Records") -> None:
    await records.lease(store)
    for pattern in ("agent_", "%", "AGENT-", "agent-1 ", ".*"):
        assert await store.free_leases(pattern) == []
    assert await store.free_leases("") == ["kyiv"]


async def test_leases_whose_time_is_up_are_freed(store: Store, records: "Records") -> None:
    for city_id, seconds in (("late", 10), ("now", 20), ("held", 21)):
        await store.add_location(records.location(city_id))
        await store.acquire_lease(city_id, owner=city_id, now=records.now, seconds=seconds)
    assert await store.expire_leases(records.now + 20 * SECOND) == ["late", "now"]
    assert await store.expire_leases(records.now + 20 * SECOND) == []
    held = await store.location("held")
    assert held is not None
    assert held.lease is not None


@pytest.mark.usefixtures("kyiv")
@pytest.mark.parametrize("end", ["freed", "expired", "taken over"])
async def test_a_lost_lease_counts_one_failure_and_no_cooldown_and_loses_its_run(
    store: Store, records: "Records", end: str
) -> None:
    lease = await records.lease(store, seconds=1)
    await store.begin_run(lease, records.run())
    if end == "freed":
        assert await store.free_leases("agent-1") == ["kyiv"]
    elif end == "expired":
        assert await store.expire_leases(lease.until) == ["kyiv"]
    else:
        assert await store.acquire_lease("kyiv", owner="agent-2", now=lease.until, seconds=300) is not None
    city = await store.location("kyiv")
    assert city is not None
    assert (city.failures, city.cooldown_until) == (1, None)
    assert await store.run("run-1") == records.run(outcome="lost")


@pytest.mark.usefixtures("kyiv")
async def test_a_run_that_was_never_finished_is_lost_when_the_next_one_takes_the_lease(
    store: Store, records: "Records"
) -> None:
    lease = await records.lease(store)
    await store.begin_run(lease, records.run())
    await store.release_lease(lease, now=records.now, cooldown_until=None)
    await records.lease(store)
    run = await store.run("run-1")
    assert run is not None
    assert run.outcome == "lost"


@pytest.mark.usefixtures("kyiv")
async def test_losing_a_lease_leaves_finished_runs_and_other_cities_alone(store: Store, records: "Records") -> None:
    await records.publish(store, run=records.full_run())
    await store.add_location(records.location("lviv"))
    lviv = await store.acquire_lease("lviv", owner="agent-2", now=records.now, seconds=300)
    assert lviv is not None
    await store.begin_run(lviv, records.run("run-2", city_id="lviv"))
    await records.lease(store)
    assert await store.free_leases("agent-1") == ["kyiv"]
    assert await store.run("run-1") == records.full_run()
    assert await store.run("run-2") == records.run("run-2", city_id="lviv")

"""A store that counts its operations."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from known_cities import CITIES
from product_store import new_store

from cinestreamd.master.sums import Sums
from cinestreamd.metering import LEASES, STORE_ERRORS, STORE_SECONDS, Meter
from cinestreamd.store.base import Location, StaleLeaseError, Store, UnknownCityError
from cinestreamd.store.measured import OPERATIONS, measured

NOW = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


def test_every_operation_is_counted() -> None:
    named = {name for name in dir(Store) if not name.startswith("_")}
    assert set(OPERATIONS) == named
    assert {"publish", "close", "reserve_call"} <= named


async def test_times_errors_and_leases_are_counted(tmp_path: Path) -> None:
    meter = Meter()
    store = measured(new_store(tmp_path / "db"), meter)
    city = CITIES.get("kyiv")
    assert city is not None
    await store.add_location(
        Location(id="kyiv", names=city.names, lat=city.lat, lon=city.lon, country="UA", timezone=city.timezone)
    )
    lease = await store.acquire_lease("kyiv", owner="a", now=NOW, seconds=60)
    assert lease is not None
    assert await store.acquire_lease("kyiv", owner="b", now=NOW, seconds=60) is None
    with pytest.raises(UnknownCityError):
        await store.acquire_lease("nowhere", owner="b", now=NOW, seconds=60)
    assert await store.free_leases("a") == ["kyiv"]
    assert await store.free_leases("a") == []
    with pytest.raises(StaleLeaseError):
        await store.renew_lease(lease, now=NOW, seconds=60)
    await store.close()

    sums = Sums()
    sums.take(meter, site="one", role="worker")
    assert sums.total(LEASES) == {
        ("one", "granted"): 1,
        ("one", "contended"): 1,
        ("one", "freed"): 1,
        ("one", "lost"): 1,
    }
    assert sums.total(STORE_ERRORS) == {
        ("one", "worker", "acquire_lease", "unknown_city"): 1,
        ("one", "worker", "renew_lease", "stale_lease"): 1,
    }
    times = {labels[2]: sum(values[:-1]) for labels, values in sums.series(STORE_SECONDS)}
    assert times == {"add_location": 1, "acquire_lease": 3, "free_leases": 2, "renew_lease": 1, "close": 1}

"""A disk that is full: what is there is served, what cannot be written is refused by name, and space is used again."""

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import StoreUnavailableError
from cinestreamd.store.sqlite import SqliteStore, prepare

if TYPE_CHECKING:
    from conftest import Samples


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], check=False, capture_output=True, timeout=60
    )
    if not mounted or mounted.returncode:
        pytest.skip("this user may mount no disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, timeout=60)


async def test_a_full_disk_serves_what_it_has_and_recovers(small_disk: Path, samples: "Samples") -> None:
    database = small_disk / "cinestreamd.sqlite"
    prepare(database)
    store = SqliteStore(database)
    await store.add_location(samples.city())
    lease = await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
    assert lease is not None
    assert await store.publish(lease, samples.publication("a", "b"), now=samples.now) == 1

    lease = await store.acquire_lease("kyiv", owner="agent", now=samples.now, seconds=300)
    assert lease is not None
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(b"x" * 3 * 2**20)
    many = samples.publication(*[f"s{number}" for number in range(3000)])
    with pytest.raises(StoreUnavailableError) as caught:
        await store.publish(lease, many, now=samples.now)
    assert "full" in str(caught.value.fields["reason"])
    assert [row.id for row in await store.showtimes("kyiv", since=samples.now)] == ["a", "b"]
    city = await store.location("kyiv")
    assert city is not None
    assert city.revision == 1

    filler.unlink()
    await store.count_visits(date(2026, 11, 21), visits=1, views={})
    assert await store.publish(lease, samples.publication("c"), now=samples.now) == 2
    assert [row.id for row in await store.showtimes("kyiv", since=samples.now)] == ["c"]
    await store.close()

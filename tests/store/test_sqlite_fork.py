"""A store and fork(2): a file in use is refused to the child, before its first use and after close it may cross."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from conftest import Samples

MADE_BEFORE_THE_FORK = """
import asyncio, datetime, os, pathlib, sys
from cinestreamd.store.sqlite import SqliteStore
store = SqliteStore(pathlib.Path(sys.argv[1]))

async def use_often_and_close():
    for _ in range(50):
        await store.count_visits(datetime.date(2026, 11, 21), visits=1, views={})
        assert await store.location("nowhere") is None
    await store.close()

child = os.fork()
asyncio.run(use_often_and_close())
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

USED_BEFORE_THE_FORK = """
import asyncio, datetime, os, pathlib, sys
from cinestreamd.store.sqlite import SqliteStore
store = SqliteStore(pathlib.Path(sys.argv[1]))

async def use():
    await store.count_visits(datetime.date(2026, 11, 21), visits=1, views={})
    assert await store.location("nowhere") is None

async def refusals():
    refused = 0
    another = SqliteStore(pathlib.Path(sys.argv[1]))
    visit = dict(visits=1, views={})
    for act in (
        store.location("nowhere"),
        store.count_visits(datetime.date(2026, 11, 21), **visit),
        another.location("nowhere"),
        another.count_visits(datetime.date(2026, 11, 21), **visit),
    ):
        try:
            await act
        except RuntimeError:
            refused += 1
    return refused

async def use_often_and_close():
    for _ in range(50):
        await use()
    await store.close()

asyncio.run(use())
child = os.fork()
if not child:
    refused = asyncio.run(refusals())
    asyncio.run(store.close())
    os._exit(0 if refused == 4 else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
asyncio.run(use_often_and_close())
sys.exit(status)
"""


CLOSED_BEFORE_THE_FORK = """
import asyncio, datetime, os, pathlib, sys
from cinestreamd.store.sqlite import SqliteStore

async def use_and_close():
    store = SqliteStore(pathlib.Path(sys.argv[1]))
    for _ in range(50):
        await store.count_visits(datetime.date(2026, 11, 21), visits=1, views={})
    await store.close()

asyncio.run(use_and_close())
child = os.fork()
asyncio.run(use_and_close())
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize(
    ("script", "visits"),
    [(MADE_BEFORE_THE_FORK, 100), (USED_BEFORE_THE_FORK, 51), (CLOSED_BEFORE_THE_FORK, 150)],
    ids=["made before", "used before", "closed before"],
)
def test_nothing_is_lost_around_a_fork(database: Path, samples: "Samples", script: str, visits: int) -> None:
    """Where the file was in use, the child exits 0 if all it tried was refused, by the inherited and by a new store."""

    async def counted() -> int:
        store = SqliteStore(database)
        stats = await store.stats(now=samples.now)
        await store.close()
        return stats.visits_total

    done = subprocess.run([sys.executable, "-c", script, str(database)], timeout=30, check=False)
    assert done.returncode == 0
    assert asyncio.run(counted()) == visits

"""Real processes fight for one lease."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import StaleLeaseError, Store

if TYPE_CHECKING:
    from conftest import Records

PROCESSES, TASKS = 12, 50
IS_FULL = os.environ.get("CINESTREAMD_TEST_FIGHT") == "full"
ROUNDS = {
    "sqlite": 500 if IS_FULL else 100,
    "mongo": 50 if IS_FULL else 3,
    "mongo-without-transactions": 50 if IS_FULL else 2,
}
"""The test server takes two seconds a round; with CINESTREAMD_TEST_FIGHT=full there are as many as ought to be."""


def start_contender(backend: str, address: str, name: str) -> "subprocess.Popen[str]":
    script = Path(__file__).with_name("contender.py")
    command = [sys.executable, str(script), backend, address, name, str(TASKS)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def tell(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.timeout(1800 if IS_FULL else 300)
@pytest.mark.usefixtures("kyiv")
async def test_one_winner_a_round_and_fences_that_rise(
    store: Store, backend_name: str, address: str, records: "Records"
) -> None:
    """Twelve processes of 50 tasks each; a round's lease has run out when the next one begins."""
    processes, rounds = PROCESSES, ROUNDS[backend_name]
    fences = []
    with ExitStack() as stack:
        fighters = [
            stack.enter_context(start_contender(backend_name, address, f"fighter-{number}"))
            for number in range(processes)
        ]
        assert [hear(fighter) for fighter in fighters] == ["ready"] * processes
        for number in range(rounds):
            for fighter in fighters:
                tell(fighter, str(number))
            won = [fence for fighter in fighters for fence in json.loads(hear(fighter))]
            assert len(won) == 1, f"round {number} was won by {len(won)}"
            fences += won
    assert fences == list(range(1, rounds + 1))
    assert [fighter.returncode for fighter in fighters] == [0] * processes

    city = await store.location("kyiv")
    assert city is not None
    assert city.lease is not None
    assert city.lease.fence == rounds
    with pytest.raises(StaleLeaseError):
        await store.renew_lease(city.lease, now=city.lease.until, seconds=300)
    stale = records.now + timedelta(seconds=1)
    assert await store.acquire_lease("kyiv", owner="late", now=stale, seconds=300) is None

"""A holder that was stopped past its time, and goes on as if nothing had been, is refused whatever it writes."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import Store

if TYPE_CHECKING:
    from conftest import Records


def start_holder(backend: str, address: str) -> "subprocess.Popen[str]":
    script = Path(__file__).with_name("holder.py")
    command = [sys.executable, str(script), backend, address]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.usefixtures("kyiv")
async def test_a_stopped_holder_is_refused_when_it_wakes_up(
    store: Store, backend_name: str, address: str, records: "Records"
) -> None:
    """SIGSTOP while it has the lease; its time passes, another takes the city and publishes; SIGCONT."""
    with start_holder(backend_name, address) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held 1\n"
        holder.send_signal(signal.SIGSTOP)
        try:
            later = records.now + timedelta(seconds=61)
            successor = await store.acquire_lease("kyiv", owner="successor", now=later, seconds=300)
            assert successor is not None
            assert successor.fence == 2
            await store.begin_run(successor, records.run("of the successor", started_at=later))
            holder.stdin.write("\n")
            holder.stdin.flush()
        finally:
            holder.send_signal(signal.SIGCONT)
        said = holder.stdout.read().splitlines()
    assert said == [f"{write} StaleLeaseError" for write in ("publish", "begin", "report", "renew", "release")]

    lost, running = await store.run("of the holder"), await store.run("of the successor")
    assert lost is not None
    assert (lost.outcome, lost.done) == ("lost", 0)
    assert running is not None
    assert running.outcome == "running"
    assert await store.run("another") is None
    assert await store.showtimes("kyiv", since=records.now) == []
    renewed = await store.renew_lease(successor, now=later, seconds=300)
    assert await store.publish(renewed, records.publication(records.showtime("right", hours=9)), now=later) == 1

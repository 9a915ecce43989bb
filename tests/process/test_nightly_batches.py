"""A daemon whose refresh hands pages over, is stopped, and is started again: its forerunner's batch is read."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from daemon_under_test import DaemonUnderTest, answers, get, wait_until
from free_ports import free_ports
from msgspec.structs import replace
from product_store import store_of

from cinestreamd.sites.env import write_env
from cinestreamd.sites.model import Site, SiteSettings

HERE = Path(__file__).parent


@pytest.fixture
def claude_port() -> Iterator[int]:
    """The port of a fake Claude that outlives the daemon."""
    port = free_ports(1)
    with subprocess.Popen([sys.executable, str(HERE / "claude_server.py"), str(port)]) as server:
        try:
            wait_until(lambda: answers(port, "/batches"), seconds=100, what="the fake answers")
            yield port
        finally:
            server.kill()


def ask(site: Site, operation: str, *arguments: Any, **options: Any) -> Any:
    """One operation on a site's store, from outside of its daemon."""

    async def once() -> Any:
        store = store_of(site)
        try:
            return await getattr(store, operation)(*arguments, **options)
        finally:
            await store.close()

    return asyncio.run(once())


@pytest.mark.timeout(300)
def test_a_batch_survives_its_daemon(daemon: DaemonUnderTest, claude_port: int) -> None:
    port = free_ports(2)
    town = f"http://127.0.0.1:{port + 1}"
    settings = SiteSettings(start_port=port, processes=1, cities=("kyiv",), timezone="UTC", refresh_at="00:00")
    site = daemon.registry.add("night", settings)
    folder = Path(site.directory)
    base_url = f"http://127.0.0.1:{claude_port}"
    write_env(folder / "agent.env", {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": base_url})
    long_ago = time.time() - timedelta(days=3).total_seconds()
    os.utime(folder / ".env", (long_ago, long_ago))  # a city that was never read waits for a refresh after this
    daemon.configure(
        claude={"nightly_batches": True, "titles": False},
        discovery={"overpass_endpoints": [f"{town}/overpass"]},
        fetch={"host_interval": 0},
    )
    daemon.start("claude_town", str(port + 1))
    [batch] = wait_until(lambda: ask(site, "pending_batches"), seconds=100, what="a batch is handed over")
    daemon.stop(seconds=100)
    earlier = replace(batch, submitted_at=batch.submitted_at - timedelta(minutes=30))
    ask(site, "remember_batch", earlier)  # as if the daemon had been away for that long

    daemon.start("claude_town", str(port + 1))
    wait_until(lambda: not ask(site, "pending_batches"), seconds=100, what="the batch is read")
    rows = ask(site, "showtimes", "kyiv", since=batch.submitted_at)
    assert [row.raw_title for row in rows] == ["Довбуш", "Мавка"]
    [call] = ask(site, "calls")
    assert (call.outcome, call.batched, call.kept) == ("ok", True, 2)
    runs = {run.trigger: run.outcome for run in ask(site, "runs")}
    assert runs["batch"] == "published"
    assert json.loads(get(claude_port, "/batches")[1]) == {"batches": 1, "calls": 0}

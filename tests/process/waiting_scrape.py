"""``cinestreamd scrape`` whose agent stays at its first stage: it says that it holds the city, and waits."""

import asyncio
import os
from pathlib import Path

from cinestreamd.agent import live_run
from cinestreamd.agent.city_cinemas import Discovered
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.cli import main


async def wait(task: ScrapeTask, tools: Tools) -> Discovered:
    """Stay here until the run is stopped."""
    data = next(path.parent for path in opened() if path.name == "cinestreamd.sqlite")
    (data / "begun.draft").write_text(str(os.getpid()))
    (data / "begun.draft").rename(data / "begun")
    await asyncio.sleep(300)
    raise AssertionError(task, tools)


def opened() -> list[Path]:
    """The files that this process has open."""
    links = [Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - names alone
    return [link.readlink() for link in links if link.is_symlink()]


live_run.discover = wait
main()

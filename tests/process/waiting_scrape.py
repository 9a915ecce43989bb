"""``cinestreamd scrape`` whose agent stays at its first stage: it says that it holds the city, and waits."""

import asyncio
import os
import sys
from pathlib import Path

from cinestreamd.agent import live_run
from cinestreamd.agent.city_cinemas import Discovered
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.cli import main


async def wait(task: ScrapeTask, tools: Tools) -> Discovered:
    """Stay here until the run is stopped."""
    data = Path(sys.argv[sys.argv.index("--state-dir") + 1], "sites", "one", "data")
    (data / "begun.draft").write_text(str(os.getpid()))
    (data / "begun.draft").rename(data / "begun")
    await asyncio.sleep(300)
    raise AssertionError(task, tools)


live_run.discover = wait
main()

"""Entries that tests give to the zygote in place of the product's: the real ones, and children that misbehave.

The daemon under test is started with this folder on its search path; nothing here can be reached otherwise.
"""

import asyncio
import errno
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from aiohttp import web

from cinestreamd import agent_process, demo_process, worker
from cinestreamd.alerts import herald
from cinestreamd.child_process import Inheritance
from cinestreamd.config import Scrape
from cinestreamd.feature import Feature
from cinestreamd.features import FEATURES
from cinestreamd.master.entries import entries as real_entries
from cinestreamd.master.zygote import Entry
from cinestreamd.specs import AgentSpec
from cinestreamd.web.app import warm
from cinestreamd.web.keys import CLOCK, SCRAPES, STORE


async def spin(_: web.Request) -> web.Response:
    while True:
        pass


async def block(request: web.Request) -> web.Response:
    """Hold the event loop for some seconds, then answer."""
    time.sleep(float(request.query["seconds"]))  # noqa: ASYNC251 - to block is what it is for
    return web.Response(text="done")


async def wait(request: web.Request) -> web.Response:
    await asyncio.sleep(float(request.query["seconds"]))
    return web.Response(text="done")


async def write(request: web.Request) -> web.Response:
    """Write to the store; what it cannot do is the product's own answer."""
    await request.app[STORE].count_visits(request.app[CLOCK]().date(), visits=1, views={})
    return web.Response(text="written")


async def tell_pid(_: web.Request) -> web.Response:
    return web.Response(text=str(os.getpid()))


async def pour(_: web.Request) -> web.Response:
    """An answer that does not fit into the kernel's buffers."""
    return web.Response(body=b"x" * 50_000_000)


async def take(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def tell_environment(_: web.Request) -> web.Response:
    return web.json_response(sorted(os.environ))


async def open_file(request: web.Request) -> web.Response:
    """What comes of opening a file: "open", or the name of the error."""
    return web.Response(text=attempt_to_open(request.query["path"], write="write" in request.query))


def attempt_to_open(path: str, *, write: bool = False) -> str:
    try:
        os.close(os.open(path, (os.O_WRONLY | os.O_CREAT) if write else os.O_RDONLY, 0o600))
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "open"


async def tell_modules(_: web.Request) -> web.Response:
    return web.json_response(sorted(sys.modules))


async def send_signal(request: web.Request) -> web.Response:
    """Whether another process may be sent a signal (none is)."""
    try:
        os.kill(int(request.query["pid"]), 0)
    except PermissionError:
        return web.Response(text="refused")
    return web.Response(text="sent")


async def ask_for_all_sites(request: web.Request) -> web.Response:
    """What the master tells of all sites to a worker that asks, whatever its settings say."""
    desk = request.app[SCRAPES]
    assert isinstance(desk, worker.MasterDesk)
    told = await desk.sites()
    return web.Response(text="nothing" if told is None else " ".join(site.name for site in told.sites))


def hook_routes() -> Sequence[web.AbstractRouteDef]:
    return [
        web.get("/hook/spin", spin),
        web.get("/hook/block", block),
        web.get("/hook/wait", wait),
        web.post("/hook/write", write),
        web.get("/hook/pid", tell_pid),
        web.get("/hook/pour", pour),
        web.get("/hook/environment", tell_environment),
        web.post("/hook/take", take),
        web.get("/hook/open", open_file),
        web.get("/hook/modules", tell_modules),
        web.get("/hook/signal", send_signal),
        web.get("/hook/sites", ask_for_all_sites),
    ]


HOOKS = Feature(name="health", routes=hook_routes)  # borrows the folder of a feature that has no files of its own


def hooked_worker(inheritance: Inheritance) -> int:
    return worker.run(inheritance, features=(*FEATURES, HOOKS))


def sleeping_agent(inheritance: Inheritance) -> int:
    """Does nothing, for as long as it is let."""
    inheritance.spec(AgentSpec)
    time.sleep(3600)
    return 0


def curious_agent(inheritance: Inheritance) -> int:
    """Is the real agent, but tries every file that its site's ``wanted`` names, and writes down what came of it."""
    spec = inheritance.spec(AgentSpec)
    folder = Path(spec.site.directory)
    wanted = (folder / "wanted").read_text().splitlines()
    pid = os.fork()  # the real one looks at its site's folder before it is confined
    if pid == 0:
        try:
            agent_process.confine(agent_process.agent_files(spec.site, None), spec.settings.daemon)
            (folder / "data" / "seen").write_text("".join(f"{path} {attempt_to_open(path)}\n" for path in wanted))
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    return agent_process.run(inheritance)


def looking_agent(inheritance: Inheritance) -> int:
    """Tries every path that its site's ``data/wanted`` names, for reading or after "+" for writing, and stays."""
    data = Path(inheritance.spec(AgentSpec).site.directory, "data")
    wanted = (data / "wanted").read_text().splitlines()
    seen = [f"{path} {attempt_to_open(path.lstrip('+'), write=path.startswith('+'))}\n" for path in wanted]
    seen.append(f"key {inheritance.secrets().get('ANTHROPIC_API_KEY')}\n")
    (data / "seen.draft").write_text("".join(seen))
    (data / "seen.draft").rename(data / "seen")
    time.sleep(3600)
    return 0


def noting_agent(inheritance: Inheritance) -> int:
    """Writes down that it ran."""
    spec = inheritance.spec(AgentSpec)
    with Path(spec.site.directory, "data", "agents").open("a") as file:
        file.write(f"{spec.city_id} {spec.trigger} {spec.owner}\n")
    return 0


def unniceable_agent(inheritance: Inheritance) -> int:
    """Runs where the system lets nobody change priorities."""

    def refuse(_: int) -> int:
        raise PermissionError(1, "Operation not permitted")

    os.nice = refuse
    return agent_process.run(inheritance)


def slow_demo_server(inheritance: Inheritance) -> int:
    """Cinemas that take three seconds for each page with a schedule."""
    from cinestreamd.demo import server

    server.create_demo_app = partial(server.create_demo_app, delay=3.0)
    return demo_process.run(inheritance)


def claude_town_server(inheritance: Inheritance) -> int:
    """The map, the cinemas and Claude of tests with a key, where the demo town would be."""
    from claude_town import create_town

    from cinestreamd.demo import server

    server.create_demo_app = create_town
    return demo_process.run(inheritance)


def hostile_town_server(inheritance: Inheritance) -> int:
    """Cinemas and a Claude that fail in every way, where the demo town would be."""
    from hostile_town import create_town

    from cinestreamd.demo import server

    server.create_demo_app = create_town
    return demo_process.run(inheritance)


def greedy_agent(inheritance: Inheritance) -> int:
    """Wants more memory than it may have."""
    spec = inheritance.spec(AgentSpec)
    agent_process.limit_resources(spec.settings.scrape)
    bytearray((spec.settings.scrape.agent_memory_mb + 64) * 2**20)
    return 0


def spinning_agent(inheritance: Inheritance) -> int:
    """Uses the processor for as long as it may."""
    limit_by(inheritance)
    while True:
        pass


def hoarding_agent(inheritance: Inheritance) -> int:
    """Opens more files than it may."""
    most = limit_by(inheritance).agent_open_files
    files = [Path(os.devnull).open() for _ in range(most)]  # noqa: SIM115 - to keep them open is what it is for
    return len(files)


def limit_by(inheritance: Inheritance) -> Scrape:
    settings = inheritance.spec(AgentSpec).settings.scrape
    agent_process.limit_resources(settings)
    return settings


def hanging_worker(_: Inheritance) -> int:
    """Never becomes ready."""
    time.sleep(3600)
    return 0


def crashing_worker(_: Inheritance) -> int:
    """Crashes at boot."""
    return 1


def dying_by_term(_: Inheritance) -> int:
    """Is sent SIGTERM the moment it exists, before it could set up anything."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(3600)
    return 0


def segfaulting_worker(_: Inheritance) -> int:
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0


def _table(**entries: Entry) -> Mapping[str, Entry]:
    if os.environ.get("CINESTREAMD_TEST_STORE") == "mongo":
        import_module("cinestreamd.store.mongo")  # as the product's entries do for such a site
    warm((*FEATURES, HOOKS))
    usual = {"worker": hooked_worker, "agent": agent_process.run, "demo": demo_process.run, "herald": herald.run}
    return {**usual, **entries}


def hooked() -> Mapping[str, Entry]:
    """The product's children, whose workers also have routes that misbehave."""
    return _table()


def sleeping_agents() -> Mapping[str, Entry]:
    return _table(agent=sleeping_agent)


def curious_agents() -> Mapping[str, Entry]:
    return _table(agent=curious_agent)


def looking_agents() -> Mapping[str, Entry]:
    return _table(agent=looking_agent)


def noting_agents() -> Mapping[str, Entry]:
    return _table(agent=noting_agent)


def greedy_agents() -> Mapping[str, Entry]:
    return _table(agent=greedy_agent)


def spinning_agents() -> Mapping[str, Entry]:
    return _table(agent=spinning_agent)


def hoarding_agents() -> Mapping[str, Entry]:
    return _table(agent=hoarding_agent)


def unniceable_agents() -> Mapping[str, Entry]:
    return _table(agent=unniceable_agent)


def slow_demo() -> Mapping[str, Entry]:
    return _table(demo=slow_demo_server)


def claude_town() -> Mapping[str, Entry]:
    return _table(demo=claude_town_server)


def hostile_town() -> Mapping[str, Entry]:
    return _table(demo=hostile_town_server)


def hanging() -> Mapping[str, Entry]:
    return {"worker": hanging_worker}


def crashing() -> Mapping[str, Entry]:
    return {"worker": crashing_worker}


def terminated() -> Mapping[str, Entry]:
    return {"worker": dying_by_term}


def segfaulting() -> Mapping[str, Entry]:
    return {"worker": segfaulting_worker}


def loading() -> Mapping[str, Entry]:
    """A zygote that never gets its modules loaded."""
    sys.stderr.write("loading for an hour\n")
    sys.stderr.flush()
    time.sleep(3600)
    return {}


def broken() -> Mapping[str, Entry]:
    """A zygote that cannot load its modules."""
    sys.exit("no modules today")


def no_temporary_files() -> Mapping[str, Entry]:
    """The product's own, on a machine where no temporary file can be made."""
    tempfile.tempdir = "/nowhere"
    return real_entries()

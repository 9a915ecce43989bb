"""A site with a console, and an operator who is logged in."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from console_operator import Console, Master, kept_password
from msgspec.structs import replace

from cinestreamd.features import FEATURES
from cinestreamd.web.app import create_app
from cinestreamd.web.keys import ConsoleAccess


@pytest.fixture
def master() -> Master:
    return Master()


@pytest.fixture
def open_console(world: Any, master: Master, aiohttp_client: Any) -> Callable[..., Awaitable[Console]]:
    """Serves the world with its console; nobody is logged in."""

    async def serve(*, sees_all: bool = True, **changes: Any) -> Console:
        sites = master.sites if sees_all else None
        access = ConsoleAccess(password=kept_password(), state=master.state, retry=master.retry, sites=sites)
        resources = replace(world.resources(), console=access, **changes)
        return Console(await aiohttp_client(create_app(resources, FEATURES)), lambda: world.now)

    return serve


@pytest.fixture
async def console(open_console: Callable[..., Awaitable[Console]]) -> Console:
    """A console with an operator who is logged in."""
    console = await open_console()
    console.log_in()
    return console

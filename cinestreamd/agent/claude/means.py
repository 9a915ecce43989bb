"""What the calls of one run are made with, and what each of them is for."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from cinestreamd.agent.claude.access import Access
from cinestreamd.agent.claude.client import Client
from cinestreamd.store.base import Store
from cinestreamd.store.spending import Caps, Stage


class Purpose(Struct, frozen=True, kw_only=True):
    """What a call is for: the stage, and the cinema if it is for one. ``searches`` is how many it may make.

    ``optional``: the run can do without, so that what it lacks says nothing about what other runs need.
    """

    stage: Stage
    cinema_id: str | None = None
    searches: int = 0
    optional: bool = False


class Means(Struct, frozen=True, kw_only=True):
    """What calls are made with. ``allowance`` is the most that this run may spend; ``left`` the seconds that it has."""

    client: Client
    access: Access
    store: Store
    caps: Caps
    allowance: int
    timeout: float
    clock: Callable[[], datetime]
    left: Callable[[], float]
    sleep: Callable[[float], Any] = asyncio.sleep
    titles: bool = False
    """Whether films' titles in other languages are asked for."""
    batches: bool = False
    """Whether pages of the daily refresh are handed over as batches."""

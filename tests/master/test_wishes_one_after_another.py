"""Wishes for a city that is being read: what is under way fulfils them, or they are read after it; none is lost."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from cinestreamd.config import Settings
from cinestreamd.master.agents import Agents
from cinestreamd.master.sums import Sums
from cinestreamd.master.wishes import MOST_LATER
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.specs import AgentSpec

if TYPE_CHECKING:
    from cinestreamd.store.base import Trigger

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Stage:
    """Stands where forker, purse and store stand: agents are processes that live until they are told to go."""

    def __init__(self) -> None:
        self.begun: list[tuple[Trigger, str | None]] = []
        self.tidy = asyncio.Event()
        self.tidy.set()
        self.is_tidying = asyncio.Event()
        self._living: list[int] = []

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Nobody else forks."""
        yield

    async def fork(self, *, spec: bytes, **_: object) -> int:
        """Note what is to be read, and start what ends when its input does."""
        told = msgspec.msgpack.decode(spec, type=AgentSpec)
        self.begun.append((told.trigger, told.cinema_id))
        return self._start()

    def _start(self) -> int:
        ours, theirs = os.pipe()
        pid = os.posix_spawn("/bin/cat", ["cat"], {}, file_actions=[(os.POSIX_SPAWN_DUP2, ours, 0)])
        os.close(ours)
        self._living.append(theirs)
        return pid

    def end_agent(self) -> None:
        """Have the agent that was begun first end."""
        os.close(self._living.pop(0))

    async def location(self, _: str) -> None:
        """Nothing is known of any city."""

    async def free_leases(self, _: str) -> list[str]:
        """Tidy up after an agent, which takes as long as the test wants."""
        self.is_tidying.set()
        await self.tidy.wait()
        return []

    async def closed_to(self, *_: object) -> None:
        """Nothing is too dear."""

    async def hold(self, *_: object, **__: object) -> int:
        """Nothing is held."""
        return 0

    def end(self) -> None:
        """Let nothing live on."""
        while self._living:
            self.end_agent()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    yield made
    made.end()


@pytest.fixture
async def agents(tmp_path: Path, stage: Stage) -> AsyncIterator[Agents]:
    means: Any = SimpleNamespace(
        forker=stage,
        clock=lambda: 0.0,
        wall=lambda: NOW,
        next_owner=lambda: "owner",
        knows_city=lambda _: True,
        on_niceness_refused=lambda _: None,
        sums=Sums(),
        allowed=frozenset(),
        shared=None,
    )
    anything: Any = stage
    made = Agents(
        Site(name="one", settings=SiteSettings(), directory=str(tmp_path)), Settings(), anything, means, anything
    )
    yield made
    stage.tidy.set()
    stage.end()
    await made.stop(1.0)


async def until(agents: Agents, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for is in the agents' hands
            await asyncio.sleep(0.01)
    assert len(agents.running) < 2


async def test_a_wish_after_the_agents_end_is_read_although_its_city_still_counts_as_busy(
    agents: Agents, stage: Stage
) -> None:
    stage.tidy.clear()
    assert agents.request("kyiv", "visitor") == "accepted"
    await until(agents, lambda: "kyiv" in agents.running)
    stage.end_agent()
    await stage.is_tidying.wait()
    assert agents.request("kyiv", "operator") == "accepted"
    stage.tidy.set()
    await until(agents, lambda: len(stage.begun) == 2 and "kyiv" in agents.running)
    assert stage.begun == [("visitor", None), ("operator", None)]


async def test_what_is_under_way_fulfils_a_wish_for_no_more(agents: Agents, stage: Stage) -> None:
    agents.request("kyiv", "visitor")
    await until(agents, lambda: "kyiv" in agents.running)
    for trigger, cinema in (("visitor", None), ("operator", None), ("recheck", "zhovten"), ("refresh", None)):
        assert agents.request("kyiv", trigger, cinema_id=cinema) == "accepted"
    stage.end_agent()
    await until(agents, lambda: agents.outcomes["done"] == 1 and not agents.queue)
    assert stage.begun == [("visitor", None)]


async def test_an_operator_who_has_just_changed_something_has_it_read_anew(agents: Agents, stage: Stage) -> None:
    agents.request("kyiv", "refresh")
    await until(agents, lambda: "kyiv" in agents.running)
    for _ in range(2):
        assert agents.request("kyiv", "recheck", cinema_id="zhovten", insists=True) == "accepted"
    stage.end_agent()
    await until(agents, lambda: len(stage.begun) == 2 and "kyiv" in agents.running)
    stage.end_agent()
    await until(agents, lambda: agents.outcomes["done"] == 2 and not agents.queue)
    assert stage.begun == [("refresh", None), ("recheck", "zhovten")]


async def test_two_cinemas_and_then_their_city_are_read_one_after_the_other(agents: Agents, stage: Stage) -> None:
    agents.request("kyiv", "recheck", cinema_id="zhovten", insists=True)
    await until(agents, lambda: "kyiv" in agents.running)
    assert agents.request("kyiv", "recheck", cinema_id="kinopanorama", insists=True) == "accepted"
    assert agents.request("kyiv", "visitor") == "accepted"
    for done in (1, 2):
        stage.end_agent()
        await until(agents, lambda done=done: len(stage.begun) == done + 1 and "kyiv" in agents.running)  # type: ignore[misc]  # mypy infers no lambda with a default
    assert stage.begun == [("recheck", "zhovten"), ("recheck", "kinopanorama"), ("visitor", None)]


async def test_of_two_cinemas_in_the_queue_none_is_forgotten(agents: Agents, stage: Stage) -> None:
    for city_id in ("lviv", "odesa"):  # all hands are busy
        agents.request(city_id, "visitor")
    for cinema in ("zhovten", "kinopanorama"):
        assert agents.request("kyiv", "recheck", cinema_id=cinema, insists=True) == "accepted"
    async with asyncio.timeout(30):
        while len(stage.begun) < 4:
            stage.end()
            await asyncio.sleep(0.01)
    assert stage.begun[2:] == [("recheck", "zhovten"), ("recheck", "kinopanorama")]


async def test_answers_of_a_batch_stand_for_no_reading(agents: Agents, stage: Stage) -> None:
    agents.request("kyiv", "batch")
    await until(agents, lambda: "kyiv" in agents.running)
    assert agents.request("kyiv", "visitor") == "accepted"
    stage.end_agent()
    await until(agents, lambda: len(stage.begun) == 2)
    assert stage.begun == [("batch", None), ("visitor", None)]


async def test_what_waits_for_one_city_is_bounded_and_gone_when_the_daemon_stops(agents: Agents, stage: Stage) -> None:
    agents.request("kyiv", "recheck", cinema_id="first")
    await until(agents, lambda: "kyiv" in agents.running)
    answers = [agents.request("kyiv", "recheck", cinema_id=f"c{number}") for number in range(MOST_LATER + 1)]
    assert answers == ["accepted"] * MOST_LATER + ["full"]
    stage.end_agent()
    await agents.stop(20.0)
    assert stage.begun == [("recheck", "first")]
    assert not agents.queue

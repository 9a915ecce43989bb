"""Booking links asked over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cinestreamd import config
from cinestreamd.agent.booking_links import LinkChecks
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.verify import Showing
from cinestreamd.store.base import Evidence

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class Till:
    """A web server whose pages answer with the status that their path names."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        app = web.Application()
        app.router.add_route("*", "/{status}/{name}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.match_info["status"] == "hangs":
            await asyncio.sleep(60)
        return web.Response(status=int(request.match_info["status"]))

    def fetcher(self) -> Fetcher:
        """A fetcher that may reach this server."""
        allowed = frozenset({("127.0.0.1", self.server.port or 0)})
        return Fetcher(config.Fetch(host_interval=0, timeout=30), allowed=allowed)

    def showing(self, path: str | None, hours: int = 1) -> Showing:
        """A showing some hours ahead with a link to ``path``."""
        return Showing(
            title="Дюна",
            raw_title="Дюна",
            start_time=NOW + timedelta(hours=hours),
            business_day=date(2026, 11, 21),
            evidence=Evidence(url="https://zirka.example/", quote="19:30", fetched_at=NOW),
            reader="test",
            link=str(self.server.make_url(path)) if path else None,
        )


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    till = Till()
    await till.server.start_server()
    yield till
    await till.server.close()


@pytest.mark.parametrize(
    ("path", "kept", "state"),
    [
        ("/200/a", True, "ok"),
        ("/404/a", False, "unchecked"),
        ("/410/a", False, "unchecked"),
        ("/403/a", True, "unverified"),
        ("/429/a", True, "unverified"),
        ("/500/a", True, "unverified"),
    ],
)
async def test_a_link_that_is_gone_is_dropped_and_the_showing_stays(
    till: Till, path: str, kept: bool, state: str
) -> None:
    async with till.fetcher() as fetcher:
        (checked,) = await LinkChecks(fetcher).check([till.showing(path)])
    assert (checked.link is not None, checked.link_state) == (kept, state)


async def test_of_one_host_only_five_links_are_asked_the_earliest_first(till: Till) -> None:
    showings = [till.showing(f"/200/{hours}", hours) for hours in (9, 8, 7, 6, 5, 4, 3, 2, 1)]
    async with till.fetcher() as fetcher:
        checks = LinkChecks(fetcher)
        checked = await checks.check(showings)
        await checks.check([till.showing("/200/another", 1)])
    assert [path for path in till.asked if path != "/robots.txt"] == [f"/200/{hours}" for hours in (1, 2, 3, 4, 5)]
    assert [showing.link_state for showing in checked] == ["unchecked"] * 4 + ["ok"] * 5


async def test_one_link_of_many_showings_is_asked_once(till: Till) -> None:
    async with till.fetcher() as fetcher:
        checked = await LinkChecks(fetcher).check(
            [till.showing("/200/a", 1), till.showing("/200/a", 2), till.showing(None)]
        )
    assert till.asked.count("/200/a") == 1
    assert [showing.link_state for showing in checked] == ["ok", "ok", "unchecked"]


async def test_a_till_that_hangs_costs_no_more_than_the_patience(till: Till) -> None:
    showings = [till.showing("/200/a", 1), till.showing("/hangs/b", 2), till.showing("/404/c", 3)]
    async with till.fetcher() as fetcher:
        checked = await LinkChecks(fetcher, patience=0.5).check(showings)
    assert [(s.link is not None, s.link_state) for s in checked] == [
        (True, "ok"),
        (True, "unchecked"),
        (True, "unchecked"),
    ]

"""The page that only Claude can read, and the stand-in that answers in its place."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestServer
from known_cities import CITIES
from product_store import new_store
from pytest_aiohttp.plugin import AiohttpClient

from cinestreamd import config
from cinestreamd.agent.claude.access import Access
from cinestreamd.agent.claude.caller import Caller
from cinestreamd.agent.claude.client import AnthropicClient
from cinestreamd.agent.claude.means import Means
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.run import scrape_city
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.cli.run import _simulate_claude
from cinestreamd.demo.claude import ACCESS_KEY, read_showings
from cinestreamd.demo.server import create_demo_app
from cinestreamd.demo.settings import demo_access, demo_settings
from cinestreamd.demo.truth import expected_rows
from cinestreamd.sites.env import read_env, write_env
from cinestreamd.store.spending import Caps

CAPS = Caps(call=10**6, city_day=10**6, day=10**6, month=10**6)
MOMENTS = [
    datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
    datetime(2026, 12, 29, 13, 0, tzinfo=UTC),
    datetime(2027, 3, 26, 23, 30, tzinfo=UTC),
]


@pytest.mark.parametrize("first", [0, 100, 200, 300])
async def test_no_reader_understands_the_letter_on_any_day(aiohttp_client: AiohttpClient, first: int) -> None:
    now = [datetime(2026, 11, 21, 11, 0, tzinfo=UTC)]
    client = await aiohttp_client(create_demo_app(base_url="http://demo.test:8090", clock=lambda: now[0]))
    begin = now[0]
    for days in range(first, first + 100, 3):
        now[0] = begin + timedelta(days=days)
        page = Page(
            url="http://demo.test:8090/pidzamche/",
            content_type="text/html",
            text=await (await client.get("/pidzamche/")).text(),
            fetched_at=now[0],
        )
        assert read_page(page, ReadContext(now=now[0], timezone=ZoneInfo("Europe/Kyiv"), country="UA")) is None


@pytest.mark.parametrize("now", MOMENTS)
async def test_the_letter_is_published_as_the_truth_says_marked_as_simulated(tmp_path: Path, now: datetime) -> None:
    """The whole way with the real SDK: from the page to the store, and what is paid for it."""
    server = TestServer(create_demo_app(base_url="http://demo.test:8090", clock=lambda: now))
    await server.start_server()
    base = f"http://127.0.0.1:{server.port}"
    store = new_store(tmp_path / "demo.sqlite")
    city = CITIES.get("lviv")
    assert city is not None
    cinemas = tuple(
        entry for entry in demo_settings(base, start_port=8001, processes=1).cinemas if "pidzamche" in entry.url
    )
    access = demo_access(base)
    simulated = Access(
        key=access["ANTHROPIC_API_KEY"], model="claude-haiku-5-5", base_url=access["ANTHROPIC_BASE_URL"], simulated=True
    )
    means = Means(
        client=AnthropicClient(simulated), access=simulated, store=store, caps=CAPS, allowance=10**6, timeout=30.0,
        clock=lambda: now, left=lambda: 100.0,
    )  # fmt: skip
    caller = Caller(means, run_id="run", city_id="lviv")
    try:
        await caller.look()
        async with Fetcher(
            config.Fetch(host_interval=0), allowed=frozenset({("127.0.0.1", server.port or 0)})
        ) as fetcher:
            task = ScrapeTask(city=city, owner="o", run_id="run", trigger="visitor", cinemas=cinemas)
            tools = Tools(store=store, fetcher=fetcher, clock=lambda: now, memory=store, claude=caller)
            outcome = await scrape_city(task, tools, settings=config.Scrape())
        assert outcome == "published"
        found = {
            (row.raw_title, row.start_time, row.price and (row.price.min, row.price.currency), row.business_day)
            for row in await store.showtimes("lviv", since=now)
        }
        expected = {
            (row.title, row.start, (row.price_min, row.currency), row.day)
            for row in expected_rows(now)
            if row.cinema == "pidzamche"
        }
        assert len(expected) >= 7
        assert found == expected
        assert {row.reader for row in await store.showtimes("lviv", since=now)} == {"claude-simulated"}
        [call] = await store.calls()
        assert (call.simulated, call.outcome, call.kept) == (True, "ok", len(expected))
        assert set(call.refused) <= {"in_the_past"}
        assert await store.recipes(next(iter(await store.cinemas("lviv"))).id) == []
    finally:
        await caller.close()
        await store.close()
        await server.close()


def test_the_stand_in_knows_nothing_but_what_it_is_sent() -> None:
    text = "Today is 2026-12-30.\nНа прощання: 2 січня о 07:05 покажемо «Вигадку з тесту» за 33 грн, крісло тут [L9]."
    assert list(read_showings(text)) == [
        {
            "title": "Вигадку з тесту",
            "day": "2027-01-02",
            "day_text": "2 січня",
            "time": "07:05",
            "quote": "2 січня о 07:05",
            "price": "33 грн",
            "link": "L9",
        }
    ]
    assert list(read_showings("2 січня о 07:05 «Без сьогодні»")) == []


async def test_the_stand_in_serves_the_demos_agents_alone(aiohttp_client: AiohttpClient) -> None:
    client = await aiohttp_client(create_demo_app(base_url="http://demo.test", clock=lambda: MOMENTS[0]))
    question: dict[str, Any] = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "Hello"}]}
    assert (await client.post("/v1/messages", json=question)).status == 401
    headers = {"Authorization": f"Bearer {ACCESS_KEY}"}
    for body in (b"{", b"[]", json.dumps({**question, "messages": []}).encode()):
        answer = await client.post("/v1/messages", data=body, headers=headers)
        assert (answer.status, (await answer.json())["error"]["type"]) == (400, "invalid_request_error")
    schema = {"format": {"type": "json_schema", "schema": {"properties": {"titles": {}}}}}
    answer = await client.post("/v1/messages", json={**question, "output_config": schema}, headers=headers)
    assert (await answer.json())["content"] == [{"type": "text", "text": '{"titles":[]}'}]


def test_a_key_of_ones_own_stays_in_the_demo(tmp_path: Path) -> None:
    path, wanted = tmp_path / "agent.env", demo_access("http://127.0.0.1:8100")
    write_env(path, {})
    _simulate_claude(path, wanted)
    assert read_env(path) == wanted
    _simulate_claude(path, demo_access("http://127.0.0.1:9999"))
    assert read_env(path)["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:9999"
    write_env(path, {"ANTHROPIC_API_KEY": "my own"})
    _simulate_claude(path, wanted)
    assert read_env(path) == {"ANTHROPIC_API_KEY": "my own"}

"""The same words are paid for once: whole scrapes on the days after, over HTTP."""

import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from fake_claude import failure, message
from town import PAGE, Town

SHOP = "<html lang='uk'><body><div>Наша крамниця працює щодня, о 19:30 зачиняємо, бо втомились. {}</div></body></html>"


def says(**changes: Any) -> Any:
    async def answer(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(message(body, '{"showings": []}', **changes))

    return answer


def nothing_learned(_body: dict[str, Any]) -> list[dict[str, str]]:
    """A model that sees no showing."""
    return []


def inventing(_body: dict[str, Any]) -> list[dict[str, str]]:
    """A model all of whose rows are refused."""
    return [{"title": "Вигадка", "day": "2026-11-22", "day_text": "22.11.2026", "time": "19:30", "quote": "о 19:30"}]


@pytest.mark.parametrize("reader", [nothing_learned, inventing])
async def test_a_page_that_gave_nothing_is_not_asked_about_again_until_its_words_change(
    town: Town, reader: Any
) -> None:
    town.pages["/shop"] = SHOP.format("")
    town.claude.reader = reader
    assert await town.scrape() == "empty"
    assert len(town.claude.bodies) == 1
    for day in range(1, 7):
        town.now += timedelta(days=1)
        town.pages["/shop"] = SHOP.format(f"<!-- {day} --><script>visit = {day}</script>")
        assert await town.scrape() == "empty"
    assert len(town.claude.bodies) == 1
    assert (await town.run()).sources[0].reader == "claude"
    town.pages["/shop"] = SHOP.format("А в неділю о 12:00 — чай.")
    await town.scrape()
    assert len(town.claude.bodies) == 2
    town.now += timedelta(days=8)
    await town.scrape()
    assert len(town.claude.bodies) == 3


async def refuses(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return failure(400, "invalid_request_error")


async def overloaded(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return failure(529, "overloaded_error")


@pytest.mark.parametrize(
    ("answer", "times", "reason"),
    [
        (refuses, 1, "claude_rejected"),
        (says(stop_reason="refusal"), 1, "claude_refusal"),
        (says(stop_reason="max_tokens"), 3, "claude_max_tokens"),
    ],
)
async def test_a_page_that_was_given_up_is_not_asked_about_again(
    town: Town, answer: Any, times: int, reason: str
) -> None:
    town.pages["/prose"] = PAGE.format("")
    town.claude.script = [answer] * times
    for _ in range(3):
        assert await town.scrape() == "failed"
        assert (await town.run()).sources[0].detail == reason
        town.now += timedelta(hours=2)
    assert len(town.claude.bodies) <= times
    asked = len(town.claude.bodies)
    town.claude.script = []
    town.pages["/prose"] = PAGE.format("Оновлено.")
    assert await town.scrape() == "published"
    assert len(town.claude.bodies) == asked + 1


async def test_a_failure_that_passes_is_no_reason_not_to_ask_again(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    town.claude.script = [overloaded] * 4
    assert await town.scrape() == "failed"
    assert await town.scrape() == "published"


async def test_marks_of_a_session_do_not_cost_a_call(town: Town) -> None:
    """Without recipes: the page's source changes each time, its words do not, and its showings stay."""
    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    [cinema] = await town.store.cinemas("kyiv")
    before = await town.store.showtimes("kyiv", since=town.now)
    for number in range(3):
        await town.store.remember_recipes(cinema.id, [])
        town.pages["/prose"] = PAGE.format(f"<script>session = {number}</script>")
        assert await town.scrape() == "published"
        assert ((await town.run()).sources[0].outcome, (await town.run()).sources[0].detail) == (
            "published",
            "unchanged",
        )
        assert await town.store.showtimes("kyiv", since=town.now) == before
    assert len(town.claude.bodies) == 1


async def test_a_changed_list_at_one_of_many_cinemas_costs_that_cinemas_call_alone(town: Town) -> None:
    """Five cinemas that only Claude can read, one shop without showings; the next day one list has changed."""
    names = [f"/kino{number}" for number in range(5)]
    for name in names:
        town.pages[name] = PAGE.format(f"<i>Зала {name}</i>")
    town.pages["/shop"] = SHOP.format("")
    await town.scrape()
    assert len(town.claude.bodies) == 6
    for cinema in await town.store.cinemas("kyiv"):
        await town.store.remember_recipes(cinema.id, [])  # a recipe would read even the changed list for nothing
    town.now += timedelta(hours=20)
    await town.scrape()
    assert (await town.store.calls(run_id="run-2"), (await town.run()).cost_microusd) == ([], 0)
    town.pages["/kino3"] = town.pages["/kino3"].replace("Мавка", "Земля")
    await town.scrape()
    assert [call.cinema_id for call in await town.store.calls(run_id="run-3")] == ["kyiv-kino3"]
    assert "Земля" in json.dumps(town.claude.bodies[-1], ensure_ascii=False)
    assert sorted(await town.titles()) == ["Довбуш"] * 5 + ["Земля"] + ["Мавка"] * 4

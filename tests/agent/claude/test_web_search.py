"""Cinemas found by a web search, with the real SDK: what is taken, refused, paid and remembered."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent))
from fake_claude import failure, message, reported, searched
from town import NOW, PAGE, Town

from cinestreamd.agent.claude.web_search import too_few
from cinestreamd.config import DiscoverySettings
from cinestreamd.store.base import Cinema
from cinestreamd.store.memory import Venue

JSON_LD = (
    '<html lang="uk"><script type="application/ld+json">{"@type":"ScreeningEvent","name":"Мавка",'
    '"startDate":"2026-11-22T18:30:00+02:00"}</script></html>'
)


@pytest.fixture
def searching(town: Town) -> Town:
    """A town whose operator names no cinema, where the map knows none, and two cinemas are on the web."""
    town.named = False
    town.discovery = DiscoverySettings(overpass_endpoints=())
    town.pages["/mayak"], town.pages["/prose"] = JSON_LD, PAGE.format("")
    town.claude.web["kyiv"] = [("Маяк", address(town, "/mayak")), ("Зірка", address(town, "/prose"))]
    return town


def address(town: Town, path: str) -> str:
    return f"http://127.0.0.1:{town.web.port}{path}"


def searches(town: Town) -> list[dict[str, Any]]:
    return [body for body in town.claude.bodies if "tools" in body]


async def test_a_city_that_the_map_does_not_know_is_searched_for_once_and_then_read(searching: Town) -> None:
    assert await searching.scrape() == "published"
    assert sorted(await searching.titles()) == ["Довбуш", "Мавка", "Мавка"]
    cinemas = await searching.store.cinemas("kyiv")
    assert [(cinema.name, cinema.source) for cinema in cinemas] == [("Зірка", "claude"), ("Маяк", "claude")]
    [body] = searches(searching)
    search, report = body["tools"]
    assert search["max_uses"] == 3
    assert search["allowed_callers"] == ["direct"]
    assert search["user_location"] == {
        "type": "approximate",
        "city": "kyiv",
        "country": "UA",
        "timezone": "Europe/Kyiv",
    }
    assert report["strict"] is True
    calls = {call.stage: call for call in await searching.store.calls()}
    found = calls["discovery"]
    assert (found.outcome, found.searches, found.proposed, found.kept) == ("ok", 1, 2, 2)
    assert 10_000 < found.counted < found.reserved
    paid = sum(call.counted for call in calls.values())
    assert searching.claude.billed <= paid <= searching.claude.billed + 2
    assert (await searching.run()).cost_microusd == paid


async def test_the_answer_is_remembered_for_thirty_days(searching: Town) -> None:
    await searching.scrape()
    searching.now = NOW + timedelta(days=29)
    await searching.scrape()
    assert len(searches(searching)) == 1
    searching.now = NOW + timedelta(days=31)
    await searching.scrape()
    assert len(searches(searching)) == 2


async def test_only_addresses_from_the_results_are_taken_and_none_of_aggregators(searching: Town) -> None:
    listing = "https://www.tripadvisor.com/kyiv-cinemas"

    async def answer(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        pages = [*searching.claude.web["kyiv"], ("Усі кінотеатри", listing)]
        whole = searched(body, pages, stop_reason="tool_use")
        named = [
            ("Маяк", address(searching, "/mayak")),
            ("Вигадка", address(searching, "/invented")),
            ("Внутрішнє", "http://169.254.169.254/latest"),
            ("Збірник", listing),
            ("<b>", address(searching, "/prose")),
            ("Маяк", address(searching, "/mayak")),
        ]
        whole["content"].append(
            reported([{"name": name, "url": url, "address": "вул. Тиха, 1"} for name, url in named])
        )
        return searching.claude.bill(whole)

    searching.claude.script = [answer]
    assert await searching.scrape() == "published"
    [cinema] = await searching.store.cinemas("kyiv")
    assert (cinema.url, cinema.address) == (address(searching, "/mayak"), "вул. Тиха, 1")
    [call] = await searching.store.calls()
    assert call.refused == {"not_in_results": 2, "aggregator": 1, "malformed": 1, "duplicate": 1}
    assert "/invented" not in searching.asked


async def test_a_paused_answer_is_taken_up_again_and_all_its_parts_are_paid(searching: Town) -> None:
    async def pause(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return searching.claude.bill(searched(body, [searching.claude.web["kyiv"][0]], stop_reason="pause_turn"))

    async def report(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        before = body["messages"][1]
        assert before["role"] == "assistant"
        results = [
            one for block in before["content"] if block["type"] == "web_search_tool_result" for one in block["content"]
        ]
        assert body["tools"][0]["max_uses"] == 1
        found = [{"name": one["title"], "url": one["url"], "address": ""} for one in results[:1]]
        return searching.claude.bill(message(body, "", content=[reported(found)], stop_reason="tool_use"))

    searching.claude.script = [pause, pause, report]
    assert await searching.scrape() == "published"
    assert await searching.titles() == ["Мавка"]
    calls = await searching.store.calls()
    assert sorted(call.searches for call in calls) == [0, 1, 1]
    assert searching.claude.billed <= sum(call.counted for call in calls) <= searching.claude.billed + 3


async def test_an_answer_that_never_ends_is_given_up_after_three_pauses(searching: Town) -> None:
    async def pause(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return searching.claude.bill(searched(body, [], stop_reason="pause_turn"))

    searching.claude.script = [pause] * 9
    assert await searching.scrape() == "failed"
    assert len(searching.claude.bodies) == 4
    assert searching.claude.bodies[3]["tool_choice"] == {"type": "tool", "name": "report_cinemas"}
    await assert_at_rest(searching, "claude_unusable")


async def assert_at_rest(town: Town, reason: str) -> None:
    location = await town.store.location("kyiv")
    assert location is not None
    assert location.lease is None
    assert location.last_updated is None
    run = await town.run()
    assert (run.outcome, run.error) == ("failed", reason)


def says(*content: Any, **changes: Any) -> Any:
    async def answer(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(message(body, "", content=list(content), **changes))

    return answer


def fails(status: int, kind: str) -> Any:
    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return failure(status, kind)

    return answer


BROKEN_SEARCH = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "caller": {"type": "direct"},
    "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"},
}


@pytest.mark.parametrize(
    ("answer", "reason", "paid"),
    [
        (says({"type": "text", "text": "Немає"}), "claude_unusable", True),
        (says(stop_reason="refusal"), "claude_refusal", True),
        (says(stop_reason="max_tokens"), "claude_max_tokens", True),
        (says(BROKEN_SEARCH, reported([]), stop_reason="tool_use"), "claude_unusable", True),
        (says({**reported([]), "input": {"cinemas": "none"}}, stop_reason="tool_use"), "claude_unusable", True),
        (fails(400, "invalid_request_error"), "claude_rejected", False),
        (fails(401, "authentication_error"), "claude_unauthorised", False),
    ],
)
async def test_a_search_that_fails_is_recorded_and_no_city_without_cinemas(
    searching: Town, answer: Any, reason: str, paid: bool
) -> None:
    searching.claude.script = [answer]
    assert await searching.scrape() == "failed"
    await assert_at_rest(searching, reason)
    [call] = await searching.store.calls()
    assert (call.counted > 0) is paid
    assert f"claude_{call.outcome}" == reason
    remembered = await searching.store.web_discovery("kyiv")
    assert (remembered is not None) is paid
    if remembered is not None:  # not paid for again today, but tomorrow
        searching.now = NOW + timedelta(hours=23)
        await searching.scrape()
        assert len(searches(searching)) == 1
        searching.now = NOW + timedelta(hours=25)
        await searching.scrape()
        assert len(searches(searching)) == 2


async def test_known_cinemas_are_read_when_the_search_fails(searching: Town) -> None:
    await searching.scrape()
    searching.now = NOW + timedelta(days=31)
    searching.pages["/mayak"] = JSON_LD.replace("2026-11-22", "2026-12-23")
    searching.claude.script = [fails(400, "invalid_request_error")]
    assert await searching.scrape() == "published"
    assert await searching.titles() == ["Мавка"]


async def test_past_the_cap_a_cold_city_is_not_searched_for(searching: Town) -> None:
    searching.caps = searching.caps.__class__(call=500_000, city_day=500_000, day=20_000, month=20_000)
    assert await searching.scrape() == "failed"
    assert searching.claude.bodies == []
    await assert_at_rest(searching, "budget_day")


def costliest(town: Town) -> Any:
    """A reply that used all that the API can charge: every reading as long as the model takes, every search made."""

    async def answer(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        uses, longest = body["tools"][0]["max_uses"], town.claude.longest or 1_000_000
        whole = searched(body, town.claude.web["kyiv"], stop_reason="tool_use")
        whole["content"].append(reported([{"name": "Маяк", "url": address(town, "/mayak"), "address": ""}]))
        whole["usage"] |= {
            "input_tokens": len(json.dumps(body)) // 3 + uses * longest,
            "output_tokens": body["max_tokens"] * (uses + 1),
            "server_tool_use": {"web_search_requests": uses, "web_fetch_requests": 0},
        }
        # Above 100,000 tokens Haiku costs half a dollar and two and a half for a million in and out.
        town.claude.billed += whole["usage"]["input_tokens"] * 0.5 + whole["usage"]["output_tokens"] * 2.5
        town.claude.billed += uses * 10_000
        return web.json_response(whole)

    return answer


@pytest.mark.parametrize(
    ("cap", "longest", "searches_made"),
    [
        (400_000, 200_000, 3),
        (300_000, 200_000, 2),
        (150_000, 200_000, 1),
        (400_000, 400_000, 1),
        (600_000, None, 1),
    ],
)
async def test_the_longest_replies_that_a_search_can_have_stay_within_the_cap(
    searching: Town, cap: int, longest: int | None, searches_made: int
) -> None:
    """As many searches are asked for as the cap has room for in the worst case; and that is what comes."""
    searching.caps = searching.caps.__class__(call=cap, city_day=cap, day=cap, month=cap)
    searching.claude.longest = longest
    del searching.pages["/prose"]
    searching.claude.script = [costliest(searching)]
    assert await searching.scrape() == "published"
    [body] = searches(searching)
    assert body["tools"][0]["max_uses"] == searches_made
    [call] = await searching.store.calls()
    assert searching.claude.billed <= call.counted <= call.reserved <= cap
    assert (await searching.store.spent(NOW)).day <= cap


@pytest.mark.parametrize(("cap", "longest"), [(100_000, 200_000), (500_000, None)])
async def test_a_search_whose_worst_case_exceeds_the_cap_is_not_made(
    searching: Town, cap: int, longest: int | None
) -> None:
    searching.caps = searching.caps.__class__(call=cap, city_day=10**6, day=10**6, month=10**6)
    searching.claude.longest = longest
    assert await searching.scrape() == "failed"
    assert searching.claude.bodies == []
    await assert_at_rest(searching, "budget_call")
    state = await searching.store.claude_state()
    assert state is not None
    assert state.lacked == 0  # no cap of a day was short: the next run may try again


async def test_nothing_is_searched_for_where_the_operator_names_the_cinemas(searching: Town) -> None:
    searching.named = True
    assert await searching.scrape() == "published"
    assert searches(searching) == []


async def test_nothing_is_searched_for_when_the_setting_is_off(searching: Town) -> None:
    searching.discovery = DiscoverySettings(overpass_endpoints=(), web_search=False)
    assert await searching.scrape() == "empty"
    assert searching.claude.bodies == []


@pytest.mark.parametrize(
    ("sources", "venues", "expected"),
    [
        ([], 0, True),
        (["claude", "claude"], 0, True),
        (["config"], 2, False),
        (["openstreetmap"], 3, True),
        (["openstreetmap", "operator"], 4, False),
    ],
)
def test_too_few_are_none_or_less_than_half_of_the_venues(sources: list[Any], venues: int, expected: bool) -> None:
    cinemas = [
        Cinema(id=str(number), city_id="kyiv", name="x", url="https://x.example/", source=source)
        for number, source in enumerate(sources)
    ]
    places = [Venue(ref=f"node/{number}", name="x", lat=50, lon=30) for number in range(venues)]
    assert too_few(cinemas, places) is expected

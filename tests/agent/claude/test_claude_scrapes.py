"""Whole scrapes with the real SDK against a server on loopback: what is published, paid, refused and recorded."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent))
from fake_claude import failure, message, shown_text
from hostile import HOSTILE, obey
from town import NOW, PAGE, Town, no_sleep, rebuilt

from cinestreamd.agent.claude.access import Access
from cinestreamd.agent.claude.caller import Caller
from cinestreamd.agent.claude.client import AnthropicClient
from cinestreamd.agent.claude.means import Means
from cinestreamd.store.spending import Caps


async def test_a_page_of_prose_is_read_proved_and_paid(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    assert await town.scrape() == "published"
    first, second = await town.store.showtimes("kyiv", since=NOW)
    assert (first.raw_title, first.start_time.isoformat()) == ("Довбуш", "2026-11-22T17:30:00+00:00")
    assert (second.raw_title, second.start_time.isoformat()) == ("Мавка", "2026-11-23T19:10:00+00:00")
    assert first.reader == "claude"
    assert first.evidence.quote in town.pages["/prose"]
    assert first.buy_link == f"http://127.0.0.1:{town.web.port}/buy?1"
    [call] = await town.store.calls()
    assert (call.stage, call.outcome, call.proposed, call.kept, call.cinema_id) == (
        "extraction",
        "ok",
        2,
        2,
        "kyiv-prose",
    )
    assert 0 < town.claude.billed <= call.counted <= town.claude.billed + 1
    assert (await town.run()).cost_microusd == call.cost
    assert "test-key" not in json.dumps(town.claude.bodies)
    assert "tools" not in town.claude.bodies[0]


async def test_an_unchanged_city_costs_nothing_and_a_changed_cinema_only_its_own_call(town: Town) -> None:
    town.pages["/one"], town.pages["/two"] = PAGE.format(""), PAGE.format("<i>інший</i>")
    await town.scrape()
    assert len(town.claude.bodies) == 2
    await town.scrape()
    assert len(town.claude.bodies) == 2
    town.pages["/two"] = rebuilt(town.pages["/two"]).replace("Мавка", "Земля")
    await town.scrape()
    assert [call.cinema_id for call in await town.store.calls(run_id="run-3")] == ["kyiv-two"]
    assert sorted(await town.titles()) == ["Довбуш", "Довбуш", "Земля", "Мавка"]


async def test_a_thousand_cities_stay_within_the_cap(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    town.caps = Caps(call=50_000, city_day=50_000, day=12_000, month=12_000)
    access = Access(key="test-key", model="claude-haiku-5-5", base_url=str(town.api.make_url("")))
    client = AnthropicClient(access)
    request = {"model": access.model, "max_tokens": 16_000, "messages": [{"role": "user", "content": PAGE}]}

    async def visit(number: int) -> str:
        from cinestreamd.agent.claude.caller import NotCalledError
        from cinestreamd.agent.claude.means import Purpose

        means = Means(
            client=client, access=access, store=town.store, caps=town.caps, allowance=50_000, timeout=60,
            clock=lambda: NOW, left=lambda: 100.0, sleep=no_sleep,
        )  # fmt: skip
        caller = Caller(means, run_id=f"run-{number}", city_id=f"city-{number}")
        try:
            record, _ = await caller.call(request, Purpose(stage="extraction"))
        except NotCalledError as error:
            return error.reason
        await caller.finish(record)
        return "ok"

    reasons = [
        reason for start in range(0, 1000, 4) for reason in await asyncio.gather(*map(visit, range(start, start + 4)))
    ]
    await client.close()
    assert 0 < town.claude.billed <= 12_000
    assert (await town.store.spent(NOW)).day <= 12_000
    assert reasons[-1] == "budget_day"
    assert len(town.claude.bodies) < 1000


async def drop(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "5000"})
    await response.prepare(request)
    await response.write(json.dumps(message(body, "{}")).encode()[:80])
    assert request.transport is not None
    request.transport.abort()
    return response


async def hang(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


def fails(status: int, kind: str, code: str = "", **headers: str) -> Any:
    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return failure(status, kind, code, **headers)

    return answer


def says(**changes: Any) -> Any:
    async def answer(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(message(body, '{"showings": []}', **changes))

    return answer


@pytest.mark.parametrize(
    ("answer", "times", "outcome", "calls"),
    [
        (fails(401, "authentication_error"), 1, "unauthorised", 1),
        (fails(429, "rate_limit_error"), 4, "rate_limited", 4),
        (fails(429, "rate_limit_error", **{"retry-after": "3600"}), 1, "rate_limited", 1),
        (fails(529, "overloaded_error"), 4, "overloaded", 4),
        (fails(429, "rate_limit_error", "enforced_spend_limit_reached"), 1, "spend_limit", 1),
        (fails(400, "invalid_request_error"), 1, "rejected", 1),
        (says(stop_reason="refusal"), 1, "refusal", 1),
        (says(content=None), 1, "unusable", 1),
        (drop, 3, "dropped", 3),
        (hang, 1, "timeout", 1),
    ],
)
async def test_a_failure_keeps_old_data_frees_the_lease_and_is_recorded(
    town: Town, answer: Any, times: int, outcome: str, calls: int
) -> None:
    town.pages["/prose"] = PAGE.format("")
    await town.scrape()
    before = await town.titles()
    town.pages["/prose"] = rebuilt(PAGE).format("І ще 24.11.2026 зустрінемось о 18:00, бо буде «Земля».")
    town.claude.script = [answer] * times
    town.claude.bodies.clear()
    town.timeout = 0.5 if answer is hang else 20.0
    assert await town.scrape() == "failed"
    assert len(town.claude.bodies) == calls
    assert await town.titles() == before
    location = await town.store.location("kyiv")
    assert location is not None
    assert location.lease is None
    run = await town.run()
    assert (run.outcome, run.sources[0].detail) == ("failed", f"claude_{outcome}")
    assert {call.outcome for call in await town.store.calls(run_id="run-2")} == {outcome}
    state = await town.store.claude_state()
    assert state is not None
    assert state.breaker == (outcome if outcome in {"unauthorised", "spend_limit"} else None)
    if state.breaker:
        town.claude.bodies.clear()
        assert await town.scrape() == "failed"
        assert town.claude.bodies == []


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"stop_reason": "refusal"}, "refusal"),
        ({"content": None}, "unusable"),
        ({"content": [{"type": "text", "text": "I found these showings: {"}]}, "unusable"),
    ],
)
async def test_a_paid_answer_is_counted_also_where_it_is_of_no_use(
    town: Town, changes: dict[str, Any], outcome: str
) -> None:
    town.pages["/prose"] = PAGE.format("")
    used = {"input_tokens": 2_000, "output_tokens": 400}
    town.claude.script = [says(usage={**message({"model": "m"}, "")["usage"], **used}, **changes)]
    assert await town.scrape() == "failed"
    [call] = await town.store.calls()
    assert (call.outcome, call.tokens_in, call.tokens_out) == (outcome, 2_000, 400)
    assert call.cost == call.counted == 2_000 * 0.1 + 400 * 0.5
    run = await town.run()
    assert (run.tokens_in, run.tokens_out, run.cost_microusd) == (2_000, 400, 400)
    assert (await town.store.spent(NOW)).day == 400


def by_day(body: dict[str, Any]) -> list[dict[str, str]]:
    """Read a page of headings and prose: each row is of the day whose heading stood last in the request."""
    rows, heading = [], ""
    for line in shown_text(body).splitlines():
        if re.fullmatch(r"\d\d\.\d\d\.\d{4}", line):
            heading = line
        for found in re.finditer(r"(?P<quote>о (?P<time>\d\d:\d\d)) [^«]*«(?P<title>[^»]+)»", line):
            day, month, year = heading.split(".") if heading else ("01", "01", "2000")
            rows.append({**found.groupdict(), "day": f"{year}-{month}-{day}", "day_text": heading, "link": ""})
    return rows


async def test_a_page_that_is_too_long_for_one_request_keeps_each_row_with_its_day(town: Town) -> None:
    talk = "Ми довго думали, говорили й вагалися, а потім таки вирішили. " * 120
    names = ["Довбуш", "Мавка", "Земля", "Тіні", "Камінний хрест", "Захар Беркут", "Брати", "Поводир"]
    told = "".join(
        f"<div>{talk} Отже, гуртом о {12 + i}:30 дивимось, мабуть, «{name}».</div>" for i, name in enumerate(names)
    )
    town.pages["/prose"] = f'<html lang="uk"><body><h2>22.11.2026</h2>{told}<h2>23.11.2026</h2>{told}</body></html>'
    town.claude.reader = by_day
    assert await town.scrape() == "published"
    assert len(town.claude.bodies) > 1
    assert all(len(shown_text(body).encode()) < 121_000 for body in town.claude.bodies)
    shown = [(s.raw_title, s.start_time.isoformat()) for s in await town.store.showtimes("kyiv", since=NOW)]
    assert shown == [(name, f"2026-11-{day}T{10 + i}:30:00+00:00") for day in (22, 23) for i, name in enumerate(names)]


def test_the_sdk_is_not_loaded_by_what_an_agent_needs_for_other_pages() -> None:
    program = (
        "import sys, cinestreamd.agent_process\n"
        "from cinestreamd.agent.claude.access import Access\n"
        "cinestreamd.agent_process.AnthropicClient(Access(key='k', model='m'))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('anthropic', 'httpx2')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_an_answer_that_was_cut_is_asked_for_again_in_halves_once(town: Town) -> None:
    town.pages["/prose"] = PAGE.format("")
    town.claude.script = [says(stop_reason="max_tokens")]
    assert await town.scrape() == "published"
    assert sorted(await town.titles()) == ["Довбуш", "Мавка"]
    assert sorted(call.outcome for call in await town.store.calls()) == ["max_tokens", "ok", "ok"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_an_obeying_model_publishes_nothing_that_the_page_does_not_show(town: Town, name: str) -> None:
    town.pages["/prose"] = PAGE.format(HOSTILE[name])
    town.claude.reader = obey
    assert await town.scrape() == "published"
    showtimes = await town.store.showtimes("kyiv", since=NOW)
    assert [(s.raw_title, s.start_time.isoformat()) for s in showtimes] == [
        ("Довбуш", "2026-11-22T17:30:00+00:00"),
        ("Мавка", "2026-11-23T19:10:00+00:00"),
    ]
    assert [s.buy_link for s in showtimes] == [f"http://127.0.0.1:{town.web.port}/buy?1", None]
    assert "test-key" not in json.dumps(town.claude.bodies)
    if name.startswith(("text hidden", "a schedule", "a template")):
        assert "Зло" not in json.dumps(town.claude.bodies, ensure_ascii=False)

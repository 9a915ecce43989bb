"""Pages handed over for the night, with the real SDK: half the price, two runs, and what is left when either fails."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from product_store import open_again
from structlog.testing import capture_logs

sys.path.insert(0, str(Path(__file__).parent))
from fake_claude import failure, message
from town import NOW, PAGE, Town, rebuilt

from cinestreamd.agent.claude.prices import Usage, counted_cost
from cinestreamd.store.base import CinemaCorrection, Run

JSON_LD = (
    '<html lang="uk"><script type="application/ld+json">{"@type":"ScreeningEvent","name":"Земля",'
    '"startDate":"2026-11-22T18:30:00+02:00"}</script></html>'
)
NEWS = "І ще 24.11.2026 зустрінемось о 18:00, бо буде «Земля»."
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def nightly(town: Town) -> Town:
    """A town whose daily refresh hands pages over."""
    town.means = {"batches": True}
    town.pages["/prose"] = PAGE.format("")
    return town


async def at_rest(town: Town) -> Run:
    """The latest run, after which nobody holds the city."""
    location = await town.store.location("kyiv")
    assert location is not None
    assert location.lease is None
    return await town.run()


async def handed_over(town: Town) -> None:
    """A refresh whose one page is on its way, and some hours."""
    assert await town.scrape(trigger="refresh") == "empty"
    town.now = LATER
    town.claude.ended = True


async def test_a_page_is_handed_over_and_read_when_the_batch_has_ended_at_half_the_price(nightly: Town) -> None:
    assert await nightly.scrape(trigger="refresh") == "empty"
    assert nightly.claude.bodies == []
    run = await at_rest(nightly)
    assert run.sources[0].detail == "batch_pending"
    assert [cinema.failures for cinema in await nightly.store.cinemas("kyiv")] == [0]
    [item] = nightly.claude.batches["msgbatch_1"]
    [waiting] = await nightly.store.calls()
    assert (waiting.outcome, waiting.batched, item["custom_id"]) == ("open", True, waiting.id)
    assert (await nightly.store.spent(NOW)).day == waiting.reserved

    assert await nightly.scrape(trigger="batch") == "empty"  # still on its way: nobody took the city for that
    assert await nightly.store.run("run-2") is None

    nightly.now, nightly.claude.ended = LATER, True
    asked = len(nightly.asked)
    assert await nightly.scrape(trigger="batch") == "published"
    assert nightly.asked[asked:] == ["/robots.txt", "/buy"]
    first, second = await nightly.store.showtimes("kyiv", since=NOW)
    assert (first.raw_title, first.start_time.isoformat()) == ("Довбуш", "2026-11-22T17:30:00+00:00")
    assert (second.raw_title, second.start_time.isoformat()) == ("Мавка", "2026-11-23T19:10:00+00:00")
    assert first.buy_link == f"http://127.0.0.1:{nightly.web.port}/buy?1"
    [call] = await nightly.store.calls()
    assert (call.outcome, call.run_id, call.kept) == ("ok", "run-1", 2)
    whole = counted_cost(call.model, Usage(tokens_in=call.tokens_in, tokens_out=call.tokens_out), on=NOW.date())
    assert whole / 2 <= call.counted <= whole / 2 + 1
    assert nightly.claude.billed <= call.counted <= nightly.claude.billed + 1
    assert (await nightly.store.spent(NOW)).day == call.counted
    run = await at_rest(nightly)
    assert (run.trigger, run.cost_microusd) == ("batch", call.counted)
    assert await nightly.store.pending_batches() == []


async def test_a_read_answer_teaches_a_recipe_and_an_unchanged_page_costs_nothing(nightly: Town) -> None:
    await handed_over(nightly)
    await nightly.scrape(trigger="batch")
    location = await nightly.store.location("kyiv")
    assert location is not None
    assert location.last_updated is None
    assert await nightly.scrape(trigger="refresh") == "published"
    assert (await nightly.run()).sources[0].detail == "unchanged"
    nightly.pages["/prose"] = PAGE.format(NEWS)
    assert await nightly.scrape(trigger="refresh") == "published"
    assert len(await nightly.titles()) == 3
    assert len(nightly.claude.batches) == 1
    assert nightly.claude.bodies == []


async def test_answers_are_held_against_the_page_as_it_was_shown(nightly: Town) -> None:
    nightly.pages["/prose"] = PAGE.replace("22.11.2026", "завтра").format("")
    shown = nightly.pages["/prose"]

    def tomorrow(_: dict[str, Any]) -> list[dict[str, str]]:
        row = {"day_text": "завтра", "time": "19:30", "quote": "о 19:30"}
        return [
            {**row, "title": "Довбуш", "day": "2026-11-22"},
            {**row, "title": "Довбуш", "day": "2026-11-23"},
            {**row, "title": "Земля", "day": "2026-11-22"},
        ]

    nightly.claude.reader = tomorrow
    await handed_over(nightly)
    nightly.pages["/prose"] = "<html><body>Сайт закрито, а «Земля» була</body></html>"
    nightly.now = NOW + timedelta(hours=20)  # the next day: "tomorrow" is still that of the page
    assert await nightly.scrape(trigger="batch") == "published"
    [row] = await nightly.store.showtimes("kyiv", since=NOW)
    assert (row.raw_title, row.start_time.isoformat()) == ("Довбуш", "2026-11-22T17:30:00+00:00")
    assert "Земля" not in shown
    [call] = await nightly.store.calls()
    assert call.refused == {"date_assumed": 1, "title_not_on_page": 1}


async def test_other_cinemas_are_published_at_once(nightly: Town) -> None:
    nightly.pages["/mayak"] = JSON_LD
    assert await nightly.scrape(trigger="refresh") == "published"
    assert await nightly.titles() == ["Земля"]
    nightly.now, nightly.claude.ended = LATER, True
    assert await nightly.scrape(trigger="batch") == "published"
    assert sorted(await nightly.titles()) == ["Довбуш", "Земля", "Мавка"]


async def test_pages_on_their_way_are_not_handed_over_again_but_a_visitor_is_not_kept_waiting(nightly: Town) -> None:
    await nightly.scrape(trigger="refresh")
    assert await nightly.scrape(trigger="refresh") == "empty"
    assert len(nightly.claude.batches) == 1
    nightly.now = NOW + timedelta(hours=1)
    assert await nightly.scrape(trigger="visitor") == "published"
    assert len(nightly.claude.bodies) == 1
    shown = await nightly.store.showtimes("kyiv", since=NOW)
    nightly.now, nightly.claude.ended = LATER, True
    assert await nightly.scrape(trigger="batch") == "empty"  # older than what was read since: paid, and let go
    assert await nightly.store.showtimes("kyiv", since=NOW) == shown
    assert {call.outcome for call in await nightly.store.calls()} == {"ok"}
    assert await nightly.store.pending_batches() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "blocked"}, "not_read_any_more"),
        ({"state": "paused"}, "not_read_any_more"),
        ({"url": "https://elsewhere.example/"}, "moved"),
    ],
)
async def test_answers_are_let_go_where_the_operator_has_corrected_the_cinema_meanwhile(
    nightly: Town, changes: dict[str, Any], reason: str
) -> None:
    await handed_over(nightly)
    correction = CinemaCorrection(cinema_id="kyiv-prose", city_id="kyiv", **changes)
    await nightly.store.correct_cinema(correction, now=LATER)
    with capture_logs() as logs:
        assert await nightly.scrape(trigger="batch") == "empty"
    assert [entry["reason"] for entry in logs if entry["event"] == "answers_let_go"] == [reason]
    assert await nightly.titles() == []
    [call] = await nightly.store.calls()
    assert (call.outcome, call.cost) == ("ok", call.counted)
    assert await nightly.store.pending_batches() == []


async def test_a_restart_in_between_changes_nothing(nightly: Town) -> None:
    await handed_over(nightly)
    await nightly.store.close()
    nightly.store = open_again(nightly.path)
    assert await nightly.scrape(trigger="batch") == "published"
    assert len(await nightly.titles()) == 2


async def test_a_run_that_died_while_reading_answers_is_made_good_by_the_next(nightly: Town) -> None:
    await handed_over(nightly)
    pending = await nightly.store.pending_batches()
    assert await nightly.scrape(trigger="batch") == "published"
    spent = await nightly.store.spent(NOW)
    for batch in pending:  # as if it had died before it let the batch go
        await nightly.store.remember_batch(batch)
    assert await nightly.scrape(trigger="batch") == "empty"  # read since
    assert await nightly.store.spent(NOW) == spent
    assert len(await nightly.titles()) == 2
    assert await nightly.store.pending_batches() == []


def errored(kind: str) -> Any:
    error = {"type": "error", "error": {"type": kind, "message": "no"}, "request_id": "req_1"}
    return lambda _: {"type": "errored", "error": error}


def succeeded(text: str, **changes: Any) -> Any:
    return lambda body: {"type": "succeeded", "message": message(body, text, **changes)}


@pytest.mark.parametrize(
    ("result", "outcome", "reason", "paid"),
    [
        (lambda _: {"type": "expired"}, "expired", "batch_expired", False),
        (lambda _: {"type": "canceled"}, "cancelled", "batch_cancelled", False),
        (errored("api_error"), "server_error", "batch_server_error", False),
        (errored("invalid_request_error"), "rejected", "batch_rejected", False),
        (lambda _: {"type": "news"}, "expired", "batch_expired", False),
        (succeeded("no data"), "unusable", "claude_unusable", True),
        (succeeded("", stop_reason="refusal"), "refusal", "claude_refusal", True),
        (succeeded("{}", usage=None), "unusable", "batch_unusable", False),
    ],
)
async def test_a_page_without_an_answer_keeps_old_data_and_frees_the_city(
    nightly: Town, result: Any, outcome: str, reason: str, paid: bool
) -> None:
    await nightly.scrape()
    before = await nightly.titles()
    assert len(before) == 2
    nightly.pages["/prose"] = rebuilt(PAGE).format(NEWS)
    nightly.claude.results = [result]
    await handed_over(nightly)
    assert await nightly.scrape(trigger="batch") == "failed"
    assert await nightly.titles() == before
    run = await at_rest(nightly)
    assert (run.outcome, run.error, run.sources[0].detail) == ("failed", reason, reason)
    [call] = [call for call in await nightly.store.calls() if call.batched]
    assert (call.outcome, call.counted > 0) == (outcome, paid)
    assert await nightly.store.pending_batches() == []


@pytest.mark.parametrize(
    ("result", "batches"),
    [
        (succeeded("", stop_reason="refusal"), 1),
        (succeeded("no data"), 1),
        (errored("invalid_request_error"), 1),
        (lambda _: {"type": "expired"}, 2),
        (errored("api_error"), 2),
    ],
)
async def test_a_page_that_would_be_given_up_again_is_not_handed_over_again(
    nightly: Town, result: Any, batches: int
) -> None:
    nightly.claude.results = [result]
    await handed_over(nightly)
    assert await nightly.scrape(trigger="batch") == "failed"
    await nightly.scrape(trigger="refresh")
    assert len(nightly.claude.batches) == batches
    await at_rest(nightly)


async def test_one_page_without_an_answer_does_not_keep_the_others(nightly: Town) -> None:
    nightly.pages["/second"] = PAGE.replace("Довбуш", "Тіні").format("")
    nightly.claude.results = [lambda _: {"type": "expired"}]
    await handed_over(nightly)
    assert await nightly.scrape(trigger="batch") == "published"
    assert len(await nightly.titles()) == 2
    run = await at_rest(nightly)
    assert sorted(source.detail for source in run.sources) == ["", "batch_expired"]


async def test_an_answer_that_was_cut_is_asked_for_in_halves_at_once(nightly: Town) -> None:
    nightly.claude.results = [succeeded('{"showings": [', stop_reason="max_tokens")]
    await handed_over(nightly)
    assert await nightly.scrape(trigger="batch") == "published"
    assert len(nightly.claude.bodies) == 2
    assert sorted(await nightly.titles()) == ["Довбуш", "Мавка"]
    outcomes = sorted((call.outcome, call.batched) for call in await nightly.store.calls())
    assert outcomes == [("max_tokens", True), ("ok", False), ("ok", False)]


def fails(status: int, kind: str, code: str = "") -> Any:
    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return failure(status, kind, code)

    return answer


async def hang(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


@pytest.mark.parametrize(
    ("answer", "times", "outcome", "counted"),
    [
        (fails(401, "authentication_error"), 1, "unauthorised", False),
        (fails(429, "rate_limit_error", "enforced_spend_limit_reached"), 1, "spend_limit", False),
        (fails(529, "overloaded_error"), 4, "overloaded", False),
        (fails(400, "invalid_request_error"), 1, "rejected", False),
        (hang, 1, "timeout", True),
    ],
)
async def test_pages_that_cannot_be_handed_over_are_settled_and_old_data_stays(
    nightly: Town, answer: Any, times: int, outcome: str, counted: bool
) -> None:
    await nightly.scrape()
    before = await nightly.titles()
    nightly.pages["/prose"] = rebuilt(PAGE).format("")
    nightly.claude.taken = [answer] * times
    nightly.timeout = 0.5 if answer is hang else 20.0
    assert await nightly.scrape(trigger="refresh") == "failed"
    assert await nightly.titles() == before
    run = await at_rest(nightly)
    assert run.sources[0].detail == f"claude_{outcome}"
    [call] = [call for call in await nightly.store.calls() if call.batched]
    assert (call.outcome, call.counted) == (outcome, call.reserved if counted else 0)
    assert await nightly.store.pending_batches() == []
    state = await nightly.store.claude_state()
    assert state is not None
    assert state.breaker == (outcome if outcome in {"unauthorised", "spend_limit"} else None)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (fails(500, "api_error"), "claude_server_error"),
        (fails(401, "authentication_error"), "claude_unauthorised"),
        (hang, "claude_timeout"),
    ],
)
async def test_answers_that_cannot_be_had_now_are_had_later_and_the_failure_is_recorded(
    nightly: Town, answer: Any, reason: str
) -> None:
    await handed_over(nightly)
    nightly.claude.taken = [answer] * 4
    nightly.timeout = 0.5 if answer is hang else 20.0
    before = await nightly.store.location("kyiv")
    assert await nightly.scrape(trigger="batch") == "failed"
    assert len(await nightly.store.pending_batches()) == 1
    run = await at_rest(nightly)
    assert (run.trigger, run.outcome, run.error) == ("batch", "failed", reason)
    assert run.finished_at is not None
    assert await nightly.store.location("kyiv") == before  # nobody took the city for it: no failure, no pause
    nightly.claude.taken, nightly.timeout = [], 20.0
    assert await nightly.scrape(trigger="batch") == "published"


async def test_results_that_break_off_are_had_later(nightly: Town) -> None:
    async def cut(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.Response(text='{"custom_id": "x", "resu', content_type="application/x-jsonl")

    await handed_over(nightly)
    nightly.claude.lines = [cut]
    assert await nightly.scrape(trigger="batch") == "failed"
    assert (await at_rest(nightly)).error == "claude_unusable"
    assert len(await nightly.store.pending_batches()) == 1
    assert await nightly.scrape(trigger="batch") == "published"


async def test_answers_wait_for_a_site_that_has_lost_its_key(nightly: Town) -> None:
    await handed_over(nightly)
    nightly.key = ""
    assert await nightly.scrape(trigger="batch") == "failed"
    assert (await at_rest(nightly)).error == "no_key"
    nightly.key = "test-key"
    assert await nightly.scrape(trigger="batch") == "published"


@pytest.mark.parametrize("way", ["unknown", "too_old", "no_key"])
async def test_a_batch_that_nobody_knows_any_more_is_given_up_and_counts_what_was_reserved(
    nightly: Town, way: str
) -> None:
    await handed_over(nightly)
    if way == "unknown":
        nightly.claude.batches.clear()
    else:
        nightly.claude.ended = False
        nightly.now = NOW + timedelta(hours=49)
    if way == "no_key":
        nightly.key = ""
    assert await nightly.scrape(trigger="batch") == "failed"
    assert (await at_rest(nightly)).error == "batch_lost"
    [call] = await nightly.store.calls()
    assert (call.outcome, call.counted) == ("expired", call.reserved)
    assert await nightly.store.pending_batches() == []


async def test_past_the_cap_nothing_is_handed_over(nightly: Town) -> None:
    nightly.caps = nightly.caps.__class__(call=500_000, city_day=500_000, day=100, month=100)
    assert await nightly.scrape(trigger="refresh") == "failed"
    assert nightly.claude.batches == {}
    assert (await at_rest(nightly)).sources[0].detail == "budget_day"
    assert (await nightly.store.spent(NOW)).day == 0


async def test_nothing_is_handed_over_unless_it_is_set(nightly: Town) -> None:
    nightly.means = {}
    assert await nightly.scrape(trigger="refresh") == "published"
    assert nightly.claude.batches == {}


@pytest.mark.parametrize(("results", "detail"), [((), ""), ((succeeded("", stop_reason="refusal"),), "claude_refusal")])
async def test_the_same_words_are_not_handed_over_again_when_nothing_came_of_them(
    nightly: Town, results: tuple[Any, ...], detail: str
) -> None:
    """A page without showings, and one whose answer was refused; the next nights make no batch, other words do."""
    nightly.claude.reader = lambda _: []
    nightly.claude.results = list(results)
    await handed_over(nightly)
    await nightly.scrape(trigger="batch")
    for day in (1, 2):
        nightly.now = LATER + timedelta(days=day)
        await nightly.scrape(trigger="refresh")
        assert len(nightly.claude.batches) == 1
    assert (await nightly.run()).sources[0].detail == detail
    nightly.pages["/prose"] = PAGE.format("Іншими словами.")
    await nightly.scrape(trigger="refresh")
    assert len(nightly.claude.batches) == 2
    assert nightly.claude.bodies == []

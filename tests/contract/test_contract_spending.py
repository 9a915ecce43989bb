"""Calls of Claude: reserved within caps, settled once, counted where they belong; batches and the access's state."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import Store
from cinestreamd.store.memory import FoundCinema, KnownTitle, Recipe, WebDiscovery
from cinestreamd.store.spending import AwaitedBatch, BatchedPage, Caps, ClaudeState, ModelCall, PendingBatch, Spent

if TYPE_CHECKING:
    from conftest import Records

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CAPS = Caps(call=500, city_day=1_000, day=2_000, month=3_000)


def call(call_id: str = "call-1", **changes: Any) -> ModelCall:
    one = ModelCall(
        id=call_id,
        run_id="run-1",
        city_id="kyiv",
        stage="extraction",
        model="claude-haiku-5-5",
        started_at=NOW,
        reserved=400,
    )
    return replace(one, **changes)


def settled(one: ModelCall, counted: int, **changes: Any) -> ModelCall:
    return replace(one, outcome="ok", counted=counted, cost=counted, **changes)


async def test_reservation_counts_until_it_is_settled(store: Store) -> None:
    assert await store.spent(NOW) == Spent(day=0, month=0)
    assert await store.reserve_call(call(), CAPS) is None
    assert await store.spent(NOW) == Spent(day=400, month=400)
    assert [one.outcome for one in await store.calls()] == ["open"]
    await store.settle_call(settled(call(), 150, tokens_in=900, refused={"time_not_on_page": 2}))
    assert await store.spent(NOW) == Spent(day=150, month=150)
    assert await store.calls() == [settled(call(), 150, tokens_in=900, refused={"time_not_on_page": 2})]


async def test_call_is_reserved_once_and_settled_once(store: Store) -> None:
    for _ in range(2):
        assert await store.reserve_call(call(), CAPS) is None
    assert await store.spent(NOW) == Spent(day=400, month=400)
    await store.settle_call(settled(call(), 100))
    await store.settle_call(settled(call(), 300))
    assert await store.reserve_call(call(), CAPS) is None
    assert await store.spent(NOW) == Spent(day=100, month=100)
    await store.settle_call(settled(call("never-reserved"), 100))
    assert [one.counted for one in await store.calls()] == [100]


async def test_settling_keeps_when_and_what_was_reserved(store: Store) -> None:
    await store.reserve_call(call(), CAPS)
    later = settled(call(started_at=NOW + timedelta(days=40), reserved=7), 120)
    await store.settle_call(later)
    assert await store.spent(NOW) == Spent(day=120, month=120)
    assert await store.spent(NOW + timedelta(days=40)) == Spent(day=0, month=0)
    assert [(one.started_at, one.reserved) for one in await store.calls()] == [(NOW, 400)]


@pytest.mark.parametrize(
    ("changes", "cap"),
    [
        ({"reserved": 501}, "call"),
        ({"reserved": 201}, "city_day"),
        ({"reserved": 200}, None),
        ({"city_id": "lviv", "reserved": 401}, "day"),
        ({"city_id": "lviv", "reserved": 400}, None),
        ({"started_at": NOW + timedelta(days=1), "reserved": 500}, None),
    ],
)
async def test_caps_hold_call_city_and_day(store: Store, changes: dict[str, Any], cap: str | None) -> None:
    assert await store.reserve_call(call("a", reserved=400), CAPS) is None
    assert await store.reserve_call(call("b", reserved=400), CAPS) is None
    assert await store.reserve_call(call("c", city_id="odesa", reserved=500), CAPS) is None
    assert await store.reserve_call(call("d", city_id="dnipro", reserved=300), CAPS) is None
    spent = await store.spent(NOW)
    assert await store.reserve_call(call("new", **changes), CAPS) == cap
    assert len(await store.calls()) == (4 if cap else 5)
    if cap:
        assert await store.spent(NOW) == spent


async def test_cap_of_the_month_outlives_the_day(store: Store) -> None:
    for number in range(7):
        one = call(f"call-{number}", started_at=NOW - timedelta(days=number))
        assert await store.reserve_call(one, CAPS) is None
    assert await store.reserve_call(call("late", started_at=NOW + timedelta(days=1)), CAPS) == "month"
    assert await store.spent(NOW) == Spent(day=400, month=2_800)
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert await store.reserve_call(call("new-month", started_at=december), CAPS) is None
    assert await store.spent(december) == Spent(day=400, month=400)


async def test_reservations_at_once_never_exceed_a_cap(store_factory: Callable[[], Store]) -> None:
    stores = [store_factory() for _ in range(4)]
    caps = Caps(call=500, city_day=10_000, day=2_000, month=10_000)
    reserving = [stores[n % 4].reserve_call(call(f"call-{n}", city_id=f"city-{n}"), caps) for n in range(20)]
    answers = await asyncio.gather(*reserving)
    assert sorted(answers, key=str) == [None] * 5 + ["day"] * 15
    assert await stores[0].spent(NOW) == Spent(day=2_000, month=2_000)


async def test_calls_are_found_by_run_city_and_time(store: Store) -> None:
    caps = Caps(call=500, city_day=5_000, day=5_000, month=5_000)
    early = call("early", started_at=NOW - timedelta(hours=1))
    other_run = call("other-run", run_id="run-2")
    lviv = call("lviv", city_id="lviv", run_id="run-3", started_at=NOW + timedelta(hours=1))
    for one in (early, other_run, lviv):
        await store.reserve_call(one, caps)
    assert await store.calls() == [lviv, other_run, early]
    assert await store.calls(limit=1) == [lviv]
    assert await store.calls(run_id="run-2") == [other_run]
    assert await store.calls(city_id="kyiv") == [other_run, early]
    assert await store.calls(since=NOW, until=NOW + timedelta(hours=1)) == [other_run]
    assert await store.calls(run_id="run-1", city_id="lviv") == []


async def test_old_calls_go_but_stay_counted(store: Store) -> None:
    old, new = call("old", started_at=NOW - timedelta(days=5)), call("new")
    await store.reserve_call(old, CAPS)
    await store.reserve_call(new, CAPS)
    long_ago = NOW - timedelta(days=400)
    assert await store.prune(showtimes_before=long_ago, runs_before=long_ago) == 0
    gone = await store.prune(showtimes_before=long_ago, runs_before=long_ago, calls_before=NOW - timedelta(days=1))
    assert gone == 1
    assert await store.calls() == [new]
    assert await store.spent(NOW) == Spent(day=400, month=800)


async def test_state_of_the_access_is_the_last_one(store: Store) -> None:
    assert await store.claude_state() is None
    state = ClaudeState(checked_at=NOW, has_key=True, model="claude-haiku-5-5", priced=True, key_mark="5f2b")
    await store.set_claude_state(state)
    assert await store.claude_state() == state
    broken = replace(state, breaker="spend_limit", broken_at=NOW, retry_at=NOW + timedelta(hours=1), simulated=True)
    await store.set_claude_state(broken)
    assert await store.claude_state() == broken


async def test_batches_are_kept_until_forgotten(store: Store) -> None:
    page = BatchedPage(
        custom_id="zhovten-0",
        call=call(batched=True),
        cinema_id="zhovten",
        url="https://zhovten.example/",
        text="субота, 21 листопада\n«Довбуш» 19:30 [L1]",
        language="uk",
        links={"L1": "https://zhovten.example/buy?1"},
        fetched_at=NOW,
    )
    second = PendingBatch(id="msgbatch_2", city_id="kyiv", submitted_at=NOW, pages=(page,))
    first = replace(second, id="msgbatch_1", submitted_at=NOW - timedelta(hours=1), pages=())
    assert await store.pending_batches() == []
    await store.remember_batch(second)
    await store.remember_batch(first)
    assert await store.pending_batches() == [first, second]
    assert await store.awaited_batches() == [
        AwaitedBatch(id="msgbatch_1", city_id="kyiv", submitted_at=NOW - timedelta(hours=1)),
        AwaitedBatch(id="msgbatch_2", city_id="kyiv", submitted_at=NOW),
    ]
    await store.forget_batch("msgbatch_1")
    await store.forget_batch("unknown")
    await store.remember_batch(replace(second, pages=()))
    assert await store.pending_batches() == [replace(second, pages=())]


async def test_recipes_come_back_in_their_order_until_they_are_replaced(store: Store, records: "Records") -> None:
    recipe = Recipe(
        cinema_id="zhovten",
        url="https://zhovten.example/",
        rules='{"time": "td.час"}',
        rows=12,
        compiled_at=records.now,
        run_id="run-1",
    )
    other = replace(recipe, url="https://zhovten.example/a", rules="{}")
    assert await store.recipes("zhovten") == []
    await store.remember_recipes("zhovten", [recipe, other])
    assert await store.recipes("zhovten") == [recipe, other]
    await store.remember_recipes("zhovten", [other])
    assert await store.recipes("zhovten") == [other]
    await store.remember_recipes("zhovten", [])
    assert await store.recipes("zhovten") == []


async def test_titles_are_known_by_key(store: Store) -> None:
    dune = KnownTitle(key="дюна|2021", original="Dune", learned_at=NOW, uk="Дюна", en="Dune", ru="Дюна")
    mavka = KnownTitle(key="мавка|", original="Мавка", learned_at=NOW)
    await store.remember_titles([dune, mavka])
    await store.remember_titles([])
    assert await store.known_titles([]) == []
    found = await store.known_titles(["мавка|", "дюна|2021", "дюна|2021", "unknown"])
    assert sorted(found, key=lambda title: title.key) == [dune, mavka]
    await store.remember_titles([replace(mavka, en="Mavka")])
    assert await store.known_titles(["мавка|"]) == [replace(mavka, en="Mavka")]


async def test_web_discovery_of_a_city_is_the_last_one(store: Store) -> None:
    found = FoundCinema(name="Маяк", url="https://mayak.example/", address="вул. Портова, 3")
    first = WebDiscovery(city_id="kyiv", asked_at=NOW, cinemas=(found,))
    assert await store.web_discovery("kyiv") is None
    await store.remember_web_discovery(first)
    assert await store.web_discovery("kyiv") == first
    later = WebDiscovery(city_id="kyiv", asked_at=NOW + timedelta(days=30), cinemas=())
    await store.remember_web_discovery(later)
    assert await store.web_discovery("kyiv") == later
    assert await store.web_discovery("lviv") is None

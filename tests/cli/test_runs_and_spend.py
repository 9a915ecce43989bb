"""``cinestreamd runs`` and ``spend``: the ledger as an operator reads it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import cinestreamd
from msgspec.structs import replace
from product_store import ChoosingRegistry, store_of

from cinestreamd.cli.spend import sums_of
from cinestreamd.sites.database import prepare_store, read_access
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Location, Names, Run, SourceResult
from cinestreamd.store.spending import Caps, ModelCall, Spent

WIDE = Caps(call=10**9, city_day=10**9, day=10**9, month=10**9)


async def keep(site: Site) -> None:
    """Two runs of Kyiv: the second one found less at one cinema, and cost something."""
    store = store_of(site)
    names = Names(uk="Київ", en="Kyiv", ru="Киев")
    location = Location(id="kyiv", names=names, lat=50, lon=30, country="UA", timezone="Europe/Kyiv")
    await store.add_location(location)
    now = datetime.now(UTC)
    mayak = SourceResult(cinema_id="mayak", url="https://m.example/", outcome="published", reader="miner", kept=9)
    zirka = SourceResult(cinema_id="zirka", url="https://z.example/", outcome="published", reader="json_ld", kept=7)
    for number, sources in enumerate(
        ((mayak, zirka), (replace(mayak, kept=4, reader="claude", refused={"title_not_on_page": 2}), zirka)), start=1
    ):
        started = now - timedelta(minutes=10 - number)
        lease = await store.acquire_lease("kyiv", owner="o", now=started, seconds=60)
        assert lease is not None
        run = Run(id=f"run-{number}", city_id="kyiv", owner="o", trigger="visitor", started_at=started)
        await store.begin_run(lease, run)
        ended = replace(run, finished_at=started + timedelta(seconds=5), outcome="failed", sources=sources)
        await store.finish_run(ended)
        await store.release_lease(lease, now=started, cooldown_until=None)
    call = ModelCall(
        id="a", run_id="run-2", city_id="kyiv", cinema_id="mayak", stage="extraction", model="claude-haiku-5-5",
        started_at=now, reserved=9_000,
    )  # fmt: skip
    changes = {"outcome": "ok", "tokens_in": 5_000, "tokens_out": 1_000, "cost": 1_000, "counted": 1_000}
    for each, end in (
        (call, replace(call, **changes, proposed=6, kept=4)),
        (replace(call, id="b", stage="titles"), replace(call, id="b", **changes, simulated=True)),
        (replace(call, id="c", model="unheard-of"), replace(call, id="c", **{**changes, "cost": None})),
        (replace(call, id="d", stage="titles"), None),
    ):
        await store.reserve_call(each, WIDE)
        if end is not None:
            await store.settle_call(replace(end, stage=each.stage, model=each.model))
    await store.close()


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    site = ChoosingRegistry(tmp_path).add("kino", SiteSettings())
    prepare_store(site, read_access(site))
    asyncio.run(keep(site))
    return tmp_path


def test_list_tells_what_each_run_did_and_cost(state_dir: Path) -> None:
    lines = cinestreamd(state_dir, "runs", "list").output.splitlines()
    assert [line.split()[0] for line in lines] == ["run", "run-2", "run-1"]
    assert lines[1].endswith("4  $0.0020 + 1 unpriced (simulated)")
    second, first = json.loads(cinestreamd(state_dir, "runs", "list", "--json").output)
    assert (first["spending"]["calls"], second["spending"]["microusd"]) == (0, 2_000)
    assert second["spending"]["counted"] == 1_000 * 3 + 9_000
    assert cinestreamd(state_dir, "runs", "list", "--city", "lviv").output.splitlines()[1:] == []


def test_show_lists_cinemas_and_calls(state_dir: Path) -> None:
    ended = cinestreamd(state_dir, "runs", "show", "run-2")
    assert ended.output.startswith("run-2: kyiv, failed in 5.0 s; Claude: 4 calls, $0.0020 + 1 unpriced (simulated)\n")
    assert "mayak   published  claude      4  2 title_not_on_page" in ended.output
    shown = json.loads(cinestreamd(state_dir, "runs", "show", "run-2", "--json").output)
    assert sorted(call["id"] for call in shown["calls"]) == ["a", "b", "c", "d"]
    missing = cinestreamd(state_dir, "runs", "show", "run-9")
    assert (missing.code, missing.error) == (4, "There is no run 'run-9' (any more); see: cinestreamd runs list")


def test_diff_names_only_what_is_otherwise(state_dir: Path) -> None:
    ended = cinestreamd(state_dir, "runs", "diff", "run-2")
    assert ended.output.splitlines()[2:] == [
        "  mayak: published, 9 showtimes by miner -> published, 4 showtimes by claude; 2 title_not_on_page"
    ]
    found = json.loads(cinestreamd(state_dir, "runs", "diff", "run-2", "run-1", "--json").output)
    assert (found["from"], found["to"], [each["cinema"] for each in found["cinemas"]]) == ("run-1", "run-2", ["mayak"])
    assert cinestreamd(state_dir, "runs", "diff", "run-1").code == 4
    assert "every cinema as before" in cinestreamd(state_dir, "runs", "diff", "run-1", "run-1").output


@pytest.mark.parametrize("options", [(), ("--month",)])
def test_spend_by_city_and_stage(state_dir: Path, options: tuple[str, ...]) -> None:
    found = json.loads(cinestreamd(state_dir, "spend", "--json", *options).output)
    lines = [
        (line["city"], line["stage"], line["calls"], line["microusd"], line["unpriced"]) for line in found["lines"]
    ]
    assert lines == [("kyiv", "titles", 2, 1_000, 0), ("kyiv", "extraction", 2, 1_000, 1)]
    kino = found["sites"]["kino"]
    assert (kino["today"], kino["month"], kino["day_cap"], kino["month_cap"]) == (12_000, 12_000, 2_000_000, 20_000_000)
    assert kino["projection"] >= 12_000
    assert found["all_sites"]["today"] == 0
    text = cinestreamd(state_dir, "spend", *options).output
    assert "extraction" in text
    assert "$0.0010 + 1 unpriced" in text
    assert "all sites" in text


def test_projection_goes_on_at_the_rate_of_the_month_so_far() -> None:
    caps = Spent(day=1, month=2)
    assert sums_of(Spent(day=5, month=100), datetime(2026, 11, 11, tzinfo=UTC), caps).projection == 300
    assert sums_of(Spent(day=5, month=100), datetime(2026, 11, 1, 3, tzinfo=UTC), caps).projection == 3000

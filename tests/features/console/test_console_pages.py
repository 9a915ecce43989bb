"""Cinemas, runs, what was shown, and money, as an operator sees them."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import CinemaCorrection, Listing, Publication, Run, SourceResult
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.reports import CinemaReport, KeptRow, RefusedRow, RunReport, StageTime
from cinestreamd.store.spending import Caps, ModelCall

HOSTILE = "<script>alert(1)</script>\u202e"


def texts(tree: Any, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


def result(outcome: str, **changes: Any) -> SourceResult:
    url = "https://zhovten.example/afisha"
    return replace(SourceResult(cinema_id="zhovten", url=url, outcome=outcome), **changes)  # type: ignore[arg-type]  # one of them


def kept(row: Any) -> KeptRow:
    return KeptRow(row.id, row.raw_title, row.start_time, row.evidence.quote, row.reader)


async def run_of(world: Any, name: str, source: SourceResult, rows: Any = None, *, ago: timedelta, **more: Any) -> Run:
    """A run that read one cinema and published these rows of it, or nothing."""
    at = world.now - ago
    lease = await world.lease(at=at)
    run = Run(id=name, city_id="kyiv", owner="test", trigger="refresh", started_at=at)
    await world.store.begin_run(lease, run)
    ended = replace(
        run,
        finished_at=at + timedelta(seconds=42),
        outcome="failed" if rows is None else "published",
        done=1,
        total=1,
        sources=(source,),
    )
    good = source.outcome in {"published", "empty"}
    cinema = world.cinema(
        last_outcome=source.outcome,
        last_read=at if good else world.now - timedelta(days=3),
        failures=0 if good else 2,
        name=more.pop("cinema_name", "Жовтень"),
    )
    listings = () if rows is None or not good else (Listing(cinema_id="zhovten", showtimes=tuple(rows)),)
    publication = Publication(cinemas=(cinema,), films=(world.film(),), listings=listings, run=ended)
    await world.store.publish(lease, publication, now=at + timedelta(seconds=42))
    told = CinemaReport(cinema_id="zhovten", began=1.0, seconds=2.5, **more)
    stages = (StageTime("discover", 0.0, 1.0), StageTime("read", 1.0, 2.5), StageTime("publish", 3.5, 0.5))
    await world.store.put_report(RunReport(run_id=name, city_id="kyiv", started_at=at, stages=stages, cinemas=(told,)))
    return ended


async def two_runs(world: Any) -> None:
    """Yesterday two showings; an hour ago one of them and a new one, and one refused."""
    first, second, third = (world.showtime(each) for each in ("22 18:00", "22 20:00", "23 19:00"))
    await run_of(world, "run-a", result("published", kept=2), [first, second], ago=timedelta(days=1),
                 kept=(kept(first), kept(second)))  # fmt: skip
    refused = RefusedRow(HOSTILE, "2026-11-20 18:40", "in_the_past", "18:40 <b>\\u041c\\u0430\\u0432\\u043a\\u0430</b>")
    source = result("published", kept=2, reader="json_ld", refused={"in_the_past": 1})
    await run_of(world, "run-b", source, [second, third], ago=timedelta(hours=1), kept=(kept(second), kept(third)),
                 refused=(refused,), more_refused=7)  # fmt: skip


async def test_a_run_is_told_row_by_row_with_what_changed(world: Any, console: Any) -> None:
    await two_runs(world)
    call = ModelCall(
        id="c1",
        run_id="run-b",
        city_id="kyiv",
        cinema_id="zhovten",
        stage="extraction",
        model="claude-haiku-4-5",
        started_at=world.now,
        reserved=9_000,
    )
    caps = Caps(call=10**6, city_day=10**6, day=10**6, month=10**6)
    assert await world.store.reserve_call(call, caps) is None
    await world.store.settle_call(
        replace(call, outcome="ok", counted=4_200, cost=4_200, tokens_in=1200, tokens_out=90, proposed=3, kept=2)
    )
    tree = await console.page("/ops/runs")
    links = [node.attributes["href"] for node in tree.css("tbody th a")]
    assert links == ["/ops/runs/run-b", "/ops/runs/run-a"]
    tree = await console.page("/ops/runs/run-b")
    facts = texts(tree, ".ops-facts")[0]
    assert "published" in facts
    assert "42.0 s" in facts
    assert "1, $0.0042" in facts
    assert texts(tree, ".ops-timeline li span.ops-timeline-label") == [
        "finding cinemas 1.0 s",
        "reading 2.5 s",
        "publishing 0.5 s",
        "Жовтень 2.5 s",
    ]
    bars = [(node.attributes["x"], node.attributes["width"]) for node in tree.css("rect:not(.ops-bar-ground)")]
    assert bars == [("0.0", "120.0"), ("120.0", "300.0"), ("420.0", "60.0"), ("120.0", "300.0")]
    summary = texts(tree, "summary")[0]
    assert summary == ("Жовтень published 2 showings; refused: 1 past before: published, 2 +1 −1")
    lists = [texts(node, "li") for node in tree.css(".ops-rows")]
    assert lists[0] == ["23.11.2026 19:00:00 Довбуш"]
    assert lists[1] == ["22.11.2026 18:00:00 Довбуш"]
    assert lists[2][0] == "22.11.2026 20:00:00 Довбуш schema.org Довбуш — 20:00"
    assert lists[3] == ["2026-11-20 18:40 <script>alert(1)</script> past 18:40 Мавка"]
    assert tree.css_first("script:not([src])") is None
    assert "7 more" in tree.body.text()
    assert texts(tree, 'div[aria-label="Calls of Claude"] tbody tr') == [
        "reading of pages zhovten claude-haiku-4-5 ok 1,200 90 0 0.0 s 2/3 $0.0042",
    ]
    tree = await console.page("/ops/runs/run-a")
    assert "no run before is recorded" in tree.body.text()
    assert (await console.client.get("/ops/runs/run-x")).status == 404


async def test_the_difference_looks_past_runs_that_found_the_page_unchanged(world: Any, console: Any) -> None:
    await two_runs(world)
    await run_of(world, "run-c", result("published", detail="unchanged"), [], ago=timedelta(minutes=30))
    only = world.showtime("23 19:00")
    source = result("published", kept=1)
    await run_of(world, "run-d", source, [only], ago=timedelta(minutes=10), kept=(kept(only),))
    summary = texts(await console.page("/ops/runs/run-d"), "summary")[0]
    assert summary == "Жовтень published 1 showing before: published, 0 +0 −1"


async def test_cinemas_by_health_and_since_when(world: Any, console: Any) -> None:
    await two_runs(world)
    for number in (3, 2, 1):
        name, ago = f"run-{number}", timedelta(minutes=10 * number)
        await run_of(world, name, result("unreachable", detail="timeout"), ago=ago, cinema_name=HOSTILE)
    await world.store.correct_cinema(
        CinemaCorrection(cinema_id="new", city_id="kyiv", name="Нове", url="https://new.example/"), now=world.now
    )
    await world.store.correct_cinema(
        CinemaCorrection(cinema_id="shut", city_id="kyiv", name="Шафа", state="blocked"), now=world.now
    )
    tree = await console.page("/ops/cinemas")
    assert texts(tree, "thead th")[:3] == ["Cinema", "State", "Since when"]
    assert texts(tree, "tbody tr") == [
        "<script>alert(1)</script> fails does not answer 30 minutes ago 3 days ago 2 Kyiv the site’s settings",
        "Нове not read yet – never 0 Kyiv an operator",
        "Шафа blocked – never 0 Kyiv an operator",
    ]
    assert texts(tree, ".orders a") == ["all 3", "fails 1", "not read yet 1", "blocked 1"]
    tree = await console.page("/ops/cinemas?city=kyiv&health=blocked")
    assert texts(tree, "tbody th") == ["Шафа"]
    assert texts(await console.page("/ops/cinemas?city=lviv"), ".empty") == ["No cinema is like that."]
    for query in ("health=nonsense", "city=Не місто"):
        assert (await console.client.get(f"/ops/cinemas?{query}")).status == 400


async def test_a_cinema_with_its_readings_and_the_proof_of_what_it_shows(world: Any, console: Any) -> None:
    await two_runs(world)
    tree = await console.page("/ops/cinemas/zhovten")
    assert texts(tree, "h1") == ["Жовтень"]
    assert texts(tree, 'div[aria-label="Readings"] tbody tr') == [
        "21.11.2026 17:00:00 published json_ld 2 1 past",
        "20.11.2026 18:00:00 published – 2 –",
    ]
    assert texts(tree, 'div[aria-label="Refused in the last reading"] tbody tr') == [
        "<script>alert(1)</script> 2026-11-20 18:40 past 18:40 Мавка",
    ]
    assert texts(tree, 'div[aria-label="Shown now"] tbody tr') == [
        "22.11.2026 20:00:00 Довбуш schema.org 5 minutes ago Довбуш — 20:00",
        "23.11.2026 19:00:00 Довбуш schema.org 5 minutes ago Довбуш — 19:00",
    ]
    assert (await console.client.get("/ops/cinemas/nobody")).status == 404


async def test_what_was_shown_at_a_moment_and_why(world: Any, console: Any) -> None:
    await two_runs(world)
    path = "/ops/cities/kyiv/shown"
    tree = await console.page(path)
    assert tree.css_first("#at").attributes["value"] == "2026-11-21T18:00"
    assert [row.split(" Довбуш ")[0] for row in texts(tree, "tbody tr")] == [
        "22.11.2026 20:00:00",
        "23.11.2026 19:00:00",
    ]
    tree = await console.page(f"{path}?at=2026-11-21T12:00")
    assert texts(tree, "tbody tr")[0] == (
        "22.11.2026 18:00:00 Довбуш Жовтень 20.11.2026 18:00:00 schema.org Довбуш — 18:00"
    )
    assert [node.attributes["href"] for node in tree.css("tbody td a")][1] == "/ops/runs/run-a"
    tree = await console.page(f"{path}?at=2026-11-19T12:00")
    assert len(texts(tree, ".empty")) == 1
    for wrong in ("yesterday", "9999-99-99T00:00", "0001-01-01T00:00"):
        assert (await console.client.get(path, params={"at": wrong})).status == 400
    assert (await console.client.get("/ops/cities/nowhere/shown")).status == 404


async def test_money_by_day_city_and_stage_against_the_caps(world: Any, console: Any) -> None:
    assert texts(await console.page("/ops/spending"), ".empty") == ["Claude was not called in the last 30 days."]
    caps = Caps(call=10**8, city_day=10**8, day=10**8, month=10**8)
    calls = (
        ("a", "kyiv", "extraction", 0, 1_500_000),
        ("b", "lviv", "titles", 0, 500_000),
        ("c", "kyiv", "discovery", 2, 1_000_000),
        ("d", "kyiv", "extraction", 25, 250_000),
    )
    for name, city, stage, days, cost in calls:
        call = ModelCall(
            id=name,
            run_id="r",
            city_id=city,
            stage=stage,  # type: ignore[arg-type]  # one of the stages
            model="m",
            started_at=world.now - timedelta(days=days),
            reserved=cost,
        )
        assert await world.store.reserve_call(call, caps) is None
        await world.store.settle_call(replace(call, outcome="ok", counted=cost, cost=cost))
    tree = await console.page("/ops/spending")
    # 21 November 16:00 UTC: 20 2/3 of 30 days are over; 3 dollars become 3 / (20.6667 / 30) = 4.3548.
    assert texts(tree, ".figures dd") == ["$2.0000", "$2.0000", "$3.0000", "$4.3548", "$20.0000"]
    assert texts(tree, 'div[aria-label="By day"] tbody tr') == [
        "21.11.2026 $1.5000 – $0.5000 2 $2.0000",
        "19.11.2026 – $1.0000 – 1 $1.0000",
        "27.10.2026 $0.2500 – – 1 $0.2500",
    ]
    assert texts(tree, 'div[aria-label="By city, this month"] tbody tr') == [
        "Kyiv 2 0 0 $2.5000",
        "Lviv 1 0 0 $0.5000",
    ]
    assert texts(tree, 'div[aria-label="By stage, this month"] tbody tr')[0] == "reading of pages 1 0 0 $1.5000"
    bars = [
        (node.attributes["class"], node.attributes["y"], node.attributes["height"])
        for node in tree.css(".ops-chart > svg rect")
    ]
    # The scale ends at 2 dollars, 146 units above the base line at 170.
    assert bars == [
        ("ops-bar-extraction", "151.8", "18.2"),
        ("ops-bar-discovery", "97.0", "73.0"),
        ("ops-bar-extraction", "60.5", "109.5"),
        ("ops-bar-titles", "24.0", "36.5"),
    ]
    assert tree.css_first(".ops-cap").attributes["d"] == "M0 24.0 H480"


async def settled_call(world: Any, name: str, city_id: str) -> None:
    call = ModelCall(
        id=name, run_id="r", city_id=city_id, stage="extraction", model="m", started_at=world.now, reserved=1_000
    )
    assert await world.store.reserve_call(call, Caps(call=10**6, city_day=10**6, day=10**6, month=10**6)) is None
    await world.store.settle_call(replace(call, outcome="ok", counted=1_000, cost=1_000))


NAMES = {
    "uk": ("Київ", "Львів", "Одеса", "Обхід: Київ"),
    "en": ("Kyiv", "Lviv", "Odesa", "Run of Kyiv"),
    "ru": ("Киев", "Львов", "Одесса", "Обход: Киев"),
}


@pytest.mark.parametrize("language", NAMES)
async def test_cities_are_called_by_their_names(world: Any, console: Any, language: str) -> None:
    kyiv, lviv, odesa, run = NAMES[language]
    await two_runs(world)
    await settled_call(world, "c1", "kyiv")
    await settled_call(world, "c2", "a-city-of-another-gazetteer")
    await world.store.note(JournalEntry(id="j", at=world.now, action="city_retry", who="5f0c", city_id="lviv"))
    overview = await console.page("/ops/", language=language)
    assert texts(overview, "td a[href='/ops/runs?city=kyiv']") == [kyiv, kyiv]
    assert lviv in texts(overview, "tbody th")[2]
    assert odesa in overview.body.text()
    assert texts(await console.page("/ops/journal", language=language), "tbody td:nth-child(3)") == [lviv]
    runs = await console.page("/ops/runs?city=kyiv", language=language)
    assert texts(runs, "header .note")[0].startswith(kyiv)
    one = await console.page("/ops/runs/run-b", language=language)
    assert (texts(one, "title"), texts(one, "header .note")[0]) == ([run], kyiv)
    cinemas = await console.page("/ops/cinemas?city=kyiv", language=language)
    assert texts(cinemas, "tbody td:nth-child(6)") == [kyiv]
    assert texts(cinemas, "header .note")[0].startswith(kyiv)
    assert texts(await console.page("/ops/cinemas/zhovten", language=language), "header .note") == [kyiv]
    money = await console.page("/ops/spending", language=language)
    assert texts(money, ".ops-columns section:first-child tbody th") == ["a-city-of-another-gazetteer", kyiv]

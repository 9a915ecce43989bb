"""A store with something of every kind in it, put there as the product does it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from cinestreamd.store.base import CinemaCorrection, Store
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.memory import Discovery, FoundCinema, KnownTitle, PageMemory, Recipe, Venue, WebDiscovery
from cinestreamd.store.posters import FilmPoster
from cinestreamd.store.reports import RunReport
from cinestreamd.store.row_corrections import RowChange, RowCorrection
from cinestreamd.store.spending import BatchedPage, Caps, ClaudeState, ModelCall, PendingBatch

if TYPE_CHECKING:
    from conftest import Records

CAPS = Caps(call=10_000, city_day=100_000, day=1_000_000, month=9_000_000)
HOUR = timedelta(hours=1)


async def fill_with_everything(store: Store, records: "Records", *, showtimes: int = 3) -> None:
    """Two cities, one under a lease; cinemas, films, showtimes past and to come, runs, counters, memories, calls."""
    now = records.now
    for city_id in ("kyiv", "lviv"):
        await store.add_location(records.location(city_id, failures=2 if city_id == "lviv" else 0))
    rows = [records.showtime(f"s{number}", hours=2 + number / 10) for number in range(showtimes)]
    cinemas = [records.cinema(names={"uk": "Жовтень"}, last_read=now), records.cinema("kinomir")]
    films = [records.film(), records.film("мавка-2023", year=None)]
    parts = {"cinemas": cinemas, "films": films}
    await records.publish(store, records.full_showtime(), *rows, **parts, run=records.full_run())
    later = now + 4 * HOUR  # some of them have begun by now, and stay as they are
    again = [records.showtime("new", hours=9), records.showtime("s1", hours=8, room="2")]
    await records.publish(store, *again, now=later, run=records.run("run-2", outcome="published"))
    await store.correct_cinema(CinemaCorrection(cinema_id="kinomir", city_id="kyiv", name="Кіномир"), now=later)
    lease = await store.acquire_lease("lviv", owner="agent-9", now=now, seconds=300)
    assert lease is not None
    await store.begin_run(lease, records.run("run-3", city_id="lviv"))
    await store.count_visits(records.today, visits=3, views={"kyiv": 5, "lviv": 1}, batch="b1")
    await store.count_visits(records.today - timedelta(days=1), visits=1, views={"kyiv": 2}, batch="b2")
    await store.note(JournalEntry(id="j1", at=now, action="city_retry", who="5f0c", city_id="kyiv", detail={"a": "Ї"}))
    await store.count_attempts("1", ["all"])
    word = RowCorrection(
        id="w1",
        at=now,
        who="5f0c",
        city_id="kyiv",
        cinema_id="zhovten",
        showtime_id="new",
        title="Довбуш",
        start_time=now + 9 * HOUR,
        change=RowChange(room="7"),
    )
    await store.correct_showtime(word, now=later)
    poster = FilmPoster(
        film_id="dovbush-2023",
        url="https://k.example/1.jpg",
        tried_at=now,
        digest="0f" * 8,
        small=b"\x00s",
        large=b"\xffl",
    )
    await store.put_posters("kyiv", [poster])
    await store.put_report(RunReport(run_id="run-1", city_id="kyiv", started_at=now, stages=(), cinemas=()))
    await _remember(store, records)
    await _spend(store, records)


async def _remember(store: Store, records: "Records") -> None:
    page = PageMemory(
        cinema_id="zhovten",
        url="https://zhovten.example/",
        digest="d1",
        read_at=records.now,
        run_id="run-1",
        showtimes=4,
        day_bound=True,
        reader_version="1",
    )
    recipe = Recipe(
        cinema_id="zhovten", url=page.url, rules='{"a": "\\u0000"}', rows=4, compiled_at=records.now, run_id="run-1"
    )
    await store.remember_pages("zhovten", [page, page])
    await store.remember_recipes("zhovten", [recipe, recipe])
    venue = Venue(ref="node/1", name="Жовтень", lat=50.1, lon=30.2, names={"uk": "Жовтень"})
    await store.remember_discovery(Discovery(city_id="kyiv", asked_at=records.now, venues=(venue,)))
    found = FoundCinema(name="Кіномир", url="https://kinomir.example/")
    await store.remember_web_discovery(WebDiscovery(city_id="lviv", asked_at=records.now, cinemas=(found,)))
    await store.remember_titles([KnownTitle(key="мавка", original="Мавка", learned_at=records.now, en="Mavka")])
    await store.pause("https://overpass.example", records.now + HOUR)


async def _spend(store: Store, records: "Records") -> None:
    call = ModelCall(
        id="call-1",
        run_id="run-1",
        city_id="kyiv",
        stage="extraction",
        model="m",
        started_at=records.now,
        reserved=900,
    )
    assert await store.reserve_call(call, CAPS) is None
    other = ModelCall(
        id="call-2", run_id="run-3", city_id="lviv", stage="titles", model="m", started_at=records.now, reserved=50
    )
    assert await store.reserve_call(other, CAPS) is None
    old = ModelCall(
        id="call-0",
        run_id="run-0",
        city_id="lviv",
        stage="titles",
        model="m",
        started_at=records.now - timedelta(days=30),
        reserved=70,
    )
    assert await store.reserve_call(old, CAPS) is None
    await store.settle_call(ModelCall(**{**_fields(call), "outcome": "ok", "counted": 300}))
    await store.set_claude_state(ClaudeState(checked_at=records.now, has_key=True, model="m", priced=True))
    page = BatchedPage(
        custom_id="p1",
        call=other,
        cinema_id="zhovten",
        url="https://zhovten.example/",
        text="19:00 Довбуш",
        language="uk",
        links={"1": "https://zhovten.example/1"},
        fetched_at=records.now,
    )
    await store.remember_batch(PendingBatch(id="batch-1", city_id="kyiv", submitted_at=records.now, pages=(page,)))


def _fields(call: ModelCall) -> dict[str, object]:
    return {name: getattr(call, name) for name in call.__struct_fields__}

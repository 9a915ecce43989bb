"""What an operator sees first: processes, cities, Claude, the latest runs, and what was done in the console."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.spending import Caps, ClaudeState, ModelCall


def texts(tree: Any, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


async def test_the_site_at_one_look(world: Any, console: Any) -> None:
    await world.publish(world.showtime("21 20:30"), world.showtime("22 20:30"), ago=timedelta(hours=2))
    lease = await world.lease("lviv")
    await world.store.release_lease(lease, now=world.now, cooldown_until=world.now + timedelta(minutes=4))
    state = ClaudeState(
        checked_at=world.now,
        has_key=True,
        model="claude-haiku-4-5",
        priced=True,
        key_mark="9f86",
        breaker="unauthorised",
        broken_at=world.now - timedelta(hours=3),
    )
    await world.store.set_claude_state(state)
    call = ModelCall(
        id="c1", run_id="run-1", city_id="kyiv", stage="extraction", model="m", started_at=world.now, reserved=12_300
    )
    caps = Caps(call=10**6, city_day=10**6, day=10**6, month=10**6)
    assert await world.store.reserve_call(call, caps) is None
    entry = JournalEntry(id="j1", at=world.now, action="login", who="5f0c", detail={"note": "<b>&"})
    await world.store.note(entry)
    tree = await console.page("/ops/")
    assert texts(tree, ".figures div") == ["Cities 2", "Cinemas 1", "Showings to come 2", "Visits today 0"]
    assert texts(tree, ".ops-tally li") == ["fresh 1", "being read 0", "old 1"]
    assert texts(tree, ".ops-card h3 + ul li") == ["Lviv : 1 failed run in a row"]
    facts = texts(tree, ".ops-facts dd")
    assert facts == [
        "there is one",
        "claude-haiku-4-5",
        "the key is refused 3 hours ago",
        "$0.0123 of $2.0000",
        "$0.0123 of $20.0000",
    ]
    assert texts(tree, 'div[aria-label="Processes"] tbody tr') == [
        "web worker 8001 ready 2 hrs 1 0.5",
        "web worker 8002 waits to be started again – 4 0.0",
        "agent Lviv running 4.2 s 0 0.0",
    ]
    assert "1 city waits to be read: Odesa" in tree.body.text().replace("\n", " ")
    assert texts(tree, 'div[aria-label="Runs"] tbody tr') == [
        "21.11.2026 16:00:00 Kyiv published a visitor 0.0 s 1/1 0 –",
    ]
    assert texts(tree, 'div[aria-label="Done in the console"] tbody tr') == [
        "21.11.2026 18:00:00 logged in – note: <b>& 5f0c",
    ]
    assert "9f86" not in tree.html


async def test_an_empty_site_and_a_silent_master(console: Any, master: Any) -> None:
    master.told = None
    tree = await console.page("/ops/")
    assert texts(tree, ".empty") == [
        "The master does not answer at the moment.",
        "No run is recorded.",
        "Nothing yet.",
    ]
    assert "No agent has looked for a key yet." in tree.body.text()


async def some_cities(world: Any) -> None:
    """Kyiv was read an hour ago; Lviv before the refresh of today; Odesa rests, Dnipro is read, Kharkiv never was."""
    world.settings = replace(world.settings, cities=("kyiv", "lviv", "kharkiv"), refresh_at="06:00")
    await world.publish(world.showtime("21 20:30"), ago=timedelta(hours=1))
    for city_id, updated in (("lviv", world.now - timedelta(days=2)), ("dnipro", world.now - timedelta(days=3))):
        location = replace(world.location(city_id), last_updated=updated)
        await world.store.add_location(location)
    lease = await world.lease("odesa")
    await world.store.release_lease(lease, now=world.now, cooldown_until=world.now + timedelta(minutes=4))
    await world.lease("dnipro")
    await world.store.add_location(world.location("sumy"))
    await world.store.count_visits(world.now.date(), visits=1, views={"kyiv": 12})


async def test_cities_with_their_age_and_when_they_are_read_next(world: Any, open_console: Any) -> None:
    await some_cities(world)
    console = await open_console()
    console.log_in()
    tree = await console.page("/ops/cities")
    assert texts(tree, "tbody tr") == [
        "Kyiv cinemas runs shown Read now fresh 60 minutes ago daily refresh, in 12 hours 0 12",
        "Dnipro cinemas runs shown Read now being read 3 days ago is being read 0 0",
        "Kharkiv cinemas runs shown Read now old never daily refresh, in 12 hours 0 0",
        "Lviv cinemas runs shown Read now old 2 days ago is due 0 0",
        "Odesa cinemas runs shown Read now old never rests after a failure, in 4 minutes 1 0",
        "Sumy cinemas runs shown Read now old never when asked for 0 0",
    ]


async def test_names_are_told_in_the_operators_language(world: Any, console: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    for language, name, heading in (("uk", "Київ", "Міста"), ("ru", "Киев", "Города")):
        tree = await console.page("/ops/cities", language=language)
        assert texts(tree, "h1") == [heading]
        assert name in texts(tree, "tbody th > a")

"""No list operation reads a whole table: SQLite is asked how it would run each statement that the store sends."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from every_operation import DAY, DURABLE, NOT_DURABLE, held_city

from cinestreamd.store.base import CinemaCorrection
from cinestreamd.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from conftest import Samples

Act = Callable[[SqliteStore, "Samples"], Awaitable[object]]

READS: dict[str, Act] = {
    "location": lambda store, _: store.location("kyiv"),
    "cinemas": lambda store, _: store.cinemas("kyiv"),
    "cinema": lambda store, _: store.cinema("zhovten"),
    "film": lambda store, _: store.film("dovbush-2023"),
    "films": lambda store, _: store.films(["dovbush-2023", "mavka-2023"]),
    "showtimes": lambda store, samples: store.showtimes("kyiv", since=samples.now),
    "showing_days": lambda store, samples: store.showing_days("kyiv", since=samples.now),
    "showtimes by film": lambda store, samples: store.showtimes("kyiv", since=samples.now, film_id="dovbush-2023"),
    "showtimes by cinema": lambda store, samples: store.showtimes("kyiv", since=samples.now, cinema_id="zhovten"),
    "showtimes by both": lambda store, samples: store.showtimes(
        "kyiv", since=samples.now, until=samples.now, film_id="dovbush-2023", cinema_id="zhovten"
    ),
    "run": lambda store, _: store.run("run-1"),
    "runs": lambda store, _: store.runs(),
    "runs of a city": lambda store, _: store.runs("kyiv"),
    "calls": lambda store, samples: store.calls(since=samples.now),
    "calls of a run": lambda store, _: store.calls(run_id="run-1"),
    "calls of a city": lambda store, samples: store.calls(city_id="kyiv", until=samples.now),
    "spent": lambda store, samples: store.spent(samples.now),
    "titles": lambda store, _: store.known_titles(["a", "b"]),
    "recipes": lambda store, _: store.recipes("zhovten"),
    "pages": lambda store, _: store.pages("zhovten"),
    "discovery": lambda store, _: store.discovery("kyiv"),
    "web discovery": lambda store, _: store.web_discovery("kyiv"),
    "a server's pause": lambda store, _: store.paused_until("https://map.example"),
    "corrections": lambda store, _: store.corrections("kyiv"),
    "state of the access": lambda store, _: store.claude_state(),
    "journal line": lambda store, _: store.noted("a"),
    "report of a run": lambda store, _: store.report("run-1"),
    "words on rows": lambda store, _: store.row_corrections("kyiv"),
    "a row as found": lambda store, _: store.found_showtime("a"),
    "viewed cities": lambda store, _: store.viewed_cities(DAY),
}


async def _write_everything(store: SqliteStore, samples: "Samples") -> None:
    """Every write, twice: what is new, and what is there already."""
    later = samples.now + timedelta(days=1)
    for _ in range(2):
        for act in (*DURABLE.values(), *NOT_DURABLE.values()):
            await store.free_leases("")
            await act(store, samples, await held_city(store, samples))
    await store.free_leases("")
    lease = await held_city(store, samples)
    await store.begin_run(lease, samples.publication().run)
    blocked = CinemaCorrection(cinema_id="zhovten", city_id="kyiv", state="blocked")
    await store.correct_cinema(blocked, now=samples.now)
    await store.expire_leases(later)
    await store.prune(showtimes_before=later, runs_before=later, calls_before=later)


def plans(database: Path, statements: list[str]) -> dict[str, list[str]]:
    """SQLite's plan of each statement that reads or writes tables."""
    with closing(sqlite3.connect(database)) as connection:
        return {
            statement: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            for statement in statements
            if statement.lstrip().split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}
        }


async def traced_read(store: SqliteStore, samples: "Samples", act: Act) -> list[str]:
    await store.location("kyiv")
    assert store._reader._connection is not None
    statements: list[str] = []
    store._reader._connection.set_trace_callback(statements.append)
    await act(store, samples)
    return statements


@pytest.mark.parametrize("act", READS.values(), ids=list(READS))
async def test_reads_search_by_an_index(store: SqliteStore, database: Path, samples: "Samples", act: Act) -> None:
    found = plans(database, await traced_read(store, samples, act))
    assert found
    for statement, steps in found.items():
        assert steps, statement
        # The latest runs of all cities are the end of an index, read as far as LIMIT says.
        good = ("SEARCH", "USE TEMP B-TREE", "SCAN run USING INDEX run_by_start")
        assert all(step.startswith(good) for step in steps), (statement, steps)


SORTED_BY_INDEX = [name for name in READS if name != "viewed cities"]


@pytest.mark.parametrize("name", SORTED_BY_INDEX)
async def test_lists_come_sorted_from_their_index(
    store: SqliteStore, database: Path, samples: "Samples", name: str
) -> None:
    """All but the views by city, which are added up first: one row a city viewed in the last days."""
    found = plans(database, await traced_read(store, samples, READS[name]))
    assert not [step for steps in found.values() for step in steps if "TEMP B-TREE" in step]


async def test_the_list_of_all_cities_walks_the_primary_key(
    store: SqliteStore, database: Path, samples: "Samples"
) -> None:
    """It returns every row, so it reads every row; but it sorts nothing."""
    found = plans(database, await traced_read(store, samples, lambda store, _: store.locations()))
    assert list(found.values()) == [["SCAN location"]]


async def test_what_all_cities_have_walks_an_index_in_its_order(
    store: SqliteStore, database: Path, samples: "Samples"
) -> None:
    """The journal is read as far as its limit says."""
    found = plans(database, await traced_read(store, samples, lambda store, _: store.cinemas()))
    assert list(found.values()) == [["SCAN cinema USING INDEX cinema_by_city"]]
    found = plans(database, await traced_read(store, samples, lambda store, _: store.corrections()))
    assert list(found.values()) == [["SCAN correction USING INDEX correction_by_city"]]
    found = plans(database, await traced_read(store, samples, lambda store, _: store.journal()))
    assert list(found.values()) == [["SCAN journal USING INDEX journal_by_moment"]]


async def test_figures_scan_only_days_and_counts(store: SqliteStore, database: Path, samples: "Samples") -> None:
    """``day`` has one row a day, ``location`` one a city; films and cinemas are counted in an index."""
    found = plans(database, await traced_read(store, samples, lambda store, _: store.stats(now=samples.now)))
    steps = {step for steps in found.values() for step in steps}
    assert {step.split()[1] for step in steps if step.startswith("SCAN")} <= {
        "CONSTANT",
        "day",
        "location",
        "cinema",
        "film",
    }
    assert any(step.startswith("SCAN cinema USING COVERING INDEX") for step in steps)
    assert any(step.startswith("SCAN film USING COVERING INDEX") for step in steps)
    assert any(step.startswith("SEARCH showtime USING COVERING INDEX showtime_by_start") for step in steps)


async def test_writes_search_by_an_index(store: SqliteStore, database: Path, samples: "Samples") -> None:
    await store.add_location(samples.city())
    statements: list[str] = []
    await store._write(lambda connection: connection.set_trace_callback(statements.append), durable=True)
    await store.location("kyiv")
    assert store._reader._connection is not None
    store._reader._connection.set_trace_callback(statements.append)
    await _write_everything(store, samples)
    found = plans(database, statements)
    assert len(found) > 20
    scans = {step for steps in found.values() for step in steps if step.startswith("SCAN")}
    # The leases that are held: a partial index with one entry each.
    assert scans <= {"SCAN location USING COVERING INDEX location_leased"}

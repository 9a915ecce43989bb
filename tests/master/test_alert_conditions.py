"""What counts as wrong with cities, cinemas and money."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from known_cinemas import zirka
from product_store import new_store

from cinestreamd.config import AlertSettings
from cinestreamd.master.alert_conditions import budget, city_conditions
from cinestreamd.store.base import (
    Cinema,
    CinemaCorrection,
    Evidence,
    Film,
    Listing,
    Location,
    Names,
    Publication,
    Run,
    Showtime,
    SourceOutcome,
    Store,
    Titles,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KYIV = Location(
    id="kyiv", names=Names(uk="Київ", en="Kyiv", ru="Киев"), lat=50.4, lon=30.5, country="UA", timezone="Europe/Kyiv"
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = new_store(tmp_path / "site.sqlite")
    await opened.add_location(KYIV)
    yield opened
    await opened.close()


async def publish(
    store: Store, outcome: SourceOutcome, *, failures: int = 0, last_showing: timedelta | None = None
) -> None:
    """One cinema as its last reading left it; ``last_showing``: so long before now its last showing began."""
    cinema = zirka(outcome, failures=failures)
    began = NOW - timedelta(days=40)
    if last_showing is not None:
        row = Showtime(
            id="s",
            city_id="kyiv",
            cinema_id="zirka",
            film_id="f",
            start_time=NOW - last_showing,
            business_day=(NOW - last_showing).date(),
            raw_title="F",
            evidence=Evidence(url="https://zirka.example/", quote="F", fetched_at=began),
            reader="schema.org",
            run_id="r0",
            created_at=began,
        )
        await write(store, "r0", began, cinema, row)
    await write(store, "r1", NOW, cinema)


async def write(store: Store, run_id: str, at: datetime, cinema: Cinema, *rows: Showtime) -> None:
    lease = await store.acquire_lease("kyiv", owner="me", now=at, seconds=60)
    assert lease is not None
    run = Run(id=run_id, city_id="kyiv", owner="me", trigger="refresh", started_at=at, outcome="published")
    await store.begin_run(lease, run)
    listings = (Listing(cinema_id=cinema.id, showtimes=rows),) if rows else ()
    films = (Film(id="f", titles=Titles(original="F")),)
    await store.publish(lease, Publication(cinemas=(cinema,), films=films, listings=listings, run=run), now=at)


async def kinds(store: Store, settings: AlertSettings | None = None, location: Location = KYIV) -> list[str]:
    return [each.kind for each in await city_conditions(store, "kino", location, settings or AlertSettings(), NOW)]


async def test_a_city_is_told_from_the_third_failure_on(store: Store) -> None:
    assert await kinds(store, location=msgspec.structs.replace(KYIV, failures=2)) == []
    assert await kinds(store, location=msgspec.structs.replace(KYIV, failures=3)) == ["city_failing"]
    assert await kinds(store, AlertSettings(failures=0), msgspec.structs.replace(KYIV, failures=9)) == []


@pytest.mark.parametrize("outcome", ["unreachable", "unreadable", "refused_by_robots", "quarantined"])
async def test_a_cinema_is_told_from_the_third_failure_of_any_kind_on(store: Store, outcome: SourceOutcome) -> None:
    await publish(store, outcome, failures=2)
    assert await kinds(store) == []
    await publish_again(store, outcome, failures=3)
    [told] = await city_conditions(store, "kino", KYIV, AlertSettings(), NOW)
    assert (told.kind, told.site, told.subject) == ("cinema_failing", "kino", "zirka")
    assert told.text == f"kino: Зірка in kyiv could not be read 3 times in a row ({outcome})"


async def publish_again(store: Store, outcome: SourceOutcome, *, failures: int) -> None:
    [cinema] = await store.cinemas("kyiv")
    changed = msgspec.structs.replace(cinema, last_outcome=outcome, failures=failures)
    await write(store, "r2", NOW + timedelta(minutes=2), changed)


async def test_a_paused_cinema_is_left_alone(store: Store) -> None:
    await publish(store, "unreachable", failures=9)
    paused = CinemaCorrection(cinema_id="zirka", city_id="kyiv", state="paused")
    await store.correct_cinema(paused, now=NOW)
    assert await kinds(store) == []


async def test_a_cinema_that_answers_but_shows_nothing_any_more_is_silent(store: Store) -> None:
    await publish(store, "empty", last_showing=timedelta(days=4))
    assert await kinds(store) == ["cinema_silent"]
    assert await kinds(store, AlertSettings(silent_days=5)) == []
    assert await kinds(store, AlertSettings(silent_days=0)) == []


async def test_a_cinema_that_never_showed_anything_is_not_silent(store: Store) -> None:
    await publish(store, "empty")
    assert await kinds(store) == []


async def test_a_cinema_whose_last_showing_is_not_long_ago_is_not_silent(store: Store) -> None:
    await publish(store, "empty", last_showing=timedelta(days=2))
    assert await kinds(store) == []


@pytest.mark.parametrize(
    ("spent", "expected"),
    [
        (0, []),
        (1_599_999, []),
        (1_600_000, ["budget_nearly_spent"]),
        (1_999_999, ["budget_nearly_spent"]),
        (2_000_000, ["budget_nearly_spent", "budget_spent"]),
    ],
)
def test_a_budget_is_told_at_four_fifths_and_at_all_of_it(spent: int, expected: list[str]) -> None:
    assert [each.kind for each in budget("kino", "day", spent, 2_000_000)] == expected


def test_a_budget_of_nothing_is_never_told() -> None:
    assert list(budget("kino", "day", 5, 0)) == []

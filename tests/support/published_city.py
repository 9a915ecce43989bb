"""A site whose cities have an evening's programme, for tests that look at its pages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from known_cities import CITIES
from msgspec.structs import replace

from cinestreamd.config import Settings
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import (
    Cinema,
    Evidence,
    Film,
    Listing,
    Publication,
    Run,
    Showtime,
    SourceResult,
    Store,
    Titles,
    Trigger,
)
from cinestreamd.web.app import Resources
from cinestreamd.web.keys import Load
from cinestreamd.web.places import location_of

NOW = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


class WillingDesk:
    """Takes every request."""

    async def request(self, _city_id: str) -> Any:
        """Say that it is queued."""
        return "accepted"

    async def recheck(self, _city_id: str, _cinema_id: str) -> Any:
        """Say that it is queued."""
        return "accepted"


def resources_of(store: Store, folder: Path, **settings: Any) -> Resources:
    """What create_app takes; the keywords are settings of the site."""
    return Resources(
        settings=Settings(),
        site=Site(name="main", settings=SiteSettings(**settings), directory=str(folder)),
        secret_key="a secret of this test only",
        store=store,
        gazetteer=CITIES,
        scrapes=WillingDesk(),
        clock=lambda: NOW,
        load=Load(),
    )


async def publish_evening(store: Store, city_id: str, *, rechecked: datetime | None = None) -> None:
    """Publish two films at one cinema of the city, two and three hours from ``NOW``; as a recheck that ended then."""
    city = CITIES.get(city_id)
    assert city is not None
    await store.add_location(location_of(city))
    lease = await store.acquire_lease(city_id, owner="test", now=NOW, seconds=300)
    assert lease is not None
    trigger: Trigger = "visitor" if rechecked is None else "recheck"
    run = Run(id=f"{trigger}-{city_id}", city_id=city_id, owner="test", trigger=trigger, started_at=NOW)
    await store.begin_run(lease, run)
    url = "https://kino.example/afisha"
    cinema = Cinema(
        id=f"kino-{city_id}",
        city_id=city_id,
        name="Жовтень",
        url=url,
        source="config",
        lat=city.lat,
        lon=city.lon,
        last_read=NOW,
        last_outcome="published",
    )
    films = (
        Film(id="dovbush-2023", titles=Titles(original="Довбуш", uk="Довбуш", en="Dovbush"), year=2023),
        Film(id="pamfir-2022", titles=Titles(original="Памфір", uk="Памфір", en="Pamfir"), year=2022),
    )
    rows = tuple(
        Showtime(
            id=f"{city_id}-{film.id}",
            city_id=city_id,
            cinema_id=cinema.id,
            film_id=film.id,
            start_time=NOW + timedelta(hours=hours),
            business_day=NOW.date(),
            raw_title=film.titles.original,
            evidence=Evidence(url=url, quote=film.titles.original, fetched_at=NOW),
            reader="schema.org",
            run_id=run.id,
            created_at=NOW,
            buy_link="https://kino.example/buy",
        )
        for hours, film in enumerate(films, start=2)
    )
    if rechecked is not None:
        source = SourceResult(cinema_id=cinema.id, url=url, outcome="published")
        run = replace(run, finished_at=rechecked, outcome="published", sources=(source,))
    publication = Publication(
        cinemas=(cinema,), films=films, listings=(Listing(cinema_id=cinema.id, showtimes=rows),), run=run
    )
    await store.publish(lease, publication, now=NOW)

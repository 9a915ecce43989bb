"""The front page of a site that knows thousands of cities."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from known_cities import CITIES

from cinestreamd.features.cities.directory import Directory
from cinestreamd.features.cities.service import Places, front_page
from cinestreamd.sites.model import SiteSettings
from cinestreamd.store.base import Location, Names

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)


class Shelf:
    """A store of ``count`` cities, of which the last was never read; counts how often it is asked for all of them."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked = 0

    async def locations(self) -> list[Location]:
        """All of them."""
        self.asked += 1
        return [self._city(number) for number in range(self.count)]

    def _city(self, number: int) -> Location:
        name = f"{self.count - number:05}"
        return Location(
            id=f"city-{number}",
            names=Names(uk=name, en=name, ru=name),
            lat=50.0,
            lon=30.0,
            country="UA",
            timezone="Europe/Kyiv",
            last_updated=None if number == self.count - 1 else NOW,
        )


class Quiet:
    """Counts no showings."""

    async def count(self, *_: object) -> dict[date, int]:
        """None on any day."""
        return {}


async def test_few_cities_are_read_with_each_request_and_many_once_in_ten_seconds() -> None:
    for count, asked in ((299, 3), (300, 1)):
        shelf, directory = Shelf(count), Directory()
        for seconds in (0, 5, 9.9):
            known = await directory.read(cast("Any", shelf), NOW + timedelta(seconds=seconds))
            assert len(known.by_id) == count
        assert shelf.asked == asked
        await directory.read(cast("Any", shelf), NOW + timedelta(seconds=20))
        assert shelf.asked == asked + 1


async def test_the_front_page_tells_how_many_cities_it_leaves_out() -> None:
    places = Places(cast("Any", Shelf(1000)), CITIES, Directory(), cast("Any", Quiet()))
    page = await front_page(places, settings=SiteSettings(cities=("lviv",)), language="en", now=NOW)
    assert [card.name for card in page.cards[:3]] == ["Lviv", "00002", "00003"]
    assert (len(page.cards), len(page.more)) == (24, 300)
    assert page.more[0].name == "00025"
    assert page.beside == 1 + 999 - 324

"""Pages that are ready: given again while nothing changed, never older than the city, and bounded."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from cinestreamd.store.base import Lease, Location, Names
from cinestreamd.web.answers import make_ready
from cinestreamd.web.page_cache import PageCache

NOW = datetime(2026, 11, 21, 16, 0, 10, tzinfo=UTC)
KYIV = Location(
    id="kyiv",
    names=Names(uk="Київ", en="Kyiv", ru="Киев"),
    lat=50.45,
    lon=30.52,
    country="UA",
    timezone="Europe/Kyiv",
    revision=7,
    last_updated=NOW - timedelta(hours=1),
)
PAGE = make_ready(b"<p>page</p>" * 100, content_type="text/html", max_age=30)


def test_a_page_is_given_again_while_nothing_changed() -> None:
    cache = PageCache()
    assert cache.get("/uk/city/kyiv", KYIV, NOW) is None
    cache.put("/uk/city/kyiv", KYIV, NOW, PAGE)
    assert cache.get("/uk/city/kyiv", KYIV, NOW + timedelta(seconds=14)) is PAGE
    assert cache.get("/en/city/kyiv", KYIV, NOW) is None
    assert cache.get("/uk/city/kyiv?by=cinema", KYIV, NOW) is None


def test_a_page_of_a_former_revision_is_not_given() -> None:
    cache = PageCache()
    cache.put("/uk/city/kyiv", KYIV, NOW, PAGE)
    assert cache.get("/uk/city/kyiv", replace(KYIV, revision=8), NOW) is None
    assert cache.get("/uk/city/kyiv", replace(KYIV, failures=1), NOW) is None


def test_a_page_ages_and_does_not_outlive_its_minute() -> None:
    cache = PageCache()
    cache.put("/uk/city/kyiv", KYIV, NOW, PAGE)
    assert cache.get("/uk/city/kyiv", KYIV, NOW + timedelta(seconds=15)) is None
    assert cache.get("/uk/city/kyiv", KYIV, NOW - timedelta(seconds=1)) is None
    late = NOW.replace(second=55)
    cache.put("/uk/city/kyiv", KYIV, late, PAGE)
    assert cache.get("/uk/city/kyiv", KYIV, late + timedelta(seconds=4)) is PAGE
    assert cache.get("/uk/city/kyiv", KYIV, late + timedelta(seconds=5)) is None


def test_the_page_that_was_longest_not_asked_for_goes_first() -> None:
    one = len("/1") + len(PAGE.packed) + 500
    cache = PageCache(max_bytes=2 * one)
    cache.put("/1", KYIV, NOW, PAGE)
    cache.put("/2", KYIV, NOW, PAGE)
    assert cache.get("/1", KYIV, NOW) is PAGE
    cache.put("/3", KYIV, NOW, PAGE)
    assert [address for address in ("/1", "/2", "/3") if cache.get(address, KYIV, NOW)] == ["/1", "/3"]
    assert cache.bytes == 2 * one
    cache.put("/3", KYIV, NOW, PAGE)
    assert cache.bytes == 2 * one


def test_a_lease_alone_does_not_make_another_page() -> None:
    """Pages of a city that is being read are never taken from here: see ``cached_page``."""
    cache = PageCache()
    cache.put("/uk/city/kyiv", KYIV, NOW, PAGE)
    held = replace(KYIV, lease=Lease(city_id="kyiv", owner="x", fence=1, until=NOW))
    assert cache.get("/uk/city/kyiv", held, NOW) is PAGE


async def test_nothing_is_compressed_for_who_does_not_take_it(start: Any) -> None:
    client = await start()
    plain = await client.get("/", headers={"Accept-Encoding": "identity"}, allow_redirects=False)
    assert "Content-Encoding" not in plain.headers


def test_pages_that_are_too_old_are_let_go() -> None:
    cache = PageCache()
    cache.put("/old", KYIV, NOW, PAGE)
    cache.put("/new", KYIV, NOW + timedelta(seconds=10), PAGE)
    whole = cache.bytes
    cache.forget_old(NOW + timedelta(seconds=14))
    assert cache.bytes == whole
    cache.forget_old(NOW + timedelta(seconds=15))
    assert cache.get("/new", KYIV, NOW + timedelta(seconds=15)) is not None
    assert 0 < cache.bytes < whole
    cache.forget_old(NOW + timedelta(seconds=60))
    assert cache.bytes == 0

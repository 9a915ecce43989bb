"""What a worker keeps of its answers is bounded, and the least used goes first."""

import random
from datetime import UTC, datetime

from aiohttp import web

from cinestreamd.web.last_good import LastGood

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def answer(size: int, etag: str = '"a"') -> web.Response:
    """An answer whose body cannot be made smaller."""
    body = random.Random(size).randbytes(size)  # noqa: S311 - bytes of any kind
    return web.Response(body=body, headers={"ETag": etag}, content_type="text/html")


def test_the_least_used_goes_first() -> None:
    pages = LastGood(lambda: NOW, most_bytes=3_500)
    for name in ("/a", "/b", "/c"):
        pages.keep(("en", name), answer(1_000))
    assert pages.find(("en", "/a")) is not None
    pages.keep(("en", "/d"), answer(1_000))
    assert [name for name in ("/a", "/b", "/c", "/d") if pages.find(("en", name))] == ["/a", "/c", "/d"]


def test_what_is_larger_than_all_room_is_not_kept() -> None:
    pages = LastGood(lambda: NOW, most_bytes=3_500)
    pages.keep(("en", "/a"), answer(1_000))
    pages.keep(("en", "/b"), answer(4_000))
    assert pages.find(("en", "/b")) is None


def test_a_page_takes_the_place_of_its_former_one() -> None:
    pages = LastGood(lambda: NOW, most_bytes=3_500)
    for number in range(20):
        pages.keep(("en", "/a"), answer(1_000 + number, f'"{number}"'))
    pages.keep(("en", "/b"), answer(1_000))
    kept = pages.find(("en", "/a"))
    assert kept is not None
    assert kept.etag == '"19"'
    assert pages.find(("en", "/b")) is not None

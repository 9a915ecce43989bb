from datetime import UTC, date, datetime, timedelta
from typing import Any

from cinestreamd.store.base import Price


async def test_the_answer_to_the_letter(world: Any, client: Any) -> None:
    row = world.showtime(
        "22 00:30",
        id="s1",
        business_day=date(2026, 11, 21),
        format="3D",
        language="en",
        subtitles="uk",
        original_language=True,
        room="Зал 2",
        price=Price(min=18_000, max=24_000, currency="UAH", text="180-240 грн"),
        buy_link="https://zhovten.example/buy/1",
    )
    await world.publish(row, ago=timedelta(minutes=3))
    response = await client.get("/api/showtimes?city=kyiv")
    assert response.status == 200
    assert response.content_type == "application/json"
    assert await response.json() == {
        "city": "kyiv",
        "status": "fresh",
        "updated": "2026-11-21T15:57:00Z",
        "showtimes": [
            {
                "id": "s1",
                "title": "Довбуш",
                "film": {
                    "id": "dovbush-2023",
                    "titles": {"original": "Довбуш", "uk": "Довбуш", "en": "Dovbush", "ru": None},
                    "year": 2023,
                    "duration_minutes": 124,
                },
                "cinema": {"id": "zhovten", "name": "Жовтень"},
                "start": "2026-11-22T00:30:00+02:00",
                "business_day": "2026-11-21",
                "format": "3D",
                "language": "en",
                "original_language": True,
                "subtitles": "uk",
                "room": "Зал 2",
                "price": {"min": 18000, "max": 24000, "currency": "UAH", "text": "180-240 грн"},
                "availability": "available",
                "access": [],
                "buy_link": "https://zhovten.example/buy/1",
                "evidence": {
                    "url": "https://zhovten.example/afisha",
                    "quote": "Довбуш — 00:30",
                    "fetched_at": "2026-11-21T15:55:00Z",
                },
                "reader": "schema.org",
                "simulated": False,
            }
        ],
    }


async def test_what_is_not_known_is_null(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30", buy_link="javascript:alert(1)"))
    row = (await (await client.get("/api/showtimes?city=kyiv")).json())["showtimes"][0]
    unknown = ("format", "language", "subtitles", "room", "price", "buy_link")
    assert {name: row[name] for name in unknown} == dict.fromkeys(unknown)


async def test_without_a_date_it_is_all_that_is_to_come_with_one_the_whole_day(world: Any, client: Any) -> None:
    late = world.showtime("22 00:30", business_day=date(2026, 11, 21))
    await world.publish(
        world.showtime("21 12:00"), world.showtime("21 20:00"), late, world.showtime("23 12:00"), ago=timedelta(hours=8)
    )

    async def starts(query: str) -> list[str]:
        answer = await (await client.get(f"/api/showtimes?city=kyiv{query}")).json()
        return [row["start"][8:16] for row in answer["showtimes"]]

    assert await starts("") == ["21T20:00", "22T00:30", "23T12:00"]
    assert await starts("&date=2026-11-21") == ["21T12:00", "21T20:00", "22T00:30"]
    assert await starts("&date=2026-11-22") == []
    assert await starts("&date=") == ["21T20:00", "22T00:30", "23T12:00"]


async def test_the_offset_is_the_citys_on_that_day(world: Any, client: Any) -> None:
    """The clock goes forward on 28 March 2027."""
    summer = datetime(2027, 3, 28, 17, 0, tzinfo=UTC)
    row = world.showtime("21 20:00", start_time=summer, business_day=date(2027, 3, 28))
    await world.publish(row)
    answer = await (await client.get("/api/showtimes?city=kyiv")).json()
    assert answer["showtimes"][0]["start"] == "2027-03-28T20:00:00+03:00"


async def test_a_city_that_was_never_read_is_stale_and_empty(world: Any, client: Any) -> None:
    expected = {"city": "odesa", "status": "stale", "updated": None, "showtimes": []}
    assert await (await client.get("/api/showtimes?city=odesa")).json() == expected
    await world.lease("odesa")
    assert await (await client.get("/api/showtimes?city=odesa")).json() == {**expected, "status": "processing"}


async def test_an_unchanged_answer_is_not_sent_again(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    first = await client.get("/api/showtimes?city=kyiv")
    world.now += timedelta(minutes=10)
    again = await client.get("/api/showtimes?city=kyiv", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


async def test_head_is_answered(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    response = await client.head("/api/showtimes?city=kyiv")
    assert (response.status, response.content_type, await response.read()) == (200, "application/json", b"")

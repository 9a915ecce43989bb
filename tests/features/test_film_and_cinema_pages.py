from datetime import date, timedelta
from typing import Any

from cinestreamd.store.base import Titles


def text(node: Any) -> str:
    return " ".join(node.text(separator=" ").split())


async def test_a_films_page_has_its_days_and_cinemas_in_the_city(world: Any, page: Any) -> None:
    film = world.film("dune-3", titles=Titles(original="Dune: Part Three", uk="Дюна: Частина третя"), year=2026)
    cinemas = [world.cinema(), world.cinema("atlas", name="Атлас")]
    await world.publish(
        world.showtime("21 19:00", film_id="dune-3"),
        world.showtime("21 20:00", id="a", film_id="dune-3", cinema_id="atlas"),
        world.showtime("23 20:00", id="b", film_id="dune-3", cinema_id="atlas"),
        world.showtime("21 21:00", id="c"),
        films=[film, world.film()],
        cinemas=cinemas,
    )
    tree = await page("/uk/city/kyiv/film/dune-3")
    assert text(tree.css_first("h1")) == "Дюна: Частина третя"
    assert text(tree.css(".place .note")[1]) == "Dune: Part Three · 2026 · 2 год 4 хв"
    assert [text(node) for node in tree.css(".group h2")] == ["Субота, 21 листопада", "Понеділок, 23 листопада"]
    assert [text(node) for node in tree.css(".part h3")] == ["Атлас", "Жовтень", "Атлас"]
    assert [text(node) for node in tree.css(".show-time")] == ["20:00", "19:00", "20:00"]


async def test_a_films_other_titles_are_named(world: Any, page: Any) -> None:
    titles = Titles(original="Довбуш", uk="Довбуш", en="Dovbush", ru="Довбуш")
    await world.publish(films=[world.film(titles=titles)])
    assert text((await page("/en/city/kyiv/film/dovbush-2023")).css_first(".titles li")) == "UA Довбуш"
    uk = await page("/uk/city/kyiv/film/dovbush-2023")
    assert [text(node) for node in uk.css(".titles li")] == ["EN Dovbush"]
    english = await page("/en/city/kyiv/film/dovbush-2023")
    assert "Довбуш" not in text(english.css_first(".place .note:last-of-type")), "it is not said twice"


async def test_a_film_whose_run_is_over_keeps_its_page(world: Any, page: Any) -> None:
    await world.publish(world.showtime("21 19:00"))
    world.now += timedelta(days=40)
    tree = await page("/en/city/kyiv/film/dovbush-2023")
    assert text(tree.css_first(".empty p")) == "No showings of this film are announced in this city now."
    assert tree.css_first(".show") is None


async def test_yesterdays_night_is_not_todays(world: Any, page: Any) -> None:
    late = world.showtime("21 01:30", business_day=date(2026, 11, 20))
    await world.publish(late, world.showtime("21 20:00"), ago=timedelta(hours=20))
    tree = await page("/en/city/kyiv/film/dovbush-2023")
    assert [text(node) for node in tree.css(".show-time")] == ["20:00"]


async def test_a_cinemas_page_says_where_it_is_and_what_it_shows(world: Any, page: Any) -> None:
    cinema = world.cinema(
        address="вул. Костянтинівська, 26", lat=50.46763, lon=30.51082, last_read=world.now, last_outcome="published"
    )
    await world.publish(world.showtime("21 19:00"), world.showtime("22 12:00"), cinemas=[cinema])
    tree = await page("/uk/city/kyiv/cinema/zhovten")
    assert text(tree.css_first("h1")) == "Жовтень"
    notes = tree.css(".place .note")
    assert text(notes[1]) == "вул. Костянтинівська, 26"
    assert text(notes[2]) == "zhovten.example · На мапі · прочитано щойно"
    assert [link.attributes["href"] for link in notes[2].css("a")] == [
        "https://zhovten.example/afisha",
        "https://www.openstreetmap.org/?mlat=50.46763&mlon=30.51082#map=17/50.46763/30.51082",
    ]
    assert [text(node) for node in tree.css(".group h2")] == ["Субота, 21 листопада", "Неділя, 22 листопада"]
    assert tree.css_first(".part h3 a").attributes["href"] == "/uk/city/kyiv/film/dovbush-2023"


async def test_a_cinemas_own_name_in_a_language_is_used(world: Any, page: Any) -> None:
    await world.publish(cinemas=[world.cinema(names={"en": "Zhovten"})])
    assert text((await page("/en/city/kyiv/cinema/zhovten")).css_first("h1")) == "Zhovten"
    assert text((await page("/ru/city/kyiv/cinema/zhovten")).css_first("h1")) == "Жовтень"


async def test_a_cinema_belongs_to_its_city(world: Any, page: Any) -> None:
    await world.publish()
    tree = await page("/en/city/lviv/cinema/zhovten", status=404)
    assert text(tree.css_first("h1")) == "We do not know this cinema."


async def test_unknown_films_and_cinemas(page: Any) -> None:
    film = await page("/uk/city/kyiv/film/no-such", status=404)
    assert text(film.css_first("h1")) == "Ми не знаємо такого фільму."
    cinema = await page("/ru/city/kyiv/cinema/%D1%8F%00", status=404)
    assert text(cinema.css_first("h1")) == "Мы не знаем такого кинотеатра."

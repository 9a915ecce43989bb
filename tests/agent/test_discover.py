"""The cinemas of a city: configured and known ones, each once."""

from msgspec.structs import replace

from cinestreamd.agent.discover import address_key, cinemas_of
from cinestreamd.sites.model import CinemaEntry
from cinestreamd.store.base import Cinema
from cinestreamd.store.memory import Venue

ZIRKA = CinemaEntry(city="kyiv", name="Зірка", url="https://zirka.example/rozklad")


def known(name: str, url: str, cinema_id: str, source: str = "openstreetmap") -> Cinema:
    return Cinema(id=cinema_id, city_id="kyiv", name=name, url=url, source=source, lat=50.4, failures=2)  # type: ignore[arg-type]  # a literal


def test_configured_cinemas_of_the_city_are_found() -> None:
    other = CinemaEntry(city="lviv", name="Левандія", url="https://levandia.example/")
    (cinema,) = cinemas_of("kyiv", [ZIRKA, other], [])
    assert cinema.id == "kyiv-zirka"
    assert (cinema.city_id, cinema.name, cinema.url, cinema.source) == ("kyiv", "Зірка", ZIRKA.url, "config")


def test_a_known_cinema_keeps_its_id_and_health_and_takes_the_operators_words() -> None:
    before = known("Зірка старий", "http://www.zirka.example/rozklad/", "kyiv-old-name")
    (cinema,) = cinemas_of("kyiv", [ZIRKA], [before])
    assert cinema.id == "kyiv-old-name"
    assert (cinema.name, cinema.url, cinema.source) == ("Зірка", ZIRKA.url, "config")
    assert (cinema.lat, cinema.failures) == (50.4, 2)


def test_known_cinemas_that_nobody_configured_stay() -> None:
    before = known("Маяк", "https://mayak.example/", "kyiv-mayak")
    assert [cinema.id for cinema in cinemas_of("kyiv", [ZIRKA], [before])] == ["kyiv-mayak", "kyiv-zirka"]


def test_the_same_entry_twice_is_one_cinema() -> None:
    again = CinemaEntry(city="kyiv", name="Зірка", url="https://zirka.example/rozklad/")
    assert len(cinemas_of("kyiv", [ZIRKA, again], [])) == 1


def test_two_cinemas_of_a_chain_on_one_page_are_two() -> None:
    entries = [CinemaEntry(city="kyiv", name=name, url="https://chain.example/") for name in ("Планета 1", "Планета 2")]
    first = cinemas_of("kyiv", entries, [])
    assert [cinema.name for cinema in first] == ["Планета 1", "Планета 2"]
    assert cinemas_of("kyiv", entries, first) == first


def test_the_same_name_at_two_addresses_is_two_cinemas_with_stable_ids() -> None:
    entries = [CinemaEntry(city="kyiv", name="Зірка", url=f"https://{host}.example/") for host in ("a", "b")]
    first = cinemas_of("kyiv", entries, [])
    assert len({cinema.id for cinema in first}) == 2
    assert cinemas_of("kyiv", entries, first) == first
    assert cinemas_of("kyiv", entries, []) == first


def test_a_name_in_no_latin_letters_has_an_id() -> None:
    entry = CinemaEntry(city="tel-aviv", name="קולנוע", url="https://kolnoa.example/")
    assert cinemas_of("tel-aviv", [entry], [])[0].id == "tel-aviv-cinema"


def test_addresses_are_compared_without_what_does_not_matter() -> None:
    assert address_key("https://www.zirka.example/rozklad/") == address_key("http://zirka.example/rozklad")
    assert address_key("https://zirka.example/?id=1") != address_key("https://zirka.example/?id=2")
    assert address_key("http://127.0.0.1:1/a") != address_key("http://127.0.0.1:2/a")


# --- the map ----------------------------------------------------------------------------------------------------------


def venue(name: str, website: str | None, ref: str = "node/1", lat: float = 50.45, lon: float = 30.5) -> Venue:
    return Venue(ref=ref, name=name, website=website, lat=lat, lon=lon, names={"en": "Zirka"}, address="вул. Зоряна, 7")


def test_a_venue_with_a_website_becomes_a_cinema() -> None:
    (cinema,) = cinemas_of("kyiv", [], [], [venue("Зірка", "https://zirka.example/"), venue("Без сайту", None)])
    assert (cinema.id, cinema.name, cinema.url, cinema.source) == (
        "kyiv-zirka",
        "Зірка",
        "https://zirka.example/",
        "openstreetmap",
    )
    assert (cinema.lat, cinema.lon, cinema.address, cinema.names) == (50.45, 30.5, "вул. Зоряна, 7", {"en": "Zirka"})


def test_the_map_adds_to_a_configured_cinema_and_overrides_nothing() -> None:
    (cinema,) = cinemas_of("kyiv", [ZIRKA], [], [venue("Зірка", "https://zirka.example/")])
    assert (cinema.id, cinema.url, cinema.source, cinema.lat) == ("kyiv-zirka", ZIRKA.url, "config", 50.45)


def test_the_venues_of_a_chain_with_one_website_are_cinemas_of_their_own() -> None:
    venues = [
        venue("Планета", "https://chain.example/", "node/1", 50.45),
        venue("Планета", "https://chain.example/", "node/2", 50.40),
        venue("Планета Мол", "https://chain.example/", "node/3", 50.35),
    ]
    first = cinemas_of("kyiv", [], [], venues)
    assert len({cinema.id for cinema in first}) == 3
    assert cinemas_of("kyiv", [], first, venues) == first


def test_rediscovery_keeps_ids_when_a_name_or_website_changes() -> None:
    first = cinemas_of("kyiv", [], [], [venue("Зірка", "https://zirka.example/")])
    (moved,) = cinemas_of("kyiv", [], first, [venue("Зірка", "https://new-zirka.example/")])
    assert (moved.id, moved.url) == (first[0].id, "https://new-zirka.example/")
    (renamed,) = cinemas_of("kyiv", [], first, [venue("Нова Зірка", "https://zirka.example/")])
    assert (renamed.id, renamed.name) == (first[0].id, "Нова Зірка")


def test_where_a_cinema_is_the_settings_know_better_than_the_map() -> None:
    placed = replace(ZIRKA, lat=50.4655, lon=30.518)
    (cinema,) = cinemas_of("kyiv", [placed], [])
    assert (cinema.lat, cinema.lon) == (50.4655, 30.518)
    (again,) = cinemas_of("kyiv", [ZIRKA], [cinema])
    assert (again.lat, again.lon) == (50.4655, 30.518)
    (moved,) = cinemas_of("kyiv", [replace(ZIRKA, lat=50.0, lon=30.0)], [cinema])
    assert (moved.lat, moved.lon) == (50.0, 30.0)

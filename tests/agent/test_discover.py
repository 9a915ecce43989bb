"""The cinemas of a city: configured and known ones, each once."""

from cinestreamd.agent.discover import address_key, cinemas_of
from cinestreamd.sites.model import CinemaEntry
from cinestreamd.store.base import Cinema

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

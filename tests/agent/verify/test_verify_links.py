"""Which links are shown."""

import pytest

from cinestreamd.agent.verify.links import site_of, trusted_link

PAGE = "https://www.zirka.kyiv.ua/rozklad/"


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("zirka.ua", "zirka.ua"),
        ("www.zirka.ua", "zirka.ua"),
        ("tickets.zirka.com.ua", "zirka.com.ua"),
        ("zirka.com.ua", "zirka.com.ua"),
        ("www.zirka.kyiv.ua", "zirka.kyiv.ua"),
        ("kino.zirka.lviv.ua", "zirka.lviv.ua"),
        ("www.lantern.co.uk", "lantern.co.uk"),
        ("book.lantern.co.uk.", "lantern.co.uk"),
        ("a.b.example.com", "example.com"),
        ("kino.waw.pl", "waw.pl"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("2606:4700::1111", "2606:4700::1111"),
        ("WWW.Zirka.UA", "zirka.ua"),
    ],
)
def test_the_site_of_a_host(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize(
    "link",
    [
        "https://www.zirka.kyiv.ua/buy/1",
        "http://tickets.zirka.kyiv.ua/buy?id=1",
        "https://ticketing.eu.veezi.com/purchase/1",
        "https://www.kinoheld.de/kino/x",
        "https://bilet.vkino.com.ua/1",
        "https://www.ticketmaster.co.uk/1",
    ],
)
def test_links_to_the_own_site_and_to_ticket_sellers_are_kept(link: str) -> None:
    assert trusted_link(link, PAGE) == link


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "/buy/1",
        "buy/1",
        "//www.zirka.kyiv.ua/buy",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:kasa@zirka.kyiv.ua",
        "https://evil.example/buy",
        "https://zirka.kyiv.ua.evil.example/",
        "https://other.kyiv.ua/",
        "https://user@www.zirka.kyiv.ua/",
        "https://www.zirka.kyiv.ua:password@evil.example/",
        "https://veezi.com.evil.example/",
        "https://www.zirka.kyiv.ua/a b",
        "https://www.zirka.kyiv.ua\\@evil.example/",
        "https://www.zirka.kyiv.ua/\nx",
        "https:///buy",
        "https://www.zirka.kyiv.ua/" + "x" * 2000,
    ],
)
def test_any_other_link_is_dropped(link: str | None) -> None:
    assert trusted_link(link, PAGE) is None


def test_the_cinemas_own_address_counts_as_well_as_the_pages() -> None:
    assert trusted_link("https://zirka.example/1", PAGE, "https://www.zirka.example/") == "https://zirka.example/1"


def test_a_server_on_this_machine_is_its_own_site() -> None:
    page = "http://127.0.0.1:8099/rozklad"
    assert trusted_link("http://127.0.0.1:8099/buy/1", page) == "http://127.0.0.1:8099/buy/1"
    assert trusted_link("http://127.0.0.2:8099/buy/1", page) is None

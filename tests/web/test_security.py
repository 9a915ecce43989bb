from typing import Any

import pytest
from aiohttp import web

from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.web.proxy import Client
from cinestreamd.web.security import is_own_origin


def site(*domains: str) -> Site:
    return Site(name="main", settings=SiteSettings(domains=domains), directory="/nowhere")


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("https://kino.example", True),
        ("http://kino.example", True),
        ("https://www.kino.example", True),
        ("https://kino.example:8443", True),
        ("https://evil.example", False),
        ("https://kino.example.evil.example", False),
        ("https://evil-kino.example", False),
        ("ftp://kino.example", False),
        ("null", False),
        ("", False),
        ("https://[", False),
        ("http://192.0.2.1:8001", False),
    ],
)
def test_a_site_with_domains_knows_them(origin: str, own: bool) -> None:
    client = Client("192.0.2.9", "https", "192.0.2.1:8001")
    assert is_own_origin(origin, site("kino.example", "www.kino.example"), client) is own


@pytest.mark.parametrize("host", ["localhost:8003", "127.0.0.1:8003", "[::1]:8003"])
def test_a_loopback_address_is_own_as_it_was_asked_for(host: str) -> None:
    client = Client("127.0.0.1", "http", host)
    assert is_own_origin(f"http://{host}", site("kino.example"), client)
    assert not is_own_origin(f"https://{host}", site("kino.example"), client)
    assert not is_own_origin("http://localhost:9999", site("kino.example"), client)


def test_a_site_without_domain_is_own_wherever_it_is_reached_over_http() -> None:
    client = Client("192.0.2.9", "http", "kino.local:8001")
    assert is_own_origin("http://kino.local:8001", site(), client)
    assert not is_own_origin("http://kino.local", site(), client)
    assert not is_own_origin("http://evil.example", site(), client)


async def done(_request: web.Request) -> web.Response:
    return web.Response(text="done")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://kino.example", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://kino.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
    ],
)
async def test_state_changing_requests_of_other_sites_are_refused(
    start: Any, headers: dict[str, str], status: int
) -> None:
    client = await start(web.route("*", "/api/do", done), domains=("kino.example",))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await client.request(method, "/api/do", headers=headers)).status == status
    assert (await client.get("/api/do", headers=headers)).status == 200


async def test_a_views_own_policy_stays(start: Any) -> None:
    async def framed(_request: web.Request) -> web.Response:
        return web.Response(headers={"Content-Security-Policy": "frame-ancestors *"})

    response = await (await start(web.get("/api/framed", framed))).get("/api/framed")
    assert response.headers.getall("Content-Security-Policy") == ["frame-ancestors *"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"

"""Pages are the same for everybody and may be kept by any cache: no cookie, token or nonce is in them."""

from typing import Any

import pytest

PATHS = (
    "/uk/",
    "/uk/search?q=Львів",
    "/uk/near?at=50,30",
    "/uk/city/kyiv",
    "/uk/city/odesa",
    "/uk/city/kyiv/film/dovbush-2023",
    "/uk/city/kyiv/cinema/zhovten",
)


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_is_the_same_for_everybody(world: Any, client: Any, path: str) -> None:
    await world.publish(world.showtime("21 20:30"))
    chosen = await client.post("/language", data={"language": "ru"}, allow_redirects=False)
    assert "session" in chosen.cookies
    remembered = await client.get(path, headers={"Accept-Language": "en", "Host": "evil.example"})
    client.session.cookie_jar.clear()
    anonymous = await client.get(path, headers={"User-Agent": "another", "Accept-Language": "ru"})
    assert await remembered.read() == await anonymous.read()
    assert remembered.headers["ETag"] == anonymous.headers["ETag"]
    for response in (remembered, anonymous):
        assert "Set-Cookie" not in response.headers
        assert response.headers["Vary"] == "Accept-Encoding"
        assert "X-Request-Id" not in response.headers


async def test_an_unchanged_page_is_not_sent_again(world: Any, client: Any) -> None:
    await world.publish(world.showtime("21 20:30"))
    first = await client.get("/uk/city/kyiv")
    again = await client.get("/uk/city/kyiv", headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert (again.status, await again.read()) == (304, b"")
    other = await client.get("/uk/city/kyiv", headers={"If-None-Match": '"x"'})
    assert other.status == 200


async def test_absolute_addresses_come_from_the_site_never_from_host(client: Any) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    body = await (await client.get("/uk/city/kyiv?by=cinema", headers=headers)).text()
    assert "evil" not in body
    assert '<link rel="canonical" href="http://localhost:8001/uk/city/kyiv">' in body
    assert '<link rel="alternate" hreflang="ru" href="http://localhost:8001/ru/city/kyiv">' in body
    assert '<link rel="alternate" hreflang="x-default" href="http://localhost:8001/uk/city/kyiv">' in body


@pytest.mark.parametrize("path", [*PATHS, "/", "/nowhere", "/api/stats", "/api/nowhere", "/healthz"])
async def test_every_answer_carries_the_security_headers(world: Any, client: Any, path: str) -> None:
    await world.publish(world.showtime("21 20:30"))
    headers = (await client.get(path, allow_redirects=False)).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Permissions-Policy"].startswith("geolocation=(self), ")


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_inline_and_nothing_comes_from_elsewhere(world: Any, page: Any, path: str) -> None:
    await world.publish(world.showtime("21 20:30"))
    tree = await page(path)
    assert tree.css_first("style, [style], iframe, object, embed, base") is None
    loaded = [node.attributes["src"] for node in tree.css("[src]")]
    loaded += [node.attributes["href"] for node in tree.css('link[rel="stylesheet"], link[rel="icon"]')]
    assert len(loaded) > 2
    assert all(address.startswith(("/static/", "/api/visit/")) for address in loaded)
    assert all(not node.text().strip() for node in tree.css("script:not([type='application/ld+json'])"))


async def test_every_form_field_has_a_label_and_every_page_its_landmarks(page: Any) -> None:
    for path in PATHS[:5]:
        tree = await page(path)
        for field in tree.css("input:not([type=hidden])"):
            assert tree.css_first(f'label[for="{field.attributes["id"]}"]') is not None
        assert len(tree.css("h1")) == 1
        assert tree.css_first("a.skip").attributes["href"] == "#main"
        assert all(tree.css_first(landmark) is not None for landmark in ("header", "main#main", "footer"))

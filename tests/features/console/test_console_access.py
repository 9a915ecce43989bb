"""Who gets into the console: off by default, behind its password, never framed, never for a foreign page."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from console_operator import PASSWORD, SECRET_KEY, kept_password
from structlog.testing import capture_logs

from cinestreamd.features.console import actions, all_sites, views
from cinestreamd.features.console.sessions import begin, cookie_of
from cinestreamd.sites.password import keep_password

PATHS = sorted(
    {re.sub(r"\{(\w+)[^}]*\}", r"\1", route.path) for route in (*views.ROUTES, *all_sites.ROUTES, *actions.ROUTES)}
    | {"/ops/nowhere", "/ops/logout"}
)


async def test_without_a_password_there_is_no_console(client: Any) -> None:
    for path in ("/ops", "/ops/login", *PATHS):
        assert (await client.get(path)).status == 404
        assert (await client.post(path, data={"password": PASSWORD})).status == 404


async def test_logged_out_nothing_answers_but_the_login(open_console: Any, world: Any) -> None:
    """Whether a page is there or not cannot be told either."""
    await world.publish(world.showtime("21 20:30"))
    console = await open_console()
    for path in PATHS:
        response = await console.client.get(path, allow_redirects=False)
        place = "/ops/login" if path == "/ops/" else f"/ops/login?next={path.replace('/', '%2F')}"
        assert (response.status, response.headers["Location"]) == (303, place)
        assert await response.read() == b""
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            refused = await console.client.request(
                method, path, data={"token": console.token}, headers={"Origin": console.origin}
            )
            assert refused.status == 401
            assert "Нічого не зроблено" in await refused.text()
            machine = {"Origin": console.origin, "Accept": "application/json"}
            told = await console.client.request(method, path, data={"token": console.token}, headers=machine)
            assert (told.status, (await told.json())["code"]) == (401, "not_logged_in")
    assert (await console.client.get("/ops", allow_redirects=False)).status == 303
    strange = await console.client.get("/ops/cinemas/Жовтень", allow_redirects=False)
    assert (strange.status, strange.headers["Location"]) == (303, "/ops/login")
    login = await console.page("/ops/login")
    assert login.css_first("nav") is None
    assert "Київ" not in login.html
    assert "zhovten" not in login.html


async def test_the_password_opens_it_and_logging_out_ends_the_login_for_good(open_console: Any, world: Any) -> None:
    console = await open_console()
    client = console.client
    assert (await console.post("/ops/login", password="a wrong evening at it")).status == 401
    assert (await client.get("/ops/", allow_redirects=False)).status == 303
    with capture_logs() as logs:
        response = await console.post("/ops/login", password=PASSWORD, next="/ops/cities")
    assert (response.status, response.headers["Location"]) == (303, "/ops/cities")
    assert [event["event"] for event in logs if event["event"].startswith("console")] == ["console_login"]
    assert PASSWORD not in str(logs)
    set_cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Strict" in set_cookie
    assert "Max-Age=43200" in set_cookie
    kept = response.cookies["ops"].value
    tree = await console.page("/ops/")
    token = tree.css_first('form[action="/ops/logout"] input[name="token"]').attributes["value"]
    assert (await console.post("/ops/logout", token="0" * 64)).status == 403
    ended = await console.post("/ops/logout", token=token)
    assert (ended.status, ended.headers["Location"]) == (303, "/ops/login")
    client.session.cookie_jar.update_cookies({"ops": kept}, client.make_url("/"))
    assert (await client.get("/ops/", allow_redirects=False)).status == 303, "a kept cookie is of no use"
    assert sorted(entry.action for entry in await world.store.journal()) == ["login", "logout"]


async def test_over_https_the_cookie_belongs_to_this_host_alone(open_console: Any, world: Any) -> None:
    world.settings = type(world.settings)(domains=("kino.example",))
    console = await open_console()
    response = await console.client.post(
        "/ops/login",
        data={"password": PASSWORD},
        headers={"Origin": "https://kino.example", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "kino.example"},
        allow_redirects=False,
    )
    assert response.status == 303
    set_cookie = response.headers["Set-Cookie"]
    assert set_cookie.startswith("__Host-ops=")
    assert "; Path=/;" in set_cookie.replace("; Path=/", "; Path=/;")
    assert "Secure" in set_cookie
    assert "Domain" not in set_cookie


@pytest.mark.parametrize("place", ["//evil.example/", "https://evil.example/", "/ops/../x", "/ops/\r\nX: y", "/uk/"])
async def test_the_login_leads_nowhere_else(open_console: Any, place: str) -> None:
    console = await open_console()
    assert (await console.client.get("/ops/login", params={"next": place})).status == 400
    assert (await console.post("/ops/login", password=PASSWORD, next=place)).status == 400


async def test_a_login_ends_by_itself_with_the_password_and_with_the_key(open_console: Any, world: Any) -> None:
    console = await open_console()
    others = {
        "another password": cookie_of(begin(world.now), secret_key=SECRET_KEY, password=keep_password("x" * 12)),
        "another key": cookie_of(begin(world.now), secret_key="another", password="x"),
        "forged": console.cookie[:-2] + ("AA" if console.cookie[-2:] != "AA" else "BB"),
        "long": "x" * 5000,
        "nonsense": "{}",
    }
    for name, cookie in others.items():
        response = await console.client.get("/ops/", headers={"Cookie": f"ops={cookie}"}, allow_redirects=False)
        assert response.status == 303, name
    console.log_in()
    world.now += timedelta(hours=12) - timedelta(seconds=1)
    await console.page("/ops/")
    world.now += timedelta(seconds=1)
    assert (await console.client.get("/ops/", allow_redirects=False)).status == 303


async def test_a_visitors_session_is_no_login(open_console: Any) -> None:
    console = await open_console()
    chosen = await console.client.post("/language", data={"language": "uk"}, allow_redirects=False)
    cookie = chosen.cookies["session"].value
    response = await console.client.get("/ops/", headers={"Cookie": f"ops={cookie}"}, allow_redirects=False)
    assert response.status == 303


async def test_ten_wrong_passwords_are_enough_for_one_address(open_console: Any, world: Any) -> None:
    """Also when they come at once, and to different workers."""
    workers = [await open_console() for _ in range(2)]
    tries = [workers[number % 2].post("/ops/login", password=f"a wrong evening {number}") for number in range(14)]
    with capture_logs() as logs:
        statuses = sorted(response.status for response in await asyncio.gather(*tries))
    assert statuses == [401] * 10 + [429] * 4
    assert "127.0.0.1" not in str(logs)
    response = await workers[0].post("/ops/login", password=PASSWORD)
    assert (response.status, response.headers["Retry-After"]) == (429, "900")
    elsewhere = {"X-Forwarded-For": "192.0.2.7", "Origin": workers[0].origin}
    response = await workers[0].client.post(
        "/ops/login", data={"password": PASSWORD}, headers=elsewhere, allow_redirects=False
    )
    assert response.status == 303
    world.now += timedelta(seconds=900)
    assert (await workers[1].post("/ops/login", password=PASSWORD)).status == 303


async def test_an_ipv6_network_is_one_address_and_all_together_have_a_bound(open_console: Any, world: Any) -> None:
    console = await open_console()
    period = str(int(world.now.timestamp()) // 900)
    for _ in range(8):
        await world.store.count_attempts(period, ["all"])

    async def status_from(address: str) -> int:
        headers = {"X-Forwarded-For": address, "Origin": console.origin}
        response = await console.client.post("/ops/login", data={"password": "no" * 6}, headers=headers)
        return int(response.status)

    assert [await status_from(f"2001:db8::{n}") for n in range(1, 12)] == [401] * 10 + [429]
    assert await status_from("2001:db8:0:1::1") == 401
    for _ in range(40):
        await world.store.count_attempts(period, ["all"])
    assert await status_from("192.0.2.99") == 429


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
)
async def test_a_foreign_page_is_refused_whatever_it_asks(console: Any, headers: dict[str, str]) -> None:
    for path in ("/ops/", "/ops/cities", "/ops/login"):
        assert (await console.client.get(path, headers=headers)).status == 403
    for path in ("/ops/login", "/ops/logout"):
        fields = {"token": console.token, "password": PASSWORD}
        assert (await console.client.post(path, data=fields, headers=headers)).status == 403


async def test_a_change_needs_an_origin_and_the_token_of_the_login(console: Any, world: Any) -> None:
    client = console.client
    assert (await client.post("/ops/logout", data={"token": console.token})).status == 403, "from nowhere"
    origin = {"Origin": console.origin}
    assert (await client.post("/ops/logout", data={}, headers=origin)).status == 403
    assert (await client.post("/ops/logout", json={"token": console.token}, headers=origin)).status == 403
    assert (await client.post("/ops/logout", data={"token": "0" * 64}, headers=origin)).status == 403
    assert (await client.post("/ops/logout", data={"token": "ї"}, headers=origin)).status == 403
    assert (await client.post("/ops/logout", data=b"\xff=%ff&token", headers=origin)).status == 403
    assert await world.store.journal() == []
    await console.page("/ops/")


async def test_no_page_is_kept_framed_or_shown_to_search_engines(console: Any) -> None:
    for path in ("/ops/", "/ops/cities", "/ops/login", "/ops/nowhere"):
        headers = (await console.client.get(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "ETag" not in headers
    assert (await console.client.get("/ops/")).headers["X-Robots-Tag"] == "noindex, nofollow"


async def test_no_page_shows_a_secret(console: Any) -> None:
    """Neither the site's key, nor the password or what is kept of it, nor the login's cookie."""
    secrets = [SECRET_KEY, PASSWORD, kept_password(), console.cookie, console.operator.id]
    for path in PATHS:
        body = await (await console.client.get(path)).text()
        assert not [secret for secret in secrets if secret in body], path


async def test_a_theme_has_no_part_in_the_console(open_console: Any) -> None:
    console = await open_console(
        theme={
            "templates/base.html": b"<h1>themed</h1>",
            "templates/console/overview.html": b"<h1>themed {{ token }}</h1>",
            "static/site.css": b"body { color: red }",
        }
    )
    console.log_in()
    tree = await console.page("/ops/")
    assert tree.css_first("h1").text() == "Overview"
    sheets = [node.attributes["href"] for node in tree.css('link[rel="stylesheet"]')]
    assert len(sheets) == 2
    for sheet in sheets:
        response = await console.client.get(sheet)
        assert response.status == 200
        assert "color: red" not in await response.text()


async def test_visitors_are_not_counted_there_and_the_language_switch_stays(console: Any) -> None:
    tree = await console.page("/ops/cities?x=1")
    assert tree.css_first("script[type=module], img") is None
    assert tree.css_first('.languages input[name="next"]').attributes["value"] == "/ops/cities?x=1"
    chosen = await console.client.post(
        "/language", data={"language": "uk", "next": "/ops/cities?x=1"}, allow_redirects=False
    )
    assert (chosen.status, chosen.headers["Location"]) == (303, "/ops/cities?x=1")
    tree = await console.page("/ops/cities")
    assert tree.css_first("html").attributes["lang"] == "uk"

"""A site's own templates and static files in the place of the product's."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from cinestreamd.features import FEATURES
from cinestreamd.web.app import create_app

BASE = b"""{% extends "default/base.html" %}
{% block theme %}<link rel="stylesheet" href="{{ asset('ours.css') }}">{% endblock %}
"""
LOGO = b"\x89PNG\r\n\x1a\nnot really"


@pytest.fixture
def themed(world: Any, aiohttp_client: Any) -> Callable[..., Awaitable[TestClient[Any, Any]]]:
    """Serves the world with a theme: files by path."""

    async def serve(files: dict[str, bytes]) -> TestClient[Any, Any]:
        resources = msgspec.structs.replace(world.resources(), theme=files)
        client: TestClient[Any, Any] = await aiohttp_client(create_app(resources, FEATURES))
        return client

    return serve


async def text_of(client: TestClient[Any, Any], path: str) -> str:
    response = await client.get(path)
    assert response.status == 200, path
    return await response.text()


async def test_frame_and_files_of_a_theme_are_used(themed: Any) -> None:
    client = await themed(
        {
            "templates/base.html": BASE,
            "static/ours.css": b'h1 { background: url("img/logo.png") url("elsewhere.png"); }',
            "static/img/logo.png": LOGO,
        }
    )
    for path in ("/en/", "/uk/", "/en/no-such-page"):
        page = await (await client.get(path)).text()
        found = re.search(r'href="(/static/ours\.[0-9a-f]{12}\.css)"', page)
        assert found is not None, path
        assert re.search(r'href="/static/site\.[0-9a-f]{12}\.css"', page), "the product's own stays beside it"
    sheet = await client.get(found[1])
    assert sheet.content_type == "text/css"
    assert "default-src 'none'" in sheet.headers["Content-Security-Policy"]
    logo = re.search(r'url\("(/static/logo\.[0-9a-f]{12}\.png)"\) url\("elsewhere\.png"\)', await sheet.text())
    assert logo is not None
    picture = await client.get(logo[1])
    assert (picture.content_type, await picture.read()) == ("image/png", LOGO)
    assert picture.headers["X-Content-Type-Options"] == "nosniff"


async def test_file_of_the_same_name_takes_the_place(themed: Any) -> None:
    """Templates of the product name the theme's style sheet, though none of them was replaced."""
    client = await themed({"static/site.css": b"body { color: red }"})
    [address] = re.findall(r'href="(/static/site\.[0-9a-f]{12}\.css)"', await text_of(client, "/en/"))
    assert await text_of(client, address) == "body { color: red }"


async def test_page_of_a_feature_is_replaced(themed: Any) -> None:
    client = await themed({"templates/cities/front.html": b"<h1>{{ language }} by {{ site.refresh_at }}</h1>"})
    assert await text_of(client, "/en/") == "<h1>en by 06:00</h1>"


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (b"{{ nobody }}", "UndefinedError"),
        (b"{% extends 'nowhere.html' %}", "TemplateNotFound"),
        (b"{% if %}", "TemplateSyntaxError"),
        (b"{{ 1 // 0 }}", "ZeroDivisionError"),
        (b"{{ ''.__class__.__mro__ }}", "SecurityError"),
        (b"{{ urls.__loader__ }}", "SecurityError"),
        (b"{{ cycler.__init__.__globals__ }}", "SecurityError"),
        (b"{{ every_page.append('x') }}", "SecurityError"),
    ],
)
async def test_template_that_fails_is_passed_over(themed: Any, template: bytes, problem: str) -> None:
    client = await themed({"templates/cities/front.html": template})
    with capture_logs() as logs:
        first = await text_of(client, "/en/")
        await text_of(client, "/en/")
    assert "What is on tonight?" in first
    [told] = [event for event in logs if event["event"] == "theme_failed"]
    assert told["template"] == "cities/front.html"
    assert told["problem"].startswith(problem)


async def test_every_page_of_the_product_renders_within_the_sandbox(themed: Any, world: Any) -> None:
    """The sandbox forbids nothing that the product's own templates do."""
    await world.publish(world.showtime("21 19:00"))
    client = await themed({"templates/base.html": BASE, "static/ours.css": b""})
    with capture_logs() as logs:
        city = await text_of(client, "/en/city/kyiv")
        addresses = {"/en/", "/en/near", "/en/search?q=kyi", "/en/city/lviv"}
        addresses |= set(re.findall(r'href="(/en/(?:film|cinema|city)/[^"#?]+)"', city))
        assert len(addresses) > 5
        for address in sorted(addresses):
            await client.get(address)
    assert [event for event in logs if event["event"] == "theme_failed"] == []


async def test_without_a_theme_nothing_is_made_anew(start: Any) -> None:
    one, two = await start(), await start()
    assert await text_of(one, "/en/") == await text_of(two, "/en/")

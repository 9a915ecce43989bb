"""What a browser needs to install the guide and to keep a city."""

import json
from typing import Any

import pytest


async def test_the_service_worker_stands_at_the_root_and_is_asked_for_anew(client: Any) -> None:
    response = await client.get("/sw.js")
    assert (response.status, response.content_type) == (200, "text/javascript")
    assert response.headers["Cache-Control"] == "no-cache"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert 'addEventListener("fetch"' in await response.text()
    again = await client.get("/sw.js", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize(
    ("language", "name"),
    [("uk", "Сьогодні в кіно"), ("en", "Tonight at the cinema"), ("ru", "Сегодня в кино")],
)
async def test_the_manifest_names_the_guide_and_pictures_that_are_there(client: Any, language: str, name: str) -> None:
    page = await (await client.get(f"/{language}/")).text()
    assert f'<link rel="manifest" href="/{language}/app.webmanifest">' in page
    response = await client.get(f"/{language}/app.webmanifest")
    assert (response.status, response.content_type) == (200, "application/manifest+json")
    manifest = json.loads(await response.text())
    assert (manifest["name"], manifest["lang"], manifest["start_url"]) == (name, language, f"/{language}/")
    assert (manifest["id"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    icons = {(icon["sizes"], icon["purpose"]): icon for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= set(icons)
    for (sizes, _), icon in icons.items():
        picture = await client.get(icon["src"])
        assert (picture.status, picture.content_type) == (200, icon["type"])
        if sizes != "any":
            body = await picture.read()
            assert body[:8] == b"\x89PNG\r\n\x1a\n"
            width, height = int.from_bytes(body[16:20]), int.from_bytes(body[20:24])
            assert f"{width}x{height}" == sizes

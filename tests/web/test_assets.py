import gzip
import hashlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from cinestreamd.features import FEATURES
from cinestreamd.web.assets import Assets
from cinestreamd.web.rendering import feature_package


async def test_a_static_file_is_addressed_by_its_content_and_kept_for_ever(start: Any) -> None:
    client = await start()
    page = await (await client.get("/uk/nowhere")).text()
    found = re.search(r'href="(/static/site\.([0-9a-f]{12})\.css)"', page)
    assert found is not None
    response = await client.get(found[1])
    body = await response.read()
    assert (response.status, response.content_type, response.charset) == (200, "text/css", "utf-8")
    assert hashlib.sha256(body).hexdigest().startswith(found[2])
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_static_file_comes_compressed_to_those_who_take_it(start: Any) -> None:
    client = await start()
    page = await (await client.get("/uk/nowhere")).text()
    path = re.findall(r"/static/site\.[0-9a-f]+\.css", page)[0]
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    async with client.session.get(
        client.make_url(path), headers={"Accept-Encoding": "gzip"}, auto_decompress=False
    ) as packed:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(await packed.read()) == await plain.read()


@pytest.mark.parametrize("name", ["site.css", "site.000000000000.css", "..%2fbase.html", "%00"])
async def test_no_other_name_is_served(start: Any, name: str) -> None:
    assert (await (await start()).get(f"/static/{name}")).status == 404


def test_two_files_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("first_asset_package", "second_asset_package"):
        folder = tmp_path / package / "static"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").touch()
        (folder / "same.css").write_text("a{}")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ValueError, match=r"same\.css"):
        Assets(["first_asset_package", "second_asset_package"])
    for package in ("first_asset_package", "second_asset_package"):
        sys.modules.pop(package, None)


def test_the_pages_stay_light() -> None:
    """Compressed, outside the map: style sheets within 10 KB, scripts within 40 KB, a page's two fonts within 40 KB."""
    assets = Assets(["cinestreamd.web", *(feature_package(feature) for feature in FEATURES)])
    sizes: dict[str, int] = {}
    for name, asset in assets._assets.items():
        if not name.startswith(("leaflet.", "map.")):
            sent = b"" if asset.packed is None else asset.packed.body
            sizes[asset.content_type] = sizes.get(asset.content_type, 0) + len(sent)
    assert 0 < sizes["text/css"] <= 10 * 1024
    assert 0 < sizes["text/javascript"] <= 40 * 1024
    fonts = ("brygada-latin.woff2", "brygada-cyrillic.woff2")
    assert sum(len(assets._assets[assets.url(name).rpartition("/")[2]].plain.body) for name in fonts) <= 40 * 1024


def test_a_style_sheet_of_parts_is_one_file_in_the_order_of_their_names() -> None:
    assets = Assets(["cinestreamd.web"])
    body = assets._assets[assets.url("site.css").rpartition("/")[2]].plain.body.decode()
    assert body.index("--paper:") < body.index(".skip {") < body.index(".show {") < body.index("@media print")


def test_fonts_are_named_by_their_content_in_the_style_sheet() -> None:
    assets = Assets(["cinestreamd.web"])
    body = assets._assets[assets.url("site.css").rpartition("/")[2]].plain.body.decode()
    found = re.findall(r'url\("([^"]+)"\)', body)
    assert len(found) == 3
    for address in found:
        asset = assets.get(address.removeprefix("/static/"))
        assert asset is not None
        assert asset.content_type == "font/woff2"


def test_the_style_sheet_names_no_side_by_hand() -> None:
    """Start and end instead of left and right: the same sheet serves both directions of writing."""
    assets = Assets(["cinestreamd.web"])
    body = assets._assets[assets.url("site.css").rpartition("/")[2]].plain.body.decode()
    sides = r"(?m)^\s*(?:left|right)\s*:|(?:margin|padding|border|inset)-(?:left|right)"
    sides += r"|(?:text-align|float|clear):\s*(?:left|right)"
    assert re.findall(sides, body) == []

"""docs/API.md names every address and every error code of the API."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cinestreamd.errors import CinestreamError
from cinestreamd.features import FEATURES

DOCUMENT = (Path(__file__).parents[2] / "docs" / "API.md").read_text(encoding="utf-8")


def api_paths() -> set[str]:
    """Addresses of the API; pages and the console (docs/CONSOLE.md) are for people."""
    return {
        path
        for feature in FEATURES
        for route in feature.routes()
        if not (path := route.path).startswith(("/{language", "/ops"))
    }


def error_classes(family: type[CinestreamError]) -> Iterator[type[CinestreamError]]:
    for child in family.__subclasses__():
        yield child
        yield from error_classes(child)


def test_there_is_something_to_document() -> None:
    assert {"/api/showtimes", "/api/scrape", "/healthz"} <= api_paths()


@pytest.mark.parametrize("path", sorted(api_paths()))
def test_every_address_is_documented(path: str) -> None:
    assert re.search(rf"`(?:GET|POST) {re.escape(path)}[`?\[]", DOCUMENT), path


def test_every_error_of_the_web_is_documented() -> None:
    codes = {
        each.code
        for each in error_classes(CinestreamError)
        if each.__module__.startswith(("cinestreamd.web", "cinestreamd.features"))
    }
    assert len(codes) >= 10
    assert {code for code in codes if f"`{code}`" not in DOCUMENT} == set()

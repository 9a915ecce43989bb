"""Turns the templates of the demo town into pages. All templates are loaded at once, before the loop runs."""

import json
from collections.abc import Callable
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from babel.dates import format_date
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from cinestreamd.demo.sites import WEBSITES
from cinestreamd.demo.website import CinemaWebsite

PACKAGE: Final = "cinestreamd.demo"
LOCALES: Final = ("uk", "en_GB")


class Renderer:
    """Renders pages for a demo server that is reached at ``base_url`` (no slash at its end)."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._environment = _environment()
        names = self._environment.list_templates(extensions=["html"])
        self._templates = {name: self._environment.get_template(name) for name in names}
        for locale in LOCALES:
            _dated(date.min, "EEEE, d MMMM", locale)  # reads the locale's file now rather than inside the loop

    def home(self, website: CinemaWebsite) -> str:
        """The absolute address of a website's front page."""
        return f"{self.base_url}/{website.slug}/"

    def town_page(self, template: str, **values: object) -> str:
        """A page of the town itself."""
        return self._templates[template].render(town=f"{self.base_url}/", websites=WEBSITES, **values)

    def cinema_page(self, website: CinemaWebsite, template: str, **values: object) -> str:
        """A page of a cinema's website, by the name of a template in its folder."""
        return self._templates[f"{website.folder}/{template}"].render(
            site=website, home=self.home(website), town=f"{self.base_url}/", **values
        )


def read_static_files() -> dict[str, tuple[bytes, str]]:
    """Style sheets and posters: path on the host → (content, content type)."""
    root = resources.files(PACKAGE)
    found = {"/style.css": ((root / "templates" / "style.css").read_bytes(), "text/css")}
    for website in WEBSITES:
        style = root / "sites" / website.folder / "style.css"
        found[f"/{website.slug}/style.css"] = (style.read_bytes(), "text/css")
    for poster in _with_suffix(root / "posters", ".webp"):
        found[f"/posters/{poster.name}"] = (poster.read_bytes(), "image/webp")
    return found


def _with_suffix(folder: Traversable, suffix: str) -> list[Traversable]:
    return [entry for entry in folder.iterdir() if entry.name.endswith(suffix)]


def _environment() -> Environment:
    loader = ChoiceLoader([PackageLoader(PACKAGE, "sites"), PackageLoader(PACKAGE, "templates")])
    environment = Environment(
        loader=loader,
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["dated"] = _dated
    environment.filters["json"] = _json_filter(ensure_ascii=False)
    environment.filters["ascii_json"] = _json_filter(ensure_ascii=True)
    return environment


def _dated(day: date, pattern: str, locale: str) -> str:
    """A date by a CLDR pattern ("EEEE, d MMMM")."""
    return format_date(day, pattern, locale=locale)


def _json_filter(*, ensure_ascii: bool) -> Callable[[object], Markup]:
    """JSON for a script element; with ``ensure_ascii`` every other letter becomes a backslash escape."""

    def dumps(value: object, **_: object) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii)

    return lambda value: htmlsafe_json_dumps(value, dumps=dumps)

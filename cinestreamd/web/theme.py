"""A site's own look: its templates and static files in the place of the product's.

A theme's templates see what the product's see, and run in a sandbox. One that fails is passed over: the page comes as
the product makes it, and the log says what is wrong.
"""

from collections.abc import Mapping, Sequence

import structlog

from cinestreamd.feature import Feature
from cinestreamd.i18n import Language
from cinestreamd.web.assets import Assets
from cinestreamd.web.rendering import Templates

log = structlog.get_logger()


class ThemedTemplates(Templates):
    """The product's templates with a theme's; ``otherwise`` renders what the theme cannot."""

    def __init__(
        self, features: Sequence[Feature], assets: Assets, theme: Mapping[str, str], *, otherwise: Templates
    ) -> None:
        super().__init__(features, assets, theme=theme)
        self._otherwise = otherwise
        self._told: set[str] = set()

    @property
    def plain(self) -> Templates:
        """The product's own."""
        return self._otherwise

    def render(self, name: str, language: Language, context: Mapping[str, object]) -> bytes:
        """The template ``name`` with ``context``, as UTF-8."""
        try:
            return super().render(name, language, context)
        except Exception as error:  # noqa: BLE001 - a theme's template may raise anything at all
            self._tell(name, f"{type(error).__name__}: {error}"[:300])
            return self._otherwise.render(name, language, context)

    def _tell(self, name: str, problem: str) -> None:
        """Once a template: it may fail with every request."""
        if name not in self._told:
            self._told.add(name)
            log.error("theme_failed", template=name, problem=problem)


def part_of(theme: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """The files of one of a theme's two folders, by their paths in it."""
    return {path.removeprefix(f"{folder}/"): data for path, data in theme.items() if path.startswith(f"{folder}/")}

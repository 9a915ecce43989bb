"""The recipes of one cinema: a reader before any model, and what is learned from an answer."""

from collections.abc import Sequence
from typing import Final

import structlog

from cinestreamd.agent.model import Page, ReadContext, Reading
from cinestreamd.agent.recipes.compiler import compile_rules
from cinestreamd.agent.recipes.replay import read_by_recipe
from cinestreamd.agent.recipes.rules import decode_rules, encode_rules
from cinestreamd.agent.verify import Verified
from cinestreamd.store.base import Cinema
from cinestreamd.store.memory import Recipe

MOST_RECIPES: Final = 6
# An answer of which more than this share was refused teaches nothing.
MOST_REFUSED: Final = 0.1

log = structlog.get_logger()


class Cookbook:
    """What one run knows and learns of how a cinema's pages are read."""

    def __init__(self, cinema: Cinema, recipes: Sequence[Recipe], *, run_id: str) -> None:
        self._cinema = cinema
        self._recipes = list(recipes)
        self._run_id = run_id
        self._changed = False

    @property
    def learned(self) -> tuple[Recipe, ...] | None:
        """The recipes to keep from now on, None where nothing has changed."""
        return tuple(self._recipes) if self._changed else None

    def read(self, page: Page, context: ReadContext) -> tuple[Reading, Verified] | None:
        """The page by the first recipe that fits it: that of its own address before those of the cinema's others."""
        if "html" not in page.content_type:
            return None
        for recipe in sorted(self._recipes, key=lambda recipe: recipe.url != page.url):
            rules = decode_rules(recipe.rules)
            if rules is None:
                continue
            read = read_by_recipe(rules, page, self._cinema, context, rows=recipe.rows)
            if read is not None:
                return read
            log.info("recipe_does_not_fit", cinema=self._cinema.id, run=self._run_id)
        return None

    def learn(self, page: Page, reading: Reading, verified: Verified, context: ReadContext) -> None:
        """Replace the recipe of a page by what an answer teaches; one that no longer fits goes in any case."""
        kept = [recipe for recipe in self._recipes if recipe.url != page.url]
        refused = sum(refusal.reason not in ("in_the_past", "duplicate") for refusal in verified.refusals)
        rules = None
        if refused <= MOST_REFUSED * len(reading.candidates):
            rules = compile_rules(page, verified.showings, self._cinema, context)
        if rules is not None:
            recipe = Recipe(
                cinema_id=self._cinema.id,
                url=page.url,
                rules=encode_rules(rules),
                rows=len(verified.showings),
                compiled_at=context.now,
                run_id=self._run_id,
            )
            kept.insert(0, recipe)
            log.info("recipe_compiled", cinema=self._cinema.id, run=self._run_id, rows=recipe.rows)
        if kept != self._recipes:
            self._recipes, self._changed = kept[:MOST_RECIPES], True

    def is_day_bound(self, page: Page, reading: Reading, tomorrow: ReadContext) -> bool:
        """Whether the same text would be taken for other days tomorrow."""
        later = self.read(page, tomorrow)
        return later is None or _days(later[0]) != _days(reading)


def _days(reading: Reading) -> list[tuple[object, ...]]:
    return [(row.title, row.day, row.clock) for row in reading.candidates]

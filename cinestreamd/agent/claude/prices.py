"""What models cost, by date: one table. Money is whole millionths of a US dollar.

Dollars per million tokens are millionths of a dollar per token.

Source of the figures: Anthropic's public price list, read in November 2026. Add a row when a price
changes; never edit one.
"""

from datetime import date
from fractions import Fraction
from math import ceil
from typing import Final

from msgspec import Struct

# The names that a site's settings may use, and the models that they mean.
MODELS: Final[dict[str, str]] = {"haiku": "claude-haiku-5-5", "sonnet": "claude-sonnet-5-5"}
DEFAULT_MODEL: Final = "haiku"
LEAST_PROMPT: Final = 5_000
LEAST_ANSWER: Final = 16_000
"""What is reserved at least for a page that is to be read: tokens of the prompt and of the answer."""

SEARCH_PRICE: Final = 10_000
"""One web search."""

CACHE_READ: Final = Fraction(1, 10)
CACHE_WRITE: Final = Fraction(5, 4)
BATCH: Final = Fraction(1, 2)


class Band(Struct, frozen=True):
    """Dollars per million tokens in and out for requests of at most ``up_to`` prompt tokens, from ``since`` on."""

    model: str
    since: date
    up_to: int | None
    tokens_in: Fraction
    tokens_out: Fraction


PRICES: Final[tuple[Band, ...]] = (
    Band("claude-haiku-5-5", date(2026, 1, 1), 100_000, Fraction(1, 10), Fraction(1, 2)),
    Band("claude-haiku-5-5", date(2026, 1, 1), None, Fraction(1, 2), Fraction(5, 2)),
    Band("claude-sonnet-5-5", date(2026, 1, 1), None, Fraction(2), Fraction(10)),
)
# What a model without a known price counts as against the caps: dearer than any in the table.
UNPRICED: Final = Band("", date.min, None, Fraction(30), Fraction(150))


class Usage(Struct, frozen=True, kw_only=True):
    """What a reply says was used."""

    tokens_in: int = 0
    tokens_out: int = 0
    cache_read: int = 0
    cache_written: int = 0
    searches: int = 0

    @property
    def prompt(self) -> int:
        """All tokens of the prompt, however they are billed."""
        return self.tokens_in + self.cache_read + self.cache_written


def model_id(name: str) -> str:
    """The model that a site's ``CLAUDE_MODEL`` means: one of the short names, or an exact id."""
    return MODELS.get(name.strip().lower(), name.strip()) or MODELS[DEFAULT_MODEL]


def is_priced(model: str) -> bool:
    """Whether the table knows what the model costs."""
    return any(band.model == model for band in PRICES)


def cost_of(model: str, usage: Usage, *, on: date, batched: bool = False) -> int | None:
    """The price of a usage on a day, rounded up; None for a model without a known price."""
    return counted_cost(model, usage, on=on, batched=batched) if is_priced(model) else None


def least_cost(model: str) -> int:
    """What must be left at least for a page to be read; for a model of several prices, the dearest of its cheapest."""
    usage = Usage(tokens_in=LEAST_PROMPT, tokens_out=LEAST_ANSWER)
    days = [band.since for band in PRICES if band.model == model] or [date.min]
    return max(counted_cost(model, usage, on=day) for day in days)


def counted_cost(model: str, usage: Usage, *, on: date, batched: bool = False) -> int:
    """What a usage counts against the caps: its price, or a deliberately high one where none is known."""
    band = _band(model, usage.prompt, on)
    tokens = (
        usage.tokens_in * band.tokens_in
        + usage.cache_read * band.tokens_in * CACHE_READ
        + usage.cache_written * band.tokens_in * CACHE_WRITE
        + usage.tokens_out * band.tokens_out
    )
    return ceil(tokens * (BATCH if batched else 1)) + usage.searches * SEARCH_PRICE


def _band(model: str, prompt: int, on: date) -> Band:
    bands = [band for band in PRICES if band.model == model and band.since <= on]
    if not bands:
        return UNPRICED
    newest = max(band.since for band in bands)
    fitting = [b for b in bands if b.since == newest and (b.up_to is None or prompt <= b.up_to)]
    return min(fitting, key=lambda band: band.tokens_in) if fitting else UNPRICED

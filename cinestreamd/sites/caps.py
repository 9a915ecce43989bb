"""What calls of Claude may cost, in the store's unit."""

from typing import Final

from cinestreamd.config import ClaudeSettings
from cinestreamd.store.spending import Caps, Spent

MILLIONTHS: Final = 1_000_000


def caps_of(settings: ClaudeSettings) -> Caps:
    """A site's own caps."""
    return Caps(
        call=_millionths(settings.call_usd),
        city_day=_millionths(settings.city_day_usd),
        day=_millionths(settings.day_usd),
        month=_millionths(settings.month_usd),
    )


def common_caps(settings: ClaudeSettings) -> Spent:
    """The caps of all sites together."""
    return Spent(day=_millionths(settings.all_sites_day_usd), month=_millionths(settings.all_sites_month_usd))


def _millionths(dollars: float) -> int:
    return round(dollars * MILLIONTHS)

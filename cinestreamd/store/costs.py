"""What calls of Claude cost, added up. Amounts are kept in millionths of a US dollar."""

import calendar
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Final

from msgspec import Struct

from cinestreamd.store.spending import ModelCall, Spent

DAY_SECONDS: Final = 86_400


class Cost(Struct, frozen=True, kw_only=True):
    """What some calls of Claude have cost.

    ``microusd`` is the price of what was used, as far as it is known; ``counted`` is what counts against the caps, open
    reservations included. ``unpriced`` calls are those of a model without a known price: they count in tokens alone.
    ``simulated``: at least one of them was answered by no real model.
    """

    calls: int
    tokens_in: int
    tokens_out: int
    searches: int
    microusd: int
    counted: int
    unpriced: int
    simulated: bool

    def text(self) -> str:
        """The cost in words: never "$0" for what has no known price."""
        known = self.calls - self.unpriced
        parts = [dollars(self.microusd)] if known else []
        parts += [f"{self.unpriced} unpriced"] if self.unpriced else []
        return " + ".join(parts) + (" (simulated)" if self.simulated else "")


def cost_of_calls(calls: Iterable[ModelCall]) -> Cost:
    """The sums of some calls."""
    found = list(calls)
    return Cost(
        calls=len(found),
        tokens_in=sum(call.tokens_in + call.tokens_cached + call.tokens_cache_written for call in found),
        tokens_out=sum(call.tokens_out for call in found),
        searches=sum(call.searches for call in found),
        microusd=sum(call.cost or 0 for call in found),
        counted=sum(counted(call) for call in found),
        unpriced=sum(call.cost is None for call in found),
        simulated=any(call.simulated for call in found),
    )


def counted(call: ModelCall) -> int:
    """What a call counts against the caps: while it is open, all that was reserved for it."""
    return call.reserved if call.outcome == "open" else call.counted


def dollars(microusd: float) -> str:
    """An amount as "$1.2346"."""
    return f"${microusd / 1e6:.4f}"


class Sums(Struct, frozen=True, kw_only=True):
    """What counts against caps, in millionths of a US dollar; ``projection`` is the month's sum at this rate."""

    today: int
    month: int
    projection: int
    day_cap: int
    month_cap: int


def beginning(now: datetime, *, month: bool) -> datetime:
    """When the UTC day, or the month, of ``now`` began."""
    today = now.astimezone(UTC).date()
    return datetime.combine(today.replace(day=1) if month else today, time(), UTC)


def sums_of(spent: Spent, now: datetime, caps: Spent) -> Sums:
    """What was spent, and what the month comes to if it goes on like that; its first day counts whole."""
    elapsed = max((now - beginning(now, month=True)).total_seconds(), DAY_SECONDS)
    whole = calendar.monthrange(now.year, now.month)[1] * DAY_SECONDS
    return Sums(
        today=spent.day,
        month=spent.month,
        projection=round(spent.month * whole / elapsed),
        day_cap=caps.day,
        month_cap=caps.month,
    )

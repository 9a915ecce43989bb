"""What Claude costs a site: by day, city and stage, against the caps, and what the month will come to."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec import Struct

from cinestreamd.config import ClaudeSettings
from cinestreamd.features.console.charts import SpendingChart, spending_chart
from cinestreamd.sites.caps import caps_of
from cinestreamd.store.base import Store
from cinestreamd.store.costs import Cost, Sums, beginning, cost_of_calls, counted, sums_of
from cinestreamd.store.spending import Caps, ClaudeState, ModelCall, Spent

DAYS: Final = 30
MOST_CALLS: Final = 20_000


class Part(Struct, frozen=True, kw_only=True):
    """What some calls have in common, and what they cost."""

    name: str
    cost: Cost


class Spending(Struct, frozen=True, kw_only=True):
    """The page of money. ``days`` are the last with any call, newest first; cities and stages are of this month."""

    chart: SpendingChart
    days: Sequence[tuple[date, Mapping[str, int], Cost]]
    cities: Sequence[Part]
    stages: Sequence[Part]
    sums: Sums
    caps: Caps
    state: ClaudeState | None
    is_all: bool


async def read_spending(store: Store, claude: ClaudeSettings, now: datetime) -> Spending:
    """Add up what the calls of the last days have cost."""
    today = now.astimezone(UTC).date()
    month = beginning(now, month=True)
    since = min(month, beginning(now - timedelta(days=DAYS - 1), month=False))
    calls = await store.calls(since=since, limit=MOST_CALLS)
    caps = caps_of(claude)
    by_day: dict[date, list[ModelCall]] = defaultdict(list)
    for call in calls:
        by_day[call.started_at.astimezone(UTC).date()].append(call)
    amounts = {day: _by_stage(some) for day, some in by_day.items()}
    of_month = [call for call in calls if call.started_at >= month]
    return Spending(
        chart=spending_chart(amounts, last=today, count=DAYS, cap=caps.day),
        days=[(day, amounts[day], cost_of_calls(by_day[day])) for day in sorted(by_day, reverse=True)],
        cities=_parts(of_month, lambda call: call.city_id),
        stages=_parts(of_month, lambda call: call.stage),
        sums=sums_of(await store.spent(now), now, Spent(day=caps.day, month=caps.month)),
        caps=caps,
        state=await store.claude_state(),
        is_all=len(calls) < MOST_CALLS,
    )


def _by_stage(calls: Sequence[ModelCall]) -> Mapping[str, int]:
    amounts: dict[str, int] = defaultdict(int)
    for call in calls:
        amounts[call.stage] += counted(call)
    return dict(amounts)


def _parts(calls: Sequence[ModelCall], name_of: Callable[[ModelCall], str]) -> list[Part]:
    groups: dict[str, list[ModelCall]] = defaultdict(list)
    for call in calls:
        groups[name_of(call)].append(call)
    parts = [Part(name=name, cost=cost_of_calls(some)) for name, some in groups.items()]
    return sorted(parts, key=lambda part: (-part.cost.counted, part.name))

"""One look at a site: its processes, how fresh its cities are, how it stands with Claude, and what happened last."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from cinestreamd.config import ClaudeSettings
from cinestreamd.features.console.cities import CityRow
from cinestreamd.site_state import SiteState
from cinestreamd.sites.caps import caps_of
from cinestreamd.store.base import Run, Stats, Store
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.spending import Caps, ClaudeState, Spent

LATEST: Final = 8


class Overview(Struct, frozen=True, kw_only=True):
    """What the first page shows. ``state`` is None when the master does not tell; ``ailing`` are cities that fail."""

    state: SiteState | None
    stats: Stats
    statuses: Mapping[str, int]
    ailing: Sequence[CityRow]
    claude: ClaudeState | None
    spent: Spent
    caps: Caps
    runs: Sequence[Run]
    journal: Sequence[JournalEntry]


async def read_overview(
    store: Store, *, state: SiteState | None, cities: Sequence[CityRow], claude: ClaudeSettings, now: datetime
) -> Overview:
    """Put the overview together."""
    return Overview(
        state=state,
        stats=await store.stats(now=now, days=1),
        statuses=Counter(row.status for row in cities if row.known),
        ailing=[row for row in cities if row.failures],
        claude=await store.claude_state(),
        spent=await store.spent(now),
        caps=caps_of(claude),
        runs=await store.runs(limit=LATEST),
        journal=await store.journal(limit=LATEST),
    )

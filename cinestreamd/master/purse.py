"""What one site's agents may spend on Claude: judged, and held in the common account, before an agent is started.

The master never opens ``agent.env``. Whether there is a key it knows from what the agents wrote into the store.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import structlog
from msgspec import Struct

from cinestreamd.agent.claude.prices import DEFAULT_MODEL, least_cost, model_id
from cinestreamd.config import Settings
from cinestreamd.errors import CinestreamError
from cinestreamd.master.account import Account, Held, room_in
from cinestreamd.sites.caps import caps_of, common_caps
from cinestreamd.sites.model import Site
from cinestreamd.store.base import Store
from cinestreamd.store.spending import CLAUDE, SIMULATED_CLAUDE, BreakerReason, ClaudeState

Reason = Literal[
    "breaker_unauthorised", "breaker_spend_limit", "city_day", "day", "month", "all_sites_day", "all_sites_month",
    "others_hold_it", "account",
]  # fmt: skip

BREAKERS: Final[dict[BreakerReason, Reason]] = {
    "unauthorised": "breaker_unauthorised",
    "spend_limit": "breaker_spend_limit",
}
SOON: Final = timedelta(minutes=1)
"""When to ask again for what others hold at the moment, or what could not be judged."""

IN_FLIGHT: Final = timedelta(minutes=5)
"""A call that is open for longer was left open by an agent that died."""

READ_LATELY: Final = timedelta(days=14)
"""Showtimes read without Claude in this time tell that a city can be read without it."""

MANY_CALLS: Final = 10_000

log = structlog.get_logger()


class Closed(Struct, frozen=True):
    """Why nothing can be paid now, and when to ask again."""

    reason: Reason
    until: datetime


class Purse:
    """What the agents of one site may spend. ``wall`` tells the UTC moment."""

    def __init__(self, store: Store, account: Account, wall: Callable[[], datetime]) -> None:
        self.store = store
        self._account = account
        self._wall = wall

    async def closed_to(self, site: Site, settings: Settings, city_id: str) -> Closed | None:
        """Why no agent is to be started for a city: only Claude could read it, and cannot be paid now.

        None where Claude can be paid, where the site makes no use of Claude, and where cinemas can be read without.
        """
        state = await self._known(site)
        if not self._is_used(site, settings, state):
            return None
        closed = await self._closed(site, settings, city_id, state)
        return closed if closed is not None and await self._only_claude_helps(site, city_id) else None

    async def hold(self, site: Site, settings: Settings, city_id: str, *, run_id: str, owner: str) -> int:
        """Hold an allowance for a run, as much as all caps leave; 0 when nothing can be paid."""
        state = await self._known(site)
        if not self._is_used(site, settings, state):
            return 0
        if await self._closed(site, settings, city_id, state) is not None:
            return 0
        wanted = min(await self._rooms(settings, city_id))
        held = Held(site=site.name, owner=owner, amount=wanted, since=self._wall())
        try:
            return await asyncio.to_thread(
                self._account.hold, run_id, held, least=_cheapest(state), caps=common_caps(settings.claude)
            )
        except CinestreamError as error:
            log.error("account_unusable", problem=str(error))  # noqa: TRY400 - the problem is all there is to say
            return 0

    async def settle(self, run_id: str) -> None:
        """Put what a run has really spent in place of its allowance; calls that are open count what they reserved."""
        calls = await self.store.calls(run_id=run_id, limit=MANY_CALLS)
        spent = sum(call.reserved if call.outcome == "open" else call.counted for call in calls)
        await asyncio.to_thread(self._account.settle, run_id, spent)

    async def settle_dead(self, site: str, *, place: str, instance: str) -> None:
        """Settle what runs of earlier daemons of this place still hold for a site."""
        book = await asyncio.to_thread(self._account.read)
        for run_id, held in book.held.items():
            if held.site == site and held.owner.startswith(place) and not held.owner.startswith(instance):
                await self.settle(run_id)

    async def overview(self, site: Site, settings: Settings) -> dict[str, Any]:
        """How the site stands with Claude, for ``status``: never the key; ``key`` is None until an agent has looked."""
        state, now = await self._known(site), self._wall()
        spent, caps = await self.store.spent(now), caps_of(settings.claude)
        broken = state is not None and state.retry_at is not None and state.retry_at > now
        return {
            "key": False if _changed_at(site) is None else (None if state is None else state.has_key),
            "model": state.model if state is not None and state.has_key else None,
            "priced": state.priced if state is not None and state.has_key else None,
            "simulated": state is not None and state.simulated,
            "problem": state.problem if state is not None else "",
            "breaker": state.breaker if state is not None and broken else None,
            "retry_at": state.retry_at if state is not None and broken else None,
            "today": spent.day,
            "day_cap": caps.day,
            "month": spent.month,
            "month_cap": caps.month,
        }

    async def _known(self, site: Site) -> ClaudeState | None:
        """What agents found, unless ``agent.env`` is newer than that."""
        state = await self.store.claude_state()
        changed = _changed_at(site)
        return state if state is not None and changed is not None and changed <= state.checked_at else None

    def _is_used(self, site: Site, settings: Settings, state: ClaudeState | None) -> bool:
        """Whether the site has, or may have, a key, and its caps leave room for any call at all."""
        if _changed_at(site) is None or (state is not None and not state.has_key):
            return False
        return _cheapest(state) <= _smallest_cap(settings)

    async def _closed(self, site: Site, settings: Settings, city_id: str, state: ClaudeState | None) -> Closed | None:
        now = self._wall()
        if state is not None and state.breaker is not None and state.retry_at is not None and state.retry_at > now:
            return Closed(BREAKERS[state.breaker], state.retry_at)
        try:
            book = await asyncio.to_thread(self._account.read)
        except CinestreamError as error:
            log.error("account_unusable", site=site.name, problem=str(error))  # noqa: TRY400 - as above
            return Closed("account", now + SOON)
        city, day, month = await self._rooms(settings, city_id)
        caps, least = common_caps(settings.claude), self._least(settings, state)
        limits: tuple[tuple[Reason, int, int, datetime], ...] = (
            ("city_day", city, _cheapest(state), _tomorrow(now)),
            ("month", month, least, _next_month(now)),
            ("all_sites_month", caps.month - book.month_spent, least, _next_month(now)),
            ("day", day, least, _tomorrow(now)),
            ("all_sites_day", caps.day - book.day_spent, least, _tomorrow(now)),
            ("others_hold_it", room_in(book, caps), least, now + SOON),
        )
        for reason, room, need, until in limits:
            if room < need:
                passing = reason in {"city_day", "day", "month"} and room + await self._in_flight() >= need
                return Closed(reason, now + SOON if passing else until)
        return None

    async def _in_flight(self) -> int:
        """What calls under way have reserved: most of it is free again in a moment."""
        calls = await self.store.calls(since=self._wall() - IN_FLIGHT, limit=MANY_CALLS)
        return sum(call.reserved for call in calls if call.outcome == "open" and not call.batched)

    async def _rooms(self, settings: Settings, city_id: str) -> tuple[int, int, int]:
        """What the caps of the city's day, the site's day and its month leave."""
        now = self._wall()
        caps, spent = caps_of(settings.claude), await self.store.spent(now)
        midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        calls = await self.store.calls(city_id=city_id, since=midnight, limit=MANY_CALLS)
        in_city = sum(call.reserved if call.outcome == "open" else call.counted for call in calls)
        return caps.city_day - in_city, caps.day - spent.day, caps.month - spent.month

    def _least(self, settings: Settings, state: ClaudeState | None) -> int:
        """Less than this is as good as nothing: what a call needs at least, or what one lacked today.

        A call that would not fit into untouched caps either tells nothing about what is left of them.
        """
        today = self._wall().astimezone(UTC).date()
        lacked = state.lacked if state is not None and state.lacked_on == today else 0
        return max(_cheapest(state), lacked if lacked <= _smallest_cap(settings) else 0)

    async def _only_claude_helps(self, site: Site, city_id: str) -> bool:
        """Whether nothing is known of the city that readers could read by themselves."""
        known = {cinema.url for cinema in await self.store.cinemas(city_id)}
        if any(entry.city == city_id and entry.url not in known for entry in site.settings.cinemas):
            return False
        rows = await self.store.showtimes(city_id, since=self._wall() - READ_LATELY)
        return all(row.reader in {CLAUDE, SIMULATED_CLAUDE} for row in rows)


def _smallest_cap(settings: Settings) -> int:
    caps, common = caps_of(settings.claude), common_caps(settings.claude)
    return min(caps.call, caps.city_day, caps.day, caps.month, common.day, common.month)


def _cheapest(state: ClaudeState | None) -> int:
    model = model_id(DEFAULT_MODEL) if state is None else state.model
    return least_cost(model)


def _changed_at(site: Site) -> datetime | None:
    """When ``agent.env`` was changed last; None where there is none, or an empty one."""
    try:
        status = Path(site.directory, "agent.env").stat()
    except OSError:
        return None
    return datetime.fromtimestamp(status.st_mtime, UTC) if status.st_size else None


def _tomorrow(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def _next_month(now: datetime) -> datetime:
    first = now.astimezone(UTC).date().replace(day=1)
    return datetime.combine((first + timedelta(days=32)).replace(day=1), time(), UTC)

"""How a site stands with Claude: what agents found of its access, kept in the store for others and the master.

A spend limit or a key that is refused opens a breaker: no call is made for hours, unless the key changes.
"""

from datetime import timedelta
from typing import Final

import msgspec
import structlog

from cinestreamd.agent.claude.means import Means
from cinestreamd.agent.claude.prices import is_priced
from cinestreamd.store.base import StoreBusyError
from cinestreamd.store.spending import BreakerReason, ClaudeState

BREAK_FOR: Final[dict[BreakerReason, timedelta]] = {
    "unauthorised": timedelta(hours=1),
    "spend_limit": timedelta(hours=6),
}

log = structlog.get_logger()


class Standing:
    """The standing of one run's access. ``closed_because`` says why no call is made, None while calls may be."""

    def __init__(self, means: Means, *, run_id: str) -> None:
        self.closed_because: str | None = None
        self._means = means
        self._run_id = run_id

    async def look(self) -> None:
        """Write down how the access is, and learn whether calls may be made."""
        access, now = self._means.access, self._means.clock()
        known = await self._means.store.claude_state()
        state = self._state()
        if known is not None and known.breaker is not None and known.key_mark == access.key_mark:
            state = msgspec.structs.replace(
                state, breaker=known.breaker, broken_at=known.broken_at, retry_at=known.retry_at
            )
            if known.retry_at is not None and known.retry_at > now:
                self.closed_because = f"breaker_{known.breaker}"
        if not access.key:
            self.closed_because = "no_key"
        if known is not None:
            state = msgspec.structs.replace(state, lacked=known.lacked, lacked_on=known.lacked_on)
        await self._keep(state)

    async def open_breaker(self, reason: BreakerReason) -> None:
        """Make no further calls, in this run or in others, until hours have passed or the key changes."""
        now = self._means.clock()
        self.closed_because = f"breaker_{reason}"
        log.warning("claude_breaker_opened", reason=reason, run=self._run_id)
        broken = msgspec.structs.replace(
            self._state(), has_key=True, breaker=reason, broken_at=now, retry_at=now + BREAK_FOR[reason]
        )
        await self._means.store.set_claude_state(broken)

    async def close_breaker(self) -> None:
        """A call has been answered: whatever was wrong is over."""
        state = await self._means.store.claude_state()
        if state is not None and state.breaker is not None:
            await self._means.store.set_claude_state(
                msgspec.structs.replace(state, breaker=None, broken_at=None, retry_at=None)
            )

    async def lack(self, needed: int) -> None:
        """Write down that the caps left less than a call needs, so that no agent is started for so little."""
        state, today = await self._means.store.claude_state(), self._means.clock().date()
        if state is not None:
            least = min(needed, state.lacked) if state.lacked_on == today and state.lacked else needed
            await self._keep(msgspec.structs.replace(state, lacked=least, lacked_on=today))

    def _state(self) -> ClaudeState:
        access = self._means.access
        return ClaudeState(
            checked_at=self._means.clock(),
            has_key=bool(access.key),
            model=access.model,
            priced=is_priced(access.model),
            simulated=access.simulated,
            key_mark=access.key_mark,
        )

    async def _keep(self, state: ClaudeState) -> None:
        """Replace the state of the access; what a busy store does not take, the next run writes."""
        try:
            await self._means.store.set_claude_state(state)
        except StoreBusyError:
            log.warning("claude_state_not_kept", run=self._run_id)

"""One call of Claude: reserved before, made with patience, settled after, and in the ledger whatever happens."""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.claude.access import Access
from cinestreamd.agent.claude.client import CallError, Client, Reply, Request
from cinestreamd.agent.claude.prices import BATCH, Usage, cost_of, counted_cost, is_priced
from cinestreamd.store.base import Store, StoreBusyError
from cinestreamd.store.spending import BreakerReason, CallOutcome, Caps, ClaudeState, ModelCall, Stage

ATTEMPTS: Final = 4
DROPS: Final = 2
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 20.0
BREAK_FOR: Final[dict[BreakerReason, timedelta]] = {
    "unauthorised": timedelta(hours=1),
    "spend_limit": timedelta(hours=6),
}
# Beyond its own text a request costs what the server adds to it: the schema's grammar, tools, framing.
OVERHEAD_TOKENS: Final = 4_000

log = structlog.get_logger()

T = TypeVar("T")


class NotCalledError(Exception):
    """No call was made, or none brought a reply. ``reason`` is a short code for the run's record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Tally(Struct, kw_only=True):
    """What one run has used so far."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0
    counted: int = 0
    calls: int = 0


class Purpose(Struct, frozen=True, kw_only=True):
    """What a call is for: the stage, and the cinema if it is for one. ``searches`` is how many it may make."""

    stage: Stage
    cinema_id: str | None = None
    searches: int = 0
    prompt_bound: int = 0
    """What the server may add to the prompt beyond the request, in tokens: the results of searches."""


class Means(Struct, frozen=True, kw_only=True):
    """What calls are made with. ``allowance`` is the most that this run may spend; ``left`` the seconds that it has."""

    client: Client
    access: Access
    store: Store
    caps: Caps
    allowance: int
    timeout: float
    clock: Callable[[], datetime]
    left: Callable[[], float]
    sleep: Callable[[float], Any] = asyncio.sleep
    titles: bool = False
    """Whether films' titles in other languages are asked for."""
    batches: bool = False
    """Whether pages of the daily refresh are handed over as batches."""


class Caller:
    """Makes the calls of one run."""

    def __init__(self, means: Means, *, run_id: str, city_id: str) -> None:
        self._means = means
        self._run_id = run_id
        self._city_id = city_id
        self.tally = Tally()
        self._open = 0
        self._closed_because: str | None = None

    @property
    def access(self) -> Access:
        """Which model answers."""
        return self._means.access

    @property
    def asks_for_titles(self) -> bool:
        """Whether films' titles are asked for: by the settings, and of a real model only."""
        return self._means.titles and not self._means.access.simulated

    @property
    def hands_over(self) -> bool:
        """Whether pages of the daily refresh are handed over as batches: by the settings, and to a real model only."""
        return self._means.batches and not self._means.access.simulated

    async def look(self) -> None:
        """Write down how the access is, and learn whether calls may be made."""
        access, now = self._means.access, self._means.clock()
        known = await self._means.store.claude_state()
        state = ClaudeState(
            checked_at=now,
            has_key=bool(access.key),
            model=access.model,
            priced=is_priced(access.model),
            simulated=access.simulated,
            key_mark=access.key_mark,
        )
        if known is not None and known.breaker is not None and known.key_mark == access.key_mark:
            state = msgspec.structs.replace(
                state, breaker=known.breaker, broken_at=known.broken_at, retry_at=known.retry_at
            )
            if known.retry_at is not None and known.retry_at > now:
                self._closed_because = f"breaker_{known.breaker}"
        if not access.key:
            self._closed_because = "no_key"
        if known is not None:
            state = msgspec.structs.replace(state, lacked=known.lacked, lacked_on=known.lacked_on)
        await self._keep(state)

    async def close(self) -> None:
        """Let go of connections."""
        await self._means.client.close()

    @property
    def may_call(self) -> bool:
        """Whether a call could be made at all."""
        return self._closed_because is None

    @property
    def closed_because(self) -> str:
        """Why no call is made."""
        return self._closed_because or ""

    async def call(self, request: Request, purpose: Purpose) -> tuple[ModelCall, Reply]:
        """Make one call; returns its record as far as it is known, to be settled by ``finish``.

        Raises:
            NotCalledError: a cap, the breaker, the time or the server is against it. It is settled by then.
        """
        drops = 0
        while True:
            record = await self.reserve(request, purpose)
            began = self._means.clock()
            try:
                reply = await self._persist(lambda seconds: self._means.client.send(request, seconds=seconds))
            except CallError as error:
                await self._settle_failure(record, error, seconds=self._since(began))
                if error.outcome == "dropped" and drops < DROPS:
                    drops += 1
                    continue
                raise NotCalledError(f"claude_{error.outcome}") from None
            except BaseException:
                await self._settle_failure(record, CallError("timeout", billed=True), seconds=self._since(began))
                raise
            return self.priced(record, reply.usage, seconds=self._since(began)), reply

    async def reserve(self, request: Request, purpose: Purpose, *, batched: bool = False) -> ModelCall:
        """Reserve the most that a call can cost.

        Raises:
            NotCalledError: something is against it; nothing was reserved.
        """
        if self._closed_because is not None:
            raise NotCalledError(self._closed_because)
        access = self._means.access
        worst = self._worst_case(request, purpose, batched=batched)
        if self.tally.counted + self._open + worst > self._means.allowance:
            await self._lack(worst, purpose)
            raise NotCalledError("budget_allowance")
        self._open += worst
        record = ModelCall(
            id=secrets.token_hex(8),
            run_id=self._run_id,
            city_id=self._city_id,
            cinema_id=purpose.cinema_id,
            stage=purpose.stage,
            model=access.model,
            started_at=self._means.clock(),
            reserved=worst,
            batched=batched,
            simulated=access.simulated,
        )
        cap = await self._means.store.reserve_call(record, self._means.caps)
        if cap is not None:
            self._open -= worst
            if cap in ("day", "month"):
                await self._lack(worst, purpose)
            log.info("call_over_cap", cap=cap, stage=purpose.stage, run=self._run_id)
            raise NotCalledError(f"budget_{cap}")
        return record

    def priced(self, record: ModelCall, usage: Usage, *, seconds: float = 0.0) -> ModelCall:
        """The record with what was used, not settled yet."""
        day = record.started_at.date()
        return msgspec.structs.replace(
            record,
            outcome="ok",
            cost=cost_of(record.model, usage, on=day, batched=record.batched),
            counted=counted_cost(record.model, usage, on=day, batched=record.batched),
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            tokens_cached=usage.cache_read,
            tokens_cache_written=usage.cache_written,
            searches=usage.searches,
            seconds=round(seconds, 3),
        )

    async def finish(
        self,
        record: ModelCall,
        *,
        outcome: CallOutcome = "ok",
        proposed: int = 0,
        kept: int = 0,
        refused: Mapping[str, int] | None = None,
    ) -> None:
        """Settle a call whose usage is known."""
        settled = msgspec.structs.replace(
            record, outcome=outcome, proposed=proposed, kept=kept, refused=dict(refused or {})
        )
        self._open = max(0, self._open - record.reserved)
        self.tally.tokens_in += settled.tokens_in + settled.tokens_cached + settled.tokens_cache_written
        self.tally.tokens_out += settled.tokens_out
        self.tally.cost += settled.cost or 0
        self.tally.counted += settled.counted
        self.tally.calls += 1
        await self._means.store.settle_call(settled)

    async def submit(self, requests: Mapping[str, Request], calls: Sequence[ModelCall]) -> str:
        """Hand over a batch, for which ``calls`` were reserved by ``reserve``; returns its id.

        Raises:
            NotCalledError: it was not taken; the calls are settled by then.
        """
        try:
            return await self._persist(lambda seconds: self._means.client.submit(requests, seconds=seconds))
        except CallError as error:
            for call in calls:
                await self._settle_failure(call, error, seconds=0.0)
            raise NotCalledError(f"claude_{error.outcome}") from None

    async def collect(self, batch_id: str) -> Mapping[str, Reply | CallOutcome] | None:
        """What came of a batch, None while it is on its way. Asking costs nothing.

        Raises:
            NotCalledError: it could not be asked for.
        """
        try:
            return await self._persist(lambda seconds: self._means.client.collect(batch_id, seconds=seconds))
        except CallError as error:
            raise NotCalledError(f"claude_{error.outcome}") from None

    async def release(self, record: ModelCall) -> None:
        """Give back what was reserved for a call that was never made."""
        await self._settle_failure(record, CallError("cancelled"), seconds=0.0)

    async def _persist(self, send: Callable[[float], Awaitable[T]]) -> T:
        """Send until there is an answer, as long as failures cost nothing and there is time."""
        for attempt in range(ATTEMPTS):
            left = self._means.left()
            if left <= 1.0:
                raise CallError("timeout")
            try:
                return await send(min(self._means.timeout, left))
            except CallError as error:
                if error.outcome in ("unauthorised", "spend_limit"):
                    await self._break(error.outcome)
                    raise
                pause = _pause(attempt, error)
                again = error.outcome in ("rate_limited", "overloaded", "server_error")
                if not again or attempt + 1 == ATTEMPTS or pause >= self._means.left():
                    raise
                log.info("call_put_off", outcome=error.outcome, seconds=round(pause, 1), run=self._run_id)
                await self._means.sleep(pause)
        raise CallError("overloaded")

    async def _break(self, reason: BreakerReason) -> None:
        """Make no further calls, in this run or in others, until an hour or several have passed or the key changes."""
        now, access = self._means.clock(), self._means.access
        self._closed_because = f"breaker_{reason}"
        log.warning("claude_breaker_opened", reason=reason, run=self._run_id)
        await self._means.store.set_claude_state(
            ClaudeState(
                checked_at=now,
                has_key=True,
                model=access.model,
                priced=is_priced(access.model),
                simulated=access.simulated,
                key_mark=access.key_mark,
                breaker=reason,
                broken_at=now,
                retry_at=now + BREAK_FOR[reason],
            )
        )

    async def _lack(self, worst: int, purpose: Purpose) -> None:
        """Write down that the caps left less than this call needs, so that no agent is started for so little."""
        if purpose.stage == "titles":
            return  # a city can be read without them
        state, today = await self._means.store.claude_state(), self._means.clock().date()
        if state is not None:
            least = min(worst, state.lacked) if state.lacked_on == today and state.lacked else worst
            await self._keep(msgspec.structs.replace(state, lacked=least, lacked_on=today))

    async def _keep(self, state: ClaudeState) -> None:
        """Replace the state of the access; what a busy store does not take, the next run writes."""
        try:
            await self._means.store.set_claude_state(state)
        except StoreBusyError:
            log.warning("claude_state_not_kept", run=self._run_id)

    async def close_breaker(self) -> None:
        """A call has been answered: whatever was wrong is over."""
        state = await self._means.store.claude_state()
        if state is not None and state.breaker is not None:
            await self._means.store.set_claude_state(
                msgspec.structs.replace(state, breaker=None, broken_at=None, retry_at=None)
            )

    async def _settle_failure(self, record: ModelCall, error: CallError, *, seconds: float) -> None:
        """A failure that cannot have been billed costs nothing; any other counts all that was reserved."""
        self._open = max(0, self._open - record.reserved)
        counted = record.reserved if error.billed else 0
        self.tally.counted += counted
        self.tally.calls += 1
        await self._means.store.settle_call(
            msgspec.structs.replace(
                record, outcome=error.outcome, counted=counted, cost=counted, seconds=round(seconds, 3)
            )
        )

    def _worst_case(self, request: Request, purpose: Purpose, *, batched: bool) -> int:
        """The most that a request can cost: no tokenizer makes more tokens than there are bytes."""
        prompt = len(msgspec.json.encode(request)) + OVERHEAD_TOKENS + purpose.prompt_bound
        usage = Usage(tokens_in=prompt, tokens_out=int(request["max_tokens"]), searches=purpose.searches)
        whole = counted_cost(self._means.access.model, usage, on=self._means.clock().date())
        return int(whole * BATCH) + 1 if batched else whole

    def _since(self, began: datetime) -> float:
        return (self._means.clock() - began).total_seconds()


def _pause(attempt: int, error: CallError) -> float:
    """How long to wait before the next attempt: as the server says, else doubling, with some chance in it."""
    if error.retry_after is not None:
        return error.retry_after
    return float(min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE) * (0.5 + random.random() / 2))  # noqa: S311 - no secret

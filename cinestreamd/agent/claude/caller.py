"""One call of Claude: reserved before, made with patience, settled after, and in the ledger whatever happens."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.claude.access import Access
from cinestreamd.agent.claude.client import CallError, Reply, Request
from cinestreamd.agent.claude.means import Means, Purpose
from cinestreamd.agent.claude.patience import persist
from cinestreamd.agent.claude.prices import Usage, cost_of, counted_cost
from cinestreamd.agent.claude.standing import Standing
from cinestreamd.agent.claude.worst_case import LONGEST_PROMPT, halved, worst_case
from cinestreamd.store.spending import CallOutcome, ModelCall

DROPS: Final = 2

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


class Caller:
    """Makes the calls of one run."""

    def __init__(self, means: Means, *, run_id: str, city_id: str) -> None:
        self._means = means
        self._run_id = run_id
        self._city_id = city_id
        self.tally = Tally()
        self._standing = Standing(means, run_id=run_id)
        self._open = 0
        self._longest_prompt: int | None = None

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
        await self._standing.look()

    async def close(self) -> None:
        """Let go of connections."""
        await self._means.client.close()

    @property
    def may_call(self) -> bool:
        """Whether a call could be made at all."""
        return self._standing.closed_because is None

    @property
    def closed_because(self) -> str:
        """Why no call is made."""
        return self._standing.closed_because or ""

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
        if self._standing.closed_because is not None:
            raise NotCalledError(self._standing.closed_because)
        access = self._means.access
        worst = await self._worst_case(request, purpose, batched=batched)
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
        if settled.counted > record.reserved:
            log.error("call_over_reservation", stage=record.stage, model=record.model, run=self._run_id)
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

    async def close_breaker(self) -> None:
        """A call has been answered: whatever was wrong is over."""
        await self._standing.close_breaker()

    async def _persist(self, send: Callable[[float], Awaitable[T]]) -> T:
        """Send until there is an answer; what closes the access to all calls is written down."""
        try:
            return await persist(send, self._means, run_id=self._run_id)
        except CallError as error:
            if error.outcome in ("unauthorised", "spend_limit"):
                await self._standing.open_breaker(error.outcome)
            raise

    async def _lack(self, worst: int, purpose: Purpose) -> None:
        if not purpose.optional:
            await self._standing.lack(worst)

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

    async def _worst_case(self, request: Request, purpose: Purpose, *, batched: bool) -> int:
        """The most that a request can cost; where it may search, the API is asked how much the model can read."""
        longest = await self._longest() if purpose.searches else LONGEST_PROMPT
        whole = worst_case(self.access.model, request, purpose, on=self._means.clock().date(), longest_prompt=longest)
        return halved(whole) if batched else whole

    async def _longest(self) -> int:
        """The longest prompt that the model takes, in tokens. Asking costs nothing, and is done once a run."""
        if self._longest_prompt is None:
            try:
                told = await self._persist(lambda seconds: self._means.client.longest_prompt(seconds=seconds))
            except CallError as error:
                raise NotCalledError(f"claude_{error.outcome}") from None
            self._longest_prompt = told or LONGEST_PROMPT
        return self._longest_prompt

    def _since(self, began: datetime) -> float:
        return (self._means.clock() - began).total_seconds()

"""What calls of Claude cost: each call from its reservation to its settlement, the caps, and the state of the access.

Money is whole millionths of a US dollar. Days and months are of UTC.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, Literal, Protocol

from msgspec import Struct

CLAUDE: Final = "claude"
SIMULATED_CLAUDE: Final = "claude-simulated"
RECIPE: Final = "recipe"
"""The readers of rows that a model read, and of rows for which a stand-in answered in its place."""

Stage = Literal["discovery", "extraction", "titles"]
Cap = Literal["call", "city_day", "day", "month"]
CallOutcome = Literal[
    "open",
    "ok",
    "max_tokens",
    "refusal",
    "unusable",
    "rejected",
    "rate_limited",
    "overloaded",
    "server_error",
    "unauthorised",
    "spend_limit",
    "dropped",
    "timeout",
    "expired",
    "cancelled",
]
BreakerReason = Literal["unauthorised", "spend_limit"]


class ModelCall(Struct, frozen=True, kw_only=True):
    """One call of Claude. It is recorded as ``open`` when its worst case is reserved, and again when it is settled.

    ``reserved`` counts against the caps while the call is open, ``counted`` afterwards: the price of its usage, or the
    whole reservation where no usage was ever learned. A call that is never settled counts its reservation for good.
    ``cost`` is the price of the usage, None for a model without a known price. ``tokens_in`` are those neither read
    from nor written to the cache. Rows are showings for extraction, cinemas for discovery, titles for titles.
    ``simulated``: no real model answered.
    """

    id: str
    run_id: str
    city_id: str
    stage: Stage
    model: str
    started_at: datetime
    reserved: int
    cinema_id: str | None = None
    outcome: CallOutcome = "open"
    counted: int = 0
    cost: int | None = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    searches: int = 0
    seconds: float = 0.0
    proposed: int = 0
    kept: int = 0
    refused: Mapping[str, int] = {}
    batched: bool = False
    simulated: bool = False


class Caps(Struct, frozen=True, kw_only=True):
    """The most that one call, one city in a day, the site in a day and the site in a month may cost."""

    call: int
    city_day: int
    day: int
    month: int


class Spent(Struct, frozen=True, kw_only=True):
    """What a site has spent or reserved in one UTC day and in its month."""

    day: int
    month: int


class ClaudeState(Struct, frozen=True, kw_only=True):
    """How a site's agents found their access to Claude when they looked last.

    ``key_mark`` tells one key from another without giving it away. While ``breaker`` is set no call is made until
    ``retry_at``, unless the key has changed. ``lacked`` is the least that a call on the UTC day ``lacked_on`` would
    have needed and the caps no longer left. ``problem`` says why the access cannot be used at all.
    """

    checked_at: datetime
    has_key: bool
    model: str
    priced: bool
    simulated: bool = False
    key_mark: str = ""
    breaker: BreakerReason | None = None
    broken_at: datetime | None = None
    retry_at: datetime | None = None
    lacked: int = 0
    lacked_on: date | None = None
    problem: str = ""


class BatchedPage(Struct, frozen=True, kw_only=True):
    """One page of a batch as the model was shown it, so that the answer can be held against it a day later.

    ``custom_id`` names the answer, ``call`` is the open call, ``links`` are the addresses behind the link ids. A page
    may be shown in several parts; the first one has the whole page as it was fetched in ``source`` (UTF-8, zlib).
    ``cinema_url`` is where the cinema was then; empty where that was not written down.
    """

    custom_id: str
    call: ModelCall
    cinema_id: str
    url: str
    text: str
    language: str | None
    links: Mapping[str, str]
    fetched_at: datetime
    source: bytes = b""
    cinema_url: str = ""
    etag: str | None = None
    last_modified: str | None = None


class PendingBatch(Struct, frozen=True, kw_only=True):
    """Pages that were handed to the Message Batches API and whose answers have not been collected."""

    id: str
    city_id: str
    submitted_at: datetime
    pages: tuple[BatchedPage, ...]


class AwaitedBatch(Struct, frozen=True, kw_only=True):
    """A pending batch without its pages: which city waits for it, and since when."""

    id: str
    city_id: str
    submitted_at: datetime


class SpendingStore(Protocol):
    """Counting what calls of Claude cost, before and after they are made."""

    async def reserve_call(self, call: ModelCall, caps: Caps) -> Cap | None:
        """Record an open call and count its reservation; one step, whatever other processes reserve meanwhile.

        A call counts for its city in the UTC day of ``started_at``, for the site in that day, and for the site in that
        month. Where a sum with its reservation would exceed a cap, nothing is recorded and that cap is returned, the
        first of call, city_day, day, month. A call whose id is recorded already changes nothing and is None.
        """

    async def settle_call(self, call: ModelCall) -> None:
        """Put the end of an open call in place; the periods of its reservation count ``counted`` instead of it.

        ``started_at`` and ``reserved`` stay as they were recorded. A call that is settled already stays as it is; one
        that was never recorded is ignored.
        """

    async def calls(
        self,
        *,
        run_id: str | None = None,
        city_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 500,
    ) -> list[ModelCall]:
        """Calls with ``since <= started_at < until``, newest first."""

    async def spent(self, now: datetime) -> Spent:
        """What the site has spent or reserved in the UTC day and month of ``now``."""

    async def claude_state(self) -> ClaudeState | None:
        """How the agents found their access to Claude last; None before the first of them has looked."""

    async def set_claude_state(self, state: ClaudeState) -> None:
        """Replace how the agents found their access."""

    async def pending_batches(self) -> list[PendingBatch]:
        """The batches that were not collected yet, oldest first."""

    async def awaited_batches(self) -> list[AwaitedBatch]:
        """The batches that were not collected yet, oldest first, without their pages."""

    async def remember_batch(self, batch: PendingBatch) -> None:
        """Keep a batch, in place of a former one of its id."""

    async def forget_batch(self, batch_id: str) -> None:
        """Let a batch go; an unknown id changes nothing."""

"""The one place that speaks to Anthropic's API, through its SDK, which is imported with the first call.

Importing ``anthropic`` costs a second and 64 MB, so it is done in a thread, and only where a page needs it. The SDK's
own retries are off: whoever calls knows how long there is, and what was reserved.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

from msgspec import Struct

from cinestreamd.agent.claude.access import Access
from cinestreamd.agent.claude.prices import Usage
from cinestreamd.store.spending import CallOutcome

API_VERSION: Final = "2026-10-21"

Request = Mapping[str, Any]


class Reply(Struct, frozen=True, kw_only=True):
    """One answer: its content blocks as plain data, why it stopped, and what it used."""

    content: tuple[dict[str, Any], ...]
    stop_reason: str
    usage: Usage
    model: str

    def text(self) -> str:
        """The text blocks joined."""
        return "".join(str(block.get("text") or "") for block in self.content if block.get("type") == "text")


class CallError(Exception):
    """A call that brought no reply. ``billed``: it may have cost something all the same."""

    def __init__(self, outcome: CallOutcome, *, retry_after: float | None = None, billed: bool = False) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.retry_after = retry_after
        self.billed = billed


class Client(Protocol):
    """What is asked of Anthropic's API."""

    async def send(self, request: Request, *, seconds: float) -> Reply:
        """One message. Raises ``CallError``."""

    async def submit(self, requests: Mapping[str, Request], *, seconds: float) -> str:
        """A batch of messages by custom id; returns the batch's id. Raises ``CallError``."""

    async def collect(self, batch_id: str, *, seconds: float) -> dict[str, Reply | CallOutcome] | None:
        """What came of a batch by custom id, None while it is on its way. Raises ``CallError``."""

    async def longest_prompt(self, *, seconds: float) -> int | None:
        """How many tokens the model reads at most; None where the API does not say. Raises ``CallError``."""

    async def close(self) -> None:
        """Let go of connections."""


class AnthropicClient:
    """``Client`` over the SDK."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._sdk: Any = None
        self._one_at_a_time = asyncio.Lock()

    async def _client(self) -> Any:
        async with self._one_at_a_time:  # several cinemas may ask at once; there is one client
            if self._sdk is None:
                self._sdk = await asyncio.to_thread(_connect, self._access)
        return self._sdk

    async def send(self, request: Request, *, seconds: float) -> Reply:
        """One message."""
        sdk = await self._client()
        return _reply(await _within(seconds, lambda: sdk.messages.create(**request, timeout=seconds)))

    async def submit(self, requests: Mapping[str, Request], *, seconds: float) -> str:
        """Create a batch."""
        sdk = await self._client()
        listed = [{"custom_id": name, "params": dict(request)} for name, request in requests.items()]
        batch = await _within(seconds, lambda: sdk.messages.batches.create(requests=listed, timeout=seconds))
        if not batch.id:
            raise CallError("unusable", billed=True)
        return str(batch.id)

    async def collect(self, batch_id: str, *, seconds: float) -> dict[str, Reply | CallOutcome] | None:
        """Ask how a batch is, and once it has ended for its results."""
        sdk = await self._client()

        async def ask() -> dict[str, Reply | CallOutcome] | None:
            batch = await sdk.messages.batches.retrieve(batch_id, timeout=seconds)
            if batch.processing_status != "ended":
                return None
            lines = await sdk.messages.batches.results(batch_id, timeout=seconds)
            return {str(line.custom_id): _result(line.result) async for line in lines}

        found: dict[str, Reply | CallOutcome] | None = await _within(seconds, ask)
        return found

    async def longest_prompt(self, *, seconds: float) -> int | None:
        """Ask for the model's own record; a model that the API does not list is none that it tells anything of."""
        sdk = await self._client()
        try:
            model = await _within(seconds, lambda: sdk.models.retrieve(self._access.model, timeout=seconds))
        except CallError as error:
            if error.outcome == "rejected":
                return None
            raise
        told = model.max_input_tokens
        return told if isinstance(told, int) and told > 0 else None

    async def look(self, *, seconds: float) -> None:
        """Whether the key is taken: asks for one of the models, which costs nothing. Raises ``CallError``."""
        sdk = await self._client()
        await _within(seconds, lambda: sdk.models.list(limit=1, timeout=seconds))

    async def close(self) -> None:
        """Let go of connections."""
        if self._sdk is not None:
            await self._sdk.close()


def _connect(access: Access) -> Any:
    import anthropic  # noqa: PLC0415 - a second and 64 MB, for runs that need it alone

    return anthropic.AsyncAnthropic(
        api_key=access.key,
        base_url=access.base_url or "https://api.anthropic.com",
        max_retries=0,
        default_headers={"anthropic-version": API_VERSION},
    )


async def _within(seconds: float, call: Any) -> Any:
    """The result of an SDK call, its many ways to fail made one."""
    import anthropic  # noqa: PLC0415 - loaded by now
    import httpx2  # noqa: PLC0415 - comes with the SDK

    try:
        async with asyncio.timeout(seconds):
            return await call()
    except (TimeoutError, anthropic.APITimeoutError):
        raise CallError("timeout", billed=True) from None
    except anthropic.APIStatusError as error:
        raise _status_error(error) from None
    except (anthropic.APIConnectionError, httpx2.TransportError):
        raise CallError("dropped", billed=True) from None
    except (anthropic.AnthropicError, ValueError):
        # A reply that is no reply: its body was read, and its cost is not known.
        raise CallError("unusable", billed=True) from None


def _status_error(error: Any) -> CallError:
    status, retry_after = error.status_code, _seconds(error.response.headers.get("retry-after"))
    codes = f"{error.error_code or ''} {error.type or ''}"
    if "spend_limit" in codes or status == 402:
        return CallError("spend_limit")
    if status in (401, 403):
        return CallError("unauthorised")
    if status == 429:
        return CallError("rate_limited", retry_after=retry_after)
    if status == 529:
        return CallError("overloaded", retry_after=retry_after)
    if status >= 500 or status in (408, 409):
        return CallError("server_error", retry_after=retry_after)
    return CallError("rejected")


def _seconds(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None


def _reply(message: Any) -> Reply:
    """The SDK's message as plain data. A 200 may carry neither content nor usage."""
    usage = message.usage
    if usage is None:
        raise CallError("unusable", billed=True)
    tools = getattr(usage, "server_tool_use", None)
    return Reply(
        content=tuple(block.model_dump(mode="json", exclude_none=True) for block in message.content or ()),
        stop_reason=str(message.stop_reason or ""),
        usage=Usage(
            tokens_in=usage.input_tokens or 0,
            tokens_out=usage.output_tokens or 0,
            cache_read=usage.cache_read_input_tokens or 0,
            cache_written=usage.cache_creation_input_tokens or 0,
            searches=(getattr(tools, "web_search_requests", 0) or 0) if tools is not None else 0,
        ),
        model=str(message.model or ""),
    )


def _result(result: Any) -> Reply | CallOutcome:
    """What came of one request of a batch. Of those that were not answered none is billed."""
    kind = getattr(result, "type", "")
    if kind == "succeeded":
        try:
            return _reply(result.message)
        except CallError as error:
            return error.outcome
    if kind == "errored":
        problem = getattr(getattr(result, "error", None), "error", None)
        return "rejected" if getattr(problem, "type", "") == "invalid_request_error" else "server_error"
    return "cancelled" if kind == "canceled" else "expired"

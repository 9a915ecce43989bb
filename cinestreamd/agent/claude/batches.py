"""Pages handed over for the night, at half the price: asked about in one run, answered within a day, read in another.

What was shown is kept with the batch, so that an answer is held against the page as it was, whatever the page says by
then. Nobody holds a lease while a batch is on its way.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.claude.caller import Caller, NotCalledError
from cinestreamd.agent.claude.client import Reply, Request
from cinestreamd.agent.claude.extraction import Extraction, Question, days_named_in, join, judge, request_of
from cinestreamd.agent.claude.means import Purpose
from cinestreamd.agent.claude.reduce import Shown, reduce_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.store.base import Cinema, Store
from cinestreamd.store.spending import BatchedPage, CallOutcome, ModelCall, PendingBatch

# The API answers within a day. What is not answered by then is given up, and counts what was reserved for it.
ABANDONED_AFTER: Final = timedelta(days=2)

log = structlog.get_logger()


class Answered(Struct, frozen=True, kw_only=True):
    """A batch that has ended: what came of each page by its custom id. A page that is missing was never answered."""

    batch: PendingBatch
    results: Mapping[str, Reply | CallOutcome]

    def is_from_elsewhere(self, cinema: Cinema) -> bool:
        """Whether the cinema has another address by now than when its pages were handed over."""
        then = {page.cinema_url for page in self.batch.pages if page.cinema_id == cinema.id}
        return not then <= {cinema.url, ""}

    def cinemas(self) -> list[str]:
        """The ids of the cinemas whose pages it holds."""
        return list(dict.fromkeys(page.cinema_id for page in self.batch.pages))


class UnansweredError(NotCalledError):
    """Some page of a cinema was not answered, or with nothing of use; of each of ``pages`` it is known why."""

    def __init__(self, reason: str, pages: Sequence[tuple[Page, str]]) -> None:
        super().__init__(reason)
        self.pages = tuple(pages)


class Outbox:
    """The pages of one run that are to be handed over together; those of ``awaited`` cinemas are on their way."""

    def __init__(self, caller: Caller, awaited: Collection[str]) -> None:
        self._caller = caller
        self._awaited = frozenset(awaited)
        self._pages: list[BatchedPage] = []
        self._requests: dict[str, Request] = {}

    @property
    def cinemas(self) -> frozenset[str]:
        """The ids of the cinemas of which it holds pages."""
        return frozenset(page.cinema_id for page in self._pages)

    async def add(self, page: Page, cinema: Cinema, context: ReadContext) -> None:
        """Reserve the half price of a page, and keep it to be handed over; one that is on its way stays so.

        Raises:
            NotCalledError: a cap or the breaker is against it; nothing of it stays reserved.
        """
        if cinema.id in self._awaited:
            return
        shown = reduce_page(page)
        purpose = Purpose(stage="extraction", cinema_id=cinema.id)
        added: list[BatchedPage] = []
        requests: dict[str, Request] = {}
        for text in shown.parts(days_named_in(shown, context)):
            request = request_of(self._caller.access.model, text, context)
            try:
                call = await self._caller.reserve(request, purpose, batched=True)
            except NotCalledError:
                await self._give_back(added)
                raise
            requests[call.id] = request
            added.append(_batched(page, shown, text, call, cinema, whole=not added))
        self._pages += added
        self._requests |= requests

    async def send(self, city_id: str, *, now: datetime) -> PendingBatch | None:
        """Hand the pages over; what is returned must be remembered. None when there are none.

        Raises:
            NotCalledError: they were not taken. What was reserved is settled by then.
        """
        if not self._pages:
            return None
        pages, requests = tuple(self._pages), self._requests
        self._pages, self._requests = [], {}
        batch_id = await self._caller.submit(requests, [page.call for page in pages])
        log.info("batch_submitted", city=city_id, pages=len(pages))
        return PendingBatch(id=batch_id, city_id=city_id, submitted_at=now, pages=pages)

    async def drop(self) -> None:
        """Give back what was reserved for pages that were never handed over."""
        pages, self._pages, self._requests = self._pages, [], {}
        await self._give_back(pages)

    async def _give_back(self, pages: Sequence[BatchedPage]) -> None:
        for page in pages:
            await self._caller.release(page.call)


class Collected(Struct, frozen=True):
    """The batches of a city that can be read. ``problem`` is why some other could not be asked for."""

    answered: tuple[Answered, ...] = ()
    problem: str = ""


async def collect_batches(caller: Caller | None, *, store: Store, city_id: str, now: datetime) -> Collected:
    """The batches of a city that have ended, or that are given up. Nothing is written, and no lease is needed."""
    found, problem = [], ""
    for batch in await store.pending_batches():
        if batch.city_id != city_id:
            continue
        results: Mapping[str, Reply | CallOutcome] | None = None
        if now - batch.submitted_at > ABANDONED_AFTER:
            results = {}
        elif caller is None:
            problem = "no_key"
        else:
            try:
                results = await _results_of(caller, batch)
            except NotCalledError as error:
                problem = error.reason
        if results is not None:
            found.append(Answered(batch=batch, results=results))
    return Collected(tuple(found), problem)


async def _results_of(caller: Caller, batch: PendingBatch) -> Mapping[str, Reply | CallOutcome] | None:
    """What came of a batch; None while it is on its way.

    Raises:
        NotCalledError: it cannot be asked for at the moment.
    """
    try:
        return await caller.collect(batch.id)
    except NotCalledError as error:
        log.warning("batch_not_collected", batch=batch.id, city=batch.city_id, reason=error.reason)
        if error.reason != "claude_rejected":
            raise
        return {}  # nobody knows it: another key, or long gone


async def read_answers(
    caller: Caller | None, answered: Answered, cinema: Cinema, context: ReadContext, *, store: Store
) -> list[tuple[Page, Extraction]]:
    """What the answers say of a cinema's pages, held against these pages as they were; every call is settled by then.

    Raises:
        UnansweredError: some page of the cinema was not answered, or not with anything of use. What is known stays.
    """
    sources: dict[str, Page] = {}
    parts: dict[str, list[Extraction]] = {}
    unanswered: list[tuple[Page, str]] = []
    reason = ""
    for part in answered.batch.pages:
        if part.cinema_id != cinema.id:
            continue
        page = sources[part.url] = sources.get(part.url) or _source_of(part)
        result = answered.results.get(part.custom_id)
        if caller is None or not isinstance(result, Reply):
            outcome = result if isinstance(result, str) else None
            await _settle(part.call, outcome, store)
            unanswered.append((page, f"claude_{outcome or 'lost'}"))
            reason = reason or f"batch_{outcome or 'lost'}"
            continue
        question = Question(
            caller=caller,
            page=page,
            shown=Shown(url=part.url, text=part.text, language=part.language, links=dict(part.links)),
            cinema=cinema,
            context=msgspec.structs.replace(context, now=part.fetched_at),
        )
        try:
            parts.setdefault(part.url, []).extend(
                await judge(question, part.text, caller.priced(part.call, result.usage), result)
            )
        except NotCalledError as error:
            unanswered.append((page, error.reason))
            reason = reason or error.reason
    if unanswered:
        raise UnansweredError(reason, unanswered)
    return [(sources[url], join(found)) for url, found in parts.items()]


async def settle_unread(caller: Caller | None, answered: Answered, cinema_id: str, *, store: Store) -> None:
    """Settle what answers have cost that nobody needs any more."""
    for part in answered.batch.pages:
        if part.cinema_id == cinema_id:
            result = answered.results.get(part.custom_id)
            if caller is not None and isinstance(result, Reply):
                await caller.finish(caller.priced(part.call, result.usage))
            else:
                await _settle(part.call, result if isinstance(result, str) else None, store)


async def _settle(call: ModelCall, outcome: CallOutcome | None, store: Store) -> None:
    """A page that was not answered costs nothing; one of which nothing is known counts what was reserved."""
    counted = call.reserved if outcome is None else 0
    await store.settle_call(msgspec.structs.replace(call, outcome=outcome or "expired", counted=counted, cost=counted))


def _batched(page: Page, shown: Shown, text: str, call: ModelCall, cinema: Cinema, *, whole: bool) -> BatchedPage:
    return BatchedPage(
        custom_id=call.id,
        call=call,
        cinema_id=cinema.id,
        cinema_url=cinema.url,
        url=page.url,
        text=text,
        language=shown.language,
        links=shown.links,
        fetched_at=page.fetched_at,
        source=zlib.compress(page.text.encode("utf-8", "replace")) if whole else b"",
        etag=page.etag,
        last_modified=page.last_modified,
    )


def _source_of(part: BatchedPage) -> Page:
    return Page(
        url=part.url,
        content_type="text/html",
        text=zlib.decompress(part.source).decode("utf-8") if part.source else "",
        fetched_at=part.fetched_at,
        etag=part.etag,
        last_modified=part.last_modified,
    )

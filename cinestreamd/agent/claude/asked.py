"""What Claude was asked about before: the same words are not asked about again while nothing else would come of it."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import structlog

import cinestreamd
from cinestreamd.agent.claude.reduce import reduce_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.page_gate import is_usable
from cinestreamd.store.base import StoreBusyError
from cinestreamd.store.memory import Memory, PageMemory

LASTING: Final = frozenset({"claude_refusal", "claude_rejected", "claude_unusable", "claude_max_tokens"})
"""Why a page was given up so that the same words would be given up again."""

log = structlog.get_logger()


class AskedPages:
    """The pages of one cinema that were shown to Claude, told by their visible words alone.

    Whatever changes beside these (scripts, marks of a session, addresses of links) is no reason to ask again.
    """

    def __init__(
        self, cinema_id: str, remembered: Sequence[PageMemory], *, memory: Memory, context: ReadContext
    ) -> None:
        self._cinema_id = cinema_id
        self._remembered = list(remembered)
        self._memory = memory
        self._context = context

    def before(self, page: Page) -> PageMemory | None:
        """What came of the same words when they were asked about; None when that may be otherwise by now."""
        words = words_of(page)
        return next((each for each in self._remembered if each.words == words and is_usable(each, self._context)), None)

    async def gave_nothing(self, page: Page, *, run_id: str, why: str = "", day_bound: bool = False) -> None:
        """Remember that a page gave nothing: no showing (``why`` is empty), or no answer that could be used."""
        if why and why not in LASTING:
            return
        found = PageMemory(
            cinema_id=self._cinema_id,
            url=page.url,
            digest="",
            read_at=self._context.now,
            run_id=run_id,
            showtimes=0,
            day_bound=day_bound,
            reader_version=cinestreamd.__version__,
            words=words_of(page),
            given_up=why,
        )
        # A page that carried the schedule keeps its place beside that: it may do so again.
        kept = [each for each in self._remembered if each.url != page.url or each.showtimes]
        self._remembered = [*kept, found]
        try:
            await self._memory.remember_pages(self._cinema_id, self._remembered)
        except StoreBusyError:
            log.info("asked_page_not_remembered", cinema=self._cinema_id, run=run_id)


def words_of(page: Page) -> str:
    """A short digest of a page's visible words."""
    return sha256(reduce_page(page).text.encode("utf-8", "replace")).hexdigest()[:32]

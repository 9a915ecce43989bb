"""Whether booking links answer: a few of each host are asked, within one run's patience."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, Literal

import msgspec
from yarl import URL

from cinestreamd.agent.fetch import Fetcher, FetchError
from cinestreamd.agent.verify import Showing

MOST_PER_HOST: Final = 5
PATIENCE_SECONDS: Final = 15.0
GONE: Final = frozenset({404, 410})

LinkState = Literal["ok", "unverified", "gone"]


class LinkChecks:
    """The links of one run: each is asked at most once, and of one host only the first few.

    ``patience`` is for how many seconds the links of one cinema may be asked.
    """

    def __init__(self, fetcher: Fetcher, *, patience: float = PATIENCE_SECONDS) -> None:
        self._fetcher = fetcher
        self._patience = patience
        self._asked: dict[str, int] = {}
        self._states: dict[str, LinkState] = {}

    async def check(self, showings: Sequence[Showing]) -> tuple[Showing, ...]:
        """``showings`` with what is known of their links: one that is gone is dropped, the showing stays.

        The earliest showings' links are asked first. An answer that says nothing of the link (403, 429, an error of the
        server, robots.txt) leaves it unverified; links beyond the limit stay unchecked.
        """
        with suppress(TimeoutError):  # what was not asked in time stays unchecked
            async with asyncio.timeout(self._patience):
                await self._ask_some(dict.fromkeys(_by_start(showings)))
        return tuple(self._with_state(showing) for showing in showings)

    async def _ask_some(self, links: Iterable[str]) -> None:
        for link in links:
            host = URL(link).raw_host or ""
            if link not in self._states and self._asked.get(host, 0) < MOST_PER_HOST:
                self._asked[host] = self._asked.get(host, 0) + 1
                self._states[link] = await self._ask(link)

    async def _ask(self, link: str) -> LinkState:
        try:
            status = await self._fetcher.probe(link)
        except FetchError:
            return "unverified"
        if status in GONE:
            return "gone"
        return "ok" if status < 400 else "unverified"

    def _with_state(self, showing: Showing) -> Showing:
        state = self._states.get(showing.link or "")
        if showing.link is None or state is None:
            return showing
        if state == "gone":
            return msgspec.structs.replace(showing, link=None)
        return msgspec.structs.replace(showing, link_state=state)


def _by_start(showings: Iterable[Showing]) -> list[str]:
    return [showing.link for showing in sorted(showings, key=lambda showing: showing.start_time) if showing.link]

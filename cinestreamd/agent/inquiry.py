"""What Claude is asked about one cinema: the pages that print times and that no reader understood, a few at most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from cinestreamd.agent.claude.asked import AskedPages, words_of
from cinestreamd.agent.claude.batches import Outbox
from cinestreamd.agent.claude.caller import Caller, NotCalledError
from cinestreamd.agent.claude.extraction import Extraction, extract, worth_asking
from cinestreamd.agent.model import Page, Reading
from cinestreamd.agent.publish import AWAITED
from cinestreamd.agent.tour import Tour, Visit
from cinestreamd.store.base import Showtime
from cinestreamd.store.memory import PageMemory
from cinestreamd.store.spending import CLAUDE

# So many pages of one cinema are shown to Claude in one run.
MOST_ASKED: Final = 2


async def ask(tour: Tour, claude: Caller, asked: AskedPages, upcoming: Sequence[Showtime], *, run_id: str) -> None:
    """Have Claude read the pages with times that no reader understood, as far as money and time allow.

    A page with the same words as when it was asked about last is taken to give what it gave then.
    """
    for url, visit in _marked(tour, asked, upcoming):
        try:
            found = await extract(claude, visit.page, tour.cinema, tour.context)
        except NotCalledError as error:
            await asked.gave_nothing(visit.page, run_id=run_id, why=error.reason)
            tour.not_asked = error.reason
            return
        if not found.verified.showings:
            await asked.gave_nothing(visit.page, run_id=run_id, day_bound=found.day_bound)
        tour.visits[url] = msgspec.structs.replace(
            visit,
            reading=found.reading,
            verified=found.verified,
            day_bound=found.day_bound,
            words=words_of(visit.page),
        )
        if not claude.access.simulated:  # what a stand-in says is shown as such, and must not outlive its label
            tour.cookbook.learn(visit.page, found.reading, found.verified, tour.context)


async def hand_over(tour: Tour, outbox: Outbox, asked: AskedPages, upcoming: Sequence[Showtime]) -> None:
    """Have the same pages handed over, to be answered some other time."""
    for _, visit in _marked(tour, asked, upcoming):
        try:
            await outbox.add(visit.page, tour.cinema, tour.context)
        except NotCalledError as error:
            tour.not_asked = tour.not_asked or error.reason
            return
        tour.not_asked = AWAITED


def take(tour: Tour, page: Page, found: Extraction, *, now: datetime) -> None:
    """Put a page as Claude has read it some time ago in place; of that, what is still to come at ``now``."""
    tour.cookbook.learn(page, found.reading, found.verified, tour.context)
    coming = tuple(showing for showing in found.verified.showings if showing.start_time > now)
    verified = msgspec.structs.replace(found.verified, showings=coming)
    tour.visits[page.url] = Visit(
        page=page, reading=found.reading, verified=verified, day_bound=found.day_bound, words=words_of(page)
    )


def _marked(tour: Tour, asked: AskedPages, upcoming: Sequence[Showtime]) -> list[tuple[str, Visit]]:
    """The pages for Claude: with times that no reader understood, and with other words than last time."""
    marked = [
        (url, visit) for url, visit in tour.visits.items() if not visit.is_understood and worth_asking(visit.page)
    ]
    found = []
    for url, visit in marked[:MOST_ASKED]:
        before = asked.before(visit.page)
        if before is None:
            found.append((url, visit))
        else:
            _take_as_before(tour, url, before, upcoming)
    return found


def _take_as_before(tour: Tour, url: str, before: PageMemory, upcoming: Sequence[Showtime]) -> None:
    """A page whose words have not changed: what is known of it stays."""
    page = tour.visits[url].page
    if before.given_up:
        tour.not_asked = before.given_up
    elif any(showtime.evidence.url == page.url for showtime in upcoming):
        tour.as_before.add(page.url)
    else:
        nothing = Reading(reader=CLAUDE, candidates=())
        tour.visits[url] = msgspec.structs.replace(tour.visits[url], reading=nothing)

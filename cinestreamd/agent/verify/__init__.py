"""What any reader produced, held against the page. Nothing is published that has not come through here."""

from collections import Counter

from cinestreamd.agent.model import Page, ReadContext, Reading, Refusal
from cinestreamd.agent.verify.assess import Assessment, Assessor
from cinestreamd.agent.verify.duplicates import merge_duplicates
from cinestreamd.agent.verify.showing import Showing, Verified
from cinestreamd.agent.verify.titles import fold_title
from cinestreamd.store.base import Cinema

# A reading below this confidence is understood too poorly to be published.
LEAST_CONFIDENCE = 0.5

__all__ = ["LEAST_CONFIDENCE", "Assessment", "Assessor", "Showing", "Verified", "other_venues", "verify"]


def verify(page: Page, reading: Reading, cinema: Cinema | None, context: ReadContext) -> Verified:
    """Let through what stands on the page, is to come, and is this cinema's; duplicates become one.

    ``cinema`` is None when a page is looked at without knowing whose it is.
    """
    if reading.confidence < LEAST_CONFIDENCE:
        refused = tuple(Refusal(candidate=candidate, reason="low_confidence") for candidate in reading.candidates)
        return Verified(showings=(), refusals=refused)
    assessor = Assessor(page, context, reader=reading.reader, cinema_url=cinema.url if cinema else None)
    elsewhere = other_venues(reading, cinema)
    showings: list[Showing] = []
    candidates = {}
    refusals: list[Refusal] = []
    for candidate in reading.candidates:
        if candidate.venue in elsewhere:
            refusals.append(Refusal(candidate=candidate, reason="other_venue"))
            continue
        assessed = assessor.assess(candidate)
        if assessed.showing is None or assessed.reason is not None:
            refusals.append(Refusal(candidate=candidate, reason=assessed.reason or "date_assumed"))
            continue
        showings.append(assessed.showing)
        candidates[id(assessed.showing)] = candidate
    distinct, merged = merge_duplicates(showings)
    refusals += [Refusal(candidate=candidates[id(showing)], reason="duplicate") for showing in merged]
    return Verified(showings=tuple(distinct), refusals=tuple(refusals))


def other_venues(reading: Reading, cinema: Cinema | None) -> frozenset[str | None]:
    """The venues of a page that are not ``cinema``, when the page lists several and one of them has its name.

    When none of several has a name like it, all of them are others: nobody can tell which rows are this cinema's.
    """
    venues = Counter(candidate.venue for candidate in reading.candidates if candidate.venue)
    if cinema is None or len(venues) < 2:
        return frozenset()
    wanted = set(fold_title(cinema.name).split())
    overlap = {venue: len(wanted & set(fold_title(venue).split())) for venue in venues}
    best = max(overlap.values())
    if best == 0:
        return frozenset(venues)
    return frozenset(venue for venue, count in overlap.items() if count < best)

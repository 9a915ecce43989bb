"""From a page of a cinema's website to the pages that carry its showtimes.

Links are judged by their words, their addresses and by dates in them; only links of the same site count, never those to
a till. Judging costs nothing: what is asked for is decided by whoever explores, within a budget of requests.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Final, Literal
from urllib.parse import unquote

from msgspec import Struct
from yarl import URL

from cinestreamd.agent.html import parse_html
from cinestreamd.agent.model import Page
from cinestreamd.agent.schedule_words import FILE_ENDINGS, OTHER_WORDS, SCHEDULE_WORDS
from cinestreamd.agent.verify.links import site_of

MOST_LINKS: Final = 3_000
MOST_SITEMAP_LINKS: Final = 5_000
# A link worth a request for its words alone; below, only when there is nothing better.
STRONG: Final = 8
MOST_PAGES_A_DAY: Final = 2
DAYS_AHEAD: Final = timedelta(days=30)

_ISO: Final = re.compile(r"(?<!\d)(20\d\d)[-_/.]?(0[1-9]|1[0-2])[-_/.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_DAY_FIRST: Final = re.compile(r"(?<!\d)(0?[1-9]|[12]\d|3[01])[-_.](0?[1-9]|1[0-2])[-_.](20\d\d)(?!\d)")
_LOCATION: Final = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]{8,2000})", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)")
_WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


class Lead(Struct, frozen=True, kw_only=True):
    """A link that may lead to showtimes. ``day`` is the date that its address names, for one day's page."""

    url: str
    kind: Literal["schedule", "day"]
    score: int
    day: date | None = None


def leads_of(page: Page, *, today: date) -> list[Lead]:
    """The links of a page that may lead to showtimes, best first; each address once."""
    found: dict[str, Lead] = {}
    for link in parse_html(page.text).css("a[href], option[value], [data-href], [data-url]")[:MOST_LINKS]:
        attributes = link.attributes
        target = attributes.get("href") or attributes.get("data-href") or attributes.get("data-url")
        target = target or attributes.get("value")
        label = " ".join([link.text(separator=" ")[:200], attributes.get("title") or ""])
        lead = judge(target, label, base=page.url, today=today)
        if lead is not None and (lead.url not in found or found[lead.url].score < lead.score):
            found[lead.url] = lead
    return sorted(_without_sessions(found.values()), key=_rank)


def leads_in_sitemap(page: Page, *, base: str, today: date) -> list[Lead]:
    """The addresses of a sitemap that may carry showtimes, best first. One of a sitemap of sitemaps is a lead too."""
    nested = "<sitemapindex" in page.text[:2000]
    found: dict[str, Lead] = {}
    for number, match in enumerate(_LOCATION.finditer(page.text)):
        if number >= MOST_SITEMAP_LINKS:
            break
        lead = judge(match[1], "", base=base, today=today, any_file=nested)
        if lead is not None:
            found.setdefault(lead.url, lead)
    return sorted(found.values(), key=_rank)


def judge(target: str | None, label: str, *, base: str, today: date, any_file: bool = False) -> Lead | None:
    """What a link is worth, None for one that is not worth a request."""
    url = _same_site(target, base)
    if url is None or (not any_file and url.path.lower().endswith(FILE_ENDINGS)):
        return None
    address = _address_words(url)
    spoken = _folded(label)
    if _CLOCK.search(label):
        return None  # a time is a link to one showing
    if OTHER_WORDS & set(address.split()) or OTHER_WORDS & set(spoken.split()):
        return None
    day = day_in(url)
    if day is not None:
        wanted = today <= day <= today + DAYS_AHEAD and len(spoken) <= 60
        return Lead(url=str(url), kind="day", score=STRONG, day=day) if wanted else None
    score = max(_score(address), _score(spoken) if len(spoken) <= 80 else 0)
    depth = url.path.strip("/").count("/")
    return Lead(url=str(url), kind="schedule", score=max(1, score - depth)) if score else None


def day_in(url: URL) -> date | None:
    """The one day that an address names, in its query or path; None for none or several."""
    text = f"{url.path} {url.query_string}"
    days = {_day(year, month, day) for year, month, day in _ISO.findall(text)}
    days |= {_day(year, month, day) for day, month, year in _DAY_FIRST.findall(text)}
    days -= {None}
    return days.pop() if len(days) == 1 else None


def days_missing(leads: Iterable[Lead], covered: Sequence[date]) -> list[Lead]:
    """The day pages whose days are not covered yet, nearest first, one for each day."""
    nearest: dict[date, Lead] = {}
    for lead in leads:
        if lead.kind == "day" and lead.day is not None and lead.day not in covered:
            nearest.setdefault(lead.day, lead)
    return [nearest[day] for day in sorted(nearest)]


def _without_sessions(leads: Iterable[Lead]) -> list[Lead]:
    """The leads without those of days to which many addresses belong: these are single showings, not days."""
    kept = list(leads)
    per_day = Counter(lead.day for lead in kept if lead.day is not None)
    return [lead for lead in kept if lead.day is None or per_day[lead.day] <= MOST_PAGES_A_DAY]


def _rank(lead: Lead) -> tuple[int, date, int, str]:
    return (-lead.score, lead.day or date.min, len(lead.url), lead.url)


def _same_site(target: str | None, base: str) -> URL | None:
    """``target`` as an absolute address on the site of ``base``, another page than it."""
    if not target or len(target) > 2000 or target.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
        return None
    try:
        start = URL(base)
        url = start.join(URL(target.strip())).with_fragment(None)
        host, other = url.raw_host, start.raw_host
    except ValueError:
        return None
    if url.scheme not in {"http", "https"} or not host or not other or url.raw_user is not None:
        return None
    if site_of(host) != site_of(other) or url.port not in {80, 443, start.port} or url == start.with_fragment(None):
        return None
    return url


def _address_words(url: URL) -> str:
    return _folded(unquote(f"{url.path} {url.query_string}").replace("-", " ").replace("_", " ").replace("/", " "))


def _folded(text: str) -> str:
    return " ".join(word.casefold().replace("’", "'") for word in _WORDS.findall(text[:500]))


@cache
def _pattern() -> re.Pattern[str]:
    """All schedule words in one expression; longer ones first."""
    stems = sorted(SCHEDULE_WORDS, key=len, reverse=True)
    parts = [re.escape(_folded(word.rstrip("*"))) + (r"\w*" if word.endswith("*") else "") for word in stems]
    return re.compile(r"(?<!\w)(?:" + "|".join(f"({part})" for part in parts) + r")(?!\w)")


def _score(text: str) -> int:
    """The weight of the best schedule word in a text."""
    weights = [SCHEDULE_WORDS[word] for word in sorted(SCHEDULE_WORDS, key=len, reverse=True)]
    found = [weights[(match.lastindex or 1) - 1] for match in _pattern().finditer(text)]
    return max(found, default=0)


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None

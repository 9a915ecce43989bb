"""A verified showing: what ``verify`` lets through to publishing."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from cinestreamd.agent.model import Refusal
from cinestreamd.store.accessibility import Access
from cinestreamd.store.base import Availability, Evidence, Price


class Showing(Struct, frozen=True, kw_only=True):
    """One showing of one film at one cinema, checked against the page. ``start_time`` is UTC; ``title`` is cleaned."""

    title: str
    raw_title: str
    start_time: datetime
    business_day: date
    evidence: Evidence
    reader: str
    original_title: str | None = None
    year: int | None = None
    duration_minutes: int | None = None
    poster_url: str | None = None
    format: str | None = None
    language: str | None = None
    original_language: bool = False
    subtitles: str | None = None
    room: str | None = None
    price: Price | None = None
    link: str | None = None
    link_state: Literal["unchecked", "ok", "unverified"] = "unchecked"
    availability: Availability = "available"
    page_language: str | None = None
    access: tuple[Access, ...] = ()


class Verified(Struct, frozen=True, kw_only=True):
    """What came of one reading: showings that may be published, and candidates refused, each with its reason."""

    showings: tuple[Showing, ...]
    refusals: tuple[Refusal, ...]

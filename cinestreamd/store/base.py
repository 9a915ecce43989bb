"""The records that a site keeps, and the operations that every store offers.

All moments are timezone-aware UTC ``datetime`` values; a *business day* is the cinema's own calendar day to which a
showing belongs (00:30 belongs to the evening before). Records are frozen; a change is a new record. Operations are
named for what the product needs: there is no filter language, and no caller writes SQL or Mongo operators.

Stores keep moments to the millisecond; finer parts are cut off, in records and in arguments alike.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol

from msgspec import Struct

from cinestreamd.errors import InvalidInputError, NotFoundError, TooManyRequestsError, UnavailableError
from cinestreamd.i18n import N_
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.memory import Discovery, KnownTitle, PageMemory, Recipe, WebDiscovery, Wheelchair
from cinestreamd.store.reports import RunReport
from cinestreamd.store.row_corrections import RowCorrection
from cinestreamd.store.spending import AwaitedBatch, Cap, Caps, ClaudeState, ModelCall, PendingBatch, Spent

LocationStatus = Literal["fresh", "processing", "stale"]
Availability = Literal["available", "sold_out", "cancelled"]
CinemaSource = Literal["config", "openstreetmap", "claude", "operator"]
Trigger = Literal["visitor", "refresh", "operator", "recheck", "batch"]
RunOutcome = Literal["running", "published", "empty", "failed", "lost"]
SourceOutcome = Literal["published", "empty", "quarantined", "unreachable", "refused_by_robots", "unreadable"]
CinemaState = Literal["active", "paused", "blocked"]


class StoreBusyError(UnavailableError):
    """The store did not take a write within its deadline."""

    code = "store_busy"
    message = N_("The data store is busy. Try again in {retry_after} seconds.")


class StoreUnavailableError(UnavailableError):
    """The store cannot be read or written at all: missing, damaged, full or closed. ``reason`` is for the log."""

    code = "store_unavailable"
    message = N_("The data store does not answer. Try again in {retry_after} seconds.")


class UnknownCityError(NotFoundError):
    """A lease was asked for a city that was never added."""

    code = "unknown_city"
    message = N_("This site does not know the city {city}.")


class UnknownShowtimeError(NotFoundError):
    """A word was said on a showing that is not there."""

    code = "unknown_showtime"
    message = N_("There is no such showing (any more).")


class UnstorableTextError(InvalidInputError):
    """A record holds text that is no valid Unicode (a lone surrogate). Nothing was written."""

    code = "unstorable_text"
    message = N_("A text contains characters that cannot be stored.")


class InvalidPublicationError(InvalidInputError):
    """A publication reaches beyond the city of its lease. Nothing was written."""

    code = "invalid_publication"
    message = N_("A run of {city} may not write {record}: it belongs elsewhere.")


class StaleLeaseError(TooManyRequestsError):
    """The lease was lost: its time is up or another holder has it. Nothing was written."""

    code = "stale_lease"
    message = N_("Another run has taken over {city}.")


class Names(Struct, frozen=True, kw_only=True):
    """One proper name in the three languages of the guide."""

    uk: str
    en: str
    ru: str

    def of(self, language: str) -> str:
        """The name in ``language`` ("uk", "en" or "ru"); English for any other."""
        return {"uk": self.uk, "ru": self.ru}.get(language, self.en)


class Titles(Struct, frozen=True, kw_only=True):
    """A film's titles; a language that no source gave is None, ``original`` is always there."""

    original: str
    uk: str | None = None
    en: str | None = None
    ru: str | None = None

    def of(self, language: str) -> str:
        """The title in ``language``, else the original one."""
        return {"uk": self.uk, "en": self.en, "ru": self.ru}.get(language) or self.original


class Lease(Struct, frozen=True, kw_only=True):
    """The right to write one city's data. ``fence`` rises with every grant of that city, for ever."""

    city_id: str
    owner: str
    fence: int
    until: datetime


class Location(Struct, frozen=True, kw_only=True):
    """A city that this site knows, with the state of its data.

    ``revision`` rises with every publication; caches key on it. ``failures`` counts failed runs in a row.
    """

    id: str
    names: Names
    lat: float
    lon: float
    country: str
    timezone: str
    last_updated: datetime | None = None
    revision: int = 0
    failures: int = 0
    cooldown_until: datetime | None = None
    lease: Lease | None = None

    def status(self, now: datetime, *, stale_after_seconds: int) -> LocationStatus:
        """Whether a run is under way, and if not, whether the data is younger than ``stale_after_seconds``."""
        if self.lease is not None and self.lease.until > now:
            return "processing"
        if self.last_updated is not None and (now - self.last_updated).total_seconds() < stale_after_seconds:
            return "fresh"
        return "stale"


class Cinema(Struct, frozen=True, kw_only=True):
    """One venue (a chain is not a cinema). ``id`` is unique in the site and stable across runs."""

    id: str
    city_id: str
    name: str
    url: str
    source: CinemaSource
    names: Mapping[str, str] = {}
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    brand: str | None = None
    operator: str | None = None
    wheelchair: Wheelchair | None = None
    last_read: datetime | None = None
    last_outcome: SourceOutcome | None = None
    failures: int = 0


class CinemaCorrection(Struct, frozen=True, kw_only=True):
    """What an operator says of a cinema; it outlives every rediscovery. A field that is None leaves things as found.

    ``paused``: it is not read, what is known stays. ``blocked``: it is neither read nor shown. A correction with name
    and url of a cinema that no source knows adds it. Until ``believed_until`` a reading with far fewer showings than
    usual is taken for the truth.
    """

    cinema_id: str
    city_id: str
    state: CinemaState = "active"
    name: str | None = None
    url: str | None = None
    address: str | None = None
    believed_until: datetime | None = None


class Film(Struct, frozen=True, kw_only=True):
    """One real film. The same title in another year is another film."""

    id: str
    titles: Titles
    year: int | None = None
    duration_minutes: int | None = None
    poster_url: str | None = None


class Price(Struct, frozen=True, kw_only=True, gc=False):
    """A price in minor units of ``currency`` (ISO 4217), and ``text`` as the page prints it."""

    min: int
    max: int
    currency: str
    text: str


class Evidence(Struct, frozen=True, kw_only=True, gc=False):
    """Where a showtime was read: ``quote`` is one verbatim excerpt of the page at ``url``."""

    url: str
    quote: str
    fetched_at: datetime


class Showtime(Struct, frozen=True, kw_only=True, gc=False):
    """One showing. ``id`` is stable: the same showing read again has the same id.

    ``language`` and ``subtitles`` are BCP 47 codes of the sound and of the subtitles; ``original_language`` says that
    the page calls it the original version. ``buy_link_state`` tells whether the link was seen to answer. Hundreds are
    read for one page: they hold nothing that could lead back to them, so the garbage collector need not look at them.
    """

    id: str
    city_id: str
    cinema_id: str
    film_id: str
    start_time: datetime
    business_day: date
    raw_title: str
    evidence: Evidence
    reader: str
    run_id: str
    created_at: datetime
    format: str | None = None
    language: str | None = None
    original_language: bool = False
    subtitles: str | None = None
    room: str | None = None
    price: Price | None = None
    buy_link: str | None = None
    buy_link_state: Literal["unchecked", "ok", "unverified"] = "unchecked"
    availability: Availability = "available"


class SourceResult(Struct, frozen=True, kw_only=True):
    """What one cinema gave in one run: rows ``kept`` and ``refused`` by verification, the latter by reason."""

    cinema_id: str
    url: str
    outcome: SourceOutcome
    reader: str | None = None
    kept: int = 0
    refused: Mapping[str, int] = {}
    detail: str = ""


class Run(Struct, frozen=True, kw_only=True):
    """One scrape of one city. ``done`` of ``total`` cinemas is its progress. Costs are in millionths of a US dollar."""

    id: str
    city_id: str
    owner: str
    trigger: Trigger
    started_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome = "running"
    done: int = 0
    total: int = 0
    sources: tuple[SourceResult, ...] = ()
    error: str | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost_microusd: int = 0


class Listing(Struct, frozen=True, kw_only=True):
    """All future showtimes that one cinema's pages gave in one run."""

    cinema_id: str
    showtimes: tuple[Showtime, ...]


class Publication(Struct, frozen=True, kw_only=True):
    """What a run found. ``cinemas`` and ``films`` are added or replaced by id.

    For each cinema in ``listings`` its future showtimes become exactly the given ones; past ones, and cinemas without
    a listing, stay as they are. ``run`` is the finished run. A ``partial`` one read only some of the city's cinemas, so
    that the city is no more up to date than before.
    """

    cinemas: tuple[Cinema, ...]
    films: tuple[Film, ...]
    listings: tuple[Listing, ...]
    run: Run
    partial: bool = False


class DayStats(Struct, frozen=True, kw_only=True):
    """Figures of one UTC day."""

    day: date
    visits: int
    views: int
    runs: int


class Stats(Struct, frozen=True, kw_only=True):
    """Public figures of a site."""

    visits_total: int
    visits_today: int
    cities: int
    cinemas: int
    films: int
    upcoming_showtimes: int
    days: tuple[DayStats, ...]


class Store(Protocol):
    """What every store can do. Any write may raise ``StoreBusyError``; nothing is half-written.

    ``now`` is passed in by the caller. Methods that carry a ``Lease`` raise ``StaleLeaseError`` when owner and fence
    are not the ones in force or the lease's time is up. Any call may raise ``StoreUnavailableError``. A cancelled
    write is over when ``CancelledError`` arrives: either it was never made, or it is complete.
    """

    async def close(self) -> None:
        """Finish pending writes and let go of files and connections."""

    async def add_location(self, location: Location) -> None:
        """Make a city known. A known city keeps its state; its names, point and timezone are brought up to date.

        A city that is new starts with the state that ``location`` carries, except for a lease, which is only acquired.
        """

    async def location(self, city_id: str) -> Location | None:
        """The city of that id, if this site knows it."""

    async def locations(self) -> list[Location]:
        """All known cities, by id."""

    async def acquire_lease(self, city_id: str, *, owner: str, now: datetime, seconds: int) -> Lease | None:
        """Take the city's lease if it is free or its time is up; None when another has it. Never waits for a holder.

        Runs of that city that still call themselves running become ``lost``; a lease that was taken over because its
        time was up counts one failure.

        Raises:
            UnknownCityError: the city was never added.
        """

    async def renew_lease(self, lease: Lease, *, now: datetime, seconds: int) -> Lease:
        """Prolong a held lease; owner and fence stay."""

    async def release_lease(self, lease: Lease, *, now: datetime, cooldown_until: datetime | None) -> None:
        """Give a lease back without publishing: counts one failure and sets the cooldown."""

    async def free_leases(self, owner_prefix: str, *, except_prefix: str | None = None) -> list[str]:
        """Free the leases whose owner begins with ``owner_prefix`` (but not with ``except_prefix``), for dead holders.

        Their running runs become ``lost``; each counts one failure and sets no cooldown. Returns the ids of the
        cities freed, in order.
        """

    async def expire_leases(self, now: datetime) -> list[str]:
        """Free all leases whose time is up, as ``free_leases`` does. Returns the ids of the cities freed, in order."""

    async def hold_duty(self, duty: str, *, owner: str, now: datetime, seconds: int) -> bool:
        """Have a duty until ``seconds`` after ``now``, if nobody else has it then; tells whether ``owner`` has it.

        A duty is what one daemon of those that share a store does for all of them.
        """

    async def lay_down_duty(self, duty: str, *, owner: str) -> None:
        """Let others have a duty; one that ``owner`` does not have stays where it is."""

    async def begin_run(self, lease: Lease, run: Run) -> None:
        """Record a run that has just taken its lease; the lease must be in force at ``run.started_at``."""

    async def report_progress(self, lease: Lease, run_id: str, *, done: int, total: int, now: datetime) -> None:
        """Record how many of a run's cinemas have been read. A run that is not recorded stays so."""

    async def finish_run(self, run: Run) -> None:
        """Record the end of a run that publishes nothing, also of one that never began.

        A run that has been declared ``lost`` stays lost but takes the other details; a published one stays as it is.
        """

    async def publish(self, lease: Lease, publication: Publication, *, now: datetime) -> int:
        """Put a publication in place, raise the city's revision and release the lease: all or nothing.

        Future means ``start_time >= now``: what has begun is neither replaced nor added. A showtime that was there
        before keeps its ``created_at``. The city is up to date as of ``now``, without failures or cooldown; a partial
        publication leaves ``last_updated`` as it was. Returns the new revision.

        Raises:
            InvalidPublicationError: something in it belongs to another city, or to another cinema than its listing's.
        """

    async def run(self, run_id: str) -> Run | None:
        """The run of that id."""

    async def runs(self, city_id: str | None = None, *, limit: int = 50) -> list[Run]:
        """The latest runs, newest first."""

    async def put_report(self, report: RunReport) -> None:
        """Keep what a run found, row by row, in place of a former report of it. It is pruned with its run."""

    async def report(self, run_id: str) -> RunReport | None:
        """The report of a run."""

    async def cinemas(self, city_id: str | None = None) -> list[Cinema]:
        """The city's cinemas, by name; without a city those of all cities, by city and name."""

    async def cinema(self, cinema_id: str) -> Cinema | None:
        """The cinema of that id."""

    async def film(self, film_id: str) -> Film | None:
        """The film of that id."""

    async def films(self, film_ids: Sequence[str]) -> list[Film]:
        """The films of those ids that exist, in no particular order."""

    async def showtimes(
        self,
        city_id: str,
        *,
        since: datetime,
        until: datetime | None = None,
        film_id: str | None = None,
        cinema_id: str | None = None,
    ) -> list[Showtime]:
        """The city's showtimes with ``since <= start_time < until``, by start time, cinema and id."""

    async def correct_cinema(self, correction: CinemaCorrection, *, now: datetime) -> None:
        """Put a correction in place of the cinema's former one, and apply it to the cinema if it is known.

        Blocking deletes the cinema's showtimes from ``now`` on and raises the city's revision in the same transaction.
        """

    async def corrections(self, city_id: str | None = None) -> list[CinemaCorrection]:
        """The corrections of a city's cinemas, by cinema id; without a city those of all, by city and cinema id."""

    async def correct_showtime(self, correction: RowCorrection, *, now: datetime) -> None:
        """Add an operator's word on a showing, let it count at once, and raise the city's revision.

        It counts for every publication from then on, until another word on the same showing. Taken back (no change),
        the showing is as its page had it when it was last published, or gone if the page lists it no more.

        Raises:
            UnknownShowtimeError: there is no such showing to change.
        """

    async def row_corrections(self, city_id: str) -> list[RowCorrection]:
        """All that operators have said of a city's showings, oldest first."""

    async def found_showtime(self, showtime_id: str) -> Showtime | None:
        """A corrected showing as its page has it; None for one that is not corrected."""

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """The pages that carried the cinema's schedule when it was read last, the chief one first."""

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Replace what is remembered of a cinema's pages."""

    async def discovery(self, city_id: str) -> Discovery | None:
        """What was last learned of a city's cinemas."""

    async def remember_discovery(self, discovery: Discovery) -> None:
        """Replace what is remembered of a city's cinemas."""

    async def paused_until(self, server: str) -> datetime | None:
        """Until when a shared server (its address) is to be left alone; None when it was never paused."""

    async def pause(self, server: str, until: datetime) -> None:
        """Leave a shared server alone until then."""

    async def recipes(self, cinema_id: str) -> list[Recipe]:
        """How the cinema's pages can be read without a model, in the order in which they were remembered."""

    async def remember_recipes(self, cinema_id: str, recipes: Sequence[Recipe]) -> None:
        """Replace a cinema's recipes."""

    async def known_titles(self, keys: Sequence[str]) -> list[KnownTitle]:
        """The titles that were remembered under those keys, in no particular order."""

    async def remember_titles(self, titles: Sequence[KnownTitle]) -> None:
        """Add titles, each in place of a former one of its key."""

    async def web_discovery(self, city_id: str) -> WebDiscovery | None:
        """What a web search last learned of a city's cinemas."""

    async def remember_web_discovery(self, discovery: WebDiscovery) -> None:
        """Replace what a web search learned of a city's cinemas."""

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

    async def note(self, entry: JournalEntry) -> None:
        """Add a line to the operators' journal; one whose id is there already changes nothing."""

    async def noted(self, entry_id: str) -> JournalEntry | None:
        """The line of that id."""

    async def journal(self, *, limit: int = 100) -> list[JournalEntry]:
        """The latest lines of the operators' journal, newest first."""

    async def count_attempts(self, period: str, names: Sequence[str]) -> Mapping[str, int]:
        """Count one more attempt under each of some names within a period; returns how many there are then.

        Names are letters, digits and dashes. Attempts of any other period are forgotten.
        """

    async def prune(
        self, *, showtimes_before: datetime, runs_before: datetime, calls_before: datetime | None = None
    ) -> int:
        """Delete showtimes that started, and runs and calls that began, before these moments. Returns how many went.

        What deleted calls have cost stays counted. None: calls stay.

        Works in small steps, so that other writes need not wait for all of it.
        """

    async def count_visits(self, day: date, *, visits: int, views: Mapping[str, int], batch: str | None = None) -> None:
        """Add a batch of visits and of views by city id to a UTC day.

        ``batch`` names it: one that is given again because its fate was not known (``StoreUnavailableError``) counts
        once.
        """

    async def viewed_cities(self, since: date) -> dict[str, int]:
        """Views by city id, of cities viewed on or after a UTC day; most viewed first."""

    async def stats(self, *, now: datetime, days: int = 30) -> Stats:
        """The public figures, with the last ``days`` UTC days that have any, newest first."""

"""What may be spent on Claude, judged before an agent is started: over real stores and a real account file."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from product_store import new_store

from cinestreamd.agent.claude.extraction import request_of
from cinestreamd.agent.claude.prices import LEAST_ANSWER, LEAST_PROMPT
from cinestreamd.agent.claude.worst_case import OVERHEAD_TOKENS
from cinestreamd.agent.model import ReadContext
from cinestreamd.config import ClaudeSettings, Settings
from cinestreamd.errors import ConfigurationError
from cinestreamd.master.account import NAME, Account, Held
from cinestreamd.master.purse import Purse
from cinestreamd.sites.env import write_env
from cinestreamd.sites.model import CinemaEntry, Site, SiteSettings
from cinestreamd.store.base import Location, Names, Store
from cinestreamd.store.spending import Caps, ClaudeState, ModelCall, Spent

WIDE = Caps(call=10**9, city_day=10**9, day=10**9, month=10**9)
ROOMY = Spent(day=1_000_000, month=1_000_000)


class Office:
    """Sites with stores of their own and one account; the moment is 21 November 2026, 22:00 UTC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
        self.account = Account(folder, lambda: self.now)
        self.claude = ClaudeSettings()
        self.stores: list[Store] = []

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return Settings(claude=self.claude)

    def open(self, name: str = "one", *cinemas: CinemaEntry, key: bool = True) -> tuple[Site, Purse, Store]:
        """A site, with a key unless told otherwise."""
        directory = self.folder / name
        site = Site(name=name, settings=SiteSettings(cinemas=cinemas), directory=str(directory))
        Path(site.database).parent.mkdir(mode=0o700, parents=True)
        if key:
            write_env(directory / "agent.env", {"ANTHROPIC_API_KEY": "secret-of-this-test"})
            past = self.now.timestamp() - 86_400
            os.utime(directory / "agent.env", (past, past))
        store = new_store(Path(site.database))
        self.stores.append(store)
        return site, Purse(store, self.account, lambda: self.now), store

    async def spend(self, store: Store, amount: int, *, city: str = "lviv", run: str = "run") -> None:
        """Have a site spend so many millionths of a dollar now."""
        call = ModelCall(
            id=os.urandom(8).hex(), run_id=run, city_id=city, stage="extraction", model="claude-haiku-5-5",
            started_at=self.now, reserved=amount,
        )  # fmt: skip
        assert await store.reserve_call(call, WIDE) is None
        await store.settle_call(msgspec.structs.replace(call, outcome="ok", counted=amount, cost=amount))

    def state(self, **changes: object) -> ClaudeState:
        """What an agent found a moment ago."""
        found = ClaudeState(checked_at=self.now, has_key=True, model="claude-haiku-5-5", priced=True)
        return msgspec.structs.replace(found, **changes)

    async def why(self, opened: tuple[Site, Purse, Store], city: str = "kyiv") -> tuple[str, str] | None:
        """Why a city is closed, and until when."""
        site, purse, _ = opened
        closed = await purse.closed_to(site, self.settings, city)
        return None if closed is None else (closed.reason, closed.until.isoformat())


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    yield office
    for store in office.stores:
        await store.close()


async def test_a_city_is_open_while_a_call_can_be_paid(office: Office) -> None:
    opened = office.open()
    assert await office.why(opened) is None
    await office.spend(opened[2], 1_991_500)
    assert await office.why(opened) is None  # 8,500 are left: what a page costs at the most, and needs at the least
    await office.spend(opened[2], 1)
    assert await office.why(opened) == ("day", "2026-11-22T00:00:00+00:00")
    office.now += timedelta(hours=3)
    assert await office.why(opened) is None


async def test_month_city_and_breaker_close_as_well(office: Office) -> None:
    office.claude = ClaudeSettings(day_usd=30.0, all_sites_day_usd=30.0)
    opened = office.open()
    site, purse, store = opened
    await office.spend(store, 499_000, city="kyiv")
    assert await office.why(opened, "kyiv") == ("city_day", "2026-11-22T00:00:00+00:00")
    assert await office.why(opened, "odesa") is None
    await office.spend(store, 19_495_000)
    assert await office.why(opened, "odesa") == ("month", "2026-12-01T00:00:00+00:00")
    office.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert await office.why(opened, "odesa") is None
    retry = office.now + timedelta(hours=1)
    await store.set_claude_state(office.state(breaker="unauthorised", broken_at=office.now, retry_at=retry))
    assert await office.why(opened, "odesa") == ("breaker_unauthorised", "2026-12-01T01:00:00+00:00")
    assert await purse.hold(site, office.settings, "odesa", run_id="r", owner="o") == 0
    new_key = office.now.timestamp() + 60
    os.utime(Path(site.directory, "agent.env"), (new_key, new_key))
    assert await office.why(opened, "odesa") is None


async def test_a_site_without_use_of_claude_is_never_closed(office: Office) -> None:
    keyless = office.open("keyless", key=False)
    refused = office.open("refused")
    await refused[2].set_claude_state(office.state(has_key=False))
    free = office.open("free")
    for opened in (keyless, refused, free):
        await office.spend(opened[2], 30_000_000)
    office.claude = ClaudeSettings(day_usd=0)
    for site, purse, _ in (keyless, refused, free):
        assert await purse.closed_to(site, office.settings, "kyiv") is None
        assert await purse.hold(site, office.settings, "kyiv", run_id="r", owner="o") == 0
    office.claude = ClaudeSettings()
    assert await office.why(free) == ("month", "2026-12-01T00:00:00+00:00")
    await free[2].set_claude_state(office.state(model="unheard-of", priced=False))
    assert await office.why(free) is None  # no cap would let a model without a price be called once


async def test_a_city_that_readers_can_read_stays_open(office: Office) -> None:
    entry = CinemaEntry(city="kyiv", name="Kino", url="https://kino.example/")
    opened = office.open("one", entry)
    await office.spend(opened[2], 2_000_000)
    assert await office.why(opened, "kyiv") is None
    assert await office.why(opened, "odesa") is not None
    site, purse, _ = opened
    assert await purse.hold(site, office.settings, "kyiv", run_id="r", owner="o") == 0


async def test_what_a_call_lacked_today_keeps_small_remainders_from_starting_agents(office: Office) -> None:
    opened = office.open()
    await office.spend(opened[2], 1_900_000)
    await opened[2].set_claude_state(office.state(lacked=120_000, lacked_on=date(2026, 11, 21)))
    assert await office.why(opened) == ("day", "2026-11-22T00:00:00+00:00")
    await opened[2].set_claude_state(office.state(lacked=600_000, lacked_on=date(2026, 11, 21)))
    assert await office.why(opened) is None  # more than any city may cost: it tells nothing of what is left
    await opened[2].set_claude_state(office.state(lacked=120_000, lacked_on=date(2026, 11, 20)))
    assert await office.why(opened) is None


async def test_several_sites_cannot_exceed_the_common_cap_together(office: Office) -> None:
    """Ten sites, each of which may spend 2 dollars, take turns at 100 runs each until nothing is left of 1 dollar."""
    office.claude = ClaudeSettings(all_sites_day_usd=1.0, all_sites_month_usd=3.0, city_day_usd=0.2)
    sites = [office.open(f"site{number}") for number in range(10)]
    spent: list[int] = []

    async def run(number: int, turn: int) -> None:
        site, purse, store = sites[number]
        run_id = f"{number}-{turn}"
        allowance = await purse.hold(site, office.settings, f"city-{turn}", run_id=run_id, owner="here/now/1")
        if allowance:
            await office.spend(store, allowance // 3, city=f"city-{turn}", run=run_id)
            spent.append(allowance // 3)
            await purse.settle(run_id)

    for turn in range(100):
        await asyncio.gather(*(run(number, turn) for number in range(10)))
    book = office.account.read()
    assert (book.day_spent, book.all_held) == (sum(spent), 0)
    assert 1_000_000 - 8_500 < sum(spent) <= 1_000_000
    assert [(await office.why(opened, "new") or ("", ""))[0] for opened in sites] == ["all_sites_day"] * 10
    office.now += timedelta(days=1)
    assert [await office.why(opened, "new") for opened in sites] == [None] * 10
    assert Account(office.folder, lambda: office.now).read().month_spent == sum(spent)


async def test_what_others_hold_is_free_again_in_a_moment(office: Office) -> None:
    office.claude = ClaudeSettings(all_sites_day_usd=0.5)
    first, second = office.open("first"), office.open("second")
    assert await first[1].hold(first[0], office.settings, "kyiv", run_id="a", owner="o") == 500_000
    assert await office.why(second) == ("others_hold_it", "2026-11-21T22:01:00+00:00")
    await first[1].settle("a")
    assert await office.why(second) is None


async def test_an_open_call_counts_what_it_reserved(office: Office) -> None:
    site, purse, store = office.open()
    assert await purse.hold(site, office.settings, "kyiv", run_id="a", owner="o") == 500_000
    call = ModelCall(
        id="c", run_id="a", city_id="kyiv", stage="extraction", model="m", started_at=office.now, reserved=70_000
    )
    await store.reserve_call(call, WIDE)
    await purse.settle("a")
    assert office.account.read().day_spent == 70_000


async def test_what_a_dead_daemon_held_is_settled_by_its_successor(office: Office) -> None:
    site, purse, store = office.open()
    for run_id, owner in (("dead", "here/old/1"), ("mine", "here/new/1"), ("other", "command/1")):
        assert await purse.hold(site, office.settings, run_id, run_id=run_id, owner=owner) == 500_000
    await office.spend(store, 1_234, run="dead")
    await purse.settle_dead("one", place="here/", instance="here/new/")
    book = office.account.read()
    assert (book.day_spent, sorted(book.held)) == (1_234, ["mine", "other"])
    office.now += timedelta(days=1, seconds=1)
    book = office.account.read()
    assert (book.day, book.day_spent, book.month_spent, book.held) == ("2026-11-22", 1_000_000, 1_001_234, {})


async def test_a_damaged_account_pays_nothing_and_says_so(office: Office) -> None:
    opened = office.open()
    (office.folder / NAME).write_text("{")
    assert await office.why(opened) == ("account", "2026-11-21T22:01:00+00:00")
    assert await opened[1].hold(opened[0], office.settings, "kyiv", run_id="a", owner="o") == 0
    with pytest.raises(ConfigurationError, match="is damaged"):
        office.account.settle("a", 1)


def test_the_account_is_its_owners_alone(office: Office) -> None:
    held = Held(site="one", owner="o", amount=9, since=office.now)
    assert office.account.hold("a", held, least=1, caps=ROOMY) == 9
    assert (office.folder / NAME).stat().st_mode & 0o777 == 0o600


def test_no_page_can_be_asked_about_for_less_than_the_least() -> None:
    context = ReadContext(now=datetime(2026, 11, 21, tzinfo=UTC), timezone=ZoneInfo("Europe/Kyiv"))
    request = request_of("claude-haiku-5-5", "", context)
    assert len(msgspec.json.encode(request)) + OVERHEAD_TOKENS >= LEAST_PROMPT
    assert request["max_tokens"] >= LEAST_ANSWER


async def test_a_city_that_claude_alone_has_read_is_closed_and_one_that_a_reader_read_is_open(office: Office) -> None:
    names = Names(uk="Київ", en="Kyiv", ru="Киев")
    opened = office.open()
    await opened[2].add_location(
        Location(id="kyiv", names=names, lat=50.0, lon=30.0, country="UA", timezone="Europe/Kyiv")
    )
    await office.spend(opened[2], 2_000_000)
    for reader, reason in (("claude", "day"), ("miner", None)):
        await publish_one(opened[2], reader, office.now)
        assert ((await office.why(opened)) or (None,))[0] == reason


async def publish_one(store: Store, reader: str, now: datetime) -> None:
    """Publish one showtime of Kyiv that ``reader`` read."""
    from cinestreamd.store.base import Cinema, Evidence, Film, Listing, Publication, Run, Showtime, Titles

    lease = await store.acquire_lease("kyiv", owner="test", now=now, seconds=60)
    assert lease is not None
    run = Run(id=f"run-{reader}", city_id="kyiv", owner="test", trigger="visitor", started_at=now)
    row = Showtime(
        id=f"row-{reader}", city_id="kyiv", cinema_id="kino", film_id="film", start_time=now + timedelta(hours=3),
        business_day=now.date(), raw_title="Film", reader=reader, run_id=run.id, created_at=now,
        evidence=Evidence(url="https://kino.example/", quote="19:30 Film", fetched_at=now),
    )  # fmt: skip
    cinema = Cinema(id="kino", city_id="kyiv", name="Kino", url="https://kino.example/", source="openstreetmap")
    await store.begin_run(lease, run)
    publication = Publication(
        cinemas=(cinema,), films=(Film(id="film", titles=Titles(original="Film")),),
        listings=(Listing(cinema_id="kino", showtimes=(row,)),),
        run=msgspec.structs.replace(run, outcome="published", finished_at=now),
    )  # fmt: skip
    await store.publish(lease, publication, now=now)

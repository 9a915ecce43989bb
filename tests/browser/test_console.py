"""The operator's console in a real browser: the login, its pages on a phone, accessibility, valid markup, pictures."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from console_operator import PASSWORD, SECRET_KEY, Master, kept_password
from known_cities import CITIES
from msgspec.structs import replace
from page_checks import axe_faults, axe_source, markup_faults
from playwright.async_api import Page, expect
from product_store import new_store
from real_browser import DESKTOP, PATIENCE, PHONE, SCREENSHOTS
from sites_at_one_look import BOOKS, KINO, NOW

from cinestreamd.all_sites import AllSites
from cinestreamd.config import Settings
from cinestreamd.features import FEATURES
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import (
    Cinema,
    Evidence,
    Film,
    Listing,
    Publication,
    Run,
    Showtime,
    SourceOutcome,
    SourceResult,
    Store,
    Titles,
)
from cinestreamd.store.reports import CinemaReport, KeptRow, RefusedRow, RunReport, StageTime
from cinestreamd.store.spending import Caps, ClaudeState, ModelCall
from cinestreamd.web.app import Resources, create_app
from cinestreamd.web.keys import ConsoleAccess, Load
from cinestreamd.web.places import location_of

WAIT = PATIENCE * 1000
CAPS = Caps(call=10**9, city_day=10**9, day=10**9, month=10**9)
PATHS = (
    "/ops/",
    "/ops/sites",
    "/ops/cities",
    "/ops/cities/kyiv/shown",
    "/ops/cinemas",
    "/ops/cinemas/kyiv-published",
    "/ops/cinemas/kyiv-published/showtimes/kyiv-published-2",
    "/ops/runs",
    "/ops/runs/run-2",
    "/ops/spending",
    "/ops/journal",
)
NOWHERE = "/ops/runs/nowhere"
OUTCOMES: tuple[SourceOutcome, ...] = ("published", "empty", "quarantined", "unreachable", "unreadable")


FAR = "https://" + "a-site-with-a-very-long-name." * 6 + "example"
MANY_WORKERS = replace(KINO, workers={"ready": 11, "backoff": 1}, books=replace(BOOKS, breaker="spend_limit"))
GIVEN_UP = replace(
    KINO, name="a-site-that-was-given-up-just-now", state="fatal", address=FAR, workers={"fatal": 1}, books=None
)
ALL_SITES = AllSites(sites=(MANY_WORKERS, GIVEN_UP), spent=1_500_000, cap=5_000_000)


class Desk:
    """Takes every request."""

    async def request(self, _city_id: str) -> Any:
        """Say that it is queued."""
        return "accepted"

    async def recheck(self, _city_id: str, _cinema_id: str) -> Any:
        """Say that it is queued."""
        return "accepted"


def showtime(number: int, cinema_id: str, run_id: str) -> Showtime:
    """One evening showing."""
    start = NOW + timedelta(hours=2 + number)
    return Showtime(
        id=f"{cinema_id}-{number}",
        city_id="kyiv",
        cinema_id=cinema_id,
        film_id="dovbush-2023",
        start_time=start,
        business_day=start.date(),
        raw_title="Довбуш",
        evidence=Evidence(url="https://zhovten.example/afisha", quote=f"Довбуш {start:%H:%M}, зала 2", fetched_at=NOW),
        reader="json_ld",
        run_id=run_id,
        created_at=NOW,
    )


def report_of(run: Run, rows: tuple[Showtime, ...]) -> RunReport:
    """What the run tells of its cinemas."""
    kept = tuple(KeptRow(row.id, row.raw_title, row.start_time, row.evidence.quote, row.reader) for row in rows)
    refused = (RefusedRow("Мавка. Лісова пісня", "2026-11-20 18:40", "in_the_past", "Мавка 18:40, зала 1"),) * 2
    cinemas = tuple(
        CinemaReport(
            cinema_id=source.cinema_id,
            began=1.5 + place,
            seconds=2.25 * place + 0.5,
            kept=kept if source.outcome == "published" else (),
            refused=refused if source.outcome == "published" else (),
        )
        for place, source in enumerate(run.sources)
    )
    stages = (StageTime("discover", 0.0, 1.5), StageTime("read", 1.5, 36.0), StageTime("publish", 37.5, 4.5))
    return RunReport(run_id=run.id, city_id=run.city_id, started_at=run.started_at, stages=stages, cinemas=cinemas)


async def live(store: Store) -> None:
    """A life in which everything occurs: two runs of Kyiv, a failed one of Lviv, calls of Claude over some days."""
    for city_id in ("kyiv", "lviv"):
        city = CITIES.get(city_id)
        assert city is not None
        await store.add_location(location_of(city))
    for number, ago in ((1, timedelta(hours=25)), (2, timedelta(hours=1))):
        at = NOW - ago
        run = Run(id=f"run-{number}", city_id="kyiv", owner="test", trigger="refresh", started_at=at)
        lease = await store.acquire_lease("kyiv", owner="test", now=at, seconds=300)
        assert lease is not None
        await store.begin_run(lease, run)
        cinemas = [
            Cinema(
                id=f"kyiv-{outcome}",
                city_id="kyiv",
                name=f"Кінотеатр «{outcome}» на дуже довгій вулиці",
                url=f"https://{outcome}.example/afisha",
                source="openstreetmap",
                last_read=at if outcome in {"published", "empty"} else at - timedelta(days=3),
                last_outcome=outcome,
                failures=0 if outcome in {"published", "empty"} else number,
            )
            for outcome in OUTCOMES
        ]
        sources = tuple(
            SourceResult(
                cinema_id=cinema.id,
                url=cinema.url,
                outcome=cinema.last_outcome or "empty",
                reader="json_ld" if cinema.last_outcome == "published" else None,
                kept=5 + number if cinema.last_outcome == "published" else 0,
                refused={"in_the_past": 2 * number} if cinema.last_outcome == "published" else {},
                detail="collapsed" if cinema.last_outcome == "quarantined" else "",
            )
            for cinema in cinemas
        )
        rows = tuple(showtime(place, "kyiv-published", run.id) for place in range(5 + number))
        ended = Run(
            id=run.id,
            city_id="kyiv",
            owner="test",
            trigger="refresh",
            started_at=at,
            finished_at=at + timedelta(seconds=42),
            outcome="published",
            done=5,
            total=5,
            sources=sources,
            cost_microusd=12_000 * number,
        )
        film = Film(id="dovbush-2023", titles=Titles(original="Довбуш", uk="Довбуш", en="Dovbush"), year=2023)
        listings = (Listing(cinema_id="kyiv-published", showtimes=rows),)
        publication = Publication(cinemas=tuple(cinemas), films=(film,), listings=listings, run=ended)
        await store.publish(lease, publication, now=at + timedelta(seconds=42))
        await store.put_report(report_of(ended, rows))
    at = NOW - timedelta(minutes=10)
    lease = await store.acquire_lease("lviv", owner="test", now=at, seconds=300)
    assert lease is not None
    failed = Run(
        id="run-3",
        city_id="lviv",
        owner="test",
        trigger="visitor",
        started_at=at,
        finished_at=at + timedelta(seconds=20),
        outcome="failed",
        error="no_cinema_read",
    )
    await store.begin_run(lease, failed)
    await store.finish_run(failed)
    await store.release_lease(lease, now=at, cooldown_until=NOW + timedelta(minutes=5))
    await spend(store)


async def spend(store: Store) -> None:
    """Some calls on each of the last days."""
    for day in range(12):
        for number in range(1 + day % 3):
            call = ModelCall(
                id=f"call-{day}-{number}",
                run_id="run-1" if day == 1 else "run-2" if day == 0 else f"old-{day}",
                city_id="kyiv" if number % 2 == 0 else "lviv",
                stage=("extraction", "titles", "discovery")[number],  # type: ignore[arg-type]  # one of the stages
                model="claude-haiku-4-5",
                started_at=NOW - timedelta(days=day, minutes=30),
                reserved=90_000,
            )
            assert await store.reserve_call(call, CAPS) is None
            cost = 20_000 + 9_000 * day
            await store.settle_call(
                ModelCall(
                    **{
                        **{name: getattr(call, name) for name in call.__struct_fields__},
                        "outcome": "ok",
                        "counted": cost,
                        "cost": cost,
                        "tokens_in": 12_000,
                        "tokens_out": 900,
                        "seconds": 3.5,
                        "proposed": 12,
                        "kept": 10,
                        "refused": {"time_not_on_page": 2},
                    }
                )
            )
    await store.set_claude_state(ClaudeState(checked_at=NOW, has_key=True, model="claude-haiku-4-5", priced=True))


@pytest.fixture
async def site(tmp_path: Path, aiohttp_server: Any) -> AsyncIterator[str]:
    """The address of a site with a console."""
    store = new_store(tmp_path / "site.sqlite")
    await live(store)
    master = Master()
    master.all_told = ALL_SITES
    resources = Resources(
        settings=Settings(),
        site=Site(name="kino", settings=SiteSettings(cities=("kyiv", "lviv")), directory=str(tmp_path)),
        secret_key=SECRET_KEY,
        store=store,
        gazetteer=CITIES,
        scrapes=Desk(),
        clock=lambda: NOW,
        load=Load(),
        console=ConsoleAccess(password=kept_password(), state=master.state, retry=master.retry, sites=master.sites),
    )
    server = await aiohttp_server(create_app(resources, FEATURES))
    yield str(server.make_url("/")).rstrip("/")
    await store.close()


async def log_in(page: Page) -> None:
    """As an operator does."""
    await page.goto("/ops/")
    await page.get_by_label("Пароль").fill(PASSWORD)
    await page.get_by_role("button", name="Увійти").click()
    await expect(page.locator("h1")).to_have_text("Огляд", timeout=WAIT)


async def test_an_operator_logs_in_looks_around_and_out_without_javascript(site: str, open_page: Any) -> None:
    async with open_page(site, java_script_enabled=False, locale="uk-UA") as page:
        await log_in(page)
        await page.get_by_role("navigation").get_by_role("link", name="Міста").click()
        await expect(page.locator("h1")).to_have_text("Міста")
        await page.get_by_role("button", name="EN").click()
        await expect(page.locator("h1")).to_have_text("Cities")
        assert page.url.endswith("/ops/cities")
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("h1")).to_have_text("Console")
        await page.goto("/ops/cities")
        await expect(page.get_by_label("Password")).to_be_visible()


async def test_a_deed_after_the_login_has_ended_leads_to_the_login(site: str, open_page: Any) -> None:
    async with open_page(site, refused=401, locale="en-GB") as page:
        await page.goto("/ops/login?next=/ops/cities")
        await page.locator("#password").fill(PASSWORD)
        await page.locator("form[action='/ops/login'] button").click()
        await expect(page.locator("h1")).to_have_text("Cities", timeout=WAIT)
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Read now").first.click()
        await expect(page.get_by_role("alert")).to_have_text("Nothing was done: you are not logged in any more.")
        await page.locator("#password").fill(PASSWORD)
        await page.get_by_role("button", name="Log in").click()
        await expect(page.locator("h1")).to_have_text("Overview", timeout=WAIT)


async def test_an_operator_corrects_a_showing_and_takes_it_back(site: str, open_page: Any) -> None:
    async with open_page(site, locale="uk-UA") as page:
        await log_in(page)
        await page.goto("/ops/cinemas/kyiv-published")
        await page.get_by_role("region", name="Показується зараз").get_by_role("link").first.click()
        await page.get_by_label("Зала").fill("Велика зала")
        await page.get_by_role("button", name="Виправити").click()
        await expect(page.get_by_role("status")).to_contain_text("Сеанс виправлено", timeout=WAIT)
        await page.goto("/uk/city/kyiv")
        await expect(page.get_by_text("Велика зала").first).to_be_visible()
        await page.goto("/ops/cinemas/kyiv-published")
        await page.locator(".ops-rows a").first.click()
        await page.get_by_role("button", name="Відкликати виправлення").click()
        await expect(page.get_by_role("status")).to_contain_text("як на його сторінці", timeout=WAIT)


async def test_no_page_is_wider_than_a_small_phone(site: str, open_page: Any) -> None:
    async with open_page(site, viewport={"width": 320, "height": 640}, locale="uk-UA") as page:
        await log_in(page)
        for path in PATHS:
            await page.goto(path)
            await page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true })")
            assert await page.evaluate("document.documentElement.scrollWidth") == 320, path


SEEN = """all => all.filter(link => {
  const box = link.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const corners = [box.x + 1, box.right - 1].every(edge => link.contains(document.elementFromPoint(edge, y)));
  return corners && link.contains(document.elementFromPoint(x, y)) && box.height >= 40;
}).map(link => link.getAttribute('href'))"""
"""Which links are wholly in sight and can be touched, top of the page."""


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("locale", ["uk-UA", "en-GB", "ru-RU"])
async def test_every_chief_page_can_be_reached_on_a_phone_without_searching(
    site: str, open_page: Any, locale: str, width: int
) -> None:
    async with open_page(site, viewport={"width": width, "height": 640}, locale=locale) as page:
        await page.goto("/ops/login")
        await page.locator("#password").fill(PASSWORD)
        await page.locator("form[action='/ops/login'] button").click()
        await expect(page.locator(".ops-nav")).to_be_visible(timeout=WAIT)
        seen = await page.locator(".ops-bar a").evaluate_all(SEEN)
        assert seen == [
            "/ops/",
            "/ops/sites",
            "/ops/cities",
            "/ops/cinemas",
            "/ops/runs",
            "/ops/spending",
            "/ops/journal",
        ]
        await expect(page.locator(".ops-bar button")).to_be_in_viewport(ratio=1)


async def test_a_city_can_be_read_on_a_phone_without_pushing_the_table(site: str, open_page: Any) -> None:
    async with open_page(site, viewport=PHONE, locale="ru-RU") as page:
        await page.goto("/ops/login?next=/ops/cities")
        await page.locator("#password").fill(PASSWORD)
        await page.locator("form[action='/ops/login'] button").click()
        for button in await page.locator("td button").all():
            await expect(button).to_be_in_viewport(ratio=1, timeout=WAIT)
        await expect(page.locator("td button")).to_have_count(2)


async def test_axe_finds_nothing(site: str, open_page: Any) -> None:
    axe = axe_source()
    found: dict[str, list[str]] = {}
    async with open_page(site, refused=404, locale="uk-UA") as page:
        await page.goto("/ops/login")
        for path in ("/ops/login", *PATHS, NOWHERE):
            if path == PATHS[0]:
                await log_in(page)
            await page.goto(path)
            await page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true })")
            faults = await axe_faults(page, axe)
            found |= {f"{path} {scheme}": each for scheme, each in faults.items()}
    assert len(found) == 2 * (len(PATHS) + 2)
    assert {path: each for path, each in found.items() if each} == {}


async def test_markup_is_valid(site: str, open_page: Any, tmp_path: Path) -> None:
    async with open_page(site, locale="uk-UA") as page:
        pages = {"/ops/login": await (await page.request.get("/ops/login")).text()}
        await log_in(page)
        for path in (*PATHS, NOWHERE):
            pages[path] = await (await page.request.get(path)).text()
    assert await markup_faults(pages, tmp_path) == []


async def test_pictures_are_taken(site: str, open_page: Any) -> None:
    """They are for people to look at; each must show a whole page and not be empty."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for size, viewport, scheme in (("phone", PHONE, "dark"), ("desktop", DESKTOP, "light")):
        async with open_page(site, viewport=viewport, color_scheme=scheme, locale="uk-UA") as page:
            await page.goto("/ops/login")
            await page.screenshot(path=SCREENSHOTS / f"console-login-{size}-{scheme}.png", full_page=True)
            await log_in(page)
            for path in PATHS:
                await page.goto(path)
                await page.locator("details").first.evaluate_all("all => all.forEach(each => { each.open = true })")
                name = path.removeprefix("/ops/").replace("/", "-") or "overview"
                picture = await page.screenshot(
                    path=SCREENSHOTS / f"console-{name}-{size}-{scheme}.png", full_page=True
                )
                assert len(picture) > 10_000

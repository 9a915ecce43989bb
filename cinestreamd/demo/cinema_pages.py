"""Serves the website of one fictional cinema: its pages, the booking page of each showing, and revalidation."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from cinestreamd.demo.rendering import Renderer
from cinestreamd.demo.website import DAY_BEGINS, CinemaWebsite, Film, Showing, Week


class CinemaPages:
    """The handlers of one website. A page stays the same for a whole day of the cinema, and is kept for that long."""

    def __init__(self, website: CinemaWebsite, renderer: Renderer, clock: Callable[[], datetime]) -> None:
        self._website = website
        self._renderer = renderer
        self._clock = clock
        self._zone = ZoneInfo(website.timezone)
        self._kept: dict[str, tuple[date, bytes]] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        """All routes of the website."""
        prefix = f"/{self._website.slug}"
        routes: list[web.AbstractRouteDef] = [web.get(prefix, self._to_front_page)]
        routes += [
            web.get(f"{prefix}/{path}", partial(self._page, template)) for path, template in self._website.pages.items()
        ]
        booking, _, query = self._website.booking.partition("?")
        parameter = next((name for name, value in parse_qsl(query) if value == "{key}"), None)
        routes.append(web.get(f"{prefix}/{booking}", partial(self._booking, parameter)))
        return routes

    async def _to_front_page(self, _: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently(f"/{self._website.slug}/")

    async def _page(self, template: str, request: web.Request) -> web.Response:
        first_day = self._website.first_day(self._clock())
        kept_day, body = self._kept.get(request.path, (None, b""))
        if kept_day != first_day:
            week = self._website.week(first_day, self._renderer.home(self._website))
            film = _film_of(request, week)
            body = self._renderer.cinema_page(self._website, template, week=week, film=film).encode()
            self._kept[request.path] = (first_day, body)
        return self._revalidated(request, body, first_day)

    def _revalidated(self, request: web.Request, body: bytes, first_day: date) -> web.Response:
        """The page, or 304 when the client already has it (RFC 9110 section 13.2.2)."""
        changed = datetime.combine(first_day, DAY_BEGINS, self._zone).astimezone(UTC)
        tag = sha256(body).hexdigest()[:16]
        if request.if_none_match is not None:
            known = any(given.value in {tag, "*"} for given in request.if_none_match)
        else:
            since = request.if_modified_since
            known = since is not None and since >= changed
        response = (
            web.Response(status=HTTPStatus.NOT_MODIFIED)
            if known
            else web.Response(body=body, content_type="text/html", charset="utf-8")
        )
        response.etag = tag
        response.last_modified = changed
        response.headers[hdrs.CACHE_CONTROL] = "no-cache"
        return response

    async def _booking(self, parameter: str | None, request: web.Request) -> web.Response:
        key = request.query.get(parameter, "") if parameter else request.match_info["key"]
        now = self._clock()
        week = self._website.week(self._website.first_day(now), self._renderer.home(self._website))
        showing = next((one for one in week.showings if one.key == key), None)
        if showing is None:
            raise web.HTTPNotFound
        page = self._renderer.cinema_page(
            self._website, "booking.html", showing=showing, state=_booking_state(showing, now)
        )
        return web.Response(text=page, content_type="text/html")


def _film_of(request: web.Request, week: Week) -> Film | None:
    """The film that the address names, None on a page of no one film; 404 for a film that is not shown."""
    slug = request.match_info.get("film")
    if slug is None:
        return None
    film = next((film for film in week.films if film.slug == slug), None)
    if film is None:
        raise web.HTTPNotFound
    return film


def _booking_state(showing: Showing, now: datetime) -> str:
    """What the booking page tells: open, sold_out, cancelled, or closed once the film has begun."""
    if showing.start <= now:
        return "closed"
    return "open" if showing.availability == "available" else showing.availability

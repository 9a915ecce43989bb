"""The one way out: every request that an agent makes to the web goes through a ``Fetcher``."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Final, Literal, Self

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from cinestreamd import config
from cinestreamd.agent.fetch.addresses import is_public
from cinestreamd.agent.fetch.body import ACCEPT_ENCODING, BadCodingError, OverLimitError, read_body
from cinestreamd.agent.fetch.charset import decode
from cinestreamd.agent.fetch.errors import (
    AddressRefusedError,
    BadContentTypeError,
    BadUrlError,
    ConnectionFailedError,
    FetchTimeoutError,
    HttpStatusError,
    NoPictureError,
    RobotsRefusedError,
    TooLargeError,
    TooManyRedirectsError,
)
from cinestreamd.agent.fetch.politeness import Politeness
from cinestreamd.agent.fetch.robots import LARGEST, Robots, Rules
from cinestreamd.agent.fetch.urls import WEB_PORTS, checked_url
from cinestreamd.agent.model import Page

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS: Final = 5
ACCEPT: Final = "text/html,application/xhtml+xml,application/json;q=0.9,application/xml;q=0.9,*/*;q=0.5"
PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Kinds of pictures that are asked for: of pixels, and no others."""

Method = Literal["GET", "HEAD", "POST"]


class Validators(Struct, frozen=True, kw_only=True):
    """What tells a server which version of a page is known already (RFC 9110 section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """The conditional request headers."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


class Answer(Struct, frozen=True, kw_only=True):
    """One HTTP answer, of what is needed of it. ``body`` is decoded and within the limit."""

    url: URL
    status: int
    media_type: str
    charset: str | None
    location: str | None
    etag: str | None
    last_modified: str | None
    body: bytes


class Request(Struct, frozen=True, kw_only=True):
    """How one page is to be asked for."""

    method: Method = "GET"
    headers: dict[str, str] = {}
    data: dict[str, str] | None = None
    limit: int
    timeout: float
    obey_robots: bool = True
    text_only: bool = True
    cut: bool = False
    head_only: bool = False


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _RefusedAddressError(OSError):
    """Raised in place of connecting."""


def _whom_to_trust() -> ssl.SSLContext:
    """Whom the system trusts now: what aiohttp keeps from its own loading is empty (see ``master.entries``)."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(("http/1.1",))
    return context


class Fetcher:
    """Asks public web servers, politely and within limits. An async context manager.

    The address is checked where the socket is made, so that no spelling of a host, no redirect and no resolver's answer
    gets past it. ``allowed`` names (ip, port) pairs exempt from the public-address rule and from the interval between
    requests, for servers on this machine. ``turns`` is the folder through which several processes share the interval
    of each host. ``clock`` tells the UTC moment at which a page is had.
    """

    def __init__(
        self,
        settings: config.Fetch,
        *,
        allowed: frozenset[tuple[str, int]] = frozenset(),
        turns: Path | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._allowed = allowed
        self._ports = WEB_PORTS | {port for _, port in allowed}
        exempt = frozenset(address for address, _ in allowed)
        self._politeness = Politeness(settings.host_interval, exempt=exempt, folder=turns)
        self._robots = Robots(settings.user_agent, self._robots_text)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=_whom_to_trust(), socket_factory=self._open_socket, limit=64),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers={
                "User-Agent": self._settings.user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": ACCEPT_ENCODING,
            },
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._robots.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, url: str) -> Page:
        """The page at ``url``.

        Raises:
            FetchError: it could not be had; the class says why.
        """
        return self._page(await self._ask(url, self._request()))

    async def get_if_changed(self, url: str, validators: Validators) -> Page | None:
        """The page at ``url``, or None when the server says that the version of ``validators`` is still the one.

        Raises:
            FetchError: it could not be had; the class says why.
        """
        answer = await self._ask(url, self._request(headers=validators.headers()))
        return None if answer.status == 304 else self._page(answer)

    async def probe(self, url: str) -> int:
        """The HTTP status with which ``url`` answers after redirects. No body is read.

        Servers that do not know HEAD are asked by GET: an error is believed from GET alone.

        Raises:
            FetchError: there was no answer; the class says why.
        """
        request = msgspec.structs.replace(self._request(), method="HEAD", text_only=False, head_only=True)
        answer = await self._ask(url, request)
        if answer.status >= 400 and answer.status != 429:
            answer = await self._ask(url, msgspec.structs.replace(request, method="GET"))
        return answer.status

    async def get_picture(self, url: str, *, limit: int) -> bytes:
        """The bytes of the picture at ``url``, at most ``limit``; what they hold is for the caller to find out.

        Raises:
            FetchError: it could not be had; the class says why.
        """
        request = msgspec.structs.replace(
            self._request({"Accept": ",".join(sorted(PICTURES))}), limit=limit, text_only=False
        )
        answer = await self._ask(url, request)
        if answer.status != 200:
            raise HttpStatusError(str(answer.url), http_status=answer.status)
        if answer.media_type not in PICTURES:
            raise NoPictureError(str(answer.url), found=answer.media_type[:80] or "no type")
        return answer.body

    async def ask_api(self, url: str, form: dict[str, str], *, limit: int, seconds: float) -> Page:
        """The answer of a public programming interface to a POSTed ``form``, of at most ``limit`` bytes.

        robots.txt is for crawlers and is not asked.

        Raises:
            FetchError: it could not be had; the class says why.
        """
        request = Request(method="POST", data=form, limit=limit, timeout=seconds, obey_robots=False)
        return self._page(await self._ask(url, request))

    async def rules(self, url: str) -> Rules:
        """What robots.txt says for the host of ``url``.

        Raises:
            BadUrlError: no address that may be asked.
        """
        return await self._robots.rules(checked_url(url, self._ports))

    def _request(self, headers: dict[str, str] | None = None) -> Request:
        return Request(headers=headers or {}, limit=self._settings.max_bytes, timeout=self._settings.timeout)

    def _page(self, answer: Answer) -> Page:
        if answer.status not in {200, 203}:
            raise HttpStatusError(str(answer.url), http_status=answer.status)
        text = decode(answer.body, answer.charset)
        media_type = answer.media_type or sniff(text)
        if not is_text(media_type):
            raise BadContentTypeError(str(answer.url), found=media_type[:80])
        return Page(
            url=str(answer.url),
            content_type=media_type,
            text=text,
            fetched_at=self._clock(),
            etag=answer.etag,
            last_modified=answer.last_modified,
        )

    async def _ask(self, url: str, request: Request) -> Answer:
        """Follow redirects by hand, each hop checked as if it were the first."""
        current = checked_url(url, self._ports)
        left = request.timeout
        for _ in range(MOST_REDIRECTS + 1):
            if request.obey_robots:
                await self._check_robots(current)
            async with self._politeness.of(current.raw_host or "").turn():
                began = monotonic()
                answer = await self._exchange(current, request, left)
                left -= monotonic() - began
            if answer.status not in REDIRECTS or not answer.location:
                return answer
            current = self._target(current, answer.location)
        raise TooManyRedirectsError(url)

    def _target(self, current: URL, location: str) -> URL:
        try:
            joined = current.join(URL(location.strip()))
        except ValueError:
            raise BadUrlError(location, problem="not an address") from None
        return checked_url(str(joined), self._ports)

    async def _check_robots(self, url: URL) -> None:
        rules = await self._robots.rules(url)
        self._politeness.of(url.raw_host or "").slow_down(rules.crawl_delay)
        if not rules.allow(url):
            raise RobotsRefusedError(str(url))

    async def _robots_text(self, place: URL) -> str:
        request = Request(limit=LARGEST, timeout=self._settings.timeout, obey_robots=False, text_only=False, cut=True)
        answer = await self._ask(str(place), request)
        if answer.status != 200:
            raise HttpStatusError(str(place), http_status=answer.status)
        return decode(answer.body, "utf-8")

    async def _exchange(self, url: URL, request: Request, seconds: float) -> Answer:
        """One request and its answer, everything that can go wrong as a ``FetchError``."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                return await self._send(url, request)
        except TimeoutError:
            raise FetchTimeoutError(str(url)) from None
        except OverLimitError:
            raise TooLargeError(str(url), limit=request.limit) from None
        except BadCodingError:
            raise BadContentTypeError(str(url), found="unknown or damaged compression") from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _RefusedAddressError):
                raise AddressRefusedError(str(url)) from None
            raise ConnectionFailedError(str(url)) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise ConnectionFailedError(str(url)) from None

    async def _send(self, url: URL, request: Request) -> Answer:
        if self._session is None:
            raise RuntimeError("a Fetcher is used inside its 'async with' block")
        async with self._session.request(
            request.method, url, headers=request.headers, data=request.data, allow_redirects=False
        ) as response:
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            wanted = response.status in {200, 203} and not request.head_only
            if wanted and request.text_only and media_type and not is_text(media_type):
                raise BadContentTypeError(str(url), found=media_type[:80])
            body = b""
            if wanted:
                coding = response.headers.get("Content-Encoding", "")
                body = await read_body(response.content.iter_any(), coding, request.limit, cut=request.cut)
            else:
                response.close()
            return Answer(
                url=url,
                status=response.status,
                media_type=media_type,
                charset=response.charset,
                location=response.headers.get("Location"),
                etag=response.headers.get("ETag"),
                last_modified=response.headers.get("Last-Modified"),
                body=body,
            )

    def _open_socket(self, info: tuple[object, ...]) -> socket.socket:
        """The guard: aiohttp asks here for the socket with which it will connect to exactly this address."""
        family, kind, protocol, _, place = info
        address, port = str(place[0]), int(place[1])  # type: ignore[index]  # a sockaddr is (host, port, …)
        public = port in WEB_PORTS and is_public(address)
        if not public and (address, port) not in self._allowed:
            raise _RefusedAddressError("address refused")
        return socket.socket(family, kind, protocol)  # type: ignore[arg-type]  # typed as plain ints by getaddrinfo


def is_text(media_type: str) -> bool:
    """Whether a media type is one that readers read: HTML, XML, JSON or plain text."""
    kind, _, subtype = media_type.partition("/")
    if kind == "text":
        return True
    return kind == "application" and (
        subtype in {"json", "xml", "xhtml+xml", "ld+json", "x-json"} or subtype.endswith(("+json", "+xml"))
    )


def sniff(text: str) -> str:
    """The media type of a page whose server names none; empty when it is not text that readers read."""
    start = text[:1000].lstrip()[:1]
    if "\ufffd" in text[:1000]:
        return "application/octet-stream"
    return {"<": "text/html", "{": "application/json", "[": "application/json"}.get(start, "text/plain")

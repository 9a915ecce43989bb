"""robots.txt (RFC 9309): asked for once per host and process, read by protego."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

from protego import Protego
from yarl import URL

from cinestreamd.agent.fetch.errors import (
    AddressRefusedError,
    ConnectionFailedError,
    FetchError,
    FetchTimeoutError,
    HttpStatusError,
    TooManyRedirectsError,
)

# RFC 9309 section 2.5: at least 500 kibibytes must be read; the rest is ignored.
LARGEST: Final = 512_000


class Rules:
    """What one host's robots.txt says to one user agent."""

    def __init__(self, parsed: Protego | None, agent: str, *, allowed: bool = True) -> None:
        self._parsed = parsed
        self._agent = agent
        self._allowed = allowed

    def allow(self, url: URL) -> bool:
        """Whether the page may be read."""
        return bool(self._parsed.can_fetch(str(url), self._agent)) if self._parsed else self._allowed

    @property
    def crawl_delay(self) -> float | None:
        """The seconds that the host wants between two requests."""
        return self._parsed.crawl_delay(self._agent) if self._parsed else None

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Addresses of sitemaps that the file names, as written."""
        return tuple(self._parsed.sitemaps)[:10] if self._parsed else ()


class Robots:
    """The rules of all hosts; ``fetch_text`` gets a robots.txt as text or raises ``FetchError``."""

    def __init__(self, user_agent: str, fetch_text: Callable[[URL], Awaitable[str]]) -> None:
        token = re.match(r"[A-Za-z_-]+", user_agent)
        self._agent = token[0] if token else user_agent
        self._fetch_text = fetch_text
        self._rules: dict[URL, asyncio.Task[Rules]] = {}

    async def rules(self, url: URL) -> Rules:
        """The rules for the host of ``url``; several callers at once cause one request.

        Raises:
            FetchError: the host cannot be reached at all, so nothing of it may be read in this run.
        """
        place = url.origin() / "robots.txt"
        if place not in self._rules:
            self._rules[place] = asyncio.create_task(self._load(place))
        return await asyncio.shield(self._rules[place])

    async def close(self) -> None:
        """Stop what is under way."""
        for task in self._rules.values():
            task.cancel()
        await asyncio.gather(*self._rules.values(), return_exceptions=True)

    async def _load(self, place: URL) -> Rules:
        """RFC 9309 section 2.3.1: none (4xx, endless redirects) allows all, out of order (5xx) forbids all."""
        try:
            text = await self._fetch_text(place)
        except HttpStatusError as error:
            return Rules(None, self._agent, allowed=error.http_status < 500)
        except TooManyRedirectsError:
            return Rules(None, self._agent)
        except (AddressRefusedError, ConnectionFailedError, FetchTimeoutError):
            raise
        except FetchError:
            return Rules(None, self._agent, allowed=False)
        return Rules(Protego.parse(text), self._agent)

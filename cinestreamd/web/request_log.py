"""Lines about requests: a sample of them, and all that were slow. They name a route, never an address or a visitor."""

from typing import Final

import structlog
from aiohttp.web import AppKey

SLOW_SECONDS: Final = 1.0

log = structlog.get_logger()


class RequestLog:
    """Logs the given ``share`` of requests, evenly: of 0.01 every hundredth."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._due = 0.0

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Log a request, if it is one that is to be logged. Its id is bound to the context."""
        self._due += self._share
        if self._due < 1.0 and seconds < SLOW_SECONDS:
            return
        self._due %= 1.0
        log.info("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1))


REQUEST_LOG: Final = AppKey("request_log", RequestLog)

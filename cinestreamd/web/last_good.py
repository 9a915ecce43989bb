"""The last good answers of one worker, for when the store does not answer: better old and marked than none.

Only answers that are the same for everybody are kept, compressed, the least used go first.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web import AppKey
from markupsafe import escape
from msgspec import Struct

from cinestreamd.i18n import N_, translations
from cinestreamd.store.base import StoreBusyError, StoreUnavailableError
from cinestreamd.web import formats
from cinestreamd.web.compression import pack, unpack
from cinestreamd.web.language import language_of

MOST_BYTES: Final = 1_000_000
"""What one worker keeps, compressed: some 150 pages."""
MOST_AGE: Final = timedelta(hours=24)

_MAIN: Final = b'<main id="main" tabindex="-1">'
_NOTICE: Final = N_("The newest data cannot be read at the moment; this page was made {age}.")
_LEFT_OUT: Final = frozenset({"ETag", "Cache-Control", "Content-Length", "Content-Type", "Content-Encoding", "Vary"})

log = structlog.get_logger(__name__)

Key = tuple[str, str]


class Kept(Struct, frozen=True, kw_only=True):
    """One answer as it was given at ``made_at``; its body is packed by gzip."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]
    etag: str
    made_at: datetime


class LastGood:
    """The answers that one worker gave, by language and address."""

    def __init__(self, clock: Callable[[], datetime], *, most_bytes: int = MOST_BYTES) -> None:
        self._clock = clock
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()

    def keep(self, key: Key, answer: web.Response) -> None:
        """Keep an answer in place of the former one of its address; the same again only becomes newer."""
        former = self._forget(key)
        etag, now = answer.headers["ETag"].replace('-gzip"', '"'), self._clock()
        body = former.body if former is not None and former.etag == etag else _packed(answer)
        self._kept[key] = Kept(
            body=body,
            content_type=answer.headers["Content-Type"],
            headers={name: value for name, value in answer.headers.items() if name not in _LEFT_OUT},
            etag=etag,
            made_at=now,
        )
        self._bytes += len(body)
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._kept)))

    def find(self, key: Key) -> Kept | None:
        """The last good answer of an address, unless it is too old to be of use."""
        kept = self._kept.get(key)
        if kept is None or self._clock() - kept.made_at > MOST_AGE:
            return None
        self._kept.move_to_end(key)
        return kept

    def age(self, kept: Kept) -> float:
        """Seconds since an answer was made."""
        return max(0.0, (self._clock() - kept.made_at).total_seconds())

    def _forget(self, key: Key) -> Kept | None:
        former = self._kept.pop(key, None)
        if former is not None:
            self._bytes -= len(former.body)
        return former


def _packed(answer: web.Response) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else b""
    return body if answer.headers.get("Content-Encoding") == "gzip" else pack(body)


LAST_GOOD: Final = AppKey("last_good", LastGood)


@web.middleware
async def last_good_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep good answers; when the store does not answer, give the last good one of that address, and say so."""
    try:
        answer = await handler(request)
    except (StoreUnavailableError, StoreBusyError) as error:
        pages = request.app[LAST_GOOD]
        kept = pages.find(_key(request)) if request.method in {"GET", "HEAD"} else None
        if kept is None:
            raise
        log.debug("old_answer_given", code=error.code)
        return _old_answer(request, kept, pages.age(kept), retry_after=error.fields["retry_after"])
    if isinstance(answer, web.Response) and _is_for_everybody(request, answer):
        request.app[LAST_GOOD].keep(_key(request), answer)
    return answer


def _key(request: web.Request) -> Key:
    return language_of(request), request.path_qs


def _is_for_everybody(request: web.Request, answer: web.Response) -> bool:
    return (
        request.method == "GET"
        and answer.status == 200
        and not request.rel_url.raw_path.startswith("/static/")
        and "ETag" in answer.headers
        and "Set-Cookie" not in answer.headers
    )


def _old_answer(request: web.Request, kept: Kept, age: float, *, retry_after: object) -> web.Response:
    """An answer from before, marked for people by a line on top, for programs by its headers."""
    body = unpack(kept.body)
    if kept.content_type.startswith("text/html"):
        language = language_of(request)
        told = translations(language).gettext(_NOTICE).format(age=formats.format_age(age, language))
        notice = f'<p class="banner outage" role="status">{escape(told)}</p>'.encode()
        body = body.replace(_MAIN, _MAIN + notice, 1)
    headers = {
        **kept.headers,
        "Content-Type": kept.content_type,
        "Cache-Control": "no-store",
        "Age": str(int(age)),
        "Warning": '110 - "Response is Stale"',
        "Retry-After": str(retry_after),
    }
    return web.Response(body=body, headers=headers)

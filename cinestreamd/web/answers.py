"""Finished answers: JSON and pages, with the cache rules and validators that go with them."""

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from cinestreamd.web.compression import pack, unpack

_ENCODER = msgspec.json.Encoder()
_WORTH_PACKING: Final = 1_000


def json_answer(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """``value`` as JSON that nobody keeps, unless ``headers`` say otherwise."""
    return web.Response(
        body=_ENCODER.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


class Ready(Struct, frozen=True):
    """An answer that is the same for everybody, ready to be sent: compressed, with the validator of its content."""

    packed: bytes
    etag: str
    content_type: str
    max_age: int


def make_ready(body: bytes, *, content_type: str, max_age: int) -> Ready:
    """``body`` as an answer that is kept for ``max_age`` seconds."""
    packed = pack(body)
    return Ready(packed, _digest(packed), content_type, max_age)


def answer_ready(request: web.Request, ready: Ready) -> web.Response:
    """What is ready, compressed for those who take it so; 304 for those who have it."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    headers = _headers(ready.etag, ready.max_age, packed=packed)
    headers["Vary"] = "Accept-Encoding"
    if _has_it(request, ready.etag):
        return web.Response(status=304, headers=headers)
    body = ready.packed if packed else unpack(ready.packed)
    return web.Response(
        body=body, content_type=ready.content_type, charset=_charset(ready.content_type), headers=headers
    )


def shared_answer(request: web.Request, body: bytes, *, content_type: str, max_age: int) -> web.Response:
    """An answer that is the same for everybody: kept for ``max_age`` seconds, then asked for anew by its validator."""
    etag = _digest(body)
    packed = len(body) >= _WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", "")
    headers = _headers(etag, max_age, packed=packed)
    if len(body) >= _WORTH_PACKING:
        headers["Vary"] = "Accept-Encoding"
    if _has_it(request, etag):
        return web.Response(status=304, headers=headers)
    if packed:
        body = pack(body)
    return web.Response(body=body, content_type=content_type, charset=_charset(content_type), headers=headers)


def _charset(content_type: str) -> str | None:
    """A picture of pixels has no characters."""
    return None if content_type == "image/png" else "utf-8"


def _digest(body: bytes) -> str:
    """By the interpreter's own BLAKE2: OpenSSL's digests would bring a megabyte of its code into memory."""
    return hashlib.blake2b(body, digest_size=9).hexdigest()


def _headers(etag: str, max_age: int, *, packed: bool) -> dict[str, str]:
    """Cache rules and validator. A compressed body is another representation, and has a validator of its own."""
    headers = {
        "Cache-Control": f"public, max-age={max_age}" if max_age else "no-cache",
        "ETag": f'"{etag}-gzip"' if packed else f'"{etag}"',
    }
    if packed:
        headers["Content-Encoding"] = "gzip"
    return headers


def _has_it(request: web.Request, etag: str) -> bool:
    return any(tag.value in {etag, f"{etag}-gzip", "*"} for tag in request.if_none_match or ())


def shared_json(request: web.Request, value: object, *, max_age: int) -> web.Response:
    """``value`` as JSON that is the same for everybody, other sites' pages included (CORS)."""
    answer = shared_answer(request, _ENCODER.encode(value), content_type="application/json", max_age=max_age)
    return open_to_others(answer)


def open_to_others(answer: web.Response) -> web.Response:
    """``answer``, which other sites' pages may now read (CORS)."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Expose-Headers"] = "ETag, Link, X-Total-Count"
    return answer


def paged(request: web.Request, answer: web.Response, *, total: int, end: int) -> web.Response:
    """``answer`` as one page of ``total`` rows, of which those before ``end`` have been given."""
    answer.headers["X-Total-Count"] = str(total)
    if end < total:
        following = request.rel_url.update_query(offset=str(end))
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer

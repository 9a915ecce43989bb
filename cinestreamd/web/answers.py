"""Finished answers: JSON and pages, with the cache rules and validators that go with them."""

import hashlib
from collections.abc import Mapping

import msgspec
from aiohttp import web

_ENCODER = msgspec.json.Encoder()


def json_answer(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """``value`` as JSON that nobody keeps, unless ``headers`` say otherwise."""
    return web.Response(
        body=_ENCODER.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def shared_answer(request: web.Request, body: bytes, *, content_type: str, max_age: int) -> web.Response:
    """An answer that is the same for everybody: kept for ``max_age`` seconds, then asked for anew by its validator."""
    etag = hashlib.blake2b(body, digest_size=9).hexdigest()
    headers = {
        "Cache-Control": f"public, max-age={max_age}" if max_age else "no-cache",
        "ETag": f'"{etag}"',
    }
    if any(tag.value in {etag, "*"} for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)


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

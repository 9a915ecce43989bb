"""Lines about requests: a sample by routes, with the id that the proxy gave, and nothing of the visitor."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from cinestreamd.config import Daemon, Settings
from cinestreamd.web.app import Resources, create_app
from cinestreamd.web.request_log import RequestLog


def logged(share: float, requests: int, *, seconds: float = 0.01) -> int:
    log = RequestLog(share)
    with capture_logs() as events:
        for _ in range(requests):
            log.note("GET", "/uk/", 200, seconds)
    return len(events)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.01, 10), (0.25, 250), (1.0, 1000)])
def test_an_even_share_of_requests_is_logged(share: float, expected: int) -> None:
    assert abs(logged(share, 1000) - expected) <= 1


def test_what_takes_a_second_is_always_logged() -> None:
    assert logged(0.0, 5, seconds=1.0) == 5


async def test_a_line_names_the_route_and_the_proxys_id_and_nothing_of_the_visitor(
    resources: Callable[..., Resources], aiohttp_client: Any
) -> None:
    made = msgspec.structs.replace(resources(), settings=Settings(daemon=Daemon(log_requests=1.0)))
    app = create_app(made, ())
    app.router.add_get("/told/{word}", answer)
    client = await aiohttp_client(app)
    with capture_logs(processors=[merge_contextvars]) as events:
        response = await client.get(
            "/told/visitors-word?q=visitors-question",
            headers={"X-Request-Id": "abcdef-0123", "Cookie": "a=visitors-cookie", "User-Agent": "visitors-browser"},
        )
    assert response.status == 200
    [event] = events
    assert event.pop("milliseconds") >= 0
    assert event == {
        "event": "request",
        "log_level": "info",
        "request_id": "abcdef-0123",
        "method": "GET",
        "route": "/told/{word}",
        "status": 200,
    }
    with capture_logs(processors=[merge_contextvars]) as events:
        RequestLog(1.0).note("GET", "/", 200, 0.0)
    assert "request_id" not in events[0]


async def answer(_: web.Request) -> web.Response:
    return web.Response(text="here")

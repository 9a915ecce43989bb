from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from cinestreamd.errors import ConfigurationError, TooManyRequestsError, UnavailableError
from cinestreamd.i18n import N_
from cinestreamd.web.problems import fault_of


class RestError(TooManyRequestsError):
    """Come again later."""

    code = "rest"
    message = N_("The data store is busy. Try again in {retry_after} seconds.")


class AwayError(UnavailableError):
    """Something does not answer."""

    code = "away"
    message = N_("The data store does not answer. Try again in {retry_after} seconds.")


def raising(error: Exception) -> Any:
    async def view(_request: web.Request) -> web.Response:
        raise error

    return view


async def test_a_problem_document_to_the_letter(start: Any) -> None:
    client = await start(web.get("/api/rest", raising(RestError(retry_after=7, secret="not named in the message"))))
    headers = {"Accept-Language": "en", "X-Request-Id": "request-0001"}
    response = await client.get("/api/rest", headers=headers)
    assert (response.status, response.content_type) == (429, "application/problem+json")
    assert response.headers["Retry-After"] == "7"
    assert response.headers["X-Request-Id"] == "request-0001"
    assert await response.json() == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "code": "rest",
        "detail": "The data store is busy. Try again in 7 seconds.",
        "fields": {"retry_after": 7},
        "request_id": "request-0001",
    }


async def test_a_page_tells_the_same_to_people(start: Any) -> None:
    client = await start(web.get("/{language:uk|en|ru}/rest", raising(RestError(retry_after=7))))
    response = await client.get("/ru/rest", headers={"Accept": "text/html,application/xhtml+xml"})
    body = await response.text()
    assert (response.status, response.content_type) == (429, "text/html")
    assert response.headers["Retry-After"] == "7"
    assert response.headers["Cache-Control"] == "no-store"
    assert "<h1>Хранилище данных занято. Попробуйте ещё раз через 7 с.</h1>" in body
    assert '<meta name="robots" content="noindex">' in body
    assert '<html lang="ru">' in body


@pytest.mark.parametrize(
    ("path", "accept", "content_type"),
    [
        ("/nowhere", "text/html", "text/html"),
        ("/nowhere", "*/*", "text/html"),
        ("/nowhere", "application/json", "application/problem+json"),
        ("/nowhere", "application/problem+json", "application/problem+json"),
        ("/nowhere", "text/html,application/json;q=0.9", "text/html"),
        ("/api/nowhere", "text/html", "application/problem+json"),
        ("/healthz", "text/html", "application/problem+json"),
    ],
)
async def test_programs_get_documents_people_get_pages(start: Any, path: str, accept: str, content_type: str) -> None:
    response = await (await start()).get(path, headers={"Accept": accept})
    assert (response.status, response.content_type) == (404, content_type)


async def test_what_nobody_foresaw_is_logged_once_and_tells_nothing(start: Any) -> None:
    client = await start(web.get("/api/broken/{id}", raising(RuntimeError("the password is hunter2"))))
    with capture_logs() as events:
        response = await client.get("/api/broken/55?token=hidden", headers={"X-Request-Id": "request-0002"})
    assert response.status == 500
    body = await response.json()
    assert (body["code"], body["request_id"]) == ("internal", "request-0002")
    assert "hunter2" not in str(body)
    event = events[0]
    assert len(events) == 1
    assert isinstance(event.pop("exc_info"), RuntimeError)
    assert event == {
        "event": "request_failed",
        "log_level": "error",
        "request_id": "request-0002",
        "method": "GET",
        "route": "/api/broken/{id}",
        "code": "internal",
    }


async def test_what_is_away_for_now_is_a_warning_with_its_reason(start: Any) -> None:
    client = await start(web.get("/api/away", raising(AwayError(retry_after=2, reason="disk full"))))
    with capture_logs() as events:
        response = await client.get("/api/away")
    assert (response.status, response.headers["Retry-After"]) == (503, "2")
    assert "disk full" not in await response.text()
    assert [(event["event"], event["log_level"], event["reason"]) for event in events] == [
        ("request_unavailable", "warning", "disk full")
    ]


async def test_an_error_of_the_operator_is_not_told_to_visitors(start: Any) -> None:
    client = await start(web.get("/api/bad", raising(ConfigurationError(place="/etc/x", problem="secret"))))
    response = await client.get("/api/bad")
    assert response.status == 500
    assert "/etc/x" not in await response.text()


async def test_a_redirect_is_no_error(start: Any) -> None:
    client = await start(web.get("/api/moved", raising(web.HTTPFound("/api/there"))))
    response = await client.get("/api/moved", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (302, "/api/there")


def test_an_http_error_without_a_message_of_its_own_is_a_bad_request() -> None:
    fault = fault_of(web.HTTPGone())
    assert (fault.status, fault.code) == (410, "bad_request")


@pytest.mark.parametrize("given", ["short", "with space 12345", "a" * 65, "кирилиця-123", ""])
async def test_a_strange_request_id_is_replaced(start: Any, given: str) -> None:
    response = await (await start()).get("/api/nowhere", headers={"X-Request-Id": given})
    assert response.headers["X-Request-Id"] != given
    assert len(response.headers["X-Request-Id"]) == 16


async def test_a_strangers_request_id_is_replaced(start: Any) -> None:
    client = await start(trusted=("10.0.0.0/8",))
    response = await client.get("/api/nowhere", headers={"X-Request-Id": "request-0003"})
    assert response.headers["X-Request-Id"] != "request-0003"


async def test_requests_are_counted_also_those_that_fail(start: Any, load: Any) -> None:
    seen = []

    async def look(_request: web.Request) -> web.Response:
        seen.append(load.in_flight)
        return web.Response()

    client = await start(web.get("/api/look", look), web.get("/api/broken", raising(ValueError())))
    await client.get("/api/look")
    with capture_logs():
        await client.get("/api/broken")
    await client.get("/nowhere")
    assert seen == [1]
    assert (load.requests, load.in_flight) == (3, 0)

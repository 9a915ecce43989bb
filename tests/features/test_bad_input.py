"""What cannot be understood is the client's mistake: told in its language, logged by nobody, never acted on."""

import logging
from typing import Any

import pytest
from structlog.testing import capture_logs

CITIES: tuple[Any, ...] = (
    "",
    "no-such-city",
    "a" * 10_000,
    "kyiv\x00",
    "\u202eviyk",
    "київ",
    "KYIV",
    "../kyiv",
    "kyiv\n",
    {"$ne": 1},
    ["kyiv"],
    None,
    7,
    True,
)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Any:
    """Fails a test in which anything above info was logged, by us or by a library."""
    with capture_logs() as events:
        yield
    assert [event for event in events if event["log_level"] not in {"debug", "info"}] == []
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("city", CITIES, ids=repr)
async def test_a_city_that_is_none_is_refused(world: Any, client: Any, city: Any) -> None:
    answers = [await client.post("/api/scrape", json={"city": city})]
    if isinstance(city, str) and len(city) < 5000:
        answers.append(await client.get("/api/showtimes", params={"city": city}))
        answers.append(await client.get("/api/scrape", params={"city": city}))
    for response in answers:
        assert response.status in {400, 404}
        assert response.content_type == "application/problem+json"
        problem = await response.json()
        assert problem["type"] == "about:blank"
        assert problem["status"] == response.status
        assert problem["code"] == ("unknown_city" if city == "no-such-city" else "invalid_field")
        assert problem["detail"]
    assert world.desk.asked == []


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("body", "content_type", "refusal"),
    [
        (b"{", "application/json", (400, "invalid_body")),
        (b"", "application/json", (400, "invalid_body")),
        (b"\xff\xfe", "application/json", (400, "invalid_body")),
        (b'"\\ud800"', "application/json", (400, "invalid_body")),
        (b"[]", "application/json", (400, "invalid_field")),
        (b"{}", "application/json", (400, "invalid_field")),
        (b"[" * 5000, "application/json", (400, "invalid_field")),
        (b'{"x": ' + b"[" * 5000, "application/json", (400, "invalid_body")),
        (b'{"city": "' + b"a" * 20_000 + b'"}', "application/json", (413, "payload_too_large")),
        (b'{"city": "odesa"}', "text/plain", (415, "unsupported_media_type")),
        (b'{"city": "odesa"}', "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b'{"city": "odesa"}', "application/octet-stream", (415, "unsupported_media_type")),
        (b"city=odesa", "multipart/form-data; boundary=x", (415, "unsupported_media_type")),
    ],
)
async def test_a_body_that_is_none_is_refused(
    world: Any, client: Any, body: bytes, content_type: str, refusal: tuple[int, str]
) -> None:
    for path in ("/api/scrape", "/api/visit"):
        if path == "/api/visit" and body == b"{}":
            continue
        response = await client.post(path, data=body, headers={"Content-Type": content_type})
        assert response.content_type == "application/problem+json"
        assert (response.status, (await response.json())["code"]) == refusal
    assert world.desk.asked == []


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("charset", ["bogus", "utf-16", "idna"])
async def test_a_charset_of_a_json_body_means_nothing(world: Any, client: Any, charset: str) -> None:
    """JSON is UTF-8 (RFC 8259), whatever the header says."""
    headers = {"Content-Type": f"application/json; charset={charset}"}
    response = await client.post("/api/scrape", data=b'{"city": "odesa"}', headers=headers)
    assert (response.status, world.desk.asked) == (202, ["odesa"])


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "day", ["tomorrow", "2026-02-30", "2026-1-1", "0001-01-01", "9999-12-31", "2026-11-21T10:00", "1"]
)
async def test_a_day_that_is_none_is_refused(client: Any, day: str) -> None:
    response = await client.get("/api/showtimes", params={"city": "kyiv", "date": day})
    problem = await response.json()
    assert (response.status, problem["code"], problem["fields"]) == (400, "invalid_field", {"field": "date"})


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("uk", "Ми не знаємо такого міста."),
        ("en", "We do not know this city."),
        ("ru", "Мы не знаем такого города."),
        ("ru-RU,uk;q=0.5", "Мы не знаем такого города."),
        ("fr", "Ми не знаємо такого міста."),
    ],
)
async def test_a_problem_is_told_in_the_visitors_language(client: Any, language: str, detail: str) -> None:
    response = await client.get("/api/showtimes?city=no-such", headers={"Accept-Language": language})
    assert (await response.json())["detail"] == detail
    assert response.headers["Content-Language"] == language[:2].replace("fr", "uk")
    assert response.headers["Vary"] == "Accept-Language, Cookie"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/no-such", 404, "not_found"),
        ("DELETE", "/api/scrape", 405, "method_not_allowed"),
        ("POST", "/api/showtimes", 405, "method_not_allowed"),
        ("PATCH", "/healthz", 405, "method_not_allowed"),
        ("GET", "/api/visit/seen.gif?city=%00", 400, "invalid_field"),
    ],
)
async def test_what_the_api_does_not_have_is_a_problem_too(
    client: Any, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)
    assert (response.status, response.content_type) == (status, "application/problem+json")
    assert (await response.json())["code"] == code
    assert ("Allow" in response.headers) == (status == 405)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "path", ["/%ff%fe", "/uk/%ed%a0%80", "/uk/search?q=%ff", "/uk/near?at=%00", "/static/../x", "/uk/city/"]
)
async def test_no_path_breaks_a_page(client: Any, path: str) -> None:
    response = await client.get(path)
    assert response.status in {200, 400, 404}
    assert response.content_type == "text/html"


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("form", [b"", b"language=", b"language=fr&next=/x", b"a=1&" * 200, b"\xff", b"language=%ff"])
async def test_a_strange_language_form_sets_no_strange_language(client: Any, form: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await client.post("/language", data=form, headers=headers, allow_redirects=False)
    assert response.status in {303, 400}
    assert response.headers.get("Location", "/uk/x").startswith("/uk/")

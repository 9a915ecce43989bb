"""A server that speaks the wire shapes of Anthropic's API; it knows nothing but the request that it receives."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
LINE = re.compile(
    r"(?P<day_text>\d{2}\.\d{2}\.\d{4}) (?P<quote>[^\n]*?о (?P<time>\d{2}:\d{2}))[^\n]*?«(?P<title>[^»]+)»"
)


def shown_text(body: dict[str, Any]) -> str:
    return str(body["messages"][0]["content"])


def read(body: dict[str, Any]) -> list[dict[str, str]]:
    """Read the page in the request as a person would, as far as these tests' pages go."""
    rows = []
    for found in LINE.finditer(shown_text(body)):
        day, month, year = found["day_text"].split(".")
        row = {**found.groupdict(), "day": f"{year}-{month}-{day}", "price": ""}
        link = re.search(r"\[(L\d+)\]", shown_text(body)[found.end() : found.end() + 30])
        rows.append({**row, "link": link[1] if link else ""})
    return rows


def message(body: dict[str, Any], text: str, **changes: Any) -> dict[str, Any]:
    usage = {"input_tokens": len(json.dumps(body)) // 3, "output_tokens": len(text) // 3 + 1}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "usage": {
            **usage,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "server_tool_use": None,
            "service_tier": "standard",
        },
        **changes,
    }


def failure(status: int, kind: str, code: str = "", **headers: str) -> web.Response:
    error: dict[str, Any] = {"type": kind, "message": "no"}
    if code:
        error["details"] = {"error_code": code}
    body = {"type": "error", "error": error, "request_id": "req_1"}
    return web.json_response(body, status=status, headers={"request-id": "req_1", **headers})


def searched(body: dict[str, Any], pages: list[tuple[str, str]], **changes: Any) -> dict[str, Any]:
    """A message with one search and its results, as (title, address) pairs."""
    query = {"query": f"cinemas {body['tools'][0]['user_location']['city']}"}
    results = [
        {"type": "web_search_result", "url": url, "title": title, "encrypted_content": "c2VjcmV0", "page_age": None}
        for title, url in pages
    ]
    call = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": query}
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": results}
    direct = {"caller": {"type": "direct"}}
    answer = message(body, "", content=[{**call, **direct}, {**found, **direct}], **changes)
    answer["usage"]["server_tool_use"] = {"web_search_requests": 1, "web_fetch_requests": 0}
    return answer


def reported(cinemas: list[dict[str, str]]) -> dict[str, Any]:
    """The block that reports cinemas."""
    return {"type": "tool_use", "id": "toolu_1", "name": "report_cinemas", "input": {"cinemas": cinemas}}


def asks_for_titles(body: dict[str, Any]) -> bool:
    return "titles" in body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})


def films(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The films of a request for titles."""
    found: list[dict[str, Any]] = json.loads(shown_text(body).partition("\n")[2])
    return found


class FakeClaude:
    """Answers by ``script`` while there is one, then by reading the page or by searching ``web``."""

    def __init__(self) -> None:
        self.key = "test-key"
        self.bodies: list[dict[str, Any]] = []
        self.script: list[Answer] = []
        self.reader: Callable[[dict[str, Any]], list[dict[str, str]]] = read
        self.films: dict[str, dict[str, str]] = {}
        """The titles that it knows, by one of them."""
        self.web: dict[str, list[tuple[str, str]]] = {}
        """What a search finds: (title, address) pairs by the city of the request's user location."""
        self.longest: int | None = 200_000
        """The longest prompt that its models take, in tokens; None: it does not say."""
        self.billed = 0.0
        self.batches: dict[str, list[dict[str, Any]]] = {}
        """The requests of each batch that was created."""
        self.ended = False
        """Whether batches have ended."""
        self.results: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
        """What comes of the first requests of a batch; the others are answered."""
        self.taken: list[Answer] = []
        """Answers to requests about batches, while there are any."""
        self.lines: list[Answer] = []
        """Answers to requests for a batch's results, while there are any."""
        self.app = web.Application()
        self.app.router.add_post("/v1/messages", self._answer)
        self.app.router.add_post("/v1/messages/batches", self._batch)
        self.app.router.add_get("/v1/messages/batches/{id}", self._batch)
        self.app.router.add_get("/v1/models/{model}", self._model)
        self.app.router.add_get("/v1/messages/batches/{id}/results", self._results)

    async def _batch(self, request: web.Request) -> web.StreamResponse:
        """Create a batch, or tell how it is."""
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return failure(401, "authentication_error")
        body = await request.json() if request.method == "POST" else {}
        if self.taken:
            return await self.taken.pop(0)(request, body)
        batch_id = request.match_info.get("id") or f"msgbatch_{len(self.batches) + 1}"
        if request.method == "POST":
            self.batches[batch_id] = body["requests"]
        elif batch_id not in self.batches:
            return failure(404, "not_found_error")
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        address = f"{request.url.origin()}/v1/messages/batches/{batch_id}/results"
        return web.json_response(
            {
                "id": batch_id,
                "type": "message_batch",
                "processing_status": "ended" if self.ended else "in_progress",
                "request_counts": counts,
                "ended_at": None,
                "created_at": "2026-11-21T06:00:00Z",
                "expires_at": "2026-11-22T06:00:00Z",
                "archived_at": None,
                "cancel_initiated_at": None,
                "results_url": address if self.ended else None,
            }
        )

    async def _model(self, request: web.Request) -> web.StreamResponse:
        """What a model is like; asking is no call, and costs nothing."""
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return failure(401, "authentication_error")
        name = request.match_info["model"]
        if self.longest is None:
            return failure(404, "not_found_error")
        return web.json_response(
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "2026-01-01T00:00:00Z",
                "lifecycle": "active",
                "max_input_tokens": self.longest,
                "max_tokens": 64_000,
            }
        )

    async def _results(self, request: web.Request) -> web.StreamResponse:
        """One line a request, not in their order."""
        if self.lines:
            return await self.lines.pop(0)(request, {})
        lines = []
        for number, item in enumerate(self.batches[request.match_info["id"]]):
            made = self.results[number] if number < len(self.results) else self.succeed
            lines.append(json.dumps({"custom_id": item["custom_id"], "result": made(item["params"])}))
        return web.Response(text="\n".join(reversed(lines)) + "\n", content_type="application/x-jsonl")

    def succeed(self, body: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """An answer at half the price."""
        answer = message(body, json.dumps({"showings": self.reader(body)}, ensure_ascii=False), **changes)
        self.billed += answer["usage"]["input_tokens"] * 0.05 + answer["usage"]["output_tokens"] * 0.25
        return {"type": "succeeded", "message": answer}

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return failure(401, "authentication_error")
        assert request.headers["anthropic-version"] == "2026-10-21"
        body = await request.json()
        self.bodies.append(body)
        if self.script:
            return await self.script.pop(0)(request, body)
        if "tools" in body:
            return self.search(body)
        return self.name(body) if asks_for_titles(body) else self.reply(body)

    def name(self, body: dict[str, Any]) -> web.Response:
        """The titles of the films that it knows, in all languages, whatever was wanted."""
        rows = [
            {"uk": "", "en": "", "ru": "", **self.films.get(film["title"], {}), "id": film["id"]}
            for film in films(body)
        ]
        return self.bill(message(body, json.dumps({"titles": rows}, ensure_ascii=False)))

    def search(self, body: dict[str, Any]) -> web.Response:
        """One search, and a report of all that it found."""
        pages = self.web.get(body["tools"][0]["user_location"]["city"], [])
        answer = searched(body, pages, stop_reason="tool_use")
        answer["content"].append(reported([{"name": title, "url": url, "address": ""} for title, url in pages]))
        return self.bill(answer)

    def reply(self, body: dict[str, Any], **changes: Any) -> web.Response:
        """The answer to a request, billed at Haiku's price in millionths of a dollar."""
        answer = message(body, json.dumps({"showings": self.reader(body)}, ensure_ascii=False), **changes)
        return self.bill(answer)

    def bill(self, answer: dict[str, Any]) -> web.Response:
        """An answer that costs what Haiku's tokens and searches cost."""
        usage = answer["usage"]
        searches = (usage["server_tool_use"] or {}).get("web_search_requests", 0)
        self.billed += usage["input_tokens"] * 0.1 + usage["output_tokens"] * 0.5 + searches * 10_000
        return web.json_response(answer)

"""A stand-in for Claude in the demo, so that the whole path of a page that only Claude reads is seen without a key.

It speaks the wire shapes of Anthropic's Messages API and knows nothing but the request that it is sent: neither the
cinemas' programmes nor the truth about them. No model is behind it, so everything that comes of it is marked as
simulated.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta, Struct

ACCESS_KEY: Final = "simulated-no-key"
"""What agents of the demo say to it. It opens nothing else."""

MONTHS: Final = (
    "січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада",
    "грудня",
)  # fmt: skip
TODAY: Final = re.compile(r"Today is (\d{4})-(\d{2})-(\d{2})\.")
SHOWING: Final = re.compile(
    rf"(?P<quote>(?P<day_text>(?P<number>\d{{1,2}}) (?P<month>{'|'.join(MONTHS)})) о (?P<time>\d{{2}}:\d{{2}}))"
    r"[^«»\n]{0,80}«(?P<title>[^«»\n]+)»"
    r"(?:[^«»\n]{0,40}?(?P<price>\d+ грн))?(?:[^«»\[\n]{0,80}\[(?P<link>L\d+)\])?"
)
BYTES_A_TOKEN: Final = 3


class _Message(Struct, frozen=True):
    content: str


class _Question(Struct, frozen=True):
    """What is looked at of a request; all else is passed over."""

    model: str
    max_tokens: Annotated[int, Meta(ge=1)]
    messages: Annotated[tuple[_Message, ...], Meta(min_length=1)]
    output_config: dict[str, Any] = {}


async def answer(request: web.Request) -> web.Response:
    """POST /v1/messages: an answer of the form that the request asks for, computed from the request alone."""
    if request.headers.get(hdrs.AUTHORIZATION) != f"Bearer {ACCESS_KEY}":
        return _failure(401, "authentication_error", "This stand-in is for the demo's agents.")
    body = await request.read()
    try:
        question = msgspec.json.decode(body, type=_Question)
    except msgspec.DecodeError as error:
        return _failure(400, "invalid_request_error", str(error))
    text = msgspec.json.encode(_fill(question)).decode()
    usage = {"input_tokens": len(body) // BYTES_A_TOKEN, "output_tokens": len(text.encode()) // BYTES_A_TOKEN}
    return _json(
        {
            "id": "msg_simulated",
            "type": "message",
            "role": "assistant",
            "model": question.model,
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
        }
    )


def _fill(question: _Question) -> dict[str, list[Any]]:
    """The document that is asked for: its showings if it is to have some; any other list stays empty."""
    schema = question.output_config.get("format", {}).get("schema", {})
    lists: dict[str, list[Any]] = {name: [] for name in schema.get("properties", {})}
    if "showings" in lists:
        lists["showings"] = list(read_showings(question.messages[-1].content))
    return lists


def read_showings(text: str) -> Iterator[Mapping[str, str]]:
    """The showings that a text tells of in sentences like "5 лютого о 19:15 … «Film» … 80 грн … [L2]"."""
    today = TODAY.search(text)
    if today is None:
        return
    year, month = int(today[1]), int(today[2])
    for found in SHOWING.finditer(text):
        number = MONTHS.index(found["month"]) + 1
        # A page of coming weeks: a month that lies far behind is next year's.
        own_year = year + 1 if number < month - 6 else year
        yield {
            "title": found["title"],
            "day": f"{own_year}-{number:02}-{int(found['number']):02}",
            "day_text": found["day_text"],
            "time": found["time"],
            "quote": found["quote"],
            "price": found["price"] or "",
            "link": found["link"] or "",
        }


def _failure(status: int, kind: str, message: str) -> web.Response:
    return _json({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_simulated"}, status)


def _json(document: object, status: int = 200) -> web.Response:
    headers = {"request-id": "req_simulated"}
    body = msgspec.json.encode(document)
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)

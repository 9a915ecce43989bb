"""Collect the data that a page carries for its scripts.

It stands in JSON blocks, assigned literals, streamed chunks and attributes.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from cinestreamd.agent.readers.card_headings import heading_of_card
from cinestreamd.agent.readers.flight_links import FlightLinks
from cinestreamd.agent.readers.json_records.tree import own_title
from cinestreamd.agent.readers.script_literals import (
    LiteralReader,
    NotALiteralError,
    TokenBudget,
    json_in,
    read_function_call,
)

MAX_TOKENS = 250_000
MAX_TREES = 60
MAX_CARDS = 200
MAX_CHUNKS = 2_000
_TIMELIKE = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,2}:\d\d|\b1[5-9]\d{8}(?:\d{3})?\b|20\d{6}|\d\d[./]\d\d[./]\d{4}|\d{1,2}[hH.]\d\d\b"
)
_OPENING = re.compile(r"(?:=|\(|,|\breturn|:)\s*(?:JSON\.parse\((?=[\"'`])|(?=[\[{])|(?=[\"'`]\s*[\[{]\s*[\[{\"]))")
_CALL = re.compile(r"=\s*(?=\(?\s*(?:function\s*\w*\s*\([^)]{0,20000}\)|\([^)]{0,20000}\)\s*=>)\s*\{)")
_FLIGHT = re.compile(r"__next_f\.push\(\s*(?=\[)")
_FLIGHT_ROW = re.compile(r"(?m)^([0-9a-f]{1,6}):(?:[A-Z]{1,2})?(?=[\[{])")
_ATTRIBUTE = re.compile(r"\s*(?:[A-Za-z_$][\w$.]{0,60}\(\s*)?(?=[\[{])")
_LEAST_LENGTH = 60
_FEW = 3


def embedded_data(parser: LexborHTMLParser) -> list[Any]:
    """The data trees of a page that hold something like a time, in document order, at most ``MAX_TREES``."""
    budget = TokenBudget(MAX_TOKENS)
    trees: list[Any] = []
    flight: list[str] = []
    for script in parser.css("script"):
        kind = (script.attributes.get("type") or "").casefold()
        text = script.text() or ""
        if "__next_f" in text and len(flight) < MAX_CHUNKS:
            flight += _flight_strings(text, budget)
            continue
        if "ld+json" in kind or len(text) < _LEAST_LENGTH or not _TIMELIKE.search(text):
            continue
        if "json" in kind:
            trees += _json_block(text)
        else:
            trees += _literals(text, budget)
        if len(trees) >= MAX_TREES:
            break
    trees += _flight_trees("".join(flight))
    trees += _attribute_trees(parser, budget)
    return trees[:MAX_TREES]


def _json_block(text: str) -> list[Any]:
    try:
        data = json.loads(html.unescape(text) if "&quot;" in text else text, strict=False)
    except (ValueError, RecursionError):
        return []
    revived = revive_indexed(data)
    return [revived if revived is not None else data]


def revive_indexed(data: object) -> Any:
    """The tree behind a flat list in which every value is the index of another (Nuxt 3); None for other data."""
    if not isinstance(data, list) or len(data) < 3 or not isinstance(data[0], list | dict):
        return None
    heads = [value for value in data[1:50] if isinstance(value, dict)]
    if not heads or not all(isinstance(inner, int) for head in heads for inner in head.values()):
        return None
    made: dict[int, Any] = {}

    def build(index: int, depth: int) -> Any:
        if index in made or not 0 <= index < len(data) or depth > 60:
            return made.get(index)
        value = data[index]
        if isinstance(value, dict):
            item: dict[str, Any] = {}
            made[index] = item
            for key, inner in value.items():
                item[key] = build(inner, depth + 1) if isinstance(inner, int) else inner
            return item
        if isinstance(value, list):
            if value and isinstance(value[0], str):
                inner = value[1] if len(value) > 1 else None
                made[index] = build(inner, depth + 1) if isinstance(inner, int) and value[0] != "Date" else inner
                return made[index]
            items: list[Any] = []
            made[index] = items
            items.extend(build(inner, depth + 1) for inner in value if isinstance(inner, int))
            return items
        made[index] = value
        return value

    return build(0, 0)


def _literals(text: str, budget: TokenBudget) -> list[Any]:
    """The literals of a script that hold times, wherever they are assigned, passed or returned."""
    trees: list[Any] = []
    call = _CALL.search(text)
    if call is not None:
        try:
            trees.append(read_function_call(text, call.end(), budget))
        except NotALiteralError:
            trees.clear()
        else:
            return trees
    at = 0
    while len(trees) < MAX_TREES:
        found = _OPENING.search(text, at)
        if found is None:
            break
        parse = found[0].rstrip().endswith("JSON.parse(")
        start = found.end() - len("JSON.parse(") if parse else found.end()
        reader = LiteralReader(text, start, budget)
        at = found.end()
        try:
            value = reader.value()
            value = json_in(value) if isinstance(value, str) else value
        except NotALiteralError:
            if budget.left <= 0:
                break
            continue
        if reader.at - start >= _LEAST_LENGTH and _TIMELIKE.search(text, start, reader.at):
            trees.append(value)
        at = max(at, reader.at)
    return trees


def _flight_strings(text: str, budget: TokenBudget) -> list[str]:
    strings = []
    for found in _FLIGHT.finditer(text):
        try:
            pushed = LiteralReader(text, found.end(), budget).value()
        except NotALiteralError:
            continue
        if isinstance(pushed, list) and len(pushed) > 1 and isinstance(pushed[1], str):
            strings.append(pushed[1])
    return strings


def _flight_trees(stream: str) -> list[Any]:
    """The rows of a streamed React tree: lines of "id:json"."""
    decoder = json.JSONDecoder(strict=False)
    rows: dict[str, Any] = {}
    timed: list[str] = []
    for found in _FLIGHT_ROW.finditer(stream):
        try:
            value, end = decoder.raw_decode(stream, found.end())
        except (ValueError, RecursionError):
            continue
        rows[found[1]] = value
        if _TIMELIKE.search(stream, found.end(), end):
            timed.append(found[1])
    links = FlightLinks(rows)
    return [links.followed(rows[name]) for name in timed]


def _attribute_trees(parser: LexborHTMLParser, budget: TokenBudget) -> Iterator[Any]:
    """JSON that components carry in an attribute: data-page, :sessions, props. What many elements carry is one list.

    Records without a title are those of the film at the head of their card.
    """
    count = 0
    lists: dict[str, list[Any]] = {}
    cards: list[dict[str, Any]] = []
    for node in parser.css("*"):
        count += 1
        if count > 60_000:
            break
        for name, value in node.attributes.items():
            opened = _ATTRIBUTE.match(value) if value and len(value) >= _LEAST_LENGTH else None
            if not value or opened is None or not _TIMELIKE.search(value):
                continue
            try:
                tree = LiteralReader(value, opened.end(), budget).value()
            except NotALiteralError:
                yield from _literals(value, budget)
                continue
            heading = heading_of_card(node) if _is_nameless(tree) and len(cards) < MAX_CARDS else None
            if heading is not None:
                cards.append({"film": heading, "sessions": tree})
            else:
                lists.setdefault(name, []).append(_untupled(tree) if node.tag == "astro-island" else tree)
    for trees in (*lists.values(), cards):
        if (len(trees) > _FEW or trees is cards) and all(isinstance(tree, dict) for tree in trees):
            yield trees
        else:
            yield from trees


def _is_nameless(tree: object) -> bool:
    """Whether data are a list of records of which none has a title: the sessions of the film around them."""
    if not isinstance(tree, list) or not tree or not all(isinstance(one, dict) for one in tree):
        return False
    return all(own_title(one) is None for one in tree[:_FEW])


def _untupled(value: Any, depth: int = 0) -> Any:
    """Astro writes every value as [kind, value]."""
    if depth > 60:
        return None
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], int):
        return _untupled(value[1], depth + 1)
    if isinstance(value, list):
        return [_untupled(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key: _untupled(one, depth + 1) for key, one in value.items()}
    return value

"""Where a page keeps its JSON-LD."""

import re
from typing import Any, Final

from cinestreamd.agent.model import Page
from cinestreamd.agent.schema_org.lenient_json import parse_json

MOST_BLOCKS: Final = 500

_OPENING: Final = re.compile(r"<!--|<script\b", re.IGNORECASE)
_JSON_LD: Final = re.compile(r"""type\s*=\s*["']?\s*application/ld\+json""", re.IGNORECASE)
_CLOSING: Final = re.compile(r"</script", re.IGNORECASE)
LONGEST_TAG: Final = 5000


def json_ld_values(page: Page) -> list[Any]:
    """The values of all JSON-LD blocks of an HTML page in their order, or the document itself when it is JSON."""
    if "json" in page.content_type or page.text[:200].lstrip().startswith(("{", "[")):
        return parse_json(page.text)
    return [value for block in _blocks(page.text) for value in parse_json(block)]


def _blocks(text: str) -> list[str]:
    """The contents of the ld+json scripts; what is commented out is not there."""
    found: list[str] = []
    place = 0
    while len(found) < MOST_BLOCKS and (opening := _OPENING.search(text, place)) is not None:
        if opening[0] == "<!--":
            end = text.find("-->", opening.end())
            if end < 0:
                break
            place = end + 3
            continue
        tag_end = text.find(">", opening.end(), opening.end() + LONGEST_TAG)
        if tag_end < 0:
            place = opening.end()
            continue
        closing = _CLOSING.search(text, tag_end)
        end = closing.start() if closing else len(text)
        if _JSON_LD.search(text, opening.start(), tag_end):
            found.append(text[tag_end + 1 : end])
        place = end + 1
    return found

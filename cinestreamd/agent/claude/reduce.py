"""A page as Claude is shown it: visible text alone, with link ids in place of addresses."""

import html
import re
from typing import Final

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

from cinestreamd.agent.claude.cutting import NamesDay, cut
from cinestreamd.agent.html import page_language, parse_html
from cinestreamd.agent.model import Page

LONGEST: Final = 120_000
"""Bytes of one part: some 60,000 tokens."""

_DROPPED: Final = (
    "script, style, template, head, noscript, svg, math, iframe, object, canvas, video, audio, select, "
    "[hidden], [aria-hidden=true]"
)
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|font-size\s*:\s*0", re.IGNORECASE
)
_BLOCKS: Final = "p, div, li, tr, h1, h2, h3, h4, h5, h6, section, article, br, table, ul, dt, dd, header, footer"
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MARK: Final = re.compile(r"\s?\[L\d+\]")


class Shown(Struct, frozen=True, kw_only=True):
    """What is shown of a page. ``links`` are absolute addresses by id."""

    url: str
    text: str
    language: str | None
    links: dict[str, str]

    def parts(self, names_day: NamesDay) -> list[str]:
        """The text in parts of bounded size, cut by days, else by films."""
        return cut(self.text, longest=LONGEST, names_day=names_day)

    def as_page(self, page: Page) -> Page:
        """A page that holds what was shown and nothing else: what an answer is held against."""
        language = f' lang="{self.language}"' if self.language else ""
        body = html.escape(unmarked(self.text), quote=False)
        return Page(
            url=page.url,
            content_type="text/html",
            text=f"<!doctype html><html{language}><body><pre>{body}</pre></body></html>",
            fetched_at=page.fetched_at,
        )


def unmarked(text: str) -> str:
    """Shown text without its link ids."""
    return _MARK.sub("", text)


def visible_tree(page: Page) -> LexborHTMLParser:
    """A page without scripts, comments and what the page itself hides."""
    tree = parse_html(page.text)
    for node in tree.css(_DROPPED):
        node.decompose()
    for node in tree.css("[style]"):
        if _HIDING.search(node.attributes.get("style") or ""):
            node.decompose()
    return tree


def reduce_page(page: Page) -> Shown:
    """What may be shown of a page: what it shows itself, with ids in place of addresses."""
    tree = visible_tree(page)
    links: dict[str, str] = {}
    for node in tree.css("a[href]")[:3000]:
        target = absolute_link(page.url, node.attributes.get("href") or "")
        if target is not None:
            name = f"L{len(links) + 1}"
            links[name] = target
            node.insert_after(f" [{name}]")
    for node in tree.css(_BLOCKS):
        node.insert_before("\n")
        node.insert_after("\n")
    raw = tree.body.text(separator=" ") if tree.body is not None else ""
    lines = (" ".join(_INVISIBLE.sub("", line).split()) for line in raw.splitlines())
    return Shown(
        url=page.url, text="\n".join(line for line in lines if line), language=page_language(page), links=links
    )


def absolute_link(base: str, target: str) -> str | None:
    """The http(s) address of a link on a page, None for any other."""
    try:
        url = URL(base).join(URL(target.strip()))
    except ValueError:
        return None
    return str(url) if url.scheme in {"http", "https"} and len(str(url)) <= 2000 else None

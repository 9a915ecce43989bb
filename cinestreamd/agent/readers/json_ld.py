"""Reads showings from schema.org data: JSON-LD blocks, microdata, and JSON documents of that vocabulary."""

from typing import Final

from cinestreamd.agent.model import Page, ReadContext, Reading
from cinestreamd.agent.schema_org.blocks import json_ld_values
from cinestreamd.agent.schema_org.graph import Graph
from cinestreamd.agent.schema_org.microdata import microdata_values
from cinestreamd.agent.schema_org.showings import Certainty, Showings, screenings

# Events that nothing marks as film showings stay below the line at which a reading is published.
CONFIDENCE: Final[dict[Certainty, float]] = {"certain": 0.95, "likely": 0.6, "doubtful": 0.4}


def read_json_ld(page: Page, context: ReadContext) -> Reading | None:
    """The showings that a page's JSON-LD says are there, or else its microdata; None when neither names any."""
    if "startdate" not in page.text.lower():
        return None
    for values in (json_ld_values, microdata_values):
        graph = Graph(values(page))
        events, certainty = screenings(graph)
        candidates = Showings(page, context, graph).candidates(events) if events else []
        if candidates:
            return Reading(
                reader="json_ld",
                candidates=tuple(candidates),
                confidence=CONFIDENCE[certainty],
            )
    return None

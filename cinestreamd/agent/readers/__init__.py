"""Everything that can read a page, in the order in which it is asked: most certain first.

A reader is one function from a page to a ``Reading`` (see ``cinestreamd.agent.model``). A new one is a new file and one
line in ``READERS``.
"""

from typing import Final

from cinestreamd.agent.model import Page, ReadContext, Reader, Reading
from cinestreamd.agent.readers.calendar_feed import read_calendar_feed
from cinestreamd.agent.readers.embedded_state import read_embedded_state
from cinestreamd.agent.readers.json_ld import read_json_ld
from cinestreamd.agent.readers.json_records.reader import read_json_records
from cinestreamd.agent.readers.miner.reader import read_structure
from cinestreamd.agent.readers.planeta_kino import read_planeta_kino
from cinestreamd.agent.readers.quickbook import read_quickbook
from cinestreamd.agent.readers.vista_ocapi import read_vista_ocapi
from cinestreamd.agent.readers.xml_records import read_xml_records

READERS: Final[tuple[tuple[str, Reader], ...]] = (
    ("vista_ocapi", read_vista_ocapi),
    ("quickbook", read_quickbook),
    ("planeta_kino", read_planeta_kino),
    ("json_records", read_json_records),
    ("xml_records", read_xml_records),
    ("calendar_feed", read_calendar_feed),
    ("json_ld", read_json_ld),
    ("embedded_state", read_embedded_state),
    ("structure", read_structure),
)

# A reading this sure of itself is taken without asking further readers.
SURE: Final = 0.7


def read_page(page: Page, context: ReadContext) -> Reading | None:
    """The first reading that is sure of itself, else the surest of all; None when no reader finds anything."""
    best: Reading | None = None
    for _, reader in READERS:
        reading = reader(page, context)
        if reading is None:
            continue
        if reading.confidence >= SURE:
            return reading
        if best is None or reading.confidence > best.confidence:
            best = reading
    return best

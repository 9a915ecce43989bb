"""Everything that can read a page, in the order in which it is asked: most certain first.

A reader is one function from a page to a ``Reading`` (see ``cinestreamd.agent.model``). A new one is a new file and one
line in ``READERS``.
"""

from typing import Final

from cinestreamd.agent.model import Page, ReadContext, Reader, Reading
from cinestreamd.agent.readers.json_ld import read_json_ld

READERS: Final[tuple[tuple[str, Reader], ...]] = (("json_ld", read_json_ld),)

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

"""For whom a screening is made accessible."""

from typing import Final, Literal

Access = Literal["described", "captioned", "relaxed", "signed"]
"""With audio description, with captions for the deaf, in a relaxed setting, interpreted in sign language."""

ACCESS: Final[tuple[Access, ...]] = ("described", "captioned", "relaxed", "signed")

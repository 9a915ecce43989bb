"""Calendar files (RFC 5545) as text: what tells one, and its long lines."""

import re
from typing import Final

_BEGIN: Final = "BEGIN:VCALENDAR"
_FOLD: Final = re.compile(r"\r?\n[ \t]")


def is_calendar(text: str) -> bool:
    """Whether a text is a calendar file."""
    return text.lstrip("\ufeff \t\r\n").startswith(_BEGIN)


def unfolded(text: str) -> str:
    """A calendar file with its long lines put together again."""
    return _FOLD.sub("", text)

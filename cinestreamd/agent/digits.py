"""The digits of Arabic and Persian pages."""

from typing import Final

LATIN_DIGITS: Final = {ord(digit): str(at % 10) for at, digit in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
"""For ``str.translate``: each of them as the Latin one, which takes its place one for one."""

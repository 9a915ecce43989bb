"""QR codes (ISO/IEC 18004), drawn as SVG."""

from io import BytesIO
from typing import Final

_QUIET_ZONE: Final = 4
"""Modules of white around a code, as the standard asks for."""


def draw_qr(address: str) -> bytes:
    """``address`` as a code, black on white, as an SVG document."""
    import segno  # noqa: PLC0415 - half a megabyte that few requests need

    drawn = BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(drawn, kind="svg", border=_QUIET_ZONE, scale=8, light="#fff", svgclass=None, lineclass=None)
    return drawn.getvalue()

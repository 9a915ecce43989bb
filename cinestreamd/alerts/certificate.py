"""Until when the certificate holds that visitors of a domain are shown: asked of the server in front of the daemon."""

import asyncio
import ssl
from datetime import UTC, datetime
from typing import Final

TIMEOUT: Final = 10.0
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
VERSION: Final = 0xA0


async def served_until(host: str, port: int, domain: str) -> datetime | None:
    """When the certificate ends that ``host`` shows for ``domain``; None when nobody answers there by TLS.

    Whether it is trusted is not looked at: one that signed itself ends as well.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=domain)
    except (OSError, TimeoutError):
        return None
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return None if shown is None else ends_at(shown)


def ends_at(certificate: bytes) -> datetime | None:
    """``notAfter`` of a certificate in DER (RFC 5280, 4.1): the fifth field after the version; None if it is none."""
    try:
        outer, _ = _content(certificate, 0)
        body, _ = _content(outer, 0)
        at = 0
        if body[0] == VERSION:
            at = _content(body, 0)[1]
        for _ in ("serial number", "signature", "issuer"):
            at = _content(body, at)[1]
        validity, _ = _content(body, at)
        end = _content(validity, 0)[1]
        return _moment(validity[end], _content(validity, end)[0].decode("ascii"))
    except (IndexError, ValueError):
        return None


def _content(data: bytes, at: int) -> tuple[bytes, int]:
    """What an element at an offset holds, and where the next one begins (X.690, 8.1.3)."""
    length, begin = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
    if begin + length > len(data):
        raise ValueError("it is cut off")
    return data[begin : begin + length], begin + length


def _moment(tag: int, text: str) -> datetime:
    """Years of two digits are of 1950 to 2049 (RFC 5280, 4.1.2.5.1)."""
    if tag == UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != GENERALIZED_TIME:
        raise ValueError("it is no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)

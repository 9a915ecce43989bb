"""Holding a password against what is kept of it, no oftener than may be."""

import asyncio
import ctypes
import hashlib
import hmac
import math
from datetime import datetime
from functools import cache
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Final

import structlog

from cinestreamd.errors import TooManyRequestsError
from cinestreamd.features.console.sessions import Operator, begin
from cinestreamd.i18n import N_
from cinestreamd.sites.password import is_right
from cinestreamd.store.base import Store
from cinestreamd.store.journal import JournalEntry

PERIOD: Final = 15 * 60
"""Seconds in which attempts are counted, in the store: by all workers and machines together."""
MOST_OF_ONE: Final = 10
"""So many attempts an address has in a period; an IPv6 network of 64 bits counts as one."""
MOST_OF_ALL: Final = 60

M_MMAP_THRESHOLD: Final = -3
LARGE: Final = 1024 * 1024
"""Bytes from which on memory is the system's own, as malloc.h calls it."""

_ONE_AT_A_TIME: Final = Lock()
"""Each guess takes 16 MiB for a moment."""

log = structlog.get_logger()


class LoginRestError(TooManyRequestsError):
    """Too many passwords have been tried."""

    code = "login_rest"
    message = N_("Too many attempts to log in. Try again in {minutes} min.")


async def log_in(
    store: Store, password: str, *, kept: str, address: str, secret_key: str, now: datetime
) -> Operator | None:
    """A new login if the password is the one that ``kept`` was made of, else None.

    ``address`` is the client's; only a keyed digest of it is stored, for the period.

    Raises:
        LoginRestError: this address, or all together, have tried too often.
    """
    await _count(store, _mark(address, secret_key), now)
    if not await asyncio.to_thread(_hold_against, password, kept):
        log.warning("console_login_refused")
        return None
    operator = begin(now)
    await store.note(JournalEntry(id=f"login-{operator.mark}", at=now, action="login", who=operator.mark))
    log.info("console_login", who=operator.mark)
    return operator


async def _count(store: Store, mark: str, now: datetime) -> None:
    """Count first, then look: of many that come at once none slips through."""
    seconds = int(now.timestamp())
    period = str(seconds // PERIOD)
    counts = await store.count_attempts(period, ["all"])
    if counts["all"] <= MOST_OF_ALL:  # beyond that no name is added, so that the table stays small
        counts = {**counts, **await store.count_attempts(period, [mark])}
    if counts["all"] > MOST_OF_ALL or counts[mark] > MOST_OF_ONE:
        left = PERIOD - seconds % PERIOD
        log.warning("console_login_rests", seconds=left)
        raise LoginRestError(retry_after=left, minutes=math.ceil(left / 60))


def _hold_against(password: str, kept: str) -> bool:
    with _ONE_AT_A_TIME:
        _keep_large_memory_apart()
        return is_right(password, kept)


@cache
def _keep_large_memory_apart() -> None:
    """Have what a guess takes come from the system and go back to it, each time.

    Left to itself the C library would keep it from the second guess on (mallopt(3), M_MMAP_THRESHOLD; glibc).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)


def _mark(address: str, secret_key: str) -> str:
    """A name for a client's network that tells nothing of it."""
    try:
        parsed = ip_address(address)
        network = str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address
    except ValueError:
        network = "unknown"
    return hmac.new(
        secret_key.encode(), f"cinestreamd.console.address\0{network}".encode(), hashlib.sha256
    ).hexdigest()[:16]

"""The fence: what every write under a lease asks first, in the transaction that it is made in."""

import sqlite3
from datetime import datetime
from typing import Final

from cinestreamd.store.errors import StaleLeaseError
from cinestreamd.store.leases import Lease
from cinestreamd.store.records import milliseconds
from cinestreamd.store.sqlite.connection import RETRY_AFTER_SECONDS

_REQUIRE: Final = """
    SELECT 1 FROM location WHERE id = ? AND lease_owner = ? AND lease_fence = ? AND lease_until > ?
"""


def require_lease(connection: sqlite3.Connection, lease: Lease, *, now: datetime) -> None:
    """Raise StaleLeaseError unless ``lease`` is in force at ``now``; it stays so until this transaction ends."""
    key = (lease.city_id, lease.owner, lease.fence, milliseconds(now))
    if not connection.execute(_REQUIRE, key).fetchall():
        raise StaleLeaseError(city=lease.city_id, retry_after=RETRY_AFTER_SECONDS)

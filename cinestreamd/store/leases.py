"""Leases: the right to write one city's data."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Lease(Struct, frozen=True, kw_only=True):
    """The right to write one city's data. ``fence`` rises with every grant of that city, for ever."""

    city_id: str
    owner: str
    fence: int
    until: datetime


class LeaseStore(Protocol):
    """Granting, prolonging and ending leases."""

    async def acquire_lease(self, city_id: str, *, owner: str, now: datetime, seconds: int) -> Lease | None:
        """Take the city's lease if it is free or its time is up; None when another has it. Never waits for a holder.

        Runs of that city that still call themselves running become ``lost``; a lease that was taken over because its
        time was up counts one failure.

        Raises:
            UnknownCityError: the city was never added.
        """

    async def renew_lease(self, lease: Lease, *, now: datetime, seconds: int) -> Lease:
        """Prolong a held lease; owner and fence stay."""

    async def release_lease(self, lease: Lease, *, now: datetime, cooldown_until: datetime | None) -> None:
        """Give a lease back without publishing: counts one failure and sets the cooldown."""

    async def free_leases(self, owner_prefix: str, *, except_prefix: str | None = None) -> list[str]:
        """Free the leases whose owner begins with ``owner_prefix`` (but not with ``except_prefix``), for dead holders.

        Their running runs become ``lost``; each counts one failure and sets no cooldown. Returns the ids of the
        cities freed, in order.
        """

    async def expire_leases(self, now: datetime) -> list[str]:
        """Free all leases whose time is up, as ``free_leases`` does. Returns the ids of the cities freed, in order."""

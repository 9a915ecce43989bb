"""Duties: what one daemon of those that share a store does for all of them."""

from datetime import datetime
from typing import Protocol


class DutyStore(Protocol):
    """Having a duty, and laying it down."""

    async def hold_duty(self, duty: str, *, owner: str, now: datetime, seconds: int) -> bool:
        """Have a duty until ``seconds`` after ``now``, if nobody else has it then; tells whether ``owner`` has it.

        A duty is what one daemon of those that share a store does for all of them.
        """

    async def lay_down_duty(self, duty: str, *, owner: str) -> None:
        """Let others have a duty; one that ``owner`` does not have stays where it is."""

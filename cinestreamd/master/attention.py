"""A clock that stands still while its reader was not looking.

After the machine was suspended, or the master was stopped for a while, children look silent though nobody listened. So
the master measures its own lateness at each tick first, and forgives that time to all of them.
"""

from collections.abc import Callable
from typing import Final

TICK: Final = 0.2
"""Seconds between two looks at all children."""

TOLERANCE: Final = 0.8
"""A tick may be this late before the lateness is forgiven: less is the noise of a busy machine."""


class Attention:
    """Seconds during which the master paid attention, on the monotonic clock."""

    def __init__(self, monotonic: Callable[[], float], *, tick: float = TICK) -> None:
        self._monotonic = monotonic
        self._tick = tick
        self._last = monotonic()
        self._forgiven = 0.0

    def begin(self) -> None:
        """Begin to pay attention: ticks are expected from now on."""
        self._last = self._monotonic()

    def now(self) -> float:
        """The moment on this clock."""
        return self._monotonic() - self._forgiven

    def tick(self) -> float:
        """Note that the master looks now; returns the seconds that were forgiven because it looked late."""
        moment = self._monotonic()
        late = moment - self._last - self._tick
        self._last = moment
        if late <= TOLERANCE:
            return 0.0
        self._forgiven += late
        return late

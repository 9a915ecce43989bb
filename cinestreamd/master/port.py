"""One port: its listening socket and the child that serves it, with its successor while it is being renewed."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import structlog

from cinestreamd.channel import FromChild
from cinestreamd.config import Supervisor
from cinestreamd.master.forker import Forker
from cinestreamd.master.listeners import Listener
from cinestreamd.master.ward import Duty, Ward

IDLE_GRACE: Final = 3.0
"""A child that is replaced lets connections without a request live this long: long enough for the next request of a
busy client, which is then answered with ``Connection: close``."""

log = structlog.get_logger()


class Port:
    """Keeps one child serving on one listening socket. ``on_message`` gets what the child asks of the master."""

    def __init__(
        self,
        listener: Listener,
        duty: Duty,
        policy: Supervisor,
        *,
        forker: Forker,
        clock: Callable[[], float],
        on_message: Callable[[Ward, FromChild], None],
    ) -> None:
        self.listener = listener
        self.duty = duty
        self.policy = policy
        self._forker = forker
        self._clock = clock
        self._on_message = on_message
        self._changed = asyncio.Event()
        self._unready_since: float | None = None
        self._has_served = False
        self.current = self._new_ward()
        self.successor: Ward | None = None
        self.leaving: list[Ward] = []

    @property
    def number(self) -> int:
        """The port's number."""
        return self.listener.port

    @property
    def wards(self) -> list[Ward]:
        """All children of this port: the serving one first."""
        successor = [] if self.successor is None else [self.successor]
        return [self.current, *successor, *self.leaving]

    @property
    def is_stopped(self) -> bool:
        """Whether the port has been drained to the end."""
        return all(ward.state == "stopped" for ward in self.wards)

    def tick(self) -> None:
        """Do what is due about the children, then about the listening socket."""
        for ward in self.wards:
            ward.tick()
        self._guard_listener()

    def revive(self) -> None:
        """Try again a child that was given up."""
        self.current.revive()

    async def renew(self, duty: Duty, policy: Supervisor) -> bool:
        """Put a new child into the place of the serving one: start it, wait until it is ready, then drain the old one.

        Returns whether it worked. If the new child does not come up, the old one goes on serving as it did.
        """
        if self._is_leaving:
            return False
        former = (self.duty, self.policy)
        self.duty, self.policy = duty, policy
        self._dismiss_successor()
        successor = self.successor = self._new_ward()
        try:
            while successor.state in {"backoff", "starting"} and successor.child.crashes == 0:
                self._changed.clear()
                successor.tick()
                await self._changed.wait()
        except asyncio.CancelledError:
            if successor is self.successor:
                self._dismiss_successor()
                self.duty, self.policy = former
            raise
        if successor is not self.successor or self._is_leaving:
            return False  # overtaken by a later renewal, or by the stop
        if successor.state != "ready":
            log.error("renewal_failed", site=duty.site, port=duty.port, cause=successor.child.cause)
            self._dismiss_successor()
            self.duty, self.policy = former
            return False
        self.successor = None
        old, self.current = self.current, successor
        old.drain(policy.stop_timeout, idle_grace=IDLE_GRACE)
        self._retire(old)
        return True

    def drain(self, seconds: float, *, idle_grace: float = 0.0) -> None:
        """Stop all children of this port, and the listening as soon as they do."""
        for ward in self.wards:
            ward.drain(seconds, idle_grace=idle_grace)

    def close(self) -> None:
        """Let go of the listening socket."""
        self.listener.close()

    def _new_ward(self) -> Ward:
        return Ward(
            self.duty,
            forker=self._forker,
            policy=self.policy,
            clock=self._clock,
            listener=self.listener,
            on_change=self._ward_changed,
            on_message=self._on_message,
        )

    @property
    def _is_leaving(self) -> bool:
        return self.current.state in {"draining", "stopped"}

    def _dismiss_successor(self) -> None:
        """Let the successor go; one that has become ready meanwhile may have taken requests, and finishes them."""
        successor, self.successor = self.successor, None
        if successor is not None:
            successor.drain(self.policy.stop_timeout if successor.state == "ready" else 0.0)
            self._retire(successor)

    def _retire(self, ward: Ward) -> None:
        if ward.state != "stopped":
            self.leaving.append(ward)

    def _ward_changed(self, _ward: Ward) -> None:
        self._changed.set()
        self.leaving = [ward for ward in self.leaving if ward.state != "stopped"]
        self._guard_listener()

    def _guard_listener(self) -> None:
        """Refuse when nobody has served for too long; accept again as soon as somebody does."""
        now = self._clock()
        if self.current.is_serving:
            self._unready_since = None
            self._has_served = True
            if self.listener.refusing:
                self.listener.revive()
                log.info("port_revived", port=self.number)
        elif self._is_leaving:
            return
        elif self._unready_since is None:
            self._unready_since = now
        elif now - self._unready_since > self.policy.refuse_after and self.listener.refuse():
            # Somebody who has not begun to serve is not missed yet: that is no more than a slow start.
            level = logging.WARNING if self._has_served else logging.INFO
            log.log(level, "port_refuses", port=self.number, site=self.duty.site, state=self.current.state)

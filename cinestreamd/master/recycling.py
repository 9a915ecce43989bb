"""Renewing workers that have served long: by age, requests or memory, each with jitter, one at a time."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from cinestreamd.config import Supervisor
from cinestreamd.master.port import Port

JITTER: Final = 0.2
"""Each worker's limits are shortened by up to this share, so that siblings do not go together."""

LOOK_EVERY: Final = 1.0
PAUSE_AFTER_FAILURE: Final = 60.0
"""Seconds until the next renewal after one that did not come up: what fails now will fail in a second, too."""

PAGE: Final = 4096

log = structlog.get_logger()


def worn(policy: Supervisor, *, age: float, requests: int, memory: Callable[[], int], share: float) -> str | None:
    """Why a worker is due for renewal, or None. ``share`` is its part of the limits; ``memory`` tells bytes."""
    if policy.recycle_seconds and age >= policy.recycle_seconds * share:
        return "age"
    if policy.recycle_requests and requests >= policy.recycle_requests * share:
        return "requests"
    if policy.recycle_memory_mb and memory() >= policy.recycle_memory_mb * 2**20 * share:
        return "memory"
    return None


def resident_bytes(pid: int) -> int:
    """Resident memory of a process by /proc/PID/statm; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0


class Recycling:
    """Renews the worn workers of one site. ``random`` gives numbers in [0, 1)."""

    def __init__(self, clock: Callable[[], float], random: Callable[[], float]) -> None:
        self._clock = clock
        self._random = random
        self._shares: dict[int, float] = {}
        self._look_at = 0.0
        self._renewal: asyncio.Task[None] | None = None

    def tick(self, ports: Sequence[Port], policy: Supervisor) -> None:
        """Begin the renewal of at most one worker."""
        now = self._clock()
        if now < self._look_at or (self._renewal is not None and not self._renewal.done()):
            return
        self._look_at = now + LOOK_EVERY
        pids = {port.current.process.pid for port in ports if port.current.process is not None}
        self._shares = {pid: self._shares.get(pid) or 1 - JITTER * self._random() for pid in sorted(pids)}
        for port in ports:
            reason = self._reason(port, policy, now)
            if reason is not None:
                log.info("worker_recycled", port=port.number, site=port.duty.site, reason=reason)
                self._renewal = asyncio.create_task(self._renew(port))
                return

    async def _renew(self, port: Port) -> None:
        if not await port.renew(port.duty, port.policy):
            self._look_at = self._clock() + PAUSE_AFTER_FAILURE

    def _reason(self, port: Port, policy: Supervisor, now: float) -> str | None:
        ward = port.current
        process = ward.process
        if ward.state != "ready" or process is None or port.successor is not None:
            return None
        return worn(
            policy,
            age=now - ward.born,
            requests=ward.beat.requests,
            memory=lambda: resident_bytes(process.pid),
            share=self._shares[process.pid],
        )

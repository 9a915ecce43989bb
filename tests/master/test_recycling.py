"""When a worker has served long enough."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from msgspec import Struct, field

from cinestreamd.config import Supervisor
from cinestreamd.master.recycling import Recycling, worn


def never() -> int:
    raise AssertionError("memory is read only when it is limited")


@pytest.mark.parametrize(
    ("limits", "age", "requests", "memory", "share", "reason"),
    [
        ({}, 1e9, 10**9, never, 1.0, None),
        ({"recycle_seconds": 100}, 99.9, 0, never, 1.0, None),
        ({"recycle_seconds": 100}, 100.0, 0, never, 1.0, "age"),
        ({"recycle_seconds": 100}, 85.0, 0, never, 0.85, "age"),
        ({"recycle_requests": 50}, 0.0, 49, never, 1.0, None),
        ({"recycle_requests": 50}, 0.0, 50, never, 1.0, "requests"),
        ({"recycle_memory_mb": 64}, 0.0, 0, lambda: 64 * 2**20 - 1, 1.0, None),
        ({"recycle_memory_mb": 64}, 0.0, 0, lambda: 64 * 2**20, 1.0, "memory"),
    ],
)
def test_worn(
    limits: dict[str, int], age: float, requests: int, memory: Callable[[], int], share: float, *, reason: str | None
) -> None:
    assert worn(Supervisor(**limits), age=age, requests=requests, memory=memory, share=share) == reason


class PortOfOne(Struct):
    """A port whose worker was born at 0; ``renewals`` are the moments at which a new one was asked for."""

    number: int
    clock: Callable[[], float]
    works: bool = True
    renewals: list[float] = field(default_factory=list)

    @property
    def current(self) -> SimpleNamespace:
        """Its worker."""
        process, beat = SimpleNamespace(pid=self.number), SimpleNamespace(requests=0)
        return SimpleNamespace(state="ready", process=process, born=0.0, beat=beat)

    successor = None
    duty = SimpleNamespace(site="one")
    policy = Supervisor(recycle_seconds=100)

    async def renew(self, _duty: object, _policy: object) -> bool:
        """Note the moment."""
        self.renewals.append(self.clock())
        return self.works


async def renewals_of(*, chances: list[float], works: bool = True, seconds: int) -> list[list[float]]:
    """When workers are renewed whose limit is 100 seconds; ``chances`` is what chance says for each."""
    now = 0.0
    ports = [PortOfOne(number, lambda: now, works) for number in range(len(chances))]
    drawn = iter(chances)
    recycling = Recycling(lambda: now, lambda: next(drawn))
    for second in range(seconds):
        now = float(second)
        recycling.tick([port for port in ports if works is False or not port.renewals], PortOfOne.policy)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return [port.renewals for port in ports]


async def test_siblings_of_one_age_do_not_go_together() -> None:
    """By chance 0, a half and nearly 1 a limit of 100 seconds is shortened to 100, 90 and a little over 80."""
    assert await renewals_of(chances=[0.0, 0.5, 0.95], seconds=120) == [[100.0], [90.0], [81.0]]


async def test_renewal_that_failed_is_tried_again_after_a_minute() -> None:
    assert await renewals_of(chances=[0.0], works=False, seconds=230) == [[100.0, 160.0, 220.0]]

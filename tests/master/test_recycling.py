"""When a worker has served long enough."""

from collections.abc import Callable

import pytest

from cinestreamd.config import Supervisor
from cinestreamd.master.recycling import worn


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

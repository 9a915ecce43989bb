"""One request at a time per host, an interval apart, measured on a clock that the test moves."""

import asyncio

from cinestreamd.agent.fetch.politeness import Politeness


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The present moment."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


async def _take_turns(politeness: Politeness, clock: Clock, hosts: list[str]) -> list[tuple[str, float]]:
    began: list[tuple[str, float]] = []

    async def ask(host: str) -> None:
        async with politeness.of(host).turn():
            began.append((host, clock.now - 100))

    for host in hosts:
        await ask(host)
    return began


async def test_requests_to_one_host_begin_an_interval_apart() -> None:
    clock = Clock()
    politeness = Politeness(1.5, sleep=clock.sleep, clock=clock)
    assert await _take_turns(politeness, clock, ["a", "a", "a"]) == [("a", 0.0), ("a", 1.5), ("a", 3.0)]


async def test_another_host_does_not_wait() -> None:
    clock = Clock()
    politeness = Politeness(1.5, sleep=clock.sleep, clock=clock)
    assert await _take_turns(politeness, clock, ["a", "b", "c"]) == [("a", 0.0), ("b", 0.0), ("c", 0.0)]


async def test_a_crawl_delay_is_honoured_up_to_its_limit() -> None:
    clock = Clock()
    politeness = Politeness(1.0, sleep=clock.sleep, clock=clock)
    politeness.of("a").slow_down(4)
    politeness.of("b").slow_down(3600)
    politeness.of("c").slow_down(0.1)
    politeness.of("d").slow_down(None)
    turns = await _take_turns(politeness, clock, ["a", "a", "b", "b", "c", "c", "d", "d"])
    assert [at for _, at in turns] == [0.0, 4.0, 4.0, 14.0, 14.0, 15.0, 15.0, 16.0]


async def test_one_host_sees_one_request_at_a_time() -> None:
    politeness = Politeness(0.0)
    under_way = most = 0

    async def ask() -> None:
        nonlocal under_way, most
        async with politeness.of("a").turn():
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(ask() for _ in range(10)))
    assert most == 1


async def test_a_server_on_this_machine_needs_no_interval() -> None:
    clock = Clock()
    politeness = Politeness(1.5, exempt=frozenset({"127.0.0.1"}), sleep=clock.sleep, clock=clock)
    assert await _take_turns(politeness, clock, ["127.0.0.1", "127.0.0.1"]) == [("127.0.0.1", 0.0), ("127.0.0.1", 0.0)]

"""Processes take turns at a host and share what the map knows, through files that the dead give back."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cinestreamd.agent.fetch.politeness import Politeness
from cinestreamd.agent.file_turns import turn
from cinestreamd.agent.map_cache import MapCache
from cinestreamd.store.memory import Discovery, Venue

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The present moment."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        await asyncio.sleep(0)


async def test_two_processes_keep_the_interval_of_one_host(tmp_path: Path) -> None:
    """Each queue stands for a process: they share nothing but the folder and the machine's clock."""
    clock = Clock()
    queues = [Politeness(1.5, folder=tmp_path, sleep=clock.sleep, clock=clock) for _ in range(2)]
    began = []
    for queue in (queues[0], queues[1], queues[1], queues[0]):
        async with queue.of("kino.example").turn():
            began.append(clock.now - 1000)
    assert began == [0.0, 1.5, 3.0, 4.5]
    async with queues[1].of("other.example").turn():
        assert clock.now == 1004.5


async def test_a_host_sees_one_request_at_a_time_from_all_processes(tmp_path: Path) -> None:
    queues = [Politeness(0.0, folder=tmp_path) for _ in range(3)]
    under_way = most = 0

    async def ask(queue: Politeness) -> None:
        nonlocal under_way, most
        async with queue.of("kino.example").turn():
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    async with asyncio.timeout(60):
        await asyncio.gather(*(ask(queue) for queue in queues for _ in range(3)))
    assert most == 1


async def test_a_note_from_before_the_last_start_of_the_machine_costs_one_interval(tmp_path: Path) -> None:
    late, early = Clock(), Clock()
    late.now = 900_000.0
    async with Politeness(2.0, folder=tmp_path, sleep=late.sleep, clock=late).of("kino.example").turn():
        pass
    async with Politeness(2.0, folder=tmp_path, sleep=early.sleep, clock=early).of("kino.example").turn():
        assert early.now == 1002.0


def spoil(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_text("?")


async def test_a_spoilt_note_is_no_note(tmp_path: Path) -> None:
    clock = Clock()
    async with Politeness(2.0, folder=tmp_path, sleep=clock.sleep, clock=clock).of("kino.example").turn():
        pass
    spoil(tmp_path)
    async with Politeness(2.0, folder=tmp_path, sleep=clock.sleep, clock=clock).of("kino.example").turn():
        assert clock.now == 1000.0


async def test_without_a_folder_that_can_be_used_a_process_keeps_its_own_queue(tmp_path: Path) -> None:
    clock = Clock()
    occupied = tmp_path / "file"
    occupied.write_text("")
    queue = Politeness(1.5, folder=occupied, sleep=clock.sleep, clock=clock).of("kino.example")
    for expected in (1000.0, 1001.5):
        async with queue.turn():
            assert clock.now == expected


async def test_a_killed_process_gives_its_turn_back(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    code = (
        "import fcntl, os, sys, time\n"
        "d = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT); fcntl.flock(d, fcntl.LOCK_EX)\n"
        "print('held', flush=True); time.sleep(300)\n"
    )
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(path), stdout=asyncio.subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), turn(path, asyncio.sleep):
                pass
    finally:
        holder.kill()
        await holder.wait()
    async with asyncio.timeout(60), turn(path, asyncio.sleep):
        pass


async def test_a_link_in_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "turn").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        async with turn(tmp_path / "turn", asyncio.sleep):
            pass
    assert not (tmp_path / "elsewhere").exists()


def test_what_the_map_said_is_kept_for_other_agents(tmp_path: Path) -> None:
    found = Discovery(city_id="kyiv", asked_at=NOW, venues=(Venue(ref="node/1", name="Зірка", lat=50.4, lon=30.5),))
    assert MapCache(tmp_path).answer("kyiv", 15_000) is None
    MapCache(tmp_path).keep(found, 15_000)
    assert MapCache(tmp_path).answer("kyiv", 15_000) == found
    assert MapCache(tmp_path).answer("kyiv", 5_000) is None
    assert MapCache(tmp_path).answer("lviv", 15_000) is None
    MapCache(tmp_path).pause("https://map.example/", NOW + timedelta(minutes=5))
    assert MapCache(tmp_path).paused_until("https://map.example/") == NOW + timedelta(minutes=5)
    assert MapCache(tmp_path).paused_until("https://other.example/") is None
    for file in tmp_path.glob("*.json"):
        file.write_bytes(b"{")
    assert MapCache(tmp_path).answer("kyiv", 15_000) is None
    assert MapCache(tmp_path).paused_until("https://map.example/") is None


async def test_a_second_agent_waits_for_the_first_ones_answer(tmp_path: Path) -> None:
    order: list[str] = []
    first_holds, second_waits = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with MapCache(tmp_path).turn("kyiv", 15_000):
            first_holds.set()
            await second_waits.wait()
            order.append("first")

    async def ask_again(_: float) -> None:
        second_waits.set()
        await asyncio.sleep(0)

    async def second() -> None:
        await first_holds.wait()
        async with MapCache(tmp_path, sleep=ask_again).turn("kyiv", 15_000):
            order.append("second")

    async with asyncio.timeout(60):
        await asyncio.gather(first(), second())
    assert order == ["first", "second"]

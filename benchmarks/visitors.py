"""Many visitors at once, each on a connection of its own that stays open: one page, then a pause, then the next."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from typing import Final

import uvloop
from wrk import Asked

PATIENCE: Final = 30.0


class Visitors:
    """So many visitors who ask ``asked`` in turn, a page every ``pause`` seconds, spread evenly over that time."""

    def __init__(self, port: int, asked: Sequence[Asked], *, count: int, pause: float) -> None:
        self.failures: Counter[str] = Counter()
        self.delays: list[float] = []
        """Milliseconds of each answer."""
        self._port = port
        self._asked = asked
        self._count = count
        self._pause = pause

    def come(self, seconds: float) -> None:
        """Have all of them there for so long."""
        uvloop.run(self._come(seconds))

    async def _come(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        await asyncio.gather(*(self._visit(number, end) for number in range(self._count)))

    async def _visit(self, number: int, end: float) -> None:
        loop = asyncio.get_running_loop()
        asked = self._asked[number % len(self._asked)]
        lines = [f"GET {asked.path} HTTP/1.1", *(f"{name}: {value}" for name, value in asked.headers.items())]
        request = "\r\n".join([*lines, "", ""]).encode()
        reader = writer = None
        await asyncio.sleep(self._pause * number / self._count)
        while loop.time() < end:
            begun = perf_counter()
            try:
                async with asyncio.timeout(PATIENCE):
                    if reader is None or writer is None:
                        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    writer.write(request)
                    status = await self._read(reader)
            except (OSError, EOFError, TimeoutError) as error:
                status, reader = type(error).__name__, None
            if status == "200":
                self.delays.append((perf_counter() - begun) * 1000)
            else:
                self.failures[status] += 1
            await asyncio.sleep(max(self._pause - (perf_counter() - begun), 0.0))
        if writer is not None:
            writer.close()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> str:
        """Read one answer to its end; returns its status."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        if "content-length" in fields:
            await reader.readexactly(int(fields["content-length"]))
        else:
            while size := int((await reader.readline()).strip() or b"0", 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        return head.split(" ", 2)[1]

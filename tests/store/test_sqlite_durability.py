"""Which writes are on the disk when they are acknowledged: the table in docs/STORE.md, checked at SQLite's own word."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from every_operation import DURABLE, NOT_DURABLE, READS, Act, held_city

from cinestreamd.store.measured import OPERATIONS
from cinestreamd.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from conftest import Samples

PAGE = Path(__file__).parent.parent.parent / "docs" / "STORE.md"


async def commits(store: SqliteStore, samples: "Samples", act: Act, *, level: str) -> set[str]:
    """The levels of ``PRAGMA synchronous`` under which ``act`` committed, after a write of the other ``level``."""
    lease = await held_city(store, samples)
    statements: list[str] = []
    await store._write(lambda connection: connection.set_trace_callback(statements.append), durable=level == "FULL")
    statements.clear()
    await act(store, samples, lease)
    found = set()
    for statement in statements:
        if statement.startswith("PRAGMA synchronous = "):
            level = statement.removeprefix("PRAGMA synchronous = ")
        elif statement == "COMMIT":
            found.add(level)
    return found


@pytest.mark.parametrize("act", DURABLE.values(), ids=list(DURABLE))
async def test_what_a_loss_of_power_must_not_take(store: SqliteStore, samples: "Samples", act: Act) -> None:
    assert await commits(store, samples, act, level="NORMAL") == {"FULL"}


@pytest.mark.parametrize("act", NOT_DURABLE.values(), ids=list(NOT_DURABLE))
async def test_what_a_loss_of_power_may_take(store: SqliteStore, samples: "Samples", act: Act) -> None:
    assert await commits(store, samples, act, level="FULL") == {"NORMAL"}


@pytest.mark.parametrize("act", READS.values(), ids=list(READS))
async def test_what_reads_writes_nothing(store: SqliteStore, samples: "Samples", act: Act) -> None:
    assert await commits(store, samples, act, level="FULL") == set()


def test_every_operation_is_one_or_the_other() -> None:
    assert sorted([*DURABLE, *NOT_DURABLE, *READS, "close"]) == sorted(OPERATIONS)


def test_the_documented_table_names_every_write() -> None:
    told: dict[str, set[str]] = {"FULL": set(), "NORMAL": set()}
    for names, level in re.findall(r"^\| (`.+`) \| (FULL|NORMAL) \|", PAGE.read_text(), re.MULTILINE):
        told[level] |= set(re.findall(r"`(\w+)`", names))
    assert told == {"FULL": {"prepare", *DURABLE}, "NORMAL": set(NOT_DURABLE)}

"""Who is stopped before one of its commands, and goes on when another has taken its place, changes nothing of that."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mongo_publications import programme
from mongo_server import empty_database
from msgspec.structs import replace

from cinestreamd.store.base import CinemaCorrection
from cinestreamd.store.mongo import MongoStore, prepare

if TYPE_CHECKING:
    from conftest import Samples

MOST_COMMANDS = 40


def start_writer(uri: str) -> "subprocess.Popen[str]":
    script = Path(__file__).with_name("stopping_writer.py")
    return subprocess.Popen(
        [sys.executable, str(script), uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def wait_until_stopped(process: "subprocess.Popen[str]") -> None:
    os.waitpid(process.pid, os.WUNTRACED)


def hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def let_go_on(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGCONT)
    tell(process, "go on")


async def publish(store: MongoStore, samples: "Samples", *showtimes: str, later: timedelta = timedelta()) -> int:
    now = samples.now + later
    lease = await store.acquire_lease("kyiv", owner="parent", now=now, seconds=300)
    assert lease is not None
    return await store.publish(lease, programme(samples, *showtimes), now=now)


@pytest.mark.timeout(300)
async def test_a_publisher_stopped_before_any_command_cannot_undo_its_successor(samples: "Samples") -> None:
    """Without transactions. Its time passes, another publishes; then it goes on, wherever it was."""
    outcomes = []
    with empty_database() as uri:
        prepare(uri)
        store = MongoStore(uri, write_timeout=20.0, transactions=False)
        await store.add_location(samples.city())
        with start_writer(uri) as publisher:
            for commands in range(1, MOST_COMMANDS):
                await publish(store, samples, "old", "kept")
                tell(publisher, f"publish {commands}")
                if hear(publisher) != "stops":
                    break
                wait_until_stopped(publisher)
                try:
                    revision = await publish(store, samples, "next", "kept", later=timedelta(seconds=301))
                finally:
                    let_go_on(publisher)
                outcomes.append(hear(publisher).split()[0])
                ids = [row.id for row in await store.showtimes("kyiv", since=samples.now)]
                assert ids == ["kept", "next"], f"stopped before command {commands}: {outcomes[-1]}"
                city = await store.location("kyiv")
                assert city is not None
                assert city.revision == revision
        await store.close()
    assert len(outcomes) > 10, "it was stopped before several of its commands"
    assert outcomes == sorted(outcomes), "refused until the one write that counts was made, published from then on"
    assert set(outcomes) == {"StaleLeaseError", "published"}


@pytest.mark.timeout(300)
async def test_who_is_stopped_while_it_takes_a_lease_leaves_its_successors_run_alone(samples: "Samples") -> None:
    """Without transactions. It has declared, or goes on to declare, the runs before its own lost; no later one."""
    later, outcomes = samples.now + timedelta(seconds=700), []
    with empty_database() as uri:
        prepare(uri)
        store = MongoStore(uri, write_timeout=20.0, transactions=False)
        await store.add_location(samples.city())
        with start_writer(uri) as writer:
            for commands in range(1, MOST_COMMANDS):
                await store.free_leases("")
                run = samples.publication().run
                former = await store.acquire_lease("kyiv", owner="former", now=samples.now, seconds=300)
                assert former is not None
                await store.begin_run(former, replace(run, id=f"former-{commands}"))
                tell(writer, f"acquire {commands}")
                if hear(writer) != "stops":
                    break
                wait_until_stopped(writer)
                try:
                    successor = await store.acquire_lease("kyiv", owner="successor", now=later, seconds=300)
                    assert successor is not None
                    await store.begin_run(successor, replace(run, id=f"next-{commands}", started_at=later))
                finally:
                    let_go_on(writer)
                outcomes.append(hear(writer))
                lost, running = await store.run(f"former-{commands}"), await store.run(f"next-{commands}")
                assert lost is not None
                assert running is not None
                assert (lost.outcome, running.outcome) == ("lost", "running"), f"stopped before command {commands}"
        await store.close()
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {"granted", "refused"}


async def test_a_blocked_cinema_shows_nothing_and_is_published_again_when_it_is_free(samples: "Samples") -> None:
    """What a block withdraws is what was published before it, under a lease in force or none."""
    with empty_database() as uri:
        prepare(uri)
        store = MongoStore(uri, write_timeout=20.0, transactions=False)
        await store.add_location(samples.city())
        for number, is_held in enumerate((False, True)):
            await publish(store, samples, f"first-{number}")
            lease = None
            if is_held:
                lease = await store.acquire_lease("kyiv", owner="parent", now=samples.now, seconds=300)
                assert lease is not None
            await store.correct_cinema(
                CinemaCorrection(cinema_id="zhovten", city_id="kyiv", state="blocked"), now=samples.now
            )
            assert await store.showtimes("kyiv", since=samples.now) == []
            await store.correct_cinema(CinemaCorrection(cinema_id="zhovten", city_id="kyiv"), now=samples.now)
            assert await store.showtimes("kyiv", since=samples.now) == [], "only a reading brings anything back"
            if lease is None:
                await publish(store, samples, f"second-{number}")
            else:
                await store.publish(lease, programme(samples, f"second-{number}"), now=samples.now)
            assert [row.id for row in await store.showtimes("kyiv", since=samples.now)] == [f"second-{number}"]
        await store.close()

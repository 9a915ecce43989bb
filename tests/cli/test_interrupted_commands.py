"""Commands on records that are in use or that end too soon: a backup beside a writer, a move that is killed."""

import asyncio
import json
import os
import pty
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import cinestreamd
from free_ports import free_ports
from known_cities import CITIES
from mongo_server import empty_database
from product_store import store_of

from cinestreamd.sites.database import prepare_store, read_access
from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.registry import Registry
from cinestreamd.store.base import Cinema, Evidence, Film, Listing, Publication, Run, Showtime, Store, Titles
from cinestreamd.web.places import location_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PATIENCE = 60.0


@pytest.fixture
def mongo() -> Iterator[str]:
    with empty_database() as uri:
        yield uri


def make_site(state_dir: Path, name: str, uri: str | None = None) -> Site:
    site = Registry(state_dir).add(name, SiteSettings(start_port=free_ports(1), processes=1))
    if uri is not None:
        env = Path(site.directory, ".env")
        write_env(env, {**read_env(env), "MONGO_URI": uri})
    prepare_store(site, read_access(site))
    return site


async def publish(store: Store, mark: str, *, count: int) -> int:
    """Kyiv's showtimes become these, of a new film, whose ids begin with ``mark``; returns the revision."""
    city = CITIES.get("kyiv")
    assert city is not None
    await store.add_location(location_of(city))
    lease = await store.acquire_lease("kyiv", owner="agent", now=NOW, seconds=300)
    assert lease is not None
    rows = tuple(
        Showtime(
            id=f"{mark}-{number}",
            city_id="kyiv",
            cinema_id="zhovten",
            film_id=f"film-{mark}",
            start_time=NOW + timedelta(minutes=number),
            business_day=NOW.date(),
            raw_title="Довбуш",
            evidence=Evidence(url="https://zhovten.example/", quote="19:00 Довбуш", fetched_at=NOW),
            reader="schema.org",
            run_id="run-1",
            created_at=NOW,
        )
        for number in range(count)
    )
    publication = Publication(
        cinemas=(
            Cinema(id="zhovten", city_id="kyiv", name="Жовтень", url="https://zhovten.example/", source="config"),
        ),
        films=(Film(id=f"film-{mark}", titles=Titles(original="Довбуш")),),
        listings=(Listing(cinema_id="zhovten", showtimes=rows),),
        run=Run(id="run-1", city_id="kyiv", owner="agent", trigger="visitor", started_at=NOW, outcome="published"),
    )
    return await store.publish(lease, publication, now=NOW)


class Publisher:
    """Publishes Kyiv again and again in a thread of its own; the showtimes of revision 7 are 7-0, 7-1 and so on."""

    COUNT = 40

    def __init__(self, site: Site) -> None:
        self.revision = 0
        self.problem: BaseException | None = None
        self._over = False
        self._published = threading.Condition()
        self._thread = threading.Thread(target=self._run, args=(site,))
        self._thread.start()

    def wait_for_more(self, more: int) -> int:
        """Wait until so many more revisions were published; returns the latest."""
        with self._published:
            goal = self.revision + more
            self._published.wait_for(lambda: self.revision >= goal or self.problem is not None, PATIENCE)
            assert self.problem is None
            assert self.revision >= goal
            return self.revision

    def end(self) -> None:
        """Publish no more."""
        self._over = True
        self._thread.join(PATIENCE)

    def _run(self, site: Site) -> None:
        try:
            asyncio.run(self._publish(site))
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            self.problem = error
        with self._published:
            self._published.notify_all()

    async def _publish(self, site: Site) -> None:
        store = store_of(site)
        try:
            while not self._over:
                revision = await publish(store, f"{self.revision + 1}", count=self.COUNT)
                with self._published:
                    self.revision = revision
                    self._published.notify_all()
        finally:
            await store.close()


@contextmanager
def published_all_the_time(site: Site) -> Iterator[Publisher]:
    publisher = Publisher(site)
    try:
        yield publisher
    finally:
        publisher.end()


def held_by(file: Path) -> tuple[int, set[str]]:
    """Kyiv's revision in a backup, and the ids of its showtimes."""
    records: dict[str, list[Any]] = {}
    with tarfile.open(file) as archive:
        for kind in ("location", "showtime"):
            opened = archive.extractfile(f"records/{kind}.jsonl")
            assert opened is not None
            records[kind] = [json.loads(line) for line in opened.read().splitlines()]
    [[_, location]] = records["location"]
    return json.loads(location)["location"]["revision"], {json.loads(body)["id"] for _, body in records["showtime"]}


@pytest.mark.parametrize("kind", ["embedded", "mongodb"])
def test_a_backup_beside_a_writer_is_whole(tmp_path: Path, mongo: str, kind: str) -> None:
    """Each holds the showtimes of one revision, and restores: nothing lacks its film. A check finds nothing."""
    served = make_site(tmp_path, "served", mongo if kind == "mongodb" else None)
    make_site(tmp_path, "restored")
    with published_all_the_time(served) as publisher:
        for number in range(3):
            file = tmp_path / f"{number}.backup"
            before = publisher.wait_for_more(2)
            assert cinestreamd(tmp_path, "sites", "backup", "served", str(file)).code == 0
            checked = cinestreamd(tmp_path, "store", "check", "served")
            assert (checked.code, checked.error) == (0, ""), checked
            revision, ids = held_by(file)
            shown = int(min(ids).partition("-")[0])
            assert ids == {f"{shown}-{showing}" for showing in range(publisher.COUNT)}
            assert before <= shown <= revision <= publisher.revision + 1
            assert shown == revision or kind == "mongodb"
            restored = cinestreamd(tmp_path, "sites", "restore", "restored", str(file), "--yes")
            assert restored.code == 0, restored


def held(state_dir: Path) -> dict[str, Any]:
    """What ``store check`` says that the site holds; it must be whole."""
    ended = cinestreamd(state_dir, "store", "check", "kino", "--json")
    [report] = json.loads(ended.output)
    assert (ended.code, report["whole"], report["problems"]) == (0, True, [])
    found: dict[str, Any] = report["held"]
    return found


@pytest.mark.timeout(300)
def test_a_move_that_is_killed_costs_nothing_and_goes_on_when_it_is_repeated(tmp_path: Path, mongo: str) -> None:
    """Kill -9 as soon as the first of three portions of showtimes is told on the terminal."""
    site = make_site(tmp_path, "kino")

    async def fill() -> None:
        store = store_of(site)
        await publish(store, "one", count=1_001)
        await store.close()

    asyncio.run(fill())
    before = held(tmp_path)
    command = [sys.executable, "-m", "cinestreamd", "store", "move", "kino", "--to", "-", "--state-dir", str(tmp_path)]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=theirs) as process:
        assert process.stdin is not None
        os.close(theirs)
        process.stdin.write(f"{mongo}\n".encode())
        process.stdin.close()
        told = b""
        while b"showtime: 500" not in told:
            told += os.read(ours, 1000)
        process.kill()
    os.close(ours)
    assert process.returncode == -9, told
    assert "MONGO_URI" not in read_env(Path(site.directory, ".env"))
    assert held(tmp_path) == before
    assert cinestreamd(tmp_path, "store", "move", "kino", "--to", mongo).code == 0
    assert read_env(Path(site.directory, ".env"))["MONGO_URI"] == mongo
    assert held(tmp_path) == before

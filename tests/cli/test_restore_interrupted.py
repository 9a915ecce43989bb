"""A restore that is killed: a site has all its records or those that it had before; a new one is whole or not there."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import cinestreamd
from free_ports import free_ports
from killing import killed_before
from product_store import store_of

from cinestreamd.sites.database import prepare_store, read_access
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.registry import Registry
from cinestreamd.store.reports import RunReport

pytestmark = pytest.mark.timeout(300)
OFTEN, EVERY = 400, 3
BACKED_UP, LATER = 3, 5


async def keep_reports(site: Site, first: int, count: int) -> None:
    store = store_of(site)
    for number in range(first, first + count):
        await store.put_report(
            RunReport(run_id=f"run-{number}", city_id="kyiv", started_at=datetime.now(UTC), stages=(), cinemas=())
        )
    await store.close()


async def reports_of(site: Site) -> int:
    """How many of the reports a site has."""
    store = store_of(site)
    found = [await store.report(f"run-{number}") for number in range(LATER)]
    await store.close()
    return len([report for report in found if report is not None])


class House:
    """A state directory with a site that has got more records since its backup was made."""

    def __init__(self, folder: Path) -> None:
        self.begun, self.state, self.file = folder / "begun", folder / "state", folder / "kino.backup"
        self.port = free_ports(2)
        site = Registry(self.begun).add("kino", SiteSettings(start_port=self.port, processes=1))
        prepare_store(site, read_access(site))
        asyncio.run(keep_reports(site, 0, BACKED_UP))
        assert cinestreamd(self.begun, "sites", "backup", "kino", str(self.file)).code == 0
        asyncio.run(keep_reports(site, BACKED_UP, LATER - BACKED_UP))

    def kills(self, command: tuple[str, ...]) -> Iterator[int]:
        """Kill the command before every third of its steps, from the same beginning; yields after each kill."""

        def run() -> None:
            assert cinestreamd(self.state, *command).code == 0

        for step in range(1, OFTEN, EVERY):
            shutil.rmtree(self.state, ignore_errors=True)
            shutil.copytree(self.begun, self.state)
            if not killed_before(step, run):
                assert step > 5, "the command changes nothing that is seen here"
                return
            yield step
        raise AssertionError("no end")

    def reports(self, name: str) -> int:
        """How many of the reports a site has."""
        return asyncio.run(reports_of(Registry(self.state).load(name)))

    def leftovers(self) -> set[str]:
        """What lies beside the sites, or in a site beside its own files."""
        known = {".lock", ".env", "agent.env", "site.toml", "data", *Registry(self.state).names()}
        sites = self.state / "sites"
        return {path.name for path in (*sites.iterdir(), *sites.glob("*/*"))} - known


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_new_site_appears_with_all_its_records_or_not_at_all(house: House) -> None:
    command = ("sites", "restore", "film", str(house.file), "--start-port", str(house.port + 1))
    steps = 0
    for step in house.kills(command):
        steps = step
        if "film" in Registry(house.state).names():
            assert house.reports("film") == BACKED_UP, step
        else:
            assert cinestreamd(house.state, *command).code == 0
        assert house.reports("film") == BACKED_UP
        assert house.leftovers() == set()
        assert house.reports("kino") == LATER
    assert steps > 10


def test_site_that_is_there_has_its_former_records_or_the_restored_ones(house: House) -> None:
    command = ("sites", "restore", "kino", str(house.file), "--yes")
    seen = set()
    for step in house.kills(command):
        assert (house.state / "sites" / "kino" / "data" / "cinestreamd.sqlite").exists(), step
        found = house.reports("kino")
        assert found in {LATER, BACKED_UP}, step
        seen.add(found)
        assert cinestreamd(house.state, *command).code == 0
        assert house.reports("kino") == BACKED_UP
    assert LATER in seen


def damage(database: Path) -> None:
    database.write_bytes(b"no database at all" * 100)


def remove(database: Path) -> None:
    database.unlink()


@pytest.mark.parametrize("spoil", [damage, remove])
def test_records_are_restored_in_place_of_a_database_that_is_no_more(
    house: House, spoil: Callable[[Path], None]
) -> None:
    spoil(house.begun / "sites" / "kino" / "data" / "cinestreamd.sqlite")
    shutil.copytree(house.begun, house.state)
    assert cinestreamd(house.state, "sites", "restore", "kino", str(house.file)).code == 2
    assert cinestreamd(house.state, "sites", "restore", "kino", str(house.file), "--yes").code == 0
    assert house.reports("kino") == BACKED_UP
    assert cinestreamd(house.state, "store", "check", "kino").code == 0


def test_backup_whose_records_are_damaged_makes_no_site(house: House) -> None:
    shutil.copytree(house.begun, house.state)
    house.file.write_bytes(house.file.read_bytes()[:-200])
    ended = cinestreamd(house.state, "sites", "restore", "film", str(house.file))
    assert ended.code == 2
    assert Registry(house.state).names() == ["kino"]
    assert house.leftovers() == set()

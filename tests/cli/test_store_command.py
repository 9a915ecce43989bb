"""``cinestreamd store`` and ``sites backup|restore``: moved, checked, backed up and restored, losing nothing."""

import asyncio
import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import cinestreamd
from free_ports import free_ports
from known_cities import CITIES
from mongo_server import empty_database

from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.model import SiteSettings
from cinestreamd.sites.registry import Registry
from cinestreamd.store.base import Cinema, Evidence, Film, Listing, Publication, Run, Showtime, Store, Titles
from cinestreamd.store.mongo import MongoStore
from cinestreamd.store.sqlite import SqliteStore, prepare
from cinestreamd.web.places import location_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SHOWINGS = 30


def make_site(state_dir: Path, name: str = "kino") -> Path:
    """A site with some records; returns its database."""
    site = Registry(state_dir).add(name, SiteSettings(start_port=free_ports(1), processes=1))
    prepare(Path(site.database))
    asyncio.run(publish(SqliteStore(Path(site.database))))
    return Path(site.database)


async def publish(store: Store, *, count: int = SHOWINGS) -> None:
    city = CITIES.get("kyiv")
    assert city is not None
    await store.add_location(location_of(city))
    lease = await store.acquire_lease("kyiv", owner="agent", now=NOW, seconds=300)
    assert lease is not None
    evidence = Evidence(url="https://zhovten.example/", quote="19:00 Довбуш", fetched_at=NOW)
    rows = tuple(
        Showtime(
            id=f"s{number}",
            city_id="kyiv",
            cinema_id="zhovten",
            film_id="dovbush",
            start_time=NOW + timedelta(minutes=number),
            business_day=NOW.date(),
            raw_title="Довбуш",
            evidence=evidence,
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
        films=(Film(id="dovbush", titles=Titles(original="Довбуш")),),
        listings=(Listing(cinema_id="zhovten", showtimes=rows),),
        run=Run(id="run-1", city_id="kyiv", owner="agent", trigger="visitor", started_at=NOW, outcome="published"),
    )
    await store.publish(lease, publication, now=NOW)
    await store.close()


def digests(state_dir: Path, name: str = "kino") -> dict[str, Any]:
    """What ``store check`` says that a site holds; it must be whole."""
    ended = cinestreamd(state_dir, "store", "check", name, "--json")
    [report] = json.loads(ended.output)
    assert (ended.code, report["whole"], report["problems"]) == (0, True, [])
    held: dict[str, Any] = report["held"]
    return held


def address_of(state_dir: Path, name: str = "kino") -> str | None:
    return read_env(state_dir / "sites" / name / ".env").get("MONGO_URI")


@pytest.fixture
def mongo() -> Iterator[str]:
    with empty_database() as uri:
        yield uri


def test_a_site_is_moved_to_mongodb_and_back(tmp_path: Path, mongo: str) -> None:
    database = make_site(tmp_path)
    before = digests(tmp_path)
    moved = cinestreamd(tmp_path, "store", "move", "kino", "--to", "-", "--json", given=f"{mongo}\n")
    assert moved.code == 0
    assert json.loads(moved.output)["held"] == before
    assert address_of(tmp_path) == mongo
    assert digests(tmp_path) == before
    [facts] = json.loads(cinestreamd(tmp_path, "store", "stats", "--json").output)
    assert (facts["kind"], facts["held"]["showtime"]) == ("mongodb", SHOWINGS)

    again = cinestreamd(tmp_path, "store", "move", "kino", "--to", mongo)
    assert (again.code, again.error) == (2, "The records of site kino are there already")

    back = cinestreamd(tmp_path, "store", "move", "kino", "--to", "embedded")
    assert (back.code, back.output) == (0, "Site kino: 35 items moved and compared.\n")
    assert address_of(tmp_path) is None
    assert digests(tmp_path) == before
    assert Path(f"{database}.former").exists(), "the former file stays"
    assert database.stat().st_mode & 0o777 == 0o600


def test_a_database_with_records_is_not_moved_into(tmp_path: Path, mongo: str) -> None:
    make_site(tmp_path, "one")
    make_site(tmp_path, "two")
    assert cinestreamd(tmp_path, "store", "move", "one", "--to", mongo).code == 0
    secret = read_env(tmp_path / "sites" / "one" / ".env")["SECRET_KEY"]
    write_env(tmp_path / "sites" / "two" / ".env", {"SECRET_KEY": secret})
    refused = cinestreamd(tmp_path, "store", "move", "two", "--to", mongo)
    assert refused.code == 2
    assert "holds records already; name an empty database" in refused.error
    assert address_of(tmp_path, "two") is None
    digests(tmp_path, "one")


def test_an_interrupted_move_keeps_the_target_from_being_used_until_it_is_repeated(tmp_path: Path, mongo: str) -> None:
    """What an interrupted command leaves: the mark, and a part of the records."""
    from cinestreamd.cli.store.moving import mark_of
    from cinestreamd.sites.database import read_access
    from cinestreamd.store.mongo import prepare as prepare_mongo
    from cinestreamd.store.mongo.depot import MongoDepot
    from cinestreamd.store.sqlite.depot import SqliteDepot

    database = make_site(tmp_path)
    before = digests(tmp_path)
    site = Registry(tmp_path).load("kino")
    access = read_access(site)

    async def interrupted() -> None:
        depot, source = MongoDepot(mongo), SqliteDepot(database)
        await depot.begin(mark_of(site.directory, access, "move"))
        await depot.put("location", [item async for item in source.items("location")])
        await depot.put("showtime", [item async for item in source.items("showtime")][:10])
        await depot.close()
        await source.close()

    prepare_mongo(mongo, fingerprint=access.fingerprint)
    asyncio.run(interrupted())
    cinestreamd(tmp_path, "sites", "env", "kino", "set", "MONGO_URI", given=f"{mongo}\n")
    ended = cinestreamd(tmp_path, "store", "check", "kino")
    assert ended.code == 78
    assert "interrupted move or restore" in ended.error
    cinestreamd(tmp_path, "sites", "env", "kino", "unset", "MONGO_URI")
    assert cinestreamd(tmp_path, "store", "move", "kino", "--to", mongo).code == 0
    assert digests(tmp_path) == before


def test_a_backup_is_private_and_restores_into_a_new_site(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "kino.backup"
    make_site(here)
    before = digests(here)
    told = cinestreamd(here, "sites", "backup", "kino", str(file))
    assert (told.code, told.output) == (0, f"Site kino: 35 items are in {file}, with the site's secrets.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    restored = cinestreamd(there, "sites", "restore", "film", str(file), "--json")
    assert restored.code == 0
    assert json.loads(restored.output)["held"] == before
    assert digests(there, "film") == before
    assert read_env(there / "sites" / "film" / ".env") == read_env(here / "sites" / "kino" / ".env")


def test_a_restore_replaces_what_came_after_the_backup(tmp_path: Path, mongo: str) -> None:
    """Of an embedded site into the same site, which has gone to MongoDB meanwhile, and into a file again."""
    database = make_site(tmp_path)
    before, file = digests(tmp_path), tmp_path / "kino.backup"
    assert cinestreamd(tmp_path, "sites", "backup", "kino", str(file)).code == 0
    asyncio.run(publish(SqliteStore(database), count=3))
    assert digests(tmp_path) != before
    refused = cinestreamd(tmp_path, "sites", "restore", "kino", str(file))
    assert (refused.code, refused.error) == (2, "Site kino has records; to replace them all, add --yes")
    assert cinestreamd(tmp_path, "sites", "restore", "kino", str(file), "--yes").code == 0
    assert digests(tmp_path) == before

    assert cinestreamd(tmp_path, "store", "move", "kino", "--to", mongo).code == 0
    asyncio.run(publish(MongoStore(mongo, write_timeout=20.0), count=4))
    assert digests(tmp_path) != before
    assert cinestreamd(tmp_path, "sites", "restore", "kino", str(file), "--yes").code == 0
    assert digests(tmp_path) == before
    shown = asyncio.run(_showtimes(mongo))
    assert shown == [f"s{number}" for number in range(SHOWINGS)]


async def _showtimes(uri: str) -> list[str]:
    store = MongoStore(uri, write_timeout=20.0)
    try:
        return [row.id for row in await store.showtimes("kyiv", since=NOW)]
    finally:
        await store.close()


@pytest.mark.parametrize("flaw", ["cut", "changed", "other"])
def test_a_damaged_backup_changes_nothing(tmp_path: Path, flaw: str) -> None:
    make_site(tmp_path)
    file = tmp_path / "kino.backup"
    assert cinestreamd(tmp_path, "sites", "backup", "kino", str(file)).code == 0
    if flaw == "cut":
        file.write_bytes(file.read_bytes()[:-200])
    elif flaw == "other":
        file.write_bytes(b"nothing of ours" * 100)
    else:
        _change_a_record(file)
    before = digests(tmp_path)
    for arguments in (["kino", str(file), "--yes"], ["new", str(file)]):
        ended = cinestreamd(tmp_path, "sites", "restore", *arguments)
        assert ended.code == 2
        assert "This is no backup of a site that can be used" in ended.error
    assert digests(tmp_path) == before
    assert Registry(tmp_path).names() == ["kino"]


def _change_a_record(file: Path) -> None:
    """Pack a backup anew with one word changed in a record."""
    import io

    with tarfile.open(file) as archive:
        members = [(member, archive.extractfile(member)) for member in archive]
        data = {member.name: (member, opened.read()) for member, opened in members if opened is not None}
    with tarfile.open(file, "w:gz") as archive:
        for name, (member, content) in data.items():
            changed = content.replace(b"19:00", b"20:00") if name == "records/showtime.jsonl" else content
            member.size = len(changed)
            archive.addfile(member, io.BytesIO(changed))


def test_a_check_that_finds_something_ends_with_one(tmp_path: Path) -> None:
    database = make_site(tmp_path)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM film")
        connection.commit()
    ended = cinestreamd(tmp_path, "store", "check")
    assert ended.code == 1
    assert ended.output == ("Site kino: 34 items, not whole:\n  30 of kind showtime name a film that is not there\n")


def test_migrate_brings_an_older_database_up_to_date(tmp_path: Path) -> None:
    make_site(tmp_path)
    first = cinestreamd(tmp_path, "store", "migrate", "--json")
    assert cinestreamd(tmp_path, "store", "migrate", "kino", "--json") == first
    [row] = json.loads(first.output)
    assert (row["site"], row["kind"]) == ("kino", "sqlite")


def test_a_secret_is_adopted_on_purpose_only(tmp_path: Path, mongo: str) -> None:
    make_site(tmp_path)
    assert cinestreamd(tmp_path, "store", "move", "kino", "--to", mongo).code == 0
    cinestreamd(tmp_path, "sites", "env", "kino", "set", "SECRET_KEY")
    refused = cinestreamd(tmp_path, "store", "check", "kino")
    assert refused.code == 78
    assert refused.error.startswith("SECRET_KEY: is another one than that of the machines")
    assert cinestreamd(tmp_path, "store", "migrate", "kino", "--adopt-secret").code == 0
    digests(tmp_path)


def test_an_address_of_nobody_is_one_line_and_changes_nothing(tmp_path: Path) -> None:
    make_site(tmp_path)
    nobody = f"mongodb://u:secretword@127.0.0.1:{free_ports(1)}/kino?serverSelectionTimeoutMS=300"
    ended = cinestreamd(tmp_path, "store", "move", "kino", "--to", nobody)
    assert ended.code == 69
    assert ended.error.startswith("MongoDB does not answer: 127.0.0.1:")
    assert "secretword" not in ended.error
    assert address_of(tmp_path) is None
    assert cinestreamd(tmp_path, "store", "move", "kino", "--to", "http://db.example").code == 2

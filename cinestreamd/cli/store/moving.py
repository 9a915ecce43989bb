"""``cinestreamd store move``: a site's records from one kind of database to the other, losing nothing."""

import asyncio
import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Final

import click
import msgspec

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.sites.change import as_json, tell_daemon
from cinestreamd.cli.sites.lifecycle import let_go
from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.database import Access, prepare_store, read_access
from cinestreamd.sites.env import read_env_in, render_env
from cinestreamd.sites.moving import fill, opened_depot
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.secret_keys import check_value
from cinestreamd.sites.standstill import standstill
from cinestreamd.store.transfer.copying import Progress
from cinestreamd.store.transfer.items import Digest

EMBEDDED: Final = "embedded"


class SamePlaceError(InvalidInputError):
    """The records are there already."""

    code = "same_place"
    message = N_("The records of site {name} are there already")


@click.command()
@click.argument("name")
@click.option("--to", "target", required=True, help="MongoDB's address, - to read it from standard input, or embedded.")
@as_json
@with_place
def move(place: Place, name: str, *, target: str, json_wanted: bool) -> None:
    """Move all records of site NAME to MongoDB, or back into a file of its own, and use them there from then on.

    A daemon that serves the site stops it for the moment. All is compared before it counts; what was interrupted goes
    on where it was when the command is repeated. The former database stays as it was.
    """
    registry = place.registry()
    site, former = registry.load(name), read_access(registry.load(name))
    uri = None if target == EMBEDDED else sys.stdin.readline().strip() if target == "-" else target
    if uri is not None:
        check_value("MONGO_URI", uri)
    if uri == former.mongo_uri:
        raise SamePlaceError(name=name)
    access = msgspec.structs.replace(former, mongo_uri=uri)
    prepare_store(site, former)

    async def copy_all() -> dict[str, Digest]:
        async with opened_depot(site, former) as source:
            return await fill(
                site,
                access,
                source,
                mark=mark_of(site.directory, former, "move"),
                over=False,
                now=datetime.now(UTC),
                tell=ProgressLine(),
            )

    with served_by_nobody(place, name):
        digests = asyncio.run(copy_all())
        use_database(registry, name, access)
    show_digests(name, digests, verb="moved", json_wanted=json_wanted)


@contextmanager
def served_by_nobody(place: Place, name: str) -> Iterator[None]:
    """Have a daemon that serves the site let go of it, and none take it up, for the time.

    It serves the site again afterwards; after a command that was killed, from its next reload or start on.
    """
    with ExitStack() as stack:
        stack.enter_context(standstill(place.state_dir, name))
        try:
            let_go(place, name)
            yield
        finally:
            stack.close()
            tell_daemon(place, lambda: None, name=name)


def use_database(registry: Registry, name: str, access: Access) -> None:
    """Write into ``.env`` which database the site has."""
    with registry.locked(), registry.opened(name) as folder:
        values = read_env_in(folder, ".env")
        values.pop("MONGO_URI", None)
        if access.mongo_uri is not None:
            values["MONGO_URI"] = access.mongo_uri
            registry.require_own(name, values)
        folder.write(".env", render_env(values, place=folder.path / ".env").encode(), mode=0o600)


def mark_of(directory: str, access: Access, what: str) -> str:
    """By what an interrupted command knows its own unfinished work again; tells nothing of the address."""
    known = f"{what} {directory} {access.mongo_uri or EMBEDDED}".encode()
    return f"{what}-{hashlib.blake2b(known, digest_size=8).hexdigest()}"


class ProgressLine:
    """Shows on a terminal how far copying is."""

    def __init__(self) -> None:
        self._kind = ""

    def __call__(self, progress: Progress) -> None:
        """Tell of one more portion."""
        if not sys.stderr.isatty():
            return
        end = "" if progress.kind == self._kind else "\n" if self._kind else ""
        self._kind = progress.kind
        click.echo(f"{end}\r{progress.kind}: {progress.seen}, {progress.written} written", err=True, nl=False)


def show_digests(name: str, digests: Mapping[str, Digest], *, verb: str, json_wanted: bool) -> None:
    """Tell what was copied and compared."""
    if json_wanted:
        held = {kind: {"count": digest.count, "digest": digest.sum} for kind, digest in digests.items()}
        print_json({"site": name, "items": sum(digest.count for digest in digests.values()), "held": held})
        return
    if sys.stderr.isatty():
        click.echo(err=True)
    click.echo(f"Site {name}: {sum(digest.count for digest in digests.values())} items {verb} and compared.")

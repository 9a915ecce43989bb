"""``cinestreamd sites backup|restore``."""

import asyncio
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

import click

from cinestreamd.cli.options import Place, PlainFile, print_json, with_place
from cinestreamd.cli.sites.change import Change, as_json, dry_run_option, show_plan, tell_daemon
from cinestreamd.cli.sites.lifecycle import forget_pause
from cinestreamd.cli.sites.moving import UnreadableFileError, place_bundle, tell_what_is_not_shared
from cinestreamd.errors import CinestreamError, InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.backup import Backup, Contents, open_backup, write_backup
from cinestreamd.sites.bundle import contents as contents_of
from cinestreamd.sites.bundle import pack
from cinestreamd.sites.database import prepare_store, read_access
from cinestreamd.sites.model import Site
from cinestreamd.sites.moving import ItemsDepot, fill, of_one_moment, opened_depot
from cinestreamd.store.transfer.checking import Report, check
from cinestreamd.store.transfer.items import Digest


class NotReplacedError(InvalidInputError):
    """A restore would replace records, and nobody said that it may."""

    code = "not_replaced"
    message = N_("Site {name} has records; to replace them all, add --yes")


class RestoredDifferentlyError(CinestreamError):
    """What was restored is not whole."""

    code = "restored_differently"
    message = N_("The restored database of site {name} is not whole: {problem}")


@click.command()
@click.argument("name")
@click.argument("file", type=PlainFile())
@dry_run_option
@as_json
@with_place
def backup(place: Place, name: str, file: Path, *, dry_run: bool, json_wanted: bool) -> None:
    """Write all of site NAME into FILE (mode 0600): settings, theme, secrets, records.

    The site may be served meanwhile.
    """
    registry = place.registry()
    site = registry.load(name)
    with registry.opened(name) as folder:
        bundle = pack(contents_of(folder, with_secrets=True))
    if dry_run:
        note = f"All of site {name}, its secrets too, would be in {file}."
        show_plan(Change(name, "", ""), json_wanted=json_wanted, changed=True, note=note)
        return
    access = read_access(site)
    prepare_store(site, access)

    async def write(draft: Path) -> Contents:
        async with of_one_moment(site, access) as depot:
            with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as target:
                contents = await write_backup(target, depot, site=name, bundle=bundle, now=datetime.now(UTC))
                target.flush()
                os.fsync(target.fileno())
                return contents

    draft = file.absolute().with_name(f".{file.name}.{secrets.token_hex(6)}.tmp")
    try:
        contents = asyncio.run(write(draft))
        draft.rename(file)
    except OSError as error:
        raise UnreadableFileError(path=file, problem=error.strerror) from None
    finally:
        draft.unlink(missing_ok=True)
    _show(name, contents.held, f"are in {file}, with the site's secrets", json_wanted=json_wanted)


@click.command()
@click.argument("name")
@click.argument("file", type=PlainFile())
@click.option("--yes", is_flag=True, help="Replace all records of a site that is there.")
@click.option("--start-port", type=click.IntRange(1024, 65_535), help="For a new site: other ports than those in FILE.")
@dry_run_option
@as_json
@with_place
def restore(
    place: Place, name: str, file: Path, *, yes: bool, start_port: int | None, dry_run: bool, json_wanted: bool
) -> None:
    """Put the records in FILE back into site NAME; a site that is not there is made of FILE, with its secrets.

    The settings and secrets of a site that is there stay as they are. All is checked and compared before it counts.
    """
    from cinestreamd.cli.store.moving import served_by_nobody  # noqa: PLC0415 - the two groups use each other's parts

    registry = place.registry()
    try:
        with open_backup(file) as opened:
            known = registry.directory(name).exists()
            if dry_run:
                words = f"would {'replace those of the site' if known else 'make the site'}, nothing is checked yet"
                _show(name, opened.contents.held, words, json_wanted=json_wanted)
                return
            if not known:
                report = _make_anew(place, name, opened, start_port=start_port)
            elif not yes:
                raise NotReplacedError(name=name)
            else:
                with served_by_nobody(place, name):
                    report = asyncio.run(_put_back(registry.load(name), opened, over=True))
    except OSError as error:
        raise UnreadableFileError(path=file, problem=error.strerror) from None
    _show(name, report.held, "are restored and checked", json_wanted=json_wanted)


def _make_anew(place: Place, name: str, opened: Backup, *, start_port: int | None) -> Report:
    """Make the site of the backup with all its records, whole or not at all: it appears when they were checked."""
    registry, reports = place.registry(), []

    def put_records(folder: Path) -> None:
        site = Site(name=name, settings=opened.bundle.settings, directory=str(folder))
        reports.append(asyncio.run(_put_back(site, opened, over=False)))

    tell_what_is_not_shared(registry, name, opened.bundle)
    place_bundle(place, name, opened.bundle, start_port=start_port, furnish=put_records)
    forget_pause(place, name)
    tell_daemon(place, lambda: registry.remove(name), name=name)
    return reports[0]


async def _put_back(site: Site, opened: Backup, *, over: bool) -> Report:
    access = read_access(site)
    source = ItemsDepot(opened.items, {"kind": opened.contents.kind})
    mark = f"restore-{opened.contents.made_at.isoformat()}"
    await fill(site, access, source, mark=mark, over=over, now=datetime.now(UTC), tell=lambda _: None)
    await asyncio.to_thread(prepare_store, site, access)
    async with opened_depot(site, access) as depot:
        report = await check(depot)
    if not report.is_whole:
        raise RestoredDifferentlyError(name=site.name, problem=report.problems[0])
    return report


def _show(name: str, held: dict[str, Digest], words: str, *, json_wanted: bool) -> None:
    if json_wanted:
        print_json(
            {"site": name, "held": {kind: {"count": each.count, "digest": each.sum} for kind, each in held.items()}}
        )
        return
    click.echo(f"Site {name}: {sum(each.count for each in held.values())} items {words}.")

"""The sites: configuration, files, stores, ports, and the daemon that serves them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from cinestreamd.deploy.systemd import SERVICE, socket_unit
from cinestreamd.doctor.finding import Finding, Patient
from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.master.client import ControlClient, NotRunningError
from cinestreamd.master.failing_sites import failures_in
from cinestreamd.sites.database import open_store, read_access, refuse_links
from cinestreamd.sites.env import read_env
from cinestreamd.sites.model import Site
from cinestreamd.sites.ports import port_problem
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.system_user import identity_of

STORE_SECONDS = 10.0


def examine_configuration(patient: Patient) -> Iterator[Finding]:
    """The daemon's configuration can be used."""
    patient.settings()
    yield Finding("ok", "the daemon's configuration can be used")


def examine_files(patient: Patient) -> Iterator[Finding]:
    """Each site's settings and secret files are there, are right, and are nobody else's."""
    registry = Registry(patient.state_dir)
    if not registry.names():
        yield Finding("warn", f"there is no site in {registry.folder}", "cinestreamd sites add NAME --domain D")
    for name in registry.names():
        try:
            site = registry.load(name)
            identity_of(site)
            refuse_links(site)
            if not read_env(Path(site.directory, ".env")).get("SECRET_KEY"):
                yield Finding("fail", f"{name}: no SECRET_KEY", f"cinestreamd sites env {name} set SECRET_KEY")
                continue
            if Path(site.directory, "agent.env").exists():
                read_env(Path(site.directory, "agent.env"))
        except ConfigurationError as error:
            yield Finding("fail", f"{name}: {error}", f"put it right, then: cinestreamd sites start {name}")
        else:
            yield Finding("ok", f"{name}: settings and secret files")


def examine_stores(patient: Patient) -> Iterator[Finding]:
    """Each site's database answers. One that is not there yet is made by the daemon."""
    for site in patient.sites():
        try:
            access = read_access(site)
            if access.mongo_uri is None and not Path(site.database).exists():
                yield Finding("ok", f"{site.name}: the database will be made at the first start")
                continue
            asyncio.run(_ask_store(site, access.mongo_uri))
        except (CinestreamError, TimeoutError) as error:
            yield Finding("fail", f"{site.name}: {error}", "start its server, or restore a backup")
        else:
            yield Finding("ok", f"{site.name}: the {'MongoDB' if access.mongo_uri else 'embedded'} database answers")


async def _ask_store(site: Site, mongo_uri: str | None) -> None:
    store = open_store(site, mongo_uri, write_timeout=1.0)
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await store.runs(limit=1)
    finally:
        await store.close()


def examine_daemon(patient: Patient) -> Iterator[Finding]:
    """The daemon runs, and every worker of every site serves."""
    try:
        status = ControlClient(patient.state_dir).call("status")
    except NotRunningError:
        yield Finding("warn", "no daemon runs on this state directory", "systemctl start cinestreamd")
        return
    for row in status["sites"]:
        fix = f"see the log, then: cinestreamd restart {row['site']}"
        if row["state"] == "serving":
            yield Finding("ok", f"{row['site']}: {row['ready']} of {row['workers']} workers serve")
        else:
            yield Finding("fail" if row["state"] == "fatal" else "warn", f"{row['site']} is {row['state']}", fix)
    for name, failure in failures_in(status).items():
        yield Finding("fail", failure.told(name), failure.remedy(name))


def examine_ports(patient: Patient) -> Iterator[Finding]:
    """Where no daemon runs: nobody but systemd, which holds them for the daemon, listens on the sites' ports."""
    try:
        ControlClient(patient.state_dir).call("status")
    except NotRunningError:
        address = patient.settings().daemon.bind
        for site in patient.sites():
            yield _ports_of(site, address, patient.held_ports(socket_unit(site.name)))


def _ports_of(site: Site, address: str, held: frozenset[int]) -> Finding:
    """Whether a site could be served on its ports now; ``held`` are those that systemd holds for it."""
    ports = site.settings.ports
    taken = [port for port in ports if port not in held and port_problem(address, port) is not None]
    if taken:
        fix = f"stop what listens there, or: cinestreamd sites edit {site.name} --start-port P"
        return Finding("fail", f"{site.name}: somebody else has port {', '.join(map(str, taken))}", fix)
    if held and held != set(ports):
        says = f"{site.name}: systemd holds other ports for it than {ports[0]}-{ports[-1]}"
        return Finding("warn", says, f"cinestreamd deploy systemd --apply, then: systemctl restart {SERVICE}")
    state = "held by systemd until the daemon runs" if held else "free"
    return Finding("ok", f"{site.name}: ports {ports[0]}-{ports[-1]} are {state}")

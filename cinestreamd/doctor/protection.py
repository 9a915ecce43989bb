"""What keeps a process that was broken into from the rest: the kernel's lock, the user, and who may write where."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from cinestreamd import landlock
from cinestreamd.doctor.finding import Finding, Patient
from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.model import Site
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.site_folders import DEMO_SITE
from cinestreamd.sites.system_user import agent_identity_of, can_run, name_of, named_user, owner_of

SIGNALS_SINCE: Final = 6
"""The version of Landlock from which signals are refused as well."""


def examine_lock(patient: Patient) -> Iterator[Finding]:
    """Workers, agents and the demo are locked to their own files."""
    version = landlock.version()
    if not patient.settings().daemon.landlock:
        says = "the kernel's lock is switched off: every child may open all files of its user"
        yield Finding("warn", says, "set landlock = true in [daemon] of config.toml")
    elif version == 0:
        says = "this kernel has no Landlock: every child may open all files of its user"
        yield Finding("warn", says, "run Linux 5.13 or newer with landlock among its security modules")
    else:
        more = ", and signals nobody" if version >= SIGNALS_SINCE else ""
        says = f"Landlock {version}: workers and agents open their site's data and the program, and no secret any more"
        yield Finding("ok", f"{says}; no child executes a program{more}")


def examine_user(patient: Patient) -> Iterator[Finding]:
    """The processes of each site are not root's, and nobody else may change what the daemon keeps."""
    for site in (*patient.sites(), *_demo(patient)):
        yield _processes(site, patient.settings().daemon.agent_user)
    for path in (patient.state_dir, patient.state_dir / "sites", patient.state_dir / "run"):
        if path.is_dir() and stat.S_IMODE(path.stat().st_mode) & 0o002:
            yield Finding("fail", f"everybody may write to {path}", f"chmod o-w {path}")


def _demo(patient: Patient) -> Iterator[Site]:
    """The demo's site, where ``run --demo`` has made one."""
    registry = Registry(patient.state_dir / DEMO_SITE)
    for name in registry.names():
        with suppress(ConfigurationError):
            yield registry.load(name)


def _processes(site: Site, agent_user: str) -> Finding:
    """Whom the processes of a site are, as its files tell; what agents are is known to root alone."""
    user = owner_of(site)
    name, edit = name_of(user[0]), f"cinestreamd sites edit {site.name} --user"
    if user[0] == 0:
        says = (
            f"{site.name}: its processes run as root without its capabilities: only Landlock keeps them from its files"
        )
        return Finding("warn", says, f"{edit} U, a user that gets to the state directory and the program")
    if site.settings.user and not can_run(user):
        return Finding("fail", f"{site.name}: {name} does not get to the program: its agents cannot run", f"{edit} V")
    if os.geteuid() == 0 and Path(site.directory).stat().st_uid == 0:
        return _apart(site, name, user[0], agent_user)
    return Finding("ok", f"{site.name}: its processes run as {name}, whose its secrets are as well")


def _apart(site: Site, name: str, number: int, agent_user: str) -> Finding:
    """How far workers and agents are apart under a daemon that is root."""
    agent = agent_identity_of(site, agent_user)
    if agent is not None and agent[0] != number:
        who = f"workers run as {name}, agents as {name_of(agent[0])}"
        return Finding("ok", f"{site.name}: {who}; its secrets are root's")
    fix = f"reload the daemon, and let {agent_user} pass to the state directory and the program"
    if named_user(agent_user) is None:
        fix = f"useradd --system --no-create-home {agent_user}"
    return Finding("warn", f"{site.name}: workers and agents both run as {name}; its secrets are root's", fix)

"""What keeps a process that was broken into from the rest: the kernel's lock, the user, and who may write where."""

import pwd
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cinestreamd import landlock
from cinestreamd.doctor.finding import Finding, Patient

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
        says = f"Landlock {version}: a worker opens its site's data and .env, an agent its data and agent.env"
        yield Finding("ok", f"{says}; no child executes a program{more}")


def examine_user(patient: Patient) -> Iterator[Finding]:
    """The processes of each site are not root's, and nobody else may change what the daemon keeps."""
    for site in patient.sites():
        name = _owner(Path(site.directory))
        if name == "root":
            says = f"{site.name}: its processes run as root: whoever breaks out of one has the machine"
            yield Finding(
                "warn", says, f"run the daemon as another user, or: cinestreamd sites edit {site.name} --user U"
            )
        else:
            yield Finding("ok", f"{site.name}: its processes run as {name}")
    for path in (patient.state_dir, patient.state_dir / "sites", patient.state_dir / "run"):
        if path.is_dir() and stat.S_IMODE(path.stat().st_mode) & 0o002:
            yield Finding("fail", f"everybody may write to {path}", f"chmod o-w {path}")


def _owner(path: Path) -> str:
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)

"""From a bare host to one that runs the daemon: the steps that are still to be taken, each with what it would do."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from cinestreamd.deploy.guards import firewall_steps, guards_by_labels, selinux_steps
from cinestreamd.deploy.nginx_files import NginxFolder
from cinestreamd.deploy.renewal import TIMERS
from cinestreamd.deploy.steps import Step, answer, commands
from cinestreamd.deploy.systemd import SERVICE
from cinestreamd.deploy.systemd_files import SystemdHost
from cinestreamd.errors import ConfigurationError

NEEDED: Final = ("nginx", "certbot", "openssl")
LABELS: Final = "semanage"
"""What tells SELinux about folders; where that is in force it is needed as well."""

DNF: Final = ("dnf", "install", "-y")
INSTALLERS: Final[Mapping[str, tuple[str, ...]]] = {
    "debian": ("apt-get", "install", "-y", "--no-install-recommends"),
    "ubuntu": ("apt-get", "install", "-y", "--no-install-recommends"),
    "fedora": DNF,
    "rhel": DNF,
    "clear-linux-os": ("swupd", "bundle-add"),
}
"""How a distribution installs packages, by its ID in os-release(5)."""

PACKAGES: Final[Mapping[str, str]] = {LABELS: "policycoreutils-python-utils"}
"""Packages that have another name than their program."""


class Server(Struct, frozen=True, kw_only=True):
    """A host to be set up: its root, its nginx, the files of the service, and the program that it starts."""

    host: SystemdHost
    nginx: NginxFolder
    files: Mapping[str, str]
    program: str

    def steps(self) -> Iterator[Step]:
        """What is still to be done; nothing on a host that is set up.

        Each step is looked for when the one before it was taken: nginx's files are there once it is installed.
        """
        yield from self._packages()
        yield from self._units()
        yield from self._main()
        yield from self._include()
        if self._is_this_host:
            yield from selinux_steps()
            yield from firewall_steps()
        if self.host.is_live:
            yield from _started("nginx.service", "Start nginx, now and with the host")
            yield from self._renewal()
        yield from self._autostart()

    @property
    def _is_this_host(self) -> bool:
        return self.host.root == Path("/")

    def _packages(self) -> Iterator[Step]:
        """Programs that are missing, installed by the distribution's own manager; only on the host itself."""
        needed = (*NEEDED, LABELS) if self._is_this_host and guards_by_labels() else NEEDED
        missing = [program for program in needed if shutil.which(program) is None]
        if not missing or not self._is_this_host:
            return
        command = installer(_text(self.host.root / "etc/os-release") or _text(self.host.root / "usr/lib/os-release"))
        if command is None:
            problem = f"install {', '.join(missing)} by hand: this distribution's package manager is not known"
            raise ConfigurationError(place="/etc/os-release", problem=problem)
        yield commands("Install packages", [*command, *(PACKAGES.get(program, program) for program in missing)])

    def _units(self) -> Iterator[Step]:
        self.host.require_inside(self.files)
        if self.host.drift(self.files):
            names = "\n".join(f"/etc/{name}" for name in sorted(self.files))
            yield Step("Install the service, its user and its folders", names, self._apply_units)

    def _apply_units(self) -> None:
        self.host.apply(self.files, program=self.program)

    def _main(self) -> Iterator[Step]:
        """Nginx has a configuration; a distribution that keeps /etc empty, such as Clear Linux, brings none."""
        main = self.nginx.folder / "nginx.conf"
        if self._is_this_host and shutil.which("nginx") and not main.exists():
            yield Step("Give nginx a configuration", str(main), self.nginx.make)

    def _include(self) -> Iterator[Step]:
        """Nginx reads a folder of sites."""
        main = self.nginx.folder / "nginx.conf"
        if main.is_file() and not self.nginx.reads_sites():
            detail = f"{main}: include {self.nginx.folder}/conf.d/*.conf"
            yield Step("Have nginx read conf.d", detail, self.nginx.read_sites)

    def _renewal(self) -> Iterator[Step]:
        """Certificates are renewed by the timer that the distribution's certbot brings; not all enable it."""
        timer = next((unit for unit in TIMERS if answer("systemctl", "cat", unit) is not None), None)
        if timer is not None:
            yield from _started(timer, "Renew certificates in time")

    def _autostart(self) -> Iterator[Step]:
        if not (self.host.etc / "systemd/system/multi-user.target.wants" / SERVICE).is_symlink():
            yield Step("Start with the host", f"systemctl enable {SERVICE}", self.host.enable)


def _started(unit: str, title: str) -> Iterator[Step]:
    """A unit of the host runs, and starts with it."""
    if answer("systemctl", "is-enabled", unit) is None or answer("systemctl", "is-active", unit) is None:
        yield commands(title, ["systemctl", "enable", "--now", unit])


def installer(os_release: str) -> tuple[str, ...] | None:
    """The command by which a distribution installs packages, by the text of its os-release(5); None: not known."""
    values = dict(re.findall(r'^(ID|ID_LIKE)="?([^"\n]*)"?$', os_release, re.MULTILINE))
    names = [values.get("ID", ""), *values.get("ID_LIKE", "").split()]
    return next((INSTALLERS[name] for name in names if name in INSTALLERS), None)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

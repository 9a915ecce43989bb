"""From a bare host to one that runs the daemon: the steps that are still to be taken, each with what it would do."""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from cinestreamd.deploy.nginx_files import NginxFolder
from cinestreamd.deploy.systemd import SERVICE
from cinestreamd.deploy.systemd_files import SystemdHost
from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.i18n import N_

NEEDED: Final = ("nginx", "certbot", "openssl")
INSTALLERS: Final[Mapping[str, tuple[str, ...]]] = {
    "debian": ("apt-get", "install", "-y", "--no-install-recommends"),
    "ubuntu": ("apt-get", "install", "-y", "--no-install-recommends"),
    "fedora": ("dnf", "install", "-y"),
    "rhel": ("dnf", "install", "-y"),
    "clear-linux-os": ("swupd", "bundle-add"),
}
"""How a distribution installs packages, by its ID in os-release(5)."""

INSTALL_SECONDS: Final = 1800


class InstallFailedError(CinestreamError):
    """The distribution's own manager did not install a package."""

    code = "install_failed"
    message = N_("{command} failed: {problem}")


class Step(Struct, frozen=True):
    """One thing to do: what it is, what exactly would happen, and the function that does it."""

    title: str
    detail: str
    do: Callable[[], object]


class Server(Struct, frozen=True, kw_only=True):
    """A host to be set up: its root, its nginx, the files of the service, and the program that it starts."""

    host: SystemdHost
    nginx: NginxFolder
    files: Mapping[str, str]
    program: str

    def steps(self) -> list[Step]:
        """What is still to be done; nothing on a host that is set up."""
        found = [self._packages(), self._units(), self._include(), self._autostart()]
        return [step for step in found if step is not None]

    def _packages(self) -> Step | None:
        """Programs that are missing, installed by the distribution's own manager; only on the host itself."""
        missing = [program for program in NEEDED if shutil.which(program) is None]
        if not missing or self.host.root != Path("/"):
            return None
        command = installer(_text(self.host.root / "etc/os-release") or _text(self.host.root / "usr/lib/os-release"))
        if command is None:
            problem = f"install {', '.join(missing)} by hand: this distribution's package manager is not known"
            raise ConfigurationError(place="/etc/os-release", problem=problem)
        full = [*command, *missing]
        return Step("Install packages", " ".join(full), lambda: run(full))

    def _units(self) -> Step | None:
        self.host.require_inside(self.files)
        differs = self.host.drift(self.files)
        if not differs:
            return None
        names = "\n".join(f"/etc/{name}" for name in sorted(self.files))
        return Step("Install the service, its user and its folders", names, self._apply_units)

    def _apply_units(self) -> None:
        self.host.apply(self.files, program=self.program)

    def _include(self) -> Step | None:
        """Nginx reads a folder of sites."""
        main = self.nginx.folder / "nginx.conf"
        if not main.is_file() or self.nginx.reads_sites():
            return None
        return Step(
            "Have nginx read conf.d", f"{main}: include {self.nginx.folder}/conf.d/*.conf", self.nginx.read_sites
        )

    def _autostart(self) -> Step | None:
        if (self.host.etc / "systemd/system/multi-user.target.wants" / SERVICE).is_symlink():
            return None
        return Step("Start with the host", f"systemctl enable {SERVICE}", self.host.enable)


def installer(os_release: str) -> tuple[str, ...] | None:
    """The command by which a distribution installs packages, by the text of its os-release(5); None: not known."""
    values = dict(re.findall(r'^(ID|ID_LIKE)="?([^"\n]*)"?$', os_release, re.MULTILINE))
    names = [values.get("ID", ""), *values.get("ID_LIKE", "").split()]
    return next((INSTALLERS[name] for name in names if name in INSTALLERS), None)


def run(command: list[str]) -> None:
    """Run a package manager.

    Raises:
        InstallFailedError: it failed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a program of the table above
            command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallFailedError(command=" ".join(command), problem=str(error)) from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise InstallFailedError(command=" ".join(command), problem=said[-1] if said else "it does not say why")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

"""Puts rendered units into a host, or into the root of an image: verified before, taken back if systemd then fails."""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from cinestreamd.deploy.drift import difference
from cinestreamd.deploy.placing import placed
from cinestreamd.deploy.steps import answer
from cinestreamd.deploy.systemd import HEADER, SERVICE, SOCKETS
from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.i18n import N_

FOLDERS: Final = ("systemd/system", f"systemd/system/{SERVICE}.d", "sysusers.d", "tmpfiles.d")
TMPFILES: Final = "tmpfiles.d/cinestreamd.conf"
RUNNING: Final = Path("/run/systemd/system")
"""Is there where systemd is the running service manager (sd_booted(3))."""


class SystemdRefusedError(CinestreamError):
    """systemd does not take the units; what was there before is there again."""

    code = "systemd_refused"
    message = N_("systemd refuses the units, nothing was changed: {problem}")


class ServiceNotStartedError(CinestreamError):
    """The units are installed and start with the host, but did not start now."""

    code = "service_not_started"
    message = N_("{unit} does not start; see why with: journalctl -u {unit}")


class SystemdMissingError(CinestreamError):
    """A program of systemd is not installed."""

    code = "systemd_missing"
    message = N_("{program} is not installed here; cinestreamd run needs no systemd")


class Chosen(Struct, frozen=True):
    """What was chosen when the installed units were rendered: that systemd holds the ports, and the state directory.

    ``state_dir`` is empty for the usual one.
    """

    sockets: bool
    state_dir: str


class SystemdHost:
    """The systemd of a host, by its root folder. Only the one of ``/`` is told to read its units anew."""

    def __init__(self, root: Path, *, running: Path = RUNNING) -> None:
        self.root = root.absolute()
        self.etc = self.root / "etc"
        self.is_live = self.root == Path("/") and running.is_dir()

    def installed(self) -> dict[str, str]:
        """Our files by path below ``etc``."""
        found = {}
        for folder in FOLDERS:
            for path in sorted((self.etc / folder).glob("cinestreamd*")):
                if path.is_file() and (text := path.read_text(encoding="utf-8", errors="replace")).startswith(HEADER):
                    found[f"{folder}/{path.name}"] = text
        return found

    def chosen(self) -> Chosen:
        """What the installed units were rendered with; on a bare host the usual."""
        installed = self.installed()
        named = re.search(r"^Environment=CINESTREAMD_STATE_DIR=(\S+)$", "\n".join(installed.values()), re.MULTILINE)
        return Chosen(SOCKETS in installed, named[1] if named else "")

    def verify(self, files: Mapping[str, str], *, program: str) -> None:
        """Have systemd read the units; ``program`` is what they start.

        Raises:
            SystemdRefusedError: it says anything about them.
            SystemdMissingError: it is not installed.
        """
        # A misspelt key is told on standard error, and yet the exit code is 0.
        with tempfile.TemporaryDirectory(prefix="cinestreamd-units-") as scratch:
            units = []
            for name, text in files.items():
                folder, _, file = name.rpartition("/")
                if folder.startswith("systemd/"):
                    path = Path(scratch, Path(folder).relative_to("systemd/system"), file)
                    path.parent.mkdir(exist_ok=True)
                    # In the root of an image the program is found below that root.
                    below = text.replace(f"ExecStart={program} ", f"ExecStart={self.root / program.lstrip('/')} ")
                    path.write_text(below, encoding="utf-8")
                    units += [str(path)] if path.suffix in {".service", ".socket"} else []
            self._run("systemd-analyze", "verify", "--man=no", *units, quiet=True)

    def apply(self, files: Mapping[str, str], *, program: str) -> bool:
        """Make ``files`` all that is ours: verify → rename → user and folders → read anew; tells whether any changed.

        Raises:
            SystemdRefusedError: systemd did not take them; the former files are back.
            SystemdMissingError: it is not installed.
        """
        self.require_inside(files)
        former = self.installed()
        if former == dict(files):
            return False
        self.verify(files, program=program)
        try:
            with ExitStack() as places:
                self._place(places, former, files)
                self._run("systemd-sysusers", *self._offline(), str(self.etc / "sysusers.d/cinestreamd.conf"))
                self._run("systemd-tmpfiles", *self._offline(), "--create", str(self.etc / TMPFILES))
                self._read_anew()
        except OSError as error:
            problem = f"cannot be written ({error.strerror}); nothing was changed"
            raise ConfigurationError(place=error.filename or self.etc, problem=problem) from None
        except SystemdRefusedError:
            with suppress(SystemdRefusedError):  # what went wrong first is what is told
                self._read_anew()
            raise
        self._let_go(former.keys() - files.keys())
        return True

    def require_inside(self, files: Mapping[str, str]) -> None:
        """Refuse an image whose folders are links that lead out of it: what they lead to is another host's.

        Raises:
            SystemdRefusedError: names one; nothing was written.
        """
        root = self.root.resolve()
        for folder in sorted({str(Path(name).parent) for name in files} | set(FOLDERS)):
            place = (self.etc / folder).resolve()
            if not place.is_relative_to(root):
                raise SystemdRefusedError(problem=f"{self.etc / folder} leads out of {self.root}, to {place}")

    def enable(self) -> list[str]:
        """Have our units start with the host; starts them now where systemd runs. Returns their names.

        Raises:
            SystemdRefusedError: they are not installed, or systemd does not take them.
            ServiceNotStartedError: one of them did not start.
        """
        units = sorted(Path(name).name for name in self.installed() if name.endswith((".socket", ".service")))
        if SERVICE not in units:
            raise SystemdRefusedError(problem="the units are not installed; run: cinestreamd deploy systemd --apply")
        self._run("systemctl", *self._offline(), "enable", *units)
        if self.is_live:
            # A socket cannot be had while the daemon itself listens there.
            self._run("systemctl", "stop", SERVICE)
            for unit in [*(unit for unit in units if unit != SERVICE), SERVICE]:
                self._start(unit)
        return units

    def held_ports(self, unit: str) -> frozenset[int]:
        """The ports that systemd itself listens on for a socket unit; none where it does not run."""
        if not self.is_live:
            return frozenset()
        command = ["systemctl", "show", "--property=ActiveState,Listen", unit]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - a fixed program
        if not re.search(r"^ActiveState=active$", done.stdout, re.MULTILINE):
            return frozenset()
        return frozenset(int(port) for port in re.findall(r"^Listen=.*:(\d+) \(Stream\)$", done.stdout, re.MULTILINE))

    def drift(self, files: Mapping[str, str]) -> str:
        """What differs between what is installed and ``files``, as a unified diff; empty when nothing does."""
        return difference(self.installed(), files)

    def _place(self, places: ExitStack, former: Mapping[str, str], files: Mapping[str, str]) -> None:
        """Put the files into their folders; they are taken back if what follows in ``places`` fails."""
        for folder in sorted({str(Path(name).parent) for name in (*former, *files)}):
            path = self.etc / folder
            path.mkdir(mode=0o755, parents=True, exist_ok=True)
            here = {Path(name).name: text for name, text in files.items() if str(Path(name).parent) == folder}
            gone = {Path(name).name for name in former if str(Path(name).parent) == folder}
            places.enter_context(placed(path, gone, here))

    def _let_go(self, removed: AbstractSet[str]) -> None:
        """Have systemd no longer hold the ports of sites that are no more, or have another name."""
        for unit in sorted(Path(name).name for name in removed if name.endswith(".socket")):
            (self.etc / "systemd/system/sockets.target.wants" / unit).unlink(missing_ok=True)
            if self.is_live and answer("systemctl", "is-active", unit):
                self._run("systemctl", "stop", unit)

    def _start(self, unit: str) -> None:
        try:
            self._run("systemctl", "start", unit)
        except SystemdRefusedError:
            raise ServiceNotStartedError(unit=unit) from None

    def _read_anew(self) -> None:
        if self.is_live:
            self._run("systemctl", "daemon-reload")

    def _offline(self) -> list[str]:
        return [] if self.root == Path("/") else [f"--root={self.root}"]

    def _run(self, *command: str, quiet: bool = False) -> None:
        """Run one of systemd's programs; with ``quiet``, a word on standard error is a failure as well."""
        environment = {**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_LOG_LEVEL": "warning"}
        try:
            done = subprocess.run(  # noqa: S603 - fixed programs; what was given was matched by type
                command, env=environment, capture_output=True, text=True, check=False, timeout=120
            )
        except FileNotFoundError:
            raise SystemdMissingError(program=command[0]) from None
        said = done.stderr.strip()
        if done.returncode or (quiet and said):
            raise SystemdRefusedError(problem=said.splitlines()[-1] if said else f"{command[0]} ended without a word")

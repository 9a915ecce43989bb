"""Puts rendered configuration into a host's nginx: tested before it takes a place, taken back if nginx then fails."""

import http.client
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cinestreamd.deploy.nginx import HEADER, MARK_PATH, mark_of, server_names
from cinestreamd.deploy.paths import plain_path
from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.i18n import N_
from cinestreamd.sites.files import Folder

SHARED: Final = "cinestreamd.conf"
ANSWER_SECONDS: Final = 20.0
_INCLUDES: Final = {
    "conf.d": re.compile(r"^\s*include\s+\S*conf\.d/\*\.conf\s*;", re.MULTILINE),
    "sites-enabled": re.compile(r"^\s*include\s+\S*sites-enabled/\*(?:\.conf)?\s*;", re.MULTILINE),
}
"""The folders that nginx may read sites from, the preferred one first, and the line of ``nginx.conf`` that says so."""


class NginxRefusedError(CinestreamError):
    """nginx does not take the configuration; what was there before is there again."""

    code = "nginx_refused"
    message = N_("nginx refuses the configuration, nothing was changed: {problem}")


class DomainServedError(CinestreamError):
    """Another part of nginx's configuration serves a domain already."""

    code = "domain_served"
    message = N_("{domain} is served by another part of nginx's configuration already.")


class NginxFolder:
    """An nginx by the folder of its ``nginx.conf``, which must include ``conf.d/*.conf`` or ``sites-enabled/*``."""

    def __init__(self, folder: Path, *, program: str = "nginx") -> None:
        self.folder = folder.absolute()
        self._program = program

    def version(self) -> tuple[int, int, int]:
        """The version of nginx."""
        said = self._run("-v").stderr
        match = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said)
        if match is None:
            raise ConfigurationError(place=self._program, problem="does not tell its version; install nginx")
        return int(match[1]), int(match[2]), int(match[3])

    @property
    def place(self) -> str:
        """The folder that our files go into: the first of ``conf.d`` and ``sites-enabled`` that nginx reads.

        Raises:
            ConfigurationError: it reads neither.
        """
        main = self._main()
        for folder, include in _INCLUDES.items():
            if include.search(main):
                return folder
        raise ConfigurationError(
            place=self.folder / "nginx.conf", problem="includes neither conf.d/*.conf nor sites-enabled/*"
        )

    def reads_sites(self) -> bool:
        """Whether nginx reads one of the folders that our files may go into."""
        return any(include.search(self._main()) for include in _INCLUDES.values())

    def read_sites(self) -> None:
        """Have nginx read ``conf.d``: a line in its ``http`` block.

        Raises:
            NginxRefusedError: nginx does not take that; its file is as it was.
        """
        main = self._main()
        line = f"    include {plain_path(str(self.folder))}/conf.d/*.conf;"
        text, found = re.subn(r"^(\s*http\s*\{)", rf"\1\n{line}", main, count=1, flags=re.MULTILINE)
        if not found:
            raise ConfigurationError(place=self.folder / "nginx.conf", problem="has no http block")
        with Folder.at(self.folder) as folder:
            if not folder.has("conf.d"):
                with folder.make("conf.d", mode=0o755):
                    pass
            folder.write("nginx.conf", text.encode(), mode=0o644)
            tested = self._run("-t", "-q", "-c", str(self.folder / "nginx.conf"))
            if tested.returncode != 0:
                folder.write("nginx.conf", main.encode(), mode=0o644)
                raise NginxRefusedError(problem=_last(tested.stderr))

    def has_brotli(self) -> bool:
        """Whether this nginx can compress by brotli."""
        loaded = [self._main(), *(_text(path) for path in self.folder.glob("modules-enabled/*.conf"))]
        return "brotli" in self._run("-V").stderr or any(
            re.search(r"^\s*load_module\s[^;]*brotli_filter", text, re.MULTILINE) for text in loaded
        )

    def has_other_default(self) -> bool:
        """Whether a part that is not ours has a default server."""
        return any(re.search(r"\blisten\s[^;]*\bdefault_server\b", text) for text in self._others())

    def installed(self) -> dict[str, str]:
        """Our files by name."""
        return {
            path.name: text
            for path in sorted((self.folder / self.place).glob("cinestreamd*.conf"))
            if (text := _text(path)).startswith(HEADER)
        }

    def require_free(self, domains: set[str]) -> None:
        """Refuse domains that other parts serve.

        Raises:
            DomainServedError: names one.
        """
        for domain in sorted(domains & server_names(self._others())):
            raise DomainServedError(domain=domain)

    def check(self, files: Mapping[str, str]) -> None:
        """Have nginx test its whole configuration with these files in place of ours.

        Raises:
            NginxRefusedError: it does not pass.
        """
        place = self.place
        scratch = ".cinestreamd-check"
        with Folder.at(self.folder) as folder:
            folder.remove(scratch)
            try:
                with folder.make(scratch) as drafts:
                    for name, text in files.items():
                        drafts.write(name, text.encode(), mode=0o600)
                ours = set(self.installed()) | set(files)
                read = sorted((self.folder / place).glob("*.conf" if place == "conf.d" else "*"))
                kept = [path for path in read if path.name not in ours]
                includes = [f'include "{path}";' for path in [*(self.folder / scratch / name for name in files), *kept]]
                text = _INCLUDES[place].sub(lambda _: "\n".join(includes), self._main(), count=1)
                folder.write(f"{scratch}.conf", text.encode(), mode=0o600)
                done = self._run("-t", "-q", "-c", str(self.folder / f"{scratch}.conf"))
            finally:
                folder.remove(scratch)
                folder.remove(f"{scratch}.conf")
        if done.returncode != 0:
            raise NginxRefusedError(problem=_last(done.stderr))

    def apply(self, files: Mapping[str, str], *, http_port: int, domain: str, seconds: float = ANSWER_SECONDS) -> bool:
        """Make ``files`` all that is ours: test → rename → reload → ask; tells whether anything changed.

        nginx has so many ``seconds`` to answer for the domain.

        Raises:
            NginxRefusedError: nginx did not take it or did not answer afterwards; the former files are back.
        """
        former = self.installed()
        if former == dict(files):
            return False
        self.check(files)
        self._place(files)
        try:
            self._reload()
            marks = {mark_of(text) for text in files.values() if f" {domain}" in text} - {""}
            self._ask(http_port, domain, marks.pop() if marks else "", seconds)
        except NginxRefusedError:
            self._place(former)
            self._reload()
            raise
        return True

    def _place(self, files: Mapping[str, str]) -> None:
        with Folder.at(self.folder / self.place) as folder:
            for name in self.installed().keys() - files.keys():
                folder.remove(name)
            for name, text in files.items():
                folder.write(name, text.encode(), mode=0o644)

    def _reload(self) -> None:
        tested = self._run("-t", "-q", "-c", str(self.folder / "nginx.conf"))
        done = tested if tested.returncode else self._run("-s", "reload", "-c", str(self.folder / "nginx.conf"))
        if done.returncode != 0:
            raise NginxRefusedError(problem=_last(done.stderr))

    def _ask(self, port: int, domain: str, mark: str, seconds: float) -> None:
        """Wait until nginx answers for the domain by this very configuration; for a while the former one still does.

        That it serves the site is the daemon's part.
        """
        deadline = time.monotonic() + seconds
        problem = ""
        while time.monotonic() <= deadline:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", MARK_PATH, headers={"Host": domain})
                if connection.getresponse().read().decode("ascii", "replace") == mark:
                    return
                problem = "another configuration answers"
            except (OSError, http.client.HTTPException) as error:
                problem = str(error)
            finally:
                connection.close()
            time.sleep(0.1)
        raise NginxRefusedError(problem=f"no answer for {domain} afterwards ({problem})")

    def _main(self) -> str:
        return _text(self.folder / "nginx.conf")

    def _others(self) -> list[str]:
        ours = self.installed().keys()
        read = [*self.folder.glob("conf.d/*.conf"), *self.folder.glob("sites-enabled/*")]
        return [self._main(), *(_text(path) for path in read if path.name not in ours and path.is_file())]

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        try:
            return subprocess.run(  # noqa: S603 - a program that the operator named, with our own words
                [self._program, *arguments], capture_output=True, text=True, check=False, timeout=60
            )
        except OSError as error:
            raise ConfigurationError(place=self._program, problem=f"cannot be run ({error.strerror})") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(place=path, problem=f"cannot be read ({error.strerror})") from None


def _last(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if "[emerg]" in line] or text.strip().splitlines()
    return lines[-1][:400] if lines else "it does not say why"

"""Puts rendered configuration into a host's nginx: tested before it takes a place, taken back if nginx then fails."""

import http.client
import re
import socket
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cinestreamd.deploy.nginx import HEADER, MARK_PATH, mark_of
from cinestreamd.deploy.nginx_words import Directive, default_listens, directives, directives_in, read, served_names
from cinestreamd.deploy.paths import plain_path
from cinestreamd.deploy.placing import placed
from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.i18n import N_
from cinestreamd.sites.files import Folder

SHARED: Final = "cinestreamd.conf"
OLDEST: Final = (1, 19, 4)
"""The first version with ssl_reject_handshake, by which strangers are shown no site's certificate."""
ANSWER_SECONDS: Final = 20.0
LINGER_SECONDS: Final = 5.0
HERE: Final = "127.0.0.2"
"""Where this host's nginx is asked: what listens on any address is reached there, not what does so on 127.0.0.1 alone.

A server of its own for 127.0.0.1 (of a monitor, say) would answer in the place of the one that visitors reach.
"""

_INCLUDES: Final = {
    "conf.d": re.compile(r"^\s*include\s+\S*conf\.d/\*\.conf\s*;", re.MULTILINE),
    "sites-enabled": re.compile(r"^\s*include\s+\S*sites-enabled/\*(?:\.conf)?\s*;", re.MULTILINE),
}
"""The folders that nginx may read sites from, the preferred one first, and the line of ``nginx.conf`` that says so."""

_MAIN: Final = """\
# Made by cinestreamd server init, where the distribution has none. What it does not say is as nginx was built.
worker_processes auto;
events {{
    worker_connections 1024;
}}
http {{
    default_type application/octet-stream;
    include {folder}/conf.d/*.conf;
}}
"""

_NO_PROCESS: Final = re.compile(r"invalid PID number|\((?:2|3): ")
"""How ``nginx -s`` says that no nginx runs: no pid in its file, no such file (2), no such process (3)."""


class NginxRefusedError(CinestreamError):
    """nginx does not take the configuration; what was there before is there again."""

    code = "nginx_refused"
    message = N_("nginx refuses the configuration, nothing was changed: {problem}")


class NginxNotRunningError(CinestreamError):
    """The configuration is tested and in its place, and yet nobody serves it."""

    code = "nginx_not_running"
    message = N_("The configuration is in place, but nginx does not run; start it with: systemctl enable --now nginx")


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
        """The version of nginx.

        Raises:
            ConfigurationError: it is not installed, or too old.
        """
        said = self._run("-v").stderr
        match = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said)
        if match is None:
            raise ConfigurationError(place=self._program, problem="does not tell its version; install nginx")
        found = int(match[1]), int(match[2]), int(match[3])
        if found < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            problem = f"is {match[0]}, which cannot refuse the handshake of strangers; {oldest} or newer is needed"
            raise ConfigurationError(place=self._program, problem=problem)
        return found

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

    def make(self) -> None:
        """Give nginx a ``nginx.conf`` that reads ``conf.d``, where there is none.

        Raises:
            NginxRefusedError: nginx does not take it; there is none again.
            ConfigurationError: it cannot be written.
        """
        text = _MAIN.format(folder=plain_path(str(self.folder)))
        with self._writing(self.folder):
            (self.folder / "conf.d").mkdir(mode=0o755, parents=True, exist_ok=True)
            with placed(self.folder, set(), {"nginx.conf": text}):
                self._test(self.folder / "nginx.conf")

    def read_sites(self) -> None:
        """Have nginx read ``conf.d``: a line in its ``http`` block.

        Raises:
            NginxRefusedError: nginx does not take that; its file is as it was.
            ConfigurationError: a file cannot be written.
        """
        main = self._main()
        line = f"    include {plain_path(str(self.folder))}/conf.d/*.conf;"
        text, found = re.subn(r"^(\s*http\s*\{)", rf"\1\n{line}", main, count=1, flags=re.MULTILINE)
        if not found:
            raise ConfigurationError(place=self.folder / "nginx.conf", problem="has no http block")
        with self._writing(self.folder), Folder.at(self.folder) as folder:
            if not folder.has("conf.d"):
                with folder.make("conf.d", mode=0o755):
                    pass
            with placed(self.folder, {"nginx.conf"}, {"nginx.conf": text}):
                self._test(self.folder / "nginx.conf")

    def has_brotli(self) -> bool:
        """Whether this nginx can compress by brotli."""
        loaded = [self._main(), *(read(path) for path in self.folder.glob("modules-enabled/*.conf"))]
        return "brotli" in self._run("-V").stderr or any(
            re.search(r"^\s*load_module\s[^;]*brotli_filter", text, re.MULTILINE) for text in loaded
        )

    def other_defaults(self) -> frozenset[str]:
        """Where a part that is not ours has the default server, as ``80`` or ``[::]:80``."""
        return default_listens(self._others())

    def installed(self) -> dict[str, str]:
        """Our files by name; none where there is no ``nginx.conf``."""
        if not (self.folder / "nginx.conf").exists():
            return {}
        return {
            path.name: text
            for path in sorted((self.folder / self.place).glob("cinestreamd*.conf"))
            if (text := read(path)).startswith(HEADER)
        }

    def require_free(self, domains: set[str]) -> None:
        """Refuse domains that other parts serve.

        Raises:
            DomainServedError: names one.
        """
        for domain in sorted(domains & served_names(self._others())):
            raise DomainServedError(domain=domain)

    def check(self, files: Mapping[str, str]) -> None:
        """Have nginx test its whole configuration with these files in place of ours.

        Raises:
            NginxRefusedError: it does not pass.
            ConfigurationError: the files that it tests cannot be written.
        """
        place = self.place
        scratch = ".cinestreamd-check"
        with self._writing(self.folder), Folder.at(self.folder) as folder:
            try:
                folder.remove(scratch)
                with folder.make(scratch) as drafts:
                    for name, text in files.items():
                        drafts.write(name, text.encode(), mode=0o600)
                ours = set(self.installed()) | set(files)
                found = sorted((self.folder / place).glob("*.conf" if place == "conf.d" else "*"))
                kept = [path for path in found if path.name not in ours and not path.name.startswith(".")]
                includes = [f'include "{path}";' for path in [*(self.folder / scratch / name for name in files), *kept]]
                text = _INCLUDES[place].sub(lambda _: "\n".join(includes), self._main(), count=1)
                folder.write(f"{scratch}.conf", text.encode(), mode=0o600)
                self._test(self.folder / f"{scratch}.conf")
            finally:
                folder.remove(scratch)
                folder.remove(f"{scratch}.conf")

    def apply(
        self,
        files: Mapping[str, str],
        *,
        http_port: int,
        ask: Collection[str] = (),
        anew: bool = False,
        seconds: float = ANSWER_SECONDS,
    ) -> bool:
        """Make ``files`` all that is ours: test → rename → reload → ask; tells whether anything changed.

        ``ask`` names the files of sites that nginx must then answer for, within so many ``seconds`` each. ``anew``: it
        reads the same files again as well, since a certificate behind them is another one.

        Raises:
            NginxRefusedError: nginx did not take it or did not answer afterwards; the former files are back.
            NginxNotRunningError: the files are in place, nginx does not run.
            ConfigurationError: the files cannot be written; the former ones are back.
        """
        former = self.installed()
        self.check(files)
        if former == dict(files) and not anew and all(self.serves(files[name], http_port) for name in ask):
            return False
        place = self.folder / self.place
        try:
            with self._writing(place), placed(place, former.keys(), files):
                is_running = self._reload()
                for name in ask if is_running else ():
                    self._await(files[name], http_port, seconds)
        except BaseException:
            with suppress(CinestreamError):  # what went wrong first is what is told
                self._reload()
            raise
        if files and not is_running:
            raise NginxNotRunningError
        return True

    def serves(self, text: str, port: int, *, seconds: float = LINGER_SECONDS) -> bool:
        """Whether nginx answers by this very configuration of a site.

        For a while after a reload a former process of nginx may still take a connection; so it is asked again, within
        so many ``seconds``, as long as anybody listens.
        """
        deadline = time.monotonic() + seconds
        while not _answers(text, port):
            if time.monotonic() > deadline or not self.is_reached(port):
                return False
            time.sleep(0.1)
        return True

    def is_reached(self, port: int) -> bool:
        """Whether anybody listens there at all."""
        with suppress(OSError), socket.create_connection((HERE, port), timeout=5):
            return True
        return False

    def _reload(self) -> bool:
        """Have the nginx that runs read its files anew; tells whether one runs."""
        self._test(self.folder / "nginx.conf")
        done = self._run("-s", "reload", "-c", str(self.folder / "nginx.conf"))
        if done.returncode != 0 and not _NO_PROCESS.search(done.stderr):
            raise NginxRefusedError(problem=_last(done.stderr))
        return done.returncode == 0

    def _await(self, text: str, port: int, seconds: float) -> None:
        """Wait until nginx answers for a site by this very configuration; for a while the former one still does.

        That it serves the site is the daemon's part.
        """
        deadline = time.monotonic() + seconds
        while not _answers(text, port):
            if time.monotonic() > deadline:
                problem = "another configuration answers" if self.is_reached(port) else "nobody listens"
                problem = f"no answer for {_domain(text)} at port {port} afterwards ({problem}; see nginx's error log)"
                raise NginxRefusedError(problem=problem)
            time.sleep(0.1)

    def _test(self, main: Path) -> None:
        tested = self._run("-t", "-q", "-c", str(main))
        if tested.returncode != 0:
            raise NginxRefusedError(problem=_last(tested.stderr))

    def _main(self) -> str:
        return read(self.folder / "nginx.conf")

    def _others(self) -> set[Directive]:
        ours = {self.folder / self.place / name for name in self.installed()}
        return set(directives(self.folder / "nginx.conf", without=ours))

    @contextmanager
    def _writing(self, place: Path) -> Iterator[None]:
        """Say in one line that a folder cannot be written to."""
        try:
            yield
        except OSError as error:
            problem = f"cannot be written ({error.strerror}); nothing was changed"
            raise ConfigurationError(place=place, problem=problem) from None

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        try:
            return subprocess.run(  # noqa: S603 - a program that the operator named, with our own words
                [self._program, *arguments], capture_output=True, text=True, check=False, timeout=60
            )
        except OSError as error:
            raise ConfigurationError(place=self._program, problem=f"cannot be run ({error.strerror})") from None


def _domain(text: str) -> str:
    """The first name that a site's configuration serves."""
    return next(each.words[1] for each in directives_in(text) if each.words[0] == "server_name")


def _answers(text: str, port: int) -> bool:
    """Whether what is answered for a site is the mark of this configuration."""
    mark = mark_of(text)
    connection = http.client.HTTPConnection(HERE, port, timeout=5)
    try:
        connection.request("GET", MARK_PATH, headers={"Host": _domain(text)})
        return bool(mark) and connection.getresponse().read(100).decode("ascii", "replace") == mark
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _last(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if "[emerg]" in line] or text.strip().splitlines()
    return lines[-1][:400] if lines else "it does not say why"

"""A host with an nginx of its own on high ports, and the command line for it."""

import contextlib
import http.client
import os
import socket
import ssl
import subprocess
from pathlib import Path

from click.testing import CliRunner
from daemon_under_test import wait_until
from free_ports import free_ports

from cinestreamd.cli import root
from cinestreamd.errors import CinestreamError


class NginxHost:
    """``enabled`` is what stands in ``sites-enabled`` already, for the ports HTTP and HTTPS."""

    def __init__(self, folder: Path, *, enabled: str = "") -> None:
        self.folder, self.nginx = folder, folder / "nginx"
        self.http, self.https = free_ports(), free_ports()
        for place in ("conf.d", "sites-enabled"):
            (self.nginx / place).mkdir(parents=True)
        self.pid = folder / "nginx.pid"
        (self.nginx / "nginx.conf").write_text(
            f"pid {self.pid};\nerror_log {folder}/error.log;\nuser root;\nevents {{ worker_connections 128; }}\n"
            f"http {{\n    access_log off;\n    client_body_temp_path {folder}/body;\n"
            f"    proxy_temp_path {folder}/proxy;\n"
            f"    include {self.nginx}/conf.d/*.conf;\n    include {self.nginx}/sites-enabled/*;\n}}\n"
        )
        if enabled:
            text = enabled.replace("HTTPS", str(self.https)).replace("HTTP", str(self.http))
            (self.nginx / "sites-enabled" / "default").write_text(text)

    @property
    def ours(self) -> list[str]:
        """The names of our files, hidden ones included."""
        return sorted(path.name for path in (self.nginx / "conf.d").iterdir())

    def start(self) -> None:
        """Start nginx; it listens when this returns."""
        subprocess.run(["nginx", "-c", str(self.nginx / "nginx.conf")], check=True, capture_output=True)

    def stop(self) -> None:
        """Stop nginx, if it runs."""
        with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
            process = int(self.pid.read_text())
            os.kill(process, 15)
            wait_until(lambda: not Path(f"/proc/{process}").exists(), seconds=100, what="nginx has ended")

    def run(self, *words: str) -> tuple[int, str]:
        """A command for this host: its exit code, and what it prints or complains of."""
        ended = CliRunner().invoke(root, [*words, "--state-dir", str(self.folder / "state")])
        if isinstance(ended.exception, CinestreamError):
            return ended.exception.exit_code, str(ended.exception)
        assert ended.exception is None or isinstance(ended.exception, SystemExit), repr(ended.exception)
        return ended.exit_code, ended.stdout.strip()

    def deploy(self, *words: str) -> tuple[int, str]:
        """``cinestreamd deploy`` for this host's nginx; what answered before a reload is gone when this returns."""
        told = self.run("deploy", *words, *self.options)
        wait_until(lambda: self._workers() <= 1, seconds=100, what="the former process of nginx is gone")
        return told

    def _workers(self) -> int:
        with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
            first = int(self.pid.read_text())
            children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
            return sum(b"worker process" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children)
        return 0

    @property
    def options(self) -> list[str]:
        """What tells a command of this nginx."""
        folder = self.folder
        ports = ["--http-port", str(self.http), "--https-port", str(self.https)]
        places = ["--webroot", f"{folder}/acme", "--cache", f"{folder}/cache", "--self-signed-folder", f"{folder}/own"]
        return ["--nginx-folder", str(self.nginx), "--certificates", f"{folder}/live", *ports, *places]

    def add(self, name: str, *options: str) -> None:
        """Add a site of the domain NAME.example."""
        assert self.run("sites", "add", name, "--domain", f"{name}.example", *options)[0] == 0

    def status(self, name: str, *, address: str = "127.0.0.1") -> int:
        """The status of an answer by plain http; 0: the connection is closed without one."""
        connection = http.client.HTTPConnection(address, self.http, timeout=20)
        try:
            connection.request("GET", "/", headers={"Host": name})
            return connection.getresponse().status
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return 0
        finally:
            connection.close()

    def certificate(self, name: str, *, address: str = "127.0.0.1") -> bytes:
        """The certificate that is shown to visitors of a name; empty when they are turned away."""
        with contextlib.suppress(ssl.SSLError, ConnectionResetError), self._tls(name, address) as shown:
            return shown.getpeercert(binary_form=True) or b""
        return b""

    def secure_status(self, name: str, *, asked_as: str, address: str = "127.0.0.1") -> int:
        """The same over TLS, for who asks for one name and then names another one as Host."""
        connection = http.client.HTTPConnection(address, self.https, timeout=20)
        connection.sock = self._tls(asked_as, address)
        try:
            connection.request("GET", "/", headers={"Host": name})
            return connection.getresponse().status
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return 0
        finally:
            connection.close()

    def _tls(self, name: str, address: str) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection((address, self.https), timeout=20)
        try:
            return context.wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

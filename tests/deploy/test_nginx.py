"""A real nginx on high ports in front of a small web server that stands for the workers."""

import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from free_ports import free_ports
from nginx_under_test import Front, Worker

from cinestreamd.cli import root
from cinestreamd.deploy.nginx import Certificate, Host, render_shared, render_site
from cinestreamd.deploy.nginx_files import DomainServedError, NginxRefusedError
from cinestreamd.deploy.paths import PlainPathError

HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    assert shutil.which("nginx"), "install nginx: this cannot be tested without it"
    front = Front(tmp_path)
    yield front
    front.end()


def test_sites_are_told_apart_and_strangers_are_cut(front: Front) -> None:
    front.start()
    status, headers, body = front.ask("/en/")
    assert (status, body) == (200, f"port {front.workers[0].server_port} for one.example")
    assert front.ask("/en/", host="two.example")[2] == f"port {front.workers[1].server_port} for two.example"
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert front.ask("/en/own")[1]["Content-Security-Policy"] == "default-src 'self'"
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        front.ask("/en/", host="stranger.example")
    plain = http.client.HTTPConnection("127.0.0.1", front.http, timeout=20)
    plain.request("GET", "/en/?a=1", headers={"Host": "one.example"})
    response = plain.getresponse()
    assert (response.status, response.getheader("Location")) == (308, f"https://one.example:{front.https}/en/?a=1")
    plain.close()


@pytest.mark.parametrize(
    ("option", "accepted"), [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)]
)
def test_only_current_tls_is_spoken(front: Front, option: str, accepted: bool) -> None:
    front.start()
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{front.https}", "-servername", "one.example", option]
    done = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=60)
    assert (b"-----BEGIN CERTIFICATE-----" in done.stdout) is accepted


def test_only_what_is_the_same_for_everybody_is_cached(front: Front) -> None:
    """Of 30 requests at least half come within the second that an answer is kept, however slow the machine is."""
    front.start()
    Worker.asked.clear()

    def reached(path: str, method: str = "GET", **headers: str) -> int:
        for _ in range(30):
            assert front.ask(path, method=method, **headers)[0] == 200
        return Worker.asked[f"{method} {path}"]

    assert reached("/en/city/kyiv") < 30
    assert reached("/en/city/lviv", Cookie="session=x") == 30
    assert reached("/en/city/odesa", Authorization="Bearer x") == 30
    assert reached("/en/city/dnipro", Accept="text/event-stream") == 30
    assert reached("/private") == 30
    assert reached("/") == 30
    assert reached("/ops/") == 30
    assert reached("/api/scrape", "POST") == 30


def test_change_that_breaks_nginx_is_rolled_back(front: Front) -> None:
    front.start()
    before = front.server.installed()
    broken = {**front.files(), "cinestreamd-one.conf": front.files()["cinestreamd-one.conf"] + "nonsense;\n"}
    with pytest.raises(NginxRefusedError, match="nonsense"):
        front.server.apply(broken, http_port=front.http, ask=["cinestreamd-one.conf"])
    assert front.server.installed() == before
    fewer = {name: text for name, text in front.files().items() if "two" not in name}
    assert front.server.apply(fewer, http_port=front.http, ask=["cinestreamd-one.conf"]) is True
    assert front.server.apply(fewer, http_port=front.http, ask=["cinestreamd-one.conf"]) is False
    assert sorted(path.name for path in front.folder.glob("conf.d/*")) == ["cinestreamd-one.conf", "cinestreamd.conf"]
    assert not list(front.folder.glob(".cinestreamd*"))


def test_what_others_serve_is_respected(front: Front) -> None:
    assert front.server.other_defaults() == frozenset()
    (front.folder / "conf.d" / "other.conf").write_text(
        f"server {{ listen {front.http} default_server; server_name shop.example; }}\n"
    )
    assert front.server.other_defaults() == {str(front.http)}
    with pytest.raises(DomainServedError, match=r"shop\.example"):
        front.server.require_free({"shop.example", "one.example"})


@pytest.mark.parametrize("path", ["/a;b", "/a\n", "a", "/a/../b", "/a b", "/$host", "/" + "a" * 400, "/{", "/a\x00"])
def test_path_that_means_something_to_nginx_is_refused(front: Front, path: str) -> None:
    with pytest.raises(PlainPathError):
        render_shared(Host(cache=path))
    with pytest.raises(PlainPathError):
        render_site(front.sites[0], Host(webroot=path), None)
    with pytest.raises(PlainPathError):
        render_site(front.sites[0], Host(), Certificate(path, "/key"))


def test_http2_is_written_as_the_version_wants_it(front: Front) -> None:
    old = render_site(front.sites[0], Host(version=(1, 22, 1)), front.certificate)
    new = render_site(front.sites[0], Host(version=(1, 25, 1)), front.certificate)
    assert "listen 443 ssl http2;" in old
    assert "listen 443 ssl;\n    http2 on;" in new


def test_command_prints_checks_and_shows_drift(front: Front, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        common = ["--state-dir", str(tmp_path / "state"), "--nginx-folder", str(front.folder), "--http-port"]
        more = [str(front.http), "--https-port", str(front.https), "--webroot", f"{tmp_path}/acme", "--cache"]
        result = CliRunner().invoke(root, ["deploy", "nginx", *arguments, *common, *more, f"{tmp_path}/cache"])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout

    add = ["sites", "add", "kino", "--domain", "kino.example", "--state-dir", str(tmp_path / "state"), "--json"]
    ports = json.loads(CliRunner().invoke(root, add).stdout)["start_port"]
    code, shown = run("--print")
    assert (code, f"server 127.0.0.1:{ports} max_fails=0;" in shown) == (0, True)
    code, shown = run("kino", "--check")
    assert (code, shown.splitlines()[-1]) == (1, "nginx takes this configuration; it has another one.")
    assert f"+    server 127.0.0.1:{ports} max_fails=0;" in shown
    assert list(front.folder.glob("conf.d/*")) == []
    for name, text in front.files().items():
        (front.folder / "conf.d" / name).write_text(text)
    subprocess.run(["nginx", "-c", str(front.folder / "nginx.conf")], check=True, capture_output=True)
    assert run("--apply") == (0, "nginx serves kino.\n")
    assert run("--check") == (0, "nginx takes this configuration and has it.\n")
    assert sorted(path.name for path in front.folder.glob("conf.d/*")) == ["cinestreamd-kino.conf", "cinestreamd.conf"]


def test_change_after_which_nginx_does_not_answer_is_rolled_back(front: Front) -> None:
    """Nginx takes the files and reloads, and yet the domain is not answered: what was there comes back."""
    front.start()
    before = front.server.installed()
    elsewhere = msgspec.structs.replace(front.host, http_port=free_ports())
    silent = render_site(front.sites[0], elsewhere, front.certificate)
    files = {"cinestreamd.conf": render_shared(front.host), "cinestreamd-one.conf": silent}
    with pytest.raises(NginxRefusedError, match=r"no answer for one\.example"):
        front.server.apply(files, http_port=front.http, ask=["cinestreamd-one.conf"], seconds=1.0)
    assert front.server.installed() == before
    assert front.ask("/en/")[0] == 200


def test_sites_enabled_is_found_and_used(tmp_path: Path) -> None:
    front = Front(tmp_path, place="sites-enabled/*")
    try:
        front.start()
        assert front.server.place == "sites-enabled"
        fewer = {name: text for name, text in front.files().items() if "two" not in name}
        assert front.server.apply(fewer, http_port=front.http, ask=["cinestreamd-one.conf"]) is True
        assert sorted(path.name for path in tmp_path.glob("sites-enabled/*")) == sorted(fewer)
    finally:
        front.end()


def test_brotli_is_spoken_where_its_module_is(tmp_path: Path) -> None:
    [module] = Path("/usr/lib/nginx/modules").glob("*brotli_filter*")
    front = Front(tmp_path, main=f"load_module {module};\n")
    try:
        assert front.server.has_brotli() is True
        front.host = msgspec.structs.replace(front.host, brotli=True)
        front.start()
        assert front.ask_raw("/long", **{"Accept-Encoding": "gzip, br"}) == "br"
        assert front.ask_raw("/long", **{"Accept-Encoding": "gzip"}) == "gzip"
    finally:
        front.end()


def test_no_brotli_without_its_module(front: Front) -> None:
    assert front.server.has_brotli() is False


def test_ipv6_is_served_like_ipv4(front: Front) -> None:
    front.start()
    connection = http.client.HTTPConnection("::1", front.http, timeout=20)
    connection.request("GET", "/en/", headers={"Host": "one.example"})
    assert connection.getresponse().status == 308
    connection.close()
    assert "[::]" not in render_site(front.sites[0], Host(), front.certificate)


def test_gixy_finds_nothing(front: Front) -> None:
    for name, text in front.files().items():
        (front.folder / "conf.d" / name).write_text(text)

    def findings() -> set[str]:
        command = [sys.executable, "-c", "from gixy.cli.main import main; main()", "-f", "json"]
        done = subprocess.run([*command, front.folder / "nginx.conf"], capture_output=True, check=False)
        return {finding["plugin"] for finding in json.loads(done.stdout)}

    assert findings() == set()
    broken = front.files()["cinestreamd-one.conf"].replace("server_tokens off;", "server_tokens on;")
    (front.folder / "conf.d" / "cinestreamd-one.conf").write_text(broken)
    assert findings() == {"version_disclosure"}


@pytest.mark.timeout(240)
def test_tls_is_mozillas_intermediate_profile(front: Front) -> None:
    front.start()
    script = str(Path(__file__).with_name("judge_tls.py"))
    command = [sys.executable, script, "one.example", "127.0.0.1", str(front.https)]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"status": "COMPLETED", "issues": {}}


def test_a_page_that_is_kept_is_replaced_by_the_next_one(front: Front) -> None:
    """Nginx keeps the files of its cache open; a newer one takes their place all the same."""
    front.start()
    seen: list[int] = []
    deadline = time.monotonic() + 60
    while len(seen) < 4:
        assert time.monotonic() < deadline, seen
        status, _, body = front.ask("/ticking")
        assert status == 200
        if not seen or int(body) != seen[-1]:
            seen.append(int(body))
    assert seen == sorted(seen)

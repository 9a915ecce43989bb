"""What the commands say of nginx is so: that it runs, that it serves this configuration, that nothing is left over."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_under_test import wait_until
from nginx_host import NginxHost

from cinestreamd.deploy.nginx_files import NginxFolder
from cinestreamd.errors import ConfigurationError

DOWN = "The configuration is in place, but nginx does not run; start it with: systemctl enable --now nginx"
SERVED = (0, "https://kino.example/ is served.")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[NginxHost]:
    host = NginxHost(tmp_path)
    host.start()
    host.add("kino")
    yield host
    host.stop()


def nginx_findings(host: NginxHost) -> list[tuple[str, str, str]]:
    options = ["--offline", "--json", "--nginx-folder", str(host.nginx), "--certificates", f"{host.folder}/live"]
    rows = json.loads(host.run("doctor", *options)[1])
    return [(row["level"], row["says"], row["fix"]) for row in rows if row["check"] == "nginx"][1:]


def certificate_findings(host: NginxHost) -> list[str]:
    options = ["--offline", "--json", "--nginx-folder", str(host.nginx), "--certificates", f"{host.folder}/live"]
    rows = json.loads(host.run("doctor", *options)[1])
    return [f"{row['level']} {row['says']}" for row in rows if row["check"] == "certificate"]


def test_nginx_that_does_not_run_is_told_by_every_command(host: NginxHost) -> None:
    assert host.deploy("nginx", "--apply") == (0, "nginx serves kino.")
    assert host.deploy("nginx", "--apply") == (0, "Nothing changed.")
    [(level, says, _)] = nginx_findings(host)
    assert (level, says) == ("ok", f"kino: nginx serves it at port {host.http}, with its domains and ports")
    host.stop()
    assert host.deploy("nginx", "--apply") == (1, DOWN)
    assert host.run("sites", "edit", "kino", "--domain", "kino.example", "--domain", "www.kino.example")[0] == 0
    assert host.deploy("nginx", "--apply") == (1, DOWN)
    assert "www.kino.example" in (host.nginx / "conf.d" / "cinestreamd-kino.conf").read_text()
    assert host.deploy("tls", "kino", "--self-signed") == (1, DOWN)
    [(level, says, fix)] = nginx_findings(host)
    assert (level, says) == ("fail", f"kino: nginx does not run: nobody answers at port {host.http}")
    assert fix.startswith("systemctl enable --now nginx")
    host.start()
    assert host.deploy("nginx", "--apply") == (0, "Nothing changed.")
    assert host.certificate("www.kino.example")


def test_nginx_that_serves_something_else_than_its_files_is_told_and_put_right(host: NginxHost) -> None:
    assert host.deploy("nginx", "--apply")[0] == 0
    assert host.run("sites", "edit", "kino", "--processes", "2")[0] == 0
    assert [row[:2] for row in nginx_findings(host)] == [
        ("warn", "kino: nginx serves it by another configuration than would be rendered now")
    ]
    place = host.nginx / "conf.d"
    for part in host.deploy("nginx", "--print")[1].split("# Rendered by")[1:]:
        name = "cinestreamd-kino.conf" if "upstream cinestreamd_kino" in part else "cinestreamd.conf"
        (place / name).write_text(f"# Rendered by{part}".rstrip() + "\n")
    assert host.deploy("nginx", "--check") == (0, "nginx takes this configuration and has it.")
    [(level, says, fix)] = nginx_findings(host)
    assert (level, fix) == ("fail", "cinestreamd deploy nginx --apply")
    assert says == "kino: nginx answers by another configuration than the installed one"
    assert host.deploy("nginx", "--apply") == (0, "nginx serves kino.")
    assert nginx_findings(host)[0][0] == "ok"
    (place / "theirs.conf").write_text("nonsense;\n")
    code, said = host.deploy("nginx", "--apply")
    assert (code, "nonsense" in said) == (1, True), "nginx would not start any more, though nothing changed"
    (place / "theirs.conf").unlink()
    (place / "cinestreamd.conf").write_text((place / "cinestreamd.conf").read_text() + "# of another release\n")
    assert nginx_findings(host)[0][:2] == ("warn", "cinestreamd.conf is not what would be rendered now")


def test_second_certificate_is_the_one_that_visitors_are_shown(host: NginxHost) -> None:
    assert host.deploy("tls", "kino", "--self-signed") == SERVED
    first = host.certificate("kino.example")
    assert host.deploy("tls", "kino", "--self-signed") == SERVED
    wait_until(lambda: host.certificate("kino.example") not in {first, b""}, seconds=100, what="the second is shown")


def test_what_is_left_of_the_last_site_is_removed(host: NginxHost) -> None:
    (host.nginx / "conf.d" / "theirs.conf").write_text(
        f"server {{ listen {host.http}; server_name shop.example; return 418; }}\n"
    )
    assert host.deploy("nginx", "--apply")[0] == 0
    assert host.run("sites", "remove", "kino", "--yes")[0] == 0
    assert ("warn", "cinestreamd-kino.conf is of no site that has a domain") in [x[:2] for x in nginx_findings(host)]
    code, shown = host.deploy("nginx", "--check")
    assert (code, "-upstream cinestreamd_kino {" in shown) == (1, True)
    assert host.deploy("nginx", "--apply") == (0, "No enabled site has a domain; nginx serves none any more.")
    assert host.ours == ["theirs.conf"]
    wait_until(lambda: host.status("kino.example") == 418, seconds=100, what="nginx has let go of the site")
    assert host.deploy("nginx", "--apply") == (0, "No enabled site has a domain; nothing to do.")
    host.add("film")
    assert host.deploy("nginx", "--apply") == (0, "nginx serves film.")
    assert host.run("sites", "remove", "film", "--yes")[0] == 0
    host.add("other")
    assert host.deploy("nginx", "other", "--apply") == (0, "nginx serves other.")
    assert host.ours == ["cinestreamd-other.conf", "cinestreamd.conf", "theirs.conf"]


def test_certificate_goes_with_the_site_when_it_gets_another_name(host: NginxHost) -> None:
    assert host.deploy("tls", "kino", "--self-signed") == SERVED
    shown = host.certificate("kino.example")
    assert host.run("sites", "rename", "kino", "film")[0] == 0
    assert certificate_findings(host) == ["ok film: certificate ends in 89 days"]
    assert host.deploy("nginx", "--apply") == (0, "nginx serves film.")
    assert host.ours == ["cinestreamd-film.conf", "cinestreamd.conf"]
    assert host.certificate("kino.example") == shown
    wait_until(lambda: host.status("kino.example") == 308, seconds=100, what="plain http leads to https")
    # Another site that takes over the name gets a certificate of its own, and leaves that of the first alone.
    assert host.run("sites", "add", "kino", "--domain", "other.example")[0] == 0
    assert host.deploy("nginx", "--apply") == (0, "nginx serves film, kino.")
    wait_until(lambda: host.status("other.example") == 502, seconds=100, what="the new site is served by plain http")
    assert host.deploy("tls", "kino", "--self-signed") == (0, "https://other.example/ is served.")
    assert sorted(path.name for path in (host.folder / "own").iterdir()) == ["kino", "kino-2"]
    assert host.certificate("kino.example") == shown
    assert host.certificate("other.example") not in {shown, b""}
    assert host.run("sites", "edit", "film", "--domain", "kino.example", "--domain", "www.kino.example")[0] == 0
    assert certificate_findings(host)[:2] == [
        "ok film: certificate ends in 89 days",
        "warn film: its certificate does not hold for www.kino.example",
    ]


READ_ONLY = "mount --bind {place} {place} && mount -o remount,bind,ro {place}"
FULL = "cp -a {place} {copy} && mount -t tmpfs -o size={size} none {place} && cp -a {copy}/. {place}"


@pytest.mark.parametrize(
    ("mounted", "folder", "problem"),
    [
        (READ_ONLY, "conf.d", "Read-only file system"),
        (READ_ONLY, "", "Read-only file system"),
        (FULL, "conf.d", "No space left on device"),
    ],
    ids=["read-only", "all read-only", "full"],
)
def test_folder_that_cannot_be_written_to_is_one_line_and_as_it_was(
    host: NginxHost, mounted: str, folder: str, problem: str
) -> None:
    """The full disk has room for what is there, and for one page more."""
    assert host.deploy("nginx", "--apply")[0] == 0
    host.add("film")
    before = {name: (host.nginx / "conf.d" / name).read_text() for name in host.ours}
    place, shown = host.nginx / folder, host.folder / "shown"
    words = [sys.executable, "-m", "cinestreamd", "deploy", "nginx", "--apply", *host.options]
    command = " ".join([*words, "--state-dir", str(host.folder / "state")])
    pages = sum(-(-len(text.encode()) // 4096) for text in before.values()) + 1
    mounts = mounted.format(place=place, copy=host.folder / "copy", size=pages * 4096)
    script = f"{mounts}; {command}; code=$?; cp -a {host.nginx}/conf.d {shown}; exit $code"
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (78, ""), done.stderr
    assert done.stderr == f"cinestreamd: {place}: cannot be written ({problem}); nothing was changed\n"
    assert {path.name: path.read_text() for path in shown.iterdir()} == before


@pytest.mark.parametrize(
    ("version", "taken"), [("1.18.0", False), ("1.19.3", False), ("1.19.4", True), ("1.30.1", True)]
)
def test_nginx_that_is_too_old_is_told_before_anything_is_rendered(tmp_path: Path, version: str, taken: bool) -> None:
    program = tmp_path / "nginx"
    program.write_text(f"#!/bin/sh\necho 'nginx version: nginx/{version}' >&2\n")
    program.chmod(0o755)
    server = NginxFolder(tmp_path, program=str(program))
    if taken:
        assert ".".join(map(str, server.version())) == version
        return
    with pytest.raises(ConfigurationError, match=rf"is nginx/{re.escape(version)}, .*1\.19\.4 or newer is needed"):
        server.version()

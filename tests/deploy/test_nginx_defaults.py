"""Hosts that nobody serves: turned away, whatever default server another part of nginx has."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nginx_host import NginxHost

from cinestreamd.deploy.nginx_words import default_listens, directives, directives_in, served_names

ANYWHERE = ("127.0.0.1", "::1")


@pytest.fixture
def make_host(tmp_path: Path) -> Iterator[Callable[[str], NginxHost]]:
    made: list[NginxHost] = []

    def make(enabled: str) -> NginxHost:
        made.append(NginxHost(tmp_path, enabled=enabled))
        made[0].start()
        made[0].add("kino")
        assert made[0].deploy("tls", "kino", "--self-signed") == (0, "https://kino.example/ is served.")
        return made[0]

    yield make
    for host in made:
        host.stop()


def test_strangers_are_turned_away_although_debians_own_default_site_is_enabled(
    make_host: Callable[[str], NginxHost],
) -> None:
    """It has the default server of port 80 alone, and names that of 443 in comments."""
    debian = Path("/etc/nginx/sites-available/default").read_text(encoding="utf-8")
    host = make_host(debian.replace("443", "HTTPS").replace("80 default", "HTTP default"))
    for address in ANYWHERE:
        assert host.certificate("kino.example", address=address)
        assert host.certificate("stranger.example", address=address) == b""
        assert host.secure_status("stranger.example", asked_as="kino.example", address=address) == 0
        assert host.status("stranger.example", address=address) in {200, 403, 404}, "the host's own default is kept"
        assert host.status("kino.example", address=address) == 308


@pytest.mark.parametrize(
    ("enabled", "by_four", "by_six"),
    [
        ("", 0, 0),
        ("server { listen HTTP default_server; return 418; }", 418, 0),
        ("server { listen [::]:HTTP default_server; return 418; }", 0, 418),
        ("server { listen HTTP; # listen HTTP default_server;\n server_name shop.example; return 418; }", 0, 0),
        ("server { listen *:HTTP default_server; listen [::]:HTTP default_server; return 418; }", 418, 418),
    ],
    ids=["none", "IPv4", "IPv6", "in a comment", "both"],
)
def test_default_server_is_respected_where_it_is_and_only_there(
    make_host: Callable[[str], NginxHost], enabled: str, by_four: int, by_six: int
) -> None:
    host = make_host(enabled)
    for address, status in zip(ANYWHERE, (by_four, by_six), strict=True):
        assert host.status("stranger.example", address=address) == status
        assert host.certificate("stranger.example", address=address) == b""
        assert host.status("kino.example", address=address) == 308


def test_server_of_one_address_alone_is_in_nobodys_way(make_host: Callable[[str], NginxHost]) -> None:
    """As a monitor has it: what visitors reach is what is asked for, not what listens beside it."""
    both = "listen 127.0.0.1:HTTP; server_name status.example; return 418; } server { listen HTTP; return 404;"
    host = make_host(f"server {{ {both} }}")
    assert host.status("kino.example", address="127.0.0.1") == 418
    assert host.status("kino.example", address="127.0.0.2") == 308
    assert host.deploy("nginx", "--apply") == (0, "Nothing changed.")


TEXT = r"""
# server { listen 1 default_server; server_name comment.example; }
http {
    log_format main '{ "a": 1 } ; listen 2 default_server;' "it's }";
    server {
        listen 3 ssl default_server; listen 127.0.0.1:4 default_server; listen unix:/run/x default_server;
        listen [::]:5 default; listen 0.0.0.0:6 default_server; listen *:7; listen 8 # default_server
        ;
        server_name shop.example  "www.shop.example" # not.example
            ~^a\{2\}\.example$;
        location / { if ($a = ${b}) { return 200 "};"; } }
    }
}
stream { server { listen 9 default_server; } }
"""


def test_configuration_is_read_as_nginx_reads_it() -> None:
    found = set(directives_in(TEXT))
    assert default_listens(found) == {"3", "[::]:5", "6"}
    assert served_names(found) == {"shop.example", "www.shop.example", r"~^a\{2\}\.example$"}


def test_includes_are_followed_relative_ones_and_those_in_blocks_too(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "nginx.conf").write_text("http { include more/*.conf; }")
    (tmp_path / "more" / "one.conf").write_text(f"server {{ include {tmp_path}/listen; }}")
    (tmp_path / "more" / ".hidden.conf").write_text("server { listen 1 default_server; }")
    (tmp_path / "more" / "ours.conf").write_text("server { listen 2 default_server; }")
    (tmp_path / "more" / "circle.conf").write_text(f"include {tmp_path}/nginx.conf;")
    (tmp_path / "listen").write_text("listen 3 default_server;")
    found = set(directives(tmp_path / "nginx.conf", without={tmp_path / "more" / "ours.conf"}))
    assert default_listens(found) == {"3"}

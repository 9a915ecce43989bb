"""nginx in front of the daemon: its configuration for one site, and the part that all sites share.

Every value that goes in is a number or was matched as a whole by type (``cinestreamd.sites.values``); paths in
``paths``. Nothing is escaped, because nothing that would need it is let in.
"""

import hashlib
import re
from typing import Final

from msgspec import Struct

from cinestreamd.deploy.paths import plain_path
from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.model import Site
from cinestreamd.web.security import SECURITY_HEADERS

HEADER: Final = "# Rendered by cinestreamd deploy nginx; changes here are lost.\n"

# Mozilla's intermediate profile.
CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305"
)
IDEMPOTENT_POSTS: Final = r"^/(?:api/scrape|api/visit|language|(?:uk|en|ru)/city/[a-z0-9-]+/scrape)$"
"""POSTs that may be sent to a second worker when the first one dies: doing them twice is doing them once."""

MARK_PATH: Final = "/.well-known/cinestreamd-nginx"
_NO_MARK: Final = "0" * 16

COMPRESSED: Final = "text/css text/javascript application/json application/atom+xml image/svg+xml text/calendar"
CACHE_ZONE: Final = "keys_zone=cinestreamd:10m max_size=256m inactive=10m use_temp_path=off"


class NoDomainError(InvalidInputError):
    """A site has no domain, so no request can be told to be its own."""

    code = "no_domain"
    message = N_("Site {name} has no domain; give it one with: cinestreamd sites edit {name} --domain D")


class Host(Struct, frozen=True, kw_only=True):
    """What the host's nginx needs. ``version`` is (major, minor, patch); ``own_default``: unknown hosts get 444.

    ``defaults_elsewhere``: where another part of nginx has the default server, as ``80`` or ``[::]:80``; each port and
    each family of addresses is a matter of its own. ``ipv6``: the host has IPv6; ``brotli``: its nginx has that module.
    """

    version: tuple[int, int, int] = (1, 22, 1)
    http_port: int = 80
    https_port: int = 443
    webroot: str = "/var/lib/cinestreamd-acme"
    cache: str = "/var/cache/cinestreamd-nginx"
    own_default: bool = True
    defaults_elsewhere: frozenset[str] = frozenset()
    ipv6: bool = False
    brotli: bool = False


class Certificate(Struct, frozen=True):
    """Paths of a certificate with its chain, and of its key."""

    chain: str
    key: str


def render_shared(host: Host) -> str:
    """The part in nginx's ``http`` context that all sites use.

    Raises:
        PlainPathError: a path cannot be used.
    """
    parts = [
        HEADER,
        'map $http_accept_encoding $cinestreamd_encoding { default ""; "~*gzip" gzip; }',
        'map $http_cookie $cinestreamd_cookie { default 1; "" 0; }',
        'map $http_authorization $cinestreamd_authorized { default 1; "" 0; }',
        'map $http_accept $cinestreamd_stream { default 0; "~*text/event-stream" 1; }',
        'map $upstream_http_cache_control $cinestreamd_private { default 0; "~*no-store" 1; "~*private" 1; }',
        *(_header_map(_variable(name), value) for name, value in SECURITY_HEADERS.items()),
        f"proxy_cache_path {plain_path(host.cache)} levels=1:2 {CACHE_ZONE};",
    ]
    if host.own_default:
        parts += _default_servers(host)
    return "\n".join(parts) + "\n"


def render_site(site: Site, host: Host, certificate: Certificate | None) -> str:
    """One site. Without a certificate it is served by plain http, so that a first certificate can be had.

    Raises:
        NoDomainError: it has no domain.
        PlainPathError: a path cannot be used.
    """
    if not site.settings.domains:
        raise NoDomainError(name=site.name)
    names = " ".join(site.settings.domains)
    challenge = (
        "    location ^~ /.well-known/acme-challenge/ {\n"
        f"        root {plain_path(host.webroot)};\n        default_type text/plain;\n"
        "    }\n"
    )
    mark = f'    location = {MARK_PATH} {{\n        return 200 "{_NO_MARK}";\n    }}\n'
    listen = _listen(host, host.http_port)
    plain = f"server {{\n{listen}    server_name {names};\n    server_tokens off;\n{challenge}{mark}"
    if certificate is None:
        return _marked(HEADER + _upstream(site) + plain + _locations(site, host) + "}\n")
    port = "" if host.https_port == 443 else f":{host.https_port}"
    redirect = f"    location / {{ return 308 https://$host{port}$request_uri; }}\n}}\n"
    secure = _tls_server(site, host, certificate) + _locations(site, host) + "}\n"
    return _marked(HEADER + _upstream(site) + plain + redirect + secure)


def _marked(text: str) -> str:
    """With a mark of its own in it, by which nginx tells that it serves this very configuration."""
    return text.replace(_NO_MARK, hashlib.sha256(text.encode()).hexdigest()[: len(_NO_MARK)])


def mark_of(text: str) -> str:
    """The mark in one site's configuration; empty when it has none."""
    found = re.search(rf'location = {re.escape(MARK_PATH)} {{\s*return 200 "([0-9a-f]+)";', text)
    return found[1] if found else ""


def _upstream(site: Site) -> str:
    """No worker is ever counted out: one that dies is replaced at once, and a port without a worker refuses.

    With failures counted, workers that die together leave nginx with "no live upstreams" while they all serve again.
    """
    lines = [f"    server 127.0.0.1:{port} max_fails=0;" for port in site.settings.ports]
    name = f"cinestreamd_{site.name}"
    return "\n".join(
        [f"upstream {name} {{", f"    zone {name} 128k;", "    ip_hash;", *lines, "    keepalive 64;", "}\n"]
    )


def _tls_server(site: Site, host: Host, certificate: Certificate) -> str:
    return (
        f"server {{\n{_tls_listen(host)}    server_name {' '.join(site.settings.domains)};\n    server_tokens off;\n"
        f"    ssl_certificate {plain_path(certificate.chain)};\n"
        f"    ssl_certificate_key {plain_path(certificate.key)};\n"
        f'{_tls_settings()}    add_header Strict-Transport-Security "max-age=31536000" always;\n'
        + "".join(f"    add_header {name} $cinestreamd_{_variable(name)} always;\n" for name in SECURITY_HEADERS)
        + "".join(f"    proxy_hide_header {name};\n" for name in SECURITY_HEADERS)
    )


def _default_servers(host: Host) -> list[str]:
    """What answers hosts that nobody serves, wherever no other part of nginx does.

    A port that has no default server of its own falls to the first server that nginx reads: to some site.
    """
    ends = "    server_name _;\n    server_tokens off;\n"
    plain = _listen(host, host.http_port, " default_server", but=host.defaults_elsewhere)
    secure = _listen(host, host.https_port, " ssl default_server", but=host.defaults_elsewhere)
    found = [f"server {{\n{plain}{ends}    return 444;\n}}"] if plain else []
    if secure:
        found.append(f"server {{\n{secure}{ends}    ssl_reject_handshake on;\n{_tls_settings()}    return 444;\n}}")
    return found


def _tls_listen(host: Host) -> str:
    """HTTP/2 is a word of ``listen`` before nginx 1.25.1, and a directive since."""
    if host.version >= (1, 25, 1):
        return _listen(host, host.https_port, " ssl") + "    http2 on;\n"
    return _listen(host, host.https_port, " ssl http2")


def _listen(host: Host, port: int, words: str = "", *, but: frozenset[str] = frozenset()) -> str:
    """On every address of the host, ``but`` not there."""
    places = [str(port), *([f"[::]:{port}"] if host.ipv6 else [])]
    return "".join(f"    listen {place}{words};\n" for place in places if place not in but)


def _tls_settings() -> str:
    return (
        f"    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_ciphers {CIPHERS};\n    ssl_prefer_server_ciphers off;\n"
        "    ssl_ecdh_curve X25519:prime256v1:secp384r1;\n"
        "    ssl_session_cache shared:cinestreamd_tls:10m;\n    ssl_session_timeout 1d;\n    ssl_session_tickets off;\n"
    )


def _locations(site: Site, host: Host) -> str:
    upstream = f"http://cinestreamd_{site.name}"
    brotli = f"    brotli on;\n    brotli_types {COMPRESSED};\n" if host.brotli else ""
    return f"""\
    client_max_body_size 64k;
    gzip on;
    gzip_proxied any;
    gzip_vary on;
    gzip_types {COMPRESSED};
{brotli}    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Request-Id $request_id;
    proxy_next_upstream error timeout http_502 http_504;
    proxy_next_upstream_timeout 20s;
    proxy_connect_timeout 2s;
    proxy_cache_key $scheme$host$request_uri|$cinestreamd_encoding;
    proxy_cache_valid 200 1s;
    proxy_ignore_headers Cache-Control Expires;
    proxy_cache_lock on;
    proxy_cache_background_update on;
    proxy_cache_use_stale updating error timeout http_502 http_504;
    proxy_buffer_size 16k;
    proxy_buffers 16 16k;
    proxy_busy_buffers_size 64k;
    open_file_cache max=2000 inactive=30s;
    proxy_cache_bypass $cinestreamd_cookie $cinestreamd_authorized $cinestreamd_stream;
    proxy_no_cache $cinestreamd_cookie $cinestreamd_authorized $cinestreamd_stream $cinestreamd_private;
    location / {{
        proxy_cache cinestreamd;
        proxy_pass {upstream};
    }}
    location = / {{
        proxy_pass {upstream};
    }}
    location ^~ /ops {{
        proxy_buffering off;
        proxy_read_timeout 1h;
        proxy_pass {upstream};
    }}
    location ~ "{IDEMPOTENT_POSTS}" {{
        proxy_next_upstream error timeout http_502 http_504 non_idempotent;
        proxy_pass {upstream};
    }}
"""


def _header_map(name: str, value: str) -> str:
    """The worker's own header where it sends one, else ``value``: also on what nginx itself answers."""
    return f'map $upstream_http_{name} $cinestreamd_{name} {{ default $upstream_http_{name}; "" "{value}"; }}'


def _variable(header: str) -> str:
    return header.lower().replace("-", "_")

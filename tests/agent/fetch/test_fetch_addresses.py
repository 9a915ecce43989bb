"""Nothing but the public internet is ever connected to, however an address is spelt."""

import asyncio
import socket

import pytest

from cinestreamd import config
from cinestreamd.agent.fetch import AddressRefusedError, BadUrlError, Fetcher, FetchError
from cinestreamd.agent.fetch.addresses import is_public

NOT_PUBLIC = (
    "0.0.0.0",  # noqa: S104 - an address to refuse, nothing is bound
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "not an address",
    "",
)
PUBLIC = ("8.8.8.8", "93.184.215.14", "172.32.0.1", "192.0.1.1", "2606:4700:4700::1111", "2a00:1450:4001::200e")

# {port} is that of a server on 127.0.0.1 that must never see a connection.
HOSTILE_URLS = (
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::]:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://①②⑦.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://１２７．０．０．１:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://127.0.0.1:{port}\\@example.org/",
    "http://example.org@127.0.0.1:{port}/",
    "http://example.org:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.org/",
    "http://127.0.0.1\t:{port}/",
    "https://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "//127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http://127.0.0.1:{port}.example.org/",
)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_off_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(address: str) -> None:
    assert is_public(address)


class Listener:
    """A server on 127.0.0.1 that counts connections."""

    def __init__(self) -> None:
        self.connections = 0

    async def start(self) -> asyncio.Server:
        """Listen on a free port."""
        return await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _accept(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


@pytest.mark.parametrize("spelling", HOSTILE_URLS)
async def test_no_spelling_of_this_machine_is_connected_to(spelling: str) -> None:
    """The exemption names another address with the same port, so that only the check at connect stands in the way."""
    listener = Listener()
    server = await listener.start()
    port = server.sockets[0].getsockname()[1]
    async with Fetcher(config.Fetch(timeout=5, host_interval=0), allowed=frozenset({("127.0.0.99", port)})) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(spelling.format(port=port))
    server.close()
    await server.wait_closed()
    assert listener.connections == 0


async def test_the_same_url_is_answered_once_the_pair_is_allowed() -> None:
    """The counterpart of the table above: it is the guard that stops those, not a dead server."""
    listener = Listener()
    server = await listener.start()
    port = server.sockets[0].getsockname()[1]
    async with Fetcher(config.Fetch(timeout=60, host_interval=0), allowed=frozenset({("127.0.0.1", port)})) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(f"http://127.0.0.1:{port}/")
    server.close()
    await server.wait_closed()
    assert listener.connections >= 1


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1", "2002:7f00:1::"]
)
def test_the_guard_refuses_private_addresses_on_web_ports(address: str) -> None:
    fetcher = Fetcher(config.Fetch())
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(OSError, match="address refused"):
        fetcher._open_socket((family, socket.SOCK_STREAM, 6, "", (address, 443)))


@pytest.mark.parametrize("port", [22, 25, 6379, 8080, 27017])
def test_the_guard_refuses_other_ports_of_public_addresses(port: int) -> None:
    with pytest.raises(OSError, match="address refused"):
        Fetcher(config.Fetch())._open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port)))


def test_the_guard_opens_a_socket_for_a_public_web_server() -> None:
    Fetcher(config.Fetch())._open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))).close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "kino.example",
        "http://",
        "http://user@kino.example/",
        "http://:secret@kino.example/",
        "http://kino.example:8080/",
        "http://kino.example:22/",
        "http://kino.example:99999/",
        "http://kino .example/",
        "http://kino\x00.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "ws://kino.example/",
        "http://kino..example/",
        "http://" + "a" * 300 + ".example/",
        "http://kino.example/" + "a" * 5000,
        "http://[::1",
    ],
)
async def test_what_is_no_web_address_is_refused_before_anything_is_resolved(url: str) -> None:
    async with Fetcher(config.Fetch(timeout=5, host_interval=0)) as fetcher:
        with pytest.raises(BadUrlError) as refused:
            await fetcher.get(url)
    assert refused.value.code == "bad_url"


async def test_a_private_address_on_a_web_port_has_its_own_code() -> None:
    async with Fetcher(config.Fetch(timeout=5, host_interval=0)) as fetcher:
        with pytest.raises(AddressRefusedError) as refused:
            await fetcher.get("http://127.0.0.1/")
    assert refused.value.code == "address_refused"

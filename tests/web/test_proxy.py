from ipaddress import ip_network

import pytest

from cinestreamd.web.proxy import Client, identify_client, is_trusted

TRUSTED = (ip_network("127.0.0.0/8"), ip_network("::1/128"), ip_network("10.0.0.0/8"))
NEAR = Client("127.0.0.1", "http", "localhost:8001")


def test_a_stranger_is_not_believed() -> None:
    far = Client("203.0.113.9", "http", "kino.example")
    headers = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    assert identify_client(far, headers, TRUSTED) == far


def test_a_trusted_proxy_tells_address_scheme_and_host() -> None:
    headers = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "kino.example"}
    assert identify_client(NEAR, headers, TRUSTED) == Client("198.51.100.7", "https", "kino.example")


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.0.0.3", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("10.0.0.3", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("unknown", "127.0.0.1"),
        ("198.51.100.7, nonsense", "127.0.0.1"),
        ("198.51.100.7:1234", "127.0.0.1"),
    ],
)
def test_the_visitor_is_the_last_address_that_is_no_proxy(header: str, address: str) -> None:
    """What stands further left, the visitor may have written himself."""
    assert identify_client(NEAR, {"X-Forwarded-For": header}, TRUSTED).address == address


@pytest.mark.parametrize("scheme", ["", "ftp", "https, evil", "HTTPS;"])
def test_a_strange_scheme_is_not_believed(scheme: str) -> None:
    assert identify_client(NEAR, {"X-Forwarded-Proto": scheme}, TRUSTED).scheme == "http"


@pytest.mark.parametrize("host", ["", "a b", "evil.example/x", "evil\texample", "a" * 256, "user@evil.example"])
def test_a_strange_host_is_not_believed(host: str) -> None:
    assert identify_client(NEAR, {"X-Forwarded-Host": host}, TRUSTED).host == "localhost:8001"


def test_what_is_no_address_is_not_trusted() -> None:
    assert not is_trusted("", TRUSTED)
    assert not is_trusted("localhost", TRUSTED)
    assert is_trusted("127.9.9.9", TRUSTED)
    assert is_trusted("::1", TRUSTED)

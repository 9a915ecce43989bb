"""Names of hosts and addresses: genuine ones are taken, those that are made to look like others are not."""

import pytest

from cinestreamd.addresses import is_domain, is_host, is_place, is_web_address
from cinestreamd.sites.values import is_theme_source, is_tile_address

GENUINE = [
    "kino.example",
    "a-b.kino.example",
    "xn--h1alffa9f.xn--j1amh",  # україна.укр
    "xn--e1afmkfd.com",  # пример.com
    "xn--mnchen-3ya.example",  # münchen: one script, with a letter that ASCII has not
    "xn--wgv71a119e.example",  # 日本語
]
TRICKS = [
    "xn--pple-43d.com",  # аpple with a Cyrillic а
    "xn--80ak6aa92e.com",  # аррӏе, all Cyrillic, under a Latin ending
    "xn--.example",
    "xn--zzzzzz99999999.example",
    "xn--abc-.example",
    "ab--cd.example",
    "kino.example\n",
    "kino.example;x",
    "kino{.example",
    "../kino.example",
    "kino\x00.example",
    "\u202egnp.example",
    "a\u200b.example",
    "a" * 300,
    "a." * 130 + "example",
    "-kino.example",
    "kino-.example",
    "kino..example",
    ".kino.example",
    "",
]


@pytest.mark.parametrize("name", GENUINE)
def test_genuine_name_is_taken_wherever_a_host_stands(name: str) -> None:
    assert is_domain(name)
    assert is_host(name)
    assert is_web_address(f"https://{name}/rozklad?a=1")
    assert is_tile_address(f"https://{name}/{{z}}/{{x}}/{{y}}.png")
    assert is_tile_address(f"https://{{s}}.{name}/{{z}}/{{x}}/{{y}}.png")
    assert is_theme_source(f"https://{name}/theme.git")


@pytest.mark.parametrize("name", TRICKS)
def test_trick_is_refused_wherever_a_host_stands(name: str) -> None:
    assert not is_domain(name)
    assert not is_host(name)
    assert not is_web_address(f"https://{name}/rozklad") or name == "kino.example;x"
    assert not is_web_address(f"https://{name}")
    assert not is_tile_address(f"https://{name}/{{z}}/{{x}}/{{y}}.png")
    assert not is_theme_source(f"https://{name}/theme.git")


@pytest.mark.parametrize(
    ("host", "usable"),
    [
        ("кіно.укр", True),
        ("пам\u02bcять.укр", True),
        ("KINO.example", False),
        ("аpple.com", False),
        ("аррӏе.com", False),
        ("kіno.example", False),
        ("kino\uff0eexample", False),
        ("localhost", True),
        ("my_host.example", True),
        ("127.0.0.1", True),
        ("127.1", False),
        ("2130706433", False),
        ("0x7f.0.0.1", False),
        ("0x7f000001", False),
        ("1.2.3.4.5", False),
        ("::1", True),
        ("fe80::1%eth0", False),
        ("::1::2", False),
    ],
)
def test_host_in_other_forms(host: str, usable: bool) -> None:
    assert is_host(host) is usable


@pytest.mark.parametrize(
    "address",
    [
        "https://user@kino.example/",
        "https://kino.example:0/",
        "https://kino.example:70000/",
        "https://kino.example/../x",
        "https://kino.example/\n",
        "https://kino.example/{x}",
        "https://kino.example\\@evil.example/",
        "ftp://kino.example/",
        "javascript:alert(1)",
        "//kino.example/",
        "https:///x",
        "https://[::1",
    ],
)
def test_address_with_hostile_parts_is_refused(address: str) -> None:
    assert not is_web_address(address)


@pytest.mark.parametrize(
    ("path", "usable"),
    [
        ("/var/lib/cinestreamd", True),
        ("state", True),
        ("/srv/мій каталог", True),
        ("../state", False),
        ("/srv/..", False),
        ("/srv/a..b", True),
        ("/srv/a\n", False),
        ("/srv/a;b", False),
        ("/srv/{a}", False),
        ("/srv/\u202ea", False),
        ("/srv/a\x00", False),
        ("/" + "a" * 300, False),
        ("", False),
    ],
)
def test_path_is_one_visible_line_that_leads_nowhere_up(path: str, usable: bool) -> None:
    assert is_place(path) is usable

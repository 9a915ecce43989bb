"""Which network addresses are on the public internet. Everything else is refused at connect.

``ipaddress.is_global`` alone passes translation and transition ranges through which private IPv4 hosts can be reached,
deprecated site-local addresses, IPv4-compatible ones and multicast; these are refused by hand.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

# RFC 6052 and RFC 8215 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 3879 (site-local), RFC 4291 (IPv4-compatible
# and IPv4-mapped), RFC 2765 (IPv4-translated), RFC 6666 (discard), RFC 5180, RFC 3849 and RFC 9637 (test, example).
REFUSED_6: Final = tuple(
    IPv6Network(text)
    for text in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/23",
        "fec0::/10",
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "100::/64",
        "100:0:0:1::/64",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    )
)
# Beyond what is_global knows: RFC 6598 (carrier-grade NAT), RFC 7526 (6to4 relays), RFC 1112 (multicast and reserved).
REFUSED_4: Final = tuple(
    IPv4Network(text)
    for text in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/3")
)


def is_public(address: str) -> bool:
    """Whether ``address`` (IPv4 or IPv6 in text form, zone id included) is a host on the public internet."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if not parsed.is_global or parsed.is_multicast:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in REFUSED_4)
    return _is_public_6(parsed)


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    return not any(address in network for network in REFUSED_6)

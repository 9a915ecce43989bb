"""Booking links: kept when they lead to the cinema's own site or to a host known to sell cinema tickets."""

import re
from functools import lru_cache
from typing import Final

from yarl import URL

from cinestreamd.agent.verify.ticketing_hosts import TICKETING_SITES

LONGEST: Final = 2000
_UNSAFE: Final = re.compile(r"[\x00-\x20\\\x7f]")
# Labels under which countries register names one level down (co.uk, com.ua, kiev.ua …): a practical part of the public
# suffix list; a suffix that is missing makes the comparison of two hosts wider, never a request.
SECOND_LEVEL: Final = frozenset({
    "ac", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "gv", "ltd", "me", "mil", "muni", "ne", "net",
    "nom", "nsw", "or", "org", "plc", "sch",
})  # fmt: skip
REGIONS_UA: Final = frozenset({
    "cherkassy", "chernigov", "chernovtsy", "ck", "cn", "crimea", "cv", "dn", "dnepropetrovsk", "dnipropetrovsk",
    "donetsk", "dp", "if", "in", "ivano-frankivsk", "kh", "kharkiv", "kharkov", "kherson", "khmelnitskiy",
    "khmelnytskyi", "kiev", "kirovograd", "km", "kr", "ks", "kv", "kyiv", "lg", "lt", "lugansk", "luhansk",
    "lutsk", "lv", "lviv", "mk", "mykolaiv", "nikolaev", "od", "odesa", "odessa", "pl", "poltava", "rivne",
    "rovno", "rv", "sb", "sebastopol", "sevastopol", "sm", "sumy", "te", "ternopil", "uz", "uzhgorod", "uzhhorod",
    "vinnica", "vinnytsia", "vn", "volyn", "yalta", "zakarpattia", "zaporizhzhe", "zaporizhzhia", "zhitomir",
    "zhytomyr", "zp", "zt",
})  # fmt: skip


def site_of(host: str) -> str:
    """The registrable site of a host name: ``kino.example.com.ua`` → ``example.com.ua``; an IP address itself."""
    name = host.lower().rstrip(".")
    labels = name.split(".")
    if ":" in name or labels[-1].isdigit() or len(labels) < 3:
        return name
    country = len(labels[-1]) == 2
    two_level = country and (
        labels[-2] in SECOND_LEVEL
        or (labels[-1] == "ua" and labels[-2] in REGIONS_UA)
        or (len(labels[-2]) == 2 and labels[-1] == "pl")
    )
    return ".".join(labels[-3:] if two_level else labels[-2:])


def trusted_link(link: str | None, *own: str) -> str | None:
    """``link`` as it may be shown, or None.

    It must be absolute http(s) without user name, on the site of one of the ``own`` addresses or of a known seller.
    """
    if not link or len(link) > LONGEST:
        return None
    target = _address(link.strip())
    if target is None:
        return None
    site = site_of(target.raw_host or "")
    return str(target) if site in _sites_of(own) or site in TICKETING_SITES else None


@lru_cache(maxsize=16)
def _sites_of(addresses: tuple[str, ...]) -> frozenset[str]:
    return frozenset(site_of(address.raw_host or "") for address in map(_address, addresses) if address is not None)


def _address(text: str) -> URL | None:
    if _UNSAFE.search(text) is not None:
        return None
    try:
        url = URL(text)
        host = url.raw_host
    except ValueError:
        return None
    if url.scheme not in {"http", "https"} or not host or url.raw_user is not None or url.raw_password is not None:
        return None
    return url

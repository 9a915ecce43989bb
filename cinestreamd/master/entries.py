"""Where the zygote finds what each kind of child runs, before it forks the first one.

The order of loading is that of what is let go of on the way: most of the locale data first, whose room is used again by
the modules that come after it.
"""

import os
import ssl
from collections.abc import Mapping
from importlib import import_module

from cinestreamd.master.zygote import Entry
from cinestreamd.web.formats import load_formats


def entries() -> Mapping[str, Entry]:
    """The entries by role."""
    load_formats()
    _load_without_authorities("aiohttp")
    from cinestreamd.master.roles import roles  # noqa: PLC0415 - see above

    return roles()


def entries_with_mongo() -> Mapping[str, Entry]:
    """The same, for a daemon that has a site on MongoDB: the driver is loaded once, for all children to share.

    It opens nothing: each process makes a client of its own after the fork.
    """
    import_module("cinestreamd.store.mongo")
    return entries()


def _load_without_authorities(module: str) -> None:
    """Load a module that reads the certificates of all whom the system trusts, twice, and have it find none.

    Workers ask nobody, and agents read them for themselves; for the whole family that is a megabyte.
    """
    places = (ssl.get_default_verify_paths().openssl_cafile_env, ssl.get_default_verify_paths().openssl_capath_env)
    before = {name: os.environ.get(name) for name in places}
    os.environ.update(dict.fromkeys(places, os.devnull))
    try:
        import_module(module)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

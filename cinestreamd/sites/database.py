"""Which database a site keeps its records in: MongoDB where its ``.env`` names one, else its own embedded file.

MongoDB's driver is imported only for a site that uses it.
"""

import hashlib
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from msgspec import Struct

from cinestreamd.errors import ConfigurationError
from cinestreamd.privileges import acting_as
from cinestreamd.sites.env import glean
from cinestreamd.sites.files import Folder
from cinestreamd.sites.model import Site
from cinestreamd.sites.system_user import identity_of
from cinestreamd.store.base import Store
from cinestreamd.store.sqlite import SqliteStore
from cinestreamd.store.sqlite import prepare as prepare_sqlite

_PERSON: Final = b"cinestreamd"
_FILE_OPTIONS: Final = frozenset({"tlscafile", "tlscertificatekeyfile", "tlscrlfile"})


class Access(Struct, frozen=True, repr_omit_defaults=True):
    """How to reach a site's database: the address of MongoDB, which may hold a password, or None for the file.

    ``fingerprint`` tells one SECRET_KEY from another without giving it away; empty where there is none.
    """

    mongo_uri: str | None = None
    fingerprint: str = ""

    def __repr__(self) -> str:
        return f"Access({'MongoDB' if self.mongo_uri else 'embedded'})"


def read_access(site: Site) -> Access:
    """The access to a site's database, from its ``.env``. The SECRET_KEY in it is hashed where it lies, never kept.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16, person=_PERSON)
    found: list[str] = []
    takers = {"SECRET_KEY": digest.update, "MONGO_URI": lambda value: found.append(bytes(value).decode("ascii"))}
    seen = glean(Path(site.directory, ".env"), takers)
    return Access(found[-1] if found and found[-1] else None, digest.hexdigest() if "SECRET_KEY" in seen else "")


def certificates_of(mongo_uri: str | None) -> tuple[str, ...]:
    """The files that an address of MongoDB names: whom to trust, and by what to be known."""
    options = parse_qsl((mongo_uri or "").partition("?")[2])
    return tuple(value for name, value in options if name.lower() in _FILE_OPTIONS)


def prepare_store(site: Site, access: Access) -> None:
    """Make a site's database ready: create what is missing, bring the rest up to date. Blocks; safe to repeat.

    Raises:
        ConfigurationError: it cannot be used as it is set up: address, user, TLS, another SECRET_KEY, no local disk.
        StoreUnavailableError: MongoDB does not answer; a later try may succeed.
    """
    if access.mongo_uri is None:
        refuse_links(site)
        with acting_as(identity_of(site)):
            prepare_sqlite(Path(site.database))
        return
    from cinestreamd.store.mongo import prepare as prepare_mongo  # noqa: PLC0415 - only for a site that uses it

    prepare_mongo(access.mongo_uri, fingerprint=access.fingerprint)


def refuse_links(site: Site) -> None:
    """Refuse an embedded database that is reached through a link: who writes in one site would write elsewhere.

    Raises:
        ConfigurationError: the folder of the data, or a file of the database, is a link, or cannot be looked at.
    """
    try:
        with Folder.at(Path(site.directory)) as folder:
            if folder.has("data"):
                with folder.enter("data") as data:
                    data.refuse_links()
    except OSError as error:
        raise ConfigurationError(place=site.directory, problem=f"cannot be looked at ({error.strerror})") from None


def open_store(site: Site, mongo_uri: str | None, *, write_timeout: float) -> Store:
    """A site's store, for this process; it is opened at its first use. ``write_timeout`` is in seconds."""
    if mongo_uri is None:
        return SqliteStore(Path(site.database), write_timeout=write_timeout)
    from cinestreamd.store.mongo import MongoStore  # noqa: PLC0415 - only for a site that uses it

    return MongoStore(mongo_uri, write_timeout=write_timeout)

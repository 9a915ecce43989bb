"""Which database a site has, and that whoever asks keeps no copy of the other secrets in the same file."""

import subprocess
import sys
from pathlib import Path

import pytest

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.database import Access, certificates_of, open_store, read_access
from cinestreamd.sites.env import write_env
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.sqlite import SqliteStore

URI = "mongodb://kino:a%20word@db.example/kino?authSource=admin"
KEY = "0123456789abcdef0123456789abcdef"


def site(folder: Path, **values: str) -> Site:
    write_env(folder / ".env", values)
    return Site(name="kino", settings=SiteSettings(), directory=str(folder))


def test_without_an_address_the_embedded_store_is_used(tmp_path: Path) -> None:
    access = read_access(site(tmp_path, SECRET_KEY=KEY))
    assert access.mongo_uri is None
    assert isinstance(open_store(site(tmp_path, SECRET_KEY=KEY), None, write_timeout=2.0), SqliteStore)


def test_an_address_is_read_as_it_stands(tmp_path: Path) -> None:
    access = read_access(site(tmp_path, SECRET_KEY=KEY, MONGO_URI=URI))
    assert access.mongo_uri == URI
    assert repr(access) == "Access(MongoDB)"


def test_white_space_comments_and_an_empty_value_are_as_in_every_env_file(tmp_path: Path) -> None:
    kino = site(tmp_path)
    path = tmp_path / ".env"
    path.write_text(f"# MONGO_URI=mongodb://no.example\n\n  MONGO_URI = {URI} \r\nSECRET_KEY={KEY}")
    assert read_access(kino) == Access(URI, read_access(site(tmp_path, SECRET_KEY=KEY)).fingerprint)
    assert read_access(site(tmp_path, MONGO_URI="", SECRET_KEY=KEY)).mongo_uri is None


def test_a_fingerprint_tells_keys_apart(tmp_path: Path) -> None:
    prints = {read_access(site(tmp_path, SECRET_KEY=key)).fingerprint for key in (KEY, KEY, KEY + "x")}
    assert len(prints) == 2
    assert all(len(each) == 32 and KEY not in each for each in prints)
    assert read_access(site(tmp_path)).fingerprint == ""


def test_a_file_open_to_others_is_refused(tmp_path: Path) -> None:
    kino = site(tmp_path, SECRET_KEY=KEY)
    (tmp_path / ".env").chmod(0o644)
    with pytest.raises(ConfigurationError, match="open to other users"):
        read_access(kino)


LOOK = """
import sys
from pathlib import Path
from cinestreamd.sites.database import read_access
from cinestreamd.sites.model import Site, SiteSettings

site = Site(name="kino", settings=SiteSettings(), directory=sys.argv[1])
access = read_access(site)
maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
wanted = bytes(byte ^ 1 for byte in bytes.fromhex(sys.argv[2]))  # not in memory as it is
found = 0
with open("/proc/self/mem", "rb", buffering=0) as memory:
    for span, rights, *rest in maps:
        if "w" not in rights or rest[-1] in {"[vvar]", "[vsyscall]"}:
            continue
        low, high = (int(edge, 16) for edge in span.split("-"))
        memory.seek(low)
        block = memory.read(high - low)
        start = 0
        while (at := block.find(wanted[:8], start)) >= 0:
            found += block[at : at + len(wanted)] == wanted and low + at != id(wanted) + 32
            start = at + 1
        del block
print(found)
"""


def test_the_secret_key_stays_nowhere_in_memory(tmp_path: Path) -> None:
    """A process that has read the address looks through all of its own memory for the key beside it."""
    written = KEY[::-1] + "SECRET"
    site(tmp_path, SECRET_KEY=written, MONGO_URI=URI)
    hidden = bytes(byte ^ 1 for byte in written.encode()).hex()
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, str(tmp_path), hidden], capture_output=True, text=True, check=True, timeout=60
    )
    assert looked.stdout.strip() == "0"


@pytest.mark.parametrize(
    ("uri", "files"),
    [
        (None, ()),
        ("mongodb://h/x", ()),
        ("mongodb://u:p@h1,h2:2/x?tls=true&tlsCAFile=%2Fsrv%2Fa%20b.pem", ("/srv/a b.pem",)),
        ("mongodb+srv://h/?TLSCertificateKeyFile=/k.pem&tlscrlfile=/r.pem", ("/k.pem", "/r.pem")),
    ],
)
def test_the_files_that_an_address_names(uri: str | None, files: tuple[str, ...]) -> None:
    assert certificates_of(uri) == files

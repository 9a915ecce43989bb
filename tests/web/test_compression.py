"""Compressed answers: what every client can read, and small."""

import gzip
import hashlib

from cinestreamd.web.compression import pack, unpack

ROW = "<li><a href='/uk/city/kyiv/film/duna'>Дюна</a> <time datetime='2026-11-21T{0:02}:30+02:00'>{0:02}:30</time></li>"
PAGE = "".join(ROW.format(number % 24) for number in range(200)).encode()


def test_any_client_reads_it() -> None:
    assert gzip.decompress(pack(PAGE)) == PAGE == unpack(pack(PAGE))
    assert gzip.decompress(pack(b"")) == b""


def test_a_page_becomes_a_tenth() -> None:
    assert len(pack(PAGE)) * 10 < len(PAGE)


def test_what_is_said_again_ten_showings_later_is_not_sent_again() -> None:
    """A showing takes some 1,200 bytes; ten of them, different from one another, come twice."""
    ten = b"".join(hashlib.blake2b(bytes([number]), digest_size=60).hexdigest().encode() for number in range(100))
    assert len(ten) == 12_000
    assert len(pack(ten + ten)) < len(pack(ten)) * 1.1


def test_the_same_page_is_packed_alike() -> None:
    assert pack(PAGE) == pack(PAGE)

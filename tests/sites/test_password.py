"""What is kept of a password, and what may be one."""

import pytest

from cinestreamd.sites.password import KEPT, Cost, is_password, is_right, keep_password


def test_a_password_is_known_again_by_what_is_kept_of_it() -> None:
    """The digest is scrypt's (RFC 7914) with N=16384, r=8, p=5, as OpenSSL's own command gives it."""
    kept = keep_password("an evening at the cinema", salt=bytes(range(16)))
    assert kept == "scrypt:14:8:5:AAECAwQFBgcICQoLDA0ODw:4XQzx5VKbjBDrFAkFxb-o4-0B0-JW-4QRofiAWReySs"
    assert is_right("an evening at the cinema", kept)
    assert not is_right("an evening at the cinemA", kept)
    assert not is_right("", kept)


def test_the_same_password_is_never_kept_the_same_way() -> None:
    first, second = keep_password("пароль із літер"), keep_password("пароль із літер")
    assert first != second
    assert KEPT.fullmatch(first)
    assert is_right("пароль із літер", second)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("twelve chars", True),
        ("eleven char", False),
        ("x" * 200, True),
        ("x" * 201, False),
        (" twelve chars", False),
        ("twelve\tchars!", False),
        ("дванадцять!!", True),
    ],
)
def test_what_may_be_a_password(text: str, may: bool) -> None:
    assert is_password(text) is may


def test_what_was_kept_at_another_cost_is_still_right() -> None:
    kept = keep_password("an evening at the cinema", cost=Cost(4, 8, 1))
    assert kept.startswith("scrypt:4:8:1:")
    assert KEPT.fullmatch(kept)
    assert is_right("an evening at the cinema", kept)
    assert not is_right("a morning at the cinema", kept)

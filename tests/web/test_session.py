import hashlib
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from cinestreamd.web.session import Remembered, read_cookie, sign_cookie

KEY = "a secret of this test only"
TOO_LONG = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(100))


def cookie(payload: object, *, key: str = KEY, salt: str = "cinestreamd.session") -> str:
    return str(URLSafeTimedSerializer(key, salt=salt).dumps(payload))


def test_what_was_signed_is_read_back() -> None:
    assert read_cookie(sign_cookie(Remembered(language="en"), KEY), KEY) == Remembered(language="en")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        cookie({"language": "en"}, key="another secret altogether"),
        cookie({"language": "en"}, salt="another purpose"),
        "A" + cookie({"language": "en"})[1:],
        cookie({"language": "fr"}),
        cookie({"language": {"$ne": 1}}),
        cookie([1, 2]),
        cookie({"language": "en", "padding": TOO_LONG}),
    ],
    ids=[
        "empty",
        "nonsense",
        "another key",
        "another purpose",
        "changed",
        "unknown language",
        "an object for a word",
        "a list",
        "too long",
    ],
)
def test_a_cookie_that_is_not_ours_says_nothing(value: str) -> None:
    assert read_cookie(value, KEY) == Remembered()


async def test_on_plain_http_the_cookie_has_a_plain_name(start: Any) -> None:
    response = await (await start()).post("/language", data={"language": "en"}, allow_redirects=False)
    morsel = response.cookies["session"]
    assert (morsel["path"], morsel["samesite"], morsel["max-age"]) == ("/", "Lax", "31536000")
    assert morsel["httponly"] is True
    assert not morsel["secure"]
    assert not morsel["domain"]


async def test_over_https_the_cookie_is_bound_to_the_host(start: Any) -> None:
    client = await start(domains=("kino.example",))
    headers = {"X-Forwarded-Proto": "https", "Origin": "https://kino.example"}
    response = await client.post("/language", data={"language": "en"}, headers=headers, allow_redirects=False)
    morsel = response.cookies["__Host-session"]
    assert (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"]) == (True, True, "/", "")


async def test_over_https_a_cookie_with_a_plain_name_is_not_believed(start: Any) -> None:
    client = await start()
    planted = cookie({"language": "en"})
    plain = await client.get("/", headers={"Cookie": f"session={planted}"}, allow_redirects=False)
    assert plain.headers["Location"] == "/en/"
    headers = {"Cookie": f"session={planted}", "X-Forwarded-Proto": "https"}
    https = await client.get("/", headers=headers, allow_redirects=False)
    assert https.headers["Location"] == "/uk/"

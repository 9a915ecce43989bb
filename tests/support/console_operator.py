"""An operator before a site's console, and one who stands where the master stands."""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from aiohttp.test_utils import TestClient
from selectolax.lexbor import LexborHTMLParser

from cinestreamd.all_sites import AllSites
from cinestreamd.features.console.sessions import begin, cookie_of, form_token
from cinestreamd.site_state import ProcessState, SiteState
from cinestreamd.sites.password import Cost, keep_password
from cinestreamd.web.keys import Unpaid

PASSWORD = "an evening at the cinema"
SECRET_KEY = "a secret of this test only"


@cache
def kept_password() -> str:
    """What is kept of ``PASSWORD``: made once, and at a low cost."""
    return keep_password(PASSWORD, salt=b"\x01" * 16, cost=Cost(4, 8, 1))


class Console:
    """A site's console before an operator. Forms carry origin and token unless told otherwise."""

    def __init__(self, client: TestClient[Any, Any], now: Callable[[], Any]) -> None:
        self.client = client
        self.origin = str(client.make_url("")).rstrip("/")
        self._now = now
        self._begin()

    def _begin(self) -> None:
        self.operator = begin(self._now())
        self.token = form_token(self.operator, secret_key=SECRET_KEY)
        self.cookie = cookie_of(self.operator, secret_key=SECRET_KEY, password=kept_password())

    def renew(self) -> None:
        """Log in anew, after a long time."""
        self._begin()
        self.log_in()

    def log_in(self) -> None:
        """Have the cookie of a login."""
        self.client.session.cookie_jar.update_cookies({"ops": self.cookie}, self.client.make_url("/"))

    async def page(self, path: str, *, status: int = 200, language: str = "en") -> LexborHTMLParser:
        """A page, parsed."""
        response = await self.client.get(path, headers={"Accept-Language": language}, allow_redirects=False)
        assert (response.status, response.content_type) == (status, "text/html"), path
        return LexborHTMLParser(await response.text())

    async def post(self, path: str, **fields: str) -> Any:
        """Send a form as the console's own page does; answers are not followed."""
        return await self.client.post(
            path, data={"token": self.token, **fields}, headers={"Origin": self.origin}, allow_redirects=False
        )


class Master:
    """Stands where the master stands."""

    def __init__(self) -> None:
        self.told: SiteState | None = SiteState(
            state="serving",
            processes=(
                ProcessState("worker", "ready", 7200.0, 1, 0.5, 8001),
                ProcessState("worker", "backoff", None, 4, 0.0, 8002),
                ProcessState("agent", "running", 4.25, city_id="lviv"),
            ),
            waiting=("odesa",),
            queued=1,
        )
        self.all_told: AllSites | None = None
        self.asked_for_all = 0
        self.retried: list[tuple[str, str | None]] = []
        self.answer: Literal["accepted", "full"] | Unpaid = "accepted"

    async def state(self) -> SiteState | None:
        """What the master tells."""
        return self.told

    async def sites(self) -> AllSites | None:
        """What the master tells of all sites."""
        self.asked_for_all += 1
        return self.all_told

    async def retry(self, city_id: str, cinema_id: str | None) -> Literal["accepted", "full"] | Unpaid:
        """Note what is to be read and give the set answer."""
        self.retried.append((city_id, cinema_id))
        return self.answer

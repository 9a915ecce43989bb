"""One loopback server for tests of whole daemons with a key: the map, cinemas that only Claude can read, and Claude."""

import json
import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent.parent / "agent" / "claude"))
from fake_claude import FakeClaude

KEY = "sk-mark-5f1d0c9be27a4e3384f0d6a1"
"""What it takes for a key: a text that is nowhere else."""

USAGE = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "server_tool_use": None}
PROSE = (
    '<html lang="uk"><body><div>Друзі, дякуємо за тиждень. Отже, {first} збираємось у клубі о 19:30 і дивимось '
    "«Довбуш», а далі, {second} чекаємо всіх о 21:10 на стрічку «Мавка». До зустрічі!</div></body></html>"
)


class DearClaude(FakeClaude):
    """Charges 4,100 millionths of a dollar for each answer."""

    def reply(self, body: dict[str, Any], **changes: Any) -> web.Response:
        """The answer, with a usage that does not depend on its length."""
        return super().reply(body, usage={**USAGE, "input_tokens": 1_000, "output_tokens": 8_000}, **changes)


def create_town(*, base_url: str, clock: Callable[[], datetime], access_log: Path | None = None) -> web.Application:
    """The server. Every city has one cinema on the map; ``/billed`` tells what the fake has charged."""
    assert access_log is not None
    claude = DearClaude()
    claude.key = KEY
    app = claude.app

    async def overpass(request: web.Request) -> web.Response:
        around = re.search(r"around:\d+,([-\d.]+),([-\d.]+)", str((await request.post())["data"]))
        assert around is not None
        lat, lon = around[1], around[2]
        tags = {"amenity": "cinema", "name": "Кіноклуб", "website": f"{base_url}/prose/{lat}/{lon}"}
        element = {"type": "node", "id": 1, "lat": float(lat), "lon": float(lon), "tags": tags}
        return web.json_response({"elements": [element]})

    async def prose(_: web.Request) -> web.Response:
        first, second = (f"{clock() + timedelta(days=days):%d.%m.%Y}" for days in (2, 3))
        return web.Response(text=PROSE.format(first=first, second=second), content_type="text/html")

    async def billed(_: web.Request) -> web.Response:
        found: dict[str, Any] = {"microusd": claude.billed, "calls": len(claude.bodies)}
        return web.Response(text=json.dumps(found))

    app.router.add_post("/overpass", overpass)
    app.router.add_get("/prose/{lat}/{lon}", prose)
    app.router.add_get("/billed", billed)
    return app

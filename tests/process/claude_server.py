"""A fake Claude as a process of its own, which outlives a daemon: ``claude_server.py PORT``. Batches end at once."""

import sys
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent.parent / "agent" / "claude"))
from fake_claude import FakeClaude


def create_claude() -> web.Application:
    """The server. ``/batches`` tells how many batches were handed over."""
    claude = FakeClaude()
    claude.ended = True

    async def batches(_: web.Request) -> web.Response:
        return web.json_response({"batches": len(claude.batches), "calls": len(claude.bodies)})

    claude.app.router.add_get("/batches", batches)
    return claude.app


if __name__ == "__main__":
    web.run_app(create_claude(), host="127.0.0.1", port=int(sys.argv[1]), print=None)

"""The only part of the console that every web worker loads: it knows whether there is one."""

from aiohttp import web

from cinestreamd.web.keys import CONSOLE


async def enter(request: web.Request) -> web.StreamResponse:
    """Anything under /ops: the console, loaded with its first request; where there is none, nothing."""
    if CONSOLE not in request.app:
        raise web.HTTPNotFound
    from cinestreamd.features.console.entrance import answer  # noqa: PLC0415 - most workers never serve the console

    return await answer(request)


ROUTES = (web.route("*", "/ops", enter), web.route("*", "/ops/{tail:.*}", enter))

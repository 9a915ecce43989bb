"""GET /posters/…: films' posters, from this site's own address."""

from typing import Final

from aiohttp import web

from cinestreamd.web.keys import STORE

_FOREVER: Final = "public, max-age=31536000, immutable"
"""The address holds the digest of the pictures: another picture has another address."""


async def show_poster(request: web.Request) -> web.Response:
    """GET /posters/{film}/{digest}/{size}.webp."""
    wanted = request.match_info
    poster = await request.app[STORE].poster(wanted["film"])
    if poster is None or not poster.digest or poster.digest != wanted["digest"]:
        raise web.HTTPNotFound
    picture = poster.small if wanted["size"] == "small" else poster.large
    return web.Response(body=picture, content_type="image/webp", headers={"Cache-Control": _FOREVER})


ROUTES: Final = (web.get("/posters/{film}/{digest:[0-9a-f]{16}}/{size:small|large}.webp", show_poster),)

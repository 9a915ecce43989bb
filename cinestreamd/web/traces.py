"""A span for each request, by its route: the outermost of what a request does."""

from aiohttp import web
from aiohttp.typedefs import Handler

from cinestreamd import tracing
from cinestreamd.web.keys import REQUEST_ID


@web.middleware
async def traces_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Trace the rest of the way. Part of the way only where tracing is on."""
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "unmatched"
    with tracing.span(f"{request.method} {route}", request_id=request[REQUEST_ID]) as current:
        response = await handler(request)
        if current is not None:
            current.set_attribute("http.request.method", request.method)
            current.set_attribute("http.route", route)
            current.set_attribute("http.response.status_code", response.status)
        return response

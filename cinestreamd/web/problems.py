"""Every error's answer: problem+json (RFC 9457) for programs, a page for people, in the visitor's language."""

from collections.abc import Mapping
from http import HTTPStatus
from string import Formatter
from typing import Final, Protocol

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web import RequestKey
from msgspec import Struct

from cinestreamd.errors import CinestreamError, UnavailableError
from cinestreamd.i18n import N_, Language, translations
from cinestreamd.web.keys import REQUEST_ID
from cinestreamd.web.language import VARY, is_language_in_url, language_of
from cinestreamd.web.pages import render_error_page

log = structlog.get_logger(__name__)

_HTTP_MESSAGES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_request", N_("The request cannot be understood.")),
    403: ("forbidden", N_("This is not allowed.")),
    404: ("not_found", N_("There is no such page.")),
    405: ("method_not_allowed", N_("This address does not take that kind of request.")),
    413: ("payload_too_large", N_("The request is too large.")),
    415: ("unsupported_media_type", N_("The request comes in a form that is not accepted here.")),
}
_MACHINE_PATHS: Final = ("/api/", "/healthz", "/readyz")
_UNEXPECTED: Final = N_("Something went wrong on our side. It has been noted.")


class ErrorPage(Protocol):
    """Makes the page that tells a person of an error; ``detail`` is in the visitor's language."""

    def __call__(self, request: web.Request, *, status: int, detail: str) -> web.Response:
        """The page, with this HTTP status."""


ERROR_PAGE: Final[RequestKey[ErrorPage]] = RequestKey("error_page", ErrorPage)
"""Set on a request where people are told of errors otherwise than visitors are."""


class Fault(Struct, frozen=True, kw_only=True):
    """An error on its way out: HTTP status, code for programs, message template (msgid), its fields, extra headers."""

    status: int
    code: str
    message: str
    fields: Mapping[str, object] = {}
    headers: Mapping[str, str] = {}


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document. ``type`` is always about:blank: ``code`` tells the problems apart.

    ``fields`` are the values that ``detail`` was filled with.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: Mapping[str, str | int | float | bool | None] = {}
    request_id: str | None = None


def fault_of(error: Exception) -> Fault:
    """What an exception means to the outside; anything unforeseen is a bare 500 that tells nothing."""
    if isinstance(error, CinestreamError) and (error.status < 500 or isinstance(error, UnavailableError)):
        retry_after = error.fields.get("retry_after")
        return Fault(
            status=error.status,
            code=error.code,
            message=error.message,
            fields=error.fields,
            headers={} if retry_after is None else {"Retry-After": str(retry_after)},
        )
    if isinstance(error, web.HTTPException):
        code, message = _HTTP_MESSAGES.get(error.status, ("bad_request", _HTTP_MESSAGES[400][1]))
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return Fault(status=error.status, code=code, message=message, headers=headers)
    return Fault(status=500, code="internal", message=_UNEXPECTED)


def wants_page(request: web.Request) -> bool:
    """Whether an error is for a person: not under /api/ or a probe, and the client would take HTML."""
    if request.path.startswith(_MACHINE_PATHS):
        return False
    accept = request.headers.get("Accept", "*/*")
    return "text/html" in accept or "json" not in accept


async def answer_fault(request: web.Request, fault: Fault) -> web.Response:
    """The answer that tells ``fault``: never cached, in the visitor's language."""
    detail = translations(language_of(request)).gettext(fault.message).format(**fault.fields)
    if wants_page(request):
        page: ErrorPage = request.get(ERROR_PAGE, render_error_page)
        response = page(request, status=fault.status, detail=detail)
    else:
        response = web.Response(
            status=fault.status,
            body=msgspec.json.encode(_problem(request, fault, detail)),
            content_type="application/problem+json",
        )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language_of(request)
    if not is_language_in_url(request):
        response.headers["Vary"] = VARY
    response.headers["X-Request-Id"] = request[REQUEST_ID]
    response.headers.update(fault.headers)
    return response


def unreadable_answer(status: int, *, language: Language) -> web.Response:
    """The answer to a head of which nothing can be read, neither the visitor's language nor what is accepted."""
    code, message = _HTTP_MESSAGES.get(status, _HTTP_MESSAGES[400])
    problem = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=translations(language).gettext(message),
    )
    return web.Response(
        status=status,
        body=msgspec.json.encode(problem),
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", "Content-Language": language},
    )


def _problem(request: web.Request, fault: Fault, detail: str) -> Problem:
    named = {name for _, name, _, _ in Formatter().parse(fault.message)}
    told = {
        name: value
        for name, value in fault.fields.items()
        if name in named and isinstance(value, str | int | float | None)
    }
    return Problem(
        type="about:blank",
        title=HTTPStatus(fault.status).phrase,
        status=fault.status,
        code=fault.code,
        detail=detail,
        fields=told,
        request_id=request[REQUEST_ID],
    )


@web.middleware
async def errors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into its answer; log once what nobody foresaw."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await answer_fault(request, fault_of(error))
    except Exception as error:  # noqa: BLE001 - the outermost boundary: whatever it is, the visitor gets an answer
        fault = fault_of(error)
        if fault.status >= 500:
            _log_failure(request, error, fault)
        return await answer_fault(request, fault)


def _log_failure(request: web.Request, error: Exception, fault: Fault) -> None:
    """One line: an answer that is only "not now" without, anything else with its traceback; never the URL itself."""
    resource = request.match_info.route.resource
    route = resource.canonical if resource else ""
    fields = {"request_id": request[REQUEST_ID], "method": request.method, "route": route, "code": fault.code}
    if fault.status == 503:
        log.warning("request_unavailable", **fields, reason=str(fault.fields.get("reason", "")))
    else:
        log.error("request_failed", **fields, exc_info=error)

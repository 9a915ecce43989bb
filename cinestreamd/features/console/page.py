"""What every page of the console is made with."""

from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.web import RequestKey
from babel.dates import format_timedelta

from cinestreamd.features.console.sessions import Operator, form_token
from cinestreamd.features.console.words import DONE, WORDS
from cinestreamd.i18n import Language, translations
from cinestreamd.web import formats
from cinestreamd.web.keys import CLOCK, CONSOLE, GAZETTEER, SECRET_KEY, SITE
from cinestreamd.web.language import language_of
from cinestreamd.web.pages import render_private_page

OPERATOR: Final = RequestKey("operator", Operator)
PARAMETERS: Final[RequestKey[dict[str, str]]] = RequestKey("parameters", dict)
NAV: Final = (
    ("/ops/", "Overview"),
    ("/ops/cities", "Cities"),
    ("/ops/cinemas", "Cinemas"),
    ("/ops/runs", "Runs"),
    ("/ops/spending", "Money"),
    ("/ops/journal", "Journal"),
)
"""The addresses of the chief pages and their names (see ``words``)."""
ALL_SITES: Final = ("/ops/sites", "Sites")
"""One more of them, where the console shows all sites."""


class Moments:
    """How moments are told: in the site's timezone and the operator's language."""

    def __init__(self, now: datetime, timezone: str, language: Language) -> None:
        self._now = now
        self._zone = ZoneInfo(timezone)
        self._language = language

    def at(self, moment: datetime) -> str:
        """Day and clock: "21.11.2026 18:00:05"."""
        return f"{moment.astimezone(self._zone):%d.%m.%Y %H:%M:%S}"

    def iso(self, moment: datetime) -> str:
        """For programs."""
        return moment.astimezone(UTC).isoformat(timespec="seconds")

    def ago(self, moment: datetime) -> str:
        """How long ago, or in how long."""
        seconds = (self._now - moment).total_seconds()
        if seconds < 0:
            locale = formats.LOCALES[self._language]
            return format_timedelta(
                -int(seconds), add_direction=True, threshold=1.2, granularity="minute", locale=locale
            )
        return formats.format_age(seconds, self._language)

    def seconds(self, seconds: float) -> str:
        """A length of time: "4.2 s", "3 хв", "5 год"."""
        if seconds < 60:
            return translations(self._language).gettext("%(number)s s") % {"number": f"{seconds:.1f}"}
        locale = formats.LOCALES[self._language]
        return format_timedelta(int(seconds), threshold=1.2, granularity="minute", format="short", locale=locale)


def console_page(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """A page of the console; ``template`` is one of its own."""
    language, site = language_of(request), request.app[SITE]
    text = translations(language)
    operator = request.get(OPERATOR)
    done = request.query.get("done", "")
    frame = {
        "moments": Moments(request.app[CLOCK](), site.settings.timezone, language),
        "word": lambda code: text.gettext(WORDS.get(code, code)),
        "city_name": cache(lambda city_id: city_name(request, city_id)),
        "nav": _nav(request) if operator is not None else (),
        "here": request.path,
        "operator": operator,
        "token": form_token(operator, secret_key=request.app[SECRET_KEY]) if operator is not None else "",
        "site_name": site.name,
        "done": DONE.get(done) and text.gettext(DONE[done]),
    }
    return render_private_page(request, f"console/{template}", {**frame, **context}, status=status)


def show_error(request: web.Request, *, status: int, detail: str) -> web.Response:
    """The page that tells an operator of an error. Asks nothing of the store, which may be what failed."""
    return console_page(request, "problem.html", status=status, number=status, detail=detail, done=None)


def city_name(request: web.Request, city_id: str) -> str:
    """A city's name in the operator's language; its id where the gazetteer has none."""
    city = request.app[GAZETTEER].get(city_id)
    return city_id if city is None else city.names.of(language_of(request))


def _nav(request: web.Request) -> tuple[tuple[str, str], ...]:
    first, *rest = NAV
    return (first, ALL_SITES, *rest) if request.app[CONSOLE].sites is not None else NAV

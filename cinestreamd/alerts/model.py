"""What is wrong, and what is said about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.alerts.words import ENGLISH, Words, say
from cinestreamd.config import AlertSettings, Daemon
from cinestreamd.i18n import N_, Language, N_many

Way = Literal["webhook", "mail"]
SECRETS: Final = "alerts.env"
"""In the state directory: ALERT_WEBHOOK, SMTP_USER, SMTP_PASSWORD. The process that sends opens it, no other."""

Kind = Literal[
    "worker_given_up",
    "city_failing",
    "cinema_failing",
    "cinema_silent",
    "budget_nearly_spent",
    "budget_spent",
    "claude_stopped",
    "certificate_ends",
    "disk_nearly_full",
]
Key = tuple[Kind, str, str]

KINDS_FROM_STORE: Final[frozenset[Kind]] = frozenset(
    {"city_failing", "cinema_failing", "cinema_silent", "budget_nearly_spent", "budget_spent", "claude_stopped"}
)
"""What is known from a site's store: nothing is known of it while that does not answer."""


class Condition(Struct, frozen=True, omit_defaults=True):
    """Something that is wrong now: of a ``site`` (or ""), and of one ``subject`` in it (a city, a cinema, a domain).

    ``text`` is one line of English for people; with ``words`` it can be said in another language. Two conditions with
    the same ``key`` are one that goes on.
    """

    kind: Kind
    site: str
    subject: str
    text: str
    words: Words | None = None

    @property
    def key(self) -> Key:
        """What makes it the same one."""
        return self.kind, self.site, self.subject


class Notice(Struct, frozen=True):
    """What is told of a condition: that it is there, that it still is, or that it is over. Moments are UTC."""

    condition: Condition
    state: Literal["raised", "still", "over"]
    since: datetime
    at: datetime


class HeraldSpec(Struct, frozen=True, kw_only=True):
    """What a herald is to send by one way. ``host`` names this machine."""

    daemon: Daemon
    alerts: AlertSettings
    way: Way
    host: str
    notices: tuple[Notice, ...]


_BEFORE: Final[Mapping[str, str]] = {"raised": "", "still": N_("still: "), "over": N_("over: ")}


def condition(kind: Kind, site: str, subject: str, words: Words) -> Condition:
    """A condition that can be told in every language."""
    return Condition(kind, site, subject, say(words, ENGLISH), words)


def in_language(notices: tuple[Notice, ...], language: Language) -> tuple[Notice, ...]:
    """The notices with their texts in a language, as they are to be sent."""
    return tuple(replace(each, condition=_translated(each.condition, language)) for each in notices)


def _translated(told: Condition, language: Language) -> Condition:
    text = told.text if told.words is None else say(told.words, language)
    return replace(told, text=text, words=None)


def headline(notices: tuple[Notice, ...], language: Language = ENGLISH) -> str:
    """One line over some notices."""
    text = notices[0].condition.text
    over = notices[0].state == "over"
    if len(notices) > 1:
        others = Words(
            *N_many("{text} (and {count} more)", "{text} (and {count} more)"), len(notices) - 1, {"text": text}
        )
        text = say(others, language)
    return plain(f"{say(Words(_BEFORE['over']), language) if over else ''}{text}")


def lines(notices: tuple[Notice, ...], language: Language = ENGLISH) -> list[str]:
    """One line a notice."""
    return [plain(_line(each, language)) for each in notices]


def _line(notice: Notice, language: Language) -> str:
    before = _BEFORE[notice.state]
    since = say(Words(N_("(since {since})"), fields={"since": f"{notice.since:%m-%d %H:%M}"}), language)
    text = (say(Words(before), language) if before else "") + notice.condition.text
    return f"{notice.at:%Y-%m-%d %H:%M} UTC  {text} {since}"


def plain(text: str) -> str:
    """``text`` on one line, without characters that a terminal or a mail's head would obey."""
    return "".join(character if character.isprintable() else " " for character in text)

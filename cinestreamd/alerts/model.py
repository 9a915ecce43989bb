"""What is wrong, and what is said about it."""

from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from cinestreamd.config import AlertSettings, Daemon

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


class Condition(Struct, frozen=True):
    """Something that is wrong now: of a ``site`` (or ""), and of one ``subject`` in it (a city, a cinema, a domain).

    ``text`` is one line of English for people. Two conditions with the same ``key`` are one that goes on.
    """

    kind: Kind
    site: str
    subject: str
    text: str

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


def headline(notices: tuple[Notice, ...]) -> str:
    """One line over some notices."""
    first = notices[0].condition
    more = f" (and {len(notices) - 1} more)" if len(notices) > 1 else ""
    over = "over: " if notices[0].state == "over" else ""
    return plain(f"{over}{first.text}{more}")


def lines(notices: tuple[Notice, ...]) -> list[str]:
    """One line a notice."""
    words = {"raised": "", "still": "still: ", "over": "over: "}
    return [
        plain(
            f"{each.at:%Y-%m-%d %H:%M} UTC  {words[each.state]}{each.condition.text} (since {each.since:%m-%d %H:%M})"
        )
        for each in notices
    ]


def plain(text: str) -> str:
    """``text`` on one line, without characters that a terminal or a mail's head would obey."""
    return "".join(character if character.isprintable() else " " for character in text)

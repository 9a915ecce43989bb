"""How the console calls what records name by a code."""

from collections.abc import Mapping
from typing import Final

from cinestreamd.i18n import N_

WORDS: Final[Mapping[str, str]] = {
    # pages
    "Overview": N_("Overview"),
    "Cities": N_("Cities"),
    # a city's data
    "fresh": N_("fresh"),
    "processing": N_("being read"),
    "stale": N_("old"),
    # when a city is read next
    "under_way": N_("is being read"),
    "rests": N_("rests after a failure"),
    "due": N_("is due"),
    "daily": N_("daily refresh"),
    "on_demand": N_("when asked for"),
    # processes
    "worker": N_("web worker"),
    "agent": N_("agent"),
    "ready": N_("ready"),
    "starting": N_("starting"),
    "backoff": N_("waits to be started again"),
    "draining": N_("finishing"),
    "stuck": N_("stuck"),
    "overdue": N_("overdue"),
    "stopped": N_("stopped"),
    "fatal": N_("given up"),
    "serving": N_("serving"),
    "running": N_("running"),
    # how a run ended, and what started it
    "published": N_("published"),
    "empty": N_("nothing on"),
    "failed": N_("failed"),
    "lost": N_("lost"),
    "visitor": N_("a visitor"),
    "refresh": N_("daily refresh"),
    "operator": N_("an operator"),
    "recheck": N_("recheck"),
    "batch": N_("answers of a batch"),
    # Claude's access
    "unauthorised": N_("the key is refused"),
    "spend_limit": N_("the account’s limit is reached"),
    # the journal
    "login": N_("logged in"),
    "logout": N_("logged out"),
}

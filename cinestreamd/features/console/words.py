"""How the console calls what records name by a code."""

from collections.abc import Mapping
from typing import Final

from cinestreamd.i18n import N_

WORDS: Final[Mapping[str, str]] = {
    # pages
    "Overview": N_("Overview"),
    "Sites": N_("Sites"),
    "Cities": N_("Cities"),
    "Cinemas": N_("Cinemas"),
    "Runs": N_("Runs"),
    "Money": N_("Money"),
    "Journal": N_("Journal"),
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
    # how a cinema is, and how a reading of it ended
    "answers": N_("answers"),
    "nothing_on": N_("answers, nothing on"),
    "quarantined": N_("held back"),
    "failing": N_("fails"),
    "unread": N_("not read yet"),
    "paused": N_("paused"),
    "blocked": N_("blocked"),
    "unreachable": N_("does not answer"),
    "refused_by_robots": N_("robots.txt forbids it"),
    "unreadable": N_("cannot be read"),
    "unchanged": N_("unchanged"),
    "collapsed": N_("far fewer showings than usual"),
    "batch_pending": N_("waits for an answer"),
    "deadline": N_("out of time"),
    "no_reader": N_("no reader understands it"),
    "low_confidence": N_("poorly understood"),
    "no_cinema_read": N_("no cinema could be read"),
    # where a cinema comes from
    "config": N_("the site’s settings"),
    "openstreetmap": N_("OpenStreetMap"),
    "claude": N_("a web search"),
    # why a row was refused
    "title_missing": N_("no title"),
    "title_not_on_page": N_("title not on the page"),
    "time_not_on_page": N_("time not on the page"),
    "date_assumed": N_("no day named"),
    "in_the_past": N_("past"),
    "too_far_ahead": N_("too far ahead"),
    "other_venue": N_("another cinema’s"),
    "no_such_local_time": N_("no such time on that day"),
    "duplicate": N_("a double"),
    # stages of a run, and of calls
    "discover": N_("finding cinemas"),
    "read": N_("reading"),
    "hand_over": N_("handing over"),
    "titles": N_("titles"),
    "publish": N_("publishing"),
    "discovery": N_("search for cinemas"),
    "extraction": N_("reading of pages"),
    # Claude's access
    "unauthorised": N_("the key is refused"),
    "spend_limit": N_("the account’s limit is reached"),
    # the journal
    "login": N_("logged in"),
    "logout": N_("logged out"),
    "city_retry": N_("had a city read"),
    "cinema_recheck": N_("had a cinema read"),
    "cinema_pause": N_("paused a cinema"),
    "cinema_block": N_("blocked a cinema"),
    "cinema_resume": N_("had a cinema go on"),
    "cinema_release": N_("believed what was held back"),
    "showtime_correct": N_("corrected a showing"),
    "showtime_revert": N_("took a correction back"),
    # what of a showing is corrected
    "start": N_("Begins"),
    "film": N_("Film"),
    "room": N_("Hall"),
    "format": N_("Format"),
    "availability": N_("Tickets"),
    "hidden": N_("there is no such showing"),
    "available": N_("to be had"),
    "sold_out": N_("sold out"),
    "cancelled": N_("cancelled"),
}

DONE: Final[Mapping[str, str]] = {
    "city_retry": N_("The city will be read in a moment."),
    "cinema_recheck": N_("The cinema will be read in a moment."),
    "cinema_pause": N_("The cinema is not read any more; what is known stays."),
    "cinema_block": N_("The cinema is neither read nor shown any more."),
    "cinema_resume": N_("The cinema is read again, from the next reading of its city on."),
    "cinema_release": N_("The cinema will be read in a moment, and believed for two hours."),
    "showtime_correct": N_("The showing is corrected, also for the readings to come."),
    "showtime_revert": N_("The showing is as its page has it."),
}
"""What a page says after something was done."""

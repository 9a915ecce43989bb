"""The websites of the seven fictional cinemas: one folder each, with its own programme, templates and style sheet."""

from typing import Final

from cinestreamd.demo.sites import heron_dock, lantern, levandia, mayak, pid_cytadelliu, pidzamche, zirka_podil
from cinestreamd.demo.website import CinemaWebsite

WEBSITES: Final[tuple[CinemaWebsite, ...]] = (
    zirka_podil.WEBSITE,
    mayak.WEBSITE,
    levandia.WEBSITE,
    pid_cytadelliu.WEBSITE,
    pidzamche.WEBSITE,
    lantern.WEBSITE,
    heron_dock.WEBSITE,
)

"""Sites that sell tickets for cinemas other than themselves, by registrable domain."""

from typing import Final

TICKETING_SITES: Final = frozenset({
    "18tickets.it", "2tickets.it", "activetickets.com", "admit-one.eu", "agiletix.com", "allocine.fr",
    "atomtickets.com", "bilet.ro", "bilety24.pl", "biletyna.pl", "billetto.co.uk", "billetto.dk", "cinemaware.eu",
    "cinetixx.de", "cineticket.ch", "compraentradas.com", "concert.ua", "cotecine.com", "dice.fm", "ebillet.dk",
    "ekobilet.pl", "elevent.co", "entertix.ro", "entradas.com", "eventbook.ro", "eventbrite.co.uk",
    "eventbrite.com", "eventbrite.de", "eventbrite.fr", "eventer.co.il", "eventim.de", "eventive.org", "evenea.pl",
    "fandango.com", "fienta.com", "filmbot.com", "fnacspectacles.com", "formovietickets.com", "goout.net",
    "iabilet.ro", "internet-bilet.ua", "internet-ticketing.com", "karabas.com", "kasa.in.ua", "kicket.com",
    "kino-teatr.ua", "kinoheld.de", "kinotickets.express", "kontramarka.ua", "leaan.co.il", "moncinepass.fr",
    "nortic.se", "reservaentradas.com", "sacatuentrada.es", "savoysystems.co.uk", "smarticket.co.il", "soldout.ua",
    "spektrix.com", "systembiletowy.pl", "tickchak.co.il", "ticketingcine.fr", "ticketleap.com", "ticketmaster.ca",
    "ticketmaster.co.uk", "ticketmaster.com", "ticketmaster.cz", "ticketmaster.de", "ticketmaster.es",
    "ticketmaster.fr", "ticketmaster.ie", "ticketmaster.pl", "ticketmatic.com", "ticketone.it", "ticketportal.cz",
    "ticketportal.sk", "tickets.ua", "ticketsbox.com", "ticketsolve.com", "ticketsource.co.uk", "ticketsource.com",
    "ticketsource.eu", "ticketstore.ro", "tickster.com", "tix.is", "veezi.com", "visualticket.pl",
    "vivaticket.com", "vivenu.com", "vkino.com.ua", "vkino.ua", "webtic.it", "weezevent.com",
})  # fmt: skip

"""Sites that list many cinemas, or speak of them, and are no cinema's own; by registrable domain."""

from typing import Final

AGGREGATORS: Final = frozenset({
    "2gis.com", "2gis.ru", "2gis.ua", "afisha.ru", "allevents.in", "apple.com", "bilheteira.pt", "bing.com",
    "booking.com", "cinema.com.ua", "cinemaclock.com", "cinemas-online.co.uk", "cinematreasures.org", "cineuropa.org",
    "comingsoon.it", "csfd.cz", "culture.pl", "ecartelera.com", "edem.in.ua", "facebook.com", "filmstarts.de",
    "filmweb.pl", "find-open.com", "flicks.co.nz", "flicks.co.uk", "flicks.com.au", "flix.gr", "foursquare.com",
    "gismeteo.ua", "google.com", "ilvostrocinema.it", "imdb.com", "instagram.com", "internet-bilet.ua", "kino-zeit.de",
    "kino.de", "kino.pl", "kinoafisha.info", "kinoafisha.ua", "kinofilms.ua", "kinokopilka.pro", "kinometro.ru",
    "kinopoisk.ru", "kinorium.com", "kinoteatr.ru", "letterboxd.com", "linkedin.com", "lonelyplanet.com", "mapy.cz",
    "metacritic.com", "moviefone.com", "moviepilot.de", "moviesguide.com.ua", "mymovies.it", "naekranie.pl",
    "openstreetmap.org", "pinterest.com", "premiere.fr", "reddit.com", "repertuary.pl", "ria.com", "rottentomatoes.com",
    "sensacine.com", "showtimes.com", "sinemalar.com", "telegram.org", "threads.net", "tiktok.com", "timeout.com",
    "tripadvisor.co.uk", "tripadvisor.com", "tripadvisor.ru", "t.me", "trovacinema.it", "tvgid.ua", "twitter.com",
    "viamichelin.com", "visitukraine.today", "waze.com", "wikidata.org", "wikimedia.org", "wikipedia.org",
    "wikivoyage.org", "x.com", "yandex.com", "yandex.ru", "yandex.ua", "yell.com", "yelp.com", "youtube.com",
})  # fmt: skip

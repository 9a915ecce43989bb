"""Showings as search engines read them: schema.org's ScreeningEvent, Movie and MovieTheater in JSON-LD."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec
from markupsafe import Markup

from cinestreamd.features.guide.listing import cinema_name
from cinestreamd.features.guide.programme import Programme
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.store.base import Cinema, Film, Price, Showtime
from cinestreamd.web.formats import currency_digits
from cinestreamd.web.text import clean_text, safe_link
from cinestreamd.web.urls import cinema_path, film_path, poster_path

MAX_EVENTS: Final = 100
"""Showings that one page tells search engines of, the next ones first."""

CITY_EVENTS: Final = 20
"""Showings that a city's page tells of: the pages of its films and cinemas tell of all."""

_SCHEMA: Final = "https://schema.org/"
_SCHEDULED: Final = f"{_SCHEMA}EventScheduled"
_CANCELLED: Final = f"{_SCHEMA}EventCancelled"
_OFFLINE: Final = f"{_SCHEMA}OfflineEventAttendanceMode"
_ENCODER: Final = msgspec.json.Encoder()


def structured_data(
    programme: Programme,
    view: Viewpoint,
    base_url: str,
    *,
    films: Iterable[Film] = (),
    cinemas: Iterable[Cinema] = (),
    limit: int = MAX_EVENTS,
) -> Markup:
    """What is still to come, as the content of a script element: it holds no character that could end the element.

    ``films`` and ``cinemas`` are told of even when nothing of them is to come. Empty when there is nothing to tell.
    """
    rows = [row for row in programme.showtimes if row.start_time > view.now][:limit]
    told_films = {film.id: film for film in [*films, *(programme.films[row.film_id] for row in rows)]}
    told_cinemas = {each.id: each for each in [*cinemas, *(programme.cinemas[row.cinema_id] for row in rows)]}
    city = view.location.id
    film_urls = {each: base_url + film_path(view.language, city, each) for each in told_films}
    cinema_urls = {each: base_url + cinema_path(view.language, city, each) for each in told_cinemas}
    names = {film.id: clean_text(film.titles.of(view.language)) for film in told_films.values()}
    graph = [
        *(
            _movie(film, names[film.id], film_urls[film.id]) | _image(film, programme.posters.get(film.id), base_url)
            for film in told_films.values()
        ),
        *(_theater(cinema, view, cinema_urls[cinema.id]) for cinema in told_cinemas.values()),
        *(
            _screening(row, told_films[row.film_id], names[row.film_id], film_urls[row.film_id], view)
            | {"location": {"@id": cinema_urls[row.cinema_id]}}
            for row in rows
        ),
    ]
    if not graph:
        return Markup()
    text = _ENCODER.encode({"@context": "https://schema.org", "@graph": graph}).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - no markup


def _movie(film: Film, name: str, url: str) -> dict[str, Any]:
    original = clean_text(film.titles.original)
    told: dict[str, Any] = {"@type": "Movie", "@id": url, "url": url, "name": name}
    if original != name:
        told["alternateName"] = original
    if film.year:
        told["dateCreated"] = str(film.year)
    if film.duration_minutes:
        told["duration"] = f"PT{film.duration_minutes}M"
    return told


def _image(film: Film, poster: str | None, base_url: str) -> dict[str, str]:
    """A film's poster as this site has it, else where a cinema has it."""
    image = f"{base_url}{poster_path(film.id, poster)}/large.webp" if poster else safe_link(film.poster_url)
    return {"image": image} if image else {}


def _theater(cinema: Cinema, view: Viewpoint, url: str) -> dict[str, Any]:
    location = view.location
    address = {
        "@type": "PostalAddress",
        "addressLocality": location.names.of(view.language),
        "addressCountry": location.country,
    }
    if cinema.address:
        address["streetAddress"] = clean_text(cinema.address)
    name = cinema_name(cinema, view.language)
    told: dict[str, Any] = {"@type": "MovieTheater", "@id": url, "url": url, "name": name, "address": address}
    if cinema.lat is not None and cinema.lon is not None:
        told["geo"] = {"@type": "GeoCoordinates", "latitude": cinema.lat, "longitude": cinema.lon}
    if website := safe_link(cinema.url):
        told["sameAs"] = website
    return told


def _screening(row: Showtime, film: Film, name: str, film_url: str, view: Viewpoint) -> dict[str, Any]:
    start = row.start_time.astimezone(view.zone)
    cancelled = row.availability == "cancelled"
    told: dict[str, Any] = {
        "@type": "ScreeningEvent",
        "name": name,
        "url": f"{film_url}#s-{row.id}" if row.id.isascii() and row.id.isprintable() else film_url,
        "startDate": start.isoformat(timespec="minutes"),
        "eventStatus": _CANCELLED if cancelled else _SCHEDULED,
        "eventAttendanceMode": _OFFLINE,
        "workPresented": {"@id": film_url},
    }
    if film.duration_minutes:
        end = (row.start_time + timedelta(minutes=film.duration_minutes)).astimezone(view.zone)
        told["endDate"] = end.isoformat(timespec="minutes")
    if row.format:
        told["videoFormat"] = clean_text(row.format, 30)
    if row.language:
        told["inLanguage"] = clean_text(row.language, 30)
    if row.subtitles:
        told["subtitleLanguage"] = clean_text(row.subtitles, 30)
    if not cancelled and (offer := _offer(row)):
        told["offers"] = offer
    return told


def _offer(row: Showtime) -> dict[str, Any] | None:
    link = safe_link(row.buy_link)
    if link is None and row.price is None:
        return None
    offer: dict[str, Any] = {
        "@type": "Offer",
        "availability": f"{_SCHEMA}{'SoldOut' if row.availability == 'sold_out' else 'InStock'}",
    }
    if link:
        offer["url"] = link
    if row.price:
        offer.update(_price(row.price))
    return offer


@lru_cache(maxsize=64)
def _price(price: Price) -> Mapping[str, str]:
    low, high = (_units(minor, price.currency) for minor in (price.min, price.max))
    currency = {"priceCurrency": clean_text(price.currency, 12)}
    if low == high:
        return {**currency, "price": low}
    return {**currency, "@type": "AggregateOffer", "lowPrice": low, "highPrice": high}


def _units(minor: int, currency: str) -> str:
    """An amount in whole units with a point: "180", "12.50"."""
    digits = currency_digits(currency)
    return str(minor // 10**digits) if minor % 10**digits == 0 else str(Decimal(minor).scaleb(-digits))

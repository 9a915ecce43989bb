"""What the name of a JSON field says of its value."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

LANGUAGE = re.compile(
    "(?:uk|ua|en|ru|pl|de|fr|es|it|he|cs|cz|ro|hu|nl|pt|sv|da|no|fi|el|bg|sk|tr|ja|ko|zh|lt|lv|et|ka)(?:[-_][A-Za-z]{2})?"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")

_ACCENTED = re.compile("[\u00c0-\u024f]")
FILM_STEMS = ("film", "movie", "pelicul", "pellicol", "elokuv")

NEVER_A_START = frozenset([
    "price", "prices", "amount", "cost", "fee", "fees", "tax", "face",
    "end", "ends", "ended", "ending", "finish", "pub", "publish", "published", "publication", "created", "creation",
    "updated", "update", "modified", "changed", "release", "released", "expire", "expires", "expiry", "sale",
    "sales", "presale", "valid", "deadline", "birth", "synced", "fetched", "generated", "embargo", "registration",
    "admission", "doors", "einlass", "selling", "sell", "onsale", "announce", "announced", "announcement",
])  # fmt: skip
NOT_A_START = frozenset([
    "end", "ends", "ended", "ending", "finish", "finishes", "finished", "publish", "published", "publication",
    "created", "create", "creation", "updated", "update", "modified", "changed", "release", "released", "premiere",
    "expire", "expires", "expiry", "expiration", "sale", "sales", "close", "closes", "closing", "closed", "birth",
    "until", "to", "valid", "deadline", "synced", "sync", "cached", "fetched", "generated", "build", "built",
    "lastmod", "last", "registered", "login", "purchase", "order", "booking", "bookable", "duration", "length",
    "runtime", "offset", "opening", "opens", "open", "hours", "doors", "door", "fin", "koniec", "konec", "ende",
    "hasta", "bis", "first", "next", "min", "max", "earliest", "latest", "trailer", "advert", "preview", "refund",
    "cutoff", "reminder",
])  # fmt: skip
STARTS = frozenset([
    "start", "starts", "begin", "begins", "beginning", "showtime", "showtimes", "session", "sessions", "screening",
    "performance", "projection", "datetime", "time", "times", "when", "t", "ts", "st", "timestamp", "epoch", "unix",
    "show", "event", "hour", "hours", "heure", "horario", "hora", "uhrzeit", "zeit", "godzina", "czas", "cas",
    "seance", "seans", "date", "day", "at", "moment", "schedule", "start_time", "starttime", "startdate",
    "startdatetime", "showdate", "showdatetime", "beginn", "anfang", "anfangszeit", "beginnzeit", "ora", "orario",
    "orari", "inizio", "horas", "horarios", "sesion", "sesiones", "funcion", "funciones", "sessao", "sessoes", "hodina",
    "vrijeme", "vreme", "aika", "kellonaika", "klokkeslett", "tidspunkt", "tid", "tijd", "tijdstip", "aanvang",
    "aanvangstijd", "idopont", "kezdes", "laikas", "laiks", "algus", "saat", "iso", "seansas",
    "vorstellung", "vorstellungen",
    "horaire", "horaires", "seances",
    "comienzo", "inicio", "início", "debut", "début", "poczatek", "początek", "rozpoczecie", "zacatek", "začátek",
    "zaciatok", "pocetak", "početak", "termin", "termín", "zeitpunkt", "spielzeit", "spielzeiten", "dateheure",
    "fechahora", "datahora", "pochatok", "nachalo", "seansy", "alkamisaika", "starttid", "begintijd", "speeltijd",
    "baslangic", "başlangıç", "inceput", "început", "pradzia", "pradžia", "sakums", "sākums", "pase", "pases", "chas",
    "clock", "hhmm", "uhr", "godz", "kello", "klocka", "vremya", "pochatku", "jam", "mulai", "starter",
    "startar", "alkaa", "incepe", "enarxi", "zacetek", "naytos", "naytokset", "provoles", "projekcije", "projekcii",
    "visning", "visninger", "esitys", "predstava", "predstave", "predstavenie", "время", "час", "сеанс", "сеанси",
    "сеансы", "начало", "початок",
])  # fmt: skip
LOCAL = frozenset(["local", "wall"])
UTC_WORDS = frozenset(["utc", "gmt"])
DAY_WORDS = frozenset([
    "date", "day", "businessday", "businessdate", "showdate", "dates", "days", "datum", "fecha", "data", "jour",
    "dia", "dzien", "ymd", "yyyymmdd", "when", "giorno", "tag", "dag", "dato", "den", "nap", "gun", "tarih", "zi",
    "tanggal", "imerominia", "imera", "iso", "spieltag", "dzień", "день", "päivä", "paiva", "diena", "kuupaev", "дата",
])  # fmt: skip
FILM = frozenset([
    "film", "films", "movie", "movies", "title", "titles", "feature", "production", "work", "event", "events",
    "show", "performance", "program", "programme", "item", "content", "pelicula", "filme", "kino", "picture",
    "attraction", "presented", "presentation", "peli", "elokuva", "filmas", "filmai", "filmi", "pellicola",
    "фільм", "фильм",
])  # fmt: skip
NOT_A_FILM = frozenset([
    "type", "types", "format", "formats", "screen", "auditorium", "hall", "room", "venue", "theatre", "theater",
    "cinema", "cinemas", "site", "location", "city", "language", "languages", "attribute", "attributes", "tag",
    "tags", "genre", "genres", "category", "categories", "rating", "certificate", "director", "directors", "cast",
    "actor", "actors", "person", "people", "country", "distributor", "price", "prices", "ticket", "tickets", "seat",
    "seats", "image", "images", "poster", "media", "user", "author", "organizer", "organizers", "organisation",
    "organization", "company", "brand", "operator", "complex", "region", "state", "zone", "area", "status",
    "technology", "version", "versions", "sala", "salle", "saal", "zal", "day", "days", "date", "dates", "menu",
    "link", "links", "seo", "meta", "series", "season", "currency", "provider", "studio", "studios", "trailer",
    "trailers", "accessibility", "banner", "page", "block", "section", "widget", "newsletter", "gallery", "review",
    "reviews", "crew", "subtitle", "subtitles", "audio", "promotion", "promotions", "offer", "offers", "label",
    "labels", "cinemagroup", "template",
])  # fmt: skip
ROOM = frozenset([
    "screen", "auditorium", "hall", "room", "sala", "salle", "saal", "zal", "screenname", "screen_name", "hallname",
    "hall_name", "theatre", "theater",
])  # fmt: skip


@lru_cache(maxsize=8_192)
def key_words(key: str) -> tuple[str, ...]:
    """``filmStartsAt`` → ("film", "starts", "at"); snake, kebab and camel case alike, at most twelve words.

    Latin letters lose their accents: ``título`` is one word, and the same as ``titulo``.
    """
    plain = key[:80]
    if not plain.isascii():
        plain = _ACCENTED.sub(lambda found: unicodedata.normalize("NFKD", found[0])[0], plain)
    return tuple(word.casefold() for word in _WORD.findall(plain)[:12])


def speak_of_film(words: Collection[str]) -> bool:
    """Whether the words of a field's name speak of films: "movie", "filmek", "elokuvat"."""
    return any(word in FILM or word.startswith(FILM_STEMS) for word in words)


@lru_cache(maxsize=8_192)
def start_score(key: str) -> float:
    """How much a field's name speaks for being when a showing begins; negative when it says something else."""
    words = key_words(key)
    score = 0.0
    if any(word in STARTS for word in words):
        score += 2
    of_film = len(words) > 1 and any(word in ("film", "feature") for word in words)
    # The film begins after the advertisements, the showing before them.
    if not of_film and any(word.startswith(("start", "begin", "showtime", "showdate")) for word in words):
        score += 2
    if any(word in LOCAL for word in words):
        score += 1
    if any(word in UTC_WORDS for word in words):
        score -= 0.5
    if of_film:
        score -= 0.25
    if "business" in words or "businessdate" in words:
        score -= 1
    begins = any(word.startswith(("start", "begin")) for word in words)
    denied = any(word in NEVER_A_START for word in words) or (not begins and any(word in NOT_A_START for word in words))
    score -= 6 if denied else 0
    return score


@lru_cache(maxsize=8_192)
def title_score(key: str) -> float:
    """How much a field's name speaks for holding a film's title; 0 for no."""
    words = key_words(key)
    joined = "".join(words)
    if any(word in NOT_A_FILM for word in words):
        return 0
    if joined in _TITLE_KEYS:
        return _TITLE_KEYS[joined]
    film = speak_of_film(words)
    if film and words[-1] in ("title", "name", "titel", "nazwa", "titulo"):
        return 7
    if len(words) > 1 and LANGUAGE.fullmatch(words[-1]):
        return max(0.0, _TITLE_KEYS.get(joined[:-2], 0.0) - 0.2)
    return 0


_TITLE_KEYS = {
    "title": 6.0,
    "titel": 6.0,
    "titre": 6.0,
    "titulo": 6.0,
    "titolo": 6.0,
    "tytul": 6.0,
    "nazev": 6.0,
    "nazwa": 5.0,
    "nazva": 5.0,
    "nazov": 6.0,
    "naziv": 6.0,
    "naslov": 6.0,
    "otsikko": 6.0,
    "tittel": 6.0,
    "nimi": 5.0,
    "nome": 4.0,
    "pavadinimas": 6.0,
    "nosaukums": 6.0,
    "pealkiri": 6.0,
    "baslik": 5.0,
    "filmcim": 7.0,
    "filmnev": 7.0,
    "nazwafilmu": 8.0,
    "назва": 6.0,
    "название": 6.0,
    "titlu": 6.0,
    "titlos": 6.0,
    "cim": 6.0,
    "nazvanie": 6.0,
    "zaglavie": 6.0,
    "judul": 6.0,
    "nimetus": 5.0,
    "titill": 6.0,
    "navn": 4.0,
    "namn": 4.0,
    "filmadi": 7.0,
    "denumire": 5.0,
    "n": 2.0,
    "t": 2.6,
    "bezeichnung": 5.0,
    "libelle": 4.0,
    "nm": 3.0,
    "ttl": 3.0,
    "mname": 6.0,
    "movienm": 7.0,
    "filmtitle": 8.0,
    "filmtitel": 8.0,
    "filmtitre": 8.0,
    "movietitle": 8.0,
    "filmname": 8.0,
    "moviename": 8.0,
    "eventtitle": 7.0,
    "eventname": 6.0,
    "showtitle": 7.0,
    "displaytitle": 6.5,
    "localtitle": 6.5,
    "name": 4.0,
    "nombre": 4.0,
    "nom": 4.0,
    "displayname": 4.0,
    "headline": 3.5,
    "caption": 2.0,
    "label": 1.5,
    "summary": 2.5,
    "originaltitle": 2.5,
    "titleoriginal": 2.5,
    "originalname": 2.0,
    "filme": 5.0,
    "pelicula": 5.0,
    "spectacle": 4.0,
    "movie": 5.0,
    "film": 5.0,
    "filmfull": 5.0,
    "shorttitle": 3.0,
    "titleshort": 3.0,
    "alternativetitle": 1.5,
    "internationaltitle": 2.0,
    "attributestitle": 5.0,
}

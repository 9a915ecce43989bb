"""The words by which a page shows that it is about films: in the languages of the cinemas that are read."""

import re

_MOST_TEXT = 200_000
_FILM_WORDS = re.compile(
    r"film|movie|cinema|cinéma|kino|кіно|кино|фильм|фільм|сеанс|screening|showtime|séance|seans|película|pelicula|sesion|"
    r"sesión|filme|sessão|spettacol|proiezion|vorstellung|spielplan|leinwand|bioscoop|voorstelling|biograf|visning|"
    r"κινηματογρ|σινέ|tainia|cinematogr|кинемат|elokuva|näytös|vetítés|mozi|ταινί|σινεμά|προβολ|sinema|kinas|seansas|kina|projekcij|film|סרט|קולנוע|הקרנ|"
    r"\bcine\b|\bbio\b|salle|\bsala\b|\bsaal\b|\bзал\b|فيلم|سينما|映画|上映|シアター|电影|電影|影院|影城|상영|영화|시네마|cartelera|repertuar",
    re.IGNORECASE,
)


def speaks_of_films(text: str) -> bool:
    """Whether a text uses any word of films or cinemas."""
    return _FILM_WORDS.search(text, 0, _MOST_TEXT) is not None

"""The words by which a page shows that it is about films: in the languages of the cinemas that are read."""

import re

_MOST_TEXT = 200_000
_FILM_WORDS = re.compile(
    r"film|movie|cinema|cinéma|kino|кіно|кино|фильм|фільм|сеанс|screening|showtime|séance|seans|película|pelicula|sesion|"
    r"sesión|filme|sessão|spettacol|proiezion|vorstellung|spielplan|leinwand|bioscoop|voorstelling|biograf|visning|"
    r"κινηματογρ|σινέ|tainia|cinematogr|кинемат|elokuva|näytös|vetítés|mozi|ταινί|σινεμά|προβολ|sinema|kinas|seansas|kina|projekcij|film|סרט|קולנוע|הקרנ|"
    r"\bcine\b|\bbio\b|salle|\bsala\b|\bsaal\b|\bзал\b|فيلم|سينما|映画|上映|シアター|电影|電影|影院|影城|상영|영화|시네마|cartelera|repertuar"
)


def speaks_of_films(text: str) -> bool:
    """Whether a text uses any word of films or cinemas."""
    return _FILM_WORDS.search(text[:_MOST_TEXT].lower()) is not None


_CINEMA = re.compile(
    r"(?<![^\W\d_])(?:multi|film|арт)?(?:cinemas?|cinémas?|cin[eé]s?|cinema\w{1,8}|cine\w{3,9}|kinos?|kino\w{3,8}|bios?|biograf\w*|"
    r"bioscoop|filmtheater|filmpalast|lichtspiele|sinema\w*|mozi|multiplex|talkies|multikino|kinoteatr\w*|кінотеатр\w*|кинотеатр\w*|"
    r"кіно|кино|кіно\w{3,8}|кино\w{3,8}|мультиплекс|movie theat(?:er|re)|picturehouse|odeon|קולנוע|سينما)(?![^\W\d_])",
    re.IGNORECASE,
)


def names_cinema(text: str) -> bool:
    """Whether a short text has a word by which cinemas are named."""
    return _CINEMA.search(text[:200]) is not None


_OTHER_KIND = re.compile(
    r"(?<![^\W\d_])(?:workshops?|courses?|kurse?|classe?s?|exhibitions?|výstav\w*|wystaw\w*|виставк\w*|выставк\w*|"
    r"ausstellung\w*|lectures?|přednášk\w*|лекці\w*|лекци\w*|quiz|yoga|ateliers?|taller(?:es)?|meetings?)(?![^\W\d_])",
    re.IGNORECASE,
)


def names_other_kind(text: str) -> bool:
    """Whether a short text says that something is a course, an exhibition, a talk or the like, and no film."""
    return _OTHER_KIND.search(text[:200]) is not None

"""How pages call a picture the poster of a film, in the languages of cinemas: "Poster of Dune", "Дюна – постер"."""

import re
from typing import Final

# The word itself, and what may join it to the title.
_WORDS: Final = {
    "(?:(?:film|movie) ?)?poster": "of|for",
    "постер": "(?:до )?фільму|к фильму",
    "афіша": "фільму",
    "афиша": "фильма",
    "плакат": "(?:до )?фільму",
    "plakat": "filmu",
    "filmplakat": "",
    "affiche": "du film",
    "cartel": "de",
    "locandina": "del film",
    "afiș": "",
    "plakát": "filmu",
}
_JOINED: Final = "|".join(f"{word}(?: (?:{of}))?" if of else word for word, of in _WORDS.items())

POSTER: Final = "|".join(_WORDS)
"""An expression for the word, in lower case."""
POSTER_OF: Final = re.compile(rf"^(?:{_JOINED}|image|bild)[\s:–-]+", re.IGNORECASE)
"""What stands before a title."""

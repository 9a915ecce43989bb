"""Film titles as cinemas print them, cleaned of what is not title: format, sound, subtitles, age mark, year.

``clean_title("Дюна: Частина друга (16+) [мовою оригіналу] IMAX 3D")`` is "Дюна: Частина друга" with format "IMAX 3D",
original language. Only words known to be marks go; a bracket that holds anything else stays part of the title.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from msgspec import Struct

from cinestreamd.agent.languages import UNDETERMINED, language_of_word

LONGEST: Final = 300

# How each format is written in the guide; the order is the order in which several are joined.
FORMATS: Final[dict[str, str]] = {
    "imax": "IMAX",
    "4dx": "4DX",
    "mx4d": "MX4D",
    "screenx": "ScreenX",
    "screen x": "ScreenX",
    "dolby cinema": "Dolby Cinema",
    "dolby atmos": "Dolby Atmos",
    "atmos": "Dolby Atmos",
    "dolby vision": "Dolby Vision",
    "dolby": "Dolby",
    "d-box": "D-BOX",
    "dbox": "D-BOX",
    "hfr": "HFR",
    "70mm": "70mm",
    "70 mm": "70mm",
    "35mm": "35mm",
    "35 mm": "35mm",
    "16mm": "16mm",
    "laser": "Laser",
    "4k": "4K",
    "vip": "VIP",
    "lux": "LUX",
    "relux": "RELUX",
    "superscreen": "Superscreen",
    "plf": "PLF",
    "rpx": "RPX",
    "xd": "XD",
    "4d": "4D",
    "3d": "3D",
    "3-d": "3D",
    "2d": "2D",
    "2-d": "2D",
}
_ORDER: Final = {name: place for place, name in enumerate(dict.fromkeys(FORMATS.values()))}
# Formats that are marks even without brackets; the others may be words of a title.
_PLAIN_FORMATS: Final = (
    "imax", "4dx", "mx4d", "screenx", "dolby cinema", "dolby atmos", "atmos", "hfr", "70mm", "35mm", "3d", "2d", "3-d",
    "2-d",
)  # fmt: skip

_ORIGINAL: Final = frozenset({
    "ov", "vo", "v.o.", "original", "originale", "originalfassung", "orig", "ориг", "оригінал", "оригіналу",
    "оригинал", "оригинала", "оригинале", "originál",
})  # fmt: skip
_SUBTITLED: Final = frozenset({
    "sub", "subs", "subt", "subbed", "subtitled", "subtitles", "subtitle", "субтитри", "субтитрами", "субтитры",
    "субтитрів", "sub.", "napisy", "napisami", "titulky", "titulkami", "tit", "tit.", "titl", "untertitel", "ut",
    "subtitulada", "subtitulado", "subtítulos", "subtitulos", "subtitrat", "subtitrată", "subtitrare", "כתוביות",
})  # fmt: skip
_DUBBED: Final = frozenset({
    "dub", "dubs", "dubbed", "dubbing", "dubbingiem", "dabing", "dabingem", "dubl", "дубляж", "дубльований",
    "дубльована", "дублированный", "dublat", "doblada", "doblado", "synchro", "מדובב", "דיבוב", "voiceover",
    "lektor", "lektorem",
})  # fmt: skip
_FILLER: Final = frozenset({
    "мовою", "мова", "мови", "мові", "озвучення", "озвучка", "озвучкою", "языке", "язык", "языка", "на", "з", "із",
    "зі", "с", "и", "і", "та", "в", "у", "with", "in", "and", "version", "versione", "wersja", "language", "film",
    "фільм", "фильм", "mit", "avec", "en", "de", "con", "cu", "z", "ze", "a", "audio", "sound", "версія", "версия",
    "fassung", "titre", "/", "+", "&", "|", ":",
})  # fmt: skip
# Marks that name both the sound and the subtitles by definition: (original language, sound, subtitles).
_DEFINED: Final[dict[str, tuple[bool, str | None, str | None]]] = {
    "omu": (True, None, "de"),
    "omdu": (True, None, "de"),
    "omeu": (True, None, "en"),
    "omenglu": (True, None, "en"),
    "omfu": (True, None, "fr"),
    "vost": (True, None, "fr"),
    "vostf": (True, None, "fr"),
    "vostfr": (True, None, "fr"),
    "vose": (True, None, "es"),
    "v.o.s.e.": (True, None, "es"),
    "v.o.s.e": (True, None, "es"),
    "vosi": (True, None, "en"),
    "vosten": (True, None, "en"),
    "vosta": (True, None, "en"),
    "vos": (True, None, UNDETERMINED),
    "vf": (False, "fr", None),
    "vff": (False, "fr", None),
    "df": (False, "de", None),
}
_AGE: Final = re.compile(
    r"(?:[0-9]|1[0-9]|2[01])\s?\+|\+\s?(?:[0-9]|1[0-9]|21)|fsk[ -]?\d{1,2}|pg-?13|nc-?17|12a|r18", re.IGNORECASE
)
_AGE_IN_BRACKETS: Final = re.compile(r"u|pg|r|tbc|nr|k-?\d{1,2}|u/?a|(?:0|3|6|7|9|12|13|14|15|16|18|21)", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"[(\[{]([^()\[\]{}]{1,80})[)\]}]")
_YEAR: Final = re.compile(r"(?:18[89]\d|19\d\d|20\d\d)")
_YEAR_AT_END: Final = re.compile(rf"\s*[(\[]\s*{_YEAR.pattern}\s*[)\]]\Z")
_TAIL: Final = re.compile(
    r"(?:^|(?<=\S)[\s,;|/·•–—-]+)(?P<mark>(?i:"
    + "|".join(re.escape(name) for name in _PLAIN_FORMATS)
    + r"|(?:[0-9]|1[0-9]|21)\s?\+|мовою оригіналу|мова оригіналу|на языке оригинала|язык оригинала|original version"
    r"|з субтитрами|із субтитрами|с субтитрами|з (?:укр|українськими|англ|англійськими)\.? субтитрами"
    r"|with (?:english )?subtitles)|OV|OmU|OmeU|OmdU|VO|VF|VOST|VOSTFR|VOSE|SUB|DUB)\s*$"
)
_HEAD: Final = re.compile(
    r"^\s*(?P<mark>(?i:"
    + "|".join(re.escape(name) for name in _PLAIN_FORMATS)
    + r"|(?:[0-9]|1[0-9]|21)\s?\+))\s*[:|\s–—-]\s*(?=\S)"
)
# How long a film lasts is no part of its title: "Under the Viaduct 1h 33m".
_LENGTH_AT_END: Final = re.compile(
    r"(?<=\w)[)\s,|–-]+(?:\d{1,2}\s?h\s?[0-5]?\d\s?m(?:in)?|\d{2,3}\s?(?:min|mins|minutes|хв|мин|′))\.?$", re.IGNORECASE
)
_STATE_AT_START: Final = re.compile(
    r"^(?:cancelled|canceled|sold out|postponed|abgesagt|ausverkauft|annulé|complet|cancelado|agotado|annullato|"
    r"esaurito|odwołane|wyprzedane|zrušeno|vyprodáno|скасовано|отменено|отменён|аншлаг)\s*[:!–-]+\s*(?=\w)",
    re.IGNORECASE,
)
_EDGES: Final = " \t\n\u00a0\u202f\u200b,;|/·•–—-"


class CleanTitle(Struct, frozen=True, kw_only=True):
    """A title without its marks, and what the marks said. ``subtitles`` is "und" when no language is named."""

    title: str
    format: str | None = None
    language: str | None = None
    original_language: bool = False
    subtitles: str | None = None
    year: int | None = None


class _Marks:
    """Collects what the marks of one title say."""

    def __init__(self) -> None:
        self.formats: list[str] = []
        self.language: str | None = None
        self.original = False
        self.subtitles: str | None = None
        self.year: int | None = None

    def add_format(self, name: str) -> None:
        if FORMATS[name] not in self.formats:
            self.formats.append(FORMATS[name])


def clean_title(raw: str) -> CleanTitle:
    """Split a printed title into title and marks. A title made of nothing but marks stays as it is."""
    text = " ".join(unicodedata.normalize("NFC", raw[:LONGEST]).split())
    marks = _Marks()
    text = _BRACKETS.sub(lambda match: _without_bracket(match, marks), text)
    before, text = "", re.sub(r"\s*\x00\s*", " ", text)
    while before != text:
        before = text
        text = _cut(text.strip(_EDGES), marks)
    text = _tidy(_YEAR_AT_END.sub("", _LENGTH_AT_END.sub("", _STATE_AT_START.sub("", text))))
    if not re.search(r"\w", text):
        return CleanTitle(title=" ".join(raw[:LONGEST].split()))
    return CleanTitle(
        title=text,
        format=join_formats(marks.formats),
        language=marks.language,
        original_language=marks.original,
        subtitles=marks.subtitles,
        year=marks.year,
    )


def _without_bracket(match: re.Match[str], marks: _Marks) -> str:
    """What stays of a bracket: nothing of one that is all marks, but a year amid the words of a title is part of it."""
    if not _read_group(match[1], marks):
        return match[0]
    words_follow = re.search(r"\w", _BRACKETS.sub("", match.string[match.end() :]))
    return match[0] if words_follow and _YEAR.fullmatch(match[1].strip()) else "\x00"


def join_formats(formats: list[str]) -> str | None:
    """Several formats as one text in a fixed order ("IMAX 3D"); None for none."""
    return " ".join(sorted(dict.fromkeys(formats), key=lambda name: _ORDER.get(name, -1))) or None


def format_names(text: str) -> list[str]:
    """The formats that a format text names: "IMAX Laser 3D" is three. Words unknown to the guide stay, as one."""
    return list(_format_names(" ".join(text[:200].split())))


@lru_cache(maxsize=512)
def _format_names(text: str) -> tuple[str, ...]:
    found, rest = [], text
    for name in sorted(FORMATS, key=len, reverse=True):
        pattern = rf"(?i)(?<![\w-]){re.escape(name)}(?!\w)"
        if re.search(pattern, rest):
            found.append(FORMATS[name])
            rest = re.sub(pattern, " ", rest)
    unknown = " ".join(re.sub(r"[^\w+'-]+", " ", rest).split())
    return (unknown[:40], *found) if re.search(r"\w", unknown) else tuple(found)


def read_marks(text: str | None) -> CleanTitle | None:
    """What ``text`` says when all of it is marks ("OmU", "3D, мовою оригіналу"); None when it holds anything else."""
    marks = _Marks()
    if not text or not _read_group(text[:LONGEST], marks):
        return None
    return CleanTitle(
        title="",
        format=join_formats(marks.formats),
        language=marks.language,
        original_language=marks.original,
        subtitles=marks.subtitles,
        year=marks.year,
    )


def _cut(text: str, marks: _Marks) -> str:
    """Take one mark off the end, or else off the beginning."""
    for pattern in (_TAIL, _HEAD):
        match = pattern.search(text)
        if (
            match
            and re.search(r"\w", text[: match.start()] + text[match.end() :])
            and _read_group(match["mark"], marks)
        ):
            return text[: match.start()] + text[match.end() :]
    return text


def _tidy(text: str) -> str:
    text = " ".join(text.split()).strip(_EDGES)
    return re.sub(r"\s+([,.;:!?])", r"\1", text)


def _read_group(group: str, marks: _Marks) -> bool:
    """Read a bracket's content (or a bare mark) into ``marks``; False, and nothing read, when it is more than marks."""
    content = " ".join(group.split()).strip(_EDGES + ".")
    if _YEAR.fullmatch(content):
        marks.year = marks.year or int(content)
        return True
    if _AGE.fullmatch(content) or _AGE_IN_BRACKETS.fullmatch(content):
        return True
    words = _words(content)
    kinds = [_kind(word) for word in words]
    if not words or None in kinds or all(kind == "filler" for kind in kinds):
        return False
    _apply(words, [kind or "" for kind in kinds], marks)
    return True


def _words(content: str) -> list[str]:
    """The words of a group, formats of two words kept together."""
    folded = re.sub(r"(?<![\w.])v\.\s?o\.(?!\w)", "vo", content.casefold())
    for name in FORMATS:
        if " " in name:
            folded = folded.replace(name, name.replace(" ", "\x01"))
    parts = re.split(r"[\s,;/|:&]+", folded)
    return [part.replace("\x01", " ") for part in parts if part.strip("-–—.+")]


def _kind(word: str) -> str | None:
    bare = word.strip(".")
    if word in FORMATS or bare in FORMATS:
        return "format"
    if bare in _DEFINED or word in _DEFINED:
        return "defined"
    if bare in _SUBTITLED:
        return "subtitled"
    for kind, words in (("original", _ORIGINAL), ("dubbed", _DUBBED), ("filler", _FILLER)):
        if word in words or bare in words:
            return kind
    if _AGE.fullmatch(word):
        return "age"
    return "language" if language_of_word(word) else None


def _apply(words: list[str], kinds: list[str], marks: _Marks) -> None:
    sounds: list[str] = []
    for word, kind in zip(words, kinds, strict=True):
        bare = word.strip(".")
        if kind == "format":
            marks.add_format(word if word in FORMATS else bare)
        elif kind == "original":
            marks.original = True
        elif kind == "defined":
            original, sound, subtitles = _DEFINED.get(word) or _DEFINED[bare]
            marks.original = marks.original or original
            marks.language = marks.language or sound
            marks.subtitles = marks.subtitles or subtitles
        elif kind == "language":
            sounds.append(language_of_word(word) or UNDETERMINED)
    if "subtitled" in kinds:
        marks.subtitles, sounds = _subtitles(words, kinds)
    if sounds:
        marks.language = marks.language or sounds[0]


def _subtitles(words: list[str], kinds: list[str]) -> tuple[str, list[str]]:
    """The subtitles' language and the remaining ones: "англ. з укр. субтитрами", "ENG sub UA", "subtitles: English"."""
    place = kinds.index("subtitled")
    after = [i for i in range(place + 1, len(words)) if kinds[i] == "language"]
    before = [i for i in range(place) if kinds[i] == "language"]
    chosen = after[0] if after else (before[-1] if before else None)
    rest = [i for i in (*before, *after) if i != chosen]
    codes = {i: language_of_word(words[i]) or UNDETERMINED for i in (*before, *after)}
    return (codes[chosen] if chosen is not None else UNDETERMINED), [codes[i] for i in rest]


def fold_title(title: str) -> str:
    """The form in which titles are compared: case, accents' spelling, quotes, dashes and spaces do not matter."""
    text = unicodedata.normalize("NFKC", title).casefold().replace("ё", "е")
    return " ".join(re.sub(r"[\W_]+", " ", re.sub(r"['’ʼ`´]", "", text)).split())

"""Words on cinema pages that are labels: formats, versions, rooms, ages, buttons. None of them is a film's title."""

import re
from functools import lru_cache

from cinestreamd.agent.readers.calendar_words import fold, month_words, relative_words, weekday_words
from cinestreamd.agent.readers.room_words import ROOM_WORDS

_FORMAT = (
    r"(?:real ?d )?[234]dx?|imax(?: 2d| 3d)?|4dx|screenx|dolby(?: atmos| cinema| vision)?|atmos|laser|"
    r"d-?box|hfr|35 ?mm|70 ?mm|16 ?mm|dcp|digital|vip|lux|luxe|re'?lux|premium|sdh|hoh|ad|cc|oc|xd|rpx|"
    r"ultra ?x|isense|superscreen|4k|2k|hd|plf|screen ?x|onyx|motion"
)
_VERSION = (
    r"om(?:d|e)?u|omu/?df|ov|omeu|df|dt|of|vf(?:stf?)?|vo(?:st)?(?:fr?|en|a|e)?|vost-?f|vm|voste|vose|"
    r"vosi|v\.?o\.?(?:s\.?t?\.?[ef]?\.?)?|sub(?:bed|s|t|titled|titles)?|dub(?:bed|bing)?"
    r"|dubbing|napisy|lektor|pl|ua|ukr|eng?|укр|рус|англ|суб|субтитри|субтитры|дубляж|дубльований|"
    r"оригінал|original(?: version)?|"
    r"tit(?:ulky)?|dabing|čes|cz|č?d|t|eredeti|szinkron|feliratos|mb|fel|szink|vers\.? orig\.?|doblada|subtitulada|"
    r"in english|english|french|german|spanish|hebrew|ukrainian|polish|russian|deutsch|englisch|"
    r"français|anglais|english subtitles|"
    r"עברית|אנגלית|מדובב|תרגום|כתוביות|рідна мова|мовою оригіналу|українською|на украинском"
)
_ROOM = (
    r"(?:screen|auditorium|theat(?:re|er)|hall|cinema|room|studio|saal|kino|salle|sala|sali|зал|зала|"
    r"זאל|אולם|sál|terem|zaal|salon|sal|sali|αίθουσα)"
    r"\s*(?:n[°o.]\s*)?[#№]?\s*(?:\d{1,2}|[ivx]{1,4}|[a-h])"
)
_AGE = (
    r"(?:pg(?:-?13)?|nc-?17|tp|u|ua|r|g|m|ma ?15\+?|12a|15|18|18a|14a|fsk(?: ab)?:? ?\d*|ab \d+(?: "
    r"jahren)?|\d{1,2}\+|\+\d{1,2}|(?:от|від|od|od lat|d(?:è|e)s) \d{1,2}(?: ans| lat)?|b\.?o\.?|tous "
    r"publics|not rated|nr|unrated|all ages|tbc)"
)
_BUTTON = (
    r"buy(?: now| tickets?| online)?|book(?: now| tickets?| online| seats?)?|tickets?|get tickets?|"
    r"reserve|more(?: info)?|info|details|read more|trailer|watch trailer|"
    r"sold ?out|few left|on sale|off sale|cancelled|past|now showing|coming soon|showtimes?|session "
    r"times?|sessions|times|select|filter|all|today|"
    r"купити(?: квит(?:ок|ки))?|квитки|придбати|бронювати|забронювати|розклад|сеанси|детальніше|"
    r"трейлер|деталі|купить(?: билет(?:ы)?)?|билеты|забронировать|расписание|сеансы|подробнее|"
    r"kup(?: bilet(?:y)?)?|bilety|rezerwuj|repertuar|seanse|zwiastun|więcej|tickets? kaufen|karten|"
    r"jetzt buchen|reservieren|spielzeiten|vorstellungen|mehr|programm|kinoprogramm|"
    r"réserver|horaires|séances|acheter|billetterie|bande[- ]annonce|plus d.infos|comprar(?: "
    r"entradas)?|entradas|horarios|sesiones|cartelera|ver trailer|"
    r"koupit|vstupenky|program|rezervovat|více|cumpără(?: bilet)?|bilete|rezervă|detalii|לרכישה|"
    r"כרטיסים|הזמנה|הזמן|רכישת כרטיסים|פרטים|עוד|"
    r"compra|acquista|biglietti|orari|programmazione|spettacoli|scheda|comprar|bilhetes|ingressos|"
    r"horários|sessões|bestel|koop|reserveer|speeltijden|"
    r"boka|köp|biljetter|osta|liput|køb|billetter|bestill|kjøp|jegy|jegyvásárlás|műsor|bilet al|seanslar|εισιτήρια|"
    r"original title|director|cast|genre|duration|runtime|language|country|year|release date|rating|"
    r"synopsis|price|hall|room|screen|format|date|time|day|film|films|movie|movies|title|"
    r"назва|фільм|фільми|фильм|фильмы|час|дата|ціна|зал|время|цена|жанр|film title|titel|datum|"
    r"uhrzeit|saal|preis|heure|salle|tarif|version|tytuł|godzina|sala|cena|hora|película|precio|"
    r"čas|sál|název|ora|preț|titlu|סרט|שעה|אולם|תאריך|home|menu|news|events?|calendar|schedule|"
    r"what'?s on|programme|login|sign in|search|newsletter|contact|"
    r"monday|week|next week|this week|weekend|am|pm|uhr|kasse|price from|matinee|evening|morning|"
    r"afternoon|night|утро|день|вечер|ранок|вечір|"
    r"esaurit[oi]|ausverkauft|complet|wyprzedan[ey]|vyprodáno|vypredané|agotad[oa]s?|esgotad[oa]|epuizat|uitverkocht|"
    r"udsolgt|slutsålt|utsolgt|loppuunmyyty|elfogyott|tükendi|аншлаг|распродано|розпродано|продано|"
    r"breakfast|brunch|lunch|dinner|supper|frühstück|mittagessen|abendessen|petit[- ]déjeuner|déjeuner|dîner|"
    r"сніданок|обід|вечеря|завтрак|ужин|free|gratis|безкоштовно|live|premiere|preview|прем.єра|премьера|premiera|"
    r"avant-première|anteprima|avanpremier[ăae]|ennakkonäytös|förhandsvisning|vorschau|předpremiéra|"
    r"führungen?|eröffnung|vernissage|finissage|guided tours?|visites? guidées?|vorpremiere|"
    r"終映|休映|休館|貸館|neu|new|nouveau|nouveauté|новинка"
)
_LABEL = re.compile(
    rf"(?:(?:in|en|w|у|в|v|im|mit)\s)?(?:{_FORMAT}|{_VERSION}|{_ROOM}|{_AGE}|{_BUTTON})(?:[\s,/|"
    rf"·•+&()\[\]-]+(?:{_FORMAT}|{_VERSION}|{_ROOM}|{_AGE}))*[\s:.!»›>→()\[\]]*",
    re.IGNORECASE,
)
_LABEL_WORD = re.compile(
    rf"(?<!\w)(?:(?:in|en|w|у|в|v|im|mit)\s)?(?:{_FORMAT}|{_VERSION}|{_ROOM}|{_AGE}|{_BUTTON})(?!\w)", re.IGNORECASE
)
_NOTHING = re.compile(r"[\s,/|·•+&()\[\]:.!»›>→–—-]*(?:\d{1,2}(?::\d\d)?)?[\s,/|·•+&()\[\]:.!»›>→–—-]*")
_DURATION = re.compile(
    r"(?:\d{1,2}\s*(?:h|hr|hrs|год|ч|hod|std|godz|g|ó|שעות)\.?\s*)?\d{1,3}\s*(?:min|m|mins|minutes|хв|"
    r"мин|minut|perc|דק|'|′)[\w.'׳]*",
    re.IGNORECASE,
)
# An amount of money within a text: "from 130 грн", "Blue hall, 8 €".
_AMOUNT = re.compile(
    r"\d\s?(?:€|£|₴|₪|zł|kč|грн|руб|eur|uah|pln|czk|ron|chf|тг|₸|₽)(?![^\W\d_])|(?:€|£|₴|₪)\s?\d", re.IGNORECASE
)
_PRICE_BEHIND = re.compile(
    r"(?:[\s\x1f]*[–—,;|•·-])[\s\x1f]*(?:[^\W\d_]{2,6}[\s\x1f])?(?:€|£|₴|₪)?\s?\d[\d.,]{0,6}\s?"
    r"(?:€|£|₴|₪|zł|kč|грн|руб|eur|uah|pln|czk|ron|chf|тг|₸|₽)?\.?$",
    re.IGNORECASE,
)
_LENGTH_FIRST = re.compile(r"\d{2,3}\s?(?:min|mins|minutes|minut|хв|мин|perc|dk|דק)(?![^\W\d_])", re.IGNORECASE)
# How many seats there are, or are left: "45 seats", "8 seats left".
_SEATS = re.compile(
    r"\d{1,4}\s?(?:free |available )?(?:seats?|places?|plätze|plazas|posti|lugares|locuri|miejsc(?:a|e)?|míst|miest|"
    r"місц(?:ь|я|е)|мест(?:а|о)?|férőhely|plaatsen|platser|pladser|paikkaa|koltuk)(?![^\W\d_])[^\d]{0,16}",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\W*(?:\d+[.,]?\d*\s*(?:€|\$|£|₴|zł|kč|грн|руб|lei|eur|usd|uah|ft|kr|₪|ron|chf)\.?|(?:€|\$|£|₴|"
    r"₪)\s*\d+[.,]?\d*)\W*",
    re.IGNORECASE,
)

# A line of facts ends with the length: "komedie, 98 minut", "Drame • 1 h 48 min".
_FACTS_END = re.compile(
    r"[,·•|/–-]\s*(?:\d{1,2}\s?h(?:r|rs|od)?\.?\s*)?\d{1,3}\s?(?:min|mins|minutes?|minuten|minut[ay]?|minuti|minutos|minuter|"
    r"perc|хв|мин|dk)\b\.?[^,]{0,12}$",
    re.IGNORECASE,
)
# "Durata: 140 min", "Regie: Ioana Dragan": facts under their name, no title.
_FACTS_START = re.compile(
    r"(?:dura(?:ta|tion|ción|ção)|durée|dauer|länge|laufzeit|runtime|running time|length|czas trwania|délka|stopáž|"
    r"játékidő|speelduur|längd|kesto|süre|тривалість|хронометраж|длительность|продолжительность|trukmė|ilgums|"
    r"regi[ae]?|director|directed by|dirección|direção|réalisation|réalisateur|reżyseria|režie|réžia|rendező|rendezte|"
    r"ohjaus|yönetmen|режисер|режиссёр|режиссер|σκηνοθεσία|"
    r"genere|genre|género|gênero|gatunek|žánr|műfaj|tür|lajityyppi|жанр|cast|starring|con|mit|avec|darsteller|obsada|hrají|"
    r"elenco|interpreti|szereplők|oyuncular|у ролях|в ролях|у головних ролях|в главных ролях|"
    r"prezz[oi]|price|prices|eintritt|tarif|tarifs|precio|preço|cena|vstupné|ціна|цена)[\s\x1f]?:",
    re.IGNORECASE,
)
# Year and director behind a title.
_FACTS_IN_BRACKETS = re.compile(r"\((?:[^()]{0,60}[ ,])?(?:18|19|20)\d\d\s?[,;/)]")
# Words that announce a clock time, and those that join several.
_CLOCK_WORDS = frozenset(
    fold(word)
    for word in (
        "ore",
        "ora",
        "orario",
        "orari",
        "alle",
        "dalle",
        "spettacolo",
        "spettacoli",
        "proiezione",
        "proiezioni",
        "inizio",
        "inizi",
        "um",
        "uhr",
        "beginn",
        "ab",
        "jeweils",
        "at",
        "starts",
        "start",
        "begins",
        "showing",
        "showings",
        "screening",
        "screenings",
        "kl",
        "klo",
        "kell",
        "klukkan",
        "plkst",
        "pukul",
        "jam",
        "saat",
        "lúc",
        "val",
        "às",
        "godz",
        "godzina",
        "godziny",
        "początek",
        "seans",
        "o",
        "à",
        "a",
        "las",
        "los",
        "horas",
        "hora",
        "pase",
        "pases",
        "séance",
        "séances",
        "projection",
        "projections",
        "om",
        "aanvang",
        "uur",
        "tid",
        "tider",
        "visning",
        "visningar",
        "vetítés",
        "kezdés",
        "orele",
        "începe",
        "hod",
        "hodin",
        "začátek",
        "представлення",
        "початок",
        "сеанс",
        "начало",
        "кіносеанс",
        "о",
        "в",
        "у",
        "и",
        "і",
        "та",
        "und",
        "and",
        "e",
        "et",
        "y",
        "i",
        "och",
        "og",
        "en",
    )
)

_KINDS_OF_DAYS = frozenset(
    fold(word)
    for word in (
        *("feriali", "festivi", "weekdays", "weekend", "weekends", "будні", "вихідні", "будни", "выходные", "щодня"),
        *("ежедневно", "daily", "täglich", "werktags", "codziennie", "denně", "laborables", "wochenende", "víkend"),
    )
)
# Films are named 1917, 8½, 2:22 and 9/11.
_NUMBER_TITLE = re.compile(r"\d{2,4}|\d{1,2}[½¼¾]|\d{1,2}[:/]\d{1,2}|\d \d/\d")


_MOST_ROOM_WORDS, _SHORT_MONTH = 4, 3
# "Kisterem", "Blausaal", "Filmzaal", "Storsalen".
_ROOM_ENDINGS = ("terem", "saal", "zaal", "salen", "salongen", "salonki")


def without_facts(text: str) -> str:
    """A title without the bracket of year and director behind it, and what follows that."""
    found = _FACTS_IN_BRACKETS.search(text)
    return text[: found.start()].rstrip(" \t\x1f–—-") if found is not None and found.start() > 1 else text


def without_price(text: str) -> str:
    """A title without the price behind it: "Paper Boats – 150 грн."."""
    found = _PRICE_BEHIND.search(text) if _AMOUNT.search(text) is not None else None
    return text[: found.start()] if found is not None and found.start() > 1 else text


def without_length(text: str) -> str:
    """A title without the length behind it: "Paper Crane – 98 min"."""
    found = _FACTS_END.search(text)
    title = text[: found.start()].rstrip() if found is not None else text
    return title if "," not in title and could_be_title(title) else text


def names_room(text: str) -> bool:
    """Whether a short text may be the name of a room: "Sala Grande", "Didžioji salė". So may some films' titles."""
    words = [fold(word) for word in re.findall(r"[^\W\d_]+", text[:60])]
    if not 0 < len(words) <= _MOST_ROOM_WORDS:
        return False
    return words[0] in ROOM_WORDS or words[-1] in ROOM_WORDS or words[-1].endswith(_ROOM_ENDINGS)


# "1회" is the first showing, "2号厅" the second hall.
_COUNTED = re.compile(r"第?\d{1,2}\s?(?:회차?|관|号厅|號廳|廳|厅|回|スクリーン|シアター)")


def is_label(text: str) -> bool:
    """Whether a short text is a known label, an age, a price, a length or a calendar word, and so no film's title."""
    stripped = text.strip(" \t\n\x1f-–—|•·:,()[]（）【】")
    if not stripped or len(stripped) > 60:
        return not stripped
    rest, labels = _LABEL_WORD.subn("", stripped)
    if labels and _NOTHING.fullmatch(rest):
        return True
    if (
        _COUNTED.fullmatch(stripped)
        or _LABEL.fullmatch(stripped)
        or _DURATION.fullmatch(stripped)
        or _MONEY.fullmatch(stripped)
        or _SEATS.fullmatch(stripped)
    ):
        return True
    words = [fold(word) for word in re.findall(r"[^\W\d_]+", stripped)[:6]]
    if words and stripped == stripped.lower() and all(word in _CLOCK_WORDS for word in words):
        return True
    calendar = sum(
        word in month_words() or word in weekday_words() or word in relative_words() or word in _KINDS_OF_DAYS
        for word in words
    )
    joined = calendar > 1 or len(words) == 1
    return bool(words) and calendar + joined * sum(word in _CLOCK_WORDS for word in words) >= len(words)


def names_month(text: str) -> bool:
    """Whether a text is the name of a month and nothing else; films are called "Август" and "October" as well."""
    return len(text) > _SHORT_MONTH and text[0].isupper() and text.isalpha() and fold(text) in month_words()


@lru_cache(maxsize=30_000)
def could_be_title(text: str) -> bool:
    """Whether a text has the shape of a film's title: letters or a bare number, short enough, no label, no address."""
    if not 1 < len(text) <= 140 or is_label(text) or _FACTS_END.search(text):
        return False
    if _FACTS_START.match(text) or _FACTS_IN_BRACKETS.match(text) or _LENGTH_FIRST.match(text) or _AMOUNT.search(text):
        return False
    if text[0] + text[-1] in ("()", "（）") and text.count(text[0]) == 1:
        return False  # said of something else: "(captioned)", "（土）"
    if text[0] in ",;:!?)]" or (text[0] == "." and text[1] != "."):
        return False  # the rest of a sentence
    letters = sum(letter.isalpha() for letter in text)
    if letters == 0:
        return _NUMBER_TITLE.fullmatch(text.strip()) is not None
    return letters * 3 >= len(text) and not text.startswith(("http://", "https://", "www.", "@"))

"""What clock times on a cinema's page may be instead of showings: opening hours, sales, sentences, ends, timers."""

import re
from functools import cache

from cinestreamd.agent.readers.calendar_words import fold, month_words, weekday_words
from cinestreamd.agent.readers.clock import ClockHit
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.labels import is_label
from cinestreamd.agent.readers.miner.time_nodes import TimeNode, minutes_between

_NOT_SHOWINGS = frozenset([
    "news", "review", "reviews", "comment", "comments", "countdown", "timer", "cookie", "cookies", "consent",
    "onetrust", "gdpr", "duration", "footer", "faq", "opening", "openinghours", "tweet", "copyright", "impressum",
    "newsletter", "subscribe",
])  # fmt: skip

# What mostly is no programme either; but a site may be built as a blog, or call the start of a film its runtime.
_SELDOM_SHOWINGS = frozenset(["blog", "cart", "basket", "trailer", "trailers", "runtime", "filter", "filters"])

_BASKETS = frozenset(["cart", "basket"])


# What classes call the time when a showing is over.
_ENDS = frozenset(["end", "ends", "endtime", "ende", "fin", "until"])


# In lower case: a search that minds case is several times quicker.
_OPENING = re.compile(
    r"opening (?:hours|times)|re-?open(?:s|ing)? (?:on|at|in|from|next|mon|tue|wed|thu|fri|sat|sun|\d)|"
    r"(?:^|[.!] )open (?:mon|tue|wed|thu|fri|sat|sun|from|every|all)|"
    r"box office|ticket office|open daily|doors open(?! \d{1,2} ?min)|working hours|business hours|"
    r"öffnungszeit|geöffnet|kassenöffnung|kasse(?:n)? |abendkasse|"
    r"heures d.ouverture|horaires d.ouverture|ouvert|guichet|caisse|accueil|"
    r"години роботи|графік роботи|режим роботи|каса працює|каси працюють|часы работы|график работы|"
    r"режим работы|касса работает|кассы работают|"
    r"godziny otwarcia|kasa (?:czynna|kina)|kasy|otwart|czynne|otevírací|otevřeno|pokladna|otváracie|"
    r"horario de (?:taquilla|apertura)|taquilla|abierto|bilheteira|bilheteria|orari di apertura|biglietteria|"
    r"program de lucru|casa de bilete|casieria|deschis|שעות פתיחה|קופה|openingstijden|geopend|kassa|"
    r"öppettider|öppet|åbningstider|åbent|åpningstider|aukioloajat|avoinna|nyitva|pénztár|gişe|açılış|"
    r"ωράριο|ταμείο|営業時間|telephone|hotline|lines open",
)


# In lower case as well, said in one breath with the time: when tickets are to be had, a deadline, when something was
# written.
_OTHER_EVENT_BEFORE = re.compile(
    r"(?:on sale|go on sale|tickets available|vorverkauf|vvk|mise en vente|en vente|prévente|billetterie ouvre|"
    r"a la venta|venta anticipada|prevendita|in vendita|à venda|sprzedaż(?: biletów)?|przedsprzedaż|předprodej|"
    r"predpredaj|prodej vstupenek|forsalg|förköp|biljettsläpp|ennakkomyynti|kaartverkoop|elővétel|продаж(?: квитків)?|"
    r"предпродажа|продажа билетов|în vânzare|vânzare bilete|"
    r"apply by|deadline|closing date|bewerbungsschluss|anmeldeschluss|einsendeschluss|"
    r"(?:posted|published|written|submitted)(?: by| on)|updated\b|stand:|aktualisiert|mis à jour|mise à jour|"
    r"actualizad[oa]|aggiornat[oa]|atualizad[oa]|zaktualizowano|aktualizacja|aktualizováno|aktualizované|оновлено|"
    r"обновлено|actualizat|bijgewerkt|uppdatera[dt]|opdateret|oppdatert|päivitetty|frissítve|güncelleme|"
    r"gepostet|veröffentlicht|geschrieben von|"
    r"publié (?:le|par)|"
    r"publicado|pubblicato|opublikowan\w*|dodano|napsal|vloženo|опубліковано|опубликовано|додано|добавлено)[^|\n\x1f!?]{0,45}$"
)


_WEEKDAY_RANGE = re.compile(r"([^\W\d_]{2,12})\.?[\s\x1f]{0,2}[-–—][\s\x1f]{0,2}([^\W\d_]{2,12})[.,:]{0,2}[\s\x1f]*$")


_WORDS = re.compile(r"[^\W\d_]{2,}")


_PROSE_WORDS, _SENTENCE_WORDS = 14, 8


_IN_SENTENCE = re.compile(
    r"\b(?:at|between|um|gegen|zwischen|o|między|à|vers|entre|a las|alle|às|"
    r"в|о|об|між|между|klo|om)[\s\x1f]+\d{1,2}[:.hH]\d\d"
)


# What the story of a film is headed with: a time in that line is told.
_STORY = re.compile(
    r"(?:synopsis|plot|story(?:line)?|inhalt|handlung|trama|sinopsis|sinopse|sinossi|argumento|résumé|opis(?: filmu)?|"
    r"děj|obsah|сюжет|опис|описание|descripci[óo]n|description|juoni|handling|cselekmény|intriga|verhaal)[\s\x1f]?:",
    re.IGNORECASE,
)


_FULL_STOP = re.compile(r"[^\W\d_]{3,}[.!?…](?:\s|$)")


_LOWER_WORD = re.compile(r"(?<![\w'’])[^\W\d_A-ZА-ЯІЇЄҐ][^\W\d_]+")


_FEWEST_TOLD = 4


_GOES_ON = re.compile(
    r"\d{1,2}(?:[:.h]\d\d)?(?:\s?[ap]\.?m\.?|\s?[Uu]hr)?\s(?:[^\W\d_A-ZА-ЯІЇЄҐ]+\s+)?[^\W\d_A-ZА-ЯІЇЄҐ]{3,}"
)


_LONGEST_LINE = 2_000


LONGEST_FILM_MINUTES = 5 * 60 + 30


_CONTEXT = 60


def may_be_showing(document: Document, node: TimeNode, ends: dict[int, ClockHit]) -> bool:
    """Whether nothing around a time says that it is something else; ``ends`` are the ends of ranges by their starts."""
    ends_here = any(element.class_words() & _ENDS for element in node.chain[:2])
    if node.hit.role != "start" or node.hit.clock() is None or ends_here:
        return False
    if any(_is_elsewhere(element) for element in node.chain):
        return False
    end = ends.get(node.hit.start)
    if end is not None and (minutes_between(node.hit, end) > LONGEST_FILM_MINUTES or _after_weekdays(document, node)):
        return False
    line_start, line_end = document.line(node.hit.start, node.hit.end)
    if line_end - line_start > _LONGEST_LINE:
        return False
    told = _STORY.match(document.text, line_start) is not None
    return not (told or _is_of_offices(document, node, has_end=end is not None) or _in_prose(document, node))


def _is_elsewhere(element: Element) -> bool:
    return element.tag in ("footer", "nav", "select", "textarea") or bool(element.class_words() & _NOT_SHOWINGS)


def _buys(element: Element) -> bool:
    """Whether an element is pressed to buy: "add-to-cart" on a link says what it does, not where it stands."""
    return element.tag in ("a", "button", "input") and not element.class_words() & _SELDOM_SHOWINGS - _BASKETS


def seldom_block(node: TimeNode) -> Element | None:
    """The post or the like around a time, where a class above the time speaks of what seldom is a programme."""
    block = next(
        (element for element in node.chain if element.class_words() & _SELDOM_SHOWINGS and not _buys(element)), None
    )
    if block is None:
        return None
    if block.end - block.start <= node.hit.end - node.hit.start:
        return block.parent
    return next((element for element in node.chain if element.tag == "article"), block)


def _is_of_offices(document: Document, node: TimeNode, *, has_end: bool) -> bool:
    """Whether a line or its heading speaks of opening hours, or the words before of sales, deadlines and writing."""
    start, end = document.line(node.hit.start, node.hit.end)
    if _OTHER_EVENT_BEFORE.search(document.text[max(start, node.hit.start - _CONTEXT) : node.hit.start].lower()):
        return True
    context = document.text[max(start, node.hit.start - 3 * _CONTEXT) : min(end, node.hit.end + _CONTEXT)]
    before = document.text[max(0, start - _CONTEXT) : start]
    lines = before.rsplit("\n", 2)
    # A line as long as what is looked at is a story's: people open and telephone in it.
    heading = lines[-2] if len(lines) > 2 else "" if len(before) == _CONTEXT else lines[0]
    return speaks_of_opening(context) or heads_opening(before if has_end else heading)


_SINGLE_CLOCK = re.compile(r"(?<![\d:.–-])\d{1,2}[:.h]\d\d(?!\s?[-–—]|\s?(?:to|bis|do|à|a|до)\s)")


def heads_opening(before: str) -> bool:
    """Whether the text above a time speaks of opening hours, and has not said since when: "open from 9:30" is done."""
    found = _OPENING.search(before.lower())
    return found is not None and _SINGLE_CLOCK.search(before, found.end()) is None


def speaks_of_opening(text: str) -> bool:
    """Whether a text speaks of opening hours, the box office or the telephone."""
    return _OPENING.search(text.lower()) is not None


# A heading of a list of prices; with "from 12.00" or with other words behind it, it may head anything.
_PRICES = re.compile(
    r"\W*(?:(?:ticket|admission|our|normal)?\s?(?:prices|pricing|rates|tariffs)|admission|preise|eintritt(?:spreise)?|kartenpreise|"
    r"(?:nos )?tarifs|precios|tarifas|preços|prezzi|biglietti|ceny(?: biletów)?|cennik|bilety|vstupné|ceník|cenník|"
    r"ціни(?: на квитки)?|вартість(?: квитків)?|цены(?: на билеты)?|стоимость(?: билетов)?|prijzen|tarieven|priser|"
    r"hinnat|jegyárak|prețuri|fiyatlar|מחירים|מחירון|料金|票價|票价|요금)\W*",
    re.IGNORECASE,
)


def speaks_of_prices(heading: str) -> bool:
    """Whether a heading says that prices follow."""
    return _PRICES.fullmatch(heading) is not None


def _after_weekdays(document: Document, node: TimeNode) -> bool:
    """Whether "Mo–Fr" or the like stands right before a time: with an end time after it these are opening hours."""
    found = _WEEKDAY_RANGE.search(document.text[max(0, node.hit.start - 34) : node.hit.start])
    return found is not None and all(fold(word) in weekday_words() for word in found.groups())


def _in_prose(document: Document, node: TimeNode) -> bool:
    """Whether a time stands in a sentence: among many words of the same element on the same line."""
    start, end = document.line(node.hit.start, node.hit.end)
    own = [run for run in document.runs_between(start, end) if run.element is node.element]
    said = [fold(word) for run in own for word in _WORDS.findall(document.text, run.start, run.end)]
    # A line that begins with a day is a list's: its days are not words of a sentence.
    listed = bool(said) and said[0] in _days_and_months() and _DAY_FIRST.match(document.text, start) is not None
    words = sum(word not in _days_and_months() for word in said) if listed else len(said)
    if any(_is_sentence(document.text[run.start : run.end], node.hit.start - run.start) for run in own):
        return True
    told = _IN_SENTENCE.search(document.text, start, node.hit.end) is not None
    return words >= (_SENTENCE_WORDS if told else _PROSE_WORDS)


_DAY_FIRST = re.compile(r"[^\W\d_]+[.,]?[\s\x1f]{0,2}\d")


@cache
def _days_and_months() -> frozenset[str]:
    return frozenset({*weekday_words(), *month_words()})


def _is_sentence(text: str, clock_at: int) -> bool:
    """Whether a text node tells something: the sentence goes on after the time, and words and full stops are around it.

    In a list a time stands between signs, at an end, or before a title; in "Set in 1990. At 5:30 someone knocks." not.
    """
    text = text[:_LONGEST_LINE]
    stop = _FULL_STOP.search(text)
    if not 0 <= clock_at < len(text) or stop is None:
        return False
    told = [
        found.start()
        for found in _LOWER_WORD.finditer(text)
        if not is_label(found[0]) and fold(found[0]) not in month_words()
    ]
    before = sum(at < clock_at for at in told)
    goes_on = _GOES_ON.match(text, clock_at) is not None
    return goes_on and len(told) >= _FEWEST_TOLD and before < len(told) and (before >= 2 or stop.end() <= clock_at)

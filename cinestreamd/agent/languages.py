"""Languages as cinemas name them ("англійською", "ENG", "Englisch", "en-GB"), as BCP 47 codes."""

import re
from typing import Final

UNDETERMINED: Final = "und"

# Each line: a code, then whole words and stems ("англійськ*") in the languages of the pages that are read.
_NAMES: Final = """
uk ua ukr укр українськ* украинск* ukrainian*
uk ukrainisch* ukrainien* ucraniano ucrainean* ukraińsk* ukrajinsk* ukraińs* אוקראינית
en eng gb англ англійськ* английск* english englisch* anglais*
en inglés ingles inglese engleză engleza angielsk* anglick* אנגלית angol
ru rus рос російськ* русск* russian russisch* russe ruso rusă rusa rosyjsk* rusk* רוסית
pl pol польськ* польск* polish polnisch* polonais* polaco poloneză polsk* פולנית
de deu ger німецьк* немецк* german deutsch* allemand* alemán aleman germană niemieck* německ* nemeck* גרמנית
fr fra fre французьк* французск* french französisch*
fr français* francais* francés frances franceză francusk* francouzsk* צרפתית
es spa esp іспанськ* испанск* spanish spanisch*
es espagnol* español* espanol* castellano spaniolă hiszpańsk* španělsk* ספרדית
it ita італійськ* итальянск* italian italienisch* italien* italiano italiană włosk* italsk* איטלקית
he heb иврит* іврит* hebrew hebräisch* hébreu hebreo hebrajsk* hebrejsk* עברית
cs cz cze ces чеськ* чешск* czech tschechisch* tchèque checo cehă czesk* česk* צ'כית
sk slk slo словацьк* словацк* slovak slowakisch* slovaque eslovaco słowack* slovensk*
ro ron rum румунськ* румынск* romanian rumänisch* roumain* rumano română romana rumuńsk* rumunsk* רומנית
hu hun угорськ* венгерск* hungarian ungarisch* hongrois* húngaro maghiară węgiersk* maďarsk* magyar
nl nld dut dutch nederlands* niederländisch* néerlandais*
pt por portuguese portugiesisch* portugais* portugués português
tr tur турецьк* турецк* turkish türkisch* turc turco turcă tureck* türkçe
ja jpn jap японськ* японск* japanese japanisch* japonais* japonés japoneză japońsk* japonsk* יפנית
ko kor корейськ* корейск* korean koreanisch* coréen* coreano coreeană koreańsk* korejsk* קוריאנית
zh chi zho китайськ* китайск* chinese chinesisch* chinois* chino chineză chińsk* čínsk* mandarin סינית
ar ara арабськ* арабск* arabic arabisch* arabe árabe arabă arabsk* ערבית
hi hin hindi гінді хінді хинди hindí
el gre greek грецьк* греческ* griechisch* grec griego greck* řeck*
sv swe swedish schwedisch* suédois* sueco шведськ* шведск* szwedzk* švédsk* svenska
da dan danish dänisch* danois* danés данськ* датск* duńsk* dánsk* dansk
no nor norwegian norwegisch* norvégien* noruego норвезьк* норвежск* norwesk* norsk
fi fin finnish finnisch* finnois* finés фінськ* финск* fińsk* finsk* suomi
ka geo georgian грузинськ* грузинск* georgisch* géorgien* gruzińsk*
lt lit lithuanian литовськ* литовск* litewsk* lietuvių
lv lav latvian латвійськ* латышск* łotewsk* latviešu
et est estonian естонськ* эстонск* estońsk* eesti
bg bul bulgarian болгарськ* болгарск* bulgarisch* bułgarsk*
hr hrv croatian хорватськ* хорватск* kroatisch* chorwack*
sr srp serbian сербськ* сербск* serbisch* serbsk*
fa per persian farsi персидск* перськ* persisch* perski*
ta tam tamil тамільськ*
te tel telugu
ml mal malayalam
pa pan punjabi
yi yid yiddish jiddisch ідиш идиш
th tha thai
vi vie vietnamese
ca cat catalan català catalán
eu eus basque euskara
gl glg galician gallego galego
"""

_WORDS: Final[dict[str, str]] = {}
_STEMS: Final[dict[str, str]] = {}
for _line in _NAMES.strip().splitlines():
    _code, *_words = _line.split()
    _WORDS[_code] = _code
    for _word in _words:
        if _word.endswith("*"):
            _STEMS[_word[:-1]] = _code
        else:
            _WORDS[_word] = _code

_LONGEST_STEM: Final = max(len(stem) for stem in _STEMS)
_SHORTEST_STEM: Final = min(len(stem) for stem in _STEMS)


def language_of_word(word: str) -> str | None:
    """The language that one word names, or None: ``"ENG"`` → ``"en"``, ``"українською"`` → ``"uk"``."""
    folded = word.strip(".,;:()[]'\"").casefold()
    if folded in _WORDS:
        return _WORDS[folded]
    for length in range(min(len(folded), _LONGEST_STEM), _SHORTEST_STEM - 1, -1):
        if folded[:length] in _STEMS:
            return _STEMS[folded[:length]]
    return None


def language_code(text: str | None) -> str | None:
    """The BCP 47 primary language of a tag or a name ("en-GB", "uk_UA", "мова: англійська"), or None."""
    if not text:
        return None
    tag = re.fullmatch(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8}){0,3}\s*", text[:60])
    if tag:
        return language_of_word(tag[1])
    found = (language_of_word(word) for word in re.findall(r"[^\W\d_]{4,30}", text[:60]))
    return next((code for code in found if code), None)

"""What a page says of a screening's accessibility, in the words of the row itself."""

import re
from typing import Final

from cinestreamd.store.accessibility import Access

_WORDS: Final[dict[Access, str]] = {
    "described": r"audio[ -]?descri(?:bed|ption)|audiodes[ck]ription|audiodescrip\w+|audiodeskrypcj\w+|\(AD\)|\[AD\]|"
    r"ауд[іи]оде?[иі]?скрипц\w+|тифлокоментар\w*|тифлокомментар\w*",
    "captioned": r"hard[ -]of[ -]hearing|\bHOH\b|\bSDH\b|open captions?|closed captions?|captioned|\(CC\)|\[CC\]|"
    r"subtítulos para sordos|napisy dla niesłyszących|субтитри для (?:нечуючих|глухих)|субтитры для глухих",
    "relaxed": r"relaxed (?:screening|performance|environment)|(?:autism|sensory|dementia)[ -]friendly|"
    r"інклюзивн\w+ (?:сеанс|показ)\w*|инклюзивн\w+ (?:сеанс|показ)\w*|дружн\w+ до аути\w+",
    "signed": r"sign(?:ed)?[ -](?:language|screening)|\bBSL\b|жестов\w+ мов\w+|жестов\w+ язык\w*|сурдопереклад\w*|"
    r"сурдоперевод\w*|gebärdensprach\w+|język\w* migow\w+",
}
_PATTERNS: Final = tuple((name, re.compile(words, re.IGNORECASE)) for name, words in _WORDS.items())


def access_of(*texts: str | None) -> tuple[Access, ...]:
    """What ``texts``, those of one row, name in so many words; abbreviations of two letters only in brackets."""
    joined = "\n".join(text for text in texts if text)
    return tuple(name for name, pattern in _PATTERNS if pattern.search(joined))

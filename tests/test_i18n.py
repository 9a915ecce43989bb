"""Every text in three languages: choosing one, and catalogues that say all that the code and the templates say."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from cinestreamd.i18n import LANGUAGES, N_, Language, N_many, negotiate_language, parse_language, translations

ROOT = Path(__file__).parent.parent
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
    "N_many": (1, 2),
}


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ("uk", "uk"),
        ("UA", "uk"),
        ("en-GB", "en"),
        ("ru_RU", "ru"),
        (" EN ", "en"),
        ("fr", None),
        ("", None),
        ("*", None),
    ],
)
def test_parse_language(given: str, language: str | None) -> None:
    assert parse_language(given) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "uk"),
        ("en", "en"),
        ("fr, ru;q=0.3, en;q=0.7", "en"),
        ("ru;q=0.5, en;q=0.5", "ru"),
        ("en;q=0", "uk"),
        ("en;q=0.001", "en"),
        ("en;q=high, ru;q=0.1", "ru"),
        ("de-DE,de;q=0.9", "uk"),
        (", ,;;=,", "uk"),
        ("fr," * 400 + "en", "uk"),
    ],
)
def test_negotiate_language(header: str, language: str) -> None:
    """The last header is longer than what is read of it."""
    assert negotiate_language(header, "uk") == language


def test_a_marked_message_is_itself() -> None:
    assert N_("There is no such page.") == "There is no such page."
    assert N_many("one", "many") == ("one", "many")


def catalogue(language: Language) -> Catalog:
    path = ROOT / "cinestreamd" / "locale" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def messages(language: Language) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


def translated(found: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Translations by message; either is several texts where there are plural forms."""

    def texts(one_or_many: str | Sequence[str]) -> tuple[str, ...]:
        return (one_or_many,) if isinstance(one_or_many, str) else tuple(one_or_many)

    return {texts(message.id): texts(message.string) for message in found if message.id}


def said() -> set[str | tuple[str, ...]]:
    """Every message of the code and the templates; one with a plural as (singular, plural)."""
    with (ROOT / "packaging" / "babel.cfg").open(encoding="utf-8") as file:
        mapping, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT / "cinestreamd", mapping, options, keywords=KEYWORDS)
    return {row[2] for row in found if row[2]}


def placeholders(text: str) -> list[str]:
    """What is filled in: ``%(name)s`` and ``{name}``."""
    return sorted(re.findall(r"%\(\w+\)s|\{\w*(?:![rsa])?\}", text))


def test_templates_and_code_are_both_read() -> None:
    texts = said()
    assert "Near me" in texts
    assert "There is no such page." in texts
    assert ("%(num)s showing today", "%(num)s showings today") in texts
    assert len(texts) > 100


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_every_message_is_translated_and_none_is_unused(language: Language) -> None:
    known = {message.id if isinstance(message.id, str) else tuple(message.id) for message in messages(language)}
    assert {"missing": said() - known, "unused": known - said()} == {"missing": set(), "unused": set()}
    assert catalogue(language).obsolete == {}


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_every_translation_is_finished(language: Language) -> None:
    for message in messages(language):
        assert not message.fuzzy, message.id
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(strings), message.id
        assert len(strings) == (1 if isinstance(message.id, str) else 3), message.id


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_placeholders_agree(language: Language) -> None:
    for message in messages(language):
        singular, strings = (
            (message.id, [message.string]) if isinstance(message.id, str) else (message.id[1], list(message.string))
        )
        for string in strings:
            assert placeholders(string) == placeholders(singular), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_is_compiled_from_what_is_edited(language: Language) -> None:
    """When this fails, ``make catalogues`` compiles anew."""
    with (ROOT / "cinestreamd" / "locale" / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    assert translated(compiled) == translated(catalogue(language))
    assert compiled.plural_expr == catalogue(language).plural_expr


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_those_of_the_language(language: Language) -> None:
    forms = {"uk": 3, "en": 2, "ru": 3}
    assert catalogue(language).num_plurals == forms[language]


def test_what_no_catalogue_has_stays_as_it_is() -> None:
    assert translations("en").gettext("There is no such page.") == "There is no such page."
    assert translations("uk").gettext("No catalogue has this.") == "No catalogue has this."

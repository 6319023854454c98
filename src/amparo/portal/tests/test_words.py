"""The words are complete in three languages, keep their placeholders, and the compiled catalogues are those of the sources."""

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from amparo.standard.reasons import LANGUAGES

LOCALE = Path(__file__).parents[1] / "locale"
TEMPLATES = Path(__file__).parents[1] / "templates"
COMMANDS = ("./run release verify", "sha256sum data.csv")


def catalogue(language):
    """Return the source catalogue of one language."""
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_message_is_translated_and_keeps_its_placeholders(language):
    messages = [message for message in catalogue(language) if message.id]
    assert len(messages) > 150
    for message in messages:
        ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
        strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        assert all(strings), message.id
        assert "fuzzy" not in message.flags
        wanted = set(re.findall(r"%\(\w+\)[sd]|%%", " ".join(ids)))
        assert set(re.findall(r"%\(\w+\)[sd]|%%", " ".join(strings))) == wanted, message.id


def test_both_languages_hold_the_same_messages():
    french, spanish = ({(message.context, str(message.id)) for message in catalogue(language)} for language in ("fr", "es"))
    assert french == spanish


def bare(words):
    """Return words without the finer setting of French signs, which compiling adds."""
    return words.replace("\u00a0", " ").replace("’", "'")


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_compiled_catalogue_is_the_one_of_the_source(language):
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogue(language):
        if message.id and isinstance(message.id, str):
            found = compiled.pgettext(message.context, message.id) if message.context else compiled.gettext(message.id)
            assert bare(found) == bare(message.string)


def test_no_template_speaks_past_the_catalogue():
    """Text between tags is always a translated message, a variable, or a name that is the same in every language."""
    same = {*"·–›±,:S?R0+≈/kl", "· Amparo", "Amparo", "CSV", "JSON", "SVG", "SHA-256", *COMMANDS}
    for path in TEMPLATES.rglob("*.html"):
        text = re.sub(r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\n", text, flags=re.DOTALL)
        text = re.sub(r"<[^>]*>", "\n", text)
        left = {part.strip() for part in text.split("\n")} - same - {""}
        assert not left, (path.name, left)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_page_shows_english_words(portal, language):
    english = {
        str(message.id)
        for message in catalogue("fr")
        if isinstance(message.id, str) and len(message.id) > 25 and "%" not in message.id
    }
    for path in ("/", "/releases", "/methods", "/about", "/r/invented-2025-1/", "/r/invented-2025-1/explore?gender=Woman"):
        text = portal.ask(f"/{language}{path}").text.replace("&#x27;", "'")
        assert [words for words in english if words in text] == []

"""The interface's words: take them out of the code, keep their French and Spanish, compile them.

    python tools/words.py update src/amparo/desk/cases     new words into its locale/, old translations kept
    python tools/words.py compile                          every .po into its .mo
    python tools/words.py missing                          what is not translated yet

No gettext programs are needed: Babel reads Python, Django's own lexer reads the templates.
"""

import datetime
import io
import os
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("fr", "es")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def templatized(path):
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    return templatize(path.read_text(encoding="utf-8"), origin=str(path))


def messages(app):
    """Return {(context, msgid or (singular, plural)): {place, ...}} of one app's Python and templates."""
    found = {}
    for path in sorted(Path(app).rglob("*")):
        if "tests" in path.parts or "migrations" in path.parts or path.suffix not in (".py", ".html", ".txt"):
            continue
        if path.suffix != ".py" and "templates" not in path.parts:
            continue
        source = path.read_text(encoding="utf-8") if path.suffix == ".py" else templatized(path)
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            key = tuple(message) if isinstance(message, (tuple, list)) else message
            if isinstance(key, tuple) and len(key) == 3:
                context, key = key[0], key[1:]
            if key:
                found.setdefault((context, key), set()).add(
                    path.relative_to(ROOT).as_posix() if path.is_absolute() else path.as_posix()
                )
    return found


def catalogue(app, language):
    """Return an app's catalogue in one language, empty where there is none."""
    path = Path(app) / "locale" / language / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale=language, project="Amparo", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(app):
    for language in LANGUAGES:
        old, new = (
            catalogue(app, language),
            Catalog(locale=language, project="Amparo", version="", charset="utf-8", header_comment="", fuzzy=False),
        )
        for (context, key), places in sorted(messages(app).items(), key=lambda item: (str(item[0][1]), item[0][0] or "")):
            kept = old.get(key[0] if isinstance(key, tuple) else key, context)
            singular = key[0] if isinstance(key, tuple) else key
            flags = ["python-format"] if re.search(r"%\(\w+\)[sd]", singular) else []
            new.add(
                key,
                kept.string if kept and isinstance(kept.string, (tuple, list)) == isinstance(key, tuple) else None,
                locations=[(place, None) for place in sorted(places)],
                context=context,
                flags=flags,
            )
        path = Path(app) / "locale" / language / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, new, omit_header=False, include_lineno=False, width=110, sort_output=False)
        text = re.sub(
            r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team|Report-Msgid-Bugs-To).*\n',
            "",
            path.read_text(encoding="utf-8"),
            flags=re.M,
        )
        path.write_text(text, encoding="utf-8")
        left = untranslated(app, language)
        print("%s %s: %d messages, %d to translate" % (app, language, len(messages(app)), len(left)))


def apps():
    """Return every folder that holds words of the interface."""
    return sorted(
        {
            path.parent
            for room in ("desk", "portal")
            for path in (ROOT / "src" / "amparo" / room).rglob("__init__.py")
            if (path.parent / "locale").exists() or messages_in(path.parent)
        }
    )


def messages_in(app):
    return app.parent.name == "desk" and bool(messages(app))


def untranslated(app, language):
    """Return the messages of an app that a language lacks, or whose placeholders differ."""
    held, missing = catalogue(app, language), []
    for context, key in messages(app):
        singular = key[0] if isinstance(key, tuple) else key
        entry = held.get(singular, context)
        words = [] if entry is None else list(entry.string) if isinstance(entry.string, (tuple, list)) else [entry.string]
        wanted = set(re.findall(r"%\(\w+\)[sd]|\{\w*\}", " ".join(key) if isinstance(key, tuple) else key))
        fits = words and all(words) and "fuzzy" not in entry.flags
        if not fits or any(not set(re.findall(r"%\(\w+\)[sd]|\{\w*\}", word)) <= wanted for word in words):
            missing.append((context, key))
    return missing


def typeset(words, language):
    """Return words as the language sets them: French keeps its high signs on the line of the word before them."""
    if language != "fr":
        return words
    words = re.sub(r"(?<=\S) (?=[:;?!»](?![\w=]))", "\u00a0", words).replace("« ", "«\u00a0")
    return re.sub(r"(?<=[^\W\d_])'(?=[^\W\d_])", "’", words)


def compiled(path):
    """Return a catalogue as Django reads it; the same words always give the same bytes."""
    with path.open("rb") as file:
        held, made = read_po(file, locale=path.parts[-3]), io.BytesIO()
    for entry in held:
        plural = isinstance(entry.string, (tuple, list))
        set_as = [typeset(words, path.parts[-3]) for words in (entry.string if plural else [entry.string])]
        if entry.id:
            entry.string = tuple(set_as) if plural else set_as[0]
    held.creation_date = held.revision_date = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
    write_mo(made, held)
    return made.getvalue()


def compile_all():
    for path in (ROOT / "src" / "amparo").rglob("locale/*/LC_MESSAGES/django.po"):
        if not path.with_suffix(".mo").exists() or path.with_suffix(".mo").read_bytes() != compiled(path):
            path.with_suffix(".mo").write_bytes(compiled(path))


def stale():
    """Return the catalogues whose compiled form is missing or differs."""
    found = []
    for path in (ROOT / "src" / "amparo").rglob("locale/*/LC_MESSAGES/django.po"):
        made = path.with_suffix(".mo")
        if not made.exists() or made.read_bytes() != compiled(path):
            found.append(path)
    return found


def main(arguments):
    match arguments:
        case ["update", app]:
            if not Path(app).is_dir():
                sys.exit("%s is no folder: name a room as in src/amparo/desk/cases" % app)
            update(os.path.abspath(app))
        case ["compile"]:
            compile_all()
        case ["missing"]:
            for app in apps():
                for language in LANGUAGES:
                    for context, key in untranslated(app, language):
                        print(app.relative_to(ROOT), language, context or "", key, sep="\t")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])

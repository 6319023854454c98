"""Editions as pages show them: in the reader's language, with the words of the form's own languages beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from amparo.standard import codes, fields, pool

from . import coded, differences, queries, search
from .choices import QUESTION_KINDS, SECRECIES, Kind
from .form import ANSWER_LIST, ASKED, LISTED, Form, Question, say
from .form import Kind as FormKind
from .indicators import FACT_LISTS
from .models import Edition

TITLE_CODES = 3
"""How many codes of an added list stand in its title."""
RIGHT_TO_LEFT = frozenset({"ar", "arc", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


def reader() -> str:
    """Return the reader's language."""
    return (get_language() or "en")[:2]


def direction(tag: str) -> str:
    """Return in which direction a language is written."""
    return "rtl" if tag.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def language_name(tag: str) -> str:
    """Return a language's name in itself; its tag where nobody knows one."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        return tag
    return f"{name[:1].upper()}{name[1:]}" if name else tag


@dataclass(frozen=True, slots=True)
class Language:
    """A language of a form to choose."""

    tag: str
    name: str
    direction: str


def languages_of(form: Form) -> tuple[Language, ...]:
    """Return a form's languages, the form's own first one first."""
    return tuple(Language(tag, language_name(tag), direction(tag)) for tag in form.languages)


def chosen(form: Form, wanted: str = "") -> Language:
    """Return the language to show a form in: the one asked for, else the reader's, else the form's first."""
    tag = next((one for one in (wanted, reader()) if one in form.languages), form.languages[0])
    return Language(tag, language_name(tag), direction(tag))


@dataclass(frozen=True, slots=True)
class Line:
    """One code of the list of what a country added: what is in force and what is newest."""

    title: str
    code: str
    kind: str
    newest: Edition
    in_force: Edition | None
    state: str
    tone: str
    languages: str


def lines(editions: Iterable[Edition], *, on: date) -> Iterator[Line]:
    """Yield one line for each code, from editions by kind and code, the newest first."""
    for (kind, code), group in groupby(editions, key=lambda one: (one.kind, one.code)):
        held = list(group)
        begun = [one for one in held if one.active_from is not None and one.active_from <= on]
        latest = max(begun, key=lambda one: (one.active_from, one.number), default=None)
        in_force = latest if latest is not None and latest.is_in_force_on(on) else None
        words, tone = state_of(held[0], on=on, is_replaced=False)
        names = ", ".join(language_name(tag) for tag in held[0].languages)
        yield Line(title(held[0]), code, str(Kind(kind).label), held[0], in_force, words, tone, names)


def title(edition: Edition) -> str:
    """Return what an edition is called in the reader's language; codes that were added are called by their own words."""
    if Kind(edition.kind) is not Kind.CODES:
        return edition.title_in(reader())
    words = [say(one.label, reader(), tuple(edition.languages)) for one in edition.added.choices]
    return ", ".join(words[:TITLE_CODES]) + (" …" if len(words) > TITLE_CODES else "")


def state_of(edition: Edition, *, on: date, is_replaced: bool) -> tuple[str, str]:
    """Return in words, and as a tone, whether an edition is in force."""
    if edition.active_from is None:
        return pgettext("edition", "brought, not in force"), "wait"
    if edition.retired_from is not None and edition.retired_from <= on:
        return pgettext("edition", "retired"), "no"
    if edition.active_from > on:
        return pgettext("edition", "begins later"), "wait"
    return (pgettext("edition", "replaced by a later version"), "no") if is_replaced else (pgettext("edition", "in force"), "ok")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a form, in words."""

    question: Question
    depth: int
    label: str
    kind: str
    secrecy: str
    target: str
    choices: tuple[str, ...]


def rows(form: Form, tag: str) -> Iterator[Row]:
    """Yield the rows of a form in one of its languages."""
    for one in form.questions:
        choices = tuple(say(choice.label, tag, form.languages) for choice in form.list_of(one).choices) if one.list_name else ()
        secrecy = str(SECRECIES[one.secrecy.value]) if one.kind in ASKED else ""
        label = say(one.label, tag, form.languages) or one.name
        yield Row(one, len(one.within), label, str(QUESTION_KINDS[one.kind.value]), secrecy, target(one.maps_to), choices)


def target(name: str) -> str:
    """Return a field of the standard, or a column of the record, in the reader's language."""
    if not name:
        return ""
    if name in fields.fields():
        return f"{fields.get(name).label[reader()]} ({name})"
    if name in pool.columns():
        return f"{pool.columns()[name].label[reader()]} ({name})"
    group = next((row for row in codes.rows("", "groups") if row["name"] == name), None)
    return f"{codes.labels(group)[reader()]} ({name})" if group else name


def aspect_words() -> dict[str, str]:
    """Return what can differ in a question, in words."""
    return {
        "label": _("the question"),
        "hint": _("the hint"),
        "list_name": _("the list"),
        "relevant": _("when it is asked"),
        "constraint": _("the constraint"),
        "constraint_message": _("what is said when the constraint fails"),
        "is_required": _("whether an answer is needed"),
        "required_message": _("why an answer is needed"),
        "secrecy": _("who reads the answer"),
        "maps_to": _("the standard’s field"),
        "within": _("the group"),
    }


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions, in words."""

    what: str
    tone: str
    name: str
    words: str
    detail: str


def changes(before: Edition, after: Edition) -> list[Change]:
    """Return what differs between two versions of a form."""
    made = []
    for one in differences.between(before.form, after.form):
        what, tone = {
            "added": (_("new"), "ok"),
            "removed": (_("no longer asked"), "no"),
            "changed": (_("changed"), "mid"),
            "choices": (_("other choices"), "mid"),
        }[one.what]
        label = say(one.question.label, reader(), after.form.languages) if one.question else _("List %(name)s") % {"name": one.name}
        told = [aspect_words()[name] for name in one.aspects]
        told += [_("added: %(codes)s") % {"codes": ", ".join(one.added)}] if one.added else []
        told += [_("no longer: %(codes)s") % {"codes": ", ".join(one.removed)}] if one.removed else []
        made.append(Change(what, tone, one.name, label or one.name, "; ".join(told)))
    return made


def page_of(edition: Edition, *, on: date, tag: str) -> dict[str, Any]:
    """Return what the page of an edition shows, by its kind."""
    earlier, now = queries.before(edition), queries.current(edition, on=on)
    words, tone = state_of(edition, on=on, is_replaced=now is not None and now.pk != edition.pk)
    context: dict[str, Any] = {
        "edition": edition,
        "earlier": earlier,
        "state": words,
        "tone": tone,
        "title": title(edition),
    }
    match Kind(edition.kind):
        case Kind.FORM:
            language = chosen(edition.form, tag)
            context |= {
                "form": edition.form,
                "tongue": language,
                "languages": languages_of(edition.form),
                "rows": list(rows(edition.form, language.tag)),
                "changes": changes(earlier, edition) if earlier else [],
            }
        case Kind.CODES:
            extended = edition.content["extends"]
            context |= {"extends": extended, "choices": [_choice(one, extended) for one in edition.added.choices]}
        case Kind.INDICATORS:
            context |= {"indicators": [(one, say(one.question, reader()), _fact(one.fact)) for one in edition.indicator_set.rows]}
        case Kind.TEMPLATE:
            pieces = edition.template.pieces
            context |= {"pieces": [(one.kind, say(one.text, reader(), tuple(edition.languages)), one.fields) for one in pieces]}
    return context


def _fact(fact: str) -> str:
    """Return in words what a yes notes in the case, "" for nothing."""
    column, _dot, code = fact.partition(".")
    return coded.label(FACT_LISTS[column], code, reader()) if column in FACT_LISTS else ""


def _choice(one: Any, extended: str) -> tuple[str, str, str]:
    return one.code, say(one.label, reader()), coded.load(extended).label(one.maps_to, reader())


@dataclass(frozen=True, slots=True)
class BlankRow:
    """One row of an empty form on paper; `lines` is how many lines are left for the answer."""

    kind: str
    number: int
    depth: int
    label: str
    hint: str
    choices: tuple[str, ...]
    others: tuple[str, ...]
    lines: int
    after: tuple[int, ...]


def blank_rows(form: Form, tag: str) -> Iterator[BlankRow]:
    """Yield the rows of an empty form; each question has a number, and says on which numbers it hangs."""
    numbers = {one.name: place for place, one in enumerate(form.asked(), start=1)}
    said = [say(one.label, tag, form.languages) for one in form.list_named(ANSWER_LIST).choices]
    for one in form.questions:
        choices = tuple(say(choice.label, tag, form.languages) for choice in form.list_of(one).choices)
        is_four = one.kind is FormKind.ANSWER
        yield BlankRow(
            one.kind.value,
            numbers.get(one.name, 0),
            len(one.within),
            say(one.label, tag, form.languages),
            say(one.hint, tag, form.languages),
            choices if one.kind in LISTED else (),
            () if is_four or one.kind not in ASKED else tuple(said[2:]),
            0 if one.kind in LISTED else 3 if one.kind is FormKind.TEXT else 1,
            tuple(numbers[name] for name in search.needed(form, one) if name in numbers),
        )

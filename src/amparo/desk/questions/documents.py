"""A document template as data: headings, paragraphs, named fields of the record, places to sign; nothing that could run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amparo.standard.reasons import Reason

from .form import Words
from .rules import LONGEST_WORDS, NAME, reason

FIELDS = (
    "today",
    "office.name",
    "office.country",
    "member.name",
    "case.number",
    "case.pseudonym",
    "case.opened_on",
    "case.presumed_on",
    "case.status",
    "case.exploitation",
    "case.exploitation_country",
    "person.name",
    "person.birth_date",
    "person.age",
    "person.gender",
    "person.citizenship",
    "person.languages",
    "person.interpreter",
    "person.safe_contact",
)
"""Everything of a record that a document may show: no narrative, no address, no number to call."""
KINDS = ("heading", "paragraph", "fields", "signature")
FIELD = re.compile(r"\{([^{}]{0,80})\}")
MOST_PIECES = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a document: words, in which `{case.number}` stands for a field, or a table of fields."""

    kind: str
    text: Words
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A template: its code, title, languages and pieces."""

    code: str
    title: Words
    languages: tuple[str, ...]
    pieces: tuple[Piece, ...]
    source: str = ""


def fields_of(template: Template) -> frozenset[str]:
    """Return every field of the record that a document made from the template shows."""
    named = {name for piece in template.pieces for name in piece.fields}
    return frozenset(named | {found for piece in template.pieces for text in piece.text.values() for found in FIELD.findall(text)})


def wrong_with(template: Template, where: str) -> Iterator[Reason]:
    """Yield everything that is wrong with a template."""
    if not NAME.fullmatch(template.code):
        yield reason("bad_code", where, value=template.code[:60])
    if not template.pieces or len(template.pieces) > MOST_PIECES:
        yield reason("pack_key", where, value="pieces")
    yield from _texts(template.title, template.languages, where, "title")
    for number, piece in enumerate(template.pieces, start=1):
        name = f"{number} {piece.kind}"
        if piece.kind not in KINDS:
            yield reason("template_kind", where, value=piece.kind[:40])
        elif piece.kind != "fields" or piece.text:
            yield from _texts(piece.text, template.languages, where, name)
    for name in sorted(fields_of(template) - set(FIELDS)):
        yield reason("template_field", where, value=name[:60], names=", ".join(FIELDS))


def _texts(words: Words, languages: tuple[str, ...], where: str, name: str) -> Iterator[Reason]:
    missing = [tag for tag in languages if not words.get(tag, "").strip()]
    if missing:
        yield reason("no_text", where, name=name, languages=", ".join(missing))
    if any(len(text) > LONGEST_WORDS for text in words.values()):
        yield reason("too_long", where, name=name, limit=LONGEST_WORDS)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its fields filled in; plain words, to be escaped like any other by whoever shows them."""
    return FIELD.sub(lambda found: values.get(found[1], ""), text)


def as_data(template: Template) -> dict[str, Any]:
    """Return a template as plain data."""
    pieces = [{"kind": one.kind, "text": dict(one.text), "fields": list(one.fields)} for one in template.pieces]
    return {
        "code": template.code,
        "title": dict(template.title),
        "languages": list(template.languages),
        "source": template.source,
        "pieces": pieces,
    }


def from_data(held: Mapping[str, Any]) -> Template:
    """Return the template that `as_data` wrote."""
    pieces = tuple(Piece(one["kind"], one.get("text", {}), tuple(one.get("fields", ()))) for one in held["pieces"])
    return Template(held["code"], held["title"], tuple(held["languages"]), pieces, held.get("source", ""))

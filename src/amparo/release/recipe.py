"""What a release shall be, written by a person in TOML and read strictly: nothing is guessed, nothing ignored."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from amparo.disclosure.accounting import Privacy
from amparo.disclosure.domain import Attribute, Domain
from amparo.disclosure.structure import Rule
from amparo.release.columns import RecipeColumn, RecipeGroup, read_columns
from amparo.release.rules import read_rules
from amparo.release.strict import Reader
from amparo.standard.reasons import Reason, Refused

ROOM = "release"
LIMIT_BYTES = 1_000_000
LICENCE = "CC-BY-4.0"
MOST_BEGINNINGS = 300
SYNTHETIC = "synthetic"
ASKED_KEYS = frozenset({"kind", "title", "summary", "publisher", "licence", "geography", "not_for", "schema", "person", "columns"})
KEYS = ASKED_KEYS | {"rows", "privacy", "rules"}
Text = Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """What every recipe asks for, of whichever kind: everything in it is public, and decided before the table is looked at.

    `person` is the table's column that tells persons apart; without it a row is a person.
    """

    title: Text
    summary: Text
    publisher: str
    licence: str
    geography: Text
    not_for: Text
    schema: str
    person: str | None
    columns: tuple[RecipeColumn, ...]
    groups: tuple[RecipeGroup, ...]

    @cached_property
    def domain(self) -> Domain:
        """Return the public domain; raise `Refused` when it is too large to protect at once."""
        return Domain(tuple(Attribute(column.name, column.domain) for column in self.columns))


@dataclass(frozen=True)
class Recipe(Asked):
    """A recipe for invented rows, which keep every rule.

    `rows` is the number of rows to release where that number is public already.
    """

    rows: int | None
    privacy: Privacy
    rules: tuple[Rule, ...] = ()

    @cached_property
    def domain(self) -> Domain:
        """Return the public domain with its rules; raise `Refused` when it is too large or a rule cannot be kept."""
        return Domain(tuple(Attribute(column.name, column.domain) for column in self.columns), self.rules)


def read_text(path: Path) -> str:
    """Return the text of a recipe's file; raise `Refused` when it cannot be read or is no such text."""
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError:
        raise Refused(Reason(ROOM, "recipe_not_readable", path.name)) from None
    if len(content) > LIMIT_BYTES:
        raise Refused(Reason(ROOM, "recipe_too_large", path.name))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(Reason(ROOM, "recipe_not_utf8", path.name)) from None


def load(path: Path) -> Recipe:
    """Read a recipe for invented rows from a file; raise `Refused` with everything that is wrong with it."""
    return parse(read_text(path))


def parse(text: str) -> Recipe:
    """Read a recipe for invented rows from its text; raise `Refused` with everything that is wrong with it, all at once."""
    value = read_toml(text)
    reader = Reader()
    reader.keys(value, KEYS)
    if reader.text(value, "kind", default=SYNTHETIC) != SYNTHETIC:
        reader.refuse("kind_not_here", "kind")
    privacy = read_privacy(reader, reader.table(value, "privacy"))
    asked = read_asked(reader, value)
    rules = read_rules(reader, reader.tables(value, "rules"))
    rows = reader.whole(value, "rows")
    if rows is not None and rows < 1:
        reader.refuse("rows_not_positive", "rows")
    if reader.reasons or privacy is None:
        raise Refused(*reader.reasons)
    recipe = Recipe(**asked, rows=rows, privacy=privacy, rules=rules)
    _ = recipe.domain  # a domain that cannot be protected is refused here, not when the table has been read
    return recipe


def read_toml(text: str) -> Mapping[str, Any]:
    """Return what a text of TOML says; raise `Refused` with the line at which it stops being TOML."""
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError):  # a number of too many digits is a ValueError of its own
        raise Refused(Reason(ROOM, "recipe_not_toml", values={"line": _line_of_fault(text)})) from None


def read_asked(reader: Reader, value: Mapping[str, Any], *, kind: str = "") -> dict[str, Any]:
    """Read the fields of `Asked`; `kind` chooses the words for what the recipe does not say itself."""
    schema = reader.text(value, "schema", required=True)
    columns, groups = read_columns(reader, schema, reader.tables(value, "columns")) if schema else ((), ())
    facts = _facts(reader, value, kind)
    person = reader.text(value, "person") or None
    if any(person in (column.name, *column.aliases) for column in columns):
        reader.refuse("person_is_released", "person", column=person)
    return {"schema": schema, "person": person, "columns": columns, "groups": groups, **facts}


def _line_of_fault(text: str) -> int:
    """Return the line at which a text stops being TOML: the one after the longest beginning that is.

    Told by reading beginnings, because an exception's words are neither ours nor the reader's language.
    In a long text every so many lines are tried, so the line is then a near one.
    """
    lines = text.splitlines()
    good = 0
    for end in range(0, len(lines), max(1, len(lines) // MOST_BEGINNINGS)):
        try:
            tomllib.loads("\n".join(lines[:end]))
        except (ValueError, RecursionError):
            continue
        good = end
    return good + 1


def _facts(reader: Reader, value: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return what is said about the release, in words."""
    return {
        "title": reader.words(value, "title", required=True),
        "summary": reader.words(value, "summary", default=f"default_summary{kind}"),
        "not_for": reader.words(value, "not_for", default=f"default_not_for{kind}"),
        "geography": reader.words(value, "geography"),
        "publisher": reader.public_text(value, "publisher"),
        "licence": reader.public_text(value, "licence", default=LICENCE),
    }


def read_privacy(reader: Reader, value: Mapping[str, Any] | None) -> Privacy | None:
    """Return the promise, or nothing when it is missing or promises nothing."""
    if value is None:
        return None
    reader.keys(value, ("epsilon", "delta", "contributors_per_person"), inside="privacy")
    epsilon = reader.number(value, "epsilon", inside="privacy")
    delta = reader.number(value, "delta", inside="privacy")
    contributors = reader.whole(value, "contributors_per_person", inside="privacy", default=1)
    if epsilon is None or delta is None or contributors is None:
        return None
    try:
        return Privacy(epsilon, delta, contributors)
    except Refused as refused:
        reader.reasons += [Reason(r.room, r.code, f"privacy.{r.where}", r.values) for r in refused.reasons]
        return None

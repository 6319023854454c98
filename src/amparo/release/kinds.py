"""Recipes of the other kinds: a k-anonymous table, and protected aggregates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from amparo.bundle.description import Kind, is_plain
from amparo.disclosure.accounting import Privacy
from amparo.disclosure.aggregates import AggregatesPlan
from amparo.disclosure.aggregates import plan as plan_aggregates
from amparo.disclosure.anonymity import Group, Level, QuasiIdentifier, Scheme, adjacent_bands
from amparo.release.columns import RecipeColumn
from amparo.release.recipe import ASKED_KEYS, Asked, Recipe, parse, read_asked, read_privacy, read_text, read_toml
from amparo.release.strict import Reader
from amparo.standard.reasons import Refused

ORDERED = ("year", "ordinal")


@dataclass(frozen=True)
class AnonymousRecipe(Asked):
    """A recipe for a k-anonymous table: which columns give a person away, how they may be blurred, how alike rows must be."""

    k: int
    l: int  # noqa: E741
    quasi: tuple[QuasiIdentifier, ...]
    sensitive: tuple[str, ...]

    @cached_property
    def scheme(self) -> Scheme:
        """Return what is promised and may be blurred; raise `Refused` when it cannot be."""
        return Scheme(self.domain, self.k, self.quasi, self.sensitive, self.l)


@dataclass(frozen=True)
class AggregatesRecipe(Asked):
    """A recipe for counts of combinations up to `length`; the other numbers as in `AggregatesPlan`."""

    privacy: Privacy
    length: int
    least: int
    attributes: int | None

    @cached_property
    def plan(self) -> AggregatesPlan:
        """Return what will be measured and spent; raise `Refused` when it cannot be."""
        return plan_aggregates(self.domain, self.privacy, length=self.length, least=self.least, attributes=self.attributes)


AnyRecipe = Recipe | AnonymousRecipe | AggregatesRecipe


def load_any(path: Path) -> AnyRecipe:
    """Read a recipe of any kind from a file; raise `Refused` with everything that is wrong with it."""
    return parse_any(read_text(path))


def parse_any(text: str) -> AnyRecipe:
    """Read a recipe of any kind from its text; without a kind it is for invented rows."""
    value = read_toml(text)
    match value.get("kind", Kind.SYNTHETIC):
        case Kind.K_ANONYMOUS:
            return _anonymous(value)
        case Kind.AGGREGATES:
            return _aggregates(value)
        case Kind.SYNTHETIC:
            return parse(text)
        case _:
            reader = Reader()
            reader.refuse("release_kind_unknown", "kind", known=", ".join(Kind))
            raise Refused(*reader.reasons)


def _anonymous(value: Mapping[str, Any]) -> AnonymousRecipe:
    reader = Reader()
    reader.keys(value, ASKED_KEYS | {"anonymity"})
    asked = read_asked(reader, value, kind="_anonymous")
    section = reader.table(value, "anonymity") or {}
    reader.keys(section, ("k", "l", "quasi_identifiers", "sensitive", "recoding"), inside="anonymity")
    k, l = reader.whole(section, "k", inside="anonymity"), reader.whole(section, "l", inside="anonymity", default=1)  # noqa: E741
    if "anonymity" in value and "k" not in section:
        reader.refuse("key_missing", "anonymity.k")
    names = reader.texts(section, "quasi_identifiers", inside="anonymity") or ()
    sensitive = reader.texts(section, "sensitive", inside="anonymity") or ()
    levels = _levels(reader, asked["columns"], reader.tables(section, "recoding") or [])
    if reader.reasons or k is None or l is None:
        raise Refused(*reader.reasons)
    quasi = tuple(QuasiIdentifier(name, levels.get(name, ())) for name in names)
    recipe = AnonymousRecipe(**asked, k=k, l=l, quasi=quasi, sensitive=sensitive)
    _ = recipe.scheme
    return recipe


def _levels(reader: Reader, columns: tuple[RecipeColumn, ...], listed: list[Mapping[str, Any]]) -> dict[str, tuple[Level, ...]]:
    """Return each column's levels: those the recipe states, or doubling bands for a column that has an order."""
    known = {column.name: column for column in columns}
    stated: dict[str, tuple[Level, ...]] = {}
    for number, one in enumerate(listed, start=1):
        where = f"anonymity.recoding[{number}]"
        reader.keys(one, ("column", "bands", "groups"), inside=where)
        name = reader.text(one, "column", inside=where, required=True)
        if name not in known:
            if name:
                reader.refuse("recoding_of_no_column", f"{where}.column", column=name)
            continue
        stated[name] = stated.get(name, ()) + _bands(reader, one, known[name], where) + _groups(reader, one, where)
    return {
        column.name: adjacent_bands(column.domain) for column in columns if column.kind in ORDERED and column.name not in stated
    } | stated


def _bands(reader: Reader, value: Mapping[str, Any], column: RecipeColumn, where: str) -> tuple[Level, ...]:
    widths = value.get("bands", [])
    if not isinstance(widths, list) or not all(type(width) is int for width in widths):
        reader.refuse("not_wholes", f"{where}.bands")
        return ()
    try:
        return adjacent_bands(column.domain, widths)
    except Refused as refused:
        reader.reasons += refused.reasons
        return ()


def _groups(reader: Reader, value: Mapping[str, Any], where: str) -> tuple[Level, ...]:
    groups = value.get("groups")
    if groups is None:
        return ()
    if not isinstance(groups, dict) or not groups:
        reader.refuse("not_groups", f"{where}.groups")
        return ()
    made = []
    for name in groups:
        members = reader.texts(groups, name, inside=f"{where}.groups")
        if not is_plain(name):
            reader.refuse("value_not_plain", f"{where}.groups")
        made.append(Group(name, members or ()))
    return (tuple(made),)


def _aggregates(value: Mapping[str, Any]) -> AggregatesRecipe:
    reader = Reader()
    reader.keys(value, ASKED_KEYS | {"privacy", "aggregates"})
    asked = read_asked(reader, value, kind="_aggregates")
    privacy = read_privacy(reader, reader.table(value, "privacy"))
    section = value.get("aggregates", {})
    if not isinstance(section, dict):
        reader.refuse("not_a_table", "aggregates")
        section = {}
    reader.keys(section, ("length", "least", "attributes_per_person"), inside="aggregates")
    length = reader.whole(section, "length", inside="aggregates", default=3)
    least = reader.whole(section, "least", inside="aggregates", default=1)
    attributes = reader.whole(section, "attributes_per_person", inside="aggregates")
    if reader.reasons or privacy is None or length is None or least is None:
        raise Refused(*reader.reasons)
    recipe = AggregatesRecipe(**asked, privacy=privacy, length=length, least=least, attributes=attributes)
    _ = recipe.plan
    return recipe

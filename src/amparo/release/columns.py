"""The columns of a recipe: chosen and narrowed from a schema of the standard, or written out inline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from amparo.bundle.description import is_plain
from amparo.release.strict import ROOM, Reader
from amparo.standard import schemas
from amparo.standard.reasons import LANGUAGES, Refused, say
from amparo.standard.schemas import Schema, SchemaColumn

INLINE = "inline"
KINDS = ("year", "category", "ordinal", "flag", "country")
INTERVAL, SEVERAL = "interval", "several"
BLANK, LEAVE_OUT = "blank", "leave_out"
YES = ("1", "1.0", "yes", "true")
"""How an inline flag may spell yes: what every reader of a release knows for a yes."""
INLINE_NAME = re.compile(r"[^\W\d]\w{0,59}")
Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecipeColumn:
    """One column to release: what the table calls it, its public domain, and what is said about it.

    `aliases` are other names that tables use for it; `blanks` the spellings that mean *not recorded*,
    beside an empty cell; `field` is the column of the pool that it carries. `edges` are the lowest whole numbers of the
    bands that numbers fall into, the last band open above. `among` is a value of a column that holds several at once,
    written with `separator` between them: this column is then a flag that says whether the value is among them.
    `outside` says what a value outside the domain counts as: blank, a value of the domain, or that its row is left out.
    """

    name: str
    domain: tuple[str, ...]
    kind: str
    label: Text
    labels: Mapping[str, Text]
    aliases: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    group: str | None = None
    field: str | None = None
    edges: tuple[int, ...] = ()
    among: str | None = None
    separator: str = ";"
    several: tuple[str, ...] = ()
    outside: str = BLANK


@dataclass(frozen=True, slots=True)
class RecipeGroup:
    """Columns that are answered together, as far as they are in the recipe."""

    name: str
    label: Text
    columns: tuple[str, ...]


def read_columns(
    reader: Reader, schema: str, listed: Sequence[Mapping[str, Any]] | None
) -> tuple[tuple[RecipeColumn, ...], tuple[RecipeGroup, ...]]:
    """Return the columns and groups of a recipe; complaints go to the reader."""
    if schema == INLINE:
        columns = _inline(reader, listed)
        _once(reader, columns)
        return columns, _inline_groups(columns)
    try:
        known = schemas.load(schema)
    except Refused as refused:
        reader.reasons += refused.reasons
        return (), ()
    columns = _from_schema(reader, known, listed)
    _once(reader, columns)
    return columns, _groups(known, columns)


def is_releasable(column: SchemaColumn) -> bool:
    """Return whether a column of a schema can be released: it has a public domain and one value a person."""
    return column.kind in KINDS and bool(column.codes) and not column.is_derived and not column.is_identity


def _inline(reader: Reader, listed: Sequence[Mapping[str, Any]] | None) -> tuple[RecipeColumn, ...]:
    if not listed:
        reader.refuse("columns_missing", "columns")
        return ()
    columns: list[RecipeColumn] = []
    for number, one in enumerate(listed, start=1):
        columns += _inline_one(reader, one, f"columns[{number}]")
    return tuple(columns)


def _inline_one(reader: Reader, one: Mapping[str, Any], where: str) -> list[RecipeColumn]:
    """Read one column: it becomes one, or a flag for each value where it holds several values at once."""
    kind = reader.text(one, "kind", inside=where, default="category")
    more = {INTERVAL: ("edges", "outside"), SEVERAL: ("domain", "separator")}.get(kind, ("domain", "group", "outside"))
    reader.keys(one, ("name", "kind", "label", *more), inside=where)
    name = reader.text(one, "name", inside=where, required=True)
    if name and INLINE_NAME.fullmatch(name) is None:
        reader.refuse("name_not_plain", f"{where}.name")
    label = reader.words(one, "label", inside=where) or dict.fromkeys(LANGUAGES, name)
    if kind not in (*KINDS, INTERVAL, SEVERAL):
        reader.refuse("kind_unknown", f"{where}.kind", known=", ".join((*KINDS, INTERVAL, SEVERAL)))
    if kind == INTERVAL:
        edges = _edges(reader, one, where)
        return [_opened(reader, one, where, RecipeColumn(name, bands(edges), "ordinal", label, {}, edges=edges))]
    if "domain" not in one:
        reader.refuse("key_missing", f"{where}.domain")
    listed = reader.texts(one, "domain", inside=where)
    _check_domain(reader, f"{where}.domain", listed)
    domain = listed or ()
    if kind == "flag" and domain:
        _check_yes(reader, f"{where}.domain", [value for value in domain if value in YES], YES)
    if kind != SEVERAL:
        group = reader.text(one, "group", inside=where) or None
        return [_opened(reader, one, where, RecipeColumn(name, domain, kind, label, {}, group=group))]
    separator = reader.text(one, "separator", inside=where, default=";")
    if any(separator in value for value in domain):
        reader.refuse("separator_in_value", f"{where}.domain", separator=separator)
    return [
        RecipeColumn(
            name=f"{name}={value}",
            domain=YES[:1],
            kind="flag",
            label=_joined(label, value),
            labels={},
            aliases=(name,),
            group=name,
            among=value,
            separator=separator,
            several=domain,
        )
        for value in domain
    ]


def _joined(label: Text, value: str) -> dict[str, str]:
    return {language: f"{words}: {value}" if language != "fr" else f"{words}\u00a0: {value}" for language, words in label.items()}


def _edges(reader: Reader, one: Mapping[str, Any], where: str) -> tuple[int, ...]:
    edges = one.get("edges")
    if edges is None:
        reader.refuse("key_missing", f"{where}.edges")
        return ()
    is_rising = isinstance(edges, list) and edges and all(type(edge) is int and 0 <= edge < 10**9 for edge in edges)
    if not is_rising or sorted(set(edges)) != edges:
        reader.refuse("edges_not_rising", f"{where}.edges")
        return ()
    return tuple(edges)


def bands(edges: Sequence[int]) -> tuple[str, ...]:
    """Return how bands of whole numbers are spelled: `0--8`, `9--17`, `18+`; a band of one number is that number."""
    closed = [str(low) if high == low + 1 else f"{low}--{high - 1}" for low, high in pairwise(edges)]
    return (*closed, f"{edges[-1]}+") if edges else ()


def _from_schema(reader: Reader, schema: Schema, listed: Sequence[Mapping[str, Any]] | None) -> tuple[RecipeColumn, ...]:
    if listed is None:
        return tuple(_column(schema, column, column.codes) for column in schema.columns if is_releasable(column))
    if not listed:
        reader.refuse("columns_missing", "columns")
    columns = []
    for number, one in enumerate(listed, start=1):
        where = f"columns[{number}]"
        reader.keys(one, ("name", "domain", "outside"), inside=where)
        name = reader.text(one, "name", inside=where, required=True)
        column = _find(schema, name)
        if column is None or not is_releasable(column):
            if name:
                reader.refuse("column_unknown" if column is None else "column_not_releasable", f"{where}.name", column=name)
            continue
        domain = reader.texts(one, "domain", inside=where)
        if domain is not None:
            _check_domain(reader, f"{where}.domain", domain)
            foreign = [value for value in domain if value not in column.codes]
            if foreign:
                reader.refuse("value_not_in_schema", f"{where}.domain", column=name, values=", ".join(foreign[:5]))
            elif column.kind == "flag" and domain:
                known = [code for code in column.codes if column.code(code) == "yes"]
                _check_yes(reader, f"{where}.domain", [value for value in domain if value in known], known)
        columns.append(_opened(reader, one, where, _column(schema, column, column.codes if domain is None else domain)))
    return tuple(columns)


def _opened(reader: Reader, one: Mapping[str, Any], where: str, column: RecipeColumn) -> RecipeColumn:
    """Read what values outside the domain count as: a value that the domain does not name yet becomes its last one."""
    outside = reader.text(one, "outside", inside=where, default=BLANK)
    if outside in (BLANK, LEAVE_OUT):
        return replace(column, outside=outside)
    if column.kind == "flag" or not is_plain(outside):
        reader.refuse("outside_not_usable", f"{where}.outside")
        return column
    if outside in column.domain:
        return replace(column, outside=outside)
    words = {language: say(ROOM, "another_value", language) for language in LANGUAGES}
    return replace(column, outside=outside, domain=(*column.domain, outside), labels={**column.labels, outside: words})


def _find(schema: Schema, name: str) -> SchemaColumn | None:
    return next((column for column in schema.columns if column.name == name), None)


def _column(schema: Schema, column: SchemaColumn, domain: tuple[str, ...]) -> RecipeColumn:
    return RecipeColumn(
        name=column.name,
        domain=domain,
        kind=str(column.kind),
        label={language: column.label[language] for language in LANGUAGES},
        labels={value: words for value in domain if (words := _value_words(column, value))},
        aliases=column.aliases,
        blanks=tuple(schema.missing),
        group=column.group,
        field=column.pool or None,
    )


def _value_words(column: SchemaColumn, value: str) -> dict[str, str]:
    """Return the words for a value, or nothing when its words are its spelling in every language (a year)."""
    words = {language: column.value_label(value, language) for language in LANGUAGES}
    return words if set(words.values()) != {value} else {}


def _groups(schema: Schema, columns: Sequence[RecipeColumn]) -> tuple[RecipeGroup, ...]:
    chosen = {column.name for column in columns}
    groups = ((group, tuple(name for name in group.columns if name in chosen)) for group in schema.groups)
    return tuple(
        RecipeGroup(group.name, {language: group.label[language] for language in LANGUAGES}, names)
        for group, names in groups
        if names
    )


def _inline_groups(columns: Sequence[RecipeColumn]) -> tuple[RecipeGroup, ...]:
    names = dict.fromkeys(column.group for column in columns if column.group)
    return tuple(
        RecipeGroup(group, dict.fromkeys(LANGUAGES, group), tuple(c.name for c in columns if c.group == group)) for group in names
    )


def _check_domain(reader: Reader, where: str, domain: tuple[str, ...] | None) -> None:
    if domain is None:
        return
    if not domain:
        reader.refuse("domain_empty", where)
    if len(set(domain)) != len(domain):
        reader.refuse("value_twice", where)
    if any(not value.strip() for value in domain):
        reader.refuse("value_blank", where)
    elif not all(is_plain(value) for value in domain):
        reader.refuse("value_not_plain", where)


def _check_yes(reader: Reader, where: str, held: Sequence[str], known: Sequence[str]) -> None:
    """A column of yes and no says yes in exactly one way: without it a reader would take its *no* for the answer that counts."""
    if not held:
        reader.refuse("flag_without_yes", where, known=", ".join(known))
    elif len(held) > 1:
        reader.refuse("flag_with_several_yes", where, values=", ".join(held))


def _once(reader: Reader, columns: Sequence[RecipeColumn]) -> None:
    names = [column.name for column in columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.refuse("column_twice", "columns", column=name)

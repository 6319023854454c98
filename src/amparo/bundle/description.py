"""What a release is, for people and programs: the frozen values behind `release.json`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, assert_never

from amparo.standard.reasons import LANGUAGES, Reason, Refused
from amparo.standard.writing import ACTIVE

ROOM = "bundle"
WHERE = "release.json"
FORMAT = "amparo-release-1"
KINDS = ("year", "category", "ordinal", "flag", "country", "text")
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")
YES = frozenset({"1", "1.0", "y", "yes", "true", "oui", "sí", "si"})
"""How a list of yes and no spells yes, in any case."""
MOST_LEVELS = 8_192
"""How many values all columns may list together: every two columns are counted together, which takes a square of it."""
MOST_ROWS = 100_000_000
MOST_CONTRIBUTORS = 10_000
MOST_EPSILON = 1_000.0
LONGEST_TEXT = 100_000

Text = Mapping[str, str]
"""Words by language: `en`, `fr`, `es`."""


class Kind(StrEnum):
    """What sort of release it is: invented rows, blurred real rows, or counts of combinations."""

    SYNTHETIC = "synthetic"
    K_ANONYMOUS = "k-anonymous"
    AGGREGATES = "aggregates"


@dataclass(frozen=True, slots=True)
class Anonymity:
    """What a k-anonymous release promises: `k` rows alike in all quasi-identifiers, with `l` values of each sensitive column."""

    k: int
    l: int  # noqa: E741
    quasi_identifiers: tuple[str, ...]
    sensitive: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """What a release of aggregates lists: combinations up to `length`, none counted below `least`, of so many `persons`."""

    length: int
    least: int
    persons: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the released table and the public list of values it may hold; blank means not recorded.

    `field` is the field of the standard that the column carries (for example `gender`), so that a
    reader can find it whatever the column is called; empty where the standard has none.
    """

    name: str
    kind: str
    domain: tuple[str, ...]
    label: Text
    labels: Mapping[str, Text]
    group: str | None = None
    field: str | None = None

    @property
    def yes(self) -> str | None:
        """Return how a column of yes and no spells yes; None where its list has no yes, as when only *no* was released."""
        return next((code for code in self.domain if code.casefold() in YES), None)

    def say(self, language: str) -> str:
        """Return the column's name in words."""
        return self.label.get(language) or self.label.get("en") or self.name

    def say_value(self, code: str, language: str) -> str:
        """Return one value in words; a value without words is said as it is spelled."""
        words = self.labels.get(code, {})
        return words.get(language) or words.get("en") or code


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that are answered together: percentages count only persons with any answer in the group."""

    name: str
    label: Text
    columns: tuple[str, ...]

    def say(self, language: str) -> str:
        """Return the group's name in words."""
        return self.label.get(language) or self.label.get("en") or self.name


@dataclass(frozen=True, slots=True)
class Description:
    """What a release is: everything about it that stands in `release.json`. All of it is public.

    `rows` is the number of released rows, or of listed combinations. `epsilon` and `delta` are the protection per person
    key; one person may stand under `contributors_per_person` keys. A k-anonymous release has neither: `anonymity` says what
    it promises. `aggregation` says what a release of aggregates lists.
    """

    id: str
    title: Text
    summary: Text
    publisher: str
    licence: str
    issued: datetime.date
    schema: str
    rows: int
    epsilon: float | None
    delta: float | None
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    not_for: Text
    geography: Text
    contributors_per_person: int = 1
    kind: Kind = Kind.SYNTHETIC
    anonymity: Anonymity | None = None
    aggregation: Aggregation | None = None

    def column(self, name: str) -> Column:
        """Return a column by its name; an unknown name is a `KeyError`."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def find(self, field: str) -> Column | None:
        """Return the column that carries a field of the standard, if the release has one."""
        return next((column for column in self.columns if column.field == field), None)

    @property
    def countable_groups(self) -> tuple[Group, ...]:
        """Return the groups in which yes can be counted, each without the flags that have no yes in their list.

        Of such a flag only *no* was released and yes became blank: counted with the others it would turn no into yes,
        or those with yes into persons whom nobody asked.
        """
        flags = {column.name: column.yes for column in self.columns if column.kind == "flag"}
        kept = (replace(one, columns=tuple(name for name in one.columns if flags.get(name, name))) for one in self.groups)
        return tuple(group for group in kept if any(name in flags for name in group.columns))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the columns' names, in the order of the table."""
        return tuple(column.name for column in self.columns)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of codes of each column, blank (code 0) included."""
        return tuple(len(column.domain) + 1 for column in self.columns)


OWN_KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.SYNTHETIC: (),
    Kind.K_ANONYMOUS: ("kind", "anonymity"),
    Kind.AGGREGATES: ("kind", "aggregation"),
}


def to_json(description: Description) -> dict[str, Any]:
    """Return `release.json` as a value."""
    return {
        "format": FORMAT,
        "id": description.id,
        "title": dict(description.title),
        "summary": dict(description.summary),
        "publisher": description.publisher,
        "licence": description.licence,
        "issued": description.issued.isoformat(),
        "schema": description.schema,
        "rows": description.rows,
        "epsilon": description.epsilon,
        "delta": description.delta,
        "contributors_per_person": description.contributors_per_person,
        "not_for": dict(description.not_for),
        "geography": dict(description.geography),
        "columns": [_column_to_json(column) for column in description.columns],
        "groups": [{"name": g.name, "label": dict(g.label), "columns": list(g.columns)} for g in description.groups],
        **_kind_to_json(description),
    }


def _kind_to_json(description: Description) -> dict[str, Any]:
    """Return what only other kinds than invented rows state, so that `release.json` of those stays as it always was."""
    match description.kind:
        case Kind.SYNTHETIC:
            return {}
        case Kind.K_ANONYMOUS:
            told = asdict(description.anonymity) if description.anonymity else {}
            return {
                "kind": str(description.kind),
                "anonymity": {k: list(v) if isinstance(v, tuple) else v for k, v in told.items()},
            }
        case Kind.AGGREGATES:
            told = asdict(description.aggregation) if description.aggregation else {}
            return {"kind": str(description.kind), "aggregation": told}
        case _ as never:
            assert_never(never)


def from_json(value: object) -> Description:
    """Return the description that a `release.json` holds; raise `Refused` when it is not one."""
    try:
        return _from_json(value)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as problem:
        raise Refused(Reason(ROOM, "not_a_description", WHERE)) from problem


def require_sound(description: Description) -> None:
    """Raise `ValueError` when a description contradicts itself: a defect of whoever composed it."""
    names = description.names
    problems = {
        "id": IDENTIFIER.fullmatch(description.id) is None or ".." in description.id,
        "rows": not 0 <= description.rows <= MOST_ROWS,
        "protection": not _is_protected(description),
        "contributors_per_person": not 1 <= description.contributors_per_person <= MOST_CONTRIBUTORS,
        "columns": not names or len(set(names)) != len(names) or not all(is_plain(name) for name in names),
        "kind": any(column.kind not in KINDS for column in description.columns),
        "domain": any(not _is_domain(column.domain) for column in description.columns),
        "levels": sum(description.shape) > MOST_LEVELS,
        "groups": any(name not in names for group in description.groups for name in group.columns),
        "texts": any(set(text) != set(LANGUAGES) for text in (description.title, description.summary, description.not_for)),
    }
    wrong = [name for name, is_wrong in problems.items() if is_wrong]
    if wrong:
        raise ValueError("unsound description: " + ", ".join(wrong))


def _is_protected(description: Description) -> bool:
    """Return whether a release states the promise of its kind, whole, and that of no other."""
    anonymity, aggregation = description.anonymity, description.aggregation
    if description.kind is Kind.K_ANONYMOUS:
        return (
            anonymity is not None
            and (description.epsilon, description.delta, aggregation) == (None, None, None)
            and sorted((*anonymity.quasi_identifiers, *anonymity.sensitive)) == sorted(description.names)
            and anonymity.k >= 2
            and (anonymity.l == 1 or (anonymity.l > 1 and bool(anonymity.sensitive)))
            and bool(anonymity.quasi_identifiers)
        )
    if anonymity is not None or (aggregation is not None) != (description.kind is Kind.AGGREGATES):
        return False
    if aggregation is not None and not (aggregation.length >= 1 and aggregation.least >= 1 and aggregation.persons >= 0):
        return False
    epsilon, delta = description.epsilon, description.delta
    return epsilon is not None and delta is not None and 0 < epsilon <= MOST_EPSILON and 0 <= delta < 1


def _is_domain(domain: tuple[str, ...]) -> bool:
    return 0 < len(domain) == len(set(domain)) and all(is_plain(value) for value in domain)


def is_plain(value: str) -> bool:
    """Return whether a value, or the name of a column, may stand in a table that people open in a spreadsheet.

    Not blank, no white space around it, no control character, and not beginning with a character
    that a spreadsheet takes for a formula (`=`, `+`, `-`, `@`): values leave exactly as the domain
    spells them, so nothing may need escaping.
    """
    return bool(value) and value == value.strip() and value.isprintable() and not value.startswith(ACTIVE)


def _column_to_json(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "kind": column.kind,
        "domain": list(column.domain),
        "label": dict(column.label),
        "labels": {code: dict(words) for code, words in column.labels.items()},
        "group": column.group,
        "field": column.field,
    }


def _from_json(value: Any) -> Description:
    kind = Kind(value.get("kind", Kind.SYNTHETIC))
    known = {field.name for field in fields(Description)} - {"kind", "anonymity", "aggregation"}
    if value["format"] != FORMAT or set(value) != {"format", *known, *OWN_KEYS[kind]} or value.get("kind") == Kind.SYNTHETIC:
        raise ValueError("format")
    description = Description(
        id=_text(value["id"]),
        title=_words(value["title"]),
        summary=_words(value["summary"]),
        publisher=_text(value["publisher"]),
        licence=_text(value["licence"]),
        issued=datetime.date.fromisoformat(value["issued"]),
        schema=_text(value["schema"]),
        rows=_whole(value["rows"]),
        epsilon=None if value["epsilon"] is None else float(value["epsilon"]),
        delta=None if value["delta"] is None else float(value["delta"]),
        contributors_per_person=_whole(value["contributors_per_person"]),
        not_for=_words(value["not_for"]),
        geography=_words(value["geography"]),
        columns=tuple(_column(column) for column in value["columns"]),
        groups=tuple(
            Group(_text(group["name"]), _words(group["label"]), tuple(_text(name) for name in group["columns"]))
            for group in value["groups"]
        ),
        kind=kind,
        anonymity=_anonymity(value["anonymity"]) if "anonymity" in value else None,
        aggregation=_aggregation(value["aggregation"]) if "aggregation" in value else None,
    )
    require_sound(description)
    return description


def _anonymity(value: Any) -> Anonymity:
    if set(value) != {field.name for field in fields(Anonymity)}:
        raise ValueError("anonymity")
    names = (tuple(_text(name) for name in value[key]) for key in ("quasi_identifiers", "sensitive"))
    return Anonymity(_whole(value["k"]), _whole(value["l"]), *names)


def _aggregation(value: Any) -> Aggregation:
    if set(value) != {field.name for field in fields(Aggregation)}:
        raise ValueError("aggregation")
    return Aggregation(_whole(value["length"]), _whole(value["least"]), _whole(value["persons"]))


def _column(value: Any) -> Column:
    if set(value) != {field.name for field in fields(Column)}:
        raise ValueError("column")
    return Column(
        name=_text(value["name"]),
        kind=_text(value["kind"]),
        domain=tuple(_text(code) for code in value["domain"]),
        label=_words(value["label"]),
        labels={_text(code): _words(words) for code, words in value["labels"].items()},
        group=None if value["group"] is None else _text(value["group"]),
        field=None if value["field"] is None else _text(value["field"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    if len(value) > LONGEST_TEXT:
        raise ValueError("text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("whole number")
    return value


def _words(value: Mapping[Any, Any]) -> Text:
    words = {_text(language): _text(sentence) for language, sentence in value.items()}
    if not set(words) <= set(LANGUAGES):
        raise ValueError("language")
    return words

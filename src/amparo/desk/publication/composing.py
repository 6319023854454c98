"""From a steward's choices to a recipe's text. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import polars as pl

from amparo.release import steps
from amparo.release.columns import INLINE
from amparo.release.recipe import Recipe
from amparo.release.table import prepare
from amparo.standard import schemas
from amparo.standard.pool import POOL_COLUMNS

PERSON = "person_key"
POOL_SCHEMA = "amparo-pool"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form asks: three titles, the promise, the columns, and the countries named one by one."""

    title: dict[str, str]
    summary: dict[str, str]
    publisher: str
    epsilon: float
    delta: float
    contributors: int
    columns: Sequence[str]
    years: Sequence[str]
    countries: Sequence[str]
    geography: dict[str, str]


COARSER: dict[str, dict[str, str]] = {
    "age_band": {"9--11": "9--17", "12--14": "9--17", "15--17": "9--17"},
    "gender": {
        "TransgenderFeminine": "TransOrNonConforming",
        "TransgenderMasculine": "TransOrNonConforming",
        "NonConforming": "TransOrNonConforming",
    },
}
"""Finer codes and the coarser one that a release shows in their place, where its domain holds the coarser one alone."""
LEFT_OUT: dict[str, frozenset[str]] = {"gender": frozenset({"NonSpecifiedUnknown"})}
"""Codes that say no more than a blank."""


def domain_of(name: str, every: Sequence[str]) -> list[str]:
    """Return the values to show of a column: such as do not overlap."""
    finer = COARSER.get(name, {})
    return [value for value in every if value not in finer and value not in LEFT_OUT.get(name, frozenset())]


def coarsening(name: str, domain: Sequence[str]) -> dict[str, str]:
    """Return which codes of the pool a release counts under a coarser one: those that its domain does not name."""
    return {fine: coarse for fine, coarse in COARSER.get(name, {}).items() if coarse in domain and fine not in domain}


def spelled(recipe: Recipe, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of the pool as the recipe's schema spells them, with the key that tells persons apart and no other key."""
    rows = rows.select(*(name for name in POOL_COLUMNS if name in rows.columns), PERSON)
    if recipe.schema in (POOL_SCHEMA, INLINE):
        held = [column for column in recipe.columns if column.name in rows.columns]
        coarser = {column.name: coarsening(column.name, column.domain) for column in held}
        return rows.with_columns(pl.col(name).replace(finer) for name, finer in coarser.items() if finer)
    return schemas.load(recipe.schema).project(rows).with_columns(rows.get_column(PERSON))


def require_measurable(recipe: Recipe) -> None:
    """Go on only with a recipe that can be planned and of which the pool has every column; raise `Refused` otherwise.

    It is tried on a pool of nobody, so the answer depends on the recipe alone and tells nothing of anybody.
    """
    steps.plan(recipe)
    prepare(recipe, spelled(recipe, pl.DataFrame(schema=dict.fromkeys((*POOL_COLUMNS, PERSON), pl.String))))


OUTSIDE = {"year": "leave_out", "country": "Other"}
"""What a value counts as that a narrowed column does not show, by its kind: recorded, it must not read as not recorded."""


def to_recipe(choices: Choices, domains: Mapping[str, Sequence[str]], kinds: Mapping[str, str]) -> str:
    """Return the choices as a recipe over the pool; one row a person, by the pool's own person key.

    `domains` names the values of those columns that do not show all of theirs; `kinds` says of what kind each column is.
    """
    lines = [*_words("title", choices.title)]
    if any(choices.summary.values()):
        lines += _words("summary", choices.summary)
    if any(choices.geography.values()):
        lines += _words("geography", choices.geography)
    lines += [
        f"publisher = {_quoted(choices.publisher.lstrip('=+-@ ') or '—')}",  # an organisation may be called +Vida
        'schema = "amparo-pool"',
        f'person = "{PERSON}"',
        "",
        "[privacy]",
        f"epsilon = {choices.epsilon!r}",
        f"delta = {choices.delta!r}",
        f"contributors_per_person = {choices.contributors}",
    ]
    for name in choices.columns:
        lines += ["", "[[columns]]", f"name = {_quoted(name)}"]
        if name in domains:
            lines.append("domain = [" + ", ".join(_quoted(value) for value in domains[name]) + "]")
            if kinds[name] in OUTSIDE:
                lines.append(f"outside = {_quoted(OUTSIDE[kinds[name]])}")
    return "\n".join(lines) + "\n"


def _words(key: str, words: dict[str, str]) -> Iterator[str]:
    inner = ", ".join(f"{language} = {_quoted(text)}" for language, text in words.items())
    yield f"{key} = {{ {inner} }}"


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are TOML's."""
    return json.dumps(text.strip(), ensure_ascii=False)


def rounded_up(epsilon: float, places: int) -> float:
    """Return what is disclosed as a page shows it: rounded up, so that it is never smaller than the truth.

    Less than a billionth over a round figure is the rounding of the sums themselves: 4.0000000000001 is 4.
    """
    if not math.isfinite(epsilon):
        return epsilon
    return float(Decimal(repr(round(epsilon, 9))).quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING))

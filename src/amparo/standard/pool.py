"""The pool frame: one row per record in the standard's own spelling, without identity.

Every column is text and null means *not recorded*. Flags are `yes` or `no`. `recruitment_methods`
holds several codes, sorted and joined by a semicolon. Countries are ISO 3166-1 alpha-2, or `0` for
a file that said a country was recorded and did not say which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import polars as pl

from amparo.standard import codes

FIRST_YEAR = 1990
LAST_YEAR = 2040
PUBLIC_YEARS = tuple(str(year) for year in range(2000, 2031))
FLAGS = ("no", "yes")


class Kind(StrEnum):
    """What a column holds, so that pictures and releases know how to treat it."""

    YEAR = "year"
    CATEGORY = "category"
    ORDINAL = "ordinal"
    FLAG = "flag"
    COUNTRY = "country"
    SEVERAL = "several"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class PoolColumn:
    """One column of the pool: its name, kind, denominator group, code list and label."""

    name: str
    kind: Kind
    group: str | None
    code_list: str
    code: str
    label: Mapping[str, str]

    @property
    def domain(self) -> tuple[str, ...]:
        """The public domain: every value the column may hold, blank excluded, known before any data is seen."""
        match self.kind:
            case Kind.YEAR:
                return PUBLIC_YEARS
            case Kind.FLAG:
                return FLAGS
            case Kind.TEXT:
                return ()
            case _:
                return codes.load(self.code_list).current.spellings()

    def value_label(self, value: str, language: str = "en") -> str:
        """Return the label of one value; a year is its own label."""
        if self.kind is Kind.FLAG:
            return codes.load("answer").label(value, language)
        if not self.code_list:
            return value
        listed = codes.load(self.code_list)
        return ", ".join(listed.label(part, language) for part in value.split(";"))


def _column(row: Mapping[str, str]) -> PoolColumn:
    code = codes.load(row["list"]).get(row["code"]) if row["code"] else None
    return PoolColumn(
        name=row["name"],
        kind=Kind(row["kind"]),
        group=row["group"] or None,
        code_list=row["list"],
        code=row["code"],
        label=code.label if code else codes.labels(row),
    )


@cache
def columns() -> Mapping[str, PoolColumn]:
    """Return the columns of the pool by name, in order."""
    return {row["name"]: _column(row) for row in codes.rows("", "pool_columns")}


POOL_COLUMNS: tuple[str, ...] = tuple(columns())


@cache
def flags_of(code_list: str) -> Mapping[str, str]:
    """Return the flag columns of one code list: code to pool column."""
    return {column.code: column.name for column in columns().values() if column.code and column.code_list == code_list}


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with exactly the pool's columns, in order; absent ones are not recorded."""
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in POOL_COLUMNS if name not in frame.columns]
    return frame.with_columns(absent).select(POOL_COLUMNS)

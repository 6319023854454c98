"""From the pool's spelling to a file's, and what is lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from amparo.standard import codes, crosswalks, pool
from amparo.standard.schemas.columns import SchemaColumn, Way

JOINER = ";"


@dataclass(frozen=True, slots=True)
class Loss:
    """A value of the pool that a family of files cannot say: what a reader of the file would take it for, and how often.

    `returns_as` is blank where the reader would find nothing recorded.
    """

    column: str
    value: str
    returns_as: str
    count: int


def written(column: SchemaColumn, every: Iterable[SchemaColumn]) -> pl.Expr:
    """Return the expression that writes one column from a complete pool frame; null is blank."""
    match column.way:
        case Way.CODE:
            writes = crosswalks.load(column.spelling).from_pool
            return stored(column).replace_strict(list(writes), list(writes.values()), default=None, return_dtype=pl.String)
        case Way.YEAR | Way.DATE | Way.SEVERAL:
            return pl.col(column.pool)
        case Way.COUNTRY | Way.PLACE:
            return pl.when(pl.col(column.pool) != crosswalks.NO_COUNTRY).then(pl.col(column.pool))
        case Way.FLAGS:
            return _chosen(column)
        case Way.INDUSTRY:
            return _industry()
        case Way.JOINED:
            return _joined(column, every)
        case _:
            return pl.lit(None, dtype=pl.String)


def stored(column: SchemaColumn) -> pl.Expr:
    """Return the pool's value of a column; a flag is also yes where one of its narrower facts is."""
    own = pl.col(column.pool)
    if not column.or_any:
        return own
    narrower = pl.any_horizontal([pl.col(name) == "yes" for name in column.or_any]).fill_null(False)
    return pl.when(narrower).then(pl.lit("yes")).otherwise(own)


def _present(parts: list[pl.Expr], joiner: str) -> pl.Expr:
    joined = pl.concat_str(parts, separator=joiner, ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _joined(column: SchemaColumn, every: Iterable[SchemaColumn]) -> pl.Expr:
    """The words of all flags that are yes, in the order of the columns."""
    parts = [part for part in every if part.joined_in == column.name]
    return _present([pl.when(stored(part) == "yes").then(pl.lit(part.word)) for part in parts], JOINER)


def _chosen(column: SchemaColumn) -> pl.Expr:
    """The codes of all flags that are yes; local extensions leave as the code they map back to, once."""
    listed = codes.load(column.spelling)
    flags = pool.flags_of(column.spelling)
    sources: dict[str, list[str]] = {code.code: [flags[code.code]] for code in listed.codes if not code.is_extension}
    for code in listed.codes:
        if code.is_extension and code.maps_to and code.code in flags:
            sources[code.maps_to].append(flags[code.code])
    parts = [pl.any_horizontal([pl.col(name) == "yes" for name in names]).fill_null(False) for names in sources.values()]
    return _present([pl.when(part).then(pl.lit(code)) for code, part in zip(sources, parts, strict=True)], JOINER)


def _industry() -> pl.Expr:
    """The recorded branch of industry, else the one of the first kind of work that has one."""
    flags = pool.flags_of("labour_type")
    table = [row for row in codes.rows("crosswalks", "labour-type-to-industry") if row["spelling"]]
    found = [pl.when(pl.col(flags[row["code"]]) == "yes").then(pl.lit(row["spelling"])) for row in table]
    return pl.coalesce(pl.col("labour_industry"), *found)


def losses(before: pl.DataFrame, after: pl.DataFrame) -> Iterator[Loss]:
    """Yield every recorded value of a pool frame that is another one after a way out and back, most frequent first."""
    for name in pool.POOL_COLUMNS:
        pair = pl.DataFrame({"value": before[name], "returns_as": after[name]})
        lost = pair.filter(pl.col("value").is_not_null() & pl.col("value").ne_missing(pl.col("returns_as")))
        counts = lost.group_by("value", "returns_as").len("count").sort("count", "value", descending=[True, False])
        for value, returns_as, count in counts.iter_rows():
            yield Loss(name, value, returns_as or "", count)

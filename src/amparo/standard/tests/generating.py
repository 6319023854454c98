"""Invented tables with the exact headers of each family, from a seed; nothing here was ever a person."""

from __future__ import annotations

import random

import polars as pl

from amparo.standard import codes, pool, schemas
from amparo.standard.pool import Kind
from amparo.standard.schemas import Schema, SchemaColumn, Way


def table(schema: Schema, seed: int, rows: int = 12) -> pl.DataFrame:
    """Return a table in which every cell is blank or one of its column's spellings."""
    draw = random.Random(seed)
    columns = {column.name: [_cell(column, draw, schema.blank) for _ in range(rows)] for column in schema.columns}
    return pl.DataFrame(columns, schema=dict.fromkeys(schema.names, pl.String))


def _cell(column: SchemaColumn, draw: random.Random, blank: str) -> str | None:
    if draw.random() < 0.3:
        return blank or None
    match column.way:
        case Way.SEVERAL | Way.FLAGS:
            chosen = draw.sample(column.codes, draw.randint(1, 3))
            order = column.codes if column.way is Way.FLAGS else sorted(column.codes)
            return ";".join(code for code in order if code in chosen)
        case Way.DATE:
            return str(draw.randint(2000, 2030))
        case Way.CONSENT:
            return "TRUE"
        case _ if column.codes:
            return draw.choice(column.codes)
        case _:
            return blank or None


def pool_frame(seed: int, rows: int = 12) -> pl.DataFrame:
    """Return a pool frame that uses every code, the local extensions included."""
    draw = random.Random(seed)

    def value(name: str) -> str | None:
        column = pool.columns()[name]
        if draw.random() < 0.5:
            return None
        if column.kind is Kind.SEVERAL:
            return ";".join(sorted(draw.sample(column.domain, 2)))
        return draw.choice(column.domain)

    return pl.DataFrame(
        {name: [value(name) for _ in range(rows)] for name in pool.POOL_COLUMNS}, schema=dict.fromkeys(pool.POOL_COLUMNS, pl.String)
    )


def every_schema() -> list[Schema]:
    """Return all schemas."""
    return [schemas.load(name) for name in schemas.NAMES]


def every_list() -> list[codes.CodeList]:
    """Return all code lists."""
    return [codes.load(name) for name in codes.names()]

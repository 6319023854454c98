"""Partners' files for tests: invented rows in the exact header of a schema, the same for the same seed."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
from django.db import connection

from amparo.standard import pool, schemas

YEARS = [str(year) for year in range(2016, 2026)]


def rows(count: int, *, seed: int = 1, blank: float = 0.4) -> pl.DataFrame:
    """Return rows of the pool with values of the public domains; nobody in them exists."""
    chance = random.Random(seed)

    def cell(column: pool.PoolColumn) -> str | None:
        if column.name == "registration_year":
            return chance.choice(YEARS)
        if chance.random() < blank or not column.domain:
            return None
        return chance.choice(column.domain[:12])

    made = {name: [cell(column) for _ in range(count)] for name, column in pool.columns().items()}
    return pl.DataFrame(made, schema=dict.fromkeys(pool.POOL_COLUMNS, pl.String))


def table(schema: str = "ctdc-kanon", count: int = 50, *, seed: int = 1) -> pl.DataFrame:
    """Return a table in a schema's own spelling."""
    return schemas.load(schema).project(rows(count, seed=seed))


def write(folder: Path, frame: pl.DataFrame, name: str = "partner.csv", *, separator: str = ",", encoding: str = "utf-8") -> Path:
    """Write a table as CSV."""
    path = folder / name
    path.write_bytes(frame.write_csv(separator=separator).encode(encoding))
    return path


def everything_in_the_database() -> bytes:
    """Return every cell of every table, as whoever copies the database would find them."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [bytes(cell) if isinstance(cell, memoryview) else cell for row in cursor.fetchall() for cell in row]
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in found)

"""Keyed pseudonyms of persons and records: the same input, the same key; without the organisation's key nothing leads back.

A file whose persons have identifiers: the person's key comes from the identifier, the record's from the
identifier and what the row says. A row without: it is a person; its key comes from what it says and from its
number among the rows of the file that say the same and have no identifier either. So two equal rows are two persons, the same
file gives the same keys in whatever order, encoding or spelling it comes, and a row that was corrected
gets another key. No Django here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

import polars as pl

from amparo.standard.pool import POOL_COLUMNS

LENGTH = 32
"""Hexadecimal digits of a key: 128 bits, so that a million rows collide with a chance below 10^-26."""
BETWEEN = "\x1f"


def digest(key: bytes, kind: str, text: str) -> str:
    """Return the pseudonym of a text for one use."""
    return hmac.digest(key, f"{kind}{BETWEEN}{text}".encode(), hashlib.sha256).hex()[:LENGTH]


def _digests(key: bytes, kind: str, texts: Iterable[str | None]) -> pl.Series:
    return pl.Series([None if text is None else digest(key, kind, text) for text in texts], dtype=pl.String)


def keyed(rows: pl.DataFrame, *, key: bytes, persons: pl.Series | None = None, salt: str = "", kind: str = "file") -> pl.DataFrame:
    """Return the rows with `person_key`, `record_key` and `is_identified`.

    `salt` sets the rows of a file without identifiers apart from equal rows of other files: its checksum,
    where the steward says that all its persons are new.
    """
    content = rows.select(pl.concat_str([pl.col(name).fill_null("") for name in POOL_COLUMNS], separator=BETWEEN).alias("content"))
    identifier = pl.Series("identifier", [None] * rows.height, dtype=pl.String) if persons is None else persons.alias("identifier")
    table = content.with_columns(identifier)
    table = table.with_columns(number=pl.int_range(pl.len()).over("content", pl.col("identifier").is_null()))
    unnamed = pl.format("{}\x1f{}\x1f{}", pl.lit(salt), "number", "content")
    texts = table.select(
        person=pl.col("identifier"),
        record=pl.when(pl.col("identifier").is_null()).then(unnamed).otherwise(pl.format("{}\x1f{}", "identifier", "content")),
        is_identified=pl.col("identifier").is_not_null(),
    )
    record_keys = _digests(key, f"{kind}-record", texts["record"])
    person_keys = _digests(key, f"{kind}-person", texts["person"]).fill_null(record_keys) if persons is not None else record_keys
    return rows.with_columns(person_key=person_keys, record_key=record_keys, is_identified=texts["is_identified"])

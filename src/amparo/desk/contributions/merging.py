"""What a contribution changes in the pool: which rows are new, known, corrected or barred. No Django here.

Rows are compared with those that the same organisation contributed before; whether two organisations
know the same person is not decided here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

PRESENT = {"record_key": pl.String, "person_key": pl.String, "registration_year": pl.String, "contribution": pl.String}


@dataclass(frozen=True, slots=True)
class Merge:
    """`rows` to write, `dropped` record keys to leave out of later versions, and what became of each incoming row."""

    rows: pl.DataFrame
    dropped: frozenset[str]
    added: int
    changed: int
    known: int
    barred: int

    @property
    def is_empty(self) -> bool:
        """Nothing to write and nothing to leave out: the pool stays as it is."""
        return not self.rows.height and not self.dropped


def merge(present: pl.DataFrame, incoming: pl.DataFrame, *, barred: Collection[str] = (), replaces: str = "") -> Merge:
    """Compare incoming rows (from `keying.keyed`) with the organisation's present ones (columns `PRESENT`).

    - A record that is present, or stands twice under one identifier, is known: nothing is added.
    - The records of an identified person replace that person's present ones: a correction.
    - With `replaces`, the rows that this earlier contribution added and that are not here again are dropped.
    - A person who was taken out for good (`barred`) does not come in again.
    - A person's registration year is frozen: the year present, else the earliest that came with them.
    """
    welcome = incoming.filter(~pl.col("person_key").is_in(list(barred)))
    distinct = welcome.unique("record_key", keep="first", maintain_order=True)
    here = present["record_key"].implode()
    fresh = distinct.filter(~pl.col("record_key").is_in(here))
    persons_here = present["person_key"].unique().implode()
    changed = fresh.filter(pl.col("is_identified") & pl.col("person_key").is_in(persons_here)).height
    return Merge(
        rows=_with_frozen_year(present, distinct, fresh),
        dropped=_dropped(present, distinct, replaces),
        added=fresh.height - changed,
        changed=changed,
        known=welcome.height - fresh.height,
        barred=incoming.height - welcome.height,
    )


def _dropped(present: pl.DataFrame, incoming: pl.DataFrame, replaces: str) -> frozenset[str]:
    named = incoming.filter("is_identified")["person_key"].unique().implode()
    superseded = pl.col("person_key").is_in(named)
    if replaces:
        superseded |= pl.col("contribution") == replaces
    gone = present.filter(superseded & ~pl.col("record_key").is_in(incoming["record_key"].implode()))
    return frozenset(gone["record_key"])


def _with_frozen_year(present: pl.DataFrame, incoming: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """Give every fresh row its person's one year; null is a year too when the person came in without."""
    before = present.group_by("person_key").agg(before=pl.col("registration_year").min(), was_here=pl.lit(True).first())
    now = incoming.group_by("person_key").agg(now=pl.col("registration_year").min())
    years = fresh.select("person_key").join(before, on="person_key", how="left", maintain_order="left")
    years = years.join(now, on="person_key", how="left", maintain_order="left")
    frozen = years.select(registration_year=pl.when("was_here").then("before").otherwise("now"))
    return fresh.with_columns(frozen["registration_year"])

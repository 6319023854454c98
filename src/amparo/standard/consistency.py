"""Contradictions: facts of one record that cannot both be true. They are pointed out, and never mended or rejected here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from amparo.standard import pool
from amparo.standard.reasons import Reason

MINOR_BANDS = ("0--8", "9--17", "9--11", "12--14", "15--17")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One rule: where it points, its code, and the expression that is true where a pool row breaks it."""

    code: str
    where: str
    breaks: pl.Expr


def _yes(name: str) -> pl.Expr:
    return pl.col(name) == "yes"


def _any_yes(names: list[str]) -> pl.Expr:
    return pl.any_horizontal([_yes(name) for name in names])


@cache
def rules() -> tuple[Contradiction, ...]:
    """Return every rule; rows with nothing recorded break none."""
    minor_band = pl.col("age_band").is_in(MINOR_BANDS)
    in_group = {
        group: [c.name for c in pool.columns().values() if c.group == group] for group in ("means", "labour", "recruiter", "sex")
    }
    return (
        Contradiction(
            "age_and_majority",
            "age_band",
            (minor_band & (pl.col("majority") == "Adult")) | (~minor_band & (pl.col("majority") == "Minor")),
        ),
        Contradiction(
            "younger_later", "majority_at_entry", (pl.col("majority") == "Minor") & (pl.col("majority_at_entry") == "Adult")
        ),
        Contradiction(
            "younger_later",
            "majority_at_exploitation",
            (pl.col("majority") == "Minor") & (pl.col("majority_at_exploitation") == "Adult"),
        ),
        Contradiction(
            "both_needs_each",
            "exploitation_sex_and_labour",
            _yes("exploitation_sex_and_labour")
            & ((pl.col("exploitation_forced_labour") == "no") | (pl.col("exploitation_sexual") == "no")),
        ),
        Contradiction(
            "kind_without_form", "exploitation_sexual", (pl.col("exploitation_sexual") == "no") & _any_yes(in_group["sex"])
        ),
        Contradiction("stated_and_not", "means_not_specified", _yes("means_not_specified") & _any_yes(in_group["means"])),
        Contradiction("stated_and_not", "labour_not_specified", _yes("labour_not_specified") & _any_yes(in_group["labour"])),
        Contradiction("stated_and_not", "recruiter_unknown", _yes("recruiter_unknown") & _any_yes(in_group["recruiter"])),
    )


def of_row(row: Mapping[str, str | None]) -> tuple[Reason, ...]:
    """Return the contradictions of one pool row."""
    return tuple(Reason("standard", code, where=where, values={"value": row[where]}) for code, where, _ in counts(_frame(row)))


def counts(frame: pl.DataFrame) -> Iterator[tuple[str, str, int]]:
    """Yield (code, column, rows) for every rule that some row of a pool frame breaks."""
    broken = frame.select([rule.breaks.fill_null(False).sum().alias(str(place)) for place, rule in enumerate(rules())]).row(0)
    for rule, count in zip(rules(), broken, strict=True):
        if count:
            yield rule.code, rule.where, int(count)


def _frame(row: Mapping[str, str | None]) -> pl.DataFrame:
    return pool.complete(pl.DataFrame([dict(row)], schema=dict.fromkeys(row, pl.String)))

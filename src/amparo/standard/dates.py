"""Dates in three orders: ISO, day first, month first. The order is found per column or asked for, never guessed."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from amparo.standard.reasons import Reason, Refused

ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?$"
PARTIAL = r"^\d{4}(-\d{2})?$"
SLASHED = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$"


class DateOrder(StrEnum):
    """The order in which a column writes day, month and year."""

    ISO = "iso"
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def find_order(values: pl.Series) -> DateOrder:
    """Return the order that a column's own values prove.

    Raises `Refused` when they prove none (`ambiguous_dates`) or two at once (`mixed_dates`). A column in
    which day and month agree everywhere (05/05/2021) reads the same both ways and is not ambiguous.
    """
    distinct = values.drop_nulls().unique()
    parts = distinct.str.extract_groups(SLASHED).struct.unnest()
    first, second = parts["1"].cast(pl.Int32, strict=False), parts["2"].cast(pl.Int32, strict=False)
    if first.null_count() == len(first):
        return DateOrder.ISO
    is_day_first, is_month_first = bool((first > 12).any()), bool((second > 12).any())
    if is_day_first and is_month_first:
        raise Refused(Reason("standard", "mixed_dates", where=values.name))
    if not is_day_first and not is_month_first and bool((first != second).any()):
        raise Refused(Reason("standard", "ambiguous_dates", where=values.name))
    return DateOrder.MONTH_FIRST if is_month_first else DateOrder.DAY_FIRST


def day(column: pl.Expr, order: DateOrder) -> pl.Expr:
    """Return the whole dates of a column; what is partial or no date becomes null. ISO dates are read in every order."""
    iso = pl.when(column.str.contains(ISO)).then(column.str.slice(0, 10)).str.to_date("%Y-%m-%d", strict=False)
    if order is DateOrder.ISO:
        return iso
    pattern = "%d/%m/%Y" if order is DateOrder.DAY_FIRST else "%m/%d/%Y"
    slashed = pl.when(column.str.contains(SLASHED)).then(column.str.replace_all(r"[.\-]", "/"))
    return iso.fill_null(slashed.str.to_date(pattern, strict=False))


def year(column: pl.Expr, order: DateOrder) -> pl.Expr:
    """Return the year of whole and of partial dates (2021, 2021-05) as text."""
    partial = pl.when(column.str.contains(PARTIAL)).then(column.str.slice(0, 4))
    return day(column, order).dt.year().cast(pl.String).fill_null(partial)

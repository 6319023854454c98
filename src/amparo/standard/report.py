"""The validation report: per column and value what in a file does not fit a schema, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from amparo.standard import consistency, crosswalks, dates
from amparo.standard.dates import DateOrder
from amparo.standard.pool import Kind
from amparo.standard.reading import Found, SourceTable
from amparo.standard.reasons import Reason, Refused
from amparo.standard.schemas import Matching, Schema, SchemaColumn, Way
from amparo.standard.schemas.matching import suggest
from amparo.standard.schemas.normalising import DATED, YEARS, clean
from amparo.standard.schemas.projecting import JOINER, written
from amparo.standard.schemas.schema import NO_ORDERS, NOTHING, Cells

SHOWN = 20
UNSTATED = "not specified"


@dataclass(frozen=True, slots=True)
class Misfit:
    """One value that does not fit a column: how often, where first (1 = first row under the header), why, and what was meant.

    `value` comes from the file and is for the file's owner only: it belongs on their screen, never in a log.
    """

    value: str
    count: int
    first_row: int
    reason: Reason
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """What was found in one column: where it goes, how often it is blank, and what does not fit.

    At most `SHOWN` values are listed; `hidden` counts the cells of the others. `notes` reject nothing; each has its number of rows.
    """

    name: str
    column: SchemaColumn
    blank: int
    misfits: tuple[Misfit, ...] = ()
    hidden: int = 0
    notes: tuple[tuple[Reason, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """A file against a schema. `obstacles` stop an import; rows with misfits are rejected one by one; notes reject nothing."""

    schema: str
    found: Found
    obstacles: tuple[Reason, ...]
    columns: tuple[ColumnReport, ...]
    missing: tuple[str, ...]
    accepted: int
    rejected: int
    notes: tuple[tuple[Reason, int], ...]

    @property
    def fits(self) -> bool:
        """Every column is known and every row would be accepted."""
        return not self.obstacles and self.rejected == 0

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """Return the report as plain values, its sentences in one language."""
        return {
            "schema": self.schema,
            "fits": self.fits,
            "file": {"form": self.found.form, "encoding": self.found.encoding, "separator": self.found.separator},
            "rows": {"read": self.found.rows, "accepted": self.accepted, "rejected": self.rejected},
            "obstacles": [{"code": reason.code, "column": reason.where, "says": reason.say(language)} for reason in self.obstacles],
            "missing_columns": list(self.missing),
            "columns": [_column_json(one, language) for one in self.columns],
            "notes": _notes_json(self.notes, language),
        }


def _column_json(one: ColumnReport, language: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "goes_to": one.column.pool or None,
        "blank": one.blank,
        "misfits": [
            {
                "value": misfit.value,
                "count": misfit.count,
                "first_row": misfit.first_row,
                "code": misfit.reason.code,
                "says": misfit.reason.say(language),
                "suggestion": misfit.suggestion or None,
            }
            for misfit in one.misfits
        ],
        "more_misfits": one.hidden,
        "notes": _notes_json(one.notes, language),
    }


def _notes_json(notes: tuple[tuple[Reason, int], ...], language: str) -> list[dict[str, Any]]:
    return [{"code": reason.code, "rows": count, "says": reason.say(language)} for reason, count in notes]


def examine(
    table: SourceTable,
    schema: Schema,
    *,
    rename: Mapping[str, str] = NOTHING,
    ignore: Collection[str] = (),
    orders: Mapping[str, DateOrder] = NO_ORDERS,
) -> ValidationReport:
    """Hold a table against a schema and report everything at once: obstacles do not hide the misfits behind them."""
    header = table.frame.columns
    matching = schema.match(header, rename=rename, ignore=ignore)
    obstacles = list(schema.obstacles(header, matching))
    if not matching.found:
        return ValidationReport(schema.name, table.found, tuple(obstacles), (), matching.missing, 0, table.found.rows, ())
    readable, unclear = _readable(table.frame, schema, matching, orders)
    obstacles += unclear
    cells = schema.read_cells(table.frame, readable, orders)
    rejected = int(cells.is_rejected.sum())
    names = {column.pool: name for name, column in readable.found.items()}
    return ValidationReport(
        schema=schema.name,
        found=table.found,
        obstacles=tuple(obstacles),
        columns=tuple(_column(name, column, cells, schema, table.rows) for name, column in readable.found.items()),
        missing=matching.missing,
        accepted=table.found.rows - rejected,
        rejected=rejected,
        notes=(
            *((reason, int(str(reason.values.get("count", 0)))) for reason in table.found.notes),
            *(
                (Reason("standard", code, where=names.get(where, where)), count)
                for code, where, count in consistency.counts(cells.pool)
            ),
        ),
    )


def _readable(
    frame: pl.DataFrame, schema: Schema, matching: Matching, orders: Mapping[str, DateOrder]
) -> tuple[Matching, list[Reason]]:
    """Leave out the columns whose dates nobody can order, and the second of doubled columns, so that the rest can be reported."""
    unclear: list[Reason] = []
    found: dict[str, SchemaColumn] = {}
    for name, column in matching.found.items():
        if column in found.values():
            continue
        try:
            if column.way in DATED and name not in orders:
                dates.find_order(clean(frame.select(name))[name])
        except Refused as refused:
            unclear += refused.reasons
            continue
        found[name] = column
    return Matching(found, {}, matching.missing, {}), unclear


def _column(name: str, column: SchemaColumn, cells: Cells, schema: Schema, rows: pl.Series) -> ColumnReport:
    wrong = cells.rejections.filter(pl.col("column") == name)
    values = wrong.group_by("value", "code").agg(pl.len().alias("count"), pl.col("row").min().alias("first"))
    values = values.sort("count", "first", descending=[True, False])
    return ColumnReport(
        name=name,
        column=column,
        blank=cells.cleaned[name].null_count(),
        misfits=tuple(
            Misfit(
                printable(value), count, rows[first - 1], Reason("standard", code, where=name, values=YEARS), _meant(column, value)
            )
            for value, code, count, first in values.head(SHOWN).iter_rows()
        ),
        hidden=int(values["count"][SHOWN:].sum()),
        notes=tuple((Reason("standard", code, where=name), count) for code, count in _notes(name, column, cells, schema) if count),
    )


def printable(value: str) -> str:
    """Return a value of a file so that no control character in it can act on a terminal or a page."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value)


def _meant(column: SchemaColumn, value: str) -> str:
    if column.kind is Kind.COUNTRY:
        code = crosswalks.country_names().get(value.casefold(), "")
        return crosswalks.load(column.spelling).from_pool.get(code, code) if column.way is Way.CODE else code
    return suggest(value, column.codes) if column.kind is not Kind.YEAR else ""


def _notes(name: str, column: SchemaColumn, cells: Cells, schema: Schema) -> list[tuple[str, int]]:
    cell = cells.cleaned[name]
    recorded = cell.len() - cell.null_count()
    notes = [("formula", cells.notes.filter(pl.col("column") == name).height)]
    if column.kind is Kind.COUNTRY and column.way is Way.CODE:
        notes.append(("zero_country", int((cells.pool[column.pool] == crosswalks.NO_COUNTRY).sum())))
    match column.way:
        case Way.IDENTITY | Way.BIRTH:
            notes.append(("not_carried", recorded))
        case Way.NOTE:
            notes.append(("left_out", recorded))
        case Way.JOINED:
            notes.append(("joined_differs", _differing(column, cell, cells.pool, schema)))
        case Way.COUNTRY:
            notes.append(("several_countries", int(cell.str.contains("[;,]").sum())))
        case Way.PLACE:
            notes.append(("place_not_country", int((cell.is_not_null() & cells.pool[column.pool].is_null()).sum())))
        case _:
            pass
    if column.way is Way.BIRTH:
        notes.append(("age_without_day", int((cell.is_not_null() & cells.pool[column.pool].is_null() & ~cells.is_rejected).sum())))
    return notes


def _differing(column: SchemaColumn, given: pl.Series, frame: pl.DataFrame, schema: Schema) -> int:
    """Count joined cells that hold other words than their columns say; order does not matter, nor does *not specified*."""
    expected = frame.select(written(column, schema.columns)).to_series().fill_null("")
    differs = given.is_not_null() & (given.str.to_lowercase() != expected.str.to_lowercase())
    pairs = pl.DataFrame({"given": given.filter(differs), "expected": expected.filter(differs)}).group_by(pl.all()).len()
    return int(pairs["len"].filter(_word_set(pairs["given"]) != _word_set(pairs["expected"])).sum())


def _word_set(cells: pl.Series) -> pl.Series:
    split = cells.fill_null("").str.to_lowercase().str.replace(UNSTATED, "").str.split(JOINER)
    return (
        split.list.eval(pl.element().str.strip_chars().replace("", None).drop_nulls()).list.unique().list.sort().list.join(JOINER)
    )

"""A schema: the exact header of a family of files, how its cells are spelled, and the way to the pool and back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import polars as pl

from amparo.standard import codes, dates, pool
from amparo.standard.dates import DateOrder
from amparo.standard.reasons import Reason, Refused
from amparo.standard.records import Record
from amparo.standard.schemas import columns as schema_columns
from amparo.standard.schemas import normalising, projecting
from amparo.standard.schemas.columns import SchemaColumn
from amparo.standard.schemas.matching import Matching, match
from amparo.standard.schemas.projecting import Loss

NOTHING: Mapping[str, str] = MappingProxyType({})
NO_ORDERS: Mapping[str, DateOrder] = MappingProxyType({})
VALUE_LENGTH = 60
REJECTIONS = {"row": pl.UInt32, "column": pl.String, "value": pl.String, "code": pl.String}


class Normalised(NamedTuple):
    """Accepted rows in the pool's spelling, in the file's order, and the cells for which other rows were rejected.

    `rejections` holds row (1 = the first row under the header), column, value (shortened) and the code of the reason.
    """

    pool: pl.DataFrame
    rejections: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as read: cleaned cells, every row in the pool's spelling, and what did not fit (as in `Normalised`).

    `notes` are cells that were wrong in columns which are not carried anyway; they reject nothing.
    """

    cleaned: pl.DataFrame
    pool: pl.DataFrame
    is_rejected: pl.Series
    rejections: pl.DataFrame
    notes: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that answer one question together.

    The denominator of a percentage is the number of persons with any answer, yes or no, in any column of the group
    (CTDC code book: persons without an answer in the group are left out). Columns that say *not specified* or
    *unknown* belong to no group.
    """

    name: str
    label: Mapping[str, str]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """One family of files; `blank` is how it writes *not recorded*, `header` the exact cells of its first line."""

    name: str
    columns: tuple[SchemaColumn, ...]
    blank: str = ""
    header: tuple[str, ...] = ()
    label_row: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=normalising.MISSING)

    def column(self, name: str) -> SchemaColumn:
        """Return a column by its name or alias; an unknown name is a programmer's mistake (`KeyError`)."""
        for column in self.columns:
            if name == column.name or name in column.aliases:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The header in the other spelling that files of this family use (`sectorOfLabour*` for `typeOfLabour*`)."""
        return tuple(column.aliases[0] if column.aliases else column.name for column in self.columns)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The denominator groups that this schema has columns for."""
        return tuple(
            Group(row["name"], codes.labels(row), members)
            for row in codes.rows("", "groups")
            if (members := tuple(column.name for column in self.columns if column.group == row["name"]))
        )

    def match(self, header: Sequence[str], *, rename: Mapping[str, str] = NOTHING, ignore: Collection[str] = ()) -> Matching:
        """Say which of a file's columns this schema knows, and suggest the right name for the others."""
        return match(header, self.columns, rename=rename, ignore=ignore)

    def obstacles(self, header: Sequence[str], matching: Matching) -> tuple[Reason, ...]:
        """Say what in a header stops an import: of a table that is not of this family at all, only that."""
        if matching.found:
            return matching.reasons
        other = likely(header)
        if other:
            return (Reason("standard", "wrong_schema", values={"schema": self.name, "suggestion": other}),)
        if any(matching.unknown.values()):
            return matching.reasons
        return (Reason("standard", "no_known_column", values={"schema": self.name}),)

    def date_orders(self, frame: pl.DataFrame, matching: Matching, given: Mapping[str, DateOrder]) -> Mapping[str, DateOrder]:
        """Return the order of each date column: as given, else as its values prove; raises `Refused` for ambiguous columns."""
        orders: dict[str, DateOrder] = {}
        reasons: list[Reason] = []
        for name, column in matching.found.items():
            if column.way in normalising.DATED:
                try:
                    orders[name] = given[name] if name in given else dates.find_order(frame[name])
                except Refused as refused:
                    reasons += refused.reasons
        if reasons:
            raise Refused(*reasons)
        return orders

    def normalise(
        self,
        frame: pl.DataFrame,
        *,
        rename: Mapping[str, str] = NOTHING,
        ignore: Collection[str] = (),
        orders: Mapping[str, DateOrder] = NO_ORDERS,
    ) -> Normalised:
        """Read a table of text cells into the pool's spelling.

        A row with a cell that does not fit is rejected as a whole, so that nothing is dropped in silence. A column the
        schema has and the file lacks stays unrecorded. Raises `Refused` for unknown or doubled columns, for a table
        with no column of this schema, and for dates whose order nothing proves.
        """
        matching = self.match(frame.columns, rename=rename, ignore=ignore)
        obstacles = self.obstacles(frame.columns, matching)
        if obstacles:
            raise Refused(*obstacles)
        cells = self.read_cells(frame, matching, orders)
        kept = cells.pool.filter(~cells.is_rejected) if cells.rejections.height else cells.pool
        return Normalised(kept, cells.rejections)

    def read_cells(self, frame: pl.DataFrame, matching: Matching, orders: Mapping[str, DateOrder]) -> Cells:
        """Read every row, cells that do not fit as not recorded; `normalise` and the validation report build on it."""
        cells = normalising.clean(frame.select(list(matching.found)))
        read = list(normalising.readings(matching.found, self.date_orders(cells, matching, orders)))
        source = {column.name: name for name, column in matching.found.items()}
        gives = _merged(read)
        table = cells.select(
            *(expression.alias(name) for name, expression in gives.items()),
            *(reading.misfit.fill_null(False).alias(f"?{source[reading.column.name]}") for reading in read),
        )
        fatal = [reading for reading in read if reading.is_fatal]
        rejections = _rejected_cells(cells, table, fatal, source)
        notes = _rejected_cells(cells, table, [reading for reading in read if not reading.is_fatal], source)
        is_rejected = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True).is_in(rejections["row"].unique().implode())
        return Cells(cells, pool.complete(table.select(list(gives))), is_rejected, rejections, notes)

    def project(self, frame: pl.DataFrame, *, aliases: bool = False) -> pl.DataFrame:
        """Write a pool frame in this schema's spelling; blank cells hold `blank` (null where that is empty)."""
        whole = pool.complete(frame)
        written = [projecting.written(column, self.columns).cast(pl.String).alias(column.name) for column in self.columns]
        table = whole.select(written)
        if self.blank:
            table = table.fill_null(self.blank)
        return table.rename(dict(zip(self.names, self.aliases, strict=True))) if aliases else table

    def losses(self, frame: pl.DataFrame) -> tuple[Loss, ...]:
        """Say what a pool frame would lose in this schema's spelling: found by writing it out and reading it back."""
        whole = pool.complete(frame)
        return tuple(projecting.losses(whole, self.normalise(self.project(whole)).pool))

    def to_record(self, row: Mapping[str, str | None], *, orders: Mapping[str, DateOrder] = NO_ORDERS) -> Record:
        """Read one row; raises `Refused` with a reason per cell that does not fit."""
        frame = pl.DataFrame({name: [value] for name, value in row.items()}, schema=dict.fromkeys(row, pl.String))
        normalised = self.normalise(frame, orders=orders)
        if normalised.rejections.height:
            raise Refused(
                *(
                    Reason("standard", code, where=column)
                    for column, code in normalised.rejections.select("column", "code").iter_rows()
                )
            )
        return Record.from_row(normalised.pool.row(0, named=True))

    def from_record(self, record: Record) -> dict[str, str]:
        """Write one record as a row of this schema, blank as the schema writes it."""
        row = self.project(pl.DataFrame([record.to_row()], schema=dict.fromkeys(pool.POOL_COLUMNS, pl.String))).row(0, named=True)
        return {name: value or "" for name, value in row.items()}


def _merged(read: Sequence[normalising.Reading]) -> Mapping[str, pl.Expr]:
    """Several file columns may give the same pool column (a referral's year): the first that is recorded counts."""
    gives: dict[str, list[pl.Expr]] = {}
    for reading in read:
        for name, expression in reading.gives.items():
            gives.setdefault(name, []).append(expression)
    return {name: pl.coalesce(expressions) for name, expressions in gives.items()}


def _rejected_cells(
    cells: pl.DataFrame, misfits: pl.DataFrame, read: Sequence[normalising.Reading], source: Mapping[str, str]
) -> pl.DataFrame:
    found = [pl.DataFrame(schema=REJECTIONS)]
    for reading in read:
        name = source[reading.column.name]
        wrong = misfits[f"?{name}"]
        if not wrong.any():
            continue
        rows = wrong.arg_true()
        found.append(
            pl.DataFrame({"row": rows + 1, "value": cells[name].gather(rows)}).select(
                pl.col("row").cast(pl.UInt32),
                pl.lit(name).alias("column"),
                pl.col("value").str.slice(0, VALUE_LENGTH),
                normalising.reason_code(reading).alias("code"),
            )
        )
    return pl.concat(found).sort("row", maintain_order=True)


@cache
def _headers() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(row["name"] for row in codes.rows("schemas/tables", name)) for name in NAMES}


def likely(header: Sequence[str]) -> str:
    """Return the name of the schema that shares most columns with a header, or an empty text."""
    shared = {name: len(columns & set(header)) / len(columns | set(header)) for name, columns in _headers().items()}
    best = max(shared, key=lambda name: shared[name])
    return best if shared[best] else ""


NAMES = ("ctdc-kanon", "ctdc-kanon-7", "ctdc-synthetic", "htcds-spreadsheet", "amparo-pool")
BLANKS = {"ctdc-kanon": "-99"}


@cache
def load(name: str) -> Schema:
    """Return a schema by name; raises `Refused` for a name that nobody knows, because people type it."""
    if name not in NAMES:
        raise Refused(Reason("standard", "unknown_schema", where=name, values={"names": ", ".join(NAMES)}))
    built = tuple(schema_columns.column(row) for row in codes.rows("schemas/tables", name))
    header, label_row = _spreadsheet_lines(built) if name == "htcds-spreadsheet" else (tuple(c.name for c in built), ())
    return Schema(name, built, blank=BLANKS.get(name, ""), header=header, label_row=label_row)


def _spreadsheet_lines(built: Sequence[SchemaColumn]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two cells of the HTCDS 2.0 spreadsheet's header are blank; its second line says each name again in words."""
    nameless = ("row_number", "cas_ReasonForOutgoingReferral")
    header = tuple("" if column.name in nameless else column.name for column in built)
    words = ("" if column.name == "row_number" else _in_words(column.name.partition("_")[2]) for column in built)
    return header, tuple(words)


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)

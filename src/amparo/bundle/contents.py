"""What goes into a bundle before it is a folder: description, coded table, certificate, measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.bundle import calibration
from amparo.bundle.calibration import Calibration
from amparo.bundle.description import Description, require_sound

Codes = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured table: the counts that were released with noise, and the estimate made from all of them.

    `columns` names what was counted; none means the number of persons. `noisy: int64[shape]` are the
    counts as the mechanism gave them, `sigma` the standard deviation of its discrete Gaussian noise;
    `estimate` and `standard_error: float64[shape]` what follows from all measurements together. Axis
    k runs over the codes of column k, blank first.
    """

    columns: tuple[str, ...]
    noisy: NDArray[np.int64]
    sigma: float
    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Whole rows that were shown with a noisy count of scale `sigma`; rows under the threshold are not listed.

    `codes: uint16[rows, columns]` in the order of the description, `counts: int64[rows]`.
    """

    codes: NDArray[np.uint16]
    counts: NDArray[np.int64]
    sigma: float


@dataclass(frozen=True, slots=True)
class Probe:
    """Some cells of a few columns counted together with noise of scale `sigma`; the rows were not made from them.

    `codes: uint16[cells, columns]` in the order of `columns`, `noisy: int64[cells]`.
    """

    columns: tuple[str, ...]
    codes: NDArray[np.uint16]
    noisy: NDArray[np.int64]
    sigma: float

    @property
    def is_group(self) -> bool:
        """Return whether this counts those without any answer in a group of columns: one cell, blank throughout."""
        return len(self.codes) == 1 and not self.codes.any()


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything a bundle is made of. None of it may come from the sensitive table but through the measurements.

    `codes[k]: uint8|uint16[rows]` are the codes of column k of the description; 0 is blank, code c is
    `domain[c - 1]`. `certificate` is a JSON-able value whose `privacy` agrees with the description.
    """

    description: Description
    codes: tuple[Codes, ...]
    certificate: Mapping[str, Any]
    measurements: tuple[Measured, ...]
    found_rows: FoundRows | None = None
    probes: tuple[Probe, ...] = ()

    def require_sound(self) -> None:
        """Raise `ValueError` when the parts contradict one another: a defect of whoever composed them."""
        require_sound(self.description)
        shape = dict(zip(self.description.names, self.description.shape, strict=True))
        if len(self.codes) != len(shape) or any(len(codes) != self.description.rows for codes in self.codes):
            raise ValueError("the table is not of the described size")
        for codes, size in zip(self.codes, shape.values(), strict=True):
            if len(codes) and int(codes.max()) >= size:
                raise ValueError("a code lies outside its domain")
        for one in self.measurements:
            expected = tuple(shape[name] for name in one.columns)
            if {one.noisy.shape, one.estimate.shape, one.standard_error.shape} != {expected}:
                raise ValueError("a measurement is not of the described shape")
        measured = {frozenset(one.columns) for one in self.measurements}
        if not {frozenset[str](), *(frozenset({name}) for name in shape)} <= measured:
            raise ValueError("the number of persons or a column was not measured")
        for probe in self.probes:
            sizes = np.array([shape[name] for name in probe.columns])
            if len(sizes) < 3 or probe.codes.shape != (len(probe.noisy), len(sizes)) or (probe.codes >= sizes).any():
                raise ValueError("a probe is not of the described shape")


@dataclass(frozen=True, slots=True)
class Counting:
    """Contents arranged for counting, as a bundle on disk is."""

    description: Description
    codes: tuple[Codes, ...]
    by_columns: Mapping[frozenset[str], Measured]
    probes: tuple[Probe, ...] = ()
    calibration: Calibration = field(default_factory=Calibration)
    joint: dict[tuple[str, str], NDArray[np.int64]] = field(default_factory=dict)

    @classmethod
    def of(cls, contents: Contents) -> Counting:
        """Arrange contents."""
        by_columns = {frozenset(one.columns): one for one in contents.measurements}
        return cls(contents.description, contents.codes, by_columns, contents.probes, calibration.of(contents.certificate))


def canonical_order(codes: tuple[Codes, ...]) -> tuple[Codes, ...]:
    """Return the same rows in the order of their codes, so that the order of rows says nothing."""
    if not codes:
        return codes
    order = np.lexsort(_packed(codes)[::-1])
    return tuple(column[order] for column in codes)


def _packed(codes: tuple[Codes, ...]) -> list[NDArray[np.uint64]]:
    """Put as many columns into one number as it holds, the first in the highest place: few numbers sort like all columns."""
    words, room = list[NDArray[np.uint64]](), 1
    for column in codes:
        size = int(column.max(initial=0)) + 1
        if room > 2**63 // size or not words:
            words.append(np.zeros(len(column), np.uint64))
            room = 1
        words[-1] *= np.uint64(size)
        words[-1] += column
        room *= size
    return words


def to_frame(description: Description, codes: tuple[Codes, ...]) -> pl.DataFrame:
    """Return the table as text, each value spelled as its domain spells it and blank as null."""
    return pl.DataFrame(
        [
            pl.Series(column.name, (None, *column.domain), dtype=pl.String).gather(pl.Series(coded.astype(np.uint32)))
            for column, coded in zip(description.columns, codes, strict=True)
        ]
    )


def csv_bytes(table: pl.DataFrame) -> bytes:
    """Return a text table as RFC 4180 CSV in UTF-8: a line feed ends each line, blank is an empty field."""
    if table.width == 1:  # an empty line would be lost: a blank alone on its line is written ""
        table = table.select(pl.all().fill_null(""))
    return table.write_csv(quote_style="necessary").encode()


def to_codes(description: Description, frame: pl.DataFrame) -> tuple[Codes, ...]:
    """Return the codes of a text table; a value outside its domain or a missing column is a `ValueError`."""
    if tuple(frame.columns) != description.names:
        raise ValueError("columns")
    coded: list[Codes] = []
    for column in description.columns:
        code = {None: 0} | {value: index for index, value in enumerate(column.domain, start=1)}
        values = frame.get_column(column.name).cast(pl.String)
        try:
            series = values.replace_strict(code, return_dtype=pl.UInt16)
        except pl.exceptions.InvalidOperationError:
            raise ValueError(column.name) from None
        codes = series.to_numpy()
        coded.append(codes.astype(np.uint8) if len(column.domain) < 256 else codes.astype(np.uint16))
    return tuple(coded)


def measurements_to_frame(contents: Contents) -> pl.DataFrame:
    """Return the measurements as one long table, a row for each cell, in the order of the cells in memory.

    Then come the probes, which have no estimate because no other table is brought together with them. Whole rows come
    last, under the names of all columns: of that table only the rows that were shown are listed.
    """
    spelling, found = _Spelling.of(contents.description), contents.found_rows
    parts, index = [], 0
    for width, group in groupby(contents.measurements, key=lambda one: len(one.columns)):
        run = tuple(group)
        parts.append(_run_to_frame(spelling, run, width, index))
        index += len(run)
    for probe in contents.probes:
        places = np.array([spelling.places[name] for name in probe.columns])
        parts.append(_cells_to_frame(spelling, places, probe.codes, probe.noisy, probe.sigma, index, estimated=False))
        index += 1
    if found is not None:
        places = np.arange(len(contents.description.names))
        parts.append(_cells_to_frame(spelling, places, found.codes, found.counts, found.sigma, index, estimated=True))
    return pl.concat(parts)


@dataclass(frozen=True, slots=True)
class _Spelling:
    """Spells codes of many columns at once: all values of all columns in one line, and where each column begins."""

    places: Mapping[str, int]
    words: pl.Series
    starts: NDArray[np.int64]
    columns: pl.Series

    @classmethod
    def of(cls, description: Description) -> _Spelling:
        words = pl.Series([value for column in description.columns for value in ("", *column.domain)], dtype=pl.String)
        starts = np.concatenate([[0], np.cumsum(description.shape)[:-1]])
        names = description.names
        return cls({name: k for k, name in enumerate(names)}, words, starts, pl.Series(names, dtype=pl.String))

    def values(self, codes: NDArray[np.uint32], places: NDArray[np.int64]) -> pl.Series:
        """Return each line of codes as a list of values; `places` are the columns of a line, or of all lines."""
        return _lists(self.words, codes + self.starts[places])

    def names(self, places: NDArray[np.int64]) -> pl.Series:
        """Return each line of columns as a list of names."""
        return _lists(self.columns, places)


def _lists(words: pl.Series, at: NDArray[Any]) -> pl.Series:
    rows, width = at.shape
    if width == 0:
        return pl.Series([[]] * rows, dtype=pl.List(pl.String))
    if rows == 0:
        return pl.Series([], dtype=pl.List(pl.String))
    return words.gather(pl.Series(at.ravel().astype(np.uint32))).reshape((rows, width)).arr.to_list()


def _run_to_frame(spelling: _Spelling, run: tuple[Measured, ...], width: int, first: int) -> pl.DataFrame:
    """Return measurements of the same number of columns as one long table."""
    cells = [one.noisy.size for one in run]
    places = np.array([[spelling.places[name] for name in one.columns] for one in run], dtype=np.int64).reshape(len(run), width)
    codes = [np.indices(one.noisy.shape, dtype=np.uint32).reshape(width, one.noisy.size).T for one in run]
    each = np.repeat(places, cells, axis=0)
    return _long(
        marginal=np.repeat(np.arange(first, first + len(run)), cells),
        columns=spelling.names(each),
        values=spelling.values(np.concatenate(codes), each),
        noisy=np.concatenate([one.noisy.ravel() for one in run]),
        sigma=np.repeat([one.sigma for one in run], cells),
        estimate=np.concatenate([one.estimate.ravel() for one in run]),
        standard_error=np.concatenate([one.standard_error.ravel() for one in run]),
    )


def _cells_to_frame(
    spelling: _Spelling,
    places: NDArray[np.int64],
    codes: NDArray[np.uint16],
    noisy: NDArray[np.int64],
    sigma: float,
    index: int,
    *,
    estimated: bool,
) -> pl.DataFrame:
    """Return some cells of one table; on their own they are their best estimate, or have none."""
    scale = np.full(len(codes), sigma)
    return _long(
        marginal=np.full(len(codes), index),
        columns=spelling.names(np.tile(places, (len(codes), 1))),
        values=spelling.values(codes.astype(np.uint32), places),
        noisy=noisy,
        sigma=scale,
        estimate=noisy if estimated else pl.repeat(None, len(codes), eager=True),
        standard_error=scale if estimated else pl.repeat(None, len(codes), eager=True),
    )


def _long(**columns: NDArray[Any] | pl.Series) -> pl.DataFrame:
    """Return a table of the published form from its columns by name."""
    return pl.DataFrame([pl.Series(name, columns[name], dtype=kind) for name, kind in MEASUREMENTS_SCHEMA.items()])


def measurements_from_frame(
    description: Description, frame: pl.DataFrame
) -> tuple[tuple[Measured, ...], FoundRows | None, tuple[Probe, ...]]:
    """Return the measurements of a long table; raise `ValueError` when it is not one of this release."""
    if frame.schema != MEASUREMENTS_SCHEMA:
        raise ValueError("schema")
    parts = frame.partition_by("marginal", maintain_order=True)
    found = None
    if parts and len(description.names) > 2 and tuple(parts[-1]["columns"][0]) == description.names and _is_estimated(parts[-1]):
        found = FoundRows(*_cells_from_frame(description, parts.pop()))
    measured = tuple(_measured_from_frame(description, part) for part in parts if _is_estimated(part))
    probes = tuple(
        Probe(tuple(part["columns"][0]), *_cells_from_frame(description, part)) for part in parts if not _is_estimated(part)
    )
    if not measurements_to_frame(Contents(description, (), {}, measured, found, probes)).equals(frame):
        raise ValueError("cells")
    return measured, found, probes


def _is_estimated(part: pl.DataFrame) -> bool:
    return part["estimate"][0] is not None


MEASUREMENTS_SCHEMA = pl.Schema(
    {
        "marginal": pl.UInt32(),
        "columns": pl.List(pl.String()),
        "values": pl.List(pl.String()),
        "noisy": pl.Int64(),
        "sigma": pl.Float64(),
        "estimate": pl.Float64(),
        "standard_error": pl.Float64(),
    }
)


def _measured_from_frame(description: Description, part: pl.DataFrame) -> Measured:
    columns = tuple(part["columns"][0].to_list())
    size = tuple(len(description.column(name).domain) + 1 for name in columns)
    return Measured(
        columns,
        part["noisy"].to_numpy().reshape(size),
        float(part["sigma"][0]),
        part["estimate"].to_numpy().reshape(size),
        part["standard_error"].to_numpy().reshape(size),
    )


def _cells_from_frame(description: Description, part: pl.DataFrame) -> tuple[NDArray[np.uint16], NDArray[np.int64], float]:
    """Return some cells of one table as codes, their noisy counts and the noise."""
    codes = []
    for at, name in enumerate(part["columns"][0]):
        code = {value: index for index, value in enumerate(("", *description.column(name).domain))}
        try:
            codes.append(part["values"].list.get(at).replace_strict(code, return_dtype=pl.UInt16).to_numpy())
        except pl.exceptions.InvalidOperationError:
            raise ValueError(name) from None
    return np.stack(codes, axis=1), part["noisy"].to_numpy(), float(part["sigma"][0])

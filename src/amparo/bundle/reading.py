"""Reads a bundle: description, certificate, table and measurements, each when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from amparo.bundle import calibration, files
from amparo.bundle.calibration import Calibration
from amparo.bundle.canonical import decode
from amparo.bundle.contents import Codes, FoundRows, Measured, Probe, measurements_from_frame, to_codes
from amparo.bundle.description import MOST_ROWS, Description, from_json
from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"
MOST_CELLS = 1 << 23
MOST_COUNTED = 2.0**53
LEAST_SCALE = 2.0**-20
READER_STOPPED = (
    *(ValueError, KeyError, IndexError, TypeError, ArithmeticError, RecursionError, MemoryError),
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
)
"""What a table made to break its reader makes it raise."""


@dataclass(frozen=True)
class Bundle:
    """A release on disk. Codes and measurements are kept once they were read, because a bundle never changes.

    Reading checks form, not truth: `verification.verify` says whether the folder is what it claims, and gives
    a bundle with the checksums that held. Whatever such a bundle reads later must have them still.
    """

    path: Path
    description: Description
    certificate: Mapping[str, Any]
    sealed: files.Checksums | None = None

    def frame(self) -> pl.DataFrame:
        """Return the released table as text, blank as null; read anew each time, because it is large and seldom needed."""
        return self._table(files.DATA_PARQUET, most_rows=MOST_ROWS)

    def aggregates(self) -> pl.DataFrame:
        """Return the listed combinations of a release of aggregates; read anew each time."""
        return self._table(files.AGGREGATES_PARQUET, most_rows=MOST_CELLS)

    def measurements(self) -> tuple[Measured, ...]:
        """Return the published measurements."""
        return self._measurements[0]

    @property
    def found_rows(self) -> FoundRows | None:
        """Return the whole rows that were shown with a noisy count, where the mechanism measured whole rows."""
        return self._measurements[1]

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Return the cells of three and more columns that were counted, and that no row was made from."""
        return self._measurements[2]

    @cached_property
    def calibration(self) -> Calibration:
        """Return what the release learnt of its own errors, as its certificate says it."""
        return calibration.of(self.certificate)

    @cached_property
    def codes(self) -> tuple[Codes, ...]:
        """Return the released table as codes, a column an array: 0 is blank, code c is `domain[c - 1]`."""
        try:
            return to_codes(self.description, self.frame())
        except READER_STOPPED as problem:
            raise Refused(Reason(ROOM, "table_unlike_description", files.DATA_PARQUET)) from problem

    @cached_property
    def by_columns(self) -> Mapping[frozenset[str], Measured]:
        """Return each measurement of the number of persons, of one column or of a pair, by its columns."""
        return {frozenset(one.columns): one for one in self._measurements[0]}

    @cached_property
    def joint(self) -> dict[tuple[str, str], NDArray[np.int64]]:
        """Return the counts of released rows by pairs of columns that were made so far; `margins` fills it."""
        return {}

    @cached_property
    def _measurements(self) -> tuple[tuple[Measured, ...], FoundRows | None, tuple[Probe, ...]]:
        frame = self._table(files.MEASUREMENTS, most_rows=MOST_CELLS)
        try:
            measured, found, probes = measurements_from_frame(self.description, frame)
            if not _is_usable(self.description, measured, found, probes):
                raise ValueError("margins cannot be reckoned from these")
        except READER_STOPPED as problem:
            raise Refused(Reason(ROOM, "not_measurements", files.MEASUREMENTS)) from problem
        return measured, found, probes

    def _table(self, name: str, *, most_rows: int) -> pl.DataFrame:
        """Read a table; a file made to break the reader is refused like any other that is no table.

        How many rows it holds is asked before they are read: a few bytes of Parquet can stand for more than any memory.
        """
        content = load(self.path, name, sealed=self.sealed)
        try:
            if pl.scan_parquet(BytesIO(content)).select(pl.len()).collect().item() > most_rows:
                raise Refused(Reason(ROOM, "not_a_table", name))
            return pl.read_parquet(BytesIO(content))
        except READER_STOPPED as problem:
            raise Refused(Reason(ROOM, "not_a_table", name)) from problem


def read(folder: Path, *, sealed: files.Checksums | None = None) -> Bundle:
    """Return the bundle in a folder; raise `Refused` when it is none or, given checksums, another than they name."""
    description = from_json(decode(load(folder, files.RELEASE, sealed=sealed), where=files.RELEASE))
    certificate = decode(load(folder, files.CERTIFICATE, sealed=sealed), where=files.CERTIFICATE)
    if not isinstance(certificate, dict):
        raise Refused(Reason(ROOM, "not_a_certificate", files.CERTIFICATE))
    return Bundle(folder, description, certificate, sealed)


def _is_usable(
    description: Description, measured: tuple[Measured, ...], found: FoundRows | None, probes: tuple[Probe, ...]
) -> bool:
    """Return whether persons and every column were measured, nothing twice, and every number is one that can be reckoned with."""
    tables = [frozenset(one.columns) for one in measured]
    needed = {frozenset[str](), *(frozenset({name}) for name in description.names)}
    scales = [*(one.sigma for one in measured), *(one.sigma for one in probes), *([found.sigma] if found else [])]
    return (
        needed <= set(tables)
        and len(set(tables)) == len(tables)
        and all(len(table) == len(one.columns) for table, one in zip(tables, measured, strict=True))
        and all(LEAST_SCALE <= sigma <= MOST_COUNTED for sigma in scales)
        and all(np.all(np.abs(one.estimate) <= MOST_COUNTED) for one in measured)
        and all(np.all((one.standard_error >= 0) & (one.standard_error <= MOST_COUNTED)) for one in measured)
    )


def load(folder: Path, name: str, *, sealed: files.Checksums | None = None) -> bytes:
    """Return one file of a folder, never following a link; raise `Refused` when it cannot be read or is too large.

    Given checksums, the bytes returned are the bytes that were checked: whoever exchanges a file
    between the check and the use changes nothing.
    """
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            size = os.fstat(handle).st_size
            files.require_size(name, size)
            content = file.read(size + 1)
    except (OSError, MemoryError):
        raise Refused(Reason(ROOM, "not_a_bundle", name, {"folder": folder.name})) from None
    if sealed is not None and files.facts(content) != sealed.files.get(name):
        raise Refused(Reason(ROOM, "file_changed", name))
    return content

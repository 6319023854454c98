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
from amparo.bundle.description import Description, from_json
from amparo.standard.reasons import Reason, Refused

ROOM = "bundle"


@dataclass(frozen=True)
class Bundle:
    """A release on disk. Codes and measurements are kept once they were read, because a bundle never changes.

    Reading checks form, not truth: `verification.verify` says whether the folder is what it claims.
    """

    path: Path
    description: Description
    certificate: Mapping[str, Any]

    def frame(self) -> pl.DataFrame:
        """Return the released table as text, blank as null; read anew each time, because it is large and seldom needed."""
        return _table(self.path, files.DATA_PARQUET)

    def aggregates(self) -> pl.DataFrame:
        """Return the listed combinations of a release of aggregates; read anew each time."""
        return _table(self.path, files.AGGREGATES_PARQUET)

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
        except ValueError as problem:
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
        try:
            return measurements_from_frame(self.description, _table(self.path, files.MEASUREMENTS))
        except (ValueError, KeyError, IndexError, TypeError, pl.exceptions.PolarsError) as problem:
            raise Refused(Reason(ROOM, "not_measurements", files.MEASUREMENTS)) from problem


def read(folder: Path) -> Bundle:
    """Return the bundle in a folder; raise `Refused` when it is none."""
    description = from_json(decode(load(folder, files.RELEASE), where=files.RELEASE))
    certificate = decode(load(folder, files.CERTIFICATE), where=files.CERTIFICATE)
    if not isinstance(certificate, dict):
        raise Refused(Reason(ROOM, "not_a_certificate", files.CERTIFICATE))
    return Bundle(folder, description, certificate)


def load(folder: Path, name: str) -> bytes:
    """Return one file of a folder, never following a link; raise `Refused` when it cannot be read."""
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            return file.read()
    except OSError:
        raise Refused(Reason(ROOM, "not_a_bundle", name, {"folder": folder.name})) from None


def _table(folder: Path, name: str) -> pl.DataFrame:
    """Read a table; a file made to break the reader is refused like any other that is no table."""
    try:
        return pl.read_parquet(BytesIO(load(folder, name)))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as problem:
        raise Refused(Reason(ROOM, "not_a_table", name)) from problem

"""A k-anonymous table in a bundle: what goes in, and a count of its own whether it keeps what it promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from amparo.bundle import files
from amparo.bundle.contents import Codes
from amparo.bundle.description import Anonymity, Description, Kind, require_sound
from amparo.standard.reasons import Reason

ROOM = "bundle"


@dataclass(frozen=True, slots=True)
class AnonymousContents:
    """Everything that a bundle of a k-anonymous table is made of; `codes` as in `Contents`, after blurring."""

    description: Description
    codes: tuple[Codes, ...]
    certificate: Mapping[str, Any]

    def require_sound(self) -> None:
        """Raise `ValueError` when the parts contradict one another or the table does not keep its promise."""
        require_sound(self.description)
        if self.description.kind is not Kind.K_ANONYMOUS:
            raise ValueError("the description is of another kind")
        if {len(codes) for codes in self.codes} != {self.description.rows} or len(self.codes) != len(self.description.columns):
            raise ValueError("the table is not of the described size")
        for codes, size in zip(self.codes, self.description.shape, strict=True):
            if len(codes) and int(codes.max()) >= size:
                raise ValueError("a code lies outside its domain")
        if any(contradictions(self.description, self.codes)):
            raise ValueError("the table does not keep its promise")


def contradictions(description: Description, codes: tuple[Codes, ...]) -> Iterator[Reason]:
    """Say where a table does not keep the k or the l that its description promises; other kinds promise none."""
    anonymity = description.anonymity
    if anonymity is None or not len(codes[0]):
        return
    k, l = counted(description, anonymity, codes)  # noqa: E741
    if k < anonymity.k:
        yield Reason(ROOM, "class_too_small", files.DATA_PARQUET, {"found": k, "promised": anonymity.k})
    if anonymity.l > 1 and l < anonymity.l:
        yield Reason(ROOM, "class_not_diverse", files.DATA_PARQUET, {"found": l, "promised": anonymity.l})


def counted(description: Description, anonymity: Anonymity, codes: tuple[Codes, ...]) -> tuple[int, int]:
    """Return the rows of the smallest class, and the fewest recorded values of any sensitive column in any class."""
    frame = pl.DataFrame(dict(zip(description.names, (codes.astype(np.uint16) for codes in codes), strict=True)))
    distinct = [pl.col(name).filter(pl.col(name) > 0).n_unique().alias(f"distinct {name}") for name in anonymity.sensitive]
    classes = frame.group_by(anonymity.quasi_identifiers).agg(pl.len().alias("rows in class"), *distinct)
    least = [classes.get_column(f"distinct {name}").to_numpy().min() for name in anonymity.sensitive]
    return int(classes.get_column("rows in class").to_numpy().min()), int(min(least, default=0))

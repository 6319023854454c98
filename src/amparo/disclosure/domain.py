"""What a table may hold, stated in public before anyone looks at it: attributes, their codes, one row per person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from amparo.disclosure.memory import mebibytes, memory_needed
from amparo.disclosure.structure import Impossible, Rule, complaints
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.uint8] | NDArray[np.uint16]

ROOM = "disclosure"
BLANK = 0
MAX_CODES = 65_535
MAX_LEVELS = 3_000


@dataclass(frozen=True, slots=True)
class Attribute:
    """One column: its name and the public spellings of its codes; code 0 is blank, code k is `codes[k - 1]`."""

    name: str
    codes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.name:
            raise Refused(Reason(ROOM, "attribute_unnamed"))
        if "" in self.codes or len(set(self.codes)) != len(self.codes):
            raise Refused(Reason(ROOM, "codes_repeated", self.name))
        if len(self.codes) > MAX_CODES:
            raise Refused(Reason(ROOM, "codes_too_many", self.name, {"limit": MAX_CODES}))

    @property
    def size(self) -> int:
        """The number of levels, blank included."""
        return len(self.codes) + 1


@dataclass(frozen=True)
class Domain:
    """Every row that is possible: attributes in order, and rules that every row keeps, all of them public knowledge.

    The sum of all levels is limited to `MAX_LEVELS`, because generating holds a square of that side in memory.
    """

    attributes: tuple[Attribute, ...]
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        if not self.attributes:
            raise Refused(Reason(ROOM, "domain_empty"))
        if len(set(self.names)) != len(self.names):
            raise Refused(Reason(ROOM, "attributes_repeated"))
        if sum(self.sizes) > MAX_LEVELS:
            needed = mebibytes(memory_needed(sum(self.sizes), 0, len(self.sizes)))
            values = {"levels": sum(self.sizes), "limit": MAX_LEVELS, "needed": needed}
            raise Refused(Reason(ROOM, "domain_too_large", values=values))
        if reasons := complaints(self.rules, self.attributes):
            raise Refused(*reasons)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The attributes' names in order."""
        return tuple(attribute.name for attribute in self.attributes)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The attributes' numbers of levels, blank included."""
        return tuple(attribute.size for attribute in self.attributes)

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each attribute's levels start when all levels stand in one line; one longer than `sizes`."""
        return tuple(accumulate(self.sizes, initial=0))

    @cached_property
    def impossible(self) -> tuple[Impossible, ...]:
        """What the rules forbid, pair by pair."""
        made, places = [], {name: i for i, name in enumerate(self.names)}
        for rule in self.rules:
            i, j = (places[name] for name in rule.columns)
            made.append(Impossible(i, j, rule.impossible(self.attributes[i], self.attributes[j])))
        return tuple(made)

    @property
    def levels(self) -> int:
        """The sum of all numbers of levels."""
        return self.offsets[-1]


class Rows(Protocol):
    """What can be measured: rows over a domain that can be gone through more than once, a block at a time.

    A `Table` holds them in memory; a table larger than that gives one block after the other.
    """

    @property
    def domain(self) -> Domain:
        """The public domain."""
        ...

    @property
    def parts(self) -> int:
        """In how many parts equal rows must be looked for, so that the rows of one part fit into memory."""
        ...

    def blocks(self) -> Iterator[Table]:
        """Give all rows, a block at a time; every time the same rows in the same order."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One row per person as codes of a domain; columns are `uint8`, or `uint16` where an attribute has over 255 codes.

    `seed` is set on generated tables only: the seed that makes them again from the same measurements.
    """

    domain: Domain
    columns: tuple[Column, ...] = field(repr=False)  # rows never reach a log or an error page
    seed: int | None = None

    def __post_init__(self) -> None:
        if len(self.columns) != len(self.domain.attributes):
            raise ValueError("a table needs one column per attribute of its domain")
        lengths = {len(column) for column in self.columns}
        if len(lengths) != 1:
            raise ValueError("all columns of a table have the same length")
        for column, attribute in zip(self.columns, self.domain.attributes, strict=True):
            if column.dtype not in (np.uint8, np.uint16) or column.ndim != 1:
                raise TypeError(f"column {attribute.name} must be one line of uint8 or uint16 codes")
            if len(column) and int(column.max()) >= attribute.size:
                raise Refused(Reason(ROOM, "code_outside_domain", attribute.name))

    @property
    def rows(self) -> int:
        """The number of rows: of persons, where the table holds one row a person."""
        return len(self.columns[0])

    @property
    def parts(self) -> int:
        """One: all rows fit into memory."""
        return 1

    def blocks(self) -> Iterator[Table]:
        """Give all rows, as one block."""
        yield self

    @classmethod
    def from_codes(cls, domain: Domain, codes: NDArray[np.integer], seed: int | None = None) -> Table:
        """Make a table from a matrix of codes, rows by attributes."""
        columns: list[Column] = []
        for i, size in enumerate(domain.sizes):
            columns.append(codes[:, i].astype(column_type(size)))
        return cls(domain, tuple(columns), seed)

    @classmethod
    def from_values(cls, domain: Domain, columns: Sequence[Sequence[str | None]]) -> Table:
        """Make a table from spellings; empty, missing and unknown spellings become blank."""
        made: list[Column] = []
        for attribute, values in zip(domain.attributes, columns, strict=True):
            code = {spelling: k for k, spelling in enumerate(attribute.codes, start=1)}
            made.append(np.fromiter((code.get(v or "", BLANK) for v in values), column_type(attribute.size), len(values)))
        return cls(domain, tuple(made))

    def values(self, name: str) -> list[str]:
        """Return one column spelled as the domain spells it, blank as the empty string."""
        i = self.domain.names.index(name)
        spellings = np.array(("", *self.domain.attributes[i].codes), dtype=object)
        return list(spellings[self.columns[i]])


def column_type(size: int) -> np.dtype[Any]:
    """The narrowest type that holds the codes of an attribute with `size` levels."""
    return np.dtype(np.uint8) if size <= 256 else np.dtype(np.uint16)

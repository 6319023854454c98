"""What a k-anonymous release promises and may blur: decided in public, before anybody looks at the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from amparo.disclosure.anonymity.recoding import Ladder, Level, ladder
from amparo.disclosure.domain import ROOM, Attribute, Domain
from amparo.standard.reasons import Reason, Refused

MOST_WAYS = 4_096
MOST_K = 1_000_000


@dataclass(frozen=True, slots=True)
class QuasiIdentifier:
    """A column by which somebody may recognise a person, and its levels of recoding; none means it is kept or suppressed."""

    name: str
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True)
class Scheme:
    """The promise: every row shares its quasi-identifiers with at least `k - 1` others, in a class of `l` sensitive values.

    `l` is distinct l-diversity: in each class every sensitive column holds at least `l` different values that are not
    blank. A blank quasi-identifier is a value like another: a row with a blank shares it only with rows that are blank
    there too. Every column is a quasi-identifier or sensitive. Raises `Refused` for what cannot be promised.
    """

    domain: Domain
    k: int
    quasi: tuple[QuasiIdentifier, ...]
    sensitive: tuple[str, ...] = ()
    l: int = 1  # noqa: E741  the name that the literature gives it

    def __post_init__(self) -> None:
        reasons = [*self._numbers(), *self._roles()]
        if reasons:
            raise Refused(*reasons)
        ways = math.prod(len(one.levels) + 2 for one in self.quasi)
        if ways > MOST_WAYS:
            raise Refused(Reason(ROOM, "ways_too_many", values={"ways": ways, "limit": MOST_WAYS}))
        _ = self.released  # levels that overlap are refused here, before any table is read

    def _numbers(self) -> list[Reason]:
        found = []
        if type(self.k) is not int or not 2 <= self.k <= MOST_K:
            found.append(Reason(ROOM, "k_invalid", "k", {"limit": MOST_K}))
        if type(self.l) is not int or not 1 <= self.l <= MOST_K:
            found.append(Reason(ROOM, "l_invalid", "l", {"limit": MOST_K}))
        elif self.l > 1 and not self.sensitive:
            found.append(Reason(ROOM, "l_without_sensitive", "l"))
        return found

    def _roles(self) -> list[Reason]:
        given = [*self.quasi_names, *self.sensitive]
        found = [Reason(ROOM, "role_unknown_column", name) for name in given if name not in self.domain.names]
        found += [Reason(ROOM, "role_missing", name) for name in self.domain.names if name not in given]
        found += [Reason(ROOM, "role_twice", name) for name in sorted(set(given)) if given.count(name) > 1]
        return found if self.quasi else [*found, Reason(ROOM, "quasi_missing")]

    @property
    def quasi_names(self) -> tuple[str, ...]:
        """The quasi-identifiers' names, in the order given."""
        return tuple(one.name for one in self.quasi)

    @cached_property
    def ladders(self) -> tuple[Ladder, ...]:
        """All ways to publish each quasi-identifier, in the order given."""
        return tuple(ladder(self._attribute(one.name), one.levels) for one in self.quasi)

    @cached_property
    def released(self) -> Domain:
        """The domain of the released table: quasi-identifiers may hold their groups and `*` too."""
        codes = dict(zip(self.quasi_names, (one.codes for one in self.ladders), strict=True))
        return Domain(tuple(Attribute(one.name, codes.get(one.name, one.codes)) for one in self.domain.attributes))

    def places(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return where columns stand in the table."""
        return tuple(self.domain.names.index(name) for name in names)

    def _attribute(self, name: str) -> Attribute:
        return self.domain.attributes[self.domain.names.index(name)]

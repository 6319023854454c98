"""What the steward decided about a file before it is imported. No Django here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amparo.standard.dates import DateOrder

from .states import Relation


@dataclass(frozen=True, slots=True)
class Choices:
    """How to read a file: which of its columns is which, and how its rows stand to earlier ones.

    `rename` goes from the file's column to the schema's; `ignore` are columns left out; `person_column` tells
    persons apart and is never carried further; `replaces` is the id of the contribution that this one corrects.
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    orders: Mapping[str, DateOrder] = field(default_factory=dict)
    person_column: str = ""
    relation: Relation = Relation.REPEATS
    replaces: str = ""

    @property
    def left_out(self) -> tuple[str, ...]:
        """The columns that the schema need not know."""
        return (*self.ignore, *filter(None, [self.person_column]))

    def to_json(self) -> dict[str, Any]:
        """Return the choices as they are stored."""
        return {
            "rename": dict(self.rename),
            "ignore": list(self.ignore),
            "orders": {name: order.value for name, order in self.orders.items()},
            "person_column": self.person_column,
            "relation": self.relation.value,
            "replaces": self.replaces,
        }

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> Choices:
        """Return stored choices; an empty mapping is the default."""
        return cls(
            rename=dict(held.get("rename", {})),
            ignore=tuple(held.get("ignore", ())),
            orders={name: DateOrder(order) for name, order in held.get("orders", {}).items()},
            person_column=held.get("person_column", ""),
            relation=Relation(held.get("relation", Relation.REPEATS)),
            replaces=held.get("replaces", ""),
        )

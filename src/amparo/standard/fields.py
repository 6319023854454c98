"""The 84 fields of HTCDS 2.0 with the project's own labels.

Names, types and code lists are facts of the Human Trafficking Case Data Standard 2.0 (IOM, CC BY 4.0);
the wording is the project's own and implies no endorsement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from amparo.standard import codes
from amparo.standard.codes import CodeList


class FieldKind(StrEnum):
    """What a field of the standard holds."""

    TEXT = "text"
    NARRATIVE = "narrative"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    CODE = "code"
    SEVERAL = "several"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the standard; an identity field names or describes a person and never enters the pool."""

    name: str
    group: str
    kind: FieldKind
    list_name: str
    is_core: bool
    is_identity: bool
    label: Mapping[str, str]
    source: str

    @property
    def code_list(self) -> CodeList | None:
        """The code list of the field, or None for free content."""
        return codes.load(self.list_name) if self.list_name else None


@cache
def fields() -> Mapping[str, Field]:
    """Return all fields by name, in the order of the standard."""
    return {row["name"]: _field(row) for row in codes.rows("", "fields")}


def get(name: str) -> Field:
    """Return one field; an unknown name is a programmer's mistake (`KeyError`)."""
    return fields()[name]


def _field(row: Mapping[str, str]) -> Field:
    return Field(
        name=row["name"],
        group=row["group"],
        kind=FieldKind(row["kind"]),
        list_name=row["list"],
        is_core=row["is_core"] == "yes",
        is_identity=row["is_identity"] == "yes",
        label=codes.labels(row),
        source=row["source"],
    )

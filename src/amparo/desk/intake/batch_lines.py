"""One line of a table of many people, as it was read."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amparo.desk.cases.models import Case


@dataclass(frozen=True, slots=True)
class Line:
    """One person as the line says: their number on the list, values for the record, what is urgent, with whom they came.

    And who they are, where it was asked: `known` is a case of somebody who is recorded already, `twin_of` an earlier line of
    the same person; or from whom, on record and in the table, they were told apart.
    """

    number: int
    person: Mapping[str, Any]
    urgent: str = ""
    family: str = ""
    known: Case | None = None
    twin_of: int | None = None
    apart_from: tuple[uuid.UUID, ...] = ()
    apart_from_lines: tuple[int, ...] = ()

"""Reading a journey."""

from __future__ import annotations

from amparo.desk.cases.models import Case

from .models import Leg


def legs_of(case: Case) -> list[Leg]:
    """Return the legs of a case in their order, two accounts of one leg beside each other."""
    rows: list[Leg] = case.legs.select_related("recorded_by__user").order_by("position", "account", "id").opened()
    return rows


def next_position(case: Case) -> int:
    """Return the number that the next leg takes."""
    last = case.legs.order_by("-position").values_list("position", flat=True).first()
    return (last or 0) + 1

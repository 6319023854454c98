"""Reading a journey: a fixed number of queries, however many legs there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from amparo.desk.cases.models import Case
from amparo.desk.core import keys, withholding

from .models import Amount, CaseActor, HeldDocument, Leg, OddityAnswer, Part


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a case tells of its journey."""

    legs: tuple[Leg, ...]
    actors: tuple[CaseActor, ...]
    parts: Mapping[Any, tuple[Part, ...]]
    documents: Mapping[Any, tuple[HeldDocument, ...]]
    amounts: Mapping[Any, tuple[Amount, ...]]
    answers: Mapping[str, OddityAnswer]

    @property
    def by_link(self) -> Mapping[Any, CaseActor]:
        """The actors by the id of the case's link."""
        return {link.pk: link for link in self.actors}


def legs_of(case: Case) -> list[Leg]:
    """Return the legs of a case in their order, two accounts of one leg beside each other."""
    rows: list[Leg] = case.legs.select_related("recorded_by__user").order_by("position", "account", "id").opened()
    return rows


def actors_of(case: Case) -> list[CaseActor]:
    """Return whom a case tells of, opened: who reads the case reads these actors, and nobody learns who else does."""
    rows = list(CaseActor.objects.filter(case=case).select_related("actor").order_by("number"))
    key_ids = [row.actor.key_id for row in rows]
    keys.open_many([case.key_id, *key_ids])
    withholding.admit(key_ids)
    return rows


def told(case: Case) -> Told:
    """Return everything that a case tells of its journey: six queries and one for the keys."""
    legs, actors = legs_of(case), actors_of(case)
    rows = {"leg__case": case}
    answers = OddityAnswer.objects.filter(case=case).select_related("answered_by__user")
    return Told(
        legs=tuple(legs),
        actors=tuple(actors),
        parts=_by_leg(Part.objects.filter(**rows).order_by("link__number")),
        documents=_by_leg(HeldDocument.objects.filter(**rows).order_by("id")),
        amounts=_by_leg(Amount.objects.filter(**rows).order_by("id")),
        answers={answer.subject: answer for answer in answers},
    )


def _by_leg(rows: Iterable[Any]) -> Mapping[Any, tuple[Any, ...]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.leg_id].append(row)
    return {leg_id: tuple(held) for leg_id, held in found.items()}


def next_position(case: Case) -> int:
    """Return the number that the next leg takes."""
    last = case.legs.order_by("-position").values_list("position", flat=True).first()
    return (last or 0) + 1

"""Reading a journey: a fixed number of queries, however many legs there are."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from amparo.desk.cases.models import Case
from amparo.desk.core import keys, withholding
from amparo.desk.core.models import opened
from amparo.desk.core.written import known, written

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
    return opened(known(_legs_of(case.pk), case=case))


@written
def _legs_of(case_id: uuid.UUID) -> QuerySet[Leg]:
    return Leg.objects.filter(case_id=case_id).select_related("recorded_by__user").order_by("position", "account", "id")


def actors_of(case: Case) -> list[CaseActor]:
    """Return whom a case tells of, opened: who reads the case reads these actors, and nobody learns who else does."""
    rows = known(_actors_of(case.pk), case=case)
    key_ids = [row.actor.key_id for row in rows]
    keys.open_many([case.key_id, *key_ids])
    withholding.admit(key_ids)
    return rows


@written
def _actors_of(case_id: uuid.UUID) -> QuerySet[CaseActor]:
    return CaseActor.objects.filter(case_id=case_id).select_related("actor").order_by("number")


def told(case: Case) -> Told:
    """Return everything that a case tells of its journey: six queries and one for the keys."""
    legs, actors = legs_of(case), actors_of(case)
    return Told(
        legs=tuple(legs),
        actors=tuple(actors),
        parts=_by_leg(_parts_of(case.pk)),
        documents=_by_leg(_documents_of(case.pk)),
        amounts=_by_leg(_amounts_of(case.pk)),
        answers={answer.subject: answer for answer in known(_answers_of(case.pk), case=case)},
    )


@written
def _parts_of(case_id: uuid.UUID) -> QuerySet[Part]:
    return Part.objects.filter(leg__case_id=case_id).order_by("link__number")


@written
def _documents_of(case_id: uuid.UUID) -> QuerySet[HeldDocument]:
    return HeldDocument.objects.filter(leg__case_id=case_id).order_by("id")


@written
def _amounts_of(case_id: uuid.UUID) -> QuerySet[Amount]:
    return Amount.objects.filter(leg__case_id=case_id).order_by("id")


@written
def _answers_of(case_id: uuid.UUID) -> QuerySet[OddityAnswer]:
    return OddityAnswer.objects.filter(case_id=case_id).select_related("answered_by__user")


def _by_leg(rows: Iterable[Any]) -> Mapping[Any, tuple[Any, ...]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.leg_id].append(row)
    return {leg_id: tuple(held) for leg_id, held in found.items()}


def next_position(case: Case) -> int:
    """Return the number that the next leg takes."""
    last = case.legs.order_by("-position").values_list("position", flat=True).first()
    return (last or 0) + 1

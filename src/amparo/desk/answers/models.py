"""One time a form of the country was answered for a case; its answers, apart by who may read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from amparo.desk.access.models import Member, OwnedSealedRow
from amparo.desk.cases.models import Case
from amparo.desk.core.fields import SealedJSONField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.core.sensitivity import Topic
from amparo.desk.questions.form import Secrecy
from amparo.desk.questions.models import Edition

SECRECIES = [(one.value, one.value) for one in Secrecy]


class Filling(OwnedSealedRow):
    """One time a form was answered: under which edition, when, by whom; `follows` is the one whose answers it took up anew."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "edition": S.OPERATIONAL,
        "asked_on": S.PERSONAL,
        "language": S.PERSONAL,
        "asked_by": S.OPERATIONAL,
        "follows": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="fillings", editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", editable=False)
    asked_on = models.DateField(_("day on which it was asked"))
    language = models.CharField(_("language in which it was asked"), max_length=12, blank=True)
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followed_by", editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "-asked_on", "-id"], name="fillings_of_a_case")]


class AnswerPart(OwnedSealedRow):
    """The answers of one filling that are equally secret, by the names of their questions.

    A part opens to whoever is cleared for its secrecy: `answers` is labelled with the least there is, and each row raises that.
    """

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "filling": S.OPERATIONAL,
        "secrecy": S.OPERATIONAL,
        "answers": S.PERSONAL,
    }

    filling = models.ForeignKey(Filling, on_delete=models.PROTECT, related_name="parts", editable=False)
    secrecy = models.CharField(_("who reads it"), max_length=12, choices=SECRECIES, default=Secrecy.SPECIAL.value, editable=False)
    answers = SealedJSONField(_("answers to the country’s questions"), blank=True)

    history = HistoricalRecords(excluded_fields=["filling"])

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["filling", "secrecy"], name="one_part_a_secrecy")]

    @staticmethod
    def sensitivity_of(row: Any, name: str) -> tuple[S, Topic]:
        """What a part is about decides who reads its answers; a word that nobody knows counts as the strictest."""
        if name != "answers":
            return S.PUBLIC, Topic.UNSORTED
        secrecy = Secrecy(row.secrecy) if row.secrecy in tuple(Secrecy) else Secrecy.SPECIAL
        return secrecy.label, secrecy.topic

    def spelled(self) -> Iterator[tuple[str, str, str, bool]]:
        """Yield each answer as its question's name, the question and the answer in words, and whether they are free words."""
        from .showing import spelled

        return spelled(self)

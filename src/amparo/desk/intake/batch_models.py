"""Many people met at once, after a raid or a landing: what is common to all stands once, and each has a case of their own."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedSealedRow
from amparo.desk.cases.models import Case
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.receipts import receipt
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.questions.coded import CodedRow

from .choices import Scene


class Batch(CodedRow, OwnedSealedRow):
    """One landing, raid or arrival: day, place, who was there. Sealed under a key of its own, which ends with the last person's."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "number": S.OPERATIONAL,
        "happened_on": S.PERSONAL,
        "scene": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "place": S.NARRATIVE,
        "present": S.NARRATIVE,
        "interpreter": S.NARRATIVE,
        "registered_by": S.OPERATIONAL,
        "people": S.OPERATIONAL,
        "ended_at": S.OPERATIONAL,
    }

    coded: ClassVar = {"scene": "scene"}

    number = models.CharField(_("number"), max_length=16, unique=True, default=receipt, editable=False)
    happened_on = models.DateField(_("day"))
    scene = models.CharField(_("setting"), max_length=40, choices=Scene.choices, blank=True)
    place = SealedTextField(_("place"), blank=True)
    present = SealedTextField(_("who is present"), blank=True)
    interpreter = SealedTextField(_("languages and interpreter"), blank=True)
    registered_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    people = models.PositiveSmallIntegerField(_("how many people"), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    """When its own words ended, with those of the last person."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-id"], name="batches_of_an_office")]

    def __str__(self) -> str:
        return self.number

    @property
    def address(self) -> str:
        """Where the office reads it."""
        return reverse("batch", args=[self.number])


MOST_LETTERS = 500
"""Characters of the letters of one person, if they stood in every line of a table with another one."""


class BatchPerson(OwnedSealedRow):
    """One person's line of a batch: their number on the list, with whom they came, whether something was urgent."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "batch": S.IDENTIFYING,
        "case": S.IDENTIFYING,
        "line": S.OPERATIONAL,
        "family": S.PERSONAL,
        "is_urgent": S.PERSONAL,
    }

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="lines", editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="batch_lines", editable=False)
    """A new one; or the open one of somebody who was known, and may have been met in another batch before."""
    line = models.PositiveSmallIntegerField(_("number on the list of those who were registered together"), editable=False)
    family = models.CharField(_("came together with those of the same letter"), max_length=MOST_LETTERS, blank=True)
    """The letters, with a space between two: who stood in two lines came with both."""
    is_urgent = models.BooleanField(_("something was urgent"), default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "line"], name="one_line_a_person"),
            models.UniqueConstraint(fields=["batch", "case"], name="one_case_a_line"),
            models.CheckConstraint(condition=Q(line__gte=1), name="lines_begin_with_one"),
        ]

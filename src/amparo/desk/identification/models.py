"""Screenings: one conversation, its answers, what the system proposed, what a named person decided and why."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from amparo.desk.access.models import Member, OwnedSealedRow
from amparo.desk.cases.models import Case
from amparo.desk.core.answers import Answer
from amparo.desk.core.fields import SealedJSONField, SealedTextField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.core.sensitivity import Topic

from .choices import FINDINGS, OUTCOMES, Setting


class Screening(OwnedSealedRow):
    """One screening. `answers` map an indicator's code to its answer, source and note; nothing in it is a verdict."""

    topics: ClassVar = {"answers": Topic.ACCOUNT, "told": Topic.ACCOUNT, "own_words": Topic.ACCOUNT}
    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "held_on": S.PERSONAL,
        "setting": S.PERSONAL,
        "place": S.NARRATIVE,
        "interviewer": S.OPERATIONAL,
        "language": S.PERSONAL,
        "interpreter": S.NARRATIVE,
        "consent_to_interview": S.PERSONAL,
        "answers": S.SPECIAL,
        "told": S.SPECIAL,
        "own_words": S.SPECIAL,
        "child": S.PERSONAL,
        "child_reason": S.PERSONAL,
        "act": S.PERSONAL,
        "means": S.PERSONAL,
        "purpose": S.PERSONAL,
        "proposed": S.PERSONAL,
        "outcome": S.PERSONAL,
        "reasons": S.NARRATIVE,
        "decided_by": S.OPERATIONAL,
        "decided_on": S.PERSONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="screenings", editable=False)
    held_on = models.DateField(_("day of the conversation"))
    setting = models.CharField(_("where the conversation is held"), max_length=20, blank=True, choices=Setting.choices)
    place = SealedTextField(_("place"), blank=True)
    interviewer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    language = models.CharField(_("language of the conversation"), max_length=3, blank=True)
    interpreter = SealedTextField(_("interpreter"), blank=True)
    consent_to_interview = models.CharField(_("the person agrees to this conversation"), max_length=10, choices=Answer.choices)
    answers = SealedJSONField(blank=True, editable=False)
    told = SealedJSONField(blank=True, editable=False)
    own_words = SealedJSONField(blank=True, editable=False)
    child = models.CharField(max_length=10, blank=True, choices=FINDINGS, editable=False)
    child_reason = models.CharField(max_length=30, blank=True, editable=False)
    act = models.CharField(max_length=10, blank=True, choices=FINDINGS, editable=False)
    means = models.CharField(max_length=10, blank=True, choices=FINDINGS, editable=False)
    purpose = models.CharField(max_length=10, blank=True, choices=FINDINGS, editable=False)
    proposed = models.CharField(max_length=20, blank=True, choices=OUTCOMES, editable=False)
    outcome = models.CharField(_("decision"), max_length=20, blank=True, choices=OUTCOMES)
    reasons = SealedTextField(_("reasons"), blank=True)
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    decided_on = models.DateField(_("decided on"), null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome="", decided_by=None, decided_on=None)
                | (~Q(outcome="") & Q(decided_by__isnull=False, decided_on__isnull=False)),
                name="decision_has_a_person_and_a_day",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["case", "-held_on", "-id"], name="screenings_of_a_case")]

    @property
    def is_decided(self) -> bool:
        """Say whether a named person has decided; the answers then stand as they were."""
        return bool(self.outcome)

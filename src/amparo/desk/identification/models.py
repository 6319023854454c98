"""Screenings, the formal track beside them, age assessments, and the help that is offered to whoever is not presumed a victim."""

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
from amparo.desk.files.models import StoredFile
from amparo.desk.questions.coded import CodedRow

from . import ages, choices, formal
from .brought import get as get_set
from .choices import FINDINGS, OUTCOMES, GuardianAgrees, Setting
from .indicators import GENERAL, IndicatorSet


class Screening(CodedRow, OwnedSealedRow):
    """One screening. `answers` map an indicator's code to its answer, source and note; nothing in it is a verdict."""

    topics: ClassVar = {"answers": Topic.ACCOUNT, "told": Topic.ACCOUNT, "own_words": Topic.ACCOUNT}
    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "indicator_set": S.OPERATIONAL,
        "held_on": S.PERSONAL,
        "setting": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "place": S.NARRATIVE,
        "interviewer": S.OPERATIONAL,
        "language": S.PERSONAL,
        "interpreter": S.NARRATIVE,
        "consent_to_interview": S.PERSONAL,
        "guardian_agrees": S.PERSONAL,
        "without_guardian_why": S.NARRATIVE,
        "held_with_child": S.PERSONAL,
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

    coded: ClassVar = {"setting": "interview_setting"}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="screenings", editable=False)
    indicator_set = models.CharField(_("list of indicators"), max_length=60, default=GENERAL)
    held_on = models.DateField(_("day of the conversation"))
    setting = models.CharField(_("where the conversation is held"), max_length=40, blank=True, choices=Setting.choices)
    place = SealedTextField(_("place"), blank=True)
    interviewer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    language = models.CharField(_("language of the conversation"), max_length=3, blank=True)
    interpreter = SealedTextField(_("interpreter"), blank=True)
    consent_to_interview = models.CharField(_("the person agrees to this conversation"), max_length=10, choices=Answer.choices)
    guardian_agrees = models.CharField(
        _("the guardian agrees to this conversation"), max_length=10, blank=True, choices=GuardianAgrees.choices
    )
    without_guardian_why = SealedTextField(_("why it was held without a guardian"), blank=True)
    held_with_child = models.BooleanField(_("the person was treated as a child"), default=False, editable=False)
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

    @property
    def lacks_guardian(self) -> bool:
        """Say whether it was held with a child to whom no guardian agreed: a warning that stands, never a reason to stop."""
        return self.held_with_child and self.guardian_agrees != GuardianAgrees.YES

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
    def asks(self) -> IndicatorSet:
        """The version of the list of indicators to which this screening is answered."""
        return get_set(self.indicator_set, self.organisation_id)

    @property
    def is_decided(self) -> bool:
        """Say whether a named person has decided; the answers then stand as they were."""
        return bool(self.outcome)


class FormalProcedure(OwnedSealedRow):
    """One procedure before one competent body of one country; several can run side by side. Its steps say where it stands."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "country": S.PERSONAL,
        "body": S.PERSONAL,
        "other_body": S.NARRATIVE,
        "notified_on": S.PERSONAL,
        "reference": S.IDENTIFYING,
        "treated_as_child": S.PERSONAL,
        "recorded_by": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="procedures", editable=False)
    country = models.CharField(_("country"), max_length=2)
    body = models.CharField(_("competent body"), max_length=60, blank=True)
    other_body = SealedTextField(_("name of the body"), blank=True)
    notified_on = models.DateField(_("day of the application or notification"))
    reference = SealedTextField(_("reference of the body"), blank=True)
    treated_as_child = models.BooleanField(_("treated as a child"), default=False, editable=False)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "notified_on", "id"], name="procedures_of_a_case")]


class FormalStep(CodedRow, OwnedSealedRow):
    """One dated step of a procedure, never changed: what was recorded by mistake is struck out and stays readable."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "procedure": S.IDENTIFYING,
        "kind": S.PERSONAL,
        "happened_on": S.PERSONAL,
        "days": S.PERSONAL,
        "ground": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "body": S.PERSONAL,
        "reasons": S.NARRATIVE,
        "letter": S.OPERATIONAL,
        "recorded_by": S.OPERATIONAL,
        "struck_by": S.OPERATIONAL,
        "struck_at": S.OPERATIONAL,
    }

    coded: ClassVar = {"ground": "extension_ground"}

    procedure = models.ForeignKey(FormalProcedure, on_delete=models.PROTECT, related_name="steps", editable=False)
    kind = models.CharField(_("what happened"), max_length=30, choices=choices.pairs(choices.STEP_KINDS))
    happened_on = models.DateField(_("day"))
    days = models.PositiveSmallIntegerField(_("extended by so many days"), default=0)
    ground = models.CharField(_("ground of the extension"), max_length=40, blank=True, choices=choices.ExtensionGround.choices)
    body = models.CharField(_("body that decided"), max_length=60, blank=True)
    reasons = SealedTextField(_("reasons"), blank=True)
    letter = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    struck_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    struck_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(struck_by=None, struck_at=None) | Q(struck_by__isnull=False, struck_at__isnull=False),
                name="struck_by_a_person_at_a_time",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["procedure", "happened_on", "id"], name="steps_of_a_procedure")]

    @property
    def facts(self) -> formal.Step:
        """What the clocks know of this step; an added ground as the one that it is counted as."""
        ground = self.standard_code("ground")
        return formal.Step(formal.StepKind(self.kind), self.happened_on, self.days, ground, self.recorded_at.timestamp())


class AgeAssessment(CodedRow, OwnedSealedRow):
    """One assessment of a person's age: who, by which method, with what result and margin, and what became of a contest."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "assessed_on": S.PERSONAL,
        "assessed_by": S.NARRATIVE,
        "method": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "agreed": S.PERSONAL,
        "guardian_present": S.PERSONAL,
        "least_years": S.PERSONAL,
        "most_years": S.PERSONAL,
        "margin_years": S.PERSONAL,
        "findings": S.NARRATIVE,
        "report": S.OPERATIONAL,
        "contested_on": S.PERSONAL,
        "contest_reasons": S.NARRATIVE,
        "settled_on": S.PERSONAL,
        "settled": S.PERSONAL,
        "settled_reasons": S.NARRATIVE,
        "recorded_by": S.OPERATIONAL,
    }

    coded: ClassVar = {"method": "age_method"}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="age_assessments", editable=False)
    assessed_on = models.DateField(_("day of the assessment"))
    assessed_by = SealedTextField(_("who assessed"), blank=True)
    method = models.CharField(_("method"), max_length=40, choices=choices.AgeMethod.choices)
    agreed = models.CharField(_("the person agreed to the assessment"), max_length=10, choices=Answer.choices)
    guardian_present = models.CharField(_("a guardian was present"), max_length=10, choices=Answer.choices)
    least_years = models.PositiveSmallIntegerField(_("youngest age in years"), null=True, blank=True)
    most_years = models.PositiveSmallIntegerField(_("oldest age in years"), null=True, blank=True)
    margin_years = models.PositiveSmallIntegerField(_("margin in years, on both sides"), default=0)
    findings = SealedTextField(_("findings of the assessment"), blank=True)
    report = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    contested_on = models.DateField(_("contested on"), null=True, blank=True)
    contest_reasons = SealedTextField(_("why it is contested"), blank=True)
    settled_on = models.DateField(_("contest settled on"), null=True, blank=True)
    settled = models.CharField(_("what became of the contest"), max_length=12, blank=True, choices=choices.pairs(choices.SETTLED))
    settled_reasons = SealedTextField(_("reasons of that decision"), blank=True)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(settled="", settled_on=None)
                | (~Q(settled="") & Q(settled_on__isnull=False, contested_on__isnull=False)),
                name="settled_after_a_contest",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["case", "assessed_on", "id"], name="assessments_of_a_case")]

    @property
    def facts(self) -> ages.Assessment:
        """What the rule knows of this assessment."""
        return ages.Assessment(
            on=self.assessed_on,
            least=self.least_years,
            most=self.most_years,
            margin=self.margin_years,
            is_contested=self.contested_on is not None,
            settled=ages.Outcome(self.settled) if self.settled else None,
        )

    @property
    def waits(self) -> bool:
        """Say whether a contest waits for its answer."""
        return self.contested_on is not None and not self.settled


class OtherHelp(CodedRow, OwnedSealedRow):
    """Help beside that for victims of trafficking: what was offered, to whom the person was led, and what came of it."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "kind": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "offered_on": S.PERSONAL,
        "wanted": S.PERSONAL,
        "led_to": S.NARRATIVE,
        "accompanied": S.PERSONAL,
        "taken_up_on": S.PERSONAL,
        "came_of_it": S.NARRATIVE,
        "recorded_by": S.OPERATIONAL,
    }

    coded: ClassVar = {"kind": "other_help"}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="other_help", editable=False)
    kind = models.CharField(_("which help"), max_length=40, choices=choices.HelpKind.choices)
    offered_on = models.DateField(_("offered on"))
    wanted = models.CharField(_("does the person want it?"), max_length=10, blank=True, choices=Answer.choices)
    led_to = SealedTextField(_("to whom the person is led"), blank=True)
    accompanied = models.CharField(_("somebody goes with the person"), max_length=10, blank=True, choices=Answer.choices)
    taken_up_on = models.DateField(_("help begun on"), null=True, blank=True)
    came_of_it = SealedTextField(_("what came of it"), blank=True)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "offered_on", "id"], name="other_help_of_a_case")]

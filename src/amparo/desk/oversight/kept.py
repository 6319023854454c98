"""An office's own retention rules, what is due, what two persons decided about it, requests of persons, and answers on risks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow, OwnedSealedRow
from amparo.desk.cases.models import Case, Person
from amparo.desk.core import keys
from amparo.desk.core.fields import SealedJSONField, SealedTextField
from amparo.desk.core.models import ROW_LABELS, SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.core.sensitivity import Topic, label_of

from .choices import Disposing, Identified, RequestKind, RequestState, Settled
from .retention import End, Keeping, Rule, Start

PURPOSE = "oversight-notes"


class RetentionRule(OwnedRow):
    """One version of an office's own rule for a purpose; it is never changed, another takes its place."""

    sensitivity: ClassVar = ROW_LABELS | dict.fromkeys(
        ("organisation", "keeping", "months", "starts", "end", "source", "reason", "valid_from", "set_by"), S.OPERATIONAL
    )

    keeping = models.CharField(_("for what it is kept"), max_length=30)
    months = models.PositiveSmallIntegerField(_("months"))
    starts = models.JSONField(_("counted from the latest of"), default=list)
    end = models.CharField(_("what happens then"), max_length=12)
    source = models.CharField(_("law or policy, with its reference"), max_length=300)
    reason = models.CharField(_("why this rule"), max_length=500)
    valid_from = models.DateField(_("in force from"))
    set_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "keeping", "valid_from"], name="retention_rules")]

    @property
    def as_rule(self) -> Rule:
        """The rule as the pure functions take it."""
        starts = frozenset(Start(one) for one in self.starts)
        return Rule(Keeping(self.keeping), self.months, starts, End(self.end), self.source, is_own=True, valid_from=self.valid_from)


class DueRecord(OwnedRow):
    """A case that the worker found to be kept long enough; it waits for two persons and destroys nothing."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.OPERATIONAL,
        "due_on": S.PERSONAL,
        "keeping": S.OPERATIONAL,
        "end": S.OPERATIONAL,
        "reasons": S.OPERATIONAL,
    }

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+", editable=False)
    due_on = models.DateField()
    keeping = models.CharField(max_length=30)
    end = models.CharField(max_length=12)
    reasons = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "due_on", "id"], name="due_by_day")]


class Disposal(OwnedSealedRow):
    """One member proposes what becomes of a record, another confirms or refuses it."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "what": S.OPERATIONAL,
        "ground": S.OPERATIONAL,
        "reason": S.NARRATIVE,
        "until": S.OPERATIONAL,
        "proposed_by": S.OPERATIONAL,
        "settled": S.OPERATIONAL,
        "settled_by": S.OPERATIONAL,
        "settled_at": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disposals", editable=False)
    what = models.CharField(_("what is to happen"), max_length=12, choices=Disposing.choices)
    ground = models.CharField(max_length=20, editable=False)
    reason = SealedTextField(_("why"))
    until = models.DateField(_("keep until"), null=True, blank=True)
    proposed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    settled = models.CharField(max_length=12, blank=True, choices=Settled.choices, editable=False)
    settled_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    settled_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case"], condition=Q(settled=""), name="one_proposal_at_a_time"),
            models.CheckConstraint(condition=~Q(settled="confirmed") | ~Q(settled_by=F("proposed_by")), name="disposal_by_two"),
            models.CheckConstraint(
                condition=Q(settled="", settled_by=None, settled_at=None)
                | (~Q(settled="") & Q(settled_by__isnull=False, settled_at__isnull=False)),
                name="settled_by_somebody",
            ),
        ]


QUOTING = frozenset({"words", "proposed", "before"})
"""What of a request for correction holds a field's own words."""


class PersonRequest(OwnedSealedRow):
    """What a person asks about their own record, with its clock, and how it was answered."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "person": S.IDENTIFYING,
        "kind": S.PERSONAL,
        "received_on": S.PERSONAL,
        "due_on": S.OPERATIONAL,
        "words": S.NARRATIVE,
        "field": S.OPERATIONAL,
        "proposed": S.NARRATIVE,
        "before": S.NARRATIVE,
        "entered_by": S.OPERATIONAL,
        "identified": S.PERSONAL,
        "identified_by": S.OPERATIONAL,
        "extended": S.OPERATIONAL,
        "extension_reason": S.NARRATIVE,
        "passages": S.NARRATIVE,
        "state": S.OPERATIONAL,
        "answer": S.NARRATIVE,
        "remedy": S.NARRATIVE,
        "answered_by": S.OPERATIONAL,
        "answered_at": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="requests", editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="requests", editable=False)
    kind = models.CharField(_("what the person asks"), max_length=12, choices=RequestKind.choices)
    received_on = models.DateField(_("asked on"))
    due_on = models.DateField(_("to be answered by"), editable=False)
    words = SealedTextField(_("in the person’s words"), blank=True)
    field = models.CharField(_("what is to be corrected"), max_length=60, blank=True)
    proposed = SealedTextField(_("what it should say"), blank=True)
    before = SealedTextField(_("what it said"), blank=True, editable=False)
    entered_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    identified = models.CharField(_("how it is known that it is them"), max_length=12, blank=True, choices=Identified.choices)
    identified_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    extended = models.BooleanField(default=False, editable=False)
    extension_reason = SealedTextField(_("why more time is needed"), blank=True)
    passages = SealedJSONField(blank=True, editable=False)
    """Which passages in words a member has read and found to name nobody else."""
    state = models.CharField(max_length=10, default=RequestState.OPEN, choices=RequestState.choices, editable=False)
    answer = SealedTextField(_("answer"), blank=True)
    remedy = SealedTextField(_("where the person can complain"), blank=True)
    answered_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)

    def sensitivity_of(self, name: str) -> tuple[S, Topic]:
        """What quotes a field of the person is as secret as that field is: a new address that is asked for is an address."""
        about = label_of(Person._meta.get_field(self.field)) if name in QUOTING and self.field else S.PUBLIC
        quotes = about in (S.IDENTIFYING, S.SPECIAL)
        return (S.SPECIAL, Person.topics.get(self.field, Topic.UNSORTED)) if quotes else (S.PUBLIC, Topic.UNSORTED)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="open", answered_by=None, answered_at=None)
                | (~Q(state="open") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="answered_by_somebody",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "state", "due_on", "id"], name="requests_by_clock")]


class AssessmentAnswer(OwnedRow):
    """One version of an office's own words on a risk or a part of its impact assessment; another takes its place."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "topic": S.OPERATIONAL,
        "sealed_text": S.NARRATIVE,
        "written_by": S.OPERATIONAL,
    }

    topic = models.CharField(max_length=60, editable=False)
    sealed_text = models.BinaryField(editable=False)
    written_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "topic", "-recorded_at"], name="assessment_answers")]

    @property
    def place(self) -> str:
        """What the sealed words are bound to."""
        return f"oversight.assessmentanswer/text/{self.pk}"

    @property
    def text(self) -> str:
        """The words, which may name whom they should not: they lie sealed."""
        return keys.unseal_under(self.organisation_id, PURPOSE, bytes(self.sealed_text), self.place).decode()

    def seal(self, text: str) -> None:
        """Take the words that this version holds."""
        self.sealed_text = keys.seal_under(self.organisation_id, PURPOSE, text.encode(), self.place)

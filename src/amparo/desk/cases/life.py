"""The several cases of one life: which follows which and why, how each ended, was opened again, or changed hands."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedSealedRow
from amparo.desk.core.fields import SealedJSONField, SealedTextField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.questions.coded import CodedRow

from .life_choices import Ending, NewCaseReason, OfferState, ReopeningReason


class Sequel(CodedRow, OwnedSealedRow):
    """A case that follows an earlier one of the same person: why there is a new one, and what has changed since."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "earlier": S.IDENTIFYING,
        "why": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "what_changed": S.NARRATIVE,
        "opened_by": S.OPERATIONAL,
    }

    coded: ClassVar = {"why": "new_case_reason"}

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="sequel", editable=False)
    earlier = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="sequels", editable=False)
    why = models.CharField(_("why a new case"), max_length=40, blank=True, choices=NewCaseReason.choices)
    what_changed = SealedTextField(_("what has changed since the earlier case"), blank=True)
    opened_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)


class Closing(CodedRow, OwnedSealedRow):
    """How a case is to end: the reason, each line of the checklist, who prepared it and which supervisor decided.

    `checklist` maps a line's code to `{"state": done, not_applicable or open, "why": words}`.
    """

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "ending": S.PERSONAL,
        "words": S.NARRATIVE,
        "checklist": S.NARRATIVE,
        "code_editions": S.PERSONAL,
        "ended_on": S.PERSONAL,
        "prepared_by": S.OPERATIONAL,
        "prepared_at": S.OPERATIONAL,
        "verdict": S.OPERATIONAL,
        "verdict_words": S.NARRATIVE,
        "decided_by": S.OPERATIONAL,
        "decided_at": S.OPERATIONAL,
    }

    coded: ClassVar = {"ending": "case_ending", "checklist": "closing_line"}

    class Answer(models.TextChoices):
        """What a supervisor said of a prepared closing."""

        CLOSED = "closed", _("The case was closed")
        SENT_BACK = "sent_back", _("Sent back: something is still to do")
        TAKEN_BACK = "taken_back", _("Taken back by who prepared it")

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="closings", editable=False)
    ending = models.CharField(_("why the case ends"), max_length=40, blank=True, choices=Ending.choices)
    words = SealedTextField(_("in words"))
    checklist = SealedJSONField(_("checklist"), blank=True)
    ended_on = models.DateField(_("ended on"))
    prepared_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    prepared_at = models.DateTimeField(_("prepared at"), editable=False)
    verdict = models.CharField(_("decision"), max_length=12, blank=True, choices=Answer.choices, editable=False)
    verdict_words = SealedTextField(_("what is still to do"), blank=True)
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verdict="", decided_by=None, decided_at=None)
                | (~Q(verdict="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="closing_decided_by_somebody",
            ),
            models.UniqueConstraint(fields=["case"], condition=Q(verdict=""), name="one_closing_waits_a_case"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "verdict"], name="closings_that_wait")]

    @property
    def waits(self) -> bool:
        """Say whether a supervisor has yet to decide."""
        return not self.verdict


class Reopening(CodedRow, OwnedSealedRow):
    """A case that had ended goes on: why, from which day, and who decided it."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "why": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "words": S.NARRATIVE,
        "reopened_on": S.PERSONAL,
        "reopened_by": S.OPERATIONAL,
    }

    coded: ClassVar = {"why": "reopening_reason"}

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reopenings", editable=False)
    why = models.CharField(_("why it is opened again"), max_length=40, blank=True, choices=ReopeningReason.choices)
    words = SealedTextField(_("in words"))
    reopened_on = models.DateField(_("opened again on"))
    reopened_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)


class Transfer(OwnedSealedRow):
    """A place on a case's team, offered by who has it to a colleague, who takes it or not. Until then nothing changes."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "giver": S.OPERATIONAL,
        "taker": S.OPERATIONAL,
        "words": S.NARRATIVE,
        "offered_at": S.OPERATIONAL,
        "state": S.OPERATIONAL,
        "answer_words": S.NARRATIVE,
        "answered_at": S.OPERATIONAL,
    }

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="transfers", editable=False)
    giver = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    taker = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="transfers_offered", verbose_name=_("colleague"))
    words = SealedTextField(_("what whoever takes over must know"), blank=True)
    offered_at = models.DateTimeField(_("offered at"), editable=False)
    state = models.CharField(_("answer"), max_length=12, default=OfferState.OFFERED, choices=OfferState.choices, editable=False)
    answer_words = SealedTextField(_("answer in words"), blank=True)
    answered_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="offered", answered_at=None) | (~Q(state="offered") & Q(answered_at__isnull=False)),
                name="answered_transfer_has_a_time",
            ),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="nobody_gives_to_themselves"),
            models.UniqueConstraint(fields=["case", "giver"], condition=Q(state="offered"), name="one_offer_at_a_time"),
        ]
        indexes: ClassVar = [models.Index(fields=["taker", "state"], name="offers_to_a_member")]

"""A signal, sealed under a key of its own: it may be about somebody, and nobody knows yet about whom.

Its words end with that key: they are taken over into a record, and go with the person's from then on, or are removed.
Who handed it in, who looked into it and when stays.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, Organisation, OwnedSealedRow
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.receipts import receipt
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.questions.coded import CodedRow

from . import rules
from .batch_models import Batch, BatchPerson
from .caseload_models import Caseload, CaseloadRow
from .choices import Closing, Danger, Ending, Kind, State, Teller
from .policies import SignalFacts

__all__ = ("Batch", "BatchPerson", "Caseload", "CaseloadRow", "Signal")


class Signal(CodedRow, OwnedSealedRow):
    """What somebody told an office: an outside body, which never sees it again, or whoever called, came in or wrote.

    Of what the office itself wrote down `sender` is the colleague, and `body` the office.
    """

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "number": S.OPERATIONAL,
        "sender": S.OPERATIONAL,
        "body": S.OPERATIONAL,
        "kind": S.OPERATIONAL,
        "teller": S.PERSONAL,
        "sector": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "people": S.PERSONAL,
        "language": S.PERSONAL,
        "callback_rule": S.NARRATIVE,
        "closing": S.OPERATIONAL,
        "danger": S.PERSONAL,
        "text": S.NARRATIVE,
        "place": S.NARRATIVE,
        "answer_to": S.NARRATIVE,
        "state": S.OPERATIONAL,
        "taken_by": S.OPERATIONAL,
        "outcome": S.NARRATIVE,
        "settled_at": S.OPERATIONAL,
        "ending": S.OPERATIONAL,
        "ended_at": S.OPERATIONAL,
        "proposed_by": S.OPERATIONAL,
        "removed_by": S.OPERATIONAL,
    }

    coded: ClassVar = {"sector": "labour_industry", "teller": "teller", "closing": "signal_outcome"}

    number = models.CharField(_("receipt number"), max_length=16, unique=True, default=receipt, editable=False)
    sender = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", editable=False)
    kind = models.CharField(_("how it came in"), max_length=12, choices=Kind.choices, default=Kind.OUTSIDE)
    teller = models.CharField(_("who tells it"), max_length=40, choices=Teller.choices, blank=True)
    sector = models.CharField(_("branch of industry"), max_length=60, blank=True)
    people = models.PositiveSmallIntegerField(_("how many people"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    callback_rule = SealedTextField(_("how to call back safely"), blank=True)
    closing = models.CharField(_("why it is settled"), max_length=40, choices=Closing.choices, blank=True, editable=False)
    danger = models.CharField(_("is somebody in danger now?"), max_length=10, choices=Danger.choices, blank=True)
    text = SealedTextField(_("what you know"))
    place = SealedTextField(_("where"), blank=True)
    answer_to = SealedTextField(_("how the office can reach you"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING, editable=False)
    taken_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    outcome = SealedTextField(_("what came of it"), blank=True)
    settled_at = models.DateTimeField(null=True, editable=False)
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    proposed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    """Who proposed that it be removed; somebody else removes it, or the clock where the office's rule says so."""
    removed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="waiting", taken_by=None) | (~Q(state="waiting") & Q(taken_by__isnull=False)),
                name="taken_signal_has_a_person",
            ),
            models.CheckConstraint(
                condition=Q(ending="", ended_at=None, removed_by=None) | (~Q(ending="") & Q(ended_at__isnull=False, danger="")),
                name="ended_signal_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(removed_by=None) | (Q(proposed_by__isnull=False) & ~Q(proposed_by=F("removed_by"))),
                name="signal_removed_by_two",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "state", "id"], name="signals_waiting"),
            models.Index(fields=["sender", "recorded_at"], name="signals_of_a_sender"),
        ]

    @property
    def address(self) -> str:
        """Where the office reads it."""
        return reverse("signal", args=[self.number])

    @property
    def triage(self) -> rules.Triage:
        """How it stands with the first look, which is due on the day on which the signal came."""
        came_on = timezone.localdate(self.recorded_at)
        return rules.triage(came_on=came_on, is_taken=self.state != State.WAITING, today=timezone.localdate())

    @property
    def facts(self) -> SignalFacts:
        """What verdicts may know of this signal."""
        ended = bool(self.ending)
        return SignalFacts(self.organisation_id, is_settled=ended or self.state == State.SETTLED, is_ended=ended)

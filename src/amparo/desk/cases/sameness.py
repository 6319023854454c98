"""Two records of one person: who proposed it, who decided, and who was told apart. No row moves; what was joined can be parted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow, OwnedSealedRow
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import ROW_LABELS, SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S

from .policies import SamenessFacts, SameState


class Sameness(OwnedSealedRow):
    """One member says that two records are of one person; another decides; either way it can be looked up and undone."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "remaining": S.IDENTIFYING,
        "state": S.OPERATIONAL,
        "reason": S.NARRATIVE,
        "proposed_by": S.OPERATIONAL,
        "decision_reason": S.NARRATIVE,
        "decided_by": S.OPERATIONAL,
        "decided_at": S.OPERATIONAL,
        "undo_reason": S.NARRATIVE,
        "undone_by": S.OPERATIONAL,
        "undone_at": S.OPERATIONAL,
    }

    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="samenesses", editable=False)
    """The record that points to the other once it is decided so."""
    remaining = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="+", editable=False)
    state = models.CharField(max_length=10, default=SameState.PROPOSED.value, editable=False)
    reason = SealedTextField(_("why they are one person"))
    proposed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    decision_reason = SealedTextField(_("reasons of the decision"), blank=True)
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    undo_reason = SealedTextField(_("why they are parted again"), blank=True)
    undone_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(person=F("remaining")), name="nobody_is_their_own_twin"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | (~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="sameness_decided_by_another",
            ),
            models.CheckConstraint(
                condition=(~Q(state="undone") & Q(undone_by=None, undone_at=None))
                | Q(state="undone", undone_by__isnull=False, undone_at__isnull=False),
                name="sameness_undone_by_somebody",
            ),
            models.UniqueConstraint(fields=["person", "remaining"], condition=Q(state="proposed"), name="one_open_proposal_a_pair"),
            models.UniqueConstraint(fields=["person"], condition=Q(state="joined"), name="joined_to_one"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "state", "recorded_at"], name="samenesses_to_decide")]

    @property
    def facts(self) -> SamenessFacts:
        """What verdicts may know of this proposal."""
        return SamenessFacts(proposed_by=self.proposed_by_id, state=SameState(self.state))


class ToldApart(OwnedRow):
    """Two records of which somebody said that they are two persons: nobody is warned of them again."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "one": S.IDENTIFYING,
        "other": S.IDENTIFYING,
        "said_by": S.OPERATIONAL,
    }

    one = models.ForeignKey("cases.Person", on_delete=models.CASCADE, related_name="+", editable=False)
    other = models.ForeignKey("cases.Person", on_delete=models.CASCADE, related_name="+", editable=False)
    said_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["one", "other"], name="told_apart_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="told_apart_in_order"),
        ]
        indexes: ClassVar = [models.Index(fields=["other"], name="told_apart_by_the_other")]

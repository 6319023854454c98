"""What stands against erasing or using a record: legal holds and restrictions; and what is left of one that was anonymised."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow, OwnedSealedRow
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import ROW_LABELS, SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S


class LegalHold(OwnedSealedRow):
    """An authority's order, or a claim, for which everything about a person is kept: no erasure passes while it stands."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "authority": S.NARRATIVE,
        "reference": S.IDENTIFYING,
        "reason": S.NARRATIVE,
        "placed_by": S.OPERATIONAL,
        "lifted_by": S.OPERATIONAL,
        "lifted_at": S.OPERATIONAL,
        "lift_reason": S.NARRATIVE,
    }

    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="holds", editable=False)
    authority = SealedTextField(_("who asks that it is kept"))
    reference = SealedTextField(_("reference"))
    reason = SealedTextField(_("why it is kept"))
    placed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    lifted_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    lifted_at = models.DateTimeField(null=True, editable=False)
    lift_reason = SealedTextField(_("why it is lifted"), blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None)
                | (Q(lifted_by__isnull=False, lifted_at__isnull=False) & ~Q(lifted_by=F("placed_by"))),
                name="hold_lifted_by_another",
            ),
        ]


class Restriction(OwnedSealedRow):
    """The person objects: nothing of them goes into evidence or to others until a supervisor lifts it."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "placed_by": S.OPERATIONAL,
        "lifted_by": S.OPERATIONAL,
        "lifted_at": S.OPERATIONAL,
    }

    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="restrictions", editable=False)
    placed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    lifted_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    lifted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None) | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="restriction_lifted_by_somebody",
            ),
            models.UniqueConstraint(fields=["person"], condition=Q(lifted_at=None), name="one_restriction_at_a_time"),
        ]


class CountedCase(OwnedRow):
    """What an anonymised case still counts as: codes and years, no name, no number, no day, no link back."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "year_of_registration": S.PERSONAL,
        "year_closed": S.PERSONAL,
        "majority": S.PERSONAL,
        "gender": S.PERSONAL,
        "citizenship": S.PERSONAL,
        "exploitation": S.PERSONAL,
        "trafficking_status": S.PERSONAL,
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    """Random: an id that tells the time would lead to the audit event beside it."""
    year_of_registration = models.PositiveSmallIntegerField()
    year_closed = models.PositiveSmallIntegerField(null=True)
    majority = models.CharField(max_length=10, blank=True)
    gender = models.CharField(max_length=40, blank=True)
    citizenship = models.JSONField(default=list)
    exploitation = models.JSONField(default=list)
    trafficking_status = models.CharField(max_length=40, blank=True)

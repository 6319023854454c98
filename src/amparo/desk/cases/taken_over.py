"""What was taken over from one record of a person into another: what stood there before, so that parting puts it back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedSealedRow
from amparo.desk.core.fields import SealedJSONField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S


class TakenOver(OwnedSealedRow):
    """One member took what another record of the same person says of one subject into this one."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "source": S.IDENTIFYING,
        "subject": S.OPERATIONAL,
        "before": S.IDENTIFYING,
        "after": S.IDENTIFYING,
        "taken_by": S.OPERATIONAL,
        "undone_at": S.OPERATIONAL,
    }

    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="taken_over", editable=False)
    source = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="+", editable=False)
    subject = models.CharField(max_length=20, editable=False)
    before = SealedJSONField(_("what the record said before"), blank=True, editable=False)
    after = SealedJSONField(_("what was taken over"), blank=True, editable=False)
    taken_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person"], condition=models.Q(undone_at=None), name="taken_over_now")]

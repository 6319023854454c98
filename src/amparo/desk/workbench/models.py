"""Lists of people that a member keeps: how a list was narrowed, never who was on it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow
from amparo.desk.core.models import ROW_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S


class SavedList(OwnedRow):
    """The filters of a list under a name. `chosen` maps filters to codes; whoever opens it sees what they may read themselves."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "member": S.OPERATIONAL,
        "name": S.OPERATIONAL,
        "chosen": S.OPERATIONAL,
        "is_shared": S.OPERATIONAL,
    }

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="saved_lists", editable=False)
    name = models.CharField(_("name of the list"), max_length=60)
    chosen = models.JSONField(default=dict, editable=False)
    is_shared = models.BooleanField(_("the office’s supervisors see it too"), default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "name"], name="one_list_a_name")]
        indexes: ClassVar = [models.Index(fields=["organisation", "is_shared"], name="shared_lists")]  # the people page

    def __str__(self) -> str:
        return self.name

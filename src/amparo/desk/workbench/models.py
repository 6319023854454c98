"""Lists of people that a member keeps: how a list was narrowed, never who was on it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow
from amparo.desk.core import damage, keys, sealing
from amparo.desk.core.models import ROW_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S


class SavedList(OwnedRow):
    """The filters of a list under a name. `chosen` maps filters to codes; whoever opens it sees what they may read themselves."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "member": S.OPERATIONAL,
        "sealed_name": S.NARRATIVE,
        "chosen": S.OPERATIONAL,
        "is_shared": S.OPERATIONAL,
    }

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="saved_lists", editable=False)
    sealed_name = models.BinaryField(_("name of the list"))
    chosen = models.JSONField(default=dict, editable=False)
    is_shared = models.BooleanField(_("the office’s supervisors see it too"), default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "is_shared"], name="shared_lists")]  # the people page

    def __str__(self) -> str:
        return f"list {self.pk}"

    @property
    def place(self) -> str:
        """The place to which the name is bound."""
        return f"workbench.savedlist.sealed_name.{self.id}"

    @property
    def name(self) -> str:
        """The name, as it was typed: whoever names a list may write down whom it is about.

        It is told as damaged where it does not open.
        """
        try:
            return keys.unseal_under(self.organisation_id, "saved-lists", bytes(self.sealed_name), self.place).decode()
        except sealing.Unopenable:
            if not damage.is_passed_over():
                raise
            return damage.DAMAGED

    @name.setter
    def name(self, value: str) -> None:
        self.sealed_name = keys.seal_under(self.organisation_id, "saved-lists", value.encode(), self.place)

"""The short tokens that find a person by name: pages that tell nobody anything, and on which of them a person stands."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.desk.access.models import OwnedRow
from amparo.desk.core.models import ROW_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S


class NamePage(OwnedRow):
    """The search tokens of some persons, sealed together under the organisation's key, every page as long as the other.

    The database tells neither who has which token nor how many share one: it has nothing to count.
    """

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "sealed": S.IDENTIFYING,
        "bits": S.OPERATIONAL,
        "free": S.OPERATIONAL,
    }

    sealed = models.BinaryField()
    bits = models.PositiveSmallIntegerField()
    """How long this page's tokens are."""
    free = models.PositiveSmallIntegerField()
    """How many bytes are left."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "free"], name="name_pages_with_room")]

    @property
    def place(self) -> str:
        """The place to which the page is bound."""
        return f"cases.namepage.sealed.{self.id}"


class NamePlace(OwnedRow):
    """On which page a person's tokens stand; a person without one is not found by name until the worker has been there."""

    sensitivity: ClassVar = ROW_LABELS | {"organisation": S.OPERATIONAL, "person": S.IDENTIFYING, "page": S.OPERATIONAL}

    person = models.OneToOneField("cases.Person", on_delete=models.CASCADE, related_name="name_place")
    page = models.ForeignKey(NamePage, null=True, on_delete=models.PROTECT, related_name="places")
    """None where the person has no name to be found by."""

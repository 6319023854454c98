"""An office's old caseload on its way into cases: the file, what was decided about it, and which cases came of it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow
from amparo.desk.cases.models import Case
from amparo.desk.core.models import ROW_LABELS
from amparo.desk.core.sealed_values import SealedFile, SealedJSON
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.files.models import StoredFile

from .policies import CaseloadFacts


class Step(StrEnum):
    """Where an import stands. Until `DONE` nobody sees one of its cases, and from `UNDOING` on nobody again."""

    LOOKED_AT = "looked_at"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    UNDOING = "undoing"
    UNDONE = "undone"
    GIVEN_UP = "given_up"


FOLLOWING: dict[Step, frozenset[Step]] = {
    Step.LOOKED_AT: frozenset({Step.QUEUED, Step.GIVEN_UP}),
    Step.QUEUED: frozenset({Step.RUNNING, Step.UNDOING}),
    Step.RUNNING: frozenset({Step.DONE, Step.STOPPED, Step.UNDOING}),
    Step.STOPPED: frozenset({Step.QUEUED, Step.UNDOING}),
    Step.DONE: frozenset({Step.UNDOING}),
    Step.UNDOING: frozenset({Step.UNDONE, Step.DONE}),
    Step.UNDONE: frozenset(),
    Step.GIVEN_UP: frozenset(),
}
WORKING = frozenset({Step.QUEUED, Step.RUNNING, Step.UNDOING})
"""The worker has it in hand."""


class Caseload(SealedFile, OwnedRow):
    """One file of old cases: who brought it, how its columns were understood, and what became of its rows.

    File, choices and the look into it are sealed under the organisation's key: a list holds many persons. The file and
    its rejected rows are erased at the latest thirty days after they came.
    """

    SEALED_FOR = "caseloads"
    sensitivity: ClassVar = (
        ROW_LABELS
        | dict.fromkeys(("rows_in", "rows_rejected", "rows_done", "step_done", "step_total", "size"), S.OPERATIONAL)
        | dict.fromkeys(("state", "sha256", "problem", "is_stop_asked", "started_at", "finished_at", "undone_at"), S.OPERATIONAL)
        | {
            "organisation": S.OPERATIONAL,
            "brought_by": S.OPERATIONAL,
            "case_manager": S.OPERATIONAL,
            "undone_by": S.OPERATIONAL,
            "file": S.OPERATIONAL,
            "rejected_file": S.OPERATIONAL,
            "sealed_name": S.IDENTIFYING,
            "sealed_choices": S.NARRATIVE,
            "sealed_look": S.NARRATIVE,
        }
    )

    brought_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    case_manager = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    """Who gets the cases of which the file names nobody."""
    state = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Step], default=Step.LOOKED_AT.value)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    rejected_file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    sealed_name = models.BinaryField(default=b"")
    sealed_choices = models.BinaryField(default=b"")
    sealed_look = models.BinaryField(default=b"")
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=20, blank=True)
    """Why it stopped, as a code."""
    rows_in = models.PositiveIntegerField(null=True)
    rows_rejected = models.PositiveIntegerField(null=True)
    rows_done = models.PositiveIntegerField(null=True)
    step_done = models.PositiveIntegerField(default=0)
    step_total = models.PositiveIntegerField(default=0)
    is_stop_asked = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-id"], name="caseloads_of_an_office")]

    def __str__(self) -> str:
        return f"caseload {self.pk}"

    @property
    def address(self) -> str:
        """Where the office follows it."""
        return reverse("caseload", args=[self.pk])

    @property
    def facts(self) -> CaseloadFacts:
        """What verdicts may know of it."""
        return CaseloadFacts(self.organisation_id, self.finished_at if self.state == Step.DONE else None)

    def move(self, after: Step) -> None:
        """Change the state; raise `ValueError` where that cannot follow. The caller saves."""
        if after not in FOLLOWING[Step(self.state)]:
            raise ValueError(f"{self.state} -> {after}")
        self.state = after
        self.version += 1

    choices = SealedJSON("sealed_choices", dict)
    """What was decided about the columns."""
    look = SealedJSON("sealed_look", dict)
    """What a look into the file showed; forgotten with the file."""


class CaseloadRow(OwnedRow):
    """Which case came of which row of a file."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "caseload": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "row": S.OPERATIONAL,
    }

    caseload = models.ForeignKey(Caseload, on_delete=models.PROTECT, related_name="rows", editable=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="caseload_row", editable=False)
    row = models.PositiveIntegerField(_("row of the file"), editable=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["caseload", "row"], name="one_case_a_row")]

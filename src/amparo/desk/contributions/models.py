"""Contributions with their provenance, the pool's files and versions, and the tombstones of what was taken out."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from amparo.desk.access.models import Member, OwnedRow
from amparo.desk.core import keys
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import ROW_LABELS
from amparo.desk.core.sealed_values import SealedFile, SealedJSON
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.files.models import StoredFile

from . import states
from .states import Origin, Relation, State


def _choices(kind: type[Any]) -> list[tuple[str, str]]:
    return [(one.value, one.value) for one in kind]


COUNTS = ("rows_in", "rows_rejected", "rows_accepted", "rows_added", "rows_known", "rows_changed", "rows_barred", "rows_dropped")


class Contribution(SealedFile, OwnedRow):
    """What one organisation gave to the pool at once: a file or its own cases, with who, when, and what became of each row.

    `organisation` is the contributor. `brought_by` is the member who brought it (none: the command line).
    rows_in = rows_rejected + rows_accepted; rows_accepted = rows_added + rows_known + rows_changed + rows_barred.
    """

    SEALED_FOR = "contributions"
    sensitivity: ClassVar = (
        ROW_LABELS
        | dict.fromkeys(COUNTS, S.OPERATIONAL)
        | {
            "organisation": S.OPERATIONAL,
            "brought_by": S.OPERATIONAL,
            "origin": S.OPERATIONAL,
            "schema": S.OPERATIONAL,
            "state": S.OPERATIONAL,
            "file": S.OPERATIONAL,
            "rejected_file": S.OPERATIONAL,
            "sealed_name": S.IDENTIFYING,
            "sealed_preview": S.NARRATIVE,
            "size": S.OPERATIONAL,
            "sha256": S.OPERATIONAL,
            "sealed_choices": S.NARRATIVE,
            "sealed_refusals": S.NARRATIVE,
            "operator": S.OPERATIONAL,
            "step": S.OPERATIONAL,
            "step_done": S.OPERATIONAL,
            "step_total": S.OPERATIONAL,
            "is_cancel_asked": S.OPERATIONAL,
            "started_at": S.OPERATIONAL,
            "finished_at": S.OPERATIONAL,
            "withdrawn_at": S.OPERATIONAL,
            "pool_version": S.OPERATIONAL,
        }
    )

    brought_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    operator = models.CharField(max_length=64, blank=True, editable=False)
    """Who gave the command, as the machine knows them, where no member brought it."""
    origin = models.CharField(max_length=12, choices=_choices(Origin), default=Origin.FILE)
    schema = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=_choices(State), default=State.UPLOADED)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    rejected_file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    sealed_name = models.BinaryField(default=b"")
    sealed_preview = models.BinaryField(default=b"")
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    sealed_choices = models.BinaryField(default=b"")
    sealed_refusals = models.BinaryField(default=b"")
    rows_in = models.PositiveIntegerField(null=True)
    rows_rejected = models.PositiveIntegerField(null=True)
    rows_accepted = models.PositiveIntegerField(null=True)
    rows_added = models.PositiveIntegerField(null=True)
    rows_known = models.PositiveIntegerField(null=True)
    rows_changed = models.PositiveIntegerField(null=True)
    rows_barred = models.PositiveIntegerField(null=True)
    rows_dropped = models.PositiveIntegerField(null=True)
    step = models.CharField(max_length=20, blank=True)
    step_done = models.PositiveIntegerField(default=0)
    step_total = models.PositiveIntegerField(default=0)
    is_cancel_asked = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    pool_version = models.PositiveIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-id"], name="contributions_of_one")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_done_contribution_is_counted",
                condition=~models.Q(state__in=[State.DONE, State.WITHDRAWN])
                | models.Q(rows_in__isnull=False, rows_accepted__isnull=False, pool_version__isnull=False),
            ),
        ]

    def move(self, after: State) -> None:
        """Change the state, or raise `states.IllegalTransition`; the caller saves."""
        states.check(State(self.state), after)
        self.state = after
        self.version += 1

    @property
    def brought_by_words(self) -> str:
        """Who brought it: a member by name, or the machine's own account at the command line."""
        if self.brought_by:
            return str(self.brought_by.user.name)
        return _("command line, account %(name)s") % {"name": self.operator} if self.operator else _("command line")

    preview = SealedJSON("sealed_preview", dict)
    """What a look into the file showed: its columns, first rows and what does not fit. Forgotten with the file."""
    choices = SealedJSON("sealed_choices", dict)
    """What was decided about the file's columns; sealed, because a file without header has cells where names should be."""
    refusals = SealedJSON("sealed_refusals", list)
    """Why nothing came in; sealed for the same reason. The audit event has the codes."""


class PoolFile(models.Model):
    """One encrypted columnar file with rows of one organisation; never changed, only replaced or removed.

    The file's key is wrapped by the contributing organisation's key. When rows are taken out for good,
    `replaced_by` leads to the file without them and the key of this one is forgotten; a file of which
    nothing was left has `removed_at` and leads nowhere.
    """

    sensitivity: ClassVar = {
        "id": S.OPERATIONAL,
        "organisation_id": S.OPERATIONAL,
        "contribution": S.OPERATIONAL,
        "origin": S.OPERATIONAL,
        "rows": S.OPERATIONAL,
        "size": S.OPERATIONAL,
        "sha256": S.OPERATIONAL,
        "wrapped_key": S.KEY,
        "made_at": S.OPERATIONAL,
        "removed_at": S.OPERATIONAL,
        "replaced_by": S.OPERATIONAL,
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField(db_index=True, editable=False)
    contribution = models.ForeignKey(Contribution, on_delete=models.PROTECT, related_name="pool_files", editable=False)
    origin = models.CharField(max_length=12, choices=_choices(Origin))
    rows = models.PositiveIntegerField()
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    wrapped_key = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_replaced_pool_file_is_removed", condition=models.Q(replaced_by=None) | models.Q(removed_at__isnull=False)
            )
        ]

    def seal_key(self, key: bytes) -> None:
        """Wrap the file's key by the organisation's."""
        self.wrapped_key = keys.seal_under(self.organisation_id, "pool", key, self.place)

    def key(self) -> bytes:
        """Return the file's key; raises `keys.KeyDestroyed` once it was forgotten."""
        if not self.wrapped_key:
            raise keys.KeyDestroyed(str(self.id))
        return keys.unseal_under(self.organisation_id, "pool", bytes(self.wrapped_key), self.place, own=self.id)

    @property
    def place(self) -> str:
        """The place to which the wrapped key is bound."""
        return f"contributions.poolfile.key.{self.id}"


class PoolVersion(models.Model):
    """The pool at one moment: the files that make it up with their checksums. Versions count up from 1 and are never changed.

    `checksum` is the SHA-256 of the manifest; `seal` authenticates it under the site's key together with the seal before.
    """

    sensitivity: ClassVar = {
        "number": S.OPERATIONAL,
        "at": S.OPERATIONAL,
        "cause": S.OPERATIONAL,
        "contribution": S.OPERATIONAL,
        "manifest": S.OPERATIONAL,
        "rows": S.OPERATIONAL,
        "checksum": S.OPERATIONAL,
        "seal": S.OPERATIONAL,
    }

    number = models.PositiveIntegerField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    cause = models.CharField(max_length=20)
    contribution = models.ForeignKey(Contribution, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    manifest = models.JSONField()
    rows = models.PositiveIntegerField()
    checksum = models.CharField(max_length=64)
    seal = models.BinaryField(max_length=32)


class Tombstone(OwnedRow):
    """A person, or a whole contribution, that was taken out of the pool for good.

    From the moment it stands, reading the pool leaves the rows out; `done_at` says when every file that
    held them was rewritten. `lifted_at` says that the person agreed anew and may come in again.
    """

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "person_key": S.IDENTIFYING,
        "contribution": S.OPERATIONAL,
        "cause": S.OPERATIONAL,
        "done_at": S.OPERATIONAL,
        "lifted_at": S.OPERATIONAL,
    }

    person_key = models.CharField(max_length=32, blank=True)
    contribution = models.ForeignKey(Contribution, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    cause = models.CharField(max_length=20)
    done_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "person_key"], name="tombstones_of_one")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_tombstone_is_of_somebody", condition=~models.Q(person_key="") | models.Q(contribution__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["organisation", "person_key"],
                condition=models.Q(lifted_at=None) & ~models.Q(person_key=""),
                name="one_tombstone_a_person",
            ),
        ]


__all__ = ["COUNTS", "Contribution", "Origin", "PoolFile", "PoolVersion", "Relation", "State", "Tombstone"]

"""Base rows, the key store's tables, the ordered change log and encrypted drafts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from . import keys, sealing
from .ids import uuid7
from .rings import FIRST, Ring, unpacked
from .sensitivity import Sensitivity as S

ROW_LABELS: dict[str, S] = {"id": S.OPERATIONAL, "recorded_at": S.OPERATIONAL, "version": S.OPERATIONAL}
SEALED_LABELS: dict[str, S] = ROW_LABELS | {"key": S.IDENTIFYING}


class Row(models.Model):
    """A row with an id that sorts by time, the moment it was recorded, and a version for optimistic locking."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class SealedQuerySet(models.QuerySet[Any]):
    """A query set that can open the keys of its rows with one query."""

    def opened(self) -> list[Any]:
        """Return the rows with their person keys at hand."""
        return opened(self)


def opened(rows: Iterable[Any]) -> list[Any]:
    """Return sealed rows with their person keys at hand, read with one query."""
    held = list(rows)
    keys.open_many(row.key_id for row in held)
    return held


class SealedRow(Row):
    """A row about a person: its sealed fields open only with that person's key.

    The reference is a constraint, so that nothing can ever be sealed under a key that was not kept.
    """

    key = models.ForeignKey("core.PersonKey", on_delete=models.PROTECT, related_name="+", editable=False)

    objects: ClassVar[Any] = SealedQuerySet.as_manager()

    class Meta:
        abstract = True


class OrganisationKey(models.Model):
    """An organisation's own key, wrapped by the site's master key.

    While the key is renewed, the one before it lies beside it, sealed under the new one, until nothing refers to it.
    """

    sensitivity: ClassVar = {
        "organisation_id": S.OPERATIONAL,
        "wrapped": S.KEY,
        "created_at": S.OPERATIONAL,
        "key_id": S.OPERATIONAL,
        "before_id": S.OPERATIONAL,
        "sealed_before": S.KEY,
        "sealed_kept": S.KEY,
    }

    organisation_id = models.UUIDField(primary_key=True, editable=False)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    key_id = models.UUIDField(default=FIRST, editable=False)
    before_id = models.UUIDField(null=True, editable=False)
    sealed_before = models.BinaryField(default=b"")
    sealed_kept = models.BinaryField(default=b"")

    @property
    def place(self) -> str:
        """The place to which the wrapped key is bound."""
        return keys.organisation_place(self.organisation_id, self.key_id)

    def ring(self) -> Ring:
        """Return the opened ring: this key, the one before it, and the purposes carried over."""
        if not keys.master_ring().knows(bytes(self.wrapped)):
            keys.look_again()
        key = keys.master_ring().unseal(bytes(self.wrapped), self.place)
        held = {self.key_id: key}
        if self.before_id is not None:
            held[self.before_id] = sealing.unseal(key, bytes(self.sealed_before), f"{self.place}/before/{self.before_id}")
        kept = sealing.unseal(key, bytes(self.sealed_kept), self.place + "/kept") if self.sealed_kept else b"{}"
        return Ring(self.key_id, held, unpacked(kept))


class PersonKey(models.Model):
    """One person's data key, wrapped by the organisation's key; empty once destroyed."""

    sensitivity: ClassVar = {
        "id": S.IDENTIFYING,
        "organisation_id": S.OPERATIONAL,
        "wrapped": S.KEY,
        "sealed_kept": S.KEY,
        "created_at": S.OPERATIONAL,
        "destroyed_at": S.OPERATIONAL,
        "is_in_journal": S.OPERATIONAL,
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField(db_index=True, editable=False)
    wrapped = models.BinaryField(null=True)
    sealed_kept = models.BinaryField(default=b"")
    """What a renewed key carries over: the key of the person's audit pseudonym, to which chains commit."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    destroyed_at = models.DateTimeField(null=True, editable=False)
    is_in_journal = models.BooleanField(default=False, editable=False)
    """Destroyed, while SQLite's journal may still hold the wrapped key."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], condition=models.Q(is_in_journal=True), name="keys_still_in_journal")]


class Renewal(models.Model):
    """One renewal of a key while people work: which key, by which, and how far it has come.

    `subject_id` is the organisation, or the person's key that goes; for the site it is empty. What is still to do is
    never remembered but found: every sealed value names its key.
    """

    class Scope(models.TextChoices):
        """Whose key is renewed."""

        SITE = "site"
        ORGANISATION = "organisation"
        PERSON = "person"

    sensitivity: ClassVar = {
        "id": S.OPERATIONAL,
        "scope": S.OPERATIONAL,
        "subject_id": S.OPERATIONAL,
        "from_id": S.OPERATIONAL,
        "to_id": S.OPERATIONAL,
        "total": S.OPERATIONAL,
        "left": S.OPERATIONAL,
        "started_at": S.OPERATIONAL,
        "moved_at": S.OPERATIONAL,
        "finished_at": S.OPERATIONAL,
        "is_in_journal": S.OPERATIONAL,
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=12, choices=Scope.choices)
    subject_id = models.UUIDField(default=FIRST)
    from_id = models.UUIDField()
    to_id = models.UUIDField()
    total = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_at = models.DateTimeField(null=True)
    """Since when nothing refers to the old key any more."""
    finished_at = models.DateTimeField(null=True)
    """When the old key was destroyed."""
    is_in_journal = models.BooleanField(default=False, editable=False)
    """Finished, while SQLite's journal may still hold the old key."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], condition=models.Q(is_in_journal=True), name="renewals_still_in_journal")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "subject_id"], condition=models.Q(finished_at=None), name="one_renewal_at_a_time"
            )
        ]


class Change(models.Model):
    """The ordered change log: what lower rooms tell upper rooms, read by the worker and checked again when acted upon.

    Written in the transaction that makes the change. `kind` is a code such as `consent.withdrawn`,
    `person.erased`, `person.merged`; `subject_id` is the id of the row it is about.
    """

    sensitivity: ClassVar = {
        "sequence": S.OPERATIONAL,
        "organisation_id": S.OPERATIONAL,
        "kind": S.OPERATIONAL,
        "subject_id": S.IDENTIFYING,
        "at": S.OPERATIONAL,
    }

    sequence = models.BigAutoField(primary_key=True)
    organisation_id = models.UUIDField(editable=False)
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "sequence"], name="change_by_kind")]


class Cursor(models.Model):
    """How far one reader of the change log has come."""

    sensitivity: ClassVar = {"reader": S.OPERATIONAL, "sequence": S.OPERATIONAL}

    reader = models.CharField(max_length=60, primary_key=True)
    sequence = models.BigIntegerField(default=0)


class Draft(models.Model):
    """What somebody typed and has not saved: sealed, theirs alone, one for each form.

    On a page about a person it is sealed under that person's key, which its first bytes name.
    """

    sensitivity: ClassVar = {
        "id": S.OPERATIONAL,
        "user_id": S.OPERATIONAL,
        "form": S.OPERATIONAL,
        "sealed": S.NARRATIVE,
        "saved_at": S.OPERATIONAL,
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField(editable=False)
    form = models.CharField(max_length=200)
    sealed = models.BinaryField()
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user_id", "form"], name="one_draft_a_form")]

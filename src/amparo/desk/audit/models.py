"""Events, the head of each chain, and signed checkpoints over all heads."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amparo.desk.core.sensitivity import Sensitivity as S


class Event(models.Model):
    """One reading or change. Codes and keyed pseudonyms only; append-only by triggers; no foreign keys.

    `subject` is a keyed pseudonym: without the person's key nobody can tell whose record it was. `kind` names the row's kind
    and, after a stroke, a mark under the same key of the case in which it stands (see `chain.part_of`).
    """

    sensitivity: ClassVar = {
        "id": S.OPERATIONAL,
        "organisation_id": S.OPERATIONAL,
        "sequence": S.OPERATIONAL,
        "at": S.OPERATIONAL,
        "actor_id": S.OPERATIONAL,
        "action": S.OPERATIONAL,
        "kind": S.OPERATIONAL,
        "subject": S.PERSONAL,
        "details": S.OPERATIONAL,
        "digest": S.OPERATIONAL,
    }

    id = models.BigAutoField(primary_key=True)
    organisation_id = models.UUIDField()
    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    kind = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=32, blank=True)
    details = models.JSONField(default=dict)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation_id", "sequence"], name="one_event_a_place")]
        indexes: ClassVar = [
            models.Index(fields=["organisation_id", "subject", "-sequence"], name="events_of_a_subject"),
            models.Index(fields=["organisation_id", "actor_id", "-sequence"], name="events_of_an_actor"),
            models.Index(fields=["organisation_id", "at"], name="events_by_time"),  # a day, for auditors and the watch
            models.Index(fields=["organisation_id", "action", "-sequence"], name="events_of_an_action"),  # auditors' kinds
        ]


class Head(models.Model):
    """The last event of an organisation's chain; locked while the next one is written.

    `seal` authenticates the end, so that cutting off the newest events takes the key as well.
    """

    sensitivity: ClassVar = {
        "organisation_id": S.OPERATIONAL,
        "sequence": S.OPERATIONAL,
        "digest": S.OPERATIONAL,
        "seal": S.OPERATIONAL,
    }

    organisation_id = models.UUIDField(primary_key=True)
    sequence = models.BigIntegerField(default=0)
    digest = models.BinaryField(max_length=32)
    seal = models.BinaryField(max_length=32, default=bytes)


class Checkpoint(models.Model):
    """All heads at one moment, authenticated together, each checkpoint bound to the one before it. Numbered without gaps."""

    sensitivity: ClassVar = {"id": S.OPERATIONAL, "at": S.OPERATIONAL, "heads": S.OPERATIONAL, "seal": S.OPERATIONAL}

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    heads = models.JSONField()
    seal = models.BinaryField(max_length=32)

"""What an office calls unusual, what is usual for its members, and what was flagged with the verdict on it."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow, OwnedSealedRow
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import ROW_LABELS, SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S

from . import rules
from .choices import Ground, Opinion
from .kept import AssessmentAnswer, Disposal, DueRecord, PersonRequest, RetentionRule

__all__ = ("AssessmentAnswer", "BusyHour", "Disposal", "DueRecord", "Flag", "FlagShare", "PersonRequest", "RetentionRule", "Watch")


def known_zone(name: str) -> None:
    """Refuse a time zone that does not exist."""
    if name not in available_timezones():
        raise ValidationError(_("No such time zone: write it as Europe/Madrid or America/Bogota."), code="zone")


def whole_days() -> list[int]:
    """Return Monday to Friday."""
    return [0, 1, 2, 3, 4]


def most(name: str) -> MaxValueValidator:
    """Return the ceiling of a threshold."""
    return MaxValueValidator(rules.CEILINGS[name])


class Watch(OwnedRow):
    """What one office calls unusual reading, and how it names its staff to the person."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "zone": S.OPERATIONAL,
        "opens": S.OPERATIONAL,
        "closes": S.OPERATIONAL,
        "working_days": S.OPERATIONAL,
        "tenths": S.OPERATIONAL,
        "least_records": S.OPERATIONAL,
        "most_records": S.OPERATIONAL,
        "least_at_night": S.OPERATIONAL,
        "least_searches": S.OPERATIONAL,
        "days_closed": S.OPERATIONAL,
        "least_refused": S.OPERATIONAL,
        "names_staff": S.OPERATIONAL,
        "read_to": S.OPERATIONAL,
    }

    zone = models.CharField(_("time zone of the office"), max_length=60, default="UTC", validators=[known_zone])
    opens = models.TimeField(_("work begins"), default=time(7))
    closes = models.TimeField(_("work ends"), default=time(20))
    working_days = models.JSONField(_("working days"), default=whole_days)
    tenths = models.PositiveSmallIntegerField(
        _("times the usual, in tenths"), default=25, validators=[MinValueValidator(10), MaxValueValidator(100)]
    )
    least_records = models.PositiveIntegerField(
        _("records in an hour that are never flagged"), default=15, validators=[most("least_records")]
    )
    most_records = models.PositiveIntegerField(
        _("records in an hour that are always flagged"), default=80, validators=[most("most_records")]
    )
    least_at_night = models.PositiveIntegerField(
        _("records outside working hours from which it is flagged"),
        default=3,
        validators=[MinValueValidator(1), most("least_at_night")],
    )
    least_searches = models.PositiveIntegerField(
        _("searches in an hour that are never flagged"), default=15, validators=[most("least_searches")]
    )
    days_closed = models.PositiveIntegerField(
        _("days after its end when a case counts as long ended"), default=730, validators=[most("days_closed")]
    )
    least_refused = models.PositiveIntegerField(
        _("refusals in an hour from which it is flagged"), default=8, validators=[MinValueValidator(1), most("least_refused")]
    )
    names_staff = models.BooleanField(_("the person’s own copy names members, not only their roles"), default=False)
    read_to = models.BigIntegerField(default=0, editable=False)
    """The place in the office's chain up to which the worker has looked."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation"], name="one_watch_an_office")]

    def __str__(self) -> str:
        return f"watch {self.organisation_id}"

    @property
    def thresholds(self) -> rules.Thresholds:
        """The thresholds as the rules take them."""
        return rules.Thresholds(
            zone=self.zone,
            opens=self.opens,
            closes=self.closes,
            working_days=frozenset(self.working_days),
            factor=self.tenths / 10,
            **{name: min(getattr(self, name), most) for name, most in rules.CEILINGS.items()},
        )


class BusyHour(OwnedRow):
    """The busiest hour of one member's day: what their habit is made of. Kept for sixty days."""

    sensitivity: ClassVar = ROW_LABELS | dict.fromkeys(("organisation", "member", "day", "records", "searches"), S.OPERATIONAL)

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    day = models.DateField()
    records = models.PositiveIntegerField(default=0)
    searches = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "day"], name="one_busy_hour_a_day")]
        indexes: ClassVar = [models.Index(fields=["organisation", "day"], name="busy_hours_by_day")]


class Flag(OwnedRow):
    """One occasion of unusual reading, and what a supervisor found about it. It is never shown to the reader."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "member": S.OPERATIONAL,
        "sign": S.OPERATIONAL,
        "key": S.PERSONAL,
        "first_at": S.OPERATIONAL,
        "last_at": S.OPERATIONAL,
        "count": S.OPERATIONAL,
        "usual": S.OPERATIONAL,
        "records": S.PERSONAL,
        "opinion": S.OPERATIONAL,
        "ground": S.OPERATIONAL,
        "sealed_note": S.NARRATIVE,
        "judged_by": S.OPERATIONAL,
        "judged_at": S.OPERATIONAL,
    }

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    sign = models.CharField(max_length=20, editable=False)
    key = models.CharField(max_length=60, editable=False)
    first_at = models.DateTimeField(editable=False)
    last_at = models.DateTimeField(editable=False)
    count = models.PositiveIntegerField(editable=False)
    usual = models.PositiveIntegerField(default=0, editable=False)
    records = models.JSONField(default=list, editable=False)
    opinion = models.CharField(_("what was found"), max_length=20, blank=True, choices=Opinion.choices)
    ground = models.CharField(_("what explains it"), max_length=20, blank=True, choices=Ground.choices)
    sealed_note = models.BinaryField(default=b"", editable=False)
    judged_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    judged_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "sign", "key"], name="one_flag_an_occasion"),
            models.CheckConstraint(
                condition=models.Q(opinion="", judged_at=None) | (~models.Q(opinion="") & models.Q(judged_at__isnull=False)),
                name="judged_has_a_moment",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "opinion", "-id"], name="flags_of_an_office")]

    def __str__(self) -> str:
        return f"flag {self.pk}"

    @property
    def note_place(self) -> str:
        """What the sealed note is bound to."""
        return f"oversight.flag/note/{self.pk}"

    def as_shown(self) -> dict[str, Any]:
        """Return the numbers that its sentence names."""
        return {"count": self.count, "usual": self.usual}


class FlagShare(OwnedSealedRow):
    """One person's part of the key that opens the words on a flag: without it they stay shut for good."""

    sensitivity: ClassVar = SEALED_LABELS | {"organisation": S.OPERATIONAL, "flag": S.OPERATIONAL, "secret": S.SPECIAL}

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="+", editable=False)
    secret = SealedTextField(editable=False)

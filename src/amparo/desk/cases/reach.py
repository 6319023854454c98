"""Who reaches a case beside its team, and who never does: cover for an absence, conflict of interest, emergency access."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member, OwnedRow, OwnedSealedRow
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import ROW_LABELS, SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.questions.coded import CodedRow

from .choices import ConflictKind, Verdict


class LeaveCover(OwnedRow):
    """A colleague stands in for an absent one on every case of theirs, from a day until a day, both included."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "absent": S.OPERATIONAL,
        "covering": S.OPERATIONAL,
        "since": S.OPERATIONAL,
        "until": S.OPERATIONAL,
        "entered_by": S.OPERATIONAL,
    }

    absent = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="absences")
    covering = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="covers")
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    entered_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(absent=models.F("covering")), name="nobody_covers_themselves"),
        ]
        indexes: ClassVar = [models.Index(fields=["covering", "until"], name="covers_of_a_member")]

    @staticmethod
    def on(day: date) -> Q:
        """Return the condition that a cover holds on a day."""
        return Q(since__lte=day, until__gte=day)


class Conflict(CodedRow, OwnedSealedRow):
    """A member who must not see a person's record: related to them, or with another conflict of interest."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "member": S.OPERATIONAL,
        "kind": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "reason": S.NARRATIVE,
        "since": S.OPERATIONAL,
        "until": S.OPERATIONAL,
        "entered_by": S.OPERATIONAL,
    }

    coded: ClassVar = {"kind": "conflict_kind"}

    person = models.ForeignKey("cases.Person", on_delete=models.CASCADE, related_name="conflicts", editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="conflicts")
    kind = models.CharField(_("kind"), max_length=40, choices=ConflictKind.choices)
    reason = SealedTextField(_("why"), blank=True)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    entered_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "member"], condition=Q(until=None), name="one_open_conflict"),
        ]

    @staticmethod
    def on(day: date) -> Q:
        """Return the condition that a conflict stands on a day; on the day of `until` it stands no more."""
        return Q(since__lte=day) & (Q(until=None) | Q(until__gt=day))


class BreakGlass(OwnedSealedRow):
    """Somebody off the team opened a case in an emergency: why, until when, and what a supervisor said afterwards."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "taken_by": S.OPERATIONAL,
        "reason": S.NARRATIVE,
        "taken_at": S.OPERATIONAL,
        "ends_at": S.OPERATIONAL,
        "verdict": S.OPERATIONAL,
        "verdict_reason": S.NARRATIVE,
        "reviewed_by": S.OPERATIONAL,
        "reviewed_at": S.OPERATIONAL,
    }

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="break_glasses", editable=False)
    taken_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    reason = SealedTextField(_("reason"))
    taken_at = models.DateTimeField(_("opened at"), editable=False)
    ends_at = models.DateTimeField(_("ends at"), editable=False)
    verdict = models.CharField(_("verdict"), max_length=16, blank=True, choices=Verdict.choices)
    verdict_reason = SealedTextField(_("reasons of the verdict"), blank=True)
    reviewed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verdict="", reviewed_by=None, reviewed_at=None)
                | (~Q(verdict="") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
                name="verdict_has_a_person_and_a_time",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=models.F("taken_by")), name="nobody_reviews_themselves"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["taken_by", "ends_at"], name="emergencies_of_a_member"),
            models.Index(fields=["organisation", "verdict"], name="emergencies_to_review"),
        ]

    @staticmethod
    def at(now: Any) -> Q:
        """Return the condition that an emergency access is in force at a time."""
        return Q(taken_at__lte=now, ends_at__gt=now)


class EmergencyNotice(OwnedRow):
    """One colleague is told that a case was opened in an emergency; it stands on their Today until they have seen it."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "break_glass": S.OPERATIONAL,
        "member": S.OPERATIONAL,
        "seen_at": S.OPERATIONAL,
    }

    break_glass = models.ForeignKey(BreakGlass, on_delete=models.CASCADE, related_name="notices")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["break_glass", "member"], name="told_once")]

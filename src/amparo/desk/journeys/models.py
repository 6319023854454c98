"""Legs of a journey: where from, where to, when as far as it is known, how, with whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from amparo.desk.access.models import Member, OwnedSealedRow
from amparo.desk.cases.models import Case
from amparo.desk.core.answers import Answer
from amparo.desk.core.fields import SealedDateField, SealedTextField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S

from .choices import Border, Kind, Source, Transport, Who


class Leg(OwnedSealedRow):
    """One leg: a move, or a stay in one place; told as it was told, with its source.

    `position` orders the legs; two accounts of one leg bear the same position and different `account`.
    """

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "position": S.PERSONAL,
        "account": S.PERSONAL,
        "kind": S.PERSONAL,
        "act": S.PERSONAL,
        "from_country": S.PERSONAL,
        "from_place": S.NARRATIVE,
        "to_country": S.PERSONAL,
        "to_place": S.NARRATIVE,
        "started_on": S.NARRATIVE,
        "ended_on": S.NARRATIVE,
        "transport": S.PERSONAL,
        "border": S.PERSONAL,
        "decided_by": S.PERSONAL,
        "paid_by": S.PERSONAL,
        "moved_freely": S.PERSONAL,
        "source": S.PERSONAL,
        "companions": S.NARRATIVE,
        "story": S.NARRATIVE,
        "recorded_by": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="legs", editable=False)
    position = models.PositiveSmallIntegerField(_("number of the leg"))
    account = models.CharField(_("account"), max_length=1, blank=True)
    kind = models.CharField(_("what this leg belongs to"), max_length=20, choices=Kind.choices)
    act = models.CharField(_("act"), max_length=20, blank=True)
    from_country = models.CharField(_("from country"), max_length=2, blank=True)
    from_place = SealedTextField(_("from place"), blank=True)
    to_country = models.CharField(_("to country"), max_length=2, blank=True)
    to_place = SealedTextField(_("to place"), blank=True)
    started_on = SealedDateField(_("began"), blank=True)
    ended_on = SealedDateField(_("ended"), blank=True)
    transport = models.CharField(_("transport"), max_length=20, blank=True, choices=Transport.choices)
    border = models.CharField(_("how the border was crossed"), max_length=20, blank=True, choices=Border.choices)
    decided_by = models.CharField(_("who decided on this leg"), max_length=20, blank=True, choices=Who.choices)
    paid_by = models.CharField(_("who paid"), max_length=20, blank=True, choices=Who.choices)
    moved_freely = models.CharField(_("could the person have stopped or left?"), max_length=10, blank=True, choices=Answer.choices)
    source = models.CharField(_("where this comes from"), max_length=20, blank=True, choices=Source.choices)
    companions = SealedTextField(_("with whom"), blank=True)
    story = SealedTextField(_("what is told about it"), blank=True)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "position", "account"], name="legs_of_a_case")]

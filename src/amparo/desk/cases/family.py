"""People of the person's family and whoever depends on them: third parties, whose data are guarded as theirs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from amparo.desk.access.models import Member, OwnedSealedRow
from amparo.desk.core.answers import Answer
from amparo.desk.core.fields import SealedDateField, SealedTextField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.core.sensitivity import Topic
from amparo.desk.questions.coded import CodedRow

from .life_choices import Part, Relation


class Relative(CodedRow, OwnedSealedRow):
    """Somebody related to the person, or who depends on them, with or without a case of their own.

    Sealed under the person's key: it goes when the person goes. It is about a third party, so the person's own
    copy says that there is somebody and how they are related, and no more.
    """

    topics: ClassVar = {"whereabouts": Topic.WHEREABOUTS, "words": Topic.FAMILY}
    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "relation": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "name": S.IDENTIFYING,
        "birth_date": S.IDENTIFYING,
        "depends": S.PERSONAL,
        "lives_together": S.PERSONAL,
        "whereabouts": S.SPECIAL,
        "phone": S.IDENTIFYING,
        "contact_is_safe": S.PERSONAL,
        "contact_rule": S.NARRATIVE,
        "part": S.PERSONAL,
        "words": S.SPECIAL,
        "own_case": S.IDENTIFYING,
        "recorded_by": S.OPERATIONAL,
        "removed_at": S.OPERATIONAL,
        "removed_by": S.OPERATIONAL,
        "removed_why": S.NARRATIVE,
    }

    coded: ClassVar = {"relation": "relative"}

    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="relatives", editable=False)
    relation = models.CharField(_("relation to the person"), max_length=40, blank=True, choices=Relation.choices)
    name = SealedTextField(_("name of the relative"), blank=True)
    birth_date = SealedDateField(_("date of birth of the relative"), blank=True)
    depends = models.CharField(_("depends on the person"), max_length=10, blank=True, choices=Answer.choices)
    lives_together = models.CharField(_("lives with the person"), max_length=10, blank=True, choices=Answer.choices)
    whereabouts = SealedTextField(_("where the relative is"), blank=True)
    phone = SealedTextField(_("telephone of the relative"), blank=True)
    contact_is_safe = models.CharField(_("contact with the relative is safe"), max_length=10, blank=True, choices=Answer.choices)
    contact_rule = SealedTextField(_("what to heed in a contact"), blank=True)
    part = models.CharField(_("part in the trafficking"), max_length=10, blank=True, choices=Part.choices)
    words = SealedTextField(_("what matters about the relative"), blank=True)
    own_case = models.ForeignKey("cases.Case", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    removed_why = SealedTextField(_("why it was removed"), blank=True)

    history = HistoricalRecords(excluded_fields=["person", "own_case"])

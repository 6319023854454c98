"""Legs of a journey: where from, where to, when, how, with whom, by which means, what was held and what was paid.

What is told lies under the person's key. Who is told of (`Actor`) lies under a key of its own, so that it can outlast
one person's erasure while another case still leads to it, and ends with the last.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from amparo.desk.access.models import Member, OwnedRow, OwnedSealedRow
from amparo.desk.cases.models import Case
from amparo.desk.core.answers import Answer
from amparo.desk.core.fields import SealedDateField, SealedTextField
from amparo.desk.core.models import ROW_LABELS, SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.questions.coded import CodedRow

from .choices import (
    ActorKind,
    Border,
    DocumentKind,
    Keeping,
    Kind,
    MoneyFor,
    MoneyState,
    Party,
    Period,
    Source,
    Told,
    Transport,
    Who,
    Workplace,
)


class Leg(CodedRow, OwnedSealedRow):
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
        "means": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "industry": S.PERSONAL,
        "workplace": S.PERSONAL,
        "occupation": S.NARRATIVE,
        "platforms": S.PERSONAL,
        "platform_words": S.NARRATIVE,
        "from_point": S.NARRATIVE,
        "to_point": S.NARRATIVE,
        "recorded_by": S.OPERATIONAL,
    }

    coded: ClassVar = {
        "transport": "transport",
        "border": "border_crossing",
        "decided_by": "decided_or_paid",
        "paid_by": "decided_or_paid",
        "workplace": "workplace",
        "means": "means_of_control",
        "platforms": "website",
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
    transport = models.CharField(_("transport"), max_length=40, blank=True, choices=Transport.choices)
    border = models.CharField(_("how the border was crossed"), max_length=40, blank=True, choices=Border.choices)
    decided_by = models.CharField(_("who decided on this leg"), max_length=40, blank=True, choices=Who.choices)
    paid_by = models.CharField(_("who paid"), max_length=40, blank=True, choices=Who.choices)
    moved_freely = models.CharField(_("could the person have stopped or left?"), max_length=10, blank=True, choices=Answer.choices)
    source = models.CharField(_("where this comes from"), max_length=20, blank=True, choices=Source.choices)
    companions = SealedTextField(_("with whom"), blank=True)
    story = SealedTextField(_("what is told about it"), blank=True)
    means = models.JSONField(_("means of control"), default=dict, blank=True)
    industry = models.CharField(_("branch of work (ISIC)"), max_length=2, blank=True)
    workplace = models.CharField(_("kind of workplace"), max_length=40, blank=True, choices=Workplace.choices)
    occupation = SealedTextField(_("what work it was"), blank=True)
    platforms = models.JSONField(_("sites and apps"), default=list, blank=True)
    platform_words = SealedTextField(_("what happened online"), blank=True)
    from_point = SealedTextField(_("coordinates of the first place"), blank=True)
    to_point = SealedTextField(_("coordinates of the last place"), blank=True)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "position", "account"], name="legs_of_a_case")]


class Actor(CodedRow, OwnedSealedRow):
    """Somebody, or a firm, who is told of: a record of the office under a key of its own, reached only through a case.

    Its words are those told in the cases that lead to it here. What two offices' or two teams' actors have in common is
    never written into them: two that are found to be one are joined by `Likeness`, which few may read.
    """

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "kind": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "name": S.IDENTIFYING,
        "aliases": S.IDENTIFYING,
        "phones": S.IDENTIFYING,
        "accounts": S.IDENTIFYING,
        "agency": S.IDENTIFYING,
        "description": S.NARRATIVE,
        "ended_at": S.OPERATIONAL,
    }

    coded: ClassVar = {"kind": "actor_kind"}

    kind = models.CharField(_("what it is"), max_length=40, choices=ActorKind.choices, default=ActorKind.PERSON)
    name = SealedTextField(_("name, of another person or a firm"), blank=True)
    aliases = SealedTextField(_("other names"), blank=True)
    phones = SealedTextField(_("telephone numbers of another person"), blank=True)
    accounts = SealedTextField(_("accounts online and at banks"), blank=True)
    agency = SealedTextField(_("agency or firm they act for"), blank=True)
    description = SealedTextField(_("how they are described"), blank=True)
    ended_at = models.DateTimeField(null=True, editable=False)
    """When the last case that led here was gone, and the words with it."""

    history = HistoricalRecords()


class CaseActor(CodedRow, OwnedSealedRow):
    """That a case tells of an actor, and what they are to the person: under the person's key, and gone with it."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "actor": S.IDENTIFYING,
        "number": S.OPERATIONAL,
        "relation": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "called": S.NARRATIVE,
        "told": S.NARRATIVE,
    }

    coded: ClassVar = {"relation": "recruiter_relation"}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="actors", editable=False)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="links", editable=False)
    number = models.PositiveSmallIntegerField(editable=False)
    relation = models.CharField(_("relation to the person"), max_length=40, blank=True)
    called = SealedTextField(_("how the person calls them"), blank=True)
    told = SealedTextField(_("what the person tells of them"), blank=True)

    history = HistoricalRecords(excluded_fields=["case", "actor"])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "actor"], name="one_link_an_actor"),
            models.UniqueConstraint(fields=["case", "number"], name="one_actor_a_number"),
        ]


class Part(CodedRow, OwnedSealedRow):
    """What an actor did in a leg: roles, in the standard's codes."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "leg": S.IDENTIFYING,
        "link": S.IDENTIFYING,
        "roles": S.PERSONAL,
        "code_editions": S.PERSONAL,
    }

    coded: ClassVar = {"roles": "perpetrator_role"}

    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="parts", editable=False)
    link = models.ForeignKey(CaseActor, on_delete=models.CASCADE, related_name="parts", editable=False)
    roles = models.JSONField(_("what they did"), default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["leg", "link"], name="one_part_a_leg")]


class HeldDocument(CodedRow, OwnedSealedRow):
    """A document, telephone or card that was taken from the person in a leg, or was not: who held it, and until when."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "leg": S.IDENTIFYING,
        "kind": S.PERSONAL,
        "state": S.PERSONAL,
        "holder": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "link": S.IDENTIFYING,
        "since": S.NARRATIVE,
        "until": S.NARRATIVE,
        "note": S.NARRATIVE,
    }

    coded: ClassVar = {"kind": "held_document", "holder": "party"}

    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="documents", editable=False)
    kind = models.CharField(_("which document"), max_length=40, blank=True, choices=DocumentKind.choices)
    state = models.CharField(_("what became of it"), max_length=12, blank=True, choices=Keeping.choices)
    holder = models.CharField(_("who held it"), max_length=40, blank=True, choices=Party.choices)
    link = models.ForeignKey(CaseActor, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    since = SealedDateField(_("taken"), blank=True)
    until = SealedDateField(_("returned"), blank=True)
    note = SealedTextField(_("note on the document"), blank=True)

    history = HistoricalRecords(excluded_fields=["leg", "link"])


class Amount(CodedRow, OwnedSealedRow):
    """A sum in a leg: a wage promised, a fee paid, a debt claimed. Never converted into another currency."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "leg": S.IDENTIFYING,
        "purpose": S.PERSONAL,
        "state": S.PERSONAL,
        "amount": S.NARRATIVE,
        "currency": S.PERSONAL,
        "period": S.PERSONAL,
        "times": S.NARRATIVE,
        "payer": S.PERSONAL,
        "payee": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "link": S.IDENTIFYING,
        "note": S.NARRATIVE,
    }

    coded: ClassVar = {"purpose": "sum_purpose", "payer": "party", "payee": "party"}

    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="amounts", editable=False)
    purpose = models.CharField(_("what the sum is for"), max_length=40, blank=True, choices=MoneyFor.choices)
    state = models.CharField(_("promised, paid, deducted or claimed"), max_length=10, blank=True, choices=MoneyState.choices)
    amount = SealedTextField(_("sum"), blank=True)
    """A decimal number with a point; empty where nobody knows how much."""
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    period = models.CharField(_("for which time"), max_length=6, choices=Period.choices, default=Period.ONCE)
    times = SealedTextField(_("how often"), blank=True)
    payer = models.CharField(_("from whom"), max_length=40, blank=True, choices=Party.choices)
    payee = models.CharField(_("to whom"), max_length=40, blank=True, choices=Party.choices)
    link = models.ForeignKey(CaseActor, on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    note = SealedTextField(_("note on the sum"), blank=True)

    history = HistoricalRecords(excluded_fields=["leg", "link"])


class OddityAnswer(OwnedSealedRow):
    """What came of asking about a gap or a contradiction; it stands as long as what was found stays what it was."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "subject": S.OPERATIONAL,
        "state": S.PERSONAL,
        "found": S.NARRATIVE,
        "note": S.NARRATIVE,
        "answered_by": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="oddity_answers", editable=False)
    subject = models.CharField(max_length=240, editable=False)
    """The reason code and the ids of the legs: `rules.Found.subject`."""
    state = models.CharField(_("what came of asking"), max_length=10, blank=True, choices=Told.choices)
    found = SealedTextField(_("what was compared"), blank=True)
    """What was found then: `rules.Found.told`."""
    note = SealedTextField(_("what was said about it"), blank=True)
    answered_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "subject"], name="one_answer_an_oddity")]


class Likeness(OwnedRow):
    """That two actors of the office are the same, or are not: decided by a member who may compare, and to be undone.

    It holds no words. Nobody learns of it through a case.
    """

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "one": S.IDENTIFYING,
        "other": S.IDENTIFYING,
        "is_same": S.PERSONAL,
        "decided_by": S.OPERATIONAL,
        "decided_at": S.OPERATIONAL,
    }

    one = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="+", editable=False)
    other = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="+", editable=False)
    is_same = models.BooleanField(editable=False)
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    decided_at = models.DateTimeField(editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["one", "other"], name="one_likeness_a_pair"),
            models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="likeness_in_order"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "is_same"], name="likenesses_of_an_office")]

"""Consents: one row for one purpose and one recipient, with everything that makes it informed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from amparo.desk.access.models import Member, Organisation, OwnedRow, OwnedSealedRow
from amparo.desk.cases.models import Case
from amparo.desk.core.answers import Answer
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import ROW_LABELS, SEALED_LABELS
from amparo.desk.core.receipts import receipt
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.files.models import StoredFile

from . import choices, rules
from .rules import ConsentFacts, DisclosureFacts, Giver, Ground, Purpose, State


class Consent(OwnedSealedRow):
    """What the person answered to one question: for this purpose, to this recipient, with these data."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "purpose": S.PERSONAL,
        "recipient": S.PERSONAL,
        "data": S.PERSONAL,
        "state": S.PERSONAL,
        "asked_on": S.PERSONAL,
        "decided_on": S.PERSONAL,
        "withdrawn_on": S.PERSONAL,
        "valid_until": S.PERSONAL,
        "giver": S.PERSONAL,
        "guardian_name": S.IDENTIFYING,
        "interests_by": S.IDENTIFYING,
        "interests_why": S.NARRATIVE,
        "assent": S.PERSONAL,
        "why_not_asked": S.NARRATIVE,
        "treated_as_child": S.PERSONAL,
        "language": S.PERSONAL,
        "with_interpreter": S.PERSONAL,
        "was_explained": S.PERSONAL,
        "explanation": S.NARRATIVE,
        "told_of_publication": S.PERSONAL,
        "own_words": S.NARRATIVE,
        "guardian_until": S.PERSONAL,
        "said_at": S.OPERATIONAL,
        "despite_no": S.PERSONAL,
        "signature": S.OPERATIONAL,
        "recorded_by": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="consents", editable=False)
    purpose = models.CharField(_("purpose"), max_length=20, choices=choices.pairs(choices.PURPOSES))
    recipient = models.CharField(_("recipient"), max_length=160, blank=True)
    data = models.JSONField(_("which data"), default=list, blank=True)
    state = models.CharField(_("answer"), max_length=12, choices=choices.pairs(choices.STATES))
    asked_on = models.DateField(_("asked on"))
    decided_on = models.DateField(_("answered on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    giver = models.CharField(_("who answered"), max_length=12, choices=choices.pairs(choices.ANSWERERS), default=Giver.PERSON.value)
    guardian_name = SealedTextField(_("name of the guardian"), blank=True)
    interests_by = SealedTextField(_("who decided in the child's best interests"), blank=True)
    interests_why = SealedTextField(_("why it was decided without a guardian"), blank=True)
    assent = models.CharField(_("does the child agree?"), max_length=10, blank=True, choices=Answer.choices)
    why_not_asked = SealedTextField(_("why the child could not be asked"), blank=True)
    treated_as_child = models.BooleanField(default=False, editable=False)
    language = models.CharField(_("language of the conversation"), max_length=3, blank=True)
    with_interpreter = models.BooleanField(_("with an interpreter"), default=False)
    was_explained = models.BooleanField(_("explained in words the person understands"), default=False)
    explanation = SealedTextField(_("how it was explained"), blank=True)
    told_of_publication = models.BooleanField(_("told that what was published stays published"), default=False)
    own_words = SealedTextField(_("in the person's own words"), blank=True)
    guardian_until = models.DateField(_("guardian answers until"), null=True, blank=True, editable=False)
    said_at = models.DateTimeField(_("last word written down"), default=timezone.now, editable=False)
    despite_no = models.BooleanField(_("said yes in spite of a no to everybody"), default=False)
    signature = models.ForeignKey("Signature", on_delete=models.PROTECT, null=True, related_name="consents", editable=False)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    history = HistoricalRecords(excluded_fields=["case"])

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_on__isnull=False) | (~Q(state="withdrawn") & Q(withdrawn_on=None)),
                name="withdrawn_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_on=None) | (~Q(state="asked") & Q(decided_on__isnull=False)),
                name="answer_has_a_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["case", "purpose"], name="consents_of_a_case"),
            models.Index(fields=["organisation", "purpose", "state"], name="consents_by_purpose"),
        ]

    @property
    def order(self) -> int:
        """When the person's last word here was written down: of two answers of one day the later stands, not the later id."""
        return int(self.said_at.timestamp() * 1_000_000)

    @property
    def facts(self) -> ConsentFacts:
        """What verdicts may know of this consent."""
        return ConsentFacts(
            purpose=Purpose(self.purpose),
            recipient=self.recipient,
            data=frozenset(self.data),
            state=State(self.state),
            decided_on=self.decided_on,
            withdrawn_on=self.withdrawn_on,
            valid_until=self.valid_until,
            order=self.order,
            written_on=timezone.localdate(self.said_at),
            giver=Giver(self.giver),
            child_agreed=self.treated_as_child or self.assent == Answer.YES,
            despite_no=self.despite_no,
        )

    @property
    def is_to_everybody(self) -> bool:
        """Say whether it is about whoever might receive something: for a no, everybody."""
        return not rules.asked_about(Purpose(self.purpose), self.recipient) and self.purpose in rules.NAMING

    @property
    def can_be_withdrawn(self) -> bool:
        """Say whether there is a yes to take back."""
        return self.state == State.GIVEN

    @property
    def waits_for_answer(self) -> bool:
        """Say whether the person was asked and has not answered yet."""
        return self.state == State.ASKED


class Signature(OwnedSealedRow):
    """How answers were signed: drawn or scanned (a sealed file), typed, or spoken before a witness. It is never changed."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "kind": S.PERSONAL,
        "name": S.IDENTIFYING,
        "giver": S.PERSONAL,
        "signed_on": S.PERSONAL,
        "witness": S.NARRATIVE,
        "paper": S.OPERATIONAL,
        "recorded_by": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="signatures", editable=False)
    kind = models.CharField(_("how it is signed"), max_length=12, choices=choices.pairs(choices.SIGNED))
    name = SealedTextField(_("name as signed"), blank=True)
    giver = models.CharField(_("who signs"), max_length=12, choices=choices.pairs(choices.GIVERS), default=Giver.PERSON.value)
    signed_on = models.DateField(_("signed on"))
    witness = SealedTextField(_("who heard it"), blank=True)
    paper = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)


class RightsTold(OwnedSealedRow):
    """That the person's rights were explained: which, when, with which leaflet, in which language, by way of whom."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "told_on": S.PERSONAL,
        "rights": S.PERSONAL,
        "leaflet": S.PERSONAL,
        "language": S.PERSONAL,
        "interpreter": S.NARRATIVE,
        "told_to": S.PERSONAL,
        "how": S.NARRATIVE,
        "understood": S.PERSONAL,
        "recorded_by": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="rights_told", editable=False)
    told_on = models.DateField(_("explained on"))
    rights = models.JSONField(_("rights explained"), default=list)
    leaflet = models.CharField(_("leaflet handed over"), max_length=40, blank=True)
    language = models.CharField(_("language of the conversation"), max_length=3, blank=True)
    interpreter = SealedTextField(_("interpreter"), blank=True)
    told_to = models.CharField(_("explained to"), max_length=12, choices=choices.pairs(choices.GIVERS), default=Giver.PERSON.value)
    how = SealedTextField(_("how it was explained"), blank=True)
    understood = models.CharField(_("the person understood"), max_length=10, blank=True, choices=Answer.choices)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "-told_on", "-id"], name="rights_told_in_a_case")]


class StopNotice(OwnedRow):
    """A member who must stop something since the person said no: shown to them until they have seen it."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "consent": S.OPERATIONAL,
        "member": S.OPERATIONAL,
        "seen_at": S.OPERATIONAL,
    }

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="stop_notices", editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    seen_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["consent", "member"], name="one_notice_a_member")]
        indexes: ClassVar = [models.Index(fields=["member"], condition=Q(seen_at=None), name="notices_not_seen")]


class Disclosure(OwnedSealedRow):
    """An excerpt of a case, opened to one outside body on a consent or on a recorded legal basis, for certain kinds of data."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "number": S.OPERATIONAL,
        "body": S.PERSONAL,
        "ground": S.PERSONAL,
        "consent": S.PERSONAL,
        "authority": S.NARRATIVE,
        "reference": S.IDENTIFYING,
        "data": S.PERSONAL,
        "since": S.PERSONAL,
        "until": S.PERSONAL,
        "entered_by": S.OPERATIONAL,
        "confirmed_by": S.OPERATIONAL,
        "confirmed_at": S.OPERATIONAL,
        "ended_by": S.OPERATIONAL,
        "ended_at": S.OPERATIONAL,
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disclosures", editable=False)
    number = models.CharField(_("number of the excerpt"), max_length=16, unique=True, default=receipt, editable=False)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("outside body"))
    ground = models.CharField(_("on what it rests"), max_length=12, choices=choices.pairs(choices.GROUNDS))
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, related_name="disclosures", editable=False)
    authority = SealedTextField(_("authority that ordered it"), blank=True)
    reference = SealedTextField(_("reference of the order"), blank=True)
    data = models.JSONField(_("which data"), default=list)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    entered_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    confirmed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ground="consent", consent__isnull=False) | Q(ground="legal_basis", consent=None),
                name="disclosure_has_its_ground",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=models.F("entered_by"))),
                name="disclosure_confirmed_by_another",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["body", "until"], name="excerpts_of_a_body")]

    @property
    def facts(self) -> DisclosureFacts:
        """What verdicts may know of this disclosure."""
        return DisclosureFacts(
            body_id=self.body_id,
            ground=Ground(self.ground),
            data=frozenset(self.data),
            since=self.since,
            until=self.until,
            entered_by=self.entered_by_id,
            recipient=self.consent.recipient if self.consent is not None else "",
            is_confirmed=self.confirmed_by_id is not None,
            is_ended=self.ended_at is not None,
        )

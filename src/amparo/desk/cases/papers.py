"""Papers: which identity documents the person has and who holds them; and files that are kept on the record, encrypted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from amparo.desk.access.models import Member, OwnedSealedRow
from amparo.desk.core.answers import Answer
from amparo.desk.core.fields import SealedDateField, SealedTextField
from amparo.desk.core.models import SEALED_LABELS
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.core.sensitivity import Topic
from amparo.desk.files.models import StoredFile
from amparo.desk.questions.coded import CodedRow

from .life_choices import DocumentKind, Guarded, Holder, PaperKind

TOPICS: dict[str, Topic] = {
    Guarded.FEW: Topic.UNSORTED,
    Guarded.HEALTH: Topic.HEALTH,
    Guarded.INTIMACY: Topic.INTIMACY,
    Guarded.FAMILY: Topic.FAMILY,
    Guarded.ACCOUNT: Topic.ACCOUNT,
}
"""What the writer's choice guards as; without one everybody who works on the case reads it."""


class IdentityPaper(CodedRow, OwnedSealedRow):
    """An identity document that the person has or had: its number is sealed, who holds it is told."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "kind": S.PERSONAL,
        "issued_by": S.PERSONAL,
        "number": S.IDENTIFYING,
        "valid_until": S.IDENTIFYING,
        "holder": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "is_genuine": S.PERSONAL,
        "words": S.NARRATIVE,
        "recorded_by": S.OPERATIONAL,
        "removed_at": S.OPERATIONAL,
    }

    coded: ClassVar = {"kind": "identity_paper", "holder": "paper_holder"}

    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="papers", editable=False)
    kind = models.CharField(_("kind of identity document"), max_length=40, blank=True, choices=PaperKind.choices)
    issued_by = models.CharField(_("country of issue"), max_length=2, blank=True)
    number = SealedTextField(_("number"), blank=True)
    valid_until = SealedDateField(_("valid until"), blank=True)
    holder = models.CharField(_("who has it now"), max_length=40, blank=True, choices=Holder.choices)
    is_genuine = models.CharField(_("genuine, and in the person’s own name"), max_length=10, blank=True, choices=Answer.choices)
    words = SealedTextField(_("about the document"), blank=True)
    recorded_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)

    history = HistoricalRecords(excluded_fields=["person"])


class Document(CodedRow, OwnedSealedRow):
    """A file kept on a record. The file is encrypted under the person's key; so are the words that say what it is.

    `picture` is a photograph painted anew from its pixels, the only thing of a file that a page shows.
    A removed document keeps its row with the reason; its bytes are gone.
    """

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "case": S.IDENTIFYING,
        "kind": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "guarded": S.OPERATIONAL,
        "words": S.NARRATIVE,
        "dated": S.PERSONAL,
        "file": S.IDENTIFYING,
        "picture": S.IDENTIFYING,
        "added_by": S.OPERATIONAL,
        "removed_at": S.OPERATIONAL,
        "removed_by": S.OPERATIONAL,
        "removed_why": S.NARRATIVE,
    }

    coded: ClassVar = {"kind": "kept_document"}

    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="documents", editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="documents", editable=False)
    kind = models.CharField(_("kind of document"), max_length=40, blank=True, choices=DocumentKind.choices)
    guarded = models.CharField(_("for whom"), max_length=10, blank=True, choices=Guarded.choices)
    words = SealedTextField(_("what it is"), blank=True)
    dated = models.DateField(_("day of the document"), null=True, blank=True)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+", editable=False)
    picture = models.OneToOneField(StoredFile, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    added_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    removed_why = SealedTextField(_("why it was removed"), blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=Q(kind="photo", removed_at=None), name="one_photograph_a_person"),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="document_removed_by_somebody",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "-id"], name="documents_of_a_case")]

    def sensitivity_of(self, name: str) -> tuple[S, Topic]:
        """What the writer guarded is for few."""
        topic = TOPICS.get(self.guarded) if name == "words" else None
        return (S.PUBLIC, Topic.UNSORTED) if topic is None else (S.SPECIAL, topic)

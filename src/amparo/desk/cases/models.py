"""A person, their case, the team that works on it, and dated notes."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from amparo.desk.access.models import Member, OwnedQuerySet, OwnedRow, OwnedSealedRow
from amparo.desk.core import withholding
from amparo.desk.core.answers import Answer
from amparo.desk.core.fields import SealedDateField, SealedTextField
from amparo.desk.core.models import ROW_LABELS, SEALED_LABELS
from amparo.desk.core.once import once
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.core.sensitivity import Sensitivity as S
from amparo.desk.core.sensitivity import Topic
from amparo.desk.core.written import known, written
from amparo.desk.country import lookup
from amparo.desk.questions import coded
from amparo.desk.questions.coded import CodedRow
from amparo.standard import codes

from . import rules
from .choices import AgeSource, NoteKind, Risk, TeamRole
from .family import Relative
from .keeping import CountedCase, LegalHold, Restriction
from .life import Closing, Reopening, Sequel, Transfer
from .life_choices import Counterpart, Direction, Guarded, Means, Statelessness
from .name_pages import NamePage, NamePlace
from .papers import TOPICS, Document, IdentityPaper
from .policies import CaseDays, CaseFacts
from .reach import BreakGlass, Conflict, EmergencyNotice, LeaveCover
from .sameness import Sameness, ToldApart
from .stages import ARRIVING, Stage
from .taken_over import TakenOver

__all__ = ("BreakGlass", "Case", "CaseNumber", "Conflict", "CountedCase", "EmergencyNotice", "LeaveCover", "LegalHold")
__all__ += ("NamePage", "NamePlace", "Note", "Person", "Restriction", "TeamMember")
__all__ += ("Closing", "ContactLog", "Document", "IdentityPaper", "Relative", "Reopening", "Sequel", "Transfer")
__all__ += ("Sameness", "TakenOver", "ToldApart")


class Person(CodedRow, OwnedSealedRow):
    """One person, as one organisation knows them, sealed under a key of their own."""

    topics: ClassVar = {"address": Topic.WHEREABOUTS}
    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "family_name": S.IDENTIFYING,
        "given_names": S.IDENTIFYING,
        "other_names": S.IDENTIFYING,
        "birth_date": S.IDENTIFYING,
        "stated_age": S.PERSONAL,
        "age_stated_on": S.PERSONAL,
        "age_source": S.PERSONAL,
        "age_is_contested": S.PERSONAL,
        "assessed_age": S.PERSONAL,
        "age_assessed_on": S.PERSONAL,
        "gender": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "citizenship": S.PERSONAL,
        "stateless": S.PERSONAL,
        "identity_recognised": S.PERSONAL,
        "identity_not_recognised_by": S.NARRATIVE,
        "languages": S.PERSONAL,
        "interpreter": S.PERSONAL,
        "interpreter_wish": S.NARRATIVE,
        "safe_contact_rule": S.NARRATIVE,
        "phone": S.IDENTIFYING,
        "email": S.IDENTIFYING,
        "address": S.SPECIAL,
        "identity_number": S.IDENTIFYING,
        "merged_into": S.IDENTIFYING,
    }

    coded: ClassVar = {"gender": "gender"}

    family_name = SealedTextField(_("family name"), blank=True)
    given_names = SealedTextField(_("given names"), blank=True)
    other_names = SealedTextField(_("other names"), blank=True)
    birth_date = SealedDateField(_("date of birth"), blank=True)
    stated_age = models.PositiveSmallIntegerField(_("age in years, as stated"), null=True, blank=True)
    age_stated_on = models.DateField(_("when the age was stated"), null=True, blank=True)
    age_source = models.CharField(_("how the age is known"), max_length=20, blank=True, choices=AgeSource.choices)
    age_is_contested = models.BooleanField(_("the age is contested"), default=False)
    assessed_age = models.PositiveSmallIntegerField(_("age in years, as assessed"), null=True, blank=True)
    """The youngest age of the assessment that stands: beside what the person says, never in its place."""
    age_assessed_on = models.DateField(_("when the age was assessed"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=40, blank=True)
    citizenship = models.JSONField(_("citizenship"), default=list, blank=True)
    stateless = models.CharField(_("stateless"), max_length=12, blank=True, choices=Statelessness.choices)
    identity_recognised = models.CharField(_("the identity is recognised"), max_length=10, blank=True, choices=Answer.choices)
    identity_not_recognised_by = SealedTextField(_("who does not recognise the identity"), blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    interpreter = models.CharField(_("an interpreter is needed"), max_length=10, blank=True, choices=Answer.choices)
    interpreter_wish = SealedTextField(_("which interpreter, and how"), blank=True)
    safe_contact_rule = SealedTextField(_("how to contact safely"), blank=True)
    phone = SealedTextField(_("telephone"), blank=True)
    email = SealedTextField(_("e-mail"), blank=True)
    address = SealedTextField(_("address"), blank=True)
    identity_number = SealedTextField(_("number of an identity document"), blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged", editable=False)
    """The record of the same person that remains; see `joined`."""

    history = HistoricalRecords(excluded_fields=["merged_into"])

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(merged_into=models.F("id")), name="nobody_is_joined_to_themselves"),
        ]
        # The index of the foreign key is nearly all NULL, and a database that counted it walks the whole table instead.
        indexes: ClassVar = [
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="joined_records"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"

    @property
    def full_name(self) -> str:
        """The name as it is spoken, for those who may see it; "" when none was given."""
        return " ".join(part for part in (self.given_names, self.family_name) if part)

    def age_on(self, day: date) -> rules.Age:
        """Return the age in whole years on a day, as a range; it opens also where the day of birth itself stays closed.

        From the birth date, else from an assessment that stands, else from the age that was stated.
        """
        with withholding.as_the_office():
            born = self.birth_date
        return rules.age_told(
            day,
            born=born,
            stated=self.stated_age,
            stated_on=self.age_stated_on,
            assessed=self.assessed_age,
            assessed_on=self.age_assessed_on,
            contested=self.age_is_contested,
        )

    @property
    def goes_by_assessment(self) -> bool:
        """Say whether the age is that of an assessment: one stands, and no date of birth is known."""
        with withholding.as_the_office():
            return self.assessed_age is not None and not self.birth_date

    def says_on(self, day: date) -> rules.Age:
        """Return the age on a day as it was stated, apart from birth date and assessments; unknown where nobody stated one.

        An age that is recorded as assessed is no statement.
        """
        stated = None if self.age_source == AgeSource.ASSESSED else self.stated_age
        return rules.age_on(day, born=PartialDate(), stated=stated, stated_on=self.age_stated_on)

    def births(self) -> tuple[date, date] | None:
        """Return between which days the person was born by what `age_on` counts from; None where nothing tells."""
        years, since = self.stated_age, self.age_stated_on
        if self.assessed_age is not None:
            years, since = self.assessed_age, self.age_assessed_on
        return rules.births(self.birth_date, stated=years, stated_on=since)


def records_of(person_id: uuid.UUID) -> list[uuid.UUID]:
    """Return every record of a person, the one that remains first: their own, and those joined with it (see `joined`).

    Asked at once, not as a part of each query: PostgreSQL walks every person of the office for that.
    """
    return once(("records", person_id), lambda: _records_of(person_id))


def _records_of(person_id: uuid.UUID) -> list[uuid.UUID]:
    found = _merged_into(person_id)
    if not found:
        raise Person.DoesNotExist
    root = found[0] or person_id
    return [root, *_merged_with(root)]


@written
def _merged_into(person_id: uuid.UUID) -> models.QuerySet[Any, uuid.UUID | None]:
    return Person.objects.filter(pk=person_id).values_list("merged_into_id", flat=True)


@written
def _merged_with(root: uuid.UUID) -> models.QuerySet[Any, uuid.UUID]:
    return Person.objects.filter(merged_into_id=root).order_by("pk").values_list("pk", flat=True)


class CaseNumber(models.Model):
    """The last case number given out, for each organisation and year; locked while the next one is taken."""

    sensitivity: ClassVar = {"id": S.OPERATIONAL, "organisation_id": S.OPERATIONAL, "year": S.OPERATIONAL, "last": S.OPERATIONAL}

    organisation_id = models.UUIDField()
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation_id", "year"], name="one_counter_a_year")]


class CaseManager(models.Manager.from_queryset(OwnedQuerySet)):  # type: ignore[misc]
    """Every case but those of a caseload that is not wholly there yet, or is being taken away again (`arriving`)."""

    def get_queryset(self) -> Any:
        """Leave out what has not arrived: no list, search, count or round of the worker can forget to."""
        return super().get_queryset().exclude(status=ARRIVING)


class Case(CodedRow, OwnedSealedRow):
    """What one organisation does with and for one person, and what it knows of the trafficking, in the standard's codes.

    Groups of answers map a code of the standard, or of the country, to yes, no, unknown or declined;
    a code that is absent was not asked.
    """

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "person": S.IDENTIFYING,
        "number": S.OPERATIONAL,
        "legacy_number": S.OPERATIONAL,
        "pseudonym": S.OPERATIONAL,
        "stage": S.OPERATIONAL,
        "status": S.OPERATIONAL,
        "opened_on": S.PERSONAL,
        "closed_on": S.PERSONAL,
        "year_of_registration": S.PERSONAL,
        "exploitation": S.PERSONAL,
        "means": S.PERSONAL,
        "labour_types": S.PERSONAL,
        "labour_industry": S.PERSONAL,
        "sex_types": S.PERSONAL,
        "recruiter_relations": S.PERSONAL,
        "recruitment_methods": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "abduction": S.PERSONAL,
        "exploitation_country": S.PERSONAL,
        "exploitation_place": S.NARRATIVE,
        "months_trafficked": S.PERSONAL,
        "majority_at_entry": S.PERSONAL,
        "majority_at_exploitation": S.PERSONAL,
        "trafficking_status": S.PERSONAL,
        "status_decided_by": S.PERSONAL,
        "status_decided_on": S.PERSONAL,
        "presumed_on": S.PERSONAL,
        "risk": S.PERSONAL,
        "risk_assessed_on": S.PERSONAL,
        "risk_assessed_by": S.OPERATIONAL,
        "risk_reason": S.NARRATIVE,
        "risk_again_on": S.OPERATIONAL,
        "next_step": S.NARRATIVE,
        "next_step_on": S.OPERATIONAL,
    }

    coded: ClassVar = {
        "exploitation": "exploitation",
        "means": "means_of_control",
        "labour_types": "labour_type",
        "labour_industry": "labour_industry",
        "sex_types": "sex_exploitation",
        "recruiter_relations": "recruiter_relation",
        "recruitment_methods": "recruitment_method",
        "status_decided_by": "status_decision_body",
    }

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases", editable=False)
    number = models.CharField(_("case number"), max_length=16, editable=False)
    legacy_number = models.CharField(_("number in an earlier system"), max_length=40, blank=True)
    pseudonym = models.CharField(_("working pseudonym"), max_length=30, editable=False)
    stage = models.CharField(_("stage"), max_length=20, default=Stage.SIGNAL.value, editable=False)
    status = models.CharField(_("state of the case"), max_length=20, default="Active", editable=False)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    year_of_registration = models.PositiveSmallIntegerField(_("year of registration"), editable=False)
    exploitation = models.JSONField(_("forms of exploitation"), default=dict, blank=True)
    means = models.JSONField(_("means of control"), default=dict, blank=True)
    labour_types = models.JSONField(_("kinds of work"), default=dict, blank=True)
    labour_industry = models.CharField(_("branch of industry"), max_length=60, blank=True)
    sex_types = models.JSONField(_("kinds of sexual exploitation"), default=dict, blank=True)
    recruiter_relations = models.JSONField(_("who recruited"), default=dict, blank=True)
    recruitment_methods = models.JSONField(_("how the recruitment happened"), default=dict, blank=True)
    abduction = models.CharField(_("abduction"), max_length=10, blank=True, choices=Answer.choices)
    exploitation_country = models.CharField(_("country of exploitation"), max_length=2, blank=True)
    exploitation_place = SealedTextField(_("place of exploitation"), blank=True)
    months_trafficked = models.CharField(_("how long it lasted"), max_length=10, blank=True)
    majority_at_entry = models.CharField(_("child or adult when the trafficking began"), max_length=10, blank=True)
    majority_at_exploitation = models.CharField(_("child or adult during the exploitation"), max_length=10, blank=True)
    trafficking_status = models.CharField(_("status as a victim"), max_length=40, blank=True)
    status_decided_by = models.CharField(_("body that decided the status"), max_length=40, blank=True)
    status_decided_on = models.DateField(_("day of that decision"), null=True, blank=True)
    presumed_on = models.DateField(_("presumed since"), null=True, blank=True, editable=False)
    risk = models.PositiveSmallIntegerField(_("risk"), default=Risk.NOT_ASSESSED, choices=Risk.choices, editable=False)
    risk_assessed_on = models.DateField(_("risk assessed on"), null=True, blank=True, editable=False)
    risk_assessed_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    risk_reason = SealedTextField(_("why this risk"), blank=True)
    risk_again_on = models.DateField(_("risk to be assessed again by"), null=True, blank=True)
    next_step = SealedTextField(_("next step"), blank=True)
    next_step_on = models.DateField(_("next step by"), null=True, blank=True)

    history = HistoricalRecords(excluded_fields=["person"])

    objects: ClassVar[Any] = CaseManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "number"], name="one_case_a_number"),
            models.UniqueConstraint(
                fields=["organisation", "pseudonym"], condition=Q(closed_on=None), name="one_open_case_a_pseudonym"
            ),
            models.CheckConstraint(
                condition=Q(stage="closed", closed_on__isnull=False) | (~Q(stage="closed") & Q(closed_on=None)),
                name="closed_has_a_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-risk", "-opened_on", "-id"], name="cases_by_risk"),
            models.Index(fields=["organisation", "-opened_on", "-id"], name="cases_by_day"),
            models.Index(fields=["organisation", "next_step_on", "id"], name="cases_by_next_step"),
            # The list of open cases, its filters and how many they find: what is asked most, so its columns stand in the index.
            models.Index(
                fields=[
                    *("organisation", "-risk", "-opened_on", "-id"),
                    *("stage", "exploitation_country", "next_step_on", "person", "status"),
                ],
                condition=Q(closed_on=None),
                name="open_cases_by_risk",
            ),
            models.Index(fields=["organisation", "-opened_on", "-id"], condition=Q(closed_on=None), name="open_cases_by_day"),
            models.Index(fields=["organisation", "next_step_on", "id"], condition=Q(closed_on=None), name="open_cases_by_step"),
            models.Index(fields=["organisation", "year_of_registration", "-risk", "-opened_on", "-id"], name="cases_by_year"),
            models.Index(fields=["organisation", "pseudonym", "id"], name="cases_by_pseudonym"),  # search
            models.Index(fields=["organisation", "legacy_number"], condition=Q(legacy_number__gt=""), name="cases_by_old_number"),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} ({self.number})"

    @property
    def case_id(self) -> Any:
        """Its own id, as every row that stands in a case has it."""
        return self.pk

    @property
    def address(self) -> str:
        """The address of the record; its page belongs to a room above this one."""
        return f"/cases/{self.number}/"

    @property
    def days(self) -> CaseDays:
        """The days between which a verdict lets the steps of the case lie."""
        with withholding.as_the_office():
            born = self.person.birth_date.earliest
        return CaseDays(self.opened_on, self.closed_on, self.presumed_on, born)

    @property
    def is_closed(self) -> bool:
        """Say whether the case has ended."""
        return self.stage == Stage.CLOSED

    @property
    def current_team(self) -> list[TeamMember]:
        """The members who work on the case today, the case manager first."""
        if not hasattr(self, "_current_team"):
            today = timezone.localdate()
            rows = known(_working_on(self.pk, today), case=self)
            order = [role.value for role in TeamRole]
            self._current_team = sorted(
                rows, key=lambda row: (order.index(row.standard_code("role") or TeamRole.OTHER), row.recorded_at)
            )
        return self._current_team

    @property
    def facts(self) -> CaseFacts:
        """What verdicts may know of this case now."""
        return once(("case", self.pk), self._facts)

    def _facts(self) -> CaseFacts:
        team, today = frozenset(row.member_id for row in self.current_team), timezone.localdate()
        return CaseFacts(
            organisation_id=self.organisation_id,
            team=team,
            stage=Stage(self.stage),
            covering=frozenset(_covering(team, today)),
            emergency=frozenset(_in_an_emergency(self.pk, timezone.now())),
            shut_out=frozenset(_shut_out_of(records_of(self.person_id), today)),
        )

    def profile_on(self, day: date) -> lookup.Profile:
        """Return the rules of the organisation's country on a day."""
        return lookup.on(self.organisation.country, day)

    def forms_on(self, day: date) -> codes.CodeList:
        """Return the forms of exploitation to offer on a day: the standard's, the country's, and those that the office brought."""
        brought = coded.offered("exploitation", day, organisation_id=self.organisation_id)
        return brought.joined(self.profile_on(day).exploitation)


class TeamMember(CodedRow, OwnedRow):
    """One member's place on a case's team, from a day until a day."""

    sensitivity: ClassVar = ROW_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.OPERATIONAL,
        "member": S.OPERATIONAL,
        "role": S.OPERATIONAL,
        "code_editions": S.OPERATIONAL,
        "since": S.OPERATIONAL,
        "until": S.OPERATIONAL,
    }

    coded: ClassVar = {"role": "team_role"}

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="team")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="case_teams")
    role = models.CharField(_("role in the team"), max_length=40, choices=TeamRole.choices)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "member", "role"], condition=Q(until=None), name="one_open_place_a_role"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member", "case"], name="cases_of_a_member"),
            models.Index(fields=["case", "role", "since", "until", "member"], name="places_on_a_case"),
            # Most places have ended: who stands on a team today is found without walking those.
            models.Index(
                fields=["case", "role", "since", "member", "organisation"], condition=Q(until=None), name="places_without_end"
            ),
            models.Index(fields=["until", "case"], condition=Q(until__isnull=False), name="places_by_their_end"),
        ]

    @staticmethod
    def on(day: date) -> Q:
        """Return the condition that a place is held on a day; on the day of `until` it is held no more."""
        return Q(since__lte=day) & (Q(until=None) | Q(until__gt=day))

    @classmethod
    def meeting_on(cls, day: date) -> Q:
        """Return the condition that who holds the place on a day meets the person: a supervising place is nobody's own case.

        Asked wherever somebody's own cases are shown or counted: Today, the list, the team, and who works on what.
        """
        return cls.on(day) & ~Q(role=TeamRole.SUPERVISOR)


@written
def _working_on(case_id: uuid.UUID, day: date) -> models.QuerySet[TeamMember]:
    return TeamMember.objects.filter(TeamMember.on(day), case_id=case_id).select_related("member__user")


@written
def _covering(member_ids: Collection[uuid.UUID], day: date) -> models.QuerySet[Any, uuid.UUID]:
    return LeaveCover.objects.filter(LeaveCover.on(day), absent_id__in=member_ids).values_list("covering_id", flat=True)


@written
def _in_an_emergency(case_id: uuid.UUID, now: datetime) -> models.QuerySet[Any, uuid.UUID]:
    return BreakGlass.objects.filter(BreakGlass.at(now), case_id=case_id).values_list("taken_by_id", flat=True)


@written
def _shut_out_of(person_ids: Collection[uuid.UUID], day: date) -> models.QuerySet[Any, uuid.UUID]:
    return Conflict.objects.filter(Conflict.on(day), person_id__in=person_ids).values_list("member_id", flat=True)


NOTE_TOPICS = {NoteKind.HEALTH: Topic.HEALTH, NoteKind.INTIMATE: Topic.INTIMACY, NoteKind.FAMILY: Topic.FAMILY}
NOTE_TOPICS |= {NoteKind.SUPERVISION: Topic.UNSORTED}
"""Kinds of notes that only few read."""


class Note(CodedRow, OwnedSealedRow):
    """A dated note. It is never changed: a correction is a new note that names the one it corrects."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "case": S.IDENTIFYING,
        "kind": S.OPERATIONAL,
        "code_editions": S.PERSONAL,
        "guarded": S.OPERATIONAL,
        "happened_on": S.PERSONAL,
        "text": S.NARRATIVE,
        "written_by": S.OPERATIONAL,
        "corrects": S.OPERATIONAL,
    }

    coded: ClassVar = {"kind": "note_kind"}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes", editable=False)
    kind = models.CharField(_("kind"), max_length=40, choices=NoteKind.choices)
    guarded = models.CharField(_("for whom"), max_length=10, blank=True, choices=Guarded.choices)
    happened_on = models.DateField(_("when it happened"))
    text = SealedTextField(_("note"))
    written_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", editable=False)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections", editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "-happened_on", "-id"], name="notes_of_a_case")]

    def sensitivity_of(self, name: str) -> tuple[S, Topic]:
        """What a note on health, intimacy or the family says, or one that its writer guarded, is more secret than other notes."""
        topic = (TOPICS.get(self.guarded) or self.topic_of_kind) if name == "text" and self.kind else None
        return (S.PUBLIC, Topic.UNSORTED) if topic is None else (S.SPECIAL, topic)

    @property
    def topic_of_kind(self) -> Topic | None:
        """What a note is about by its kind: an added kind as the one that it is counted as, one that nobody knows for few."""
        counted = self.standard_code("kind")
        return NOTE_TOPICS.get(NoteKind(counted)) if counted in NoteKind.values else Topic.UNSORTED

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new note; a stored one is never saved again."""
        if not self._state.adding:
            raise TypeError("a note is corrected by a new note, never changed")
        super().save(*args, **kwargs)


class ContactLog(CodedRow, OwnedSealedRow):
    """What a note of a contact tells besides its words: who sought whom, how, with what outcome, and if the rule was kept."""

    sensitivity: ClassVar = SEALED_LABELS | {
        "organisation": S.OPERATIONAL,
        "note": S.IDENTIFYING,
        "direction": S.PERSONAL,
        "means": S.PERSONAL,
        "counterpart": S.PERSONAL,
        "code_editions": S.PERSONAL,
        "was_reached": S.PERSONAL,
        "rule_was_kept": S.PERSONAL,
    }

    coded: ClassVar = {"means": "contact_means", "counterpart": "contact_with"}

    note = models.OneToOneField(Note, on_delete=models.PROTECT, related_name="contact", editable=False)
    direction = models.CharField(_("who reached out"), max_length=4, blank=True, choices=Direction.choices)
    means = models.CharField(_("how"), max_length=40, blank=True, choices=Means.choices)
    counterpart = models.CharField(_("with whom"), max_length=40, blank=True, choices=Counterpart.choices)
    was_reached = models.CharField(_("was reached"), max_length=10, blank=True, choices=Answer.choices)
    rule_was_kept = models.CharField(_("the rule on safe contact was kept"), max_length=10, blank=True, choices=Answer.choices)

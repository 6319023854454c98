"""Writing cases: each verb is one transaction, decided by a policy, versioned and recorded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member, Organisation
from amparo.desk.access.roles import INSIDE
from amparo.desk.audit import chain as audit
from amparo.desk.core import damage, keys, locking, withholding
from amparo.desk.core.ids import uuid7

from . import names, policies, pseudonyms, readings, rules, secrecy
from .choices import NoteKind, Risk, TeamRole
from .models import Case, CaseNumber, ContactLog, Note, Person, TeamMember
from .stages import ASSISTED, ENDED, Stage

PERSON_FIELDS = (
    "family_name",
    "given_names",
    "other_names",
    "birth_date",
    "stated_age",
    "age_stated_on",
    "age_source",
    "age_is_contested",
    "assessed_age",
    "age_assessed_on",
    "gender",
    "citizenship",
    "stateless",
    "identity_recognised",
    "identity_not_recognised_by",
    "languages",
    "interpreter",
    "interpreter_wish",
    "safe_contact_rule",
    "phone",
    "email",
    "address",
    "identity_number",
)
CASE_FIELDS = (
    "legacy_number",
    "exploitation",
    "means",
    "labour_types",
    "labour_industry",
    "sex_types",
    "recruiter_relations",
    "recruitment_methods",
    "abduction",
    "exploitation_country",
    "exploitation_place",
    "months_trafficked",
    "majority_at_entry",
    "majority_at_exploitation",
    "trafficking_status",
    "status_decided_by",
    "status_decided_on",
    "next_step",
    "next_step_on",
)
OPENING_STAGES = (Stage.SIGNAL, Stage.FIRST_CONTACT)


def put(row: Any, values: Mapping[str, Any], allowed: tuple[str, ...]) -> list[str]:
    """Set the allowed values on a row and return the names of those that changed."""
    values = {name: value for name, value in values.items() if not damage.are_words(value)}
    unknown = set(values) - set(allowed)
    if unknown:
        raise TypeError(f"cannot be set here: {sorted(unknown)}")
    if any(withholding.is_withheld(getattr(row, name)) for name in values):
        raise Denied("field_withheld")  # nobody overwrites what they cannot read
    if any(value and damage.is_damaged(getattr(row, name)) for name, value in values.items()):
        raise Denied("field_damaged")  # nor what cannot be opened: a backup may bring it back
    changed = sorted(name for name, value in values.items() if _differs(getattr(row, name), value))
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _differs(held: Any, value: Any) -> bool:
    """Say whether a value takes the place of what is held; where that does not open, nothing does."""
    return not damage.is_damaged(held) and bool(held != value)


def made_before(model: Any, row_id: uuid.UUID | None, *, case: Case, values: Mapping[str, Any]) -> Any:
    """Return the row that this form made when it was sent before, or None; raise `Denied` where it says something else now."""
    row = model.objects.filter(pk=row_id).first() if row_id else None
    if row is None:
        return None
    if row.case_id != case.pk:
        raise Denied("posted_otherwise")
    require_same(row, values)
    return row


def require_same(row: Any, values: Mapping[str, Any]) -> None:
    """Go on when a row said this as it was first written; what was changed since is no reason to refuse the same form again."""
    first = row.history.order_by("history_id").first() if hasattr(row, "history") else None
    with withholding.as_the_office():
        if any(getattr(first or row, name) != value for name, value in values.items()):
            raise Denied("posted_otherwise")


def save(row: Any, *, by: Member, version: int | None = None) -> None:
    """Store a row with its version in history, under the acting member's name; `version` guards against overwriting unseen."""
    if version is not None:
        locking.claim(row, version)
        keys.forget_one(row.key_id)  # it may have been destroyed while the row was waited for
    row._history_user = by.user
    with withholding.as_the_office():  # the version keeps every field, whoever saves
        row.save()


@transaction.atomic
def open_case(
    *,
    by: Member,
    person: Mapping[str, Any],
    opened_on: date,
    case: Mapping[str, Any] | None = None,
    stage: Stage = Stage.FIRST_CONTACT,
    first_note: str = "",
    row_id: uuid.UUID | None = None,
    known: Person | None = None,
) -> Case:
    """Take a person in: person, key, case number, pseudonym, the first place on the team and the note of what matters now.

    All of it or nothing; posted twice it is one case with one note, and with other words it is refused.
    `opened_on` is the day it happened; the moment of recording is kept beside it, and the year of
    registration is frozen from it. `known` is somebody who is recorded already: the case becomes one more of theirs.
    """
    require(policies.may_open_case(by.facts))
    require(policies.may_be_day(opened_on, today=timezone.localdate()))
    counter = locked_counter(by.organisation, opened_on.year)
    existing = Case.objects.select_related("person").filter(pk=row_id).first() if row_id else None
    if existing is not None:
        _require_opened_so(existing, by, person, {**(case or {}), "stage": stage, "opened_on": opened_on}, first_note)
        return existing
    if stage not in OPENING_STAGES:
        raise Denied("no_such_step")
    made = known or _new_person(person, by)
    row = _new_case(made, by, counter, opened_on, stage, row_id, case or {})
    audit.record("case.opened", row, by=by, details={"stage": stage.value, "on": opened_on.isoformat()})
    if first_note:
        note_id = first_note_id(row.id)
        write_note(case=row, by=by, kind=NoteKind.MATTERS, happened_on=opened_on, text=first_note, row_id=note_id)
    return row


@transaction.atomic
def new_case(*, person: Person, by: Member, opened_on: date, row_id: uuid.UUID | None = None) -> Case:
    """Make a further case of a person who is known: number, pseudonym and team of its own; whoever calls decides and records."""
    counter = locked_counter(by.organisation, opened_on.year)
    return _new_case(person, by, counter, opened_on, Stage.FIRST_CONTACT, row_id, {})


def _new_case(
    person: Person,
    by: Member,
    counter: CaseNumber,
    opened_on: date,
    stage: Stage,
    row_id: uuid.UUID | None,
    facts: Mapping[str, Any],
) -> Case:
    row = Case(
        id=row_id or uuid7(),
        organisation=by.organisation,
        key_id=person.key_id,
        person=person,
        number=next_number(counter, by.organisation),
        stage=stage,
        opened_on=opened_on,
        year_of_registration=opened_on.year,
    )
    put(row, facts, CASE_FIELDS)
    _save_with_pseudonym(row, by)
    TeamMember.objects.create(organisation=by.organisation, case=row, member=by, role=TeamRole.CASE_MANAGER, since=opened_on)
    return row


def _require_opened_so(case: Case, by: Member, person: Mapping[str, Any], facts: Mapping[str, Any], first_note: str) -> None:
    """Go on when a case was opened with just this. The day on which an age was stated is the desk's, not the form's."""
    if case.organisation_id != by.organisation_id:
        raise Denied("posted_otherwise")
    require(policies.may_read(by.facts, case.facts))
    require_same(case, facts)
    require_same(case.person, {name: value for name, value in person.items() if name != "age_stated_on"})
    note = Note.objects.filter(pk=first_note_id(case.pk)).first()
    if first_note != (note.text if note else ""):
        raise Denied("posted_otherwise")


def first_note_id(case_id: uuid.UUID) -> uuid.UUID:
    """Return the id of the note with which a case was opened; it follows from the case's, so that there is only one."""
    return uuid.uuid5(case_id, "first_note")


def _new_person(values: Mapping[str, Any], by: Member) -> Person:
    row = new_person(values, by)
    names.reindex(row)
    return row


def new_person(values: Mapping[str, Any], by: Member) -> Person:
    """Make a person with a key of their own, whom no search finds before they have a place among the names."""
    row = Person(organisation=by.organisation, key_id=keys.new_person_key(by.organisation_id))
    put(row, values, PERSON_FIELDS)
    save(row, by=by)
    return row


def locked_counter(organisation: Organisation, year: int) -> CaseNumber:
    """Return an organisation's counter of a year, locked until the transaction ends: whoever opens a case waits here."""
    CaseNumber.objects.get_or_create(organisation_id=organisation.id, year=year)
    counter: CaseNumber = CaseNumber.objects.select_for_update().get(organisation_id=organisation.id, year=year)
    return counter


def next_number(counter: CaseNumber, organisation: Organisation) -> str:
    """Return the next case number of a counter's year."""
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{organisation.country or 'ZZ'}-{counter.year:04d}-{counter.last:05d}"


def lock(case: Case) -> None:
    """Let whoever else adds something to the case wait until the transaction ends, so that a form posted twice is seen twice.

    Who waited for an erasure writes under no key that they had read before it.
    """
    Case.objects.select_for_update().only("pk").get(pk=case.pk)
    keys.forget_one(case.key_id)


def _save_with_pseudonym(row: Case, by: Member) -> None:
    """Draw until the database agrees that no open case bears the word."""
    while True:
        row.pseudonym = pseudonyms.draw_for(row.organisation_id)
        try:
            with transaction.atomic():
                save(row, by=by)
        except IntegrityError:
            if Case._base_manager.filter(organisation_id=row.organisation_id, pseudonym=row.pseudonym, closed_on=None).exists():
                continue
            if Case.objects.filter(pk=row.pk).exists():  # at once, with another year: its number is counted elsewhere
                raise Denied("posted_otherwise") from None
            raise
        return


@transaction.atomic
def change_person(*, case: Case, by: Member, values: Mapping[str, Any], version: int) -> list[str]:
    """Change what is known of the person; return the names of the changed fields. Raises `Stale` on an older version."""
    require(policies.may_change(by.facts, case.facts))
    if not policies.may_see_name(by.facts, case.facts):
        raise Denied("name_hidden_for_role")
    changed = put(case.person, values, PERSON_FIELDS)
    if "stated_age" in changed and not case.person.age_is_contested and _says_otherwise(case):
        case.person.age_is_contested = True
        changed = sorted({*changed, "age_is_contested"})
    if changed:
        save(case.person, by=by, version=version)
        if names.INDEXED & set(changed):
            names.reindex(case.person)
        audit.record("person.changed", case, by=by, details={"fields": changed})
    return changed


def _says_otherwise(case: Case) -> bool:
    """Say whether the age that is stated now lies on the other side of majority than the assessment that stands."""
    person = case.person
    if person.assessed_age is None or person.age_assessed_on is None or person.birth_date:
        return False
    years = case.profile_on(timezone.localdate()).majority.years
    assessed = rules.is_child(rules.Age(person.assessed_age, person.assessed_age), majority_years=years)
    return rules.disagrees(assessed, person.says_on(person.age_assessed_on), majority_years=years)


@transaction.atomic
def change_case(*, case: Case, by: Member, values: Mapping[str, Any], version: int) -> list[str]:
    """Change the facts of a case; return the names of the changed fields. Raises `Stale` on an older version."""
    require(policies.may_change(by.facts, case.facts))
    changed = put(case, values, CASE_FIELDS)
    if "status_decided_on" in changed and case.status_decided_on is not None:
        require(policies.may_be_day(case.status_decided_on, today=timezone.localdate()))
        require(policies.may_be_lived(case.status_decided_on, case.days.born))
    if "next_step_on" in changed and case.next_step_on is not None:
        require(policies.may_lie_on(case.next_step_on, case.days))
    if changed:
        save(case, by=by, version=version)
        audit.record("case.changed", case, by=by, details={"fields": changed})
    return changed


@transaction.atomic
def move(
    *,
    case: Case,
    by: Member,
    to: Stage,
    on: date,
    reason: str = "",
    status: str = "",
    elsewhere: bool = False,
    version: int | None = None,
    said_by: Member | None = None,
) -> Case:
    """Take a step of the way: the stage changes, a reason becomes a note, ending and reopening set the standard's status.

    `elsewhere` says that a step on a day before the case began here was taken with another office; it is recorded, and
    the record goes on to warn. `said_by` is whose words the reason is, where whoever takes the step only agreed to it. No step
    asks for cooperation, residence or anything else as a condition of help. Raises `Stale` where somebody changed the case
    since `version`: a step is decided from what was seen.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("person", "organisation").get(pk=case.pk)
    if version is not None and version != case.version:
        raise locking.Stale(case, version)
    require(policies.may_move(by.facts, case.facts, to, reason=reason))
    require(policies.may_be_day(on, today=timezone.localdate()))
    require(policies.may_step_on(to, on, case.days, elsewhere=elsewhere))
    before, told = Stage(case.stage), {"elsewhere": True} if on < case.opened_on else {}
    _arrive(case, to, on, status)
    save(case, by=by, version=case.version)
    if reason.strip():
        kind = NoteKind.CLOSING if to in ENDED or before in ENDED else NoteKind.OBSERVATION
        write_note(case=case, by=by, kind=kind, happened_on=on, text=reason, said_by=said_by)
    audit.record("case.moved", case, by=by, details={"from": before.value, "to": to.value, "on": on.isoformat()} | told)
    return case


def _arrive(case: Case, to: Stage, on: date, status: str) -> None:
    was_closed = case.is_closed
    case.stage = to.value
    if to in ENDED:
        case.closed_on = on
        case.status = status if status in ("Closed", "ClosedReferred") else "Closed"
        return
    case.closed_on = None
    case.status = "FollowUp" if to is Stage.LONG_TERM_SUPPORT else "Active"
    if was_closed:
        case.pseudonym = _free_again(case)
    if to in ASSISTED and case.presumed_on is None:
        case.presumed_on = on
    if to is Stage.PRESUMED and not case.trafficking_status:
        case.trafficking_status = "PossibleVictimOfTrafficking"


def _free_again(case: Case) -> str:
    """Return the old pseudonym of a reopened case, or a new one when another open case bears it by now."""
    others = Case._base_manager.filter(organisation_id=case.organisation_id, closed_on=None).exclude(pk=case.pk)
    if not others.filter(pseudonym=case.pseudonym).exists():
        return case.pseudonym
    return pseudonyms.draw_for(case.organisation_id)


@transaction.atomic
def assess_risk(
    *, case: Case, by: Member, risk: Risk, on: date, reason: str = "", again_on: date | None = None, version: int | None = None
) -> Case:
    """Record how great the danger is, from which day and why, and by when to look again; posted twice it is one assessment.

    Without `again_on` the day follows from the risk (`rules.risk_again_on`). Where the last reason cannot be opened it stays, and
    the new one becomes a note: a danger is never left unrecorded for that.
    Raises `Stale` where somebody changed the case since `version`.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("person", "organisation").get(pk=case.pk)
    require(policies.may_change(by.facts, case.facts))
    require(policies.may_be_day(on, today=timezone.localdate()))
    require(policies.may_lie_on(on, case.days))
    again_on = again_on or rules.risk_again_on(risk, on)
    if again_on is not None and again_on < on:
        raise Denied("again_before")
    before = case.risk
    said = {"risk": risk, "risk_assessed_on": on, "risk_assessed_by": by, "risk_reason": reason, "risk_again_on": again_on}
    if reason and damage.is_damaged(case.risk_reason):
        del said["risk_reason"]
        row_id = uuid.uuid5(case.pk, f"risk/{version or case.version}")
        write_note(case=case, by=by, kind=NoteKind.RISK, happened_on=on, text=reason, row_id=row_id)
    if put(case, said, tuple(said)):
        save(case, by=by, version=version or case.version)
        audit.record("case.risk_assessed", case, by=by, details={"from": int(before), "to": int(risk), "on": on.isoformat()})
    return case


@transaction.atomic
def write_note(
    *,
    case: Case,
    by: Member,
    kind: str,
    happened_on: date,
    text: str,
    guarded: str = "",
    contact: Mapping[str, str] | None = None,
    corrects: Note | None = None,
    row_id: uuid.UUID | None = None,
    said_by: Member | None = None,
) -> Note:
    """Add a dated note, or a correction of one; posted twice it is one note, and with other words it is refused.

    `guarded` says for whom it is; a correction is for whom the corrected note was. `contact` tells of a contact who
    sought whom, how, with what outcome, and if the rule on safe contact was kept. `said_by` is whose words they are, where
    `by` only puts them there.
    """
    require(policies.may_note(by.facts, case.facts))
    guarded = corrects.guarded if corrects is not None else guarded
    if not secrecy.reads_notes_of(by, kind, guarded):
        raise Denied("field_withheld")
    require(policies.may_be_day(happened_on, today=timezone.localdate()))
    lock(case)
    said = {"kind": kind, "guarded": guarded, "happened_on": happened_on, "text": text, "corrects": corrects}
    existing: Note | None = made_before(Note, row_id, case=case, values=said)
    if existing is not None:
        return existing
    owner = {"organisation_id": case.organisation_id, "key_id": case.key_id}
    note: Note = Note.objects.create(id=row_id or uuid7(), **owner, case=case, written_by=said_by or by, **said)
    if contact and any(contact.values()):
        ContactLog.objects.create(**owner, note=note, **contact)
    told = {"kind": secrecy.told_as(note), "on": happened_on.isoformat()}
    audit.record("note.corrected" if corrects else "note.written", case, by=by, details=told)
    return note


@transaction.atomic
def join_team(*, case: Case, by: Member, member: Member, role: str, since: date) -> TeamMember:
    """Put a colleague on a case's team; who is there in that role already stays as they are."""
    require(policies.may_staff(by.facts, case.facts))
    if member.organisation_id != case.organisation_id:
        raise Denied("other_organisation")
    if member.left_at is not None or not member.facts.roles & INSIDE or not policies.may_list(member.facts):
        raise Denied("role_has_no_cases")
    place: TeamMember
    place, made = TeamMember.objects.get_or_create(
        case=case, member=member, role=role, until=None, defaults={"organisation_id": case.organisation_id, "since": since}
    )
    if made:
        told = {"role": str(role), "member": str(member.id), "on": since.isoformat()}
        audit.record("team.joined", case, by=by, details=told)
    return place


@transaction.atomic
def leave_team(*, place: TeamMember, by: Member, until: date) -> None:
    """End a colleague's place on a case's team; from that day on the case is closed to them."""
    require(policies.may_staff(by.facts, place.case.facts))
    last = max(until, place.since)
    if not TeamMember.objects.filter(pk=place.pk, until=None).update(until=last):
        return
    told = {"role": place.role, "member": str(place.member_id), "on": last.isoformat()}
    audit.record("team.left", place.case, by=by, details=told)


@transaction.atomic
def show_contact(*, case: Case, by: Member) -> None:
    """Record that a member read the safe-contact rule and then saw how to reach the person."""
    require(policies.may_read(by.facts, case.facts))
    audit.record("person.contact_shown", case, by=by)
    readings.told(case)


def record_reading(*, case: Case, by: Member, part: str) -> None:
    """Record that a member read a part of a case; pages need not call it, `middleware` does for every one of them."""
    require(policies.may_read(by.facts, case.facts))
    audit.record("case.read", case, by=by, details={"part": part})

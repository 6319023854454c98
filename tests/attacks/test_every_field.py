"""Every field of every model, read by every role for every purpose: what opens is what this table says, written by hand."""

from datetime import date

import pytest
from django.apps import apps as registry

from amparo.desk.access import clearance
from amparo.desk.access.roles import OUTSIDE, Purpose, Role
from amparo.desk.cases import secrecy
from amparo.desk.cases.models import NOTE_TOPICS, Case, Note, Person
from amparo.desk.core import withholding
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import SealedRow
from amparo.desk.core.sensitivity import Sensitivity, Topic, guarded_as, is_labelled

LEADERS = {Role.CASEWORKER, Role.SUPERVISOR}
CODED = LEADERS | {Role.HEALTH, Role.LAWYER, Role.SHELTER_STAFF, Role.DATA_STEWARD, Role.COORDINATOR}
WORDS = LEADERS | {Role.HEALTH, Role.LAWYER, Role.SHELTER_STAFF}
NAMES = LEADERS | {Role.HEALTH, Role.LAWYER}
FEWEST = {
    "cases.person.address": LEADERS,
    "identification.screening.answers": LEADERS | {Role.LAWYER},
    "identification.screening.told": LEADERS | {Role.LAWYER},
    "identification.screening.own_words": LEADERS | {Role.LAWYER},
}
"""Fields labelled `SPECIAL`; one that is not here is for who leads a case and nobody else."""
ABOUT = {
    Topic.HEALTH: LEADERS | {Role.HEALTH},
    Topic.INTIMACY: LEADERS | {Role.HEALTH},
    Topic.FAMILY: LEADERS,
    Topic.UNSORTED: LEADERS,
}
WORKING = (Purpose.CASEWORK, Purpose.SUPERVISION)


def readers(field, label, purpose):
    """Return who reads a field, by the table."""
    if label is Sensitivity.KEY:
        return set()
    if label in (Sensitivity.PUBLIC, Sensitivity.OPERATIONAL, Sensitivity.PERSONAL):
        return CODED
    if purpose not in WORKING:
        return set()
    if label is Sensitivity.SPECIAL:
        return FEWEST.get(f"{field.model._meta.label_lower}.{field.name}".replace("historical", ""), LEADERS)
    return NAMES if label is Sensitivity.IDENTIFYING else WORDS


def fields():
    for model in registry.get_models(include_auto_created=True):
        yield from model._meta.concrete_fields


def test_each_field_opens_to_whom_the_table_says_and_to_nobody_else():
    count = 0
    for field in fields():
        label, topic = guarded_as(field)
        for purpose in Purpose:
            expected = readers(field, label, purpose)
            for role in Role:
                count += 1
                assert clearance.sees([role], purpose, label, topic) is (role in expected), f"{field} {role} {purpose}"
    assert count > 20_000


def test_a_field_without_a_label_is_for_the_fewest():
    bare = Person._meta.get_field("gender")
    labels, Person.sensitivity = Person.sensitivity, {}
    try:
        assert not is_labelled(bare)
        assert guarded_as(bare) == (Sensitivity.SPECIAL, Topic.UNSORTED)
        assert {role for role in Role if clearance.sees([role], Purpose.CASEWORK, *guarded_as(bare))} == LEADERS
    finally:
        Person.sensitivity = labels


@pytest.mark.parametrize("outside", sorted(OUTSIDE))
def test_no_second_role_opens_a_field_to_an_outside_body(outside):
    for role in Role:
        for label in Sensitivity:
            assert not clearance.sees([outside, role], Purpose.CASEWORK, label)


def test_what_a_note_is_about_makes_it_more_secret_and_never_less():
    text = Note._meta.get_field("text")
    for kind in Note._meta.get_field("kind").choices:
        about = NOTE_TOPICS.get(kind[0])
        expected = ABOUT[about] if about else WORDS
        guarded = guarded_as(text, Note(kind=kind[0]))
        assert {role for role in Role if clearance.sees([role], Purpose.CASEWORK, *guarded)} == expected
    assert guarded_as(Note._meta.get_field("kind"), Note(kind="health"))[0] is Sensitivity.OPERATIONAL


def test_whoever_writes_the_facts_reads_all_of_them():
    """Nobody can overwrite what they cannot read."""
    from amparo.desk.cases.policies import RECORDING

    assert all(clearance.CLEARANCES[role] == clearance.LEADING for role in RECORDING)


def sealed_rows(case):
    """Return one stored row of every model about a person, all its sealed fields filled, under the key of a case's person."""
    for model in registry.get_models():
        if issubclass(model, SealedRow) and not hasattr(model, "instance_type") and model not in (Person, Case):
            row = model(organisation_id=case.organisation_id, key_id=case.key_id)
            if isinstance(row, Note):
                row.kind = "contact"
            yield row
            row._state.adding = False
    yield from (case.person, case)


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(Role))
@pytest.mark.parametrize("purpose", [Purpose.CASEWORK, Purpose.EVIDENCE, Purpose.OWN_ACCOUNT])
def test_each_sealed_field_of_a_stored_row_reads_empty_to_whom_it_is_closed(role, purpose, make_member, shelter, her_caseworker):
    from amparo.desk.cases import actions

    case = actions.open_case(
        by=her_caseworker, opened_on=date(2026, 3, 2), person={"given_names": "Kanarya", "address": "Kanarya 1"}
    )
    member = make_member(shelter, role)
    actions.join_team(case=case, by=make_member(shelter, "supervisor"), member=member, role="other", since=date(2026, 3, 2)) if (
        role in WORDS
    ) else None
    case, count = Case.objects.select_related("person").get(pk=case.pk), 0
    for row in sealed_rows(case):
        for field in row._meta.concrete_fields:
            if not isinstance(field, SealedTextField):
                continue
            count += 1
            row._state.adding = False
            expected = role in readers(field, guarded_as(field, row)[0], purpose) and purpose in WORKING
            with withholding.reading(secrecy.MemberReader(member, lambda: purpose)):
                assert withholding.is_withheld(getattr(row, field.name)) is not expected, f"{field} {role}"
    assert count > 25


@pytest.mark.django_db
def test_a_reader_of_the_same_office_reads_nothing_of_a_person_beyond_their_reach(make_member, shelter, her_caseworker):
    from amparo.desk.cases import actions

    person = actions.open_case(by=her_caseworker, opened_on=date(2026, 3, 2), person={"given_names": "Kanarya"}).person
    person = Person.objects.get(pk=person.pk)
    with withholding.reading(secrecy.MemberReader(make_member(shelter, "caseworker"), lambda: Purpose.CASEWORK)):
        assert withholding.is_withheld(person.given_names)
    with withholding.reading(secrecy.MemberReader(her_caseworker, lambda: Purpose.CASEWORK)):
        assert person.given_names == "Kanarya"
    with withholding.reading(withholding.Nobody()):
        assert withholding.is_withheld(person.given_names)
        with pytest.raises(TypeError, match="withheld"):
            person.given_names = person.given_names
    assert person.given_names == "Kanarya"

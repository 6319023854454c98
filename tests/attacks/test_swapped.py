"""Whoever can write into the database exchanges ciphertexts, cuts them, and names other keys: nothing opens in a wrong place."""

from datetime import date
from itertools import permutations

import pytest
from conftest import as_owner

from amparo.desk.cases import actions, names
from amparo.desk.cases.models import NamePage, Note, Person
from amparo.desk.contributions.models import Contribution, PoolFile
from amparo.desk.contributions.states import Origin, State
from amparo.desk.core import keys, sealing
from amparo.desk.core.models import OrganisationKey, PersonKey
from amparo.desk.core.rings import FIRST, Ring
from amparo.desk.files import actions as files
from amparo.desk.files.models import StoredFile

DAY = date(2026, 3, 2)
FAILURES = (sealing.Unopenable, keys.KeyMissing, keys.KeyDestroyed)


def fill(member, given):
    """Make one of everything that is sealed, for one organisation."""
    case = actions.open_case(by=member, opened_on=DAY, person={"given_names": given, "family_name": "Night"}, first_note=given)
    owner = member.organisation
    files.keep(organisation=owner, name=given, pieces=[b"%PDF-"], key_id=case.key_id)
    files.keep(organisation=owner, name=given, pieces=[b"%PDF-"])
    contribution = Contribution(organisation=owner, origin=Origin.FILE, schema="x", state=State.UPLOADED)
    contribution.name, contribution.choices, contribution.refusals = given, {"a": given}, [given]
    contribution.save()
    for _ in range(2):
        file = PoolFile(organisation_id=owner.pk, contribution=contribution, origin=Origin.FILE, rows=1, size=1, sha256="")
        file.seal_key(b"\x01" * 32)
        file.save()
    return case


@pytest.fixture
def filled(her_caseworker, make_member, other_organisation):
    fill(her_caseworker, "Amara")
    fill(her_caseworker, "Binta")
    fill(make_member(other_organisation, "caseworker"), "Chidi")


PLACES = {
    "a person's key": (PersonKey, "wrapped", lambda row: keys.person_key(row.pk)),
    "an organisation's key": (OrganisationKey, "wrapped", lambda row: row.ring()),
    "a file's key": (StoredFile, "wrapped_key", lambda row: row.key()),
    "a file's name": (StoredFile, "sealed_name", lambda row: row.name),
    "a pool file's key": (PoolFile, "wrapped_key", lambda row: row.key()),
    "a contribution's name": (Contribution, "sealed_name", lambda row: row.name),
    "a contribution's choices": (Contribution, "sealed_choices", lambda row: row.choices),
    "a page of names": (NamePage, "sealed", lambda row: names._opened(row)),
    "a name": (Person, "given_names", lambda row: row.given_names),
    "a note": (Note, "text", lambda row: row.text),
}


def bare(model, row, field):
    return bytes(model._base_manager.filter(pk=row.pk).values_list(field, flat=True)[0])


def put(model, row, field, value):
    """Write as somebody with the database does, past the rules of the application; return the row as it is read then."""
    from django.db import connection

    table, column, key = model._meta.db_table, model._meta.get_field(field).column, model._meta.pk
    with as_owner(), connection.cursor() as cursor:
        if model is Note:
            aside = " ON cases_note" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS cases_note_no_update{aside}")
        told = key.get_db_prep_value(row.pk, connection)
        cursor.execute(f'UPDATE "{table}" SET "{column}" = %s WHERE "{key.column}" = %s', [value, told])
    keys.forget_opened()
    keys._organisations.clear()
    return model._base_manager.get(pk=row.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("what", PLACES)
def test_exchanged_between_rows_and_organisations_it_does_not_open(what, filled):
    model, field, opened = PLACES[what]
    rows = list(model._base_manager.all())
    assert len(rows) >= 2
    held = {row.pk: bare(model, row, field) for row in rows}
    for one, other in permutations(rows, 2):
        if model is OrganisationKey or held[one.pk] != held[other.pk]:
            exchanged = put(model, one, field, held[other.pk])
            with pytest.raises(FAILURES):
                opened(exchanged)
            opened(put(model, one, field, held[one.pk]))


@pytest.mark.django_db
@pytest.mark.parametrize("what", PLACES)
def test_cut_changed_or_of_another_format_it_does_not_open(what, filled):
    model, field, opened = PLACES[what]
    row = model._base_manager.first()
    held = bare(model, row, field)
    cut = [held[:length] for length in (1, 16, 17, 28, 29, 44, len(held) - 1)]
    formats = [bytes([number]) + held[1:] for number in (0, 2, 255)]
    named = [held[:1] + key_id + held[17:] for key_id in (FIRST.bytes[:-1] + b"\x01", b"\xff" * 16)]
    nonce = [held[:20] + bytes([held[20] ^ 1]) + held[21:]]
    for wrong in [*cut, *formats, *named, *nonce, held + b"\0"]:
        with pytest.raises(FAILURES):
            opened(put(model, row, field, wrong))
    opened(put(model, row, field, held))


@pytest.mark.django_db
def test_exchanged_between_fields_and_models_it_does_not_open(filled):
    first = Contribution.objects.first()
    for one, other in permutations(("sealed_name", "sealed_choices", "sealed_refusals"), 2):
        held = bare(Contribution, first, one)
        exchanged = put(Contribution, first, one, bare(Contribution, first, other))
        with pytest.raises(FAILURES):
            exchanged._open(one)
        put(Contribution, first, one, held)
    pool, stored = PoolFile.objects.first(), StoredFile.objects.filter(key_id=None).first()
    exchanged = put(PoolFile, pool, "wrapped_key", bytes(stored.wrapped_key))
    with pytest.raises(FAILURES):
        exchanged.key()


def test_a_ring_opens_with_the_key_that_is_named_and_no_other():
    one, two = Ring.of(b"\x01" * 32, FIRST), Ring.of(b"\x02" * 32, keys.uuid7())
    both = Ring(two.current, {**one.held, **two.held})
    old, new = one.seal(b"words", "here"), two.seal(b"words", "here")
    assert (both.unseal(old, "here"), both.unseal(new, "here")) == (b"words", b"words")
    confused = old[:1] + two.current.bytes + old[17:]
    for ring, sealed in [(two, old), (one, new), (both, confused), (one, confused)]:
        with pytest.raises(sealing.Unopenable):
            ring.unseal(sealed, "here")
    with pytest.raises(sealing.Unopenable):
        both.unseal(new, "here", "drafts")
    own = keys.uuid7()
    legacy = sealing.seal(b"\x01" * 32, own, b"words", "here")
    assert both.unseal(legacy, "here", own=own) == b"words"
    with pytest.raises(sealing.Unopenable):
        both.unseal(legacy, "here", own=keys.uuid7())

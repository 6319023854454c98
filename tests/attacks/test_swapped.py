"""Whoever can write into the database exchanges ciphertexts, cuts them, and names other keys: nothing opens in a wrong place."""

from datetime import date
from itertools import permutations

import pytest
from conftest import as_owner
from django.apps import apps

from amparo.desk.cases import actions, names
from amparo.desk.cases.models import NamePage, Note, Person
from amparo.desk.contributions.models import Contribution, PoolFile
from amparo.desk.contributions.states import Origin, State
from amparo.desk.core import fields, keys, sealing
from amparo.desk.core.fields import SealedTextField
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
    cut = [held[:length] for length in sorted({*range(1, min(len(held), 64)), len(held) - 17, len(held) - 16, len(held) - 1})]
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


def sealed_fields():
    """Return (model, field) of every sealed text of every model that stands, versions aside."""
    found = [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedTextField) and field.origin == f"{model._meta.label_lower}.{field.name}"
    ]
    return sorted(found, key=lambda pair: pair[1].origin)


@pytest.mark.parametrize(("model", "field"), [pytest.param(model, field, id=field.origin) for model, field in sealed_fields()])
def test_every_sealed_field_opens_at_its_own_place_with_its_persons_key_alone(model, field, her_caseworker, the_partner):
    """Cut at every length, under another person's key, another office's, a derived one, the site's, or at another field's place."""
    owner = her_caseworker.organisation_id
    key_id, other, foreign = (keys.new_person_key(one) for one in (owner, owner, the_partner.organisation_id))
    row = model(id=keys.uuid7(), key_id=key_id)
    place, plain = (
        field.place(row),
        fields._padded(field.dumps(field.loads('"2024"' if "JSON" in type(field).__name__ else "2024")).encode()),
    )
    own = keys.person_key(key_id)
    right = sealing.seal(own, key_id, plain, place)
    assert field.opened(fields.Sealed(right), row) == field.loads(fields._bare(plain).decode())
    wrong = [right[:length] for length in range(len(right))] + [right + b"\0"]
    wrong += [sealing.seal(keys.person_key(one), key_id, plain, place) for one in (other, foreign)]
    wrong += [sealing.seal(sealing.derive(own, purpose), key_id, plain, place) for purpose in ("audit-subject", "tokens", "drafts")]
    wrong += [right[:1] + one.bytes + right[17:] for one in (other, foreign)]
    places = {one.place(row) for _model, one in sealed_fields()} | {field.place(model(id=keys.uuid7(), key_id=key_id))}
    assert len(places) == len(sealed_fields()) + 1, "no two fields share a place"
    wrong += [sealing.seal(own, key_id, plain, one) for one in places - {place}]
    for sealed in wrong:
        with pytest.raises(FAILURES):
            field.opened(fields.Sealed(sealed), row)


def test_a_key_of_one_purpose_opens_nothing_of_another(her_caseworker):
    owner = her_caseworker.organisation_id
    sealed = {purpose: keys.seal_under(owner, purpose, b"words", "here") for purpose in ("name-index", "drafts", "files")}
    for purpose, other in permutations(sealed, 2):
        with pytest.raises(FAILURES):
            keys.unseal_under(owner, other, sealed[purpose], "here")
    for purpose, other in permutations(("sessions", "second-factor"), 2):
        with pytest.raises(FAILURES):
            keys.unseal_at_site(other, keys.seal_at_site(purpose, b"words", "here"), "here")

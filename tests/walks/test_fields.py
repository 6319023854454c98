"""Every field of every model says how much harm it can do, and what says who or what happened is sealed."""

import pytest
from django.apps import apps as registry
from django.db import models

from amparo.desk.access.models import OwnedRow, OwnedSealedRow
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import SealedRow
from amparo.desk.core.sensitivity import Sensitivity, Topic, guarded_as, is_labelled, label_of

SECRET = (Sensitivity.IDENTIFYING, Sensitivity.NARRATIVE, Sensitivity.SPECIAL)

UNSEALED = {
    "key": "the id of the person's key: without the key store it opens nothing",
    "core.personkey.id": "the same",
    "core.change.subject_id": "a row id inside the organisation",
    "contributions.tombstone.person_key": "a keyed pseudonym",
}
"""Secret fields that are not sealed fields, each with its reason; `app.model.field` or a bare field name."""


def fields():
    """Return every concrete field of the project's own models, history included."""
    for model in registry.get_models(include_auto_created=True):
        if model.__module__.startswith("amparo."):
            yield from model._meta.concrete_fields
            yield from model._meta.local_many_to_many


def named(field):
    return f"{field.model._meta.label_lower}.{field.name}"


def test_every_field_is_labelled():
    unlabelled = [named(field) for field in fields() if not is_labelled(field)]
    assert not unlabelled, "say in `sensitivity` how much harm each field can do:\n" + "\n".join(unlabelled)


def test_labels_name_fields_that_exist():
    wrong = []
    for model in registry.get_models():
        labels = getattr(model, "sensitivity", {}) if model.__module__.startswith("amparo.") else {}
        existing = {field.name for field in model._meta.get_fields()}
        wrong += [f"{model._meta.label_lower}.{name}" for name in labels if name not in existing]
    assert not wrong, wrong


def test_models_of_libraries_are_labelled_whole():
    wrong = [
        model._meta.label_lower
        for model in registry.get_models()
        if not model.__module__.startswith("amparo.") and not all(is_labelled(field) for field in model._meta.concrete_fields)
    ]
    assert not wrong, "give these a label in core/sensitivity.py:\n" + "\n".join(wrong)


def is_clear(field):
    """Say whether a field holds words or files that somebody could read in the database.

    Bytes named `sealed…` are sealed by hand, where what they tell is of no one person: under the
    organisation's key, a file's own or the site's. `tests/attacks/test_traces.py` looks at the bytes.
    """
    if isinstance(field, models.BinaryField) and field.name.startswith("sealed"):
        return False
    return not isinstance(field, SealedTextField) and isinstance(
        field, models.CharField | models.TextField | models.JSONField | models.FileField | models.BinaryField | models.DateField
    )


def is_excused(field):
    origin = getattr(field.model, "instance_type", field.model)
    return field.name in UNSEALED or f"{origin._meta.label_lower}.{field.name}" in UNSEALED or named(field) in UNSEALED


def test_what_says_who_or_what_happened_is_sealed():
    wrong = [
        f"{named(field)} ({label_of(field).name})"
        for field in fields()
        if label_of(field) in SECRET and is_clear(field) and not is_excused(field)
    ]
    assert not wrong, "seal these, or give the reason in UNSEALED:\n" + "\n".join(wrong)


def is_secret_by_row(field):
    """Say whether each row names its own label, and one that names none counts as the most secret."""
    origin = getattr(field.model, "instance_type", field.model)
    return hasattr(origin, "sensitivity_of") and guarded_as(field, origin()) == (Sensitivity.SPECIAL, Topic.UNSORTED)


def test_sealed_fields_stand_on_rows_with_a_key_and_carry_a_secret_label():
    sealed = [field for field in fields() if isinstance(field, SealedTextField)]
    wrong = [named(field) for field in sealed if label_of(field) not in SECRET and not is_secret_by_row(field)]
    assert not wrong, "what is sealed is worth a label that says so:\n" + "\n".join(wrong)
    for field in sealed:
        origin = getattr(field.model, "instance_type", field.model)
        assert issubclass(origin, SealedRow), named(field)
        assert not field.db_index, named(field)
        assert not field.unique, named(field)


OWNERLESS = {
    "access.user": "a person who signs in may work for several organisations",
    "access.organisation": "it owns itself",
    "access.connection": "belongs to a user alone",
    "core.cursor": "how far a reader has come; no row of an organisation",
    "core.draft": "belongs to a user alone",
    "core.renewal": "of a key: of the site, of an organisation or of a person, by id; it opens nothing",
    "audit.checkpoint": "binds all organisations' chains",
    "contributions.poolversion": "the pool is the site's; its files name their organisations",
    "publication.budget": "the pool's, for its life",
    "publication.spend": "the pool's ledger",
    "publication.measured": "counts with noise, of a release",
    "publication.review": "belongs to a release; reviewers come from any organisation",
}


def test_every_owned_row_names_its_organisation():
    wrong = []
    for model in registry.get_models():
        label = model._meta.label_lower
        if not model.__module__.startswith("amparo.") or label in OWNERLESS:
            continue
        if not any(field.attname == "organisation_id" for field in model._meta.concrete_fields):
            wrong.append(label)
    assert not wrong, "every owned row has organisation_id, or a reason in OWNERLESS:\n" + "\n".join(wrong)


def test_rows_about_persons_have_the_organisation_and_the_key():
    for model in registry.get_models():
        if issubclass(model, SealedRow) and model.__module__.startswith("amparo.desk."):
            assert issubclass(model, OwnedSealedRow), model._meta.label
    assert not issubclass(OwnedRow, SealedRow)


@pytest.mark.parametrize("reason", sorted(UNSEALED))
def test_an_exception_is_still_needed(reason):
    assert any(is_excused(field) and reason in (field.name, named(field)) for field in fields()), reason

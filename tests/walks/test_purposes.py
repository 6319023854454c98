"""Every use of a key is declared, with what becomes of it when the key is renewed, and everything sealed has who moves it."""

import ast

import pytest
from django.apps import apps as registry
from django.db import models

from amparo.desk.config import renewals
from amparo.desk.core import purposes
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.renewing import Column, PersonRows

from .house import PACKAGE, sources, tree_of

CALLS = {
    "site_key": (purposes.SITE, 0),
    "seal_at_site": (purposes.SITE, 0),
    "unseal_at_site": (purposes.SITE, 0),
    "organisation_purpose": (purposes.ORGANISATION, 1),
    "seal_under": (purposes.ORGANISATION, 1),
    "unseal_under": (purposes.ORGANISATION, 1),
    "purpose_of": (purposes.ORGANISATION, 1),
    "person_purpose": (purposes.PERSON, 1),
}
"""Functions that take a purpose: whose key, and at which place it stands."""
MOVED_ELSEWISE = {
    "cases.NamePage.sealed": "names.Pages",
    "core.Draft.sealed": "SiteDrafts and PersonDrafts",
    "files.StoredFile.sealed_name": "sealed under the file's own key, which is moved",
    "core.OrganisationKey.sealed_before": "lives as long as the renewal",
    "core.OrganisationKey.sealed_kept": "sealed under the new key when it is made",
    "core.PersonKey.sealed_kept": "the same",
}
NOT_SEALED = {
    "access.Connection.subject": "a digest: `provider-subject` is carried over",
    "publication.Measured.body": "what was measured, with noise: it goes into the bundle as it is",
    "audit.Event.digest": "a chain's own: `audit-chain` is carried over",
    "audit.Head.digest": "the same",
    "audit.Head.seal": "the same",
    "audit.Checkpoint.seal": "`audit-checkpoints` is carried over",
    "contributions.PoolVersion.seal": "`pool-manifests` is carried over",
}


def constants(tree):
    """Return the module's names that are texts."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def declared_by_classes():
    """Yield the purpose that a class declares as `SEALED_FOR`, and where."""
    for path in sources():
        for node in ast.walk(tree_of(path)):
            named = isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "SEALED_FOR" for one in node.targets)
            if named:
                yield getattr(node.value, "value", None), f"{path.relative_to(PACKAGE)}:{node.lineno}"


def uses():
    """Yield (fates, purpose, where) of every call that names a purpose."""
    everywhere = {}
    for path in sources():
        everywhere |= constants(tree_of(path))
    for path in sources():
        if path.name in ("keys.py", "rings.py") and path.parent.name == "core":
            continue
        known = everywhere | constants(tree_of(path))
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in CALLS:
                    fates, place = CALLS[name]
                    said = node.args[place]
                    if getattr(said, "attr", "") == "SEALED_FOR":  # each class that is sealed so says for what
                        yield from ((fates, word, where) for word, where in declared_by_classes())
                        continue
                    purpose = said.value if isinstance(said, ast.Constant) else known.get(getattr(said, "id", ""))
                    yield fates, purpose, f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_every_use_of_a_key_has_its_fate():
    found = list(uses())
    assert len(found) > 20
    unknown = [where for fates, purpose, where in found if purpose is None or purpose not in fates]
    assert not unknown, f"say in core/purposes.py what becomes of these when the key is renewed: {unknown}"


def test_every_declared_use_is_one():
    said = {(id(fates), purpose) for fates, purpose, _ in uses()}
    words = {text.value for path in sources() for text in ast.walk(tree_of(path)) if isinstance(text, ast.Constant)}
    for fates in (purposes.SITE, purposes.ORGANISATION, purposes.PERSON):
        idle = [purpose for purpose in fates if purpose and (id(fates), purpose) not in said and purpose not in words]
        assert not idle


def named(model, field):
    return f"{model._meta.label}.{field}"


def test_every_sealed_column_is_moved_by_a_renewal():
    moved = {named(mover.model, mover.field) for mover in renewals.movers() if isinstance(mover, Column)}
    rows = {mover.model for mover in renewals.movers() if isinstance(mover, PersonRows)}
    missing = []
    for model in registry.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                if model not in rows:
                    missing.append(named(model, field.name))
            elif isinstance(field, models.BinaryField) and model.__module__.startswith("amparo."):
                place = named(model, field.name)
                if place not in moved | set(MOVED_ELSEWISE) | set(NOT_SEALED):
                    missing.append(place)
    assert not missing, f"give these a mover in config/renewals.py, or say why they need none: {missing}"


@pytest.mark.parametrize("place", [*MOVED_ELSEWISE, *NOT_SEALED])
def test_what_is_excused_exists(place):
    app, model, field = place.split(".")
    assert registry.get_model(app, model)._meta.get_field(field)

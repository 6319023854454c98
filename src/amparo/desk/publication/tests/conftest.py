"""An invented pool, a steward, two reviewers and a draft."""

import polars as pl
import pytest

from amparo.desk.publication import actions, engine
from amparo.desk.publication.models import Budget

RECIPE = """
title = "Persons"
schema = "amparo-pool"
person = "person_key"
[privacy]
epsilon = 2.0
delta = 1e-6
[[columns]]
name = "gender"
[[columns]]
name = "exploitation_forced_labour"
[[columns]]
name = "registration_year"
domain = ["2024", "2025"]
"""


@pytest.fixture
def recipe():
    """A recipe over three columns of the pool."""
    return RECIPE


@pytest.fixture
def steward(make_member, shelter):
    return make_member(shelter, "data_steward", name="Steward")


@pytest.fixture
def reviewers(make_member, shelter, other_organisation):
    return make_member(shelter, "reviewer", name="First"), make_member(other_organisation, "reviewer", name="Second")


@pytest.fixture
def budget(db):
    return Budget.objects.create(pool=engine.POOL, epsilon=5.0, delta=1e-5)


@pytest.fixture
def version(monkeypatch):
    """An invented pool of 400 persons, two rows for each tenth of them."""
    rows = [
        {
            "gender": ("Feminine", "Masculine")[number % 3 == 0],
            "exploitation_forced_labour": ("yes", "no", None)[number % 4 % 3],
            "registration_year": ("2024", "2025")[number % 2],
            "person_key": str(number // 2 if number % 20 == 1 else number),
            "record_key": f"{number:032x}",
        }
        for number in range(400)
    ]

    class Version:
        number = 7

    monkeypatch.setattr(engine.pool, "current", Version)
    monkeypatch.setattr(engine.pool, "read", lambda version: pl.DataFrame(rows))
    return Version()


@pytest.fixture
def draft(steward, budget, version):
    return actions.draft(by=steward, title="Persons", recipe=RECIPE)

"""Whoever holds a copy of the database and a public list of names with their frequencies learns nobody's name from it.

`benchmarks/name_frequencies.py` does the same to an office of 100,000 persons.
"""

import json

import pytest
from django.db import connection

from amparo.desk.cases import names
from amparo.desk.cases.models import NamePage, Person
from amparo.desk.core import blind_index, keys

from . import frequent_names as attack

PERSONS = 3000
MOST = 0.01
"""The claim: at most one person in a hundred."""


@pytest.fixture(scope="module")
def known():
    return attack.public_list(3)


@pytest.fixture(scope="module")
def everybody(known):
    return attack.office(known, PERSONS, 3)


def classes_of(truth):
    return {person: (one.citizenship, one.gender) for person, one in truth.items()}


def clear(words, bits):
    return {blind_index.token(piece, key=b"\x21" * 32, bits=bits) for piece in names.pieces(words)}


def test_the_attack_works_on_tokens_that_lie_in_clear(known):
    """Tokens in clear, of more bits than ours: the attack gains much by them. One that never could would hold nothing."""
    truth = dict(enumerate(attack.office(known, 4 * PERSONS, 3)))
    tokens = {person: clear(one.words, 16) for person, one in truth.items()}
    prior = attack.score(attack.guesses({person: set() for person in truth}, classes_of(truth), known), truth)
    found = attack.score(attack.guesses(tokens, classes_of(truth), known), truth)
    assert prior.whole < MOST
    assert found.given > 2 * prior.given
    assert found.whole > 3 * prior.whole


def fill(organisation, everybody):
    """Take everybody into the office, as an import does."""
    truth = {}
    key_ids = keys.new_person_keys(organisation.id, len(everybody))
    rows = []
    for key_id, one in zip(key_ids, everybody, strict=True):
        row = Person(organisation=organisation, key_id=key_id, gender=one.gender, citizenship=[one.citizenship])
        row.given_names, row.family_name = one.given, " ".join(one.family)
        rows.append(row)
        truth[row.pk.hex] = one
    Person.objects.bulk_create(rows, batch_size=500)
    names.fit_all()
    return truth


def rows_about_persons():
    """Yield (table, person, columns) of everything in the copy that belongs to one person, and to the page they share."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            owner = "id" if table == "cases_person" else "person_id"
            if owner in columns:
                for row in cursor.fetchall():
                    held = dict(zip(columns, row, strict=True))
                    yield table, str(held.pop(owner)).replace("-", ""), {name: _plain(value) for name, value in held.items()}


def _plain(value):
    return bytes(value) if isinstance(value, bytes | memoryview) else json.dumps(value, default=str) if value else None


@pytest.mark.django_db
def test_a_copy_of_the_database_names_nobody(known, everybody, shelter):
    truth = fill(shelter, everybody)
    assert NamePage.objects.count() > 5
    tokens = attack.shared(rows_about_persons())
    assert set(tokens) == set(truth)
    found = attack.score(attack.guesses(tokens, classes_of(truth), known), truth)
    assert found.whole <= MOST
    prior = attack.score(attack.guesses({person: set() for person in truth}, classes_of(truth), known), truth)
    assert found.given <= prior.given + 0.01, "the copy tells more than the public list alone"


@pytest.mark.django_db
def test_the_pages_of_the_index_tell_nothing_by_their_size_or_their_bytes(everybody, shelter):
    fill(shelter, everybody[:1000])
    pages = [bytes(page.sealed) for page in NamePage.objects.all()]
    assert len({len(page) for page in pages}) == 1
    blocks = [page[start : start + 16] for page in pages for start in range(17, len(page) - 15, 16)]
    assert len(set(blocks)) == len(blocks)


@pytest.mark.django_db
def test_everybody_is_found_in_a_large_office(everybody, shelter):
    truth = fill(shelter, everybody[:1000])
    for person, one in list(truth.items())[:60]:
        for text in (one.given, one.family[0][:4], one.words):
            assert person in {found.hex for found in names.candidates(shelter, text)}, one

"""A sealed value opens only where it was sealed, with the key that sealed it, unchanged."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as some

from amparo.desk.core.sealing import Unopenable, derive, key_id_of, seal, unseal

KEY, OTHER = b"\x01" * 32, b"\x02" * 32
ID, OTHER_ID = uuid.UUID(int=1), uuid.UUID(int=2)
PLACE = "cases.person.given_names.1"


@given(some.binary(max_size=300), some.text(max_size=40))
def test_what_was_sealed_opens_at_its_place(plain, place):
    sealed = seal(KEY, ID, plain, place)
    assert unseal(KEY, sealed, place) == plain
    assert key_id_of(sealed) == ID


@pytest.mark.parametrize(
    "place", ["cases.person.given_names.2", "cases.person.family_names.1", "files.document.given_names.1", PLACE + "0", ""]
)
def test_a_moved_value_does_not_open(place):
    with pytest.raises(Unopenable):
        unseal(KEY, seal(KEY, ID, b"Amara", PLACE), place)


def test_another_key_does_not_open_it():
    with pytest.raises(Unopenable):
        unseal(OTHER, seal(KEY, ID, b"Amara", PLACE), PLACE)


def test_every_single_changed_byte_is_found():
    sealed = seal(KEY, ID, b"Amara", PLACE)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Unopenable):
            unseal(KEY, bytes(changed), PLACE)


def test_a_key_id_put_in_front_of_another_value_is_found():
    sealed = seal(KEY, ID, b"Amara", PLACE)
    with pytest.raises(Unopenable):
        unseal(KEY, sealed[:1] + OTHER_ID.bytes + sealed[17:], PLACE)


@given(some.binary(max_size=60))
def test_anything_else_is_refused_and_never_crashes(junk):
    with pytest.raises(Unopenable):
        unseal(KEY, junk, PLACE)


def test_the_same_value_is_sealed_differently_each_time():
    assert len({seal(KEY, ID, b"Amara", PLACE) for _ in range(50)}) == 50
    assert len({seal(KEY, ID, b"Amara", PLACE)[17:29] for _ in range(50)}) == 50


def test_purposes_have_independent_keys():
    assert len({derive(KEY, purpose) for purpose in ("audit", "files", "pool")} | {derive(OTHER, "audit")}) == 4
    assert derive(KEY, "audit") == derive(KEY, "audit")
